"""filesystems: where the log may lie when the power goes, one row each.

ext4, f2fs and vfat are on a virtio disk with a write cache, of which blklog.py knows
what a cut can leave. JFFS2 is on the SPI NOR flash of an i.MX6 board: 2 MiB, no
cache and no reordering; the cut is the chip as qemu leaves it when it is
killed, in the midst of whatever it was programming.
"""
import dataclasses
import struct
import subprocess

import vlpt


@dataclasses.dataclass(frozen=True)
class Setting:
    """How the log is kept before a cut."""
    rows: int      # a sync
    ms: int        # a sync
    size: int      # bytes of a generation
    period: str    # between two beats
    seconds: float = 0  # until the cut; 0: at random
    before: str = ""    # a command in the guest, once it has mounted
    aimed: bool = False  # the disks are those of Variants.aimed


def _settings(period, *rows):
    return tuple(Setting(*row, period) for row in rows)


@dataclasses.dataclass(frozen=True)
class FileSystem:
    name: str
    board: str
    modules: tuple
    size: int           # bytes
    mount: str          # what mount takes; {disk} is filled in
    settings: tuple     # of successive cuts
    make: tuple = ()    # command before the image
    check: tuple = ()   # likewise; must end with 0 after the guest has unmounted it
    recorded: bool = True  # writes and flushes are
    atom: int = 512        # bytes that reach the disk wholly or not at all
    commits: callable = None  # whether a block makes others count, for the aimed cuts
    aimed: tuple = ()         # settings of those
    package: str = ""         # that has make, where nothing is promised and so only --fs NAME asks for it

    def new(self, path, used=False):
        """An empty one; used: on a disk that is full of old rows, and does not forget."""
        with open(path, "wb") as f:
            if self.make and used:
                f.write(b"".join(b"%d\tbeat\t111\t%d\t-\t%d\n" % (n, n, n) for n in range(10**7, 10**7 + self.size // 30))[:self.size])
            if self.make:
                f.truncate(self.size)
            else:
                f.write(b"\xff" * self.size)  # an erased chip
        if self.make:
            subprocess.run([*self.make, path], check=True, stdout=subprocess.DEVNULL)

    def broken(self, path):
        """What the checker says of an image, "" if nothing."""
        if not self.check:
            return ""
        done = subprocess.run([*self.check, path], capture_output=True, text=True)
        return "" if done.returncode == 0 else f"exit {done.returncode}: {(done.stdout + done.stderr).strip()[-300:]}"


def _fsync_node(block):
    """A node of f2fs with the mark of an fsync: what recovery after a cut goes by (struct node_footer, linux/f2fs_fs.h)."""
    if len(block.data) != 4096:
        return False
    nid, ino, flag, _, following = struct.unpack_from("<IIIQI", block.data, 4096 - 24)
    return 0 < ino <= nid < 1 << 20 and flag & 2 and 0 < following < 1 << 24


_SETTINGS = _settings("2ms", (7, 0, 8192), (20, 0, 32768), (50, 500, 65536), (1, 0, 16384), (0, 100, 8192))

# Write-back between two syncs, as on f2fs volumes above 16 GiB, which write such a block to a new place (ipu_policy 16).
_WRITE_BACK = """echo 16 >/sys/fs/f2fs/vda/ipu_policy && echo 10 >/proc/sys/vm/dirty_expire_centisecs &&
  echo 10 >/proc/sys/vm/dirty_writeback_centisecs || exit 1"""

# Beats so slow that each sync has its promise before the next.
_AIMED = (Setting(7, 0, 8192, "15ms", 12, aimed=True), Setting(40, 0, 16384, "15ms", 20, _WRITE_BACK, aimed=True),
          Setting(1, 0, 8192, "60ms", 20, aimed=True))

# Names of others, so that those of the log lie in several sectors; and all that the kernel has not written yet it
# writes at once, in whatever order.
_CROWDED = """for n in $(seq 41); do : >/mnt/neighbour-$n; done; sync; echo 10 >/proc/sys/vm/dirty_expire_centisecs &&
  echo 10 >/proc/sys/vm/dirty_writeback_centisecs || exit 1"""
_CROWDED_OR_NOT = tuple(dataclasses.replace(s, before=(_CROWDED, "")[i % 2]) for i, s in enumerate(_SETTINGS))

ALL = {f.name: f for f in (
    FileSystem("ext4", "arm7", (), 24 << 20, "-t ext4 {disk}", _SETTINGS,
               ("mkfs.ext4", "-q", "-F", "-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0,nodiscard"), ("e2fsck", "-fn")),
    FileSystem("f2fs", "arm7", ("crc32_generic", "f2fs"), 56 << 20, "-t f2fs {disk}", _SETTINGS,
               # f2fs takes it for granted that a block of 4 KiB is never torn: its nodes have no checksums
               ("mkfs.f2fs", "-q", "-t", "0"), ("fsck.f2fs", "-f", "--dry-run"), atom=4096, commits=_fsync_node, aimed=_AIMED),
    FileSystem("vfat", "arm7", ("nls_cp437", "nls_ascii", "vfat"), 300 << 20, "-t vfat {disk}", _CROWDED_OR_NOT,
               # FAT32 with clusters of 4 KiB, as on a card of a few GB
               ("mkfs.vfat", "-F", "32", "-s", "8")),
    FileSystem("exfat", "arm7", ("exfat",), 300 << 20, "-t exfat {disk}", _CROWDED_OR_NOT, ("mkfs.exfat", "-c", "4096"), package="exfatprogs"),
    # a synced page is a node of its own: rows a second that the chip can take
    FileSystem("jffs2", "imx6", ("jffs2",), 2 << 20, "-t jffs2 mtd0",
               _settings("10ms", (7, 0, 8192), (20, 0, 16384), (3, 0, 4096), (0, 100, 8192)), recorded=False),
)}


def chosen(name):
    """The one of that name, or all of which something is promised."""
    return [f for f in ALL.values() if (f.name == name if name else not f.package)]


def need(name=None):
    vlpt.need(**{f.make[0]: f.package for f in chosen(name) if f.package})
    vlpt.need(**{"mkfs.ext4": "e2fsprogs", "mkfs.f2fs": "f2fs-tools", "mkfs.vfat": "dosfstools"})


def copy(image, to):
    """A copy that takes no more room than the data in it."""
    subprocess.run(["cp", "--sparse=always", image, to], check=True)


def read(path):
    with open(path, "rb") as f:
        return f.read()
