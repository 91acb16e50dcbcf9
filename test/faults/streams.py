"""streams: an observer's sources, what is sent to them, and a good beat behind it."""
import contextlib
import os
import pty
import socket
import sys
import tempfile
import tty

import vlpt

sys.path.insert(0, str(vlpt.ROOT / "test/gaps"))
import seal  # noqa: E402

PID = 4242  # of the agent on the line and over UDP


class Streams:
    """Socket, UDP and a serial line; or UDP with a key alone."""

    def __init__(self, kind, folder, stack):
        self.counts = {}
        self.udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            self.udp.connect(free.getsockname())
        self.args = ["--udp-bind-addr", "127.0.0.1", "--udp-port", str(self.udp.getpeername()[1])]
        if kind == "sealed":
            self.key = os.path.join(folder, "k")
            with open(os.open(self.key, os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
                f.write(vlpt.TOKEN)
            self.args += ["--key-file", self.key]
            return
        self.line, end = pty.openpty()
        tty.setraw(end)
        self.args += ["--i-accept-plaintext-udp", "--serial", f"line={os.ttyname(end)}"]
        stack.callback(os.close, self.line)
        stack.callback(os.close, end)

    def connect(self, observer):
        self.agent = vlpt.Agent(observer.socket)
        if hasattr(self, "line"):
            observer.wait_rows(lambda rows: any(r.kind == "line" and r.status == "up" for r in rows))

    def send(self, source, data):
        if source == "socket":
            self.agent.raw(data)
        elif source == "line":
            os.write(self.line, data)
        else:
            self.udp.send(data)

    def good(self, source):
        """A beat as it should be."""
        self.counts[source] = n = self.counts.get(source, 0) + 1
        beat = vlpt.frame(os.getpid() if source == "socket" else PID, n)
        if source == "sealed":
            beat = seal.shared(vlpt.TOKEN, b"\1" * 8, n, beat)
        self.send(source, beat)

    def sent(self, source):
        return self.counts[source]

    def beats(self, source):
        """The counter of its good beats."""
        if source == "socket":
            return f'varta_beats_total{{pid="{os.getpid()}"}}'
        return f'varta_source_beats_total{{source="{"line" if source == "line" else "udp"}"}}'


@contextlib.contextmanager
def open_all(kind):
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="vlpd-test-"))
        yield Streams(kind, folder, stack)
