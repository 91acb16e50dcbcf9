"""init_systemd: vlpd.service under the systemd of this machine, as process 1 of a container, with all that it takes away."""
import functools
import os
import pathlib
import re
import subprocess
import tempfile

import vlpt
from init_box import HOST_ROOT, PACKAGING, Box, defaults, install

SYSTEMD = "/usr/lib/systemd/systemd"
UNITS = "etc/systemd/system"
START = HOST_ROOT + """
mount -t cgroup2 cgroup $r/sys/fs/cgroup
mkdir $r/dev/pts $r/dev/shm; mount -t devpts -o newinstance,ptmxmode=666 pts $r/dev/pts; ln -s pts/ptmx $r/dev/ptmx
rm -f $r/etc/machine-id; echo 0123456789abcdef0123456789abcdef >$r/etc/machine-id
for name in udevd networkd resolved timesyncd logind journald; do ln -sf /dev/null $r/etc/systemd/system/systemd-$name.service; done
export container=lxc
exec chroot $r /usr/lib/systemd/systemd --unit=vlpd-test.target --log-target=console --show-status=no
"""
TARGET = "[Unit]\nDescription=vlpd under test\nRequires=sysinit.target dbus.socket\nWants=vlpd.service\nAfter=vlpd.service\n"


class Systemd(Box):
    """vlpd.service, started by systemd; `dropins` are files of packaging/systemd/ that change it."""

    def __init__(self, settings=None, dropins=(), recovery=None):
        super().__init__(START, cgroup=True)
        over = pathlib.Path(self.tmp) / "over"
        install(over, ("systemd/vlpd.service", UNITS + "/vlpd.service"), *((f"systemd/{d}", f"{UNITS}/vlpd.service.d/{d}") for d in dropins))
        (over / UNITS / "vlpd-test.target").write_text(TARGET)
        (over / "etc/default/vlpd").write_text(settings or defaults())
        if recovery:
            (over / "etc/vlpd").mkdir()
            (over / "etc/vlpd/recovery").write_text(recovery)
        self.boot()
        if not self.until("systemctl is-system-running | grep -q -e running -e degraded -e starting", 30):
            raise RuntimeError("no systemd: " + self.output()[-2000:])
        self.until("systemctl is-active vlpd", 20)

    def show(self, name):
        return self.sh(f"systemctl show -P {name} vlpd")[1].strip()

    def accepted(self):
        page = self.sh('curl -s -m 5 -H "Authorization: Bearer $(cat /etc/vlpd/token)" http://127.0.0.1:9464/metrics')[1]
        return vlpt.metric(page, "varta_source_beats_total", source="/run/vlpd/vlpd.sock")

    def beat_as(self, user):
        """Whether a beat of this user's arrives."""
        before = self.accepted()
        self.sh(f"setpriv --reuid {user} --regid {user} --clear-groups vlpd beat --socket /run/vlpd/vlpd.sock --pid self")
        return bool(vlpt.wait_for(lambda: self.accepted() == before + 1, 2))


@functools.cache
def obstacle():
    """Why systemd cannot be process 1 of a container here; "" if it can."""
    try:
        with Systemd() as s:
            return "" if s.pid() else s.sh("systemctl status vlpd")[1][-500:]
    except (RuntimeError, OSError) as e:
        return str(e)[-500:]


def possible(report):
    """Whether it can; told if not."""
    if obstacle():
        report.skip("systemd as process 1 of a container", obstacle())
    return not obstacle()


def static(report):
    """What systemd-analyze says."""
    with tempfile.TemporaryDirectory() as root:
        install(root, ("systemd/vlpd.service", "usr/lib/systemd/system/vlpd.service"))
        unit = os.path.join(root, "usr/lib/systemd/system/vlpd.service")
        text = pathlib.Path(unit).read_text().replace("=+/usr/libexec", f"=+{root}/usr/libexec").replace("=/usr/bin/vlpd", f"={root}/usr/bin/vlpd")
        pathlib.Path(unit).write_text(text.replace("Documentation=man:vlpd(8)\n", ""))
        done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, timeout=60)
        said = [line for line in (done.stdout + done.stderr).splitlines() if "vlpd" in line]
        report.check("systemd: systemd-analyze verify finds nothing", done.returncode == 0 and not said, said or "")
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", PACKAGING / "systemd/vlpd.service"], capture_output=True, text=True, timeout=60)
    score = re.search(r"exposure level for vlpd.service: ([\d.]+) (\w+)", done.stdout)
    report.check("systemd: exposure of at most 2.0", score and float(score.group(1)) <= 2.0, score and score.group(0))


