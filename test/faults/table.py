"""table: every row of docs/bad-input.md, run against the real daemon.

A section of the page is a kind of row. In a row the first cell is what is
given, the last but one what vlpd says, the last the exit code or the counter;
only what stands in backticks counts, the rest is for people.
"""
import contextlib
import functools
import os
import re
import resource
import signal
import socket
import stat
import subprocess
import tempfile

import input as bad_input
import states
import streams
import vlpt

PAGE = vlpt.ROOT / "docs/bad-input.md"
SECTIONS = ("Command line", "Files", "Frames", "HTTP", "Signals", "Environment")
WRITES = {"log", "stderr", "token"}  # what a running observer of ours may have in its folder


program = functools.cache(vlpt.daemon_path)  # built once, not for every row


def sections():
    """{section: [(given, [words said], [results])]} of the page."""
    found, name = {}, None
    for line in PAGE.read_text().splitlines():
        if line.startswith("## "):
            name = line[3:]
        cells = [re.findall(r"`([^`]+)`", cell) for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            if len(cells) < 3 or not cells[-1]:
                raise ValueError(f"{PAGE.name}: not a row: {line}")
            found.setdefault(name, []).append((cells[0][0], cells[-2], cells[-1]))
    return found


def snapshot(folder):
    """What is in a folder, down to contents and modes."""
    seen = {}
    for root, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(root, name)
            s = os.lstat(path)
            body = open(path, "rb").read() if stat.S_ISREG(s.st_mode) else os.readlink(path) if stat.S_ISLNK(s.st_mode) else None
            seen[os.path.relpath(path, folder)] = (s.st_mode, s.st_uid, body)
    return seen


def words_of(given):
    """Split at blanks; '' is an empty word, ␠ a blank in one, and c×n is c n times."""
    return ["" if w == "''" else repeated(w).replace("␠", " ") for w in given.split()]


def repeated(text):
    return re.sub(r"(.)×(\d+)", lambda m: m[1] * int(m[2]), text)


def run(folder, args, env=None, **how):
    """(exit code, all that was said) of vlpd in that folder, which ends by itself where nothing is wrong."""
    if args[:1] == ["vlpd"]:
        args = args[1:]
    else:
        args = ["--socket", "s", "--threshold-ms", "1000", "--shutdown-after-secs", "0", "--log-format", "text", *args]
    try:
        done = subprocess.run([program(), *args], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=10, env=dict(os.environ, **(env or {})), **how)
        return done.returncode, done.stdout + done.stderr
    except subprocess.TimeoutExpired as e:
        return None, str(e.stderr)


def ended(report, name, folder, words, results, *args, **how):
    """One row whose process ends: its code, its words, and the folder as it was."""
    before = snapshot(folder)
    code, said = run(folder, *args, **how)
    missing = [w for w in words if w not in said]
    after = snapshot(folder)
    left = sorted(n for n in before.keys() | after.keys() if before.get(n) != after.get(n))
    report.check(name, str(code) == results[0] and not missing and not left,
                 f"exit {code}" if str(code) == results[0] and not missing and not left else
                 f"exit {code}, want {results[0]}; not said {missing}; left behind or changed {left}; said {said.strip()[-300:]!r}")


def command_line(report, rows):
    for given, words, results in rows:
        with tempfile.TemporaryDirectory(prefix="vlpd-test-") as d:
            ended(report, f"command line {given}", d, words, results, words_of(given))


def files(report, rows):
    """given: the flag with its path f, whatever else is needed, and after a colon what f is."""
    for given, words, results in rows:
        args, _, state = given.rpartition(": ")
        with tempfile.TemporaryDirectory(prefix="vlpd-test-") as d, contextlib.ExitStack() as stack:
            states.make(state, os.path.join(d, "f"), stack)
            ended(report, f"files {given}", d, words, results, words_of(args))


@contextlib.contextmanager
def observer(*args, **how):
    """One that runs, with metrics and a log, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="vlpd-test-") as d, vlpt.Observer(program(), *args, prom=True, folder=d, **how) as o:
        yield o


def stopped(report, what, o):
    code = o.stop()
    left = set(os.listdir(o.dir)) - WRITES
    report.check(f"{what}: a clean stop, and nothing left behind", code == 0 and not left, f"exit {code}{', left ' + str(left) if left else ''}")


def counter(o, name):
    """The value of a sample written as on the page of metrics; labels that are not named are summed."""
    family, labels = re.fullmatch(r"(\w+)(?:\{(.*)\})?", name).groups()
    return vlpt.metric(o.scrape(), family, **dict(re.findall(r'(\w+)="([^"]*)"', labels or "")))


def frames(report, rows):
    """given: the source, then the bytes in hex; NN×n is a byte n times. Those of garbage are only looked up in input.py."""
    garbage = {n: (row and [" ".join(row)] or [], [family + (f'{{kind="{labels["kind"]}"}}' if labels else "")])
               for n, _, (family, labels), row in bad_input.GARBAGE}
    for given, *want in (r for r in rows if r[0].startswith("garbage ")):
        report.check(f"frames {given}: input.py has it, with this row and counter", garbage.get(given[8:]) == tuple(want))
    rows = [r for r in rows if not r[0].startswith("garbage ")]
    for kind in ("plain", "sealed"):
        mine = [r for r in rows if r[0].startswith("sealed") == (kind == "sealed")]
        with streams.open_all(kind) as s, observer(*s.args, threshold_ms=60000) as o:
            s.connect(o)
            for given, words, results in mine:
                source, data = given.split(" ", 1)
                data = b"".join(bytes.fromhex(w.split("×")[0]) * int((w.split("×") + ["1"])[1]) for w in data.split())
                before, logged = [counter(o, r) for r in results], len(o.rows())
                s.send(source, data)
                s.good(source)
                good = vlpt.wait_for(lambda: counter(o, s.beats(source)) == s.sent(source), 3)
                grown = [(counter(o, r) or 0) - (b or 0) for r, b in zip(results, before)]
                seen = row_written(o, logged, words, source)
                ok = good and grown == [1] * len(results) and seen
                report.check(f"frames {given}", ok, "" if ok else f"the beat behind it {bool(good)}; {dict(zip(results, grown))}; "
                             f"rows {[(r.kind, r.payload) for r in o.rows()[logged:]]}, want {words}")
            stopped(report, f"frames, {kind}", o)


def row_written(o, logged, words, source):
    """Whether the rows behind the first `logged` are the beat's and the one that is wanted, or no other if none is; lines and UDP have one a second."""
    rows = o.wait_rows(lambda r: any(x.kind == "beat" for x in r[logged:]) and
                       all(any(w in f"{x.kind} {x.payload}" for x in r[logged:]) for w in words), 1.5)
    return rows is not None and (words or source in ("line", "udp") or all(x.kind == "beat" for x in rows[logged:]))


def http(report, rows):
    """given: request line and fields between semicolons, with the token unless Authorization is among them; or hex."""
    with observer() as o:
        host, port = o.address.split(":")
        for given, words, results in rows:
            lines = repeated(given).split("; ")
            if "Authorization" not in given:
                lines.append(f"Authorization: Bearer {vlpt.TOKEN}")
            data = bytes.fromhex(given[4:]) if given.startswith("hex ") else "\r\n".join([*lines, "Connection: close", "", ""]).encode()
            before = [counter(o, r) for r in results[1:]]
            with socket.create_connection((host, int(port)), 5) as s, contextlib.suppress(ConnectionError):
                answer = b""
                s.sendall(data)
                while chunk := s.recv(65536):
                    answer += chunk
            status = (answer.split(b" ") + [b""])[1].decode()
            missing = [w for w in words if w.encode() not in answer]
            grown = [counter(o, r) - b for r, b in zip(results[1:], before)]
            ok = status == results[0] and not missing and all(g == 1 for g in grown)
            report.check(f"http {given[:70]}", ok, status if ok else f"{answer[:200]!r}, want {results[0]} with {words}; {grown}")
        stopped(report, "http", o)


def signals(report, rows):
    """given: signals in their order; `key STATE` before one makes the key file so."""
    for given, words, results in rows:
        with streams.open_all("sealed") as s, observer(*s.args, threshold_ms=60000) as o:
            s.connect(o)
            o.scrape()  # it has begun by then
            key, _, names = given.rpartition(": ")
            if key:
                os.unlink(s.key)
                states.make(key.removeprefix("key "), s.key, contextlib.ExitStack())
            for name in names.split():
                os.kill(o.pid, getattr(signal, name))
            if results == ["runs"]:
                s.good("sealed")
                ok = vlpt.wait_for(lambda: all(w in o.diagnostics() for w in words) and counter(o, s.beats("sealed")) == 1, 3)
                report.check(f"signals {given}", ok and o.proc.poll() is None, "" if ok else o.diagnostics()[-400:])
                stopped(report, f"signals {given}", o)
                continue
            code = vlpt.wait_for(lambda: o.proc.poll() is not None, 10) and o.proc.poll()
            if code in (-signal.SIGKILL, -signal.SIGABRT):  # nothing can be cleaned up then; the next start does it
                ended_code, _ = run(o.dir, ["--export-file", "log"])
                code = code if ended_code == 0 else f"next start: {ended_code}"
            missing, left = [w for w in words if w not in o.diagnostics()], set(os.listdir(o.dir)) - WRITES
            ok = str(code) == results[0] and not missing and not left
            report.check(f"signals {given}", ok, f"exit {code}" if ok else f"exit {code}; not said {missing}; left {left}")


def environment(report, rows):
    """given: NAME=VALUE; or `files N`, how many may be open; or `closed N...`, descriptors."""
    for given, words, results in rows:
        what, _, value = given.partition(" ")
        how = {}
        if what == "files":
            how["preexec_fn"] = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (int(value), int(value)))
        elif what == "closed":
            how["preexec_fn"] = lambda: [os.close(int(fd)) for fd in value.split()]
        env = {} if how else dict([words_of(given)[0].split("=", 1)])
        with tempfile.TemporaryDirectory(prefix="vlpd-test-") as d:
            ended(report, f"environment {given}", d, words, results, [], env=env, **how)


def table(report, quick):
    """All rows of docs/bad-input.md."""
    found = sections()
    report.check("table: the sections", set(found) == set(SECTIONS), ", ".join(f"{k} {len(v)}" for k, v in found.items()))
    for name, run_rows in zip(SECTIONS, (command_line, files, frames, http, signals, environment)):
        run_rows(report, found.get(name, []))


TESTS = (table,)
