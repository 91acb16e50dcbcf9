"""judging: defects in who is believed, who is alive, and who is remembered."""
import subprocess
import time

from agents import Child, TERMINAL, UDP, beats, count, free_port, plain_udp
from rig import Paused, Skip, Watched, need_root, refused

import vlpt


def gap01(gap):
    """An exiting agent, or one of another namespace, ends the observer (exit 101)."""
    def short_lives(program):
        with Watched(program) as o:
            for _ in range(60):
                try:
                    with Child(o.socket) as c:
                        c.do("bb")
                except OSError:
                    break
            o.wait_rows(lambda rows: len(beats(rows)) == 120, 3)
            return {"beats of 120": len(beats(o.rows())), "exit": o.stop()}
    gap.probe("60 agents beat twice and end, and it lives", short_lives, lambda got: got == {"beats of 120": 120, "exit": 0})

    def stranger(program):
        code = ("import os, socket, sys\nsys.path.insert(0, sys.argv[1])\nimport wire\n"
                "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\ns.connect(sys.argv[2])\n"
                "s.send(wire.frame(int(os.readlink('/proc/self')), 1))")
        with Watched(program) as o:
            done = subprocess.run(["unshare", "--pid", "--fork", "python3", "-c", code, str(vlpt.ROOT / "test/lib"), o.socket],
                                  capture_output=True, text=True, timeout=10)
            if done.returncode:
                raise Skip(f"no pid namespaces here: {done.stderr.strip()[-100:]}")
            o.wait_rows(lambda rows: any(r.kind == "mismatch" for r in rows), 3)
            return {"rows": [r.payload for r in o.rows() if r.kind == "mismatch"], "exit": o.stop()}
    need_root("a pid namespace")
    gap.probe("a foreign namespace is a row, and it lives", stranger, lambda got: got == {"rows": ["namespace_conflict"], "exit": 0})
    gap.go_tests("trust.TestRealForeignNamespace")


def gap02(gap):
    """The last beat of a process that is gone when it is read is refused."""
    def last_beats(program):
        with Watched(program, log=False, prom=True, threshold_ms=60000) as o:
            agents = [Child(o.socket) for _ in range(8)]
            for c in agents:
                c.do("b")
            count(o, "varta_beats_total", 8)
            with Paused(o):
                for c in agents:
                    c.do("c")
                    c.end()
            return {"beats of 16": count(o, "varta_beats_total", 16, 2)}
    gap.probe("8 panic frames of processes that are gone count", last_beats, lambda got: got["beats of 16"] == 16)
    gap.go_tests("trust.TestRealLastBeatOfWhoIsGone", "observer.TestLastBeats")


def gap03(gap):
    """A panic frame within 10 ms of the beat before is dropped by the limiter."""
    def panics(program):
        with Watched(program, "--max-beat-rate", "100", threshold_ms=60000) as o:
            agents = [Child(o.socket) for _ in range(10)]
            for c in agents:
                c.do("p")
            o.wait_rows(lambda rows: len(beats(rows)) == 20, 2)
            got = [r for r in beats(o.rows()) if r.status == "critical" and r.nonce == str(TERMINAL)]
            for c in agents:
                c.end()
            return {"panic frames of 10": len(got)}
    gap.probe("10 panic frames right behind a beat count at --max-beat-rate 100", panics, lambda got: got["panic frames of 10"] == 10)
    gap.go_tests("limit.TestBurstOfBeats")


