"""avr: the Arduino sketch on an ATmega328P in qemu, whose UART is a serial line of the real observer."""
import contextlib
import os
import pty
import signal
import subprocess
import tempfile
import tty

from examples import ALL_WARNINGS, EXAMPLES, STUBS
from process import Observer, scene
from toolchains import CLIENT, build

BOARD = ["qemu-system-avr", "-M", "uno", "-display", "none", "-monitor", "none", "-serial", "stdio", "-bios"]


@contextlib.contextmanager
def powered(program, line):
    """The board, from power on to power off."""
    proc = subprocess.Popen([*BOARD, program], stdin=subprocess.DEVNULL, stdout=line, stderr=subprocess.DEVNULL)
    try:
        yield proc
    finally:
        proc.kill()
        proc.wait()


def life(program, check):
    """It beats, hangs, goes on, and loses its power."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    name = os.ttyname(slave)
    os.close(slave)  # the line takes it for itself
    with tempfile.TemporaryDirectory(prefix="vlpd-test-") as folder, os.fdopen(master, "wb"), \
            Observer(folder, "--serial", f"dev={name},115200", threshold_ms=1800) as o:
        check("the line is up", o.wait_rows(lambda rows: any(r.kind == "line" and r.status == "up" for r in rows)), o.diagnostics())
        with powered(program, master) as board:
            check("it beats", o.wait("dev/7", "beat", 3), o.diagnostics())
            board.send_signal(signal.SIGSTOP)
            check("it hangs, and that is a stall", o.wait_rows(lambda rows: any(r.kind == "stall" and r.who == "dev/7" for r in rows)))
            board.send_signal(signal.SIGCONT)
            check("it goes on", o.wait_rows(lambda rows: any(r.kind == "recovered" and r.who == "dev/7" for r in rows)))
        with powered(program, master):
            check("its power is back: a session", o.wait("dev/7", "session", 1), o.diagnostics())
            check("and beats", o.wait_rows(lambda rows: [r.nonce for r in rows if r.kind == "beat"].count("2") == 2))
        rows = [r for r in o.rows() if r.kind == "beat"]
        check("each as device 7, with its payload", {(r.who, r.status, r.payload) for r in rows} == {("dev/7", "ok", "512")}, rows)
        skipped = o.count("varta_serial_skipped_bytes_total", line="dev")
        check("no frame was lost, but for one that the power may have cut", skipped < 32 and o.dropped("dev") == {}, (skipped, o.dropped("dev")))


def tests(report):
    program = build("sketch.elf", ["avr-g++", "-mmcu=atmega328p", "-DF_CPU=16000000UL", "-Os", "-x", "c++", "-std=gnu++11", *ALL_WARNINGS,
                                   "-include", "Arduino.h", f"-I{STUBS}", f"-I{CLIENT}"], EXAMPLES / "arduino/beat/beat.ino", STUBS / "uno.cpp")
    scene("ATmega328P", life, program, report)
