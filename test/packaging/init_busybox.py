"""init_busybox: S50vlpd under BusyBox's init, from boot to stop."""
import vlpt
from init_board import Board, defaults
from init_box import can_confine, installed_user

SETTLED = "! pidof vlpd && ! ps | grep -q '[S]50vlpd run' && ! ls /run | grep -q '^vlpd[.]' && ! ls /run/vlpd | grep -q ."


def life(report):
    """Boot, first beat, metrics, reload, restart, stop."""
    with Board() as b:
        pid = b.pid()
        report.check("busybox: rcS started it, and it was ready", "Starting vlpd: OK" in b.output() and pid, b.output().strip())
        report.check("busybox: the pid file names vlpd itself", b.sh("cat /run/vlpd.pid")[1].strip() == str(pid))
        code, said = b.service("status")
        report.check("busybox: status tells the pid and what it watches", code == 0 and f"pid {pid}" in said and "/run/vlpd/vlpd.sock" in said)
        report.check("busybox: ready is in syslog, with its level", b.logged("daemon.info vlpd: ready: "))
        b.beat()
        report.check("busybox: the first beat is accepted", vlpt.wait_for(lambda: b.accepted() == 1, 5), b.accepted())
        report.check("busybox: no metrics without the token", b.page("0" * 64)[0] != 0)
        user = installed_user() or "root"
        report.check(f"busybox: token and socket are {user}'s, as VLPD_USER says, the token his alone",
                     b.sh("stat -c %U:%a /etc/vlpd/token /run/vlpd/vlpd.sock")[1].split() == [user + ":600", user + ":666"])
        b.sh("mv /var/lib/vlpd/events.log /var/lib/vlpd/moved")
        report.check("busybox: reload says OK", b.service("reload") == (0, "Reloading vlpd: OK"))
        report.check("busybox: reload opens the log anew", b.until("test -s /var/lib/vlpd/events.log", 5) and b.pid() == pid)
        report.check("busybox: a second start is none", b.service("start") == (0, "Starting vlpd: OK (it runs already)") and b.pids() == [pid])
        report.check("busybox: restart", b.service("restart") == (0, "Stopping vlpd: OK\nStarting vlpd: OK") and b.pid() not in (0, pid))
        report.check("busybox: stop says OK", b.service("stop") == (0, "Stopping vlpd: OK") and not b.pids())
        report.check("busybox: stop leaves no process, socket or file in /run", b.until(SETTLED, 5), b.sh("ps; ls /run /run/vlpd")[1] if not b.until(SETTLED, 1) else "")
        report.check("busybox: the log ends with the stop", b.sh("tail -n 1 /var/lib/vlpd/events.log")[1].split()[-1:] == ["SIGTERM"])
        report.check("busybox: a second stop is none", b.service("stop") == (0, "Stopping vlpd: OK (it did not run)"))
        report.check("busybox: status and reload of a stopped one fail", b.service("status")[0] == 3 and b.service("reload")[0] != 0)
        report.check("busybox: a wrong word is refused", b.service("begin")[0] == 1)


def pid_files(report):
    """Pid files that lie."""
    with Board() as b:
        b.service("stop")
        b.sh("echo 4194000 >/run/vlpd.pid")
        report.check("busybox: a stale pid file is no hindrance", b.service("start")[0] == 0 and b.pid())
        b.service("stop")
        b.sh("sleep 1000 >/dev/null 2>&1 & echo $! >/run/vlpd.pid")
        report.check("busybox: a foreign process is not taken for vlpd", b.service("status")[0] == 3 and b.service("reload")[0] != 0)
        report.check("busybox: nor stopped", b.service("stop")[0] == 0 and b.sh("pidof sleep")[0] == 0)
        b.sh("pidof sleep >/run/vlpd.pid")
        report.check("busybox: nor in the way of a start", b.service("start")[0] == 0 and b.pid() and b.sh("pidof sleep")[0] == 0)


