"""mtdcut: what a power cut can leave of a NOR flash chip.

There is no cache, and what was programmed is there: the chip is as qemu leaves
it when it is killed, and as it was at earlier moments of the same run; one of
these is looked for: that in the midst of a rename. As a control the chip has
forgotten what it confirmed after the first promise.
"""
import os
import struct
import zlib

import filesystems

# struct jffs2_raw_dirent, include/uapi/linux/jffs2.h
DIRENT = struct.Struct("<4xI4xIIIxxxxB7xI")  # length; parent, version, inode; length of the name, which follows, and its checksum
MARK = b"\x85\x19\x01\xe0"                  # magic and type


def twins(data):
    """The names of a file of JFFS2 that has two: its rename is no single step."""
    newest = {}  # (parent, name): (version, inode)
    at = data.find(MARK)
    while at >= 0:
        length, parent, version, inode, size, checksum = DIRENT.unpack_from(data, at)
        name = data[at + DIRENT.size:at + DIRENT.size + size]
        if length == DIRENT.size + size and zlib.crc32(name, 0xFFFFFFFF) ^ 0xFFFFFFFF == checksum:
            newest[parent, name] = max(newest.get((parent, name), (0, 0)), (version, inode))
        at = data.find(MARK, at + 4)
    names = {}
    for (_, name), (_, inode) in newest.items():
        if inode:
            names.setdefault(inode, []).append(name.decode(errors="replace"))
    return next((sorted(n) for n in names.values() if len(n) > 1), [])


class Chips:
    """The images of one cut, each with the number of rows that it must still hold."""

    def __init__(self, folder, count, seconds, rng):
        self.folder, self.disks, self.first, self.renaming = folder, [], None, False
        self.times = sorted(rng.uniform(0.2, 0.9) * seconds for _ in range(count - 1))

    def _add(self, name, data, rows):
        image = os.path.join(self.folder, f"disk{len(self.disks)}.img")
        with open(image, "wb") as f:
            f.write(data)
        self.disks.append((name, image, rows))

    def peek(self, disk, seconds, rows):
        """Called again and again with the time that has gone by and the rows promised by then."""
        due = self.times and seconds >= self.times[0]
        if not rows or not due and self.first and self.renaming:
            return
        data = filesystems.read(disk)
        if data != filesystems.read(disk):  # programmed meanwhile: not one moment
            return
        self.first = self.first or data
        if due:
            self._add(f"earlier, after {seconds:.1f} s", data, rows)
            self.times.pop(0)
        if not self.renaming and (names := twins(data)):
            self.renaming = True
            self._add(f"in the midst of a rename: {' is '.join(names)}", data, rows)

    def at_the_end(self, disk, rows):
        self._add("as the cut left it", filesystems.read(disk), rows)
        self._add("CONTROL, what came after the first promise was forgotten", self.first or b"\xff" * os.path.getsize(disk), rows)
