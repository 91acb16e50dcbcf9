"""init_prepare: what /usr/libexec/vlpd/prepare makes, with BusyBox's shell and with dash, and what a power cut leaves of it."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

from init_board import Board, defaults
from init_box import PACKAGING

SHELLS = {"ash": ["/bin/busybox", "ash"], "dash": ["/bin/dash"]}
OURS = (4321, 4322)


class Root:
    """A folder that stands for the root, with the settings of a board."""

    def __init__(self, settings=None):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="vlpd-prepare-"))
        (self.path / "etc/default").mkdir(parents=True)
        (self.path / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\nvlpd:x:%d:%d::/:/bin/false\n" % OURS)
        (self.path / "etc/default/vlpd").write_text(defaults(VLPD_USER="vlpd") if settings is None else settings)
        self.token = self.path / "etc/vlpd/token"

    def prepare(self, shell="ash", *mode, **env):
        """Exit code and what was said."""
        done = subprocess.run([*SHELLS[shell], str(PACKAGING / "common/prepare"), *mode, str(self.path)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=60, start_new_session=True, env=dict({"PATH": os.environ["PATH"]}, **env))
        return done.returncode, done.stdout + done.stderr.replace(str(self.path), "")

    def whole(self, owner=OURS):
        """Whether the token is one that vlpd takes: 64 digits, mode 0600, its own."""
        st = self.token.lstat()
        return bool(re.fullmatch(r"[0-9a-f]{64}\n", self.token.read_text())) and (st.st_mode & 0o7777, st.st_uid, st.st_gid) == (0o600, *owner)

    def owner(self, name):
        st = (self.path / name).lstat()
        return st.st_uid, st.st_gid

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        shutil.rmtree(self.path)


def first(report):
    """The first start and the second."""
    for shell in SHELLS:
        with Root() as r:
            code, said = r.prepare(shell)
            report.check(f"prepare ({shell}): a token, two folders, and says so", code == 0 and r.whole() and said.count("made the ") == 3, said)
            report.check(f"prepare ({shell}): folders are vlpd's, that of the token is root's",
                         [r.owner(n) for n in ("run/vlpd", "var/lib/vlpd", "etc/vlpd")] == [OURS, OURS, (0, 0)])
            was = r.token.read_text()
            report.check(f"prepare ({shell}): again: nothing, in silence", r.prepare(shell) == (0, "") and r.token.read_text() == was)
            os.chown(r.token, 0, 0)
            r.token.chmod(0o644)
            report.check(f"prepare ({shell}): owner and mode put right", r.prepare(shell)[0] == 0 and r.whole() and r.token.read_text() == was)
            (r.path / "var/lib/vlpd/events.log").write_text("a row\n")
            code, said = r.prepare(shell, VLPD_OWNER="root")
            report.check(f"prepare ({shell}): another owner takes all over", code == 0 and r.whole((0, 0)) and
                         r.owner("var/lib/vlpd/events.log") == (0, 0) and r.owner("run/vlpd") == (0, 0), said)
    with Root() as a, Root() as b:
        a.prepare(), b.prepare()
        report.check("prepare: no two tokens are the same", a.token.read_text() != b.token.read_text())


def places(report):
    """Paths are those of the flags."""
    args = ("--export-file=/data/log/events", "--recovery-audit-file /data/vlpd/audit", "--prom-token-file /data/keys/token", "--key-file /data/keys/k")
    with Root(defaults(*args, VLPD_USER="vlpd")) as r:
        (r.path / "data/keys").mkdir(parents=True)
        (r.path / "data/keys/k").write_text("0" * 64)
        code, said = r.prepare()
        report.check("prepare: folders of the flags", code == 0 and r.owner("data/log") == OURS and r.owner("data/vlpd") == OURS, said)
        report.check("prepare: token and keys too, in a folder that stays another's", r.owner("data/keys/token") == OURS and r.owner("data/keys/k") == OURS and
                     (r.path / "data/keys/k").stat().st_mode & 0o777 == 0o600 and r.owner("data/keys") == (0, 0))
    with Root(defaults(VLPD_USER="nobody-of-that-name")) as r:
        report.check("prepare: an unknown user is root", r.prepare()[0] == 0 and r.whole((0, 0)))
    for user in ("vlpd:dialout", "%d:%d" % OURS, "%d:dialout" % OURS[0], "%d" % OURS[0]):
        with Root(defaults(VLPD_USER=user)) as r:
            said = r.prepare("ash", "--flags")[1].split()
            report.check(f"prepare: VLPD_USER={user}, as after --user", r.prepare()[0] == 0 and r.whole() and r.owner("run/vlpd") == OURS and said[:2] == ["--user", user], said[:2])
    with Root(defaults("--prom-token-file relative", "--heartbeat-file events").replace("--export-file /var/lib/vlpd/events.log\n", "")) as r:
        report.check("prepare: relative paths are left alone", r.prepare() == (0, "vlpd: prepare: made the folder /run/vlpd\nvlpd: prepare: made the token /etc/vlpd/token\n"))


def flags(report):
    """The command line that inits get."""
    for shell in SHELLS:
        for user, serial, want in (("vlpd", "", ["--user", "vlpd", "--socket"]), ("vlpd", "--serial a=/dev/x", ["--user", "vlpd", "--serial-open-as-root"]),
                                   ("", "--serial a=/dev/x", ["--socket", "/run/vlpd/vlpd.sock", "--agent-user"]), ("nobody-of-that-name", "", ["--socket", "/run/vlpd/vlpd.sock", "--agent-user"])):
            with Root(defaults(VLPD_USER=user, VLPD_SERIAL=serial)) as r:
                code, said = r.prepare(shell, "--flags")
                report.check(f"prepare ({shell}): --flags with VLPD_USER=\"{user}\" and {serial or 'no line'}",
                             code == 0 and said.split()[:3] == want and said.endswith((serial or "text").split()[-1] + "\n") and not r.token.exists(), said.split()[:3])


def bad_tokens(report):
    """A token that is none."""
    for name, text, made in (("empty", "", True), ("of NULs", "\0" * 65, True), ("half", "0123", False), ("of somebody's own words", "secret\n", False)):
        with Root() as r:
            r.token.parent.mkdir()
            r.token.write_text(text)
            r.prepare()
            report.check(f"prepare: a token {name} is {'made anew' if made else 'left alone'}", r.whole() if made else r.token.read_text() == text)
    with Root() as r:
        r.token.parent.mkdir()
        (r.path / "secret").write_text("")
        r.token.symlink_to("../../secret")
        (r.path / "etc/vlpd/token.new").symlink_to("../../secret")
        r.prepare()
        report.check("prepare: nothing is written through a symbolic link", (r.path / "secret").read_text() == "" and r.owner("secret") == (0, 0))


def another_folder(report):
    """Secrets in a folder that its user can change: there an owner is not to be given."""
    with Root(defaults("--prom-token-file /data/vlpd/token", "--heartbeat-file /data/vlpd/alive", VLPD_USER="vlpd")) as r:
        code, said = r.prepare()
        report.check("prepare: no token in a folder that is not root's", code == 1 and not (r.path / "data/vlpd/token").exists() and "the folder is not root's" in said, said)
        (r.path / "shadow").write_text("root's")
        os.link(r.path / "shadow", r.path / "data/vlpd/token")
        r.prepare()
        report.check("prepare: nor is another's file given away by a second name", r.owner("shadow") == (0, 0))


def images(report):
    """What an image or its maker has put there."""
    for mode, group, want in ((0o750, OURS[1], True), (0o755, 0, True), (0o770, OURS[1], False), (0o1777, 0, False)):
        with Root() as r:
            r.token.parent.mkdir()
            os.chown(r.token.parent, 0, group)
            r.token.parent.chmod(mode)
            code, said = r.prepare()
            report.check(f"prepare: /etc/vlpd of root and group {group}, mode {mode:o}: {'a' if want else 'no'} token", (code == 0 and r.whole()) if want else code == 1 and not r.token.exists(), said)
    with Root() as r:
        (r.path / "etc/passwd").write_text((r.path / "etc/passwd").read_text().rstrip("\n"))
        report.check("prepare: the last user of a passwd without its last newline", r.prepare()[0] == 0 and r.whole())
    args = ("--state-dir /var/lib/vlpd/seen", "--state-dir /data/seen/", "--serial a=/dev/x,9600,key-file=/etc/vlpd/k,trust=yes")
    with Root(defaults(*args, VLPD_USER="vlpd")) as r:
        r.token.parent.mkdir()
        (r.token.parent / "k").write_text("0" * 64)
        code, said = r.prepare()
        report.check("prepare: folders of --state-dir, keys of serial lines", code == 0 and [r.owner(n) for n in ("var/lib/vlpd/seen", "data/seen", "etc/vlpd/k")] == [OURS] * 3 and
                     (r.token.parent / "k").stat().st_mode & 0o777 == 0o600, said)


def second_names(report):
    """A user links root's file into its folder, and gives the folder another group."""
    for owner, want in (((OURS[0], 20), 0), ((77, 77), 1)):
        with Root() as r:
            r.prepare()
            folder = r.path / "var/lib/vlpd"
            (r.path / "shadow").write_text("root's")
            os.link(r.path / "shadow", folder / "x")
            os.chown(folder, *owner)
            code, said = r.prepare()
            report.check(f"prepare: a second name in a folder of {owner} gives nothing away", code == want and r.owner("shadow") == (0, 0) and (want or r.owner("var/lib/vlpd") == OURS), said)


