"""rig: what the tests of gaps share: a report that can skip, the original as a control, and agents of all kinds."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import vlpt

KEYS = ("11" * 32, "22" * 32, "33" * 32)


class Report(vlpt.Report):
    """One that can skip, which is neither."""

    skipped = 0

    def skip(self, what, why):
        self.skipped += 1
        print(f"skip  {what}: {why}", flush=True)

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
        sys.exit(0 if self.failed == 0 and self.passed else 1)


class Skip(Exception):
    """This test cannot run here; says why."""


def original():
    """varta-watch 0.2.0, if bench/run or upstream/run has built it; else None.

    upstream/run's has plaintext UDP as well, and comes first. It is copied: the
    place where cargo put it is that test's to change.
    """
    built = sorted((vlpt.CACHE / "varta-watch-tests-0.2.0/target/debug/deps").glob("varta_watch-*"))
    built += [vlpt.CACHE / "varta-watch-0.2.0/bin/varta-watch"]
    for path in built:
        if path.suffix == ".d" or not os.access(path, os.X_OK):
            continue
        said = subprocess.run([path, "--help"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=10).stdout
        if "Varta Lifeline Protocol" in said:
            copy = pathlib.Path(tempfile.mkdtemp(prefix="vlpd-gaps-")) / "varta-watch"
            shutil.copy2(path, copy)
            return str(copy)
    return None


class Gap:
    """One defect: checks under its number, and what the original does, for comparison."""

    def __init__(self, report, name, daemon, control):
        self.report, self.name, self.daemon, self.control = report, name, daemon, control

    def check(self, what, ok, detail=""):
        return self.report.check(f"{self.name} {what}", bool(ok), detail)

    def probe(self, what, probe, want, control=True):
        """probe(program) says what came; want(it) whether the defect is gone."""
        got = probe(self.daemon)
        self.check(what, want(got), got)
        if self.control and control:
            try:
                theirs = probe(self.control)
                print(f"info  {self.name} varta-watch: {theirs}{'' if want(theirs) else ', the defect'}", flush=True)
            except (OSError, RuntimeError, ValueError, TypeError, subprocess.TimeoutExpired) as e:
                print(f"info  {self.name} varta-watch: {str(e)[:200]}", flush=True)

    def go_tests(self, *names):
        """Tests of a package, as package.TestName, that show it too; that they run is CI's job."""
        for name in names:
            package, test = name.split(".")
            files = (vlpt.ROOT / package.replace("main", "")).glob("*_test.go")
            there = any(f"func {test}(" in f.read_text() for f in files)
            self.check(f"there is a Go test {name}", there)


def need_root(what):
    if os.getuid() != 0:
        raise Skip(f"{what} needs root")


# ---- programs

class Watched(vlpt.Observer):
    """An observer that shows at once what it has, also where that is the original."""

    def __init__(self, program, *args, log=True, prom=False, **how):
        if prom:
            args += ("--prom-rate-limit-burst", "0")
        if log:
            args += ("--export-file-sync-every", "1")
        super().__init__(program, *args, log=log, prom=prom, **how)

    def scrape(self):
        """The original resets or misreads a connection now and then; asked again it answers."""
        for _ in range(10):
            try:
                return super().scrape()
            except OSError:
                time.sleep(0.1)
        return super().scrape()


def ended(program, *args, env=None, timeout=10):
    """Runs it to its end; returns (exit code, stderr)."""
    try:
        done = subprocess.run([program, *args], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                              timeout=timeout, env=env)
        return done.returncode, done.stderr
    except subprocess.TimeoutExpired as e:
        return None, (e.stderr or b"").decode()


def refused(program, *args):
    """The exit code and the first error on stderr, of a start that should fail and would end at once if it did not."""
    with tempfile.TemporaryDirectory(prefix="vlpd-gaps-") as folder:
        code, said = ended(program, "--socket", f"{folder}/s", "--threshold-ms", "1000", "--shutdown-after-secs", "0", *args)
    return code, next((line for line in said.split("\n") if '"level":"error"' in line), "")


def script(folder, body, name="command"):
    """A shell script that starts in folder; returns its path."""
    path = os.path.join(folder, name)
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o700), "w") as f:
        f.write(f"#!/bin/sh\ncd {folder} || exit 9\n{body}\n")
    return path


def lines(path):
    """The complete lines of a file that may not be there."""
    try:
        with open(path, errors="replace") as f:
            return f.read().split("\n")[:-1]
    except FileNotFoundError:
        return []


def secret(folder, name, text):
    path = os.path.join(folder, name)
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as f:
        f.write(text + "\n")
    return path


def verify(daemon, path):
    """What `vlpd audit verify` says: (exit code, its last words)."""
    done = subprocess.run([daemon, "audit", "verify", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=10)
    return done.returncode, done.stdout.strip().split("\n")[-1][:200]


class Paused:
    """The observer stands still; after it, all that was sent meanwhile is there at once."""

    def __init__(self, observer):
        self.pid = observer.pid

    def __enter__(self):
        os.kill(self.pid, signal.SIGSTOP)

        def stopped():
            with open(f"/proc/{self.pid}/stat") as f:
                return f.read().rpartition(") ")[2][0] == "T"
        vlpt.wait_for(stopped, 2, 0.001)

    def __exit__(self, *exc):
        os.kill(self.pid, signal.SIGCONT)
