"""installed: a board on which vlpd is installed as its packages install it.

BusyBox's init, the user and the groups that Buildroot's tables would make, the
files of packaging/ at their places, and a disk for what must outlive a boot:
/etc/vlpd and /var/lib/vlpd. The defaults are edited as an engineer would: a
shorter threshold, all beats in the log. What tells of the start is NOTIFY_SOCKET
(guesttool ready); it changes nothing else.
"""
import re
import subprocess

import armvm
import vlpt
from boards import COUNTED

PACKAGING = vlpt.ROOT / "packaging"
THRESHOLD_MS = 1500

PASSWD = b"root:x:0:0:root:/root:/bin/sh\nvlpd:x:1000:1000:vlpd:/:/bin/false\n"
GROUP = b"root:x:0:\ndialout:x:18:vlpd\nvlpd:x:1000:\n"

# What /etc/fstab does elsewhere. The disk is unmounted by /etc/inittab, last.
DATA = """#!/bin/sh
[ "$1" = start ] || exit 0
mkdir -p /data /etc/vlpd /var/lib/vlpd
mount -t ext4 -o noatime {disk} /data && mkdir -p /data/etc /data/lib || exit 1
mount -o bind /data/etc /etc/vlpd && mount -o bind /data/lib /var/lib/vlpd
cp /var/lib/vlpd/events.log /run/before 2>/dev/null
cp /etc/vlpd/token /run/token.before 2>/dev/null
"""

SYSLOG = """#!/bin/sh
[ "$1" = start ] || exit 0
syslogd
"""

READY = """#!/bin/sh
[ "$1" = start ] || exit 0
guesttool ready /run/notify >/run/ready 2>&1 &
i=0; until grep -qs listening /run/ready || [ $i -ge 200 ]; do usleep 20000; i=$((i + 1)); done
"""


def has_user():
    """This build can become another user."""
    done = subprocess.run([vlpt.go_build(), "--help"], capture_output=True, text=True, check=True)
    return "\n  --user " in done.stdout


def defaults(user=None, edit=True):
    """/etc/default/vlpd, edited for the test; user: None leaves who is there."""
    text = (PACKAGING / "common/default").read_text()
    if user is not None:
        text = re.sub(r'(?m)^VLPD_USER=.*$', f'VLPD_USER="{user}"', text)
    for flag, value in (("threshold-ms", THRESHOLD_MS), ("export-file-events", "all")) if edit else ():
        text, n = re.subn(rf"(?m)^(--{flag}) .*$", rf"\1 {value}", text)
        if n != 1:
            raise RuntimeError(f"packaging/common/default: expected one line --{flag}, found {n}")
    return text


def user_in(text):
    """The user that such a file names; "" is root."""
    return re.search(r'(?m)^VLPD_USER="?(\w*)"?$', text).group(1)


def files(board, go, settings):
    """What is in the first file system, for a build of (GOARCH, GOARM); settings: /etc/default/vlpd."""
    return {
        "usr/bin/vlpd": vlpt.go_build(*go),
        "usr/bin/guesttool": vlpt.go_build(*go, "./test/vm/guesttool", "guesttool"),
        "usr/libexec/vlpd/prepare": PACKAGING / "common/prepare",
        "etc/default/vlpd": settings.encode(),
        "etc/vm/environment": b"export NOTIFY_SOCKET=/run/notify\n",
        "etc/init.d/S01syslogd": SYSLOG.encode(),
        "etc/init.d/S20data": DATA.format(disk=board.disk).encode(),
        "etc/init.d/S49ready": READY.encode(),
        "etc/init.d/S50vlpd": PACKAGING / "busybox/S50vlpd",
        "etc/passwd": PASSWD,
        "etc/group": GROUP,
    }


def make_disk(path):
    """An empty ext4 of 16 MiB, small enough for any SD card's driver."""
    with open(path, "wb") as f:
        f.truncate(16 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", path], check=True)


def boot(name, go, disk, command, settings):
    board = armvm.BOARDS[name]
    counted = () if COUNTED[0] in board.machine else COUNTED
    return armvm.Guest(command, files(board, go, settings), disks=[disk], devices=counted, board=name, init=True)
