"""gateway: a vlpd with everything, its agents, and serial lines in every state."""
import contextlib
import os
import pty
import subprocess
import threading

import vlpt

JUNK = b"\x55" * 32
THRESHOLD_MS = 3000  # far above the beats' 200 ms: only who was stopped is silent, however busy the machine
DEVICE = 7  # id of the device that beats on the lines


class Wires:
    """Serial lines as pseudo-terminals: one clear, one noisy, one unreadable, one silent; a fifth does not exist."""

    def __init__(self, folder):
        self.ends = {name: pty.openpty() for name in ("clear", "noisy", "unreadable", "silent")}
        self.flags = []
        for name, (master, slave) in self.ends.items():
            os.set_blocking(master, False)
            self.flags += ["--serial", f"{name}={os.ttyname(slave)}"]
        self.flags += ["--serial", f"none={folder}/no-such-tty"]
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._talk)

    def _talk(self):
        """Ten times a second: a beat, a beat in junk, junk."""
        nonce = 0
        while not self.done.wait(0.1):
            nonce += 1
            beat = vlpt.frame(DEVICE, nonce)
            for name, data in (("clear", beat), ("noisy", JUNK + beat), ("unreadable", JUNK)):
                with contextlib.suppress(BlockingIOError):
                    os.write(self.ends[name][0], data)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.done.set()
        self.thread.join()
        for master, slave in self.ends.values():
            os.close(master)
            os.close(slave)


class Beater:
    """`vlpd beat`, again and again."""

    def __init__(self, program, socket, *more):
        self.proc = subprocess.Popen([program, "beat", "--socket", socket, "--interval", "200ms", *more],
                                     stdin=subprocess.DEVNULL)
        self.pid = str(self.proc.pid)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.proc.kill()
        self.proc.wait()


def anonymous(program, *args):
    """A vlpd that anybody on this machine may scrape, without a token."""
    o = vlpt.Observer(program, *args, "--prom-addr", "127.0.0.1:0", "--prom-anonymous", threshold_ms=THRESHOLD_MS)
    o.address = o.proc.stdout.readline().decode().strip()
    return o
