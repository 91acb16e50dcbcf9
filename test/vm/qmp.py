"""qmp: the sockets of a running qemu: its control socket, and serial lines.

Both are Unix sockets in the run's folder that appear some moments after qemu
was started, so connecting waits.
"""
import json
import socket

import vlpt


def _connect(path, seconds):
    def attempt():
        s = socket.socket(socket.AF_UNIX)
        try:
            s.connect(path)
            return s
        except OSError:
            s.close()
    s = vlpt.wait_for(attempt, seconds)
    if not s:
        raise RuntimeError(f"nobody listens at {path}")
    return s


class QMP:
    """qemu's control socket, as far as these tests speak it."""

    def __init__(self, path):
        self.sock = _connect(path, 20)
        self.file = self.sock.makefile("rw")
        self.events = []
        self.file.readline()
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        self.file.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.file.flush()
        while line := self.file.readline():
            reply = json.loads(line)
            if "event" not in reply:
                if "error" in reply:
                    raise RuntimeError(f"{name}: {reply['error']}")
                return reply["return"]
            self.events.append(reply["event"])
        raise RuntimeError(f"{name}: qemu has gone")

    def wait_event(self, name, seconds=10):
        """Waits for an event; a harmless command flushes out those that came."""
        def seen():
            self.command("query-status")
            return name in self.events
        if not vlpt.wait_for(seen, seconds):
            raise RuntimeError(f"no event {name} in {seconds} s")
        self.events.remove(name)


class Line:
    """The far end of a guest's serial line, behind a qemu socket chardev."""

    def __init__(self, path):
        self.sock = _connect(path, 20)

    def send(self, data):
        self.sock.sendall(data)

    def close(self):
        self.sock.close()
