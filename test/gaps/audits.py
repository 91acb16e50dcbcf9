"""audits: defects of the audit file and of the event log, the files that people rely on later."""
import os
import tempfile

from agents import UDP, count, free_port, plain_udp
from rig import Watched, ended, lines, verify

import vlpt

V1, V2 = "# varta-watch recovery audit v1", "# varta-watch recovery audit v2"


def start(program, folder, *args):
    return ended(program, "--socket", f"{folder}/s", "--threshold-ms", "1000", "--shutdown-after-secs", "0", *args)


def gap22(gap):
    """Sequence numbers start again on old, foreign or damaged audit files."""
    def restarts(program):
        got = {}
        with tempfile.TemporaryDirectory(prefix="vlpd-gaps-") as d:
            for name, before, between in (("v1", V1 + "\n1\tx\n", ""), ("foreign", "something\nelse\n", ""),
                                          ("damaged", "", "no record\n")):
                path = os.path.join(d, name)
                with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
                    f.write(before)
                for _ in range(3):
                    start(program, d, "--recovery-audit-file", path)
                    with open(path, "a") as f:
                        f.write(between)
                got[name] = [int(line.split("\t")[0]) for line in lines(path) if "\tboot\t" in line]
        return got
    gap.probe("three starts on each are numbered on", restarts, lambda got: all(v == [1, 2, 3] for v in got.values()) and len(got) == 3)
    gap.go_tests("audit.TestLines")


def gap23(gap):
    """When many stall at once, audit records are dropped and the chain breaks."""
    n, port = 300, free_port()
    with tempfile.TemporaryDirectory(prefix="vlpd-gaps-") as d:
        path = os.path.join(d, "audit")
        flags = (*plain_udp(port), "--plaintext-udp-i-accept-recovery-on-unauthenticated-transport", "--recovery-exec", "/bin/true",
                 "--recovery-audit-file", path, "--tracker-capacity", "512")
        with Watched(gap.daemon, *flags, threshold_ms=1000, prom=True) as o:
            s = UDP(port)
            for pid in range(2000, 2000 + n):
                s.beat(pid, 1)
            o.wait_rows(lambda rows: sum(r.kind == "stall" for r in rows) == n, 5)
            kinds = vlpt.wait_for(lambda: sum("\tcomplete\t" in line for line in lines(path)) == n, 20, 0.1)
            dropped = vlpt.metric(o.scrape(), "varta_recovery_audit_dropped_total")
            code = o.stop()
        seqs = [int(line.split("\t")[0]) for line in lines(path) if not line.startswith("#")]
        gap.check(f"{n} stalls at once: every spawn and every end is recorded", kinds and len(seqs) == 1 + 2 * n, len(seqs))
        gap.check("no number is missing, nothing was dropped", seqs == list(range(1, 2 * n + 2)) and dropped == 0,
                  f"dropped {dropped}, exit {code}")
        code, said = verify(gap.daemon, path)
        gap.check("and the chain is whole", code == 0, (code, said))
    gap.go_tests("recovery.TestMassStall")


def gap24(gap):
    """Owner, mode and kind of an audit file that is there are not looked at."""
    def taken(program):
        got = {}
        with tempfile.TemporaryDirectory(prefix="vlpd-gaps-") as d:
            real = os.path.join(d, "real")
            for name in ("open to others", "symbolic link", "foreign")[:3 if os.getuid() == 0 else 2]:
                path = os.path.join(d, name)
                if name == "symbolic link":
                    os.close(os.open(real, os.O_CREAT, 0o600))
                    os.symlink(real, path)
                else:
                    os.close(os.open(path, os.O_CREAT, 0o600))
                if name == "foreign":
                    os.chown(path, 65534, 65534)
                elif name == "open to others":
                    os.chmod(path, 0o666)
                code, said = start(program, d, "--recovery-audit-file", path)
                got[name] = (code, path in said)
        return got
    gap.probe("each is refused, and its path said", taken, lambda got: all(v == (1, True) for v in got.values()))
    gap.go_tests("secret.TestOwner", "secret.TestPermissions")


def gap25(gap):
    """Errors of syncing and rotating the event log are swallowed."""
    def full(program):
        with Watched(program, log="/dev/full", prom=True) as o:
            agent = vlpt.Agent(o.socket)
            for _ in range(3):
                agent.beat()
            count(o, "varta_beats_total", 3)
            vlpt.wait_for(lambda: "space left" in o.diagnostics().lower(), 2)
            page, code = o.scrape(), o.stop()
            return {"said": "space left" in o.diagnostics().lower(), "exit": code,
                    "failures counted": (vlpt.metric(page, "varta_log_failures_total") or 0) > 0}
    gap.probe("a full device is said, counted, and an exit code", full,
              lambda got: got == {"said": True, "exit": 1, "failures counted": True})

    with tempfile.TemporaryDirectory(prefix="vlpd-gaps-") as d:
        os.makedirs(f"{d}/log.1/x")  # no file can be renamed to that
        with Watched(gap.daemon, "--export-file-max-bytes", "2000", "--export-file-generations", "1", folder=d, prom=True) as o:
            agent = vlpt.Agent(o.socket)
            for _ in range(100):
                agent.beat()
            count(o, "varta_log_failures_total", 1)
            said = vlpt.wait_for(lambda: [line for line in o.diagnostics().split("\n") if "rename" in line or "unlink" in line], 2)
            gap.check("a rotation that fails is said", said, said[0][-200:] if said else o.diagnostics()[-300:])
            gap.check("and the beats go on", count(o, "varta_beats_total", 100) == 100)
            o.kill()
    gap.go_tests("sink.TestFullDevice", "sink.TestOperationFails", "sink.TestFullDisk")


TESTS = (gap22, gap23, gap24, gap25)
