"""console: a shell inside the ARM machine, asked from here, one block of commands after the other.

It speaks through a virtio port of its own, so that neither echo nor the
kernel's messages get into what a block prints. All blocks run in one shell:
what one sets, another finds.
"""
import socket
import time

import armvm

WORDS = ("-chardev", "socket,id=console,path={run}/console.sock,server=on,wait=off",
         "-device", "virtserialport,chardev=console,name=console")

# For scripts in the guest: the path of a virtio port by its name.
PORT_NAMED = """port_named() { for p in /sys/class/virtio-ports/*; do [ "$(cat "$p/name")" = "$1" ] && echo "/dev/${p##*/}"; done; }
"""
# Reading gives end of file as long as nobody is connected here.
SHELL = PORT_NAMED + """while :; do sh <>"$(port_named console)" >&0 2>&1; usleep 100000; done
"""

_ASK = """cat >/tmp/block <<'END-OF-BLOCK'
{block}
END-OF-BLOCK
eval "$(cat /tmp/block)" </dev/null >/tmp/said 2>&1; code=$?; echo "{mark} begin"; cat /tmp/said; echo; echo "{mark} end $code"
"""


class Console:
    """The harness's end. run() is not for two threads at once."""

    def __init__(self, guest, seconds=120):
        self.sock = armvm.Line(guest.path("console.sock")).sock
        self.asked = 0
        self._wake(seconds)

    def _wake(self, seconds):
        """The first shell may have gone before we were heard: asks until one answers."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if self.run("echo awake", 3) == (0, "awake\n"):
                    return
            except TimeoutError:
                pass
        raise RuntimeError(f"no shell answers on the console within {seconds} s")

    def run(self, block, seconds=60):
        """(exit code, what it printed); TimeoutError when it takes longer."""
        self.asked += 1
        mark = f"@@{self.asked}@{id(self)}"
        self.sock.sendall(_ASK.format(block=block.rstrip("\n"), mark=mark).encode())
        end, got, deadline = f"\n{mark} end ".encode(), b"", time.monotonic() + seconds
        while not (end in got and got.endswith(b"\n")):
            self.sock.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                more = self.sock.recv(65536)
            except (socket.timeout, BlockingIOError):
                raise TimeoutError(f"no end after {seconds} s: {block[:200]!r}, said {got[-500:]!r}") from None
            if not more:
                raise RuntimeError("the console is gone")
            got += more
        said, _, code = got.partition(end)
        said = said.partition(f"{mark} begin\n".encode())[2]
        return int(code), said.decode(errors="replace")

    def ask(self, block, seconds=60):
        """What it printed; an error if it failed."""
        code, said = self.run(block, seconds)
        if code:
            raise RuntimeError(f"exit {code}: {block!r}: {said}")
        return said

    def close(self):
        self.sock.close()
