"""flash: the log's disk is slow, stuck, broken, full or read-only, and observing goes on untouched.

The disk's faults are made by strace, which delays or fails the real system
calls of the real daemon, and by small tmpfs mounts (root).
"""
import os
import pathlib
import signal
import subprocess
import tempfile
import time

import bystander
import vlpt

SILENT, STEADY = 5, 20      # agents that stop, agents that go on
THRESHOLD_MS = 700
TORN = b"123456\tbeat\t77\t3\to" + bytes(300)  # what a power cut may leave behind the last row


def beats_of(rows):
    """{who: set of nonces}."""
    seen = {}
    for r in rows:
        if r.kind == "beat":
            seen.setdefault(r.who, set()).add(int(r.nonce))
    return seen


def lost_rows(rows):
    return sum(int(r.payload.split()[0]) for r in rows if r.kind == "lost")


def slow_disk(report, name, delay_us, seconds):
    """Five agents stop and twenty go on while every sync takes its time."""
    wrap = ("strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync",
            "-e", f"inject=fdatasync,fsync:delay_exit={delay_us}")
    with vlpt.Observer(vlpt.daemon_path(), "--export-file-sync-every", "1", threshold_ms=THRESHOLD_MS, prom=True, wrap=wrap) as o, \
            bystander.Bystander(o.pid) as machine:
        steady = vlpt.Senders(o.socket, STEADY, seconds * 10, "pace", 100000)
        silent = vlpt.Senders(o.socket, SILENT, 20, "pace", 100000)
        steady.go()
        silent.go()
        sent1, refused1, _ = silent.result()
        sent2, refused2, _ = steady.result()
        o.wait_rows(lambda rows: sum(r.kind == "beat" for r in rows) == sent1 + sent2, 3)
        rows = o.rows()
        end = max(r.at for r in rows if r.kind == "beat")
        page = o.scrape()
        o.kill()
        steady.release()
        silent.release()
    rows = [r for r in rows if r.at <= end]
    late, may = machine.lateness(rows, THRESHOLD_MS), 2 + vlpt.forgiven_ms(page)
    beats = sum(r.kind == "beat" for r in rows)
    report.check(f"{name}: {SILENT} of {SILENT} stalls, no false one", len(late) == SILENT, len(late))
    report.check(f"{name}: each within 2 ms of its threshold, but for what the machine adds", late and all(0 <= all_in_all and own <= may for all_in_all, own in late),
                 ", ".join(f"{x:.3f} ({own:.3f})" for x, own in late) + f" ms, forgiven {may - 2:.3f} ms, others {machine.others:.0%}")
    report.check(f"{name}: no beat lost", beats == sent1 + sent2 and refused1 + refused2 == 0,
                 f"{beats} rows of {sent1 + refused1 + sent2 + refused2} beats")
    report.check(f"{name}: no row lost", lost_rows(rows) == 0 and not vlpt.metric(page, "varta_log_lost_records_total"))


def frozen(report, quick):
    slow_disk(report, "sync frozen for 10 s", 10_000_000, 8 if quick else 12)


def slow(report, quick):
    slow_disk(report, "a sync a row, 1 s a sync", 1_000_000, 8 if quick else 12)


class Fault:
    """Makes calls on one path fail in a running daemon while the block lasts."""

    def __init__(self, pid, path, rule):
        self.pid = pid
        calls = rule.split(":")[0]
        self.words = ["strace", "-f", "-qq", "-o", "/dev/null", "-P", path, "-e", "trace=" + calls,
                      "-e", "inject=" + rule, "-p", str(pid)]

    def __enter__(self):
        self.proc = subprocess.Popen(self.words, stdin=subprocess.DEVNULL)
        if not vlpt.wait_for(self._attached, 10):
            raise RuntimeError("strace did not attach")

    def _attached(self):
        for task in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{task}/status") as f:
                if "TracerPid:\t0\n" in f.read():
                    return False
        return True

    def __exit__(self, *exc):
        self.proc.terminate()  # detaches
        self.proc.wait()


