"""life: defects at start-up, in what errors say, and in how the observer is watched itself."""
import os
import pty
import re
import socket
import subprocess
import tempfile

from rig import Watched, ended, refused, secret

import vlpt

UDP_BOTH = "-udp-i-accept-recovery-on-unauthenticated-transport"


def gap19(gap):
    """--self-watchdog-secs 0 aborts after 0.5 s; so does a long --read-timeout-ms under the watchdog."""
    code, said = refused(gap.daemon, "--self-watchdog-secs", "0")
    gap.check("0 is refused", code == 2 and "--self-watchdog-secs" in said, (code, said))

    def idle(program):
        with Watched(program, "--self-watchdog-secs", "1", "--read-timeout-ms", "10000", prom=True) as o:
            try:
                return {"ended with": o.proc.wait(3.5)}
            except subprocess.TimeoutExpired:
                return {"lives, idle for": "3.5 s"}
    gap.probe("who sleeps is not wedged", idle, lambda got: "ended with" not in got)
    gap.go_tests("liveness.TestWedgedLoopIsAborted", "liveness.TestWedgeIsFoundInTime")


def gap21(gap):
    """A live stream socket of another program at the path is deleted."""
    def in_the_way(program):
        with tempfile.TemporaryDirectory(prefix="vlpd-gaps-") as d, socket.socket(socket.AF_UNIX) as theirs:
            theirs.bind(f"{d}/s")
            theirs.listen()
            code, _ = ended(program, "--socket", f"{d}/s", "--threshold-ms", "1000", "--shutdown-after-secs", "0")
            with socket.socket(socket.AF_UNIX) as client:
                try:
                    client.connect(f"{d}/s")
                except OSError as e:
                    return {"exit": code, "the other program can be reached": e.strerror}
                return {"exit": code, "the other program can be reached": True}
    gap.probe("it is left alone, and the start fails", in_the_way, lambda got: list(got.values()) == [1, True])
    gap.go_tests("intake.TestBindTable", "intake.TestBindRaces")


def gap32(gap):
    """Errors are cut short before the flag that is needed, or name the wrong one or one that is gone."""
    with tempfile.TemporaryDirectory(prefix="vlpd-gaps-") as d:
        key = secret(d, "key", "11" * 32)
        recovery = ("--recovery-exec", "/bin/true", "--udp-port", "0")
        for what, args, words in (
            ("recovery beside plain UDP", (*recovery, "--i-accept-plaintext-udp"), ("--plaintext" + UDP_BOTH,)),
            ("recovery beside secure UDP", (*recovery, "--key-file", key), ("--secure" + UDP_BOTH,)),
            ("secure UDP for other machines", ("--udp-port", "0", "--udp-bind-addr", "0.0.0.0", "--key-file", key),
             ("--i-accept-secure-udp-non-loopback",)),
            ("a bad --udp-bind-addr", ("--udp-port", "0", "--udp-bind-addr", "localhost"), ("--udp-bind-addr", "localhost")),
            ("a token without an address", ("--prom-token-file", key), ("--prom-token-file requires --prom-addr",)),
        ):
            code, said = refused(gap.daemon, *args)
            gap.check(f"{what}: the first line says all", code == 2 and all(w in said for w in words), said[said.find("msg"):])
    known = set(re.findall(r"--[a-z][a-z-]+", subprocess.run([gap.daemon, "--help"], capture_output=True, text=True, timeout=10).stdout))
    master, slave = pty.openpty()
    try:
        with Watched(gap.daemon, "--serial", f"bus={os.ttyname(slave)}", "--recovery-exec", "/bin/true", threshold_ms=200) as o:
            o.wait_rows(lambda rows: any(r.kind == "line" and r.status == "up" for r in rows))
            os.write(master, vlpt.frame(7, 1))
            said = vlpt.wait_for(lambda: [line for line in o.diagnostics().split("\n") if "REFUSED" in line], 3)
            named = set(re.findall(r"--[a-z][a-z-]+", " ".join(said or [])))
            gap.check("a refused recovery names no flag that is not there", said and named <= known,
                      said[0][-200:] if said else o.diagnostics()[-300:])
    finally:
        os.close(master)
        os.close(slave)
    gap.go_tests("config.TestCommandLineErrors")


def told(program, *args, watchdog_pid=None, seconds=1.2, least=0):
    """What the observer told systemd from its first word on, and its exit code (None if it had to be ended)."""
    with tempfile.TemporaryDirectory(prefix="vlpd-gaps-") as d, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(f"{d}/notify")
        s.settimeout(0.05)
        cmd = [program, "--socket", f"{d}/s", "--threshold-ms", "1000", *args]
        if watchdog_pid:
            cmd = ["sh", "-c", f'WATCHDOG_PID={watchdog_pid} exec "$@"', "sh", *cmd]
        p = subprocess.Popen(cmd, env=dict(os.environ, NOTIFY_SOCKET=f"{d}/notify", WATCHDOG_USEC="400000"),
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        heard = []

        def hear():
            try:
                heard.append(s.recv(4096).decode().strip())
            except TimeoutError:
                pass
            return p.poll() is not None or least and heard.count("WATCHDOG=1") >= least
        vlpt.wait_for(lambda: hear() or heard, 10, 0)  # it has started; from then on it is listened to
        vlpt.wait_for(hear, seconds, 0)
        code = p.poll()
        if code is None:
            p.terminate()
            try:
                p.wait(5)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
        return heard, code


def gap33(gap):
    """WATCHDOG_PID is ignored; READY=1 is sent before the hardware watchdog is open."""
    def other(program):
        heard, _ = told(program, watchdog_pid="1")
        return {"ready": "READY=1" in heard[0:1], "WATCHDOG=1 for another pid": heard.count("WATCHDOG=1")}
    gap.probe("a watchdog for another process is not fed", other, lambda got: list(got.values()) == [True, 0])
    heard, _ = told(gap.daemon, watchdog_pid="$$", seconds=4, least=3)
    gap.check("its own is", heard.count("WATCHDOG=1") >= 3, heard)

    def no_watchdog(program):
        heard, code = told(program, "--hw-watchdog", "/nonexistent/watchdog")
        return {"exit": code, "READY=1 before it": any("READY=1" in m for m in heard)}
    gap.probe("where the hardware watchdog does not open, nobody is told READY=1", no_watchdog,
              lambda got: list(got.values()) == [1, False])
    gap.go_tests("liveness.TestEnviron", "liveness.TestWatchdogTime")


def gap35(gap):
    """A regular file is taken for a hardware watchdog."""
    def regular(program):
        with tempfile.NamedTemporaryFile(prefix="vlpd-gaps-") as f:
            code, said = refused(program, "--hw-watchdog", f.name)
            return {"exit": code, "said": "character device" in said, "bytes written to it": os.path.getsize(f.name)}
    gap.probe("it is refused", regular, lambda got: list(got.values()) == [1, True, 0])
    gap.go_tests("liveness.TestOnlyCharacterDevices")


TESTS = (gap19, gap21, gap32, gap33, gap35)
