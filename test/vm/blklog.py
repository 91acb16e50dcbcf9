"""blklog: what a power cut can leave of a disk with a volatile cache.

qemu's blklogwrites filter records every write and every flush of a virtual
disk in the format of the kernel's dm-log-writes (version 1): a super block,
then entries of one sector each, writes followed by their data. From the image
as it was before and from that record, disks are rebuilt on which some of the
writes after the last flush never arrived, or arrived torn.
"""
import os
import struct
from collections import namedtuple

import filesystems

MAGIC = 0x6A736677736872
SECTOR = 512
BLOCK = 4096        # of the file systems, and of aimed()
MOST_AT_STAKE = 8   # blocks, for aimed()
FLUSH, FUA, DISCARD = 1, 2, 4

Entry = namedtuple("Entry", "flags offset length data end")  # end: where it ends in the record


def new_record(path):
    with open(path, "wb") as f:
        f.truncate(SECTOR)


def qemu_words(disk, record):
    """The qemu words for a recorded disk with a write cache."""
    return ["-blockdev", f"driver=file,node-name=disk,filename={disk}",
            "-blockdev", f"driver=file,node-name=record,filename={record}",
            "-blockdev", "driver=blklogwrites,node-name=recorded,file=disk,log=record,"
                         f"log-sector-size={SECTOR},log-append=off,log-super-update-interval=1",
            "-device", "virtio-blk-device,drive=recorded,write-cache=on"]


def read_record(path):
    """All whole entries. The super block's count is not used: a killed qemu leaves it behind."""
    entries = []
    with open(path, "rb") as f:
        data = f.read()
    magic, version, _, sector = struct.unpack_from("<QQQI", data)
    if (magic, version, sector) != (MAGIC, 1, SECTOR):
        raise ValueError(f"{path}: not a write record: magic {magic:#x}, version {version}, sector {sector}")
    at = SECTOR
    while at + SECTOR <= len(data):
        first, count, flags, extra = struct.unpack_from("<QQQQ", data, at)
        if (first, count, flags, extra) == (0, 0, 0, 0):
            break
        at += SECTOR
        size = 0 if flags & DISCARD else count * SECTOR
        if at + size > len(data):
            break
        entries.append(Entry(flags, first * SECTOR, count * SECTOR, data[at:at + size], at + size))
        at += size
    return entries


def split(entries):
    """(what is certain, what the cache may lose)."""
    last = max((i for i, e in enumerate(entries) if e.flags & FLUSH), default=-1)
    certain = entries[:last + 1] + [e for e in entries[last + 1:] if e.flags & FUA]
    return certain, [e for e in entries[last + 1:] if not e.flags & FUA]


