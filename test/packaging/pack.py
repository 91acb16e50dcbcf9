"""pack: what the tests of the packages share: a report that can skip, builds, commands."""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import vlpt  # noqa: E402

ROOT, CACHE = vlpt.ROOT, vlpt.CACHE
WORK = CACHE / "packaging"


class Report(vlpt.Report):
    """vlpt's, with a count of what could not be tested here, and why."""

    skipped = 0

    def skip(self, what, why):
        self.skipped += 1
        print(f"SKIP  {what}: {why}", flush=True)

    def same(self, what, got, want):
        """A check that two values are equal; both are told when they are not."""
        return self.check(what, got == want, "" if got == want else f"expected {want!r}, got {got!r}")

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
        sys.exit(0 if self.failed == 0 and self.passed else 1)


def run(*cmd, cwd=None, env=None, limit=120, stdin=None):
    """Runs a command; returns its exit code and all that it said."""
    done = subprocess.run([str(c) for c in cmd], cwd=cwd, env=dict(os.environ, LC_ALL="C.UTF-8", **(env or {})), timeout=limit,
                          input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace")
    return done.returncode, done.stdout


def must(*cmd, **options):
    """Runs a command that has to succeed; returns what it said."""
    code, said = run(*cmd, **options)
    if code:
        raise RuntimeError(f"{' '.join(map(str, cmd))}: exit code {code}: {said[-2000:]}")
    return said


def package(dist, *what, tree=ROOT, **env):
    """scripts/package.sh of a tree into a folder; returns what it said."""
    return must(tree / "scripts/package.sh", *what, env=dict(env, DIST=str(dist)), limit=300)


def only(folder, pattern):
    """The one file of that name."""
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise RuntimeError(f"{folder}: expected one {pattern}, got {[f.name for f in found]}")
    return found[0]
