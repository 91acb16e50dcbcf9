"""bystander: how late this machine itself was, in any span of time.

A check of the kind "within 2 ms" fails on a right program when the machine is
busy, or is a virtual one that stands still for a moment. A process beside the
observer tells such time apart from the observer's own. It sleeps for 2 ms again
and again, and notes how long it was held up, and how long the observer's threads
stood runnable in a queue without a processor (run delay of schedstat, see the
kernel's sched-stats.rst) or the hypervisor ran others (steal of proc(5)'s stat).
Where nobody but us was at work all that is not looked at: who is held up by his
own commands is late.

    with Bystander(observer.pid) as b:
        ...
    for late, own in b.lateness(observer.rows(), threshold_ms):  # ms of each stall
"""
import bisect
import contextlib
import json
import os
import re
import select
import time

NAP_NS = 2_000_000
LOOK_NS = 50_000_000      # between two looks for new threads
STEAL_NS = 10_000_000     # between two looks at steal, which is counted in ticks
TICK_NS = 10**9 // os.sysconf("SC_CLK_TCK")
OTHERS = 0.05             # share of one processor that is nothing


def worked():
    """(s in which a processor of this machine was at work, or was not given to it; how much of that was ours and of those
    who have ended)."""
    with open("/proc/stat") as f:
        words = [int(w) for w in f.readline().split()[1:]] + [0] * 8
    own = os.times()
    return (sum(words[i] for i in (0, 1, 2, 5, 6, 7)) * TICK_NS / 1e9,
            own.user + own.system + own.children_user + own.children_system)


class Watcher:
    """What the process does."""

    def __init__(self, pid):
        self.pid, self.threads, self.gone = pid, {}, 0
        self.stat = os.open("/proc/stat", os.O_RDONLY)

    def look(self):
        """Opens the schedstat of threads that are new."""
        with contextlib.suppress(OSError):
            for task in set(os.listdir(f"/proc/{self.pid}/task")) - self.threads.keys():
                with contextlib.suppress(OSError):
                    self.threads[task] = [os.open(f"/proc/{self.pid}/task/{task}/schedstat", os.O_RDONLY), 0]

    def queued(self):
        """Run delay of all threads until now, also of those that have ended."""
        for thread in self.threads.values():
            with contextlib.suppress(OSError, IndexError):
                thread[1] = int(os.pread(thread[0], 96, 0).split()[1])
        return sum(thread[1] for thread in self.threads.values())

    def stolen(self):
        words = os.pread(self.stat, 256, 0).split(b"\n")[0].split()
        return int(words[8]) * TICK_NS if len(words) > 8 else 0

    def run(self, end):
        """[[fell asleep, woke, run delay, steal], ...] in ns, until there is something to read at end."""
        naps, looked, asked, stolen = [], 0, 0, 0
        while not select.select([end], [], [], 0)[0]:
            begun = time.time_ns()
            if begun - looked > LOOK_NS:
                self.look()
                looked = begun
            begun = time.time_ns()
            time.sleep(NAP_NS / 1e9)
            woke = time.time_ns()
            if woke - asked > STEAL_NS:
                stolen, asked = self.stolen(), woke
            naps.append((begun, woke, self.queued(), stolen))
        return naps


def close_all_but(*kept):
    """So that nothing is held open here that others wait to see closed."""
    for fd in map(int, os.listdir("/proc/self/fd")):
        if fd > 2 and fd not in kept:
            with contextlib.suppress(OSError):
                os.close(fd)


class Bystander:
    def __init__(self, pid):
        there, self.end = os.pipe()
        self.answer, back = os.pipe()
        self.naps, self.woke, self.others = (), (), 0.0
        self.begun = time.monotonic(), *worked()
        self.child = os.fork()
        if self.child == 0:
            try:
                close_all_but(there, back)
                said = json.dumps(Watcher(pid).run(there)).encode()
                with open(back, "wb") as f:
                    f.write(said)
            finally:
                os._exit(0)
        os.close(there)
        os.close(back)

    def held_ms(self, since, until):
        """How much of that span, in ns of the wall clock, may be the machine's own. What is known of whole naps only is
        taken for those that touch it. 0 where others did next to nothing."""
        if self.others < OTHERS:
            return 0.0
        first = bisect.bisect_left(self.woke, since)
        last = bisect.bisect_left(self.woke, until)
        naps = self.naps[max(0, first - 1):last + 2]
        if not naps:
            return 0.0
        late = sum(max(0, min(n[1], until) - max(n[0] + NAP_NS, since)) for n in naps)
        return (late + naps[-1][2] - naps[0][2] + naps[-1][3] - naps[0][3]) / 1e6

    def lateness(self, rows, threshold_ms):
        """Of each stall of a log: how long after its threshold it was reported, and how much of that was not the machine's; ms."""
        found, last = [], {}
        start = next(r for r in rows if r.kind == "start")
        wall = int(re.match(r"wall=(\d+)", start.payload).group(1)) - start.at
        for r in rows:
            if r.kind == "beat":
                last[r.who] = r.at
            elif r.kind == "stall":
                due = last[r.who] + threshold_ms * 10**6
                found.append(((r.at - due) / 1e6, (r.at - due) / 1e6 - self.held_ms(wall + due, wall + r.at)))
        return found

    def stop(self):
        """The end of what is noted."""
        os.close(self.end)
        with open(self.answer, "rb") as f:
            self.naps = json.loads(f.read() or "[]")
        self.woke = [n[1] for n in self.naps]
        os.waitpid(self.child, 0)
        self.child = 0
        took, all_of_us, ours = (b - a for a, b in zip(self.begun, (time.monotonic(), *worked())))
        self.others = (all_of_us - ours) / took

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()