def editors(report):
    """Settings as editors and hasty fingers leave them."""
    good = defaults(VLPD_USER="vlpd")
    with Root(good) as r:
        want = r.prepare("ash", "--flags")[1]
    for shell in SHELLS:
        for name, text in (("ends of lines of Windows", good.replace("\n", "\r\n")), ("no last newline", good.rstrip("\n")), ("tabs", good.replace("\n--", "\n\t--")),
                           ("set -eu", "set -eu\n" + good)):
            with Root(text) as r:
                report.check(f"prepare ({shell}): {name}", r.prepare(shell)[0] == 0 and r.whole() and r.prepare(shell, "--flags") == (0, want))
        for name, text, words in (("an open quote", good.rstrip('"\n'), "nterminated quoted string"), ("quotes in quotes", good.replace("--log-format text", '--recovery-exec "/a b"'), "not found"),
                                  ("exit 0", good + "exit 0\n", "/etc/default/vlpd ends the shell that reads it")):
            with Root(text) as r:
                said = r.prepare(shell)[1]
                report.check(f"prepare ({shell}): {name}: told, and no flag is made up", words in said and said.startswith("vlpd: error: prepare: ") and "--socket" not in r.prepare(shell, "--flags")[1], said)


def power_cut(report):
    """All processes die before, or right after, each program that takes part in the making of the token."""
    real = {name: shutil.which(name) for name in ("mkdir", "od", "tr", "rm", "chown", "sync", "mv")}
    states = {}
    for name, path in real.items():
        for when, text in (("before", "kill -KILL 0\n"), ("after", f'{path} "$@"\nkill -KILL 0\n')):
            with Root() as r, tempfile.TemporaryDirectory() as stubs:
                r.token.parent.mkdir()
                for folder in ("run/vlpd", "var/lib/vlpd"):  # they are there, so that the token is what is cut
                    (r.path / folder).mkdir(parents=True)
                    os.chown(r.path / folder, *OURS)
                stub = pathlib.Path(stubs) / name
                stub.write_text("#!/bin/dash\n" + text)
                stub.chmod(0o755)
                code, _ = r.prepare("dash", PATH=f"{stubs}:{os.environ['PATH']}")
                cut = code == -signal.SIGKILL
                fine = not r.token.exists() or r.whole()
                states[f"{when} {name}"] = "whole" if r.token.exists() else "half beside" if (r.path / "etc/vlpd/token.new").exists() else "none"
                again = r.prepare("dash")[0] == 0 and r.whole() and os.listdir(r.token.parent) == ["token"]
                if not (cut and fine and again):
                    report.check(f"prepare: the power fails {when} {name}", False, f"cut {cut}, a whole token or none {fine}, then whole {again}")
                    return
    report.check("prepare: the power fails before or after any of its programs: a whole token or none", True, f"{len(states)} cuts")
    report.check("prepare: the cuts found it in each state", set(states.values()) == {"none", "half beside", "whole"}, states)


