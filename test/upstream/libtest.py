"""libtest: one test of a compiled Rust test program, run and understood.

Each test gets a process of its own, so that one that hangs (most wait for the
daemon's end without a limit) costs its own time only and can be killed with
all that it started.
"""
import os
import re
import signal
import subprocess
import tempfile
import time

LIMIT_S = 15  # the longest takes 2 s, and gives up by itself after 6
TOTAL_S = 480

# What the surroundings must not decide: whom the daemon notifies, and how a panic is printed.
NOT_OURS = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "RUST_BACKTRACE", "RUST_LIB_BACKTRACE")

RESULT = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;", re.M)
PANIC = re.compile(r"panicked at (\S+?):?\n(.*?)(?=\nnote: run with|\n\n+failures:|\Z)", re.S)


class Outcome:
    """result: ok, failed, ignored, stuck or lost; said: the panic message in one line; output: everything."""

    def __init__(self, result, said, output):
        self.result, self.said, self.output = result, said, output


class Runner:
    """folder: where temporary files go, removed by the caller; cwd: the crate's folder, where cargo would run tests."""

    def __init__(self, folder, cwd):
        self.folder, self.cwd = folder, cwd
        self.env = {k: v for k, v in os.environ.items() if k not in NOT_OURS}
        self.env.update(TMPDIR=folder, RUST_BACKTRACE="0")
        self.end = time.monotonic() + TOTAL_S

    def names(self, program):
        out = subprocess.run([program, "--list", "--format", "terse"], stdout=subprocess.PIPE, text=True,
                             check=True, timeout=LIMIT_S, cwd=self.cwd, env=self.env)
        return [line[:-len(": test")] for line in out.stdout.splitlines() if line.endswith(": test")]

    def run(self, command):
        """Runs a command in a session of its own; returns (exit code or None when it was killed, its output)."""
        limit = min(LIMIT_S, self.end - time.monotonic())
        if limit <= 0:
            return None, f"no time left of {TOTAL_S} s for all tests"
        # A file, not a pipe: a daemon that outlives its test would hold the pipe open.
        with tempfile.TemporaryFile(dir=self.folder) as out:
            proc = subprocess.Popen(command, cwd=self.cwd, env=self.env, stdin=subprocess.DEVNULL, stdout=out,
                                    stderr=subprocess.STDOUT, start_new_session=True)
            try:
                code = proc.wait(limit)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                try:
                    os.killpg(proc.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
                proc.wait()
            out.seek(0)
            return code, out.read().decode(errors="replace")

    def test(self, program, name):
        code, output = self.run([program, "--exact", name, "--test-threads", "1", "--color", "never"])
        said = one_line(PANIC.search(output))
        if code is None:
            return Outcome("stuck", f"was not over after {LIMIT_S} s and was killed", output)
        counts = RESULT.search(output)
        if not counts or sum(map(int, counts.groups())) != 1:
            return Outcome("lost", f"ran no test, exit code {code}", output)
        return Outcome(("ok", "failed", "ignored")[counts.groups().index("1")], said, output)


    def often(self, program, name):
        """test() until it is ok, three times at the most: the original's own tests have waits of fixed length in them, which
        on a busy machine may be too short for whatever is tested."""
        for _ in range(3):
            outcome = self.test(program, name)
            if outcome.result != "failed":
                break
        return outcome


def one_line(match):
    """The panic in one line: message, then where in the test's source."""
    return "" if not match else f"{' '.join(match[2].split())} ({match[1]})"
