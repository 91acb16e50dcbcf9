"""mtdcut: what a power cut can leave of a NOR flash chip.

There is no cache, and what was programmed is there: the chip is as qemu leaves
it when it is killed, and as it was at earlier moments of the same run. As a
control it has forgotten what it confirmed after the first promise.
"""
import os

import filesystems

ERASE = 4096  # bytes of a block


class Chips:
    """The images of one cut, each with the number of rows that it must still hold."""

    def __init__(self, folder, count, seconds, rng):
        self.folder, self.disks, self.first = folder, [], None
        self.times = sorted(rng.uniform(0.2, 0.9) * seconds for _ in range(count - 1))

    def _add(self, name, data, rows):
        image = os.path.join(self.folder, f"disk{len(self.disks)}.img")
        with open(image, "wb") as f:
            f.write(data)
        self.disks.append((name, image, rows))

    def peek(self, disk, seconds, rows):
        """Called again and again with the time that has gone by and the rows promised by then."""
        due = self.times and seconds >= self.times[0]
        if not due and (self.first or not rows):
            return
        data = filesystems.read(disk)
        if data != filesystems.read(disk):  # programmed meanwhile: not one moment
            return
        self.first = self.first or data
        if due:
            self._add(f"earlier, after {seconds:.1f} s", data, rows)
            self.times.pop(0)

    def at_the_end(self, disk, rows):
        self._add("as the cut left it", filesystems.read(disk), rows)
        self._add("CONTROL, what came after the first promise was forgotten", self.first or b"\xff" * os.path.getsize(disk), rows)
