"""recoveries: defects in when recovery commands run, and in how they are run and counted."""
import os
import signal
import tempfile
import time

from agents import Child
from rig import Watched, lines, refused, script

import vlpt


def outcomes(observer):
    page = observer.scrape()
    labels = ("spawned", "reaped_zero", "reaped_nonzero", "killed")
    return {k: int(vlpt.metric(page, "varta_recovery_outcomes_total", outcome=k)) for k in labels}


def one_silence(program, folder, command, *args, until, seconds=5, threshold_ms=200):
    """A process beats once and falls silent; returns what until(observer) gave when it was true, or at the end."""
    with Watched(program, "--recovery-exec", command, *args, threshold_ms=threshold_ms, prom=True) as o, Child(o.socket) as c:
        c.do("b")
        return vlpt.wait_for(lambda: until(o), seconds, 0.05) or outcomes(o)


def gap06(gap):
    """A debounced or failed recovery is never tried again while the silence lasts."""
    def debounced(program):
        with tempfile.TemporaryDirectory(prefix="vlpd-gaps-") as d:
            command, ran = script(d, "echo x >>ran"), os.path.join(d, "ran")
            with Watched(program, "--recovery-exec", command, "--recovery-debounce-ms", "1000",
                         threshold_ms=200) as o, Child(o.socket) as c:
                c.do("b")
                vlpt.wait_for(lambda: lines(ran), 3)
                c.do("b")  # stalls again within the debounce time
                vlpt.wait_for(lambda: len(lines(ran)) == 2, 2.5)
                return {"commands in two silences": len(lines(ran))}
    gap.probe("a debounced recovery runs when the debounce is over", debounced, lambda got: got["commands in two silences"] == 2)

    def failed(program):
        with tempfile.TemporaryDirectory(prefix="vlpd-gaps-") as d:
            command, ran = script(d, "echo x >>ran; exit 1"), os.path.join(d, "ran")
            one_silence(program, d, command, "--recovery-debounce-ms", "100", until=lambda o: len(lines(ran)) >= 3, seconds=2.5)
            return {"commands in one silence": len(lines(ran))}
    gap.probe("a failed one is tried again", failed, lambda got: got["commands in one silence"] >= 3)
    gap.go_tests("observer.TestRecovery", "recovery.TestFailuresAreSpaced", "recovery.TestRefusals")


def gap20(gap):
    """--recovery-timeout-ms 0 kills every command."""
    code, said = refused(gap.daemon, "--recovery-exec", "/bin/true", "--recovery-timeout-ms", "0")
    gap.check("0 is refused, and the least said", code == 2 and "--recovery-timeout-ms" in said and "(100 ms)" in said, (code, said))


def gap26(gap):
    """Beyond the cap output is not read any more, and the command hangs."""
    def chatty(program):
        with tempfile.TemporaryDirectory(prefix="vlpd-gaps-") as d:
            audit = os.path.join(d, "audit")

            def complete(o):
                return [line.split("\t") for line in lines(audit) if "\tcomplete\t" in line]
            one_silence(program, d, "/usr/bin/head -c 200000 /dev/zero", "--recovery-capture-stdio", "--recovery-capture-bytes", "1000",
                        "--recovery-audit-file", audit, until=complete, seconds=3)
            return {"outcome, code, bytes, truncated": [(r[6], r[7], r[10], r[12]) for r in complete(None)]}
    gap.probe("a command that prints 200 kB ends by itself", chatty,
              lambda got: list(got.values()) == [[("reaped", "0", "200000", "true")]])
    gap.go_tests("children.TestOutputBeyondCapture", "children.TestChattyChild")


def gone(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(") ")[2][0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def gap27(gap):
    """A timeout kills the direct child only, and does not ask it first."""
    def timeout(program):
        with tempfile.TemporaryDirectory(prefix="vlpd-gaps-") as d:
            command = script(d, "trap 'echo asked >asked; exit 1' TERM\nsleep 60 & echo $! >grandchild\nwait")
            # by the timeout a shell must have started, on a busy machine too
            one_silence(program, d, command, "--recovery-timeout-ms", "1500", "--recovery-debounce-ms", "60000",
                        until=lambda o: outcomes(o)["killed"])
            pid = lines(f"{d}/grandchild")[0]
            left = not vlpt.wait_for(lambda: gone(pid), 3)
            if left:
                os.kill(int(pid), signal.SIGKILL)
            return {"asked first": bool(vlpt.wait_for(lambda: lines(f"{d}/asked"), 0.5)), "grandchild lives on": left}
    gap.probe("SIGTERM comes first, and nothing it started stays", timeout, lambda got: list(got.values()) == [True, False])
    gap.go_tests("children.TestTimeoutIsPolite", "children.TestTimeoutKillsAll")


def gap28(gap):
    """A killed command counts as reaped_nonzero too; the durations never move."""
    def killed(program):
        with tempfile.TemporaryDirectory(prefix="vlpd-gaps-") as d:
            page = {}

            def over(o):
                page["text"] = o.scrape()
                time.sleep(0.1)
                return outcomes(o)["killed"] and vlpt.metric(page["text"], "varta_recovery_outcomes_total", outcome="killed")
            one_silence(program, d, "/bin/sleep 60", "--recovery-timeout-ms", "300", "--recovery-debounce-ms", "60000", until=over)
            got = {k: int(vlpt.metric(page["text"], "varta_recovery_outcomes_total", outcome=k)) for k in ("killed", "reaped_nonzero")}
            seconds = vlpt.metric(page["text"], "varta_recovery_duration_ns_sum") / 1e9
            return {**got, "durations": int(vlpt.metric(page["text"], "varta_recovery_duration_count_total")),
                    "seconds": round(seconds, 1)}
    gap.probe("a killed command is killed, once, and its time counts", killed,
              lambda got: got["killed"] == 1 and got["reaped_nonzero"] == 0 and got["durations"] == 1 and 0.2 < got["seconds"] < 3)
    gap.go_tests("recovery.TestKilledOnly", "children.TestDuration")


TESTS = (gap06, gap20, gap26, gap27, gap28)