def failing(report, name, rule, args, op):
    """One agent beats before, while and after some calls fail; every beat must stand in the log or be told as lost."""
    with vlpt.Observer(vlpt.daemon_path(), *args, threshold_ms=THRESHOLD_MS, prom=True) as o:
        agent = vlpt.Agent(o.socket)
        beat_for(o, agent, 0.5, 20)
        with Fault(o.pid, o.log, rule):
            beat_for(o, agent, 1.5, 20)
            sent = agent.nonce
            vlpt.wait_for(lambda: vlpt.metric(o.scrape(), "varta_source_beats_total") == sent, 5)
            middle = o.scrape()
        beat_for(o, agent, 0.5, 20)
        begun = time.monotonic()
        back = o.wait_rows(lambda rows: any(r.nonce == str(agent.nonce) for r in rows), 30)
        took = time.monotonic() - begun
        code = o.stop()
        rows, said = o.rows(), o.diagnostics()
    have = beats_of(rows).get(str(os.getpid()), set())
    missing = agent.nonce - len(have)
    heard = vlpt.metric(middle, "varta_source_beats_total")
    report.check(f"{name}: no beat was missed", heard == sent, f"{heard:.0f} of {sent}")
    failures = vlpt.metric(middle, "varta_log_failures_total", op=op)
    report.check(f"{name}: counted as a failure of {op}", failures, failures)
    errors = [line for line in said.splitlines() if "event log" in line and '"level":"error"' in line]
    report.check(f"{name}: said on stderr", errors, errors[0][-200:] if errors else said[-200:])
    report.check(f"{name}: rows again by itself", back, f"{took:.2f} s after the last beat")
    report.check(f"{name}: every beat is a row, or told as lost", missing == 0 or 0 < missing <= lost_rows(rows),
                 f"{missing} missing, {lost_rows(rows)} told, {len(errors)} errors said")
    report.check(f"{name}: a clean stop", code == 0, code)


EVERY4 = ("--export-file-sync-every", "4")


def sync_eio(report, quick):
    failing(report, "EIO from fdatasync", "fdatasync:error=EIO", EVERY4, "sync")


def write_eio(report, quick):
    failing(report, "EIO from write", "write,pwrite64,writev:error=EIO", EVERY4, "write")


def write_erofs(report, quick):
    failing(report, "EROFS from write", "write,pwrite64,writev:error=EROFS", (), "write")


class Tmpfs:
    def __init__(self, size):
        self.dir = tempfile.mkdtemp(prefix="vlpd-test-")
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", self.dir], check=True)

    def __enter__(self):
        return self.dir

    def __exit__(self, *exc):
        subprocess.run(["umount", "-l", self.dir], check=True)
        os.rmdir(self.dir)


def beat_for(o, agent, seconds, hz=200):
    """For so long; on a slow machine for longer, until half as many have been sent as should be."""
    end, least = time.monotonic() + seconds, agent.nonce + seconds * hz / 2
    while time.monotonic() < end or agent.nonce < least:
        agent.beat()
        time.sleep(1 / hz)