def gap04(gap):
    """A restarted agent with the same pid is ignored until its nonce passes the old one."""
    def again(program):
        with Watched(program, "--max-beat-rate", "0") as o:
            for n in (5, 3):
                agent = vlpt.Agent(o.socket)
                for _ in range(n):
                    agent.beat()
            o.wait_rows(lambda rows: len(beats(rows)) == 8, 2)
            return {"beats of the second session": len(beats(o.rows())) - 5,
                    "rows that say so": sum(r.kind == "session" for r in o.rows())}
    gap.probe("a process that connects again is heard", again, lambda got: list(got.values()) == [3, 1])

    def over_udp(program):
        port = free_port()
        with Watched(program, *plain_udp(port), threshold_ms=300) as o:
            s = UDP(port)
            for n in range(1, 6):
                s.beat(4242, n)
            o.wait_rows(lambda rows: any(r.kind == "stall" for r in rows), 3)
            for n in range(1, 4):
                s.beat(4242, n)
            o.wait_rows(lambda rows: len(beats(rows)) == 8, 1)
            return {"beats of the second session": len(beats(o.rows())) - 5}
    gap.probe("an agent over UDP that starts anew after its stall is heard", over_udp,
              lambda got: got["beats of the second session"] == 3)

    def at_once(program):
        port = free_port()
        with Watched(program, *plain_udp(port), threshold_ms=500) as o:
            s = UDP(port)
            for n in range(1, 51):
                s.beat(4242, n)
            o.wait_rows(lambda rows: len(beats(rows)) == 50, 1)  # the original reads fewer
            before = len(beats(o.rows()))
            for n in range(1, 31):
                s.beat(4242, n)
                if len(beats(o.rows())) > before + 5:
                    break
                time.sleep(0.05)
            return {"heard again": len(beats(o.rows())) > before}
    gap.probe("also one that starts anew at once, before it stalls", at_once, lambda got: got["heard again"], control=False)

    def first_lost(program):
        with Watched(program, "--max-beat-rate", "0", threshold_ms=200) as o:
            for first, n in ((1, 50), (2, 20)):
                agent = vlpt.Agent(o.socket)
                agent.nonce = first - 1
                for _ in range(n):
                    agent.beat()
                    if first == 2:
                        time.sleep(0.05)
            o.wait_rows(lambda rows: len(beats(rows)) > 55, 1)
            return {"heard again": len(beats(o.rows())) > 55}
    gap.probe("and a process whose first frame found the queue full (Rust counts it)", first_lost, lambda got: got["heard again"])
    with Watched(gap.daemon, prom=True) as o:
        for payload in (1, 2):
            vlpt.Agent(o.socket).beat(payload=payload)
        gap.check("and it is counted", count(o, "varta_tracker_pid_recycle_total", 1) == 1)
    gap.go_tests("watch.TestNonces", "trust.TestRealRecycledPID")


def gap05(gap):
    """After a pause of the observer healthy agents stall, and recovery runs for them."""
    def pause(program):
        with Watched(program, "--recovery-exec", "/bin/false", threshold_ms=500, prom=True) as o:
            agents = [Child(o.socket, every=0.1) for _ in range(3)]
            count(o, "varta_beats_total", 6)
            with Paused(o):
                time.sleep(1.5)
            before = vlpt.metric(o.scrape(), "varta_beats_total")
            count(o, "varta_beats_total", before + 6)
            rows = o.rows()
            spawned = vlpt.metric(o.scrape(), "varta_recovery_outcomes_total", outcome="spawned")
            for c in agents:
                c.end()
            return {"stalls": sum(r.kind == "stall" for r in rows), "commands": int(spawned)}
    gap.probe("3 agents that beat during a pause of 1.5 s do not stall", pause, lambda got: got == {"stalls": 0, "commands": 0})
    gap.go_tests("observer.TestPauseIsNotSilence", "watch.TestForgive")


def gap17(gap):
    """Policy balanced evicts nobody whom strict would not."""
    def evicted(program, policy="balanced"):
        port = free_port()
        with Watched(program, *plain_udp(port), "--tracker-capacity", "2", "--tracker-eviction-policy", policy,
                           threshold_ms=60000) as o:
            s = UDP(port)
            for pid in (2001, 2002, 2003):
                s.beat(pid, 1)
            o.wait_rows(lambda rows: len(beats(rows)) == 3, 1)
            return {"evicted": [r.who for r in o.rows() if r.kind == "eviction"], "beats of 3": len(beats(o.rows()))}
    gap.probe("balanced: the one silent longest makes room", evicted, lambda got: got == {"evicted": ["2001"], "beats of 3": 3})
    got = evicted(gap.daemon, "strict")
    gap.check("strict: nobody does", got == {"evicted": [], "beats of 3": 2}, got)
    gap.go_tests("watch.TestEviction")


def gap18(gap):
    """A capacity above 4096 is silently lowered."""
    port, n = free_port(), 5000
    with Watched(gap.daemon, *plain_udp(port), "--tracker-capacity", str(n), threshold_ms=60000, prom=True) as o:
        s = UDP(port)
        for at in range(0, n, 250):
            for pid in range(at + 2, at + 252):
                s.beat(pid, 1)
            if count(o, "varta_watch_pids_tracked", at + 250) < at + 250:
                break
        page = o.scrape()
        names = ("varta_tracker_capacity", "varta_watch_pids_tracked", "varta_tracker_capacity_exceeded_total")
        got = [int(vlpt.metric(page, name)) for name in names]
        gap.check("5000 agents are remembered where 5000 were asked for", got == [n, n, 0], got)
    code, said = refused(gap.daemon, "--tracker-capacity", "65537")
    gap.check("what is too much is refused, and the limit said", code == 2 and "65536" in said, (code, said))


TESTS = (gap01, gap02, gap03, gap04, gap05, gap17, gap18)
