"""wire: frames as they go over the wire, rows as they stand in the log, samples of the metrics page."""
import contextlib
import os
import re
import socket
import struct
from collections import namedtuple

TOKEN = "0123456789abcdef" * 4
STATUS = {"ok": 0, "degraded": 1, "critical": 2, "stall": 3}

Row = namedtuple("Row", "at kind who nonce status payload")


def _crc_table():
    table = []
    for i in range(256):
        for _ in range(8):
            i = i >> 1 ^ 0x82F63B78 if i & 1 else i >> 1
        table.append(i)
    return table


_TABLE = _crc_table()


def crc32c(data):
    c = 0xFFFFFFFF
    for b in data:
        c = _TABLE[(c ^ b) & 255] ^ c >> 8
    return c ^ 0xFFFFFFFF


def frame(pid, nonce, status="ok", payload=0, stamp=None):
    """One plain VLP frame, 32 bytes."""
    head = struct.pack("<2sBBIQQI", b"VA", 2, STATUS[status], pid,
                       nonce * 1000 if stamp is None else stamp, nonce, payload)
    return head + struct.pack("<I", crc32c(head))


class Agent:
    """A process's own beats over the Unix socket; waits for room, so that every beat arrives."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.settimeout(5)
        self.sock.connect(path)
        self.nonce = 0

    def beat(self, status="ok", payload=0):
        self.nonce += 1
        self.sock.send(frame(os.getpid(), self.nonce, status, payload))

    def raw(self, data):
        self.sock.send(data)


def parse_row(line):
    """A row of the event log, or None when the line is not one."""
    cols = line.split("\t")
    if len(cols) != 6 or not cols[0].isdigit() or not cols[1].isalpha():
        return None
    return Row(int(cols[0]), *cols[1:])


def generations(path):
    """The log's files from the oldest generation to the current one."""
    path = str(path)
    numbered = []
    for name in os.listdir(os.path.dirname(path)):
        m = re.fullmatch(re.escape(os.path.basename(path)) + r"\.(\d+)", name)
        if m:
            numbered.append((int(m.group(1)), path + "." + m.group(1)))
    files = [p for _, p in sorted(numbered, reverse=True)]
    return files + ([path] if os.path.exists(path) else [])


def read_rows(path):
    """All complete rows of all generations; raises on a line that is none."""
    for _ in range(9):
        try:
            return rows_of_all(path)
        except FileNotFoundError:
            pass  # rotated in the midst, or there is none yet
    return rows_of_all(path)


def rows_of_all(path):
    rows = []
    for name in generations(path):
        with open(name, "rb") as f:
            text = f.read()
        whole = text[:text.rfind(b"\n") + 1].decode("utf-8", "replace")
        for line in whole.splitlines():
            row = parse_row(line)
            if row is None:
                raise ValueError(f"{name}: not a row: {line!r}")
            rows.append(row)
    return rows


def scrape(address, token=TOKEN, timeout=5):
    """The metrics page as text; raises OSError when it is not a 200."""
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host.strip("[]"), int(port)), timeout) as s:
        s.sendall(f"GET /metrics HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n"
                  "Connection: close\r\n\r\n".encode())
        data = b""
        while chunk := s.recv(65536):
            data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n")[0]:
        raise OSError(f"scrape of {address}: {head[:60]!r}")
    return body.decode()


def metric(text, name, **labels):
    """The sum of the samples of one family whose labels include those given; None when there is none."""
    total, seen = 0.0, False
    for m in re.finditer(rf"^{re.escape(name)}(?:\{{(.*)\}})? (\S+)$", text, re.M):
        have = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', m.group(1) or ""))
        if all(have.get(k) == v for k, v in labels.items()):
            total, seen = total + float(m.group(2)), True
    return total if seen else None


def paused_ms(page):
    """Time in which the observer itself could not run, by its own page; it is not counted as anybody's silence."""
    return (metric(page, "varta_observer_paused_seconds_total") or 0) * 1000


def forgiven_ms(page):
    """By how much later a stall may come for such pauses: when one began before its timer was due nobody can tell, so as
    much again is forgiven."""
    return 2 * paused_ms(page)


def udp_bound(port):
    """Whether somebody has that UDP port."""
    for name in ("udp", "udp6"):
        with contextlib.suppress(FileNotFoundError), open(f"/proc/net/{name}") as f:
            if any(line.split()[1].endswith(f":{port:04X}") for line in f):
                return True
    return False