def crashes(report):
    """It is started again, with what /etc/default/vlpd says by then."""
    with Board() as b:
        first = b.pid()
        b.sh("kill -KILL $(cat /run/vlpd.pid)")
        second = b.new_pid(first, 10)
        report.check("busybox: killed, and started again", second)
        report.check("busybox: and watching again", b.until("/etc/init.d/S50vlpd status", 10) and b.beat()[0] == 0 and vlpt.wait_for(b.accepted, 5))
        report.check("busybox: syslog says so", b.logged("daemon.err vlpd: error: ended by signal 9; it is started again in 1 s"))
        b.sh("sed -i 's/^--threshold-ms .*/--threshold-ms 9/' /etc/default/vlpd")
        code, said = b.service("restart")
        report.check("busybox: a start with a wrong flag fails, with the reason", code == 1 and "FAIL" in said and "9 is below the minimum" in said, said)
        b.sh("sed -i 's/^--threshold-ms .*/--threshold-ms 900/' /etc/default/vlpd")
        report.check("busybox: the flag put right is enough", b.until("/etc/init.d/S50vlpd status | grep 900ms", 20))
        b.sh("sed -i 's/^--threshold-ms .*/--threshold-ms 9/' /etc/default/vlpd")
        b.service("restart")
        report.check("busybox: stop while it waits to start again", b.service("stop")[0] == 0 and b.until(SETTLED, 5))
    with Board(defaults(VLPD_RESPAWN="no")) as b:
        b.sh("kill -KILL $(cat /run/vlpd.pid)")
        report.check("busybox: VLPD_RESPAWN=no", b.until("! ps | grep -q '[S]50vlpd run'", 5) and not b.pids() and b.logged("ended by signal 9\n"))


def inittab(report):
    """The line of /etc/inittab in place of S50vlpd's own loop."""
    with Board(defaults(VLPD_RESPAWN="init"), "::respawn:/etc/init.d/S50vlpd run\n") as b:
        report.check("inittab: S50vlpd leaves it alone", "Starting vlpd: left to /etc/inittab" in b.output())
        first = b.new_pid(0, 10)
        report.check("inittab: init started it", first and b.until("/etc/init.d/S50vlpd status", 5))
        b.sh("kill -KILL $(cat /run/vlpd.run) $(cat /run/vlpd.pid)")
        second = b.new_pid(first, 15)
        report.check("inittab: loop and vlpd killed, and started again", second and b.until("/etc/init.d/S50vlpd status", 5))
        said = b.service("restart")
        report.check("inittab: restart says who starts it", said == (0, "Stopping vlpd: OK (/etc/inittab starts it again)\nStarting vlpd: left to /etc/inittab") and b.new_pid(second, 15), said)


def hung(report):
    """A vlpd that does not end, and a reader that does not read."""
    with Board() as b:
        pid = b.pid()
        b.sh(f"kill -STOP {pid}")
        b.sh(f"(sleep 2; kill -CONT {pid}) >/dev/null 2>&1 &")
        said, left = b.service("stop"), b.pids()
        report.check("busybox: stop waits until it is gone", said == (0, "Stopping vlpd: OK") and not left, f"{said}, {left}")
        b.service("start")
        pid = b.pid()
        b.sh(f"kill -STOP {pid}")
        code, said = b.service("stop")
        report.check("busybox: one that hangs is killed after 15 s", code == 0 and "killing it" in said and not b.pids(), said)
    with Board(defaults("--threshold-ms 100", "--tracker-eviction-policy balanced")) as b:
        pid, reader = b.pid(), b.sh("ps | grep '[S]50vlpd run' | tail -n 1")[1].split()[0]
        b.sh(f"kill -STOP {reader}")
        for _ in range(40):
            b.sh("i=0; while [ $i -lt 20 ]; do vlpd beat --socket /run/vlpd/vlpd.sock --pid self; i=$((i + 1)); done")
            if b.sh("timeout 1 sh -c 'echo x >/run/vlpd.stderr'")[0]:
                break
        before = b.accepted()
        b.beat()
        report.check("busybox: nobody reads stderr, it is full, and beats are accepted", vlpt.wait_for(lambda: b.accepted() > before, 5), before)
        b.sh(f"kill -KILL {reader}")
        report.check("busybox: the reader killed, vlpd goes on", b.pid() == pid)
        b.sh(f"kill -KILL {pid}")
        report.check("busybox: vlpd killed as well, and started again with a reader", b.new_pid(pid, 15) and b.until("/etc/init.d/S50vlpd status | grep -q ready", 10))


