"""idle: nobody beats, nothing is due, and nothing runs."""
import os
import re
import tempfile
import time

import vlpt

RUNTIME = {"futex", "nanosleep", "restart_syscall", "clock_nanosleep", "sched_yield", "tgkill", "rt_sigreturn", "getpid", "madvise"}


def switches(pid):
    """Times that any thread went to sleep of itself, which is how often it had woken."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status") as f:
            total += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", f.read(), re.M).group(1))
    return total


def minute(o, trace, seconds):
    """(how often one observer woke, its ns of CPU, the calls of the one that is traced) in so many seconds."""
    before, cpu, mark = switches(o.pid), vlpt.cpu_ns(o.pid), os.path.getsize(trace)
    time.sleep(seconds)
    with open(trace) as f:
        f.seek(mark)
        calls = re.findall(r"^\d+ +(?:<\.\.\. )?(\w+)[ (]", f.read(), re.M)
    return switches(o.pid) - before, vlpt.cpu_ns(o.pid) - cpu, calls


def idle(report, quick):
    """A minute of a daemon with log, metrics, socket and one agent long stalled; beside it one under strace."""
    seconds = 60
    with tempfile.TemporaryDirectory(prefix="vlpd-test-") as folder:
        trace = os.path.join(folder, "trace")
        wrap = ("strace", "-f", "-qq", "-o", trace)
        with vlpt.Observer(vlpt.daemon_path(), prom=True, threshold_ms=200) as o, \
                vlpt.Observer(vlpt.daemon_path(), prom=True, threshold_ms=200, wrap=wrap) as traced:
            for each in (o, traced):
                vlpt.Agent(each.socket).beat()
                each.wait_rows(lambda rows: any(r.kind == "stall" for r in rows))
            time.sleep(2)  # the flush behind the stall
            for _ in range(2):  # who does something now and then does it in the second minute too
                woken, cpu, calls = minute(o, trace, seconds)
                ours = sorted(set(calls) - RUNTIME)
                if not ours and woken * 60 / seconds <= 4:
                    break
    report.check(f"idle: no call of our own in {seconds} s", not ours, f"calls: {', '.join(sorted(set(calls))) or 'none'}")
    report.check(f"idle: at most 4 wake-ups a minute, the runtime's", woken * 60 / seconds <= 4, f"{woken} in {seconds} s, {cpu / 1000:.0f} us of CPU")


TESTS = (idle,)
