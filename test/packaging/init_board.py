"""init_board: a board: a root of BusyBox with vlpd installed, booted by BusyBox's init."""
import os
import pathlib
import re
import shutil
import subprocess

import vlpt
from init_box import Box, defaults, install  # noqa: F401

BUSYBOX = "/bin/busybox"
INITTAB = """::sysinit:/bin/mount -t proc proc /proc
::sysinit:/bin/mount -t tmpfs -o mode=755 run /run
::sysinit:/bin/mount -t tmpfs -o mode=755 dev /dev
::sysinit:/etc/init.d/devices
::sysinit:/sbin/ifconfig lo 127.0.0.1
::sysinit:/etc/init.d/rcS
"""
SCRIPTS = {
    "devices": "mknod -m 666 /dev/null c 1 3\nmknod -m 666 /dev/urandom c 1 9\nln -s /log/console /dev/console\n",
    "rcS": "for i in /etc/init.d/S??*; do $i start; done\necho booted >/run/booted\n",
    "S01syslogd": '[ "$1" != start ] || syslogd -O /log/messages\n',
}
# /log stays writable on a read-only root: there the test sees what happened.
START = "mount --bind $1/root $1/root; mount -t tmpfs log $1/root/log; exec chroot $1/root /sbin/init"
START_READONLY = START.replace("exec", "mount -t tmpfs lib $1/root/var/lib; mount -o remount,ro,bind $1/root; exec")


def dash_as_shell(root):
    """Debian's BusyBox shell has all applets inside, whatever is in PATH: where some are to be missing, dash is sh."""
    (root / "bin/sh").unlink()
    for path in ["/bin/dash", *re.findall(r"(/\S+) \(", subprocess.run(["ldd", "/bin/dash"], capture_output=True, text=True, check=True).stdout)]:
        to = root / (path[1:] if path != "/bin/dash" else "bin/sh")
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, to)


def build(root, without, user):
    """Fills a root; `without` names applets that it is not to have."""
    for name in ("bin", "sbin", "usr/bin", "usr/sbin", "etc/init.d", "etc/default", "etc/vlpd", "proc", "dev", "run", "tmp", "var/lib", "log"):
        (root / name).mkdir(parents=True)
    (root / "var/run").symlink_to("../run")
    (root / "var/log").symlink_to("../log")
    shutil.copy(BUSYBOX, root / "bin/busybox")
    applets = subprocess.run([BUSYBOX, "--list-full"], capture_output=True, text=True, check=True).stdout.split()
    for path in {*applets, "sbin/init"} - {"bin/busybox"}:
        if os.path.basename(path) not in without and not (root / path).is_symlink():
            (root / path).symlink_to("/bin/busybox")
    if without:
        dash_as_shell(root)
    (root / "etc/passwd").write_text("root:x:0:0:root:/:/bin/sh\n" + ("vlpd:x:123:124::/:/bin/false\n" if user else ""))
    (root / "etc/group").write_text("root:x:0:\ndialout:x:20:vlpd\n" + ("vlpd:x:124:\n" if user else ""))
    (root / "etc/inittab").write_text(INITTAB)
    for name, text in SCRIPTS.items():
        (root / "etc/init.d" / name).write_text("#!/bin/sh\n" + text)
        (root / "etc/init.d" / name).chmod(0o755)
    install(root, ("busybox/S50vlpd", "etc/init.d/S50vlpd"))


class Board(Box):
    """A booted root. `settings` is /etc/default/vlpd, `prepared` is called with the root before the boot."""

    def __init__(self, settings=None, inittab="", readonly=False, without=(), user=True, prepared=None):
        super().__init__(START_READONLY if readonly else START)
        self.root = pathlib.Path(self.tmp) / "root"
        build(self.root, without, user)
        (self.root / "etc/default/vlpd").write_text(defaults() if settings is None else settings)
        with open(self.root / "etc/inittab", "a") as f:
            f.write(inittab)
        if prepared:
            prepared(self.root)
        self.boot()
        if not self.until("test -e /run/booted", 40):
            raise RuntimeError("no boot: " + self.output())

    def service(self, action):
        """Exit code and words of S50vlpd."""
        code, said = self.sh("/etc/init.d/S50vlpd " + action)
        return code, said.strip()

    def page(self, token="$(cat /etc/vlpd/token)"):
        return self.sh(f'wget -q -O - --header "Authorization: Bearer {token}" http://127.0.0.1:9464/metrics')

    def syslog(self):
        return self.sh("cat /log/messages")[1]

    def logged(self, pattern):
        """Waits for a match in syslog, whose daemon writes when it comes to it."""
        return bool(vlpt.wait_for(lambda: re.search(pattern, self.syslog()), 5, 0.1))

    def beat(self, options="--pid self"):
        return self.sh(f"vlpd beat --socket /run/vlpd/vlpd.sock {options}")

    def accepted(self):
        """Beats that were accepted, by the metrics; None without a page."""
        return vlpt.metric(self.page()[1], "varta_source_beats_total", source="/run/vlpd/vlpd.sock")