def read_only(report):
    """A root that cannot be written."""
    with Board(readonly=True) as b:
        report.check("read-only: it starts all the same", b.pid() and b.page()[0] == 0, b.output().strip())
        report.check("read-only: and says what it did about it", b.logged("prepare: /etc/vlpd is read-only: until the next boot its files are in /run/vlpd.etc"))
        was = b.sh("cat /etc/vlpd/token")[1]
        report.check("read-only: restart keeps the token", b.service("restart")[0] == 0 and b.sh("cat /etc/vlpd/token")[1] == was and b.sh("grep -c vlpd.etc /proc/mounts; grep -c /etc/vlpd /proc/mounts")[1].split()[1] == "1")
    with Board(readonly=True, prepared=lambda root: (root / "etc/vlpd/key").write_text("")) as b:
        said = b.output()
        report.check("read-only: files of the image are not covered; the start fails with the reason", not b.pid() and "FAIL" in said and "token" in said, said)
        report.check("read-only: in syslog too", b.logged(r"daemon.err vlpd: error: prepare: cannot make the token .*Read-only file system"), b.syslog())


def queue(report):
    """net.unix.max_dgram_qlen, of the container's network namespace."""
    for value, want, words in (("500", "500", "raised from 10 to 500"), ("5", "10", "is 10 already"), ("many", "10", "is no number"), ("", "10", "")):
        with Board(defaults(VLPD_QUEUE=value)) as b:
            now = b.sh("cat /proc/sys/net/unix/max_dgram_qlen")[1].strip()
            b.logged("vlpd: ready: ")  # and what was said before
            lines = [line for line in b.syslog().splitlines() if "qlen" in line or "queue is left" in line]
            report.check(f"queue: VLPD_QUEUE=\"{value}\"", now == want and len(lines) == bool(words) and words in "".join(lines), f"{now}; {lines}")


def unwritable_queue(report):
    """The sysctl is read-only, as in many containers."""
    with Root(defaults(VLPD_QUEUE="500")) as r:
        sysctl = r.path / "proc/sys/net/unix/max_dgram_qlen"
        sysctl.parent.mkdir(parents=True)
        sysctl.write_text("10\n")
        subprocess.run(["mount", "-o", "bind", sysctl, sysctl], check=True)
        try:
            subprocess.run(["mount", "-o", "remount,ro,bind", sysctl], check=True)
            code, said = r.prepare()
        finally:
            subprocess.run(["umount", sysctl], check=True)
        report.check("queue: a read-only sysctl", code == 0 and "stays at 10: Read-only file system" in said, said)


TESTS = (first, places, flags, bad_tokens, another_folder, images, second_names, editors, power_cut, read_only, queue, unwritable_queue)
