"""armvm: one command on a real ARM Linux kernel, in software.

qemu boots one of Debian's kernels (armkernel.py) on one of the boards of
boards.py; no root, no KVM, no network inside.

    with Guest("uname -m") as g:
        code = g.wait(60); print(g.output())

The command's output and exit code come back through two virtio serial ports,
so that they are not mixed with the kernel's console; boards without virtio send
them over the console, between marks. kill() is the power cut.
As a program:  armvm.py [-b BOARD] [-f HOST:GUEST]... COMMAND
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from armkernel import WORK, device_tree, fetch, image  # finds lib/ for us
from boards import BOARDS
from initramfs import BEGIN_MARK, CODE_MARK, initramfs
from qmp import QMP, Line

import vlpt

HALTED = re.compile(r"reboot: (Power down|System halted)")  # the kernel's last words


class Guest:
    """A booted board that runs one command and powers off.

    files    {path in the guest: path here, or bytes}
    disks    raw images. With virtio they have the serial numbers d0, d1, ...;
             elsewhere there is one, the SD card, whose size is a power of two
    devices  more qemu words; "{run}" in them is the run's folder
    board    a row of boards.py
    init     BusyBox's init runs /etc/init.d/S??* before the command, and stops
             them at power-off
    memory   MB; raspi0 always has its 512
    uart     what the first serial line of sabrelite, /dev/ttymxc0, is in qemu's words
    """

    def __init__(self, command, files=None, modules=(), disks=(), memory=128, devices=(), board="arm7", init=False,
                 uart="null"):
        self.board = BOARDS[board]
        self.root = fetch(self.board)
        self.run = tempfile.mkdtemp(prefix="run-", dir=WORK)
        argv = self._argv(memory) + self._disk_words(disks) + list(devices)
        argv = [a.replace("{uart}", uart).replace("{run}", self.run) for a in argv]
        with open(self.path("initrd"), "wb") as f:
            count = sum(a.startswith(("virtio-blk-device", "sd-card", "if=mtd", "if=sd")) for a in argv)
            f.write(initramfs(self.root, self.board, command, files or {}, modules, count, init))
        self.errors = open(self.path("qemu.err"), "w")
        self.started = time.monotonic()
        self.proc = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors)

    def path(self, name):
        return os.path.join(self.run, name)

    def _argv(self, memory):
        b = self.board
        argv = [*b.machine, "-m", str(b.memory or memory), "-nodefaults", "-display", "none", "-no-reboot",
                "-kernel", image(self.root), "-initrd", self.path("initrd"),
                "-append", f"{b.console} rdinit=/init panic=-1 quiet loglevel=3",
                "-serial", f"file:{self.path('console')}", "-qmp", f"unix:{self.path('qmp')},server=on,wait=off"]
        if b.dtb:
            with open(self.path("dtb"), "wb") as f:
                f.write(device_tree(self.root, b))
            argv += ["-dtb", self.path("dtb")]
        if b.virtio:
            argv += ["-global", "virtio-mmio.force-legacy=false", "-device", "virtio-serial-device"]
            for name in ("out", "code"):
                argv += ["-chardev", f"file,id={name},path={self.path(name)}", "-device", f"virtserialport,chardev={name},name={name}"]
        return argv

    def _disk_words(self, disks):
        words = []
        for i, disk in enumerate(disks):
            device = f"virtio-blk-device,drive=d{i},serial=d{i}" if self.board.virtio else f"sd-card,drive=d{i}"
            words += ["-drive", f"if=none,id=d{i},format=raw,file={disk}", "-device", device]
        return words

    def qmp(self):
        return QMP(self.path("qmp"))

    def line(self, name):
        return Line(self.path(name))

    def _read(self, what):
        try:
            with open(self.path(what), errors="replace", newline="") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def output(self, what="out"):
        """What the command has printed up to now; what="console": all that the console has."""
        text = self._read(what if what != "out" or self.board.virtio else "console").replace("\r\n", "\n")
        if what == "out" and not self.board.virtio:
            text = text.partition(BEGIN_MARK + "\n")[2].partition(CODE_MARK)[0]
        return text

    def _code(self):
        text = self._read("code").strip()
        if not self.board.virtio:
            text = self.output("console").partition(CODE_MARK + " ")[2].partition("\n")[0]
        return int(text) if text.isdigit() else None

    def _over(self):
        """The machine is off. A board that halts without going off is killed."""
        if not self.board.virtio and HALTED.search(self.output("console")):
            self.kill()
        return self.proc.poll() is not None

    def wait_output(self, text, seconds):
        """True when the command has printed text; False when it ended or time is up."""
        def seen():
            return text in self.output() or self._over()
        vlpt.wait_for(seen, seconds)
        return text in self.output()

    def wait(self, seconds):
        """The command's exit code; None when it did not end in time or left none."""
        if not vlpt.wait_for(self._over, seconds):
            self.kill()
            return None
        return self._code()

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
    files, board, words = {}, "arm7", sys.argv[1:]
    while words[:1] in (["-f"], ["-b"]):
        if words[0] == "-b":
            board = words[1]
        else:
            host, _, guest = words[1].partition(":")
            files[guest] = host
        words = words[2:]
    with Guest(" ".join(words), files, board=board) as g:
        code = g.wait(300)
        print(g.output() if code is not None else g.trouble(), end="")
        return 124 if code is None else code


if __name__ == "__main__":
    sys.exit(main())
