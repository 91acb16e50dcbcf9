"""pages: defects in what is served at /metrics, and in what it counts."""
import os
import select
import socket
import time

from agents import count
from rig import Watched

import vlpt

WITH = f"Authorization: Bearer {vlpt.TOKEN}\r\n".encode()


def ask(observer, *pieces, path="/metrics"):
    """One request, in pieces with a wait between them; returns (status line, body). No piece: a request without a token."""
    host, port = observer.address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), 5) as s:
        early = False
        for i, piece in enumerate(pieces or (f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode(),)):
            if i:
                early = early or bool(select.select([s], [], [], 0.3)[0])
            try:
                s.sendall(piece)
            except ConnectionError:
                break
        data = b""
        try:
            while chunk := s.recv(65536):
                data += chunk
        except ConnectionError:
            pass
    head, _, body = data.partition(b"\r\n\r\n")
    return head.split(b"\r\n")[0].decode() + (", before the end of the request" if early else ""), body.decode()


def gap14(gap):
    """Forged frames and wrong tokens share one counter."""
    def counters(program):
        with Watched(program, prom=True) as o:
            agent = vlpt.Agent(o.socket)
            agent.raw(vlpt.frame(os.getppid(), 1))
            ask(o)
            ask(o)
            count(o, "varta_frame_auth_failures_total", 1)
            time.sleep(1.1)  # for the original's cache
            page = o.scrape()
            return {"forged frames (1)": int(vlpt.metric(page, "varta_frame_auth_failures_total")),
                    "wrong tokens (2)": int(vlpt.metric(page, "varta_prom_auth_failures_total"))}
    gap.probe("1 forged frame and 2 scrapes without a token are told apart", counters, lambda got: list(got.values()) == [1, 2])


def gap15(gap):
    """A request without a token empties the page for a second."""
    def emptied(program):
        with Watched(program, prom=True) as o:
            first = ask(o)[0]
            status, body = ask(o, b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + WITH + b"\r\n")
            return {"without": first, "with": status, "the page is whole": body.count("\n# TYPE ") > 50}
    gap.probe("a scrape right behind one without a token is whole", emptied,
              lambda got: got["the page is whole"] and " 401 " in got["without"])
    gap.go_tests("metrics.TestAnswers")


def gap16(gap):
    """A request that comes in pieces is refused at once."""
    def pieces(program):
        with Watched(program, prom=True) as o:
            return {"in pieces": ask(o, b"GET /met", b"rics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", WITH + b"\r\n")[0],
                    "after a wait": ask(o, b"", b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + WITH + b"\r\n")[0]}
    gap.probe("a slow request is read to its end", pieces, lambda got: all(v.endswith(" 200 OK") for v in got.values()))
    gap.go_tests("metrics.TestEverySplit", "metrics.TestByteByByte", "metrics.TestSlowloris")


def gap34(gap):
    """The histogram of turns includes the wait for something to do."""
    def turns(program):
        with Watched(program, prom=True) as o:
            agent, begun = vlpt.Agent(o.socket), time.monotonic()
            for _ in range(10):
                agent.beat()
                time.sleep(0.1)
            count(o, "varta_beats_total", 10)
            page, took = o.scrape(), time.monotonic() - begun
            total, n = (vlpt.metric(page, f"varta_observer_iteration_seconds_{x}") for x in ("sum", "count"))
            return {"share of the time in turns": round(total / took, 3), "turns": int(n)}
    gap.probe("ten beats a second are no work", turns, lambda got: got["share of the time in turns"] < 0.2 and got["turns"] >= 10)


TESTS = (gap14, gap15, gap16, gap34)
