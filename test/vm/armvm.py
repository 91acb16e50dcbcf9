"""armvm: one command on a real ARM Linux kernel, in software.

qemu-system-arm boots Debian's ARMv7 kernel (armkernel.py) on its "virt" board;
no root, no KVM, no network inside.

    with Guest("uname -m") as g:
        code = g.wait(60); print(g.output())

The command's output and exit code come back through two virtio serial ports,
so that they are not mixed with the kernel's console. kill() is the power cut.
As a program:  armvm.py [-f HOST:GUEST]... COMMAND
"""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from armkernel import WORK, fetch, initramfs  # finds lib/ for us

import vlpt


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


class Line:
    """The far end of a guest's serial line, behind a qemu socket chardev."""

    def __init__(self, path):
        self.sock = _connect(path, 20)

    def send(self, data):
        self.sock.sendall(data)

    def close(self):
        self.sock.close()


class Guest:
    """A booted board that runs one command and powers off.

    files    {path in the guest: path here, or bytes}
    disks    raw images, seen as virtio disks with serial numbers d0, d1, ...
    devices  more qemu words; "{run}" in them is the run's folder
    """

    def __init__(self, command, files=None, modules=(), disks=(), memory=128, devices=()):
        self.root = fetch()
        WORK.mkdir(parents=True, exist_ok=True)
        self.run = tempfile.mkdtemp(prefix="run-", dir=WORK)
        argv = self._argv(memory) + [d.replace("{run}", self.run) for d in devices]
        for i, image in enumerate(disks):
            argv += ["-drive", f"if=none,id=d{i},format=raw,file={image}",
                     "-device", f"virtio-blk-device,drive=d{i},serial=d{i}"]
        with open(self.path("initrd"), "wb") as f:
            count = sum(a.startswith("virtio-blk-device") for a in argv)
            f.write(initramfs(self.root, command, files or {}, modules, count))
        self.errors = open(self.path("qemu.err"), "w")
        self.started = time.monotonic()
        self.proc = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors)

    def path(self, name):
        return os.path.join(self.run, name)

    def _argv(self, memory):
        kernel = next((self.root / "boot").glob("vmlinuz-*"))
        out = ["-chardev", f"file,id=out,path={self.path('out')}", "-device", "virtserialport,chardev=out,name=out"]
        code = ["-chardev", f"file,id=code,path={self.path('code')}", "-device", "virtserialport,chardev=code,name=code"]
        return ["qemu-system-arm", "-M", "virt,highmem=off", "-cpu", "cortex-a7", "-m", str(memory), "-nodefaults",
                "-display", "none", "-no-reboot", "-kernel", str(kernel), "-initrd", self.path("initrd"),
                "-append", "console=ttyAMA0 rdinit=/init panic=-1 quiet loglevel=3",
                "-serial", f"file:{self.path('console')}", "-qmp", f"unix:{self.path('qmp')},server=on,wait=off",
                "-global", "virtio-mmio.force-legacy=false", "-device", "virtio-serial-device", *out, *code]

    def qmp(self):
        return QMP(self.path("qmp"))

    def line(self, name):
        return Line(self.path(name))

    def output(self, what="out"):
        try:
            with open(self.path(what), errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def wait_output(self, text, seconds):
        """True when the command has printed text; False when it ended or time is up."""
        def seen():
            return text in self.output() or self.proc.poll() is not None
        vlpt.wait_for(seen, seconds)
        return text in self.output()

    def wait(self, seconds):
        """The command's exit code; None when it did not end in time or left none."""
        try:
            self.proc.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None
        code = self.output("code").strip()
        return int(code) if code.isdigit() else None

    def kill(self):
        """The power goes now."""
        self.proc.kill()
        self.proc.wait()

    def trouble(self):
        """What to print when a run went wrong."""
        return f"output: {self.output()[-1500:]}\nconsole: {self.output('console')[-1500:]}\nqemu: {self.output('qemu.err')[-500:]}"

    def close(self):
        self.kill()
        self.errors.close()
        shutil.rmtree(self.run, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def main():
    files, words = {}, sys.argv[1:]
    while words[:1] == ["-f"]:
        host, _, guest = words[1].partition(":")
        files[guest] = host
        words = words[2:]
    with Guest(" ".join(words), files) as g:
        code = g.wait(300)
        print(g.output() if code is not None else g.trouble(), end="")
        return 124 if code is None else code


if __name__ == "__main__":
    sys.exit(main())