def mistakes(report):
    """Settings with an error: what runs can be stopped, what does not says why, and all is well once it is put right."""
    with Board() as b:
        first = b.pid()
        b.sh("""sed -i 's/^VLPD_RESPAWN="yes"/VLPD_RESPAWN="yes/' /etc/default/vlpd""")
        report.check("mistakes: an open quote: status and reload", b.service("status")[0] == 0 and b.service("reload")[0] == 0)
        b.sh(f"kill -KILL {first}")
        report.check("mistakes: it ends meanwhile: syslog tells the line", b.until("grep -q 'daemon.err .*line .*unterminated' /log/messages", 10), b.syslog())
        code, said = b.service("restart")
        report.check("mistakes: so does a start", code == 1 and "FAIL" in said and "unterminated" in said, said)
        b.sh("""sed -i 's/^VLPD_RESPAWN="yes/VLPD_RESPAWN="yes"/' /etc/default/vlpd""")
        report.check("mistakes: put right, it comes by itself", b.until("/etc/init.d/S50vlpd status | grep -q ready", 20))
        b.sh("""sed -i 's/^VLPD_RESPAWN="yes"/VLPD_RESPAWN="yes/' /etc/default/vlpd""")
        report.check("mistakes: an open quote: stop", b.service("stop") == (0, "Stopping vlpd: OK") and b.until(SETTLED, 5))


def not_there(report):
    """What the installation lacks is told, and not what follows from it."""
    with Board() as b:
        for path, mode, reason in (("/usr/bin/vlpd", 0, "can't execute '/usr/bin/vlpd': No such file"), ("/usr/bin/vlpd", 0o644, "can't execute '/usr/bin/vlpd': Permission denied"),
                                   ("/usr/libexec/vlpd/prepare", 0, "prepare: not found")):
            b.service("stop")
            b.sh(f"cp -a {path} /log/kept; " + (f"chmod {mode:o} {path}" if mode else f"rm {path}"))
            code, said = b.service("start")
            report.check(f"busybox: no {path}, or mode {mode:o}: the start tells it", code == 1 and "FAIL" in said and reason in said and "\n\n" not in said, said)
            report.check(f"busybox: no {path}, or mode {mode:o}: so does syslog", b.logged("daemon.err vlpd: .*" + reason), b.syslog()[-400:])
            b.sh(f"rm -f {path}; mv /log/kept {path}")
        b.sh("sed -i 's/--log-format text/--log-format json/' /etc/default/vlpd")
        b.service("restart")
        said = b.service("status")[1].splitlines()
        report.check("busybox: status with lines of JSON", said[1].startswith("ready: silence of ") and not said[-1].endswith("}") and
                     b.logged(r"daemon.info vlpd: \{.*ready: .*\}\n"), said)


def early_stop(report):
    """Stop while prepare is at work, which makes a token on a slow card."""
    with Board() as b:
        b.service("stop")
        b.sh("sed -i '2i [ -n \"$1\" ] || { : >/run/slow; sleep 2; }' /usr/libexec/vlpd/prepare; /etc/init.d/S50vlpd start >/dev/null 2>&1 &")
        report.check("early stop: while it prepares", b.until("test -e /run/slow", 10) and b.service("stop")[0] == 0)
        b.until("! ps | grep -q '[S]50vlpd'", 20)
        report.check("early stop: nothing is started after it", not b.pids(), b.syslog())


def two_shells(report):
    """A start, then a whole restart, while the stop of another shell waits for a vlpd that takes its time; it looks again late."""
    with Board() as b:
        for action in ("start", "restart"):
            pid = b.pid()
            b.sh(f"kill -STOP {pid}; (sh -c 'echo $$ >/log/shell; exec /etc/init.d/S50vlpd stop'; echo code $?) >/log/stop 2>&1 &")
            b.until(f"grep -q 'ShdPnd:.*4000$' /proc/{pid}/status", 5)
            b.sh(f"kill -STOP $(cat /log/shell); (sleep 1; kill -CONT {pid}) >/dev/null 2>&1 &")
            code, said = b.service(action)
            b.sh("kill -CONT $(cat /log/shell)")
            b.until("grep -q code /log/stop", 25)
            stopped = b.sh("cat /log/stop")[1]
            report.check(f"two shells: {action} while a stop waits: it runs afterwards", code == 0 and said.endswith("Starting vlpd: OK") and b.pid() not in (0, pid)
                         and b.sh("cat /run/vlpd.pid")[1].strip() == str(b.pid()) and "nobody" not in b.service("status")[1], f"{said}; {b.pids()}")
            report.check(f"two shells: {action}: the stop ends well, and kills nobody", stopped == "Stopping vlpd: OK\ncode 0\n", stopped)


def whole_seconds(root):
    """A sleep(1) as POSIX has it."""
    (root / "bin/sleep").write_text('#!/bin/sh\ncase $1 in *[!0-9]*) exit 1 ;; esac\nexec /bin/busybox sleep "$1"\n')
    (root / "bin/sleep").chmod(0o755)