def full_disk(report, quick):
    """Somebody else fills the disk, and later makes room again."""
    with Tmpfs("64k") as folder:
        log = os.path.join(folder, "log")
        args = ("--export-file-max-bytes", "8192", "--export-file-generations", "9")
        with vlpt.Observer(vlpt.daemon_path(), *args, threshold_ms=THRESHOLD_MS, log=log, prom=True) as o:
            agent = vlpt.Agent(o.socket)
            beat_for(o, agent, 6)  # more than the disk holds: generations 1..9 would be 72 KiB
            report.check("full disk: the oldest generation makes room", vlpt.wait_for(
                lambda: any(r.nonce == str(agent.nonce) for r in o.rows()), 3), f"{len(vlpt.generations(o.log))} files")
            with open(os.path.join(folder, "ballast"), "wb", buffering=0) as f:
                for name in vlpt.generations(o.log)[:-1]:
                    pathlib.Path(name).unlink(missing_ok=True)  # it may go just now, to make room
                try:
                    while f.write(bytes(512)):
                        pass
                except OSError:
                    pass
                beat_for(o, agent, 2)
                middle = o.scrape()
            os.unlink(os.path.join(folder, "ballast"))
            beat_for(o, agent, 1)
            back = vlpt.wait_for(lambda: any(r.nonce == str(agent.nonce) for r in o.rows()), 10)
            report.check("full disk: rows again as soon as there is room, without a restart", back)
            page = o.scrape()
            report.check("full disk: no beat was missed meanwhile", vlpt.metric(page, "varta_beats_total") == agent.nonce,
                         f"{vlpt.metric(page, 'varta_beats_total')} of {agent.nonce}")
            report.check("full disk: counted", vlpt.metric(middle, "varta_log_failures_total"), vlpt.metric(middle, "varta_log_failures_total"))
            told = vlpt.metric(page, "varta_log_lost_records_total", reason="disk")
            report.check("full disk: what was lost stands in a row", told == lost_rows(o.rows()), f"{told:.0f} counted, {lost_rows(o.rows())} in rows")
            report.check("full disk: a clean stop", o.stop() == 0)


def read_only(report, quick):
    """The log's folder turns read-only under a rotating log, and back."""
    with Tmpfs("1m") as folder:
        log = os.path.join(folder, "log")
        with vlpt.Observer(vlpt.daemon_path(), "--export-file-max-bytes", "4096", threshold_ms=THRESHOLD_MS, log=log, prom=True) as o:
            agent = vlpt.Agent(o.socket)
            beat_for(o, agent, 1)
            subprocess.run(["mount", "--bind", folder, folder], check=True)
            subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
            beat_for(o, agent, 2)
            subprocess.run(["umount", "-l", folder], check=True)  # at this moment a file may be open there
            beat_for(o, agent, 1)
            back = vlpt.wait_for(lambda: any(r.nonce == str(agent.nonce) for r in o.rows()), 10)
            page = o.scrape()
            report.check("read-only: rows again when it is writable", back)
            report.check("read-only: no beat was missed meanwhile", vlpt.metric(page, "varta_beats_total") == agent.nonce)
            report.check("read-only: counted", vlpt.metric(page, "varta_log_failures_total"), vlpt.metric(page, "varta_log_failures_total"))
            report.check("read-only: a clean stop", o.stop() == 0)


def repair(report, quick):
    """SIGKILL, a torn tail and a run of NULs, then a new start on the same file."""
    with tempfile.TemporaryDirectory(prefix="vlpd-test-") as folder:
        with vlpt.Observer(vlpt.daemon_path(), folder=folder) as o:
            agent = vlpt.Agent(o.socket)
            for _ in range(20):
                agent.beat()
            o.wait_rows(lambda rows: any(r.nonce == "20" for r in rows))
            o.kill()
        log = os.path.join(folder, "log")
        with open(log, "ab") as f:
            f.write(TORN)
        with vlpt.Observer(vlpt.daemon_path(), folder=folder, prom=True) as o:
            vlpt.Agent(o.socket).beat(payload=4711)
            rows = o.wait_rows(lambda rows: any(r.payload == "4711" for r in rows))
            page = o.scrape()
            o.stop(signal.SIGINT)
    rows = rows or []
    report.check("killed: it starts on the socket and the log that the dead one left", bool(rows))
    report.check("killed: rows are whole, the old ones kept", sum(r.kind == "beat" for r in rows) == 21)
    report.check("killed: a start row a start", sum(r.kind == "start" for r in rows) == 2)
    report.check("killed: the torn tail was cut and counted", vlpt.metric(page, "varta_log_repaired_bytes_total") == len(TORN),
                 vlpt.metric(page, "varta_log_repaired_bytes_total"))


TESTS = (frozen, slow, sync_eio, write_eio, write_erofs, full_disk, read_only, repair)
