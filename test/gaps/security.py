"""security: what the original leaves open and Linux can close."""
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

from agents import Child, beats, count
from pages import ask
from rig import KEYS, Skip, Watched, ended, lines, need_root, script, secret, verify

import vlpt

NOBODY = 65534


def refusals(observer):
    page = observer.scrape()
    found = re.findall(r'varta_recovery_refused_total\{reason="(\w+)"\} (\d+)', page)
    return {k: int(n) for k, n in found if n != "0"}


def can_unshare(*what):
    need_root("a namespace")
    if subprocess.run(["unshare", *what, "true"], capture_output=True, timeout=10).returncode:
        raise Skip(f"unshare {' '.join(what)} is not permitted here")


def security_container(gap):
    """In a container, agents outside count as proven: any pid is believed, and recovery runs for it."""
    container = ("--pid", "--fork", "--mount-proc")
    can_unshare(*container)

    def outside(program):
        with tempfile.TemporaryDirectory(prefix="vlpd-gaps-") as d:
            command = script(d, "echo $1 >>ran")
            with Watched(program, "--recovery-exec", command + " {pid}", threshold_ms=200, prom=True, wrap=("unshare", *container)) as o:
                agent = vlpt.Agent(o.socket)
                agent.raw(vlpt.frame(4242, 1))
                agent.raw(vlpt.frame(77, 1))
                o.wait_rows(lambda rows: sum(r.kind == "stall" for r in rows) == 2, 2)
                vlpt.wait_for(lambda: len(lines(f"{d}/ran")) == 2 or sum(refusals(o).values()) == 2, 2)
                return {"commands": lines(f"{d}/ran"), "refused": refusals(o)}
    gap.probe("no command runs for a forged pid", outside,
              lambda got: got == {"commands": [], "refused": {"unauthenticated_transport": 2}})

    def inside(program):
        with Watched(program, prom=True, wrap=("unshare", *container)) as o:
            pid = 1  # of the observer itself, where it is
            namespace = ("nsenter", f"--pid=/proc/{o.pid}/ns/pid", f"--mount=/proc/{o.pid}/ns/mnt", "python3", "-c")
            code = ("import os, socket, sys\nsys.path.insert(0, sys.argv[1])\nimport wire\na = wire.Agent(sys.argv[2])\na.beat()\n"
                    "print(os.getpid(), flush=True)\nsys.stdin.read()")
            p = subprocess.Popen([*namespace, code, str(vlpt.ROOT / "test/lib"), o.socket], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, text=True)
            try:
                pid = int(p.stdout.readline())
                o.wait_rows(lambda rows: beats(rows, pid), 2)
                vlpt.Agent(o.socket).raw(vlpt.frame(pid, 99))
                o.wait_rows(lambda rows: any(r.kind == "mismatch" for r in rows) or len(beats(rows, pid)) > 1, 2)
                return {"forged beats": len(beats(o.rows(), pid)) - 1, "rows": [r.payload for r in o.rows() if r.kind == "mismatch"]}
            finally:
                p.communicate("", timeout=10)
    gap.probe("nor can an agent inside be spoken for from outside", inside,
              lambda got: got == {"forged beats": 0, "rows": ["origin_conflict"]}, control=False)
    gap.go_tests("intake.TestOutsidePIDNamespace", "trust.TestUnattested")


def as_nobody(program, folder):
    """A copy that another user can run, in a folder of his."""
    copy = os.path.join(folder, os.path.basename(program))
    shutil.copy2(program, copy)
    os.chmod(copy, 0o755)
    os.chown(folder, NOBODY, NOBODY)
    return copy


