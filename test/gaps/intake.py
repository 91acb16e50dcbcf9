"""intake: defects in how frames are received, limited and counted."""
import array
import os
import socket
import time

from agents import Child, UDP, beats, count, free_port, plain_udp
from rig import Paused, Watched

import vlpt


def gap07(gap):
    """Of two sources in one turn only one is logged and counted."""
    def two(program):
        port = free_port()
        with Watched(program, *plain_udp(port), "--max-beat-rate", "0", prom=True) as o:
            agent, s = vlpt.Agent(o.socket), UDP(port)
            with Paused(o):
                for n in range(1, 6):
                    agent.beat()
                    s.beat(4242, n)
            return {"counted of 10": count(o, "varta_beats_total", 10, 2),
                    "rows of 10": len(beats(o.wait_rows(lambda r: len(beats(r)) == 10, 1) or o.rows()))}
    gap.probe("5 beats of each are 10 rows and 10 counts", two, lambda got: list(got.values()) == [10, 10])


def gap08(gap):
    """UDP gives about ten beats a second while the socket is idle."""
    def burst(program):
        port = free_port()
        with Watched(program, *plain_udp(port), prom=True) as o:
            s = UDP(port)
            for pid in range(2000, 2050):
                s.beat(pid, 1)
            o.wait_rows(lambda rows: len(beats(rows)) == 50, 1)
            return {"beats of 50 in 1 s": len(beats(o.rows()))}
    gap.probe("50 datagrams are read at once", burst, lambda got: got["beats of 50 in 1 s"] == 50)
    gap.go_tests("intake.TestUDPBatches")


def gap09(gap):
    """Each dropped frame costs all others 10 ms."""
    def dropped(program):
        with Watched(program) as o, Child(o.socket) as good:
            bad = vlpt.Agent(o.socket)
            begun = time.monotonic()
            for _ in range(200):
                bad.raw(b"VA\2\0")
            good.do("b")
            o.wait_rows(lambda rows: beats(rows, good.pid), 5)
            return {"ms until a beat behind 200 dropped frames counts": round((time.monotonic() - begun) * 1000)}
    gap.probe("dropped frames hold up nobody", dropped, lambda got: list(got.values())[0] < 1000)  # 200 times 10 ms


def total(observer, *names):
    """The sum of some metrics in one scrape."""
    page = observer.scrape()
    return int(sum(vlpt.metric(page, n) or 0 for n in names))


def gap10(gap):
    """The global limit refills 1000 times too fast."""
    def limited(program):
        with Watched(program, "--global-beat-rate", "1", "--global-beat-burst", "1", "--max-beat-rate", "0", prom=True) as o:
            agent, begun = vlpt.Agent(o.socket), time.monotonic()
            for _ in range(50):
                agent.beat()
                time.sleep(0.003)
            vlpt.wait_for(lambda: total(o, "varta_beats_total", "varta_rate_limited_total") == 50, 3)
            return {"beats of 50 at 1/s": total(o, "varta_beats_total"), "seconds": round(time.monotonic() - begun, 2)}
    gap.probe("1 a second is 1 a second", limited, lambda got: 1 <= got["beats of 50 at 1/s"] <= 2 + got["seconds"])
    gap.go_tests("limit.TestBucketAgainstModel", "limit.TestCredit")


def gap11(gap):
    """Frames that are malformed or spoofed pass the global limit."""
    def flood(program):
        with Watched(program, "--global-beat-rate", "1", "--global-beat-burst", "5", prom=True) as o:
            bad, begun = vlpt.Agent(o.socket), time.monotonic()
            for _ in range(50):
                bad.raw(bytes(32))
                bad.raw(vlpt.frame(os.getppid(), 1))
            judged, dropped = ("varta_decode_errors_total", "varta_frame_auth_failures_total"), "varta_rate_limited_total"
            vlpt.wait_for(lambda: total(o, *judged, dropped) >= 100, 3)
            return {"judged of 100": total(o, *judged), "dropped by the limit": total(o, dropped), "seconds": round(time.monotonic() - begun, 2)}
    gap.probe("bad frames have the limits of good ones", flood,
              lambda got: got["judged of 100"] <= 7 + got["seconds"] and got["judged of 100"] + got["dropped by the limit"] == 100)


def gap12(gap):
    """Oversize datagrams are reported as truncated control data, and that is not recognised."""
    def truncated(program):
        with Watched(program, "--max-beat-rate", "0", prom=True) as o:
            agent = vlpt.Agent(o.socket)
            agent.raw(vlpt.frame(os.getpid(), 1) + b"\0")
            agent.beat()
            count(o, "varta_beats_total", 1)
            oversize = int(vlpt.metric(o.scrape(), "varta_ctrl_truncated_total"))
            sent = attach(agent, vlpt.frame(os.getpid(), 2))
            agent.raw(vlpt.frame(os.getpid(), 3))
            vlpt.wait_for(lambda: beats(o.rows()) and beats(o.rows())[-1].nonce == "3", 2)
            return {"oversize counts as ctrunc": oversize, "descriptors": sent,
                    "rows": [(r.kind, r.payload[:9].strip()) for r in o.rows() if r.kind in ("decode", "ctrunc")]}
    gap.probe("oversize and ctrunc are told apart", truncated, lambda got: list(got.values()) in (
        [0, "sent", [("decode", "oversize"), ("ctrunc", "ancillary")]],
        [0, "not permitted", [("decode", "oversize")]]))
    gap.go_tests("intake.TestAttachedDescriptors", "intake.TestTakeReasons")


def attach(agent, frame):
    """Sends it with more than credentials; vlpd forbids that where the kernel can (SO_PASSRIGHTS, Linux 6.16)."""
    with open(os.devnull) as f:
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [f.fileno()] * 3))
        try:
            agent.sock.sendmsg([frame], [rights])
        except PermissionError:
            return "not permitted"
    return "sent"


def gap13(gap):
    """The tail of an oversize UDP datagram is ignored, and the rest is a beat."""
    def oversize(program):
        port = free_port()
        with Watched(program, *plain_udp(port), prom=True) as o:
            s = UDP(port)
            s.raw(vlpt.frame(4242, 1) + b"\0")
            s.beat(4243, 1)
            count(o, "varta_beats_total", 1, pid="4243")
            return {"beats of the oversize one": len(beats(o.rows(), 4242))}
    gap.probe("an oversize plain datagram is no beat", oversize, lambda got: got["beats of the oversize one"] == 0)
    gap.go_tests("intake.TestUDPDrops", "secure.TestLengths")


TESTS = (gap07, gap08, gap09, gap10, gap11, gap12, gap13)
