"""gateway: a board whose root is a card: BusyBox's init, Buildroot's layout, the project's packaging.

Other machines of these tests live in their first file system, and forget. This
one mounts an ext4 card and goes on there, so that what is installed on it is
there after a power cut. What the card has without vlpd is what a small image
has: busybox, an inittab, a syslog, a start script of each kind.

    card = gateway.make_card(folder)            an empty board
    with gateway.Gateway(card) as g:
        print(g.console.ask("uname -m"))
"""
import os
import pathlib
import shutil
import subprocess
import tarfile

import armvm
import console
import initramfs

import vlpt

CARD_MB = 48

# Goes on on the card. softdog, if it was asked for, is given its margin here.
SWITCH = initramfs.BEGIN + """if [ -e /lib/softdog.ko ] && rmmod softdog; then insmod /lib/softdog.ko soft_margin=MARGIN; fi
mount -t ext4 -o noatime "$(for d in /sys/block/vd*; do [ "$(cat "$d/serial")" != d0 ] || echo "/dev/${d##*/}"; done)" /mnt || echo "no card"
umount /tmp /run /dev/pts /sys /proc
mount --move /dev /mnt/dev
exec switch_root -c /dev/console /mnt /sbin/init
"""

INITTAB = """::sysinit:mount -t proc proc /proc
::sysinit:mount -t sysfs sysfs /sys
::sysinit:mkdir -p /dev/pts
::sysinit:mount -t devpts pts /dev/pts
::sysinit:mount -t tmpfs tmp /tmp
::sysinit:mount -t tmpfs run /run
::sysinit:ip link set lo up
::sysinit:/etc/init.d/rcS
::respawn:/etc/console
::shutdown:/etc/init.d/rcK
::shutdown:umount -a -r
"""

RCS = """#!/bin/sh
for script in /etc/init.d/S??*; do [ ! -f "$script" ] || "$script" start; done
"""
RCK = """#!/bin/sh
for script in $(ls -r /etc/init.d/S??*); do [ ! -f "$script" ] || "$script" stop; done
"""
SYSLOG = """#!/bin/sh
case "$1" in start) syslogd -O /run/messages ;; stop) killall syslogd ;; esac
"""

ETC = {"inittab": INITTAB, "init.d/rcS": RCS, "init.d/rcK": RCK, "init.d/S01syslogd": SYSLOG,
       "console": "#!/bin/sh\nexport HOME=/root\ncd\n" + console.SHELL,
       "passwd": "root:x:0:0:root:/root:/bin/sh\n", "group": "root:x:0:\ndialout:x:18:\n", "hostname": "gateway\n"}


# ---- what is installed

def tarball(folder):
    """What is published for a BusyBox board, made anew: a tree to unpack at /."""
    subprocess.run([vlpt.ROOT / "scripts/package.sh", "tarballs"], env=dict(os.environ, DIST=folder), check=True, stdout=subprocess.DEVNULL)
    return str(next(pathlib.Path(folder).glob("vlpd-*-armv7.tar.gz")))


# ---- the card

def make_card(folder, files=None, install=None):
    """An ext4 image. files: {path: bytes or path here}; install: a tarball to unpack at its root."""
    vlpt.need(mke2fs="e2fsprogs", depmod="kmod", qemu_system_arm="qemu-system-arm")
    root, image = os.path.join(folder, "root"), os.path.join(folder, "card.img")
    for d in ("bin", "sbin", "usr/bin", "usr/sbin", "dev", "proc", "sys", "tmp", "run", "root", "mnt", "etc", "var/lib"):
        os.makedirs(os.path.join(root, d))
    for link, target in (("var/run", "../run"), ("var/log", "../tmp"), ("sbin/init", "../bin/busybox")):
        os.symlink(target, os.path.join(root, link))
    busybox = armvm.fetch() / "bin/busybox"
    content = {"bin/busybox": busybox, **{"etc/" + k: v.encode() for k, v in ETC.items()}, **(files or {})}
    for name, data in content.items():
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data if isinstance(data, bytes) else pathlib.Path(data).read_bytes())
        os.chmod(path, 0o755)
    for applet in _applets():
        path = os.path.join(root, applet)
        if not os.path.lexists(path):
            os.symlink("/bin/busybox", path)
    if install:
        with tarfile.open(install) as tar:
            tar.extractall(root)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-F", "-d", root, image, f"{CARD_MB}M"], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(root)
    return image


def _applets():
    """Where busybox wants its links; a board's own and this machine's are of one version."""
    vlpt.need(busybox="busybox-static")
    return subprocess.run(["busybox", "--list-full"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()


def from_card(image, path):
    """A file of a card whose machine is off, read without mounting it."""
    got = subprocess.run(["debugfs", "-R", f"cat {path}", image], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return got.stdout


class Gateway(armvm.Guest):
    """The machine with that card in it, and a shell on it."""

    def __init__(self, card, modules=(), devices=(), margin=60):
        super().__init__("", {"init": SWITCH.replace("MARGIN", str(margin)).encode()}, modules, [card],
                         devices=[*console.WORDS, *devices])
        try:
            self.console = console.Console(self)
        except BaseException:
            print(self.trouble(), flush=True)
            self.close()
            raise