def short_options(root):
    """A start-stop-daemon without FEATURE_START_STOP_DAEMON_LONG_OPTIONS."""
    (root / "sbin/start-stop-daemon").write_text('#!/bin/sh\nfor o in "$@"; do case $o in --) break ;; --*) exit 1 ;; esac; done\nexec /bin/busybox start-stop-daemon "$@"\n')
    (root / "sbin/start-stop-daemon").chmod(0o755)


def poor(report):
    """Boards that lack things."""
    with Board(without=("logger", "od", "mktemp", "setsid", "install", "stat", "id")) as b:
        report.check("busybox: without logger, od, mktemp, setsid, stat, id", b.pid() and b.page()[0] == 0, b.output().strip())
        report.check("busybox: what it says goes to the console then", "ready: silence" in b.sh("cat /log/console")[1])
    with Board(without=("mkfifo", "start-stop-daemon"), prepared=short_options) as b:
        report.check("busybox: without mkfifo, and with short options only", b.pid() and "vlpd: OK" in b.output() and b.logged("ready: silence"), b.output().strip())
        report.check("busybox: reload, restart and stop there", b.service("reload")[0] == 0 and b.service("restart")[0] == 0 and b.service("stop") == (0, "Stopping vlpd: OK") and b.until(SETTLED, 5))
    with Board("") as b:
        report.check("busybox: /etc/default/vlpd is empty", b.pid() and "OK" in b.output(), b.output().strip())
        b.sh("kill -KILL $(cat /run/vlpd.run); rm /etc/default/vlpd")
        report.check("busybox: the loop is gone, and so are the settings: status and start", "nobody starts it again" in b.service("status")[1] and b.service("restart")[0] == 0 and b.pid())
    with Board(defaults("--recovery-exec /bin/ca?"), user=False) as b:
        report.check("busybox: flags are not matched with files", "/bin/ca?" in b.sh("tr '\\0' ' ' </proc/$(pidof vlpd)/cmdline")[1].split(), b.output().strip())
    with Board(prepared=lambda root: (root / "var/run").unlink()) as b:
        report.check("busybox: without /var/run", b.pid() and "OK" in b.output(), b.output().strip())
    with Board(without=("sleep",), prepared=whole_seconds) as b:
        b.sh("kill -STOP $(pidof vlpd)")
        report.check("busybox: sleep knows no fractions: one that hangs is killed after 15 s all the same", b.service("stop")[0] == 0 and not b.pids())
    with Board(defaults(VLPD_USER="vlpd"), user=False) as b:
        report.check("busybox: a user that is not there is told", b.logged("there is no user vlpd: vlpd stays root"))
        report.check("busybox: without the user, as root", b.pid() and b.status(b.pid(), "Uid")[:1] == ["0"])


def users(report):
    """VLPD_USER: another user, with serial lines that stay root's; and whose beats are taken."""
    if not can_confine():
        report.skip("VLPD_USER", "this vlpd has no --user")
        return
    with Board(defaults(VLPD_USER="vlpd", VLPD_SERIAL="--serial rs485=/dev/ttyUSB0,115200")) as b:
        report.check("users: it is vlpd, real, effective and saved", b.status(b.pid(), "Uid") == ["123"] * 4, b.output().strip())
        report.check("users: lines are opened as root, whose devices they stay", "--serial-open-as-root" in b.sh("tr '\\0' ' ' </proc/$(pidof vlpd)/cmdline")[1].split())
        arrived = {}
        for name, uid in (("vlpd", 123), ("root", 0), ("another", 500)):
            before = b.accepted()
            b.sh(f"chmod 777 /run/vlpd/vlpd.sock; start-stop-daemon -S -q -c {uid} -n beat -x /usr/bin/vlpd -- beat --socket /run/vlpd/vlpd.sock --pid self")
            arrived[name] = bool(vlpt.wait_for(lambda: b.accepted() == before + 1, 2))
        report.check("users: beats of root and of vlpd are taken, another user's are not", arrived == {"vlpd": True, "root": True, "another": False}, arrived)
        report.check("users: reload and stop", b.service("reload")[0] == 0 and b.service("stop") == (0, "Stopping vlpd: OK") and b.until(SETTLED, 5))
        b.sh("sed -i 's/^VLPD_USER=.*/VLPD_USER=/' /etc/default/vlpd")
        report.check("users: root again, with the files of before", b.service("start")[0] == 0 and b.status(b.pid(), "Uid") == ["0"] * 4 and
                     b.until("test $(grep -c start /var/lib/vlpd/events.log) = 2", 5))


TESTS = (life, pid_files, crashes, mistakes, not_there, early_stop, two_shells, inittab, hung, poor, users)
