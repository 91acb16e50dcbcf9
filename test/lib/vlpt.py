"""vlpt: what the Python tests share. Standard library only.

The daemon (and the observer that it is compared with) as a process with a
socket, a log and a metrics page, the load generator, and a report whose last
line counts what passed and what failed. What wire.py has is here too.
"""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from wire import TOKEN, Agent, Row, crc32c, forgiven_ms, frame, generations, metric, parse_row, paused_ms, read_rows, scrape, udp_bound  # noqa: F401

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(
    os.environ.get("VLPD_CACHE")
    or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "vlpd"))
BIN = CACHE / "bin"


# ---- building

def go_build(arch="amd64", arm="", package=".", name="vlpd"):
    """Builds a stripped static program into the cache folder; returns its path."""
    out = BIN / f"{name}-{arch}{arm}"
    BIN.mkdir(parents=True, exist_ok=True)
    env = dict(os.environ, CGO_ENABLED="0", GOOS="linux", GOARCH=arch, GOARM=arm)
    # as scripts/cross-build.sh links
    flags = "-s -w -X runtime.godebugDefault=asyncpreemptoff=1" + (f" -X main.goarm={arm} -R 4096" if arch == "arm" else "")
    subprocess.run(["go", "build", "-trimpath", "-ldflags", flags, "-o", str(out), package],
                   cwd=ROOT, env=env, check=True)
    return str(out)


def daemon_path():
    """The daemon under test: $VLPD if set, else built from this checkout."""
    return os.environ.get("VLPD") or go_build()


def arm_daemon_path():
    """The same for ARMv7, with $VLPD_ARM."""
    return os.environ.get("VLPD_ARM") or go_build("arm", "7")


def c_build(source, compiler=("cc", "-O2"), name=None):
    """Compiles one C file of this folder into the cache folder when it is newer."""
    src = ROOT / "test" / source
    out = BIN / (name or src.stem)
    BIN.mkdir(parents=True, exist_ok=True)
    if not out.exists() or out.stat().st_mtime < src.stat().st_mtime:
        subprocess.run([*compiler, "-Wall", "-Wextra", "-Werror", "-o", str(out), str(src)], check=True)
    return str(out)


def need(**packages):
    """need(command="packages"): installs what is missing, and says so; an underscore stands for a hyphen."""
    want = [p for c, ps in packages.items() if not shutil.which(c.replace("_", "-")) for p in ps.split()]
    if not want:
        return
    print("installing Debian packages:", *want, flush=True)
    apt = ["apt-get", "-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=300"]  # another may be at it
    subprocess.run([*apt, "update", "-qq"], check=False)
    subprocess.run([*apt, "install", "-y", "-qq", "--no-install-recommends", *want], check=True,
                   stdout=subprocess.DEVNULL, env=dict(os.environ, DEBIAN_FRONTEND="noninteractive"))


# ---- processes

