"""agents: who sends, in these tests: processes, senders over UDP, and what is read of what came of them."""
import os
import select
import socket

import vlpt

TERMINAL = 2**64 - 1


def panic_frame(pid):
    """What a client sends last."""
    return vlpt.frame(pid, TERMINAL, "critical", stamp=1)


class Child:
    """A process of its own that beats on command, or by itself every so many seconds, until it is told to end."""

    def __init__(self, path, every=None):
        there, self.pipe = os.pipe()
        answers, back = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(self.pipe)
                self._live(path, there, back, every)
            finally:
                os._exit(0)
        os.close(there)
        os.close(back)
        self.answers = answers
        os.read(answers, 1)

    @staticmethod
    def _live(path, there, back, every):
        agent = vlpt.Agent(path)
        os.write(back, b".")
        while True:
            if every and not select.select([there], [], [], every)[0]:
                agent.sock.setblocking(False)
                try:
                    agent.beat()
                except OSError:
                    pass
                continue
            word = os.read(there, 1)
            try:
                if word == b"b":
                    agent.beat()
                elif word == b"c":
                    agent.raw(panic_frame(os.getpid()))
                elif word == b"p":  # both, one right behind the other
                    agent.beat()
                    agent.raw(panic_frame(os.getpid()))
                else:
                    return
            except OSError:
                pass
            os.write(back, b".")

    def do(self, words):
        for w in words:
            os.write(self.pipe, w.encode())
            os.read(self.answers, 1)

    def end(self):
        """It exits and is reaped: nothing of it is left in /proc."""
        if self.pid:
            os.write(self.pipe, b"q")
            os.close(self.pipe)
            os.close(self.answers)
            os.waitpid(self.pid, 0)
            self.pid = 0

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.end()


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class UDP:
    """A sender over UDP."""

    def __init__(self, port):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.connect(("127.0.0.1", port))

    def beat(self, pid, nonce, status="ok"):
        self.sock.send(vlpt.frame(pid, nonce, status))

    def raw(self, data):
        self.sock.send(data)


def beats(rows, who=None):
    return [r for r in rows if r.kind == "beat" and (who is None or r.who == str(who))]


def plain_udp(port):
    return ("--udp-port", str(port), "--udp-bind-addr", "127.0.0.1", "--i-accept-plaintext-udp")


def count(observer, name, least, seconds=3, **labels):
    """Waits until a metric has reached least; returns its value."""
    vlpt.wait_for(lambda: (vlpt.metric(observer.scrape(), name, **labels) or 0) >= least, seconds, 0.05)
    return int(vlpt.metric(observer.scrape(), name, **labels) or 0)