class Hidden:
    """A process of user nobody in a pid namespace of its own whose /proc entry that user cannot read; it beats once."""

    CODE = ("import ctypes, os, sys\nsys.path.insert(0, sys.argv[1])\nimport wire\nos.setgid(65534)\nos.setuid(65534)\n"
            "ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\n"  # PR_SET_DUMPABLE
            "a = wire.Agent(sys.argv[2])\na.raw(wire.frame(int(os.readlink('/proc/self')), 1))\n"
            "print(os.readlink('/proc/self'), flush=True)\nsys.stdin.read()")

    def __init__(self, path, wrap):
        self.proc = subprocess.Popen([*wrap, "python3", "-c", self.CODE, str(vlpt.ROOT / "test/lib"), path],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self.proc.stdout.readline().strip()

    def end(self):
        self.proc.communicate("", timeout=10)


def security_namespace(gap):
    """An agent whose namespace cannot be read is believed to be of ours."""
    can_unshare("--pid", "--fork")

    def hidden(program):
        with tempfile.TemporaryDirectory(prefix="vlpd-gaps-") as d:
            os.chmod(d, 0o755)
            command = script(d, "echo $1 >>ran")
            os.chmod(command, 0o755)
            with Watched(as_nobody(program, d), "--recovery-exec", command + " {pid}", threshold_ms=300, folder=d, user=NOBODY,
                         log=d + "/log") as o:
                agent = Hidden(o.socket, ("unshare", "--pid", "--fork"))
                o.wait_rows(lambda rows: any(r.kind in ("stall", "mismatch") for r in rows), 3)
                vlpt.wait_for(lambda: lines(f"{d}/ran"), 1)
                agent.end()
                return {"beats": len(beats(o.rows(), agent.pid)), "commands": len(lines(f"{d}/ran")),
                        "rows": [r.payload for r in o.rows() if r.kind == "mismatch"]}
    gap.probe("no command runs for a process of another namespace that hides", hidden, lambda got: got["commands"] == 0)


def security_recycled(gap):
    """Recovery runs for a pid that belongs to another process by now."""
    need_root("choosing a pid")
    last = "/proc/sys/kernel/ns_last_pid"
    if not os.access(last, os.W_OK):
        raise Skip(f"{last} cannot be written")

    def heir(pid):
        """A process that bears that pid, or None."""
        with open(last, "w") as f:
            f.write(str(pid - 1))
        child = os.fork()
        if child == 0:
            signal.pause()
        if child == pid:
            return child
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return None

    def recycled(program):
        with tempfile.TemporaryDirectory(prefix="vlpd-gaps-") as d:
            command = script(d, "echo $1 >>ran")
            with Watched(program, "--recovery-exec", command + " {pid}", threshold_ms=1500, prom=True) as o:
                agent = Child(o.socket)
                pid = agent.pid
                agent.do("b")
                time.sleep(0.03)  # a process that began in the same 10 ms could not be told apart by its start time
                agent.end()
                stranger = next((p for p in (heir(pid) for _ in range(20)) if p), None)
                if not stranger:
                    return {"commands": "nobody got the pid", "refused": {}}
                vlpt.wait_for(lambda: lines(f"{d}/ran") or refusals(o), 6)
                os.kill(stranger, signal.SIGKILL)
                os.waitpid(stranger, 0)
                return {"commands": len(lines(f"{d}/ran")), "refused": refusals(o)}
    gap.probe("no command runs for it", recycled, lambda got: got == {"commands": 0, "refused": {"pid_recycled": 1}})
    gap.go_tests("trust.TestRealRecycledPID")


def security_audit(gap):
    """Whoever can write the audit file can compute its chain anew; there is no tool that verifies."""
    with tempfile.TemporaryDirectory(prefix="vlpd-gaps-") as d:
        key, other = secret(d, "key", KEYS[0]), secret(d, "other", KEYS[1])
        for name, args in (("plain", ()), ("keyed", ("--recovery-audit-key-file", key))):
            with Watched(gap.daemon, "--recovery-exec", "/bin/true", "--recovery-audit-file", f"{d}/{name}", *args,
                         threshold_ms=200) as o, Child(o.socket) as c:
                c.do("b")
                vlpt.wait_for(lambda: any("\tcomplete\t" in line for line in lines(f"{d}/{name}")), 3)
                o.stop()
        gap.check("vlpd audit verify: a whole file is whole", verify(gap.daemon, f"{d}/plain")[0] == 0)

        def checked(path, *args):
            done = subprocess.run([gap.daemon, "audit", "verify", *args, path], capture_output=True, text=True, timeout=10)
            return done.returncode, (done.stdout + done.stderr).strip()[-160:]
        ours, theirs = checked(f"{d}/keyed", "--key-file", key), checked(f"{d}/keyed", "--key-file", other)
        gap.check("a keyed file is whole to who has its key, and to nobody else", ours[0] == 0 and theirs[0] != 0, (ours, theirs))
        for name, args in (("plain", ()), ("keyed", ("--key-file", key))):
            with open(f"{d}/{name}") as f:
                text = f.read()
            with open(f"{d}/{name}", "w") as f:
                f.write(text.replace("/bin/true", "/bin/evil"))
            got = checked(f"{d}/{name}", *args)
            gap.check(f"{name}: one changed word is found", got[0] == 1, got)
    gap.go_tests("audit.TestGolden")


def security_pages(gap):
    """Any path serves the metrics, and the token travels in the clear without a word."""
    with Watched(gap.daemon, prom=True) as o:
        token = f"Host: x\r\nConnection: close\r\nAuthorization: Bearer {vlpt.TOKEN}\r\n\r\n"
        got = [ask(o, f"GET {p} HTTP/1.1\r\n{token}".encode())[0].split(" ")[1] for p in ("/metrics", "/", "/metricsx", "/foo")]
        gap.check("only /metrics is there", got == ["200", "404", "404", "404"], got)
        junk = ask(o, f"GET /metrics HTTP/1.1\r\n{token}".replace(vlpt.TOKEN, vlpt.TOKEN + "00").encode())[0]
        gap.check("a token with something behind it is none", " 401 " in junk, junk)
    with tempfile.TemporaryDirectory(prefix="vlpd-gaps-") as d:
        code, said = ended(gap.daemon, "--socket", f"{d}/s", "--threshold-ms", "1000", "--shutdown-after-secs", "0",
                           "--prom-addr", "0.0.0.0:0", "--prom-token-file", secret(d, "token", vlpt.TOKEN))
        gap.check("beyond loopback it says that there is no TLS", code == 0 and "in the clear" in said, said.split("\n")[0][-120:])
    gap.go_tests("metrics.TestBearer", "metrics.TestBearerEveryBit")


def flooded(daemon):
    """(beats of an agent that got into the queue beside 1,000,000 frames of another, those that counted, its stalls before the last, details)."""
    with Watched(daemon, "--max-beat-rate", "100", threshold_ms=500, prom=True) as o:
        agent, flooder = vlpt.Senders(o.socket, 1, 20, "pace", 100000), vlpt.Senders(o.socket, 1, 1000000, "flood")
        with open(f"/proc/{agent.proc.pid}/task/{agent.proc.pid}/children") as f:
            who = f.read().strip()
        flooder.go()
        agent.go()
        got_in, no_room, _ = agent.result()
        sent, _, took = flooder.result()
        count(o, "varta_frames_received_total", sent + got_in, 20)
        rows = o.wait_rows(lambda rows: len(beats(rows, who)) == got_in) or o.rows()
        agent.release()
        flooder.release()
    heard = beats(rows, who)
    stalls = sum(r.kind == "stall" and r.who == who and r.at < heard[-1].at for r in rows) if heard else "only"
    return got_in, len(heard), stalls, f"{sent} frames in {took:.1f} s; {len(heard)} beats of {got_in}, no room in the queue for {no_room}, {stalls} stalls"


def security_flood(gap):
    """A process of the same user can starve all agents."""
    for _ in range(3):  # others use this machine too, and where the observer gets no processor the queue is the flooder's
        got_in, heard, stalls, detail = flooded(gap.daemon)
        if heard != got_in or stalls == 0:
            break
    gap.check("beside 1,000,000 frames every beat counts that found room in the queue", heard == got_in, detail)
    gap.check("and the agent does not stall, in one of three rounds", stalls == 0, detail)
    gap.go_tests("trust.TestFloodLeavesDescriptors", "secure.TestForgedFlood", "metrics.TestFloodFromOneAddress")


TESTS = (security_container, security_namespace, security_recycled, security_audit, security_pages, security_flood)
