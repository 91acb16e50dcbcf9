"""adapters: USB serial adapters of the ARM machine, and the devices at their far ends.

An adapter is qemu's usb-serial, an FTDI to the kernel, on one port of an xHCI;
its far end is a socket here, at which a thread beats as a device does. qemu has
the adapter plugged in while somebody is connected to that socket. (device_del
and device_add would do so too, but in qemu 7.2 what was deleted lives on until
all its threads have passed a point of rest, and a byte that comes before is the
end of qemu.) Which number the kernel gives to an adapter that is plugged in is
the lowest that is free, so that two that are pulled can change their names.
"""
import contextlib
import os
import socket
import threading
import time

import armkernel  # noqa: F401  finds lib/ for us
import vlpt

PERIOD = 0.1  # of beats, s


def words(names):
    """qemu's words for the host controller and the adapters, on its ports 1, 2, ..."""
    out = ["-device", "qemu-xhci,id=hc"]
    for port, name in enumerate(names, 1):
        out += ["-chardev", f"socket,id={name},path={{run}}/{name}.sock,server=on,wait=off",
                "-device", f"usb-serial,chardev={name},bus=hc.0,port={port},serial=FT-{name.upper()}"]
    return out


class Device:
    """Beats at the far end of an adapter while it is told to; payload equals nonce."""

    def __init__(self, number):
        self.line, self.number, self.nonce = None, number, 0
        self.lock = threading.Lock()
        self.beating, self.over = threading.Event(), False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def frame(self):
        self.nonce += 1
        return vlpt.frame(self.number, self.nonce, payload=self.nonce)

    def _run(self):
        while self.beating.wait() and not self.over:
            with self.lock:
                if self.beating.is_set():
                    self.line.send(self.frame())
                    swallow(self.line.sock)
            time.sleep(PERIOD)

    def quiet(self):
        """No byte comes after this has returned."""
        self.beating.clear()
        with self.lock:
            pass

    def speak(self):
        self.beating.set()

    def close(self):
        self.quiet()
        self.over = True
        self.beating.set()
        self.thread.join()


class Adapter:
    """One adapter; node is the name that the kernel gave it, None while it is pulled."""

    def __init__(self, guest, news, name, number=None):
        """number: of a device of our own at its far end."""
        self.guest, self.news, self.name = guest, news, name
        self.node = self.end = None
        self.device = Device(number) if number else None

    def plug(self):
        mark, self.waited = self.news.mark(), waited_ns(self.guest.proc.pid)
        self.end = self.guest.line(self.name + ".sock")
        if self.device:
            self.device.line = self.end
        self.node, self.made = self.news.node(mark)
        return self.node

    def pull(self):
        """What was sent before is delivered; the node is gone when this returns."""
        mark, node = self.news.mark(), self.node
        self.end.close()
        self.news.wait(mark, lambda n: n == ("gone", node))
        self.node = None


    def waited_ms(self):
        """For how long qemu's threads, since it was plugged, have waited for a processor of this machine."""
        return (waited_ns(self.guest.proc.pid) - self.waited) / 1e6


def swallow(sock):
    """Takes what the guest sent, and counts it. Until an opened tty is raw it
    echoes, and qemu stands still when nobody takes that.
    """
    count = 0
    with contextlib.suppress(BlockingIOError, ConnectionError):
        while got := sock.recv(4096, socket.MSG_DONTWAIT):
            count += len(got)
    return count


def waited_ns(pid):
    """The second field of schedstat: runnable, and not running."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError), open(f"/proc/{pid}/task/{task}/schedstat") as f:
            total += int(f.read().split()[1])
    return total


def number(node):
    return int(node.removeprefix("ttyUSB"))


def exchange(a, b):
    """Pulls both; each comes back under the other's name."""
    first, second = sorted((a, b), key=lambda x: -number(x.node))
    a.pull(), b.pull()
    return first, second  # who had the higher number takes the lower one
