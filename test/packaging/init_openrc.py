"""init_openrc: vlpd.initd under Debian's OpenRC, with supervise-daemon, under BusyBox's init as on Alpine."""
import pathlib

import vlpt
from init_box import HOST_ROOT, Box, defaults, install
from init_debs import unpack

STATES = "daemons exclusive failed init.d options scheduled started starting stopping inactive wasinactive hotplugged tmp"
START = HOST_ROOT + """
for d in """ + STATES + """; do echo "::sysinit:/bin/mkdir -p /run/openrc/$d"; done >$r/etc/inittab
echo '::sysinit:/bin/touch /run/openrc/softlevel' >>$r/etc/inittab
find $r/etc/init.d $r/etc/rc?.d -mindepth 1 ! -name vlpd -delete
exec chroot $r /bin/busybox init
"""
PACKAGES = ("openrc", "librc1", "libeinfo1")


class OpenRC(Box):
    """A container where rc-service works. `missing` says why there is none."""

    def __init__(self):
        super().__init__(START)
        over = pathlib.Path(self.tmp) / "over"
        over.mkdir()
        self.missing = unpack(over, *PACKAGES)
        install(over, ("openrc/vlpd.initd", "etc/init.d/vlpd"), ("openrc/vlpd.confd", "etc/conf.d/vlpd"))
        (over / "etc/default/vlpd").write_text(defaults("--recovery-exec /bin/ca?;'x'"))
        if not self.missing:
            self.boot()
            self.until("test -e /run/openrc/softlevel", 10)

    def service(self, action):
        code, said = self.sh("rc-service vlpd " + action)
        return code, said.strip()


def life(report):
    """Start, beat, reload, crash, stop."""
    with OpenRC() as o:
        if o.missing:
            report.skip("OpenRC", o.missing)
            return
        code, said = o.service("start")
        pid = vlpt.wait_for(o.pid, 10)
        report.check("openrc: started", code == 0 and pid, said)
        report.check("openrc: each flag is a word of its own, whatever is in it",
                     o.sh(f"tr '\\0' ' ' </proc/{pid}/cmdline")[1].split() == ["/usr/bin/vlpd", *o.sh("/usr/libexec/vlpd/prepare --flags")[1].split()])
        o.until("test -S /run/vlpd/vlpd.sock", 5)
        o.sh("vlpd beat --socket /run/vlpd/vlpd.sock --pid self")
        report.check("openrc: a beat arrives", o.until("grep -q beat /var/lib/vlpd/events.log", 5))
        report.check("openrc: status", o.service("status")[0] == 0)
        o.sh("mv /var/lib/vlpd/events.log /var/lib/vlpd/moved")
        report.check("openrc: reload", o.service("reload")[0] == 0 and o.until("test -s /var/lib/vlpd/events.log", 5) and o.pid() == pid)
        o.sh(f"kill -KILL {pid}")
        second = o.new_pid(pid)
        report.check("openrc: killed, and started again", second)
        for _ in range(12):  # more often than the 10 times in 5 s after which it would give up
            second = second and o.sh(f"kill -KILL {second}") and o.new_pid(second)
        report.check("openrc: and again, twelve times", second)
        code, said = o.service("stop")
        report.check("openrc: stop, and nothing is left", code == 0 and not o.pids() and o.sh("ls /run/vlpd/* /run/vlpd.supervise.pid")[0] != 0, said)
        report.check("openrc: the log ends with the stop", o.sh("tail -n 1 /var/lib/vlpd/events.log")[1].split()[-1:] == ["SIGTERM"])
        report.check("openrc: status of a stopped one", o.service("status")[0] == 3)


TESTS = (life,)
