"""replug: the cycles of test/vm/serial, and what the rows of each must be.

In every cycle something is unplugged and comes back under another name, and
meanwhile the device of another line, which is up, says nothing. Down and
silent are told apart by the rows: each line's, each agent's, each record of
the recovery command, no more and no fewer.
"""
import re

import armkernel  # noqa: F401  finds lib/ for us
import vlpt
from adapters import exchange, waited_ns

THRESHOLD_MS = 1000
LATE_MS = 250  # on an emulated machine beside other work


class Bench:
    """The lines under test, what is plugged in, and what was found."""

    def __init__(self, report, news, console, adapters):
        self.report, self.news, self.console = report, news, console
        self.byid, self.byport, self.onpath, self.spare = adapters
        self.offset = news.wall_offset()
        self.back_ms, self.late_ms, self.renamed, self.paused = [], [], 0, 0.0

    def at(self, line):
        return {"byid": self.byid, "byport": self.byport, "bypath": self.onpath}[line]

    def agent(self, line):
        return f"{line}/{self.at(line).device.number}"

    def came_up(self, mark, line, reason):
        """Waits for the line: how long after its node was made, and how much of that did the emulator not run?"""
        up = self.news.row(mark, kind="line", who=line, status="up")
        self.back_ms.append(((up.at + self.offset - self.at(line).made) / 1e6, self.at(line).waited_ms()))
        return up.payload == reason

    def page(self):
        return self.console.ask("wget -q -O - http://127.0.0.1:9464/metrics")


def shows(page, line, agent, line_up, agent_up):
    number = agent.partition("/")[2]
    return (vlpt.metric(page, "varta_serial_line_up", line=line) == line_up
            and vlpt.metric(page, "varta_agent_up", source=line, pid=number) == agent_up)


class Cycle:
    """One cycle; wanted is what its rows must be, by line, agent and record."""

    def __init__(self, bench, name):
        self.b, self.name, self.mark = bench, name, bench.news.mark()
        self.waited = waited_ns(bench.news.guest.proc.pid)
        self.lines, self.agents, self.records, self.faults, self.late = {}, {}, {}, [], []

    def hush(self, line):
        """The device behind a line that stays up says nothing from now on."""
        agent = self.b.agent(line)
        self.b.at(line).device.quiet()
        self.agents[agent] = ["stall", "recovered"]
        self.records[agent] = ["spawn", "complete"]
        return agent

    def stalled(self, *agents):
        for agent in agents:
            stall = self.b.news.row(self.mark, kind="stall", who=agent)
            last = [r for r in self.b.news.rows() if r.kind == "beat" and r.who == agent and r.at < stall.at][-1]
            self.late.append((agent, (stall.at - last.at) / 1e6 - THRESHOLD_MS))

    def expect(self, what, ok):
        if not ok:
            self.faults.append(what)

    def recorded(self, agent, kind):
        self.b.news.wait(self.mark, lambda n: n[0] == "audit" and n[1][3:5] == [kind, agent])

    def judge_lateness(self):
        """Time in which the machine did not run is nobody's silence: what the observer saw of that, and what this machine's scheduler knows."""
        before, self.b.paused = self.b.paused, vlpt.forgiven_ms(self.b.page())
        paused = self.b.paused - before + (waited_ns(self.b.news.guest.proc.pid) - self.waited) / 1e6
        for agent, ms in self.late:
            self.b.late_ms.append(ms)
            self.expect(f"{agent} stalls {ms:.0f} ms from its threshold, {paused:.0f} ms paused", 0 <= ms <= LATE_MS + paused)

    def speak(self, line):
        """The device beats again, and is heard."""
        mark, agent = self.b.news.mark(), self.b.agent(line)
        self.b.at(line).device.speak()
        self.b.news.row(mark, kind="beat", who=agent)

    def settle(self):
        """Holds what was printed against what was wanted, and leaves out who may do as he likes."""
        self.judge_lateness()
        items = self.b.news.take()[self.mark:]
        rows = [n[1] for n in items if n[0] == "row"]
        got = {}
        for r in rows:
            if r.kind == "line":
                got.setdefault(r.who, []).append(f"{r.status} {r.payload}")
            elif r.kind != "beat":
                got.setdefault(r.who, []).append(r.kind)
        for n in items:
            if n[0] == "audit":
                c = n[1]
                reason = " ".join(c[5:6] if c[3] == "refused" else c[6:8] if c[3] == "complete" else [])
                got.setdefault("record of " + c[4], []).append(f"{c[3]} {reason}".strip())
        want = dict(self.lines, **self.agents)
        plain = {"complete": "complete reaped 0", "refused": "refused line_down"}
        want.update({"record of " + k: [plain.get(x, x) for x in v] for k, v in self.records.items()})
        for who in sorted(want.keys() | got.keys()):
            self.expect(f"{who}: {got.get(who)} and not {want.get(who)}", got.get(who) == want.get(who))
        for r in rows:
            self.expect(f"an invented frame: {r}", r.kind != "beat" or r.nonce == r.payload)
        self.b.report.check(self.name, not self.faults, "; ".join(self.faults))


