"""badwire: the microcontroller of test/vm/field, and the RS-485 wire from its UART to the gateway's adapter.

The wire is a thread that carries bytes from one socket of qemu to another. It
can be cut, and it can be bad: noise between frames, bytes lost, bits turned,
frames broken off. It knows which frames it has let through unharmed.
"""
import os
import random
import socket
import struct
import subprocess
import threading

import adapters
import armvm
import vlpt

HERE = os.path.dirname(os.path.abspath(__file__))
FRAME = 32


def firmware():
    vlpt.need(arm_none_eabi_gcc="gcc-arm-none-eabi", qemu_system_arm="qemu-system-arm")
    vlpt.BIN.mkdir(parents=True, exist_ok=True)
    out = vlpt.BIN / "cortexm-field.elf"
    src = os.path.join(HERE, "cortexm")
    subprocess.run(["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-Os", "-std=c99", "-Wall", "-Wextra", "-Werror", "-ffreestanding",
                    "-fno-tree-loop-distribute-patterns", "-nostdlib", "-Wl,--build-id=none", f"-I{vlpt.ROOT}/clients/c",
                    f"-Wl,-T,{src}/lm3s6965.ld", f"{src}/startup.c", f"{src}/field.c", "-o", out], check=True)
    return str(out)


class Microcontroller:
    """A Cortex-M3 that runs field.c: id 42, a beat in 100 ms, payload = boots."""

    def __init__(self, folder):
        self.boots = 1
        uart, qmp = os.path.join(folder, "uart.sock"), os.path.join(folder, "m3.sock")
        self.proc = subprocess.Popen(
            ["qemu-system-arm", "-M", "lm3s6965evb", "-display", "none", "-monitor", "none", "-S", "-kernel", firmware(),
             "-chardev", f"socket,id=uart,path={uart},server=on,wait=off", "-serial", "chardev:uart", "-qmp", f"unix:{qmp},server=on,wait=off"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.uart, self.qmp = armvm.Line(uart), armvm.QMP(qmp)

    def go(self):
        self.qmp.command("cont")

    def hang(self):
        self.uart.send(b"h")

    def power_cycle(self):
        self.boots += 1
        self.qmp.command("system_reset")

    def close(self):
        self.proc.kill()
        self.proc.wait()


class Wire:
    """Carries while it is not cut. All counts are of what came out at the gateway's end."""

    def __init__(self, device):
        self.device, self.lock = device, threading.Lock()
        self.end = None           # the gateway's adapter; None: nobody is there
        self.whole, self.noise = True, None
        self.frames, self.bytes, self.harmed = 0, 0, 0
        self.echoed = 0           # bytes that came from the gateway, which has nothing to say
        self.log = []             # (boots, nonce) of each frame that came out whole
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        rest = b""
        while got := self.device.uart.sock.recv(4096):
            rest += got
            while len(rest) >= FRAME:  # the device sends nothing but frames
                frame, rest = rest[:FRAME], rest[FRAME:]
                with self.lock:
                    self._carry(frame)

    def _carry(self, frame):
        if self.end is not None:
            self.echoed += adapters.swallow(self.end.sock)
        if not self.whole or self.end is None:
            return
        data, intact = self._spoil(frame) if self.noise else (frame, True)
        try:
            if self.end.sock.send(data, socket.MSG_DONTWAIT) < len(data):
                intact = False
        except BlockingIOError:
            return  # nobody reads there, and a UART does not wait
        except OSError:
            self.end = None
            return
        self.bytes += len(data)
        if intact:
            nonce, boots = struct.unpack_from("<QI", frame, 16)
            self.log.append((boots, nonce))
        self.frames += intact
        self.harmed += not intact

    def _spoil(self, frame):
        """What a bad wire makes of it, and whether the frame is still in there."""
        dice, at = self.noise.random(), self.noise.randrange(FRAME)
        junk = self.noise.randbytes(self.noise.randrange(1, 60))
        if dice < 0.15:
            return frame[:at], False                                                           # broken off
        if dice < 0.3:
            return frame[:at] + bytes([frame[at] ^ 1 << self.noise.randrange(8)]) + frame[at + 1:], False
        if dice < 0.4:
            return frame[:at] + frame[at + 1:], False                                          # a byte lost
        if dice < 0.5:
            return frame[:at] + junk + frame[at:], at == 0                                     # noise within
        if dice < 0.7:
            return junk + frame, True
        if dice < 0.8:
            return b"VA\x02\x00VAVA" + frame, True                                             # what looks like a head
        return frame, True

    def reach(self, end):
        with self.lock:
            self.end = end

    def cut(self):
        """No byte comes out after this has returned."""
        with self.lock:
            self.whole = False

    def mend(self):
        with self.lock:
            self.whole = True

    def bad(self, seed):
        with self.lock:
            self.noise = random.Random(seed)

    def good(self):
        with self.lock:
            self.noise = None

    def counts(self):
        with self.lock:
            return self.frames, self.bytes, self.harmed
