"""line: a device with vlp.h on a serial line of the real observer, plain and sealed, and under a master key over UDP."""
import os
import pty
import socket
import subprocess
import tempfile
import tty

from process import TERMINAL, Observer, scene
from toolchains import SANITIZE, SRC, build, vlpt

KEY, MASTER = "0b" * 32, "c7" * 32
FINE, BAD_ID, STALL, BAD_PREFIX = 0, 6, 5, 17


class Device:
    """The program of device.c; what it sends goes to a descriptor."""

    def __init__(self, program, to):
        self.proc = subprocess.Popen([str(program)], stdin=subprocess.PIPE, stdout=to, stderr=subprocess.PIPE, text=True, bufsize=1)

    def ask(self, *words):
        self.proc.stdin.write(" ".join(map(str, words)) + "\n")
        answer = self.proc.stderr.readline()
        return int(answer) if answer.strip().isdigit() else answer

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.proc.kill()
        self.proc.wait()
        for f in (self.proc.stdin, self.proc.stderr, self.proc.stdout):
            if f:
                f.close()


def key_file(folder, name, key):
    path = os.path.join(folder, name)
    with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
        f.write(key + "\n")
    return path


def rows_of(o):
    return [(r.kind, r.nonce, r.status, r.payload) for r in o.rows() if r.who == "dev/42" and r.kind in ("beat", "session")]


def life(ask, o, wait, check, start, renew):
    """A boot, noise on the line, another boot, and a crash; returns the rows that are expected of it."""
    check("id 1 is refused", ask("start", 1, *start[0]) == BAD_ID)
    check("the device starts", ask("start", 42, *start[0]) == FINE)
    check("it beats", [ask("beat", n % 3, n, 1000 * n) for n in range(1, 6)] == [FINE] * 5)
    check("stall is refused", ask("beat", 3, 0, 6000) == STALL)
    ask("noise", "56415641820256418256418240564182" + "56410200" * 4)
    if renew:
        check("the prefix in use is no new one", ask("renew", start[0][2]) == BAD_PREFIX)
        check("another is", ask("renew", renew) == FINE)
    check("it beats after noise", ask("beat", 0, 6, 7000) == FINE)
    check("all of it counts", wait("beat", 6))
    ask("start", 42, *start[1])
    check("it beats after a reset", [ask("beat", 0, n, n) for n in (100, 101)] == [FINE] * 2)
    check("and says last words", ask("panic", 9, "77" * 7 + "01") == FINE)
    check("which count", wait("beat", TERMINAL))
    words = ("ok", "degraded", "critical")
    want = [("beat", str(n), words[n % 3], str(n)) for n in range(1, 6)] + [("beat", "6", "ok", "6")]
    want += [("session", "1", "ok", "6"), ("beat", "1", "ok", "100"), ("beat", "2", "ok", "101"), ("beat", TERMINAL, "critical", "9")]
    check("every beat of both boots, and the reset is a session", rows_of(o) == want, rows_of(o))


def on_a_line(sealed, program, check):
    with tempfile.TemporaryDirectory(prefix="vlpd-test-") as folder:
        master, slave = pty.openpty()
        tty.setraw(slave)
        name = f"dev={os.ttyname(slave)},115200" + (f",key-file={key_file(folder, 'key', KEY)}" if sealed else "")
        os.close(slave)  # the line takes it for itself
        try:
            with Observer(folder, "--serial", name, threshold_ms=60000) as o, Device(program, master) as d:
                check("the line is up", o.wait_rows(lambda rows: any(r.kind == "line" and r.status == "up" for r in rows)), o.diagnostics())
                start = [["shared", KEY, "0102030405060708"], ["shared", KEY, "1102030405060708"]] if sealed else [[], []]
                life(d.ask, o, lambda kind, nonce: o.wait("dev/42", kind, nonce), check, start, "2102030405060708" if sealed else "")
                skipped = o.count("varta_serial_skipped_bytes_total", line="dev")
                check("only the noise was skipped", skipped == 32, skipped)
                check("nothing was refused", o.dropped("dev") == {}, o.dropped("dev"))
        finally:
            os.close(master)


def agent_key():
    """As whoever programs devices derives it: HKDF-SHA256 without a salt."""
    import hashlib
    import hmac
    prk = hmac.digest(bytes(32), bytes.fromhex(MASTER), hashlib.sha256)
    return hmac.digest(prk, b"varta-agent-v1\0" + (42).to_bytes(4, "little") + b"\1", hashlib.sha256).hex()


def under_a_master_key(program, check):
    """Serial lines of vlpd take shared keys; a datagram has no lead."""
    with tempfile.TemporaryDirectory(prefix="vlpd-test-") as folder:
        keys = ["--key-file", key_file(folder, "key", KEY), "--master-key-file", key_file(folder, "master", MASTER)]
        wire, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with Observer(folder, "--udp-bind-addr", "127.0.0.1", "--udp-port", "0", *keys, threshold_ms=60000) as o, \
                Device(program, far.fileno()) as d, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            host, port = o.udp.rsplit(":", 1)
            said = [d.ask("start", 42, "master", agent_key(), "0102030405060708")]
            for n in range(1, 4):
                said.append(d.ask("beat", 0, n, n))
                frame = wire.recv(68, socket.MSG_WAITALL)
                udp.sendto(frame[4:], (host, int(port)))
            last = vlpt.wait_for(lambda: [r for r in o.rows() if r.kind == "beat" and r.nonce == "3"], 10)
            rows = [(r.nonce, r.payload) for r in o.rows() if r.kind == "beat"]
            check("beats are accepted", said == [FINE] * 4 and last and rows == [("1", "1"), ("2", "2"), ("3", "3")], (said, rows, o.dropped()))
        wire.close()
        far.close()


def tests(report):
    vlpt.daemon_path()
    program = build("device", ["gcc", "-std=gnu99", "-Wall", "-Wextra", "-Werror", *SANITIZE], SRC / "device.c")
    scene("device, plain", lambda c, check: on_a_line(False, c, check), program, report)
    scene("device, sealed", lambda c, check: on_a_line(True, c, check), program, report)
    scene("device, master key", under_a_master_key, program, report)