def cpu_ns(pid):
    """Time on a CPU, of all threads, from the scheduler's own count."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/task/{task}/schedstat") as f:
            total += int(f.read().split()[0])
    return total


def wait_for(condition, seconds, step=0.02):
    """Polls until condition() is true; returns its last value. Time is up when it has passed and half of the looks that
    fit in were made, or three times as much: while we are held up, what we wait for mostly is too."""
    begun, looks = time.monotonic(), seconds / step / 2 if step else 0
    while True:
        value = condition()
        looks -= 1
        if value or time.monotonic() > begun + seconds * (1 if looks < 0 else 3):
            return value
        time.sleep(step)


class Observer:
    """vlpd, or what it is compared with, in a folder of its own.

    program    path of the binary
    args       what comes after --socket and --threshold-ms
    log        True: --export-file in the folder; a path: there; False: no log
    prom       True: metrics on a free loopback port, with the token
    wrap       words to put before the command, e.g. strace and its options
    """

    def __init__(self, program, *args, threshold_ms=1000, log=True, prom=False, wrap=(), folder=None, user=None):
        self.dir = folder or tempfile.mkdtemp(prefix="vlpd-test-")
        self.own_dir = folder is None
        self.socket = os.path.join(self.dir, "s")
        self.log = log if isinstance(log, str) else os.path.join(self.dir, "log")
        self.stderr_path = os.path.join(self.dir, "stderr")
        self.address = None
        cmd = [*wrap, program, "--socket", self.socket, "--threshold-ms", str(threshold_ms)]
        if log:
            cmd += ["--export-file", self.log]
        if prom:
            token = os.path.join(self.dir, "token")
            with open(os.open(token, os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
                f.write(TOKEN + "\n")
            cmd += ["--prom-addr", "127.0.0.1:0", "--prom-token-file", token]
        self.stderr = open(self.stderr_path, "ab")
        self.proc = subprocess.Popen(cmd + list(args), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                     stderr=self.stderr, user=user)
        self.wrapped = bool(wrap)
        self.port = int(args[args.index("--udp-port") + 1]) if "--udp-port" in args else 0
        if prom:
            self.address = self.proc.stdout.readline().decode().strip()
        if not wait_for(self._ready, 20):
            self.kill()
            raise RuntimeError(f"{program} did not come up: {self.diagnostics()[-800:]}")

    def _ready(self):
        if self.proc.poll() is not None:
            raise RuntimeError(f"{self.proc.args[0]} ended with {self.proc.returncode}: {self.diagnostics()[-800:]}")
        with open("/proc/net/unix") as f:
            there = any(line.rstrip().endswith(" " + self.socket) for line in f)
        return there and (not self.port or udp_bound(self.port))

    @property
    def pid(self):
        """The observer's own process, also behind a wrapper that forked it."""
        if self.wrapped:
            with open(f"/proc/{self.proc.pid}/task/{self.proc.pid}/children") as f:
                kids = f.read().split()
            if kids:
                return int(kids[0])
        return self.proc.pid

    def diagnostics(self):
        with open(self.stderr_path, errors="replace") as f:
            return f.read()

    def scrape(self):
        return scrape(self.address)

    def rows(self):
        return read_rows(self.log)

    def wait_rows(self, predicate, seconds=5):
        """Polls the log until predicate(rows) holds; returns the rows or None."""
        def look():
            try:
                rows = self.rows()
            except FileNotFoundError:
                return None
            return rows if predicate(rows) else None
        return wait_for(look, seconds)

    def stop(self, sig=signal.SIGTERM, seconds=20):
        """Asks it to end; returns its exit code, None when it would not."""
        if self.proc.poll() is None:
            os.kill(self.pid, sig)
        try:
            return self.proc.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def kill(self):
        if self.proc.poll() is None:
            try:
                os.kill(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.proc.wait()

    def close(self):
        self.kill()
        self.stderr.close()
        self.proc.stdout.close()
        if self.own_dir:
            shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


class Senders:
    """The load generator of peer/senders.c; see its head for the modes."""

    def __init__(self, path, procs, frames, *mode, cpu=None):
        cmd = [c_build("peer/senders.c"), path, str(procs), str(frames), *map(str, mode)]
        if cpu is not None:
            cmd = ["taskset", "-c", str(cpu), *cmd]
        self.proc = subprocess.Popen(cmd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.proc.stdout.readline().strip() != "ready":
            raise RuntimeError("senders did not start")

    def go(self):
        self.proc.stdin.write("go\n")
        self.proc.stdin.flush()

    def result(self):
        """Waits for the last frame; returns (sent, refused, seconds)."""
        words = self.proc.stdout.readline().split()
        if len(words) != 6:
            raise RuntimeError("senders ended early")
        return int(words[1]), int(words[3]), float(words[5])

    def drained(self):
        """Waits until the receiver has taken all that was sent."""
        if self.proc.stdout.readline().strip() != "drained":
            raise RuntimeError("senders ended early")

    def release(self):
        self.proc.stdin.close()
        self.proc.wait()
        self.proc.stdout.close()


class Report:
    """Counts; check() prints each result as it falls, finish() the closing line."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, what, ok, detail=""):
        if ok:
            self.passed += 1
        else:
            self.failed += 1
        print(f"{'ok   ' if ok else 'FAIL '} {what}{': ' + str(detail) if detail != '' else ''}", flush=True)
        return ok

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        sys.exit(0 if self.failed == 0 and self.passed else 1)
