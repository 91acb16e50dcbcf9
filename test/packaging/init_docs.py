"""init_docs: every command line of packaging/README.md, where it says that it belongs, with the output that it shows.

The words after the ticks name the place: `sh board` a board of BusyBox, `sh
systemd`, `sh openrc`, `sh procd`, `sh finit` a container of that init, `sh
image` a checkout with vlpd and a folder $ROOT, `sh checkout`, and `sh runit` a
run script.
"""
import re
import shutil
import subprocess
import tempfile

import init_finit
import init_openrc
import init_procd
import init_systemd
import vlpt
from init_board import Board, defaults
from init_box import PACKAGING


def blocks():
    """(kind, text, expected output or None) of the document."""
    found = re.findall(r"^```(\S.*)\n((?:(?!```).*\n)*)```\n(?:\n```text\n((?:(?!```).*\n)*)```)?", (PACKAGING / "README.md").read_text(), re.M)
    return [(kind, text, want or None) for kind, text, want in found if kind != "text"]


def pattern(want):
    """The expression that an expected output stands for: … is anything, a number any number."""
    def line(text):
        return r"(.*\n)*" if text == "…" else re.sub(r"\d+", r"\\d+", re.escape(text)).replace("…", ".*") + r"\n"
    return re.compile("".join(line(text) for text in want.splitlines()))


def play(report, kind, run, tries=1):
    """Runs all blocks of one kind through run(text) -> (code, output), again if it printed something else."""
    texts = [b for b in blocks() if b[0] == kind]
    report.check(f"README: there are blocks of kind {kind}", texts)
    for _, text, want in texts:
        for _ in range(tries):
            code, said = run(text)
            fine = code == 0 and (want is None or pattern(want).fullmatch(said))
            if fine:
                break
        report.check(f"README: {kind}: {text.splitlines()[0]}", fine, "" if fine else f"{code}: {said}")


def local(report):
    """In a checkout."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(PACKAGING, folder + "/packaging")
        shutil.copy(vlpt.daemon_path(), folder + "/vlpd")

        def run(text):
            done = subprocess.run(["sh", "-ec", text], cwd=folder, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "ROOT": folder + "/root"}, timeout=60)
            return done.returncode, done.stdout + done.stderr
        play(report, "sh image", run)
        play(report, "sh checkout", run)


def board(report):
    """With BusyBox; the line of inittab, and runit's."""
    line = next(text for kind, text, _ in blocks() if kind == "text inittab")
    with Board(defaults()) as b:
        play(report, "sh board", lambda text: b.sh("set -e; " + text))
    with Board(defaults(VLPD_RESPAWN="init"), line) as b:
        report.check("README: the line of /etc/inittab", b.new_pid(0, 10))
    with Board(defaults()) as b:
        b.service("stop")
        play(report, "sh runit", lambda text: b.sh(f"({text.strip()}) >/dev/null 2>&1 & i=0; until test -S /run/vlpd/vlpd.sock || [ $i -gt 50 ]; do sleep 0.1; i=$((i + 1)); done; pidof vlpd"))
    with Board(defaults(), prepared=init_procd.prepared) as b:
        play(report, "sh procd", lambda text: b.sh("set -e; " + text))


def inits(report):
    """With the other inits."""
    if init_systemd.possible(report):
        with init_systemd.Systemd() as s:
            s.sh("mkdir -p /tmp/packaging/systemd")
            s.sh(f"cat >/tmp/packaging/systemd/recovery.conf <<'END'\n{(PACKAGING / 'systemd/recovery.conf').read_text()}END")
            # its status is a message of its own, right behind the one for which systemctl waits
            play(report, "sh systemd", lambda text: s.sh("set -e; cd /tmp; " + text), tries=3)
    with init_openrc.OpenRC() as o:
        if o.missing:
            report.skip("README: sh openrc", o.missing)
        else:
            o.sh("rc-service vlpd start")
            o.until("test -S /run/vlpd/vlpd.sock", 10)
            play(report, "sh openrc", lambda text: o.sh("set -e; " + text))
    with init_finit.Finit(enabled=False) as f:
        if f.missing:
            report.skip("README: sh finit", f.missing)
        else:
            f.until("test -S /run/finit/socket", 20)
            play(report, "sh finit", lambda text: f.sh("set -e; PATH=$PATH:/lib/finit; " + text))
            report.check("README: finit has started it", f.new_pid(0, 15))


TESTS = (local, board, inits)
