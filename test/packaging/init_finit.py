"""init_finit: vlpd.conf under Debian's finit as process 1 of a container."""
import pathlib

import vlpt
from init_box import HOST_ROOT, Box, defaults, install
from init_debs import unpack

START = HOST_ROOT + """
mkdir $r/dev/pts; mount -t devpts -o newinstance,ptmxmode=666 pts $r/dev/pts; ln -s /run/console $r/dev/console
printf 'runlevel 2\\n' >$r/etc/finit.conf; rm -rf $r/etc/rc.local
exec chroot $r /sbin/finit
"""
PACKAGES = ("finit", "libite5", "libuev3")


class Finit(Box):
    """A container of finit. `missing` says why there is none."""

    def __init__(self, enabled=True):
        super().__init__(START, cgroup=True)
        over = pathlib.Path(self.tmp) / "over"
        over.mkdir()
        self.missing = unpack(over, *PACKAGES)
        install(over, ("finit/vlpd.conf", "etc/finit.d/vlpd.conf" if enabled else "etc/finit.d/available/vlpd.conf"))
        (over / "etc/default/vlpd").write_text(defaults())
        if not self.missing:
            self.boot()


def life(report):
    """Start, beat, reload, crash, stop."""
    with Finit() as f:
        if f.missing:
            report.skip("finit", f.missing)
            return
        pid = vlpt.wait_for(f.pid, 30)
        report.check("finit: started", pid and f.until("test -S /run/vlpd/vlpd.sock", 5), "" if pid else f.output()[-800:])
        report.check("finit: the pid file names vlpd itself", f.until(f"test $(cat /run/vlpd.pid) = {pid}", 5), f"{pid}, not " + f.sh("cat /run/vlpd.pid")[1])
        f.sh("vlpd beat --socket /run/vlpd/vlpd.sock --pid self")
        report.check("finit: a beat arrives", f.until("grep -q beat /var/lib/vlpd/events.log", 5))
        report.check("finit: status", "vlpd" in f.sh("/lib/finit/initctl status vlpd")[1], f.sh("/lib/finit/initctl status vlpd")[1])
        f.sh(f"kill -KILL {pid}")
        second = f.new_pid(pid, 30)
        report.check("finit: killed, and started again", second)
        f.until("test $(grep -c start /var/lib/vlpd/events.log) -ge 2", 5)
        f.sh("mv /var/lib/vlpd/events.log /var/lib/vlpd/moved; kill -HUP $(cat /run/vlpd.pid)")
        report.check("finit: reload by the pid file", f.until("test -s /var/lib/vlpd/events.log", 5) and f.pid() == second)
        said = f.sh("/lib/finit/initctl stop vlpd")[1]
        report.check("finit: stop", f.until("! pidof vlpd && ! test -e /run/vlpd.pid", 10), said + f.sh("pidof vlpd; cat /run/vlpd.pid")[1])
        report.check("finit: the log ends with the stop", f.sh("tail -n 1 /var/lib/vlpd/events.log")[1].split()[-1:] == ["SIGTERM"])


TESTS = (life,)