def away(b, n, line, quiet):
    """A device leaves in the midst of a frame, is silent for that, and returns under the spare's name."""
    a, other = b.at(line), b.spare
    c = Cycle(b, f"cycle {n}: {line} away, {quiet} silent")
    silent, gone = c.hush(quiet), b.agent(line)
    a.device.quiet()
    half = a.device.frame()
    a.device.line.send(half[:20])
    was = a.node
    first, second = exchange(a, other)
    c.lines[line] = ["down hangup", "up opened"]
    c.agents[gone], c.records[gone] = ["stall", "recovered"], ["refused"]
    c.stalled(silent, gone)
    c.recorded(silent, "complete")
    c.recorded(gone, "refused")
    page = b.page()
    c.expect(f"metrics: {quiet} is up and its device is not", shows(page, quiet, silent, 1, 0))
    c.expect(f"metrics: {line} is down and its device too", shows(page, line, gone, 0, 0))
    first.plug(), second.plug()
    b.renamed += a.node != was
    c.expect(f"{line} is opened again", c.b.came_up(c.mark, line, "opened"))
    a.device.line.send(half[20:])
    c.speak(line), c.speak(quiet)
    blame_late(c, line, gone)
    c.settle()


def blame_late(c, line, agent):
    """Who is heard, on a slow machine, only when his line has been up for a threshold again is to blame by then."""
    rows = c.b.news.rows(c.mark)
    up = next(r for r in rows if r.kind == "line" and r.who == line and r.status == "up")
    beat = next(r for r in rows if r.kind == "beat" and r.who == agent and r.at > up.at)
    if beat.at - up.at < THRESHOLD_MS * 1e6:
        return

    def kinds():
        return [a[3] for a in c.b.news.audit(c.mark) if a[4] == agent]
    if vlpt.wait_for(lambda: "complete" in kinds(), 5) or "spawn" in kinds():
        c.records[agent] = ["refused", "spawn", "complete"]


def swap(b, n, one, other, quiet):
    """Two devices exchange their names; each line finds its own."""
    c = Cycle(b, f"cycle {n}: {one} and {other} exchanged, {quiet} silent")
    silent = c.hush(quiet)
    x, y = b.at(one), b.at(other)
    before = (x.node, y.node)
    for line in (one, other):
        b.at(line).device.quiet()
        c.lines[line] = ["down hangup", "up opened"]
    first, second = exchange(x, y)
    first.plug(), second.plug()
    c.expect(f"names exchanged: {before} became {x.node}, {y.node}", (y.node, x.node) == before)
    b.renamed += (y.node, x.node) == before
    for line in (one, other):
        c.expect(f"{line} is opened again", b.came_up(c.mark, line, "opened"))
        c.speak(line)
    c.stalled(silent)
    c.recorded(silent, "complete")
    c.speak(quiet)
    allow_slow(c, one, other)
    c.settle()


def allow_slow(c, *lines):
    """Who was away for longer than the threshold, on a slow machine, has stalled and was refused."""
    for line in lines:
        agent = c.b.agent(line)
        if any(r.kind == "stall" and r.who == agent for r in c.b.news.rows(c.mark)):
            c.stalled(agent)
            c.agents[agent], c.records[agent] = ["stall", "recovered"], ["refused"]


def stranger(b, n, quiet):
    """Behind the same path there is another adapter than before."""
    line, leaving, coming = "bypath", b.onpath, b.spare
    c = Cycle(b, f"cycle {n}: a stranger on {leaving.node}, {quiet} silent")
    silent, gone, path = c.hush(quiet), b.agent(line), leaving.node
    leaving.device.quiet()
    first, second = exchange(leaving, coming)
    c.lines[line] = ["down hangup", "up replaced"]
    c.agents[gone] = ["stall"]
    # Until the line has been up for a threshold nobody on it is to blame.
    c.records[gone] = ["refused", "spawn", "complete"]
    first.plug(), second.plug()
    c.expect(f"the stranger is on {path}, not {coming.node}", coming.node == path)
    b.renamed += coming.node == path
    b.onpath, b.spare = coming, leaving
    c.expect("the stranger is said", b.came_up(c.mark, line, "replaced"))
    known = any(r.who == b.agent(line) for r in b.news.rows())
    if known:
        c.agents[b.agent(line)] = ["session", "recovered"]
    c.speak(line)
    c.stalled(silent, gone)
    forgive_late(b, c, gone)
    c.recorded(silent, "complete"), c.recorded(gone, "complete")
    c.speak(quiet)
    c.settle()


def forgive_late(b, c, agent):
    """A stall that a slow machine finds only when the line has been up for a threshold is not refused first."""
    rows = b.news.rows(c.mark)
    up = next(r for r in rows if r.kind == "line" and r.status == "up")
    stall = next(r for r in rows if r.kind == "stall" and r.who == agent)
    if stall.at - up.at >= THRESHOLD_MS * 1e6:
        c.records[agent].remove("refused")


def cycle(b, n):
    kind = n % 4
    if kind == 1:
        away(b, n, "byid", quiet="byport")
    elif kind == 2:
        swap(b, n, "byid", "byport", quiet="bypath")
    elif kind == 3:
        away(b, n, "byport", quiet="bypath")
    else:
        stranger(b, n, quiet="byid")


def descriptors(console):
    """What the kernel and the observer itself count; the first scrape of all opens what stays open."""
    said = console.ask("for i in 1 2; do wget -q -O /tmp/page http://127.0.0.1:9464/metrics; done; ls /proc/$(pidof vlpd)/fd; cat /tmp/page")
    listed, page = said.split("# HELP", 1)
    return len(listed.split()), int(re.search(r"^process_open_fds (\S+)$", page, re.M).group(1))