def write(image, entries, chance=1.0, torn=0.0, rng=None, atom=SECTOR):
    """Applies each write with the given chance, some of them only in part, in pieces of atom bytes."""
    with open(image, "r+b") as f:
        for e in entries:
            if chance < 1 and rng.random() >= chance:
                continue
            f.seek(e.offset)
            if e.flags & DISCARD:
                f.write(bytes(e.length))
                continue
            pieces = range(-(-len(e.data) // atom))
            if torn and len(pieces) > 1 and rng.random() < torn:
                pieces = sorted(rng.sample(pieces, rng.randrange(1, len(pieces))))
            for s in pieces:
                f.seek(e.offset + s * atom)
                f.write(e.data[s * atom:(s + 1) * atom])


def blocks(entries):
    """The writes in pieces of one block, each an entry of its own; a discard stays whole."""
    for e in entries:
        if e.flags & DISCARD:
            yield e
            continue
        for at in range(0, len(e.data), BLOCK):
            piece = e.data[at:at + BLOCK]
            yield Entry(e.flags, e.offset + at, len(piece), piece, e.end)


class Variants:
    """The disks of one cut, each with the number of rows that it must still hold."""

    def __init__(self, base, folder, entries, promises, rng, atom=SECTOR):
        self.base, self.folder, self.entries, self.rng, self.atom = base, folder, entries, rng, atom
        self.promises = promises  # [(length of the record, rows promised by then)]
        self.disks = []           # [(name, image, rows)]

    def _add(self, name, certain, loose, chance, rows, torn=0.3):
        image = os.path.join(self.folder, f"disk{len(self.disks)}.img")
        filesystems.copy(self.base, image)
        write(image, certain)
        write(image, loose, chance, torn, self.rng, self.atom)
        self.disks.append((name, image, rows))

    def promised(self, end):
        return max((rows for size, rows in self.promises if size <= end), default=0)

    def at_the_end(self, name, chance):
        certain, loose = split(self.entries)
        self._add(f"{name} ({len(loose)} writes at stake)", certain, loose, chance,
                  max((rows for _, rows in self.promises), default=0))

    def before_a_flush(self, chance, riskiest=False):
        """The power goes just before an earlier flush; riskiest: one of those where most is at stake."""
        e = self.entries
        places = [i for i in range(len(e) // 4, len(e)) if e[i].flags & FLUSH and not e[i - 1].flags & FLUSH]
        if riskiest:
            places.sort(key=lambda i: len(split(e[:i])[1]), reverse=True)
            places = places[:max(1, len(places) // 8)]
        at = self.rng.choice(places or [len(e)])
        certain, loose = split(e[:at])
        self._add(f"earlier, at {at} of {len(e)} ({len(loose)} writes at stake)", certain, loose, chance,
                  self.promised(e[at - 1].end))

    def _windows(self, commits):
        """The flushes before which few places are at stake, a commit and others, from the first promise on.

        [(index of the flush, {offset: writes}, offsets of commits, offsets of
        others where the record wrote nothing before)]
        """
        found, known, loose = [], set(), []
        for i, e in enumerate(self.entries):
            if not e.flags & FLUSH:
                loose += [] if e.flags & FUA else [e]
                continue
            places = {}
            for b in blocks(loose):
                places.setdefault(b.offset, []).append(b)
            made = {at for at, writes in places.items() if commits(writes[-1])}
            if len(places) <= MOST_AT_STAKE and 0 < len(made) < len(places) and self.promised(loose[-1].end):
                found.append((i, places, made, places.keys() - made - known))
            known.update(places)
            loose = []
        return found

    def aimed(self, count, commits):
        """The power goes just before an earlier flush, and one block alone is lost, or one alone is not.

        commits(block) says whether it makes others count, as an inode does the
        data that it points to: the disk may take it before them. Three of four
        disks have a commit without what was written to a new place with it.
        """
        risky, rest = [], []
        for i, places, made, new in self._windows(commits):
            every = frozenset(places)
            for kept in sorted({k for at in every for k in (every - {at}, frozenset({at}))}, key=sorted):
                (risky if made & kept and new - kept else rest).append((i, places, made, kept))
        self.rng.shuffle(risky)
        self.rng.shuffle(rest)
        chosen = risky[:max(count - count // 4, count - len(rest))]
        for i, places, made, kept in chosen + rest[:count - len(chosen)]:
            what = ", ".join(f"{at // BLOCK}{' (commit)' if at in made else ''} {'kept' if at in kept else 'lost'}" for at in sorted(places))
            self._add(f"at {i} of {len(self.entries)} (block {what})", split(self.entries[:i])[0],
                      [b for at in sorted(kept) for b in places[at]], 1.0, self.promised(self.entries[i - 1].end), torn=0)

    def lying_cache(self):
        """The control: what was written after the first half of the promises was lost although flushes were confirmed."""
        rows = self.promises[-1][1]
        honest = max((size for size, n in self.promises if n <= rows // 2), default=self.promises[0][0] // 2)
        self._add("CONTROL, the cache lied", [e for e in self.entries if e.end <= honest], [], 1.0, rows)