def life(report):
    """Start, beat, reload, crash, watchdog, stop."""
    if not possible(report):
        return
    with Systemd() as s:
        pid = s.pid()
        report.check("systemd: ready by its own word, in the time that systemd gives it", s.show("ActiveState") == "active" and s.show("MainPID") == str(pid) and
                     vlpt.wait_for(lambda: "ready: silence" in s.show("StatusText"), 5))
        report.check("systemd: the user is vlpd, with dialout; no capability, not even to gain", s.status(pid, "Uid") == ["990"] * 4 and s.status(pid, "Groups") == ["20", "990"] and
                     [s.status(pid, f"Cap{c}") for c in ("Eff", "Prm", "Bnd", "Amb")] == [["0" * 16]] * 4 and s.status(pid, "NoNewPrivs") == ["1"] and s.status(pid, "Seccomp") == ["2"])
        report.check("systemd: token, log and socket are vlpd's",
                     s.sh("stat -c %U:%a /etc/vlpd/token /var/lib/vlpd/events.log /run/vlpd/vlpd.sock")[1].split() == ["vlpd:600", "vlpd:640", "vlpd:666"],
                     s.sh("stat -c %U:%a /etc/vlpd/token /var/lib/vlpd/events.log /run/vlpd/vlpd.sock")[1])
        report.check("systemd: beats of the same user and of root arrive, another's do not", s.beat_as(990) and s.beat_as(0) and not s.beat_as(65534))
        s.sh("mv /var/lib/vlpd/events.log /var/lib/vlpd/moved")
        report.check("systemd: reload", s.sh("systemctl reload vlpd")[0] == 0 and s.until("test -s /var/lib/vlpd/events.log", 5) and s.pid() == pid)
        s.sh(f"kill -KILL {pid}")
        second = s.new_pid(pid)
        report.check("systemd: killed, and started again", second and s.until("systemctl is-active vlpd", 10))
        s.sh(f"kill -STOP {second}")
        third = s.new_pid(second, 40)
        report.check("systemd: one that hangs is ended by the watchdog and started again", third and s.until("systemctl is-active vlpd", 10) and s.show("NRestarts") == "2", s.show("NRestarts"))
        report.check("systemd: stop, and nothing is left in /run", s.sh("systemctl stop vlpd")[0] == 0 and not s.pids() and s.show("Result") == "success" and s.sh("ls /run/vlpd")[0] != 0)
        report.check("systemd: the log ends with the stop", s.sh("tail -n 1 /var/lib/vlpd/events.log")[1].split()[-1:] == ["SIGTERM"])


def devices(report):
    """Which devices can be opened in its cgroup, when by their modes all could."""
    if not possible(report):
        return
    nodes = {"ttyUSB9": (188, 9), "ttyACM9": (166, 9), "kmsg": (1, 11), "fuse": (10, 229), "null": (1, 3)}
    with Systemd() as s:
        for name, (major, minor) in nodes.items():
            s.sh(f"test -e /dev/{name} || mknod -m 666 /dev/{name} c {major} {minor}")
        look = f"for n in {' '.join(nodes)}; do (: </dev/$n) && echo $n: fine; done"
        said = s.sh(f"sh -c 'echo $$ >/sys/fs/cgroup/system.slice/vlpd.service/cgroup.procs; {look}'")[1]
        refused = re.findall(r"/dev/(\w+): Operation not permitted", said)
        report.check("systemd: serial adapters whose driver is not there yet are let through, other devices are not",
                     refused == ["kmsg", "fuse"] and "null: fine" in said, said)


SILENT = """#!/bin/sh
touch /usr/made && echo made
mount -t tmpfs x /mnt && echo mounted
kill -0 1 && echo signalled
"""


def filtered(report):
    """Recovery commands: what they lose, and what the drop-in gives back."""
    if not possible(report):
        return
    for dropins, user, able in (((), 990, []), (("recovery.conf",), 0, ["made", "mounted", "signalled"])):
        settings = defaults("--recovery-exec-file /etc/vlpd/recovery", "--recovery-capture-stdio", "--recovery-audit-file /var/lib/vlpd/audit.log")
        with Systemd(settings.replace("-ms 10000", "-ms 200"), dropins, "/bin/sh /run/silent") as s:
            s.sh(f"cat >/run/silent <<'END'\n{SILENT}END")
            s.beat_as(user)
            s.until("grep -q output /var/lib/vlpd/audit.log", 10)
            said = s.sh("grep -h -o 'output.*' /var/lib/vlpd/audit.log | head -n 1")[1]
            did = [w for w in ("made", "mounted", "signalled") if w + "\\x0a" in said]
            report.check(f"systemd: a recovery command {'with recovery.conf can do all' if able else 'can do nothing but run'}", said and did == able, said)


def agents_of_others(report):
    """--agent-user: those of a user that is named are watched."""
    if not possible(report):
        return
    with Systemd(defaults("--agent-user nobody")) as s:
        report.check("systemd: with --agent-user nobody his beats arrive as well, and those of a third user do not",
                     s.beat_as(0) and s.beat_as(65534) and not s.beat_as(1), s.sh("cat /var/lib/vlpd/events.log")[1])


TESTS = (static, life, devices, filtered, agents_of_others)
