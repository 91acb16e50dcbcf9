"""filesystems: where the log may lie when the power goes, one row each.

ext4 and f2fs are on a virtio disk with a write cache, of which blklog.py knows
what a cut can leave. JFFS2 is on the SPI NOR flash of an i.MX6 board: 2 MiB, no
cache and no reordering; the cut is the chip as qemu leaves it when it is
killed, in the midst of whatever it was programming.
"""
import dataclasses
import subprocess

import vlpt


@dataclasses.dataclass(frozen=True)
class FileSystem:
    name: str
    board: str
    modules: tuple
    size: int           # bytes
    mount: str          # what mount takes; {disk} is filled in
    settings: tuple     # how the log is kept in successive cuts: rows a sync, ms a sync, bytes a generation
    period: str         # between two beats
    make: tuple = ()    # command before the image
    check: tuple = ()   # likewise; must end with 0 after the guest has unmounted it
    recorded: bool = True  # writes and flushes are
    atom: int = 512        # bytes that reach the disk wholly or not at all

    def new(self, path):
        """An empty one."""
        with open(path, "wb") as f:
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


_SETTINGS = ((7, 0, 8192), (20, 0, 32768), (50, 500, 65536), (1, 0, 16384), (0, 100, 8192))

ALL = {f.name: f for f in (
    FileSystem("ext4", "arm7", (), 24 << 20, "-t ext4 {disk}", _SETTINGS, "2ms",
               ("mkfs.ext4", "-q", "-F", "-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0"), ("e2fsck", "-fn")),
    FileSystem("f2fs", "arm7", ("crc32_generic", "f2fs"), 56 << 20, "-t f2fs {disk}", _SETTINGS, "2ms",
               # f2fs takes it for granted that a block of 4 KiB is never torn: its nodes have no checksums
               ("mkfs.f2fs", "-q"), ("fsck.f2fs", "-f", "--dry-run"), atom=4096),
    # a synced page is a node of its own: rows a second that the chip can take
    FileSystem("jffs2", "imx6", ("jffs2",), 2 << 20, "-t jffs2 mtd0",
               ((7, 0, 8192), (20, 0, 16384), (3, 0, 4096), (0, 100, 8192)), "10ms", recorded=False),
)}


def need():
    vlpt.need(**{"mkfs.ext4": "e2fsprogs", "mkfs.f2fs": "f2fs-tools"})


def copy(image, to):
    """A copy that takes no more room than the data in it."""
    subprocess.run(["cp", "--sparse=always", image, to], check=True)


def read(path):
    with open(path, "rb") as f:
        return f.read()
