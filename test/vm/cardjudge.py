"""cardjudge: what a guest said while its card failed, and whether that is as it should be.

The guest's output is cut at its marks (cardscript.py) into a Story. The checks
that hold whatever the card does are in `observed` and `kept`.
"""
import re

import vlpt
from cardscript import THRESHOLD_MS


class Story:
    """pages {name: metrics}, files [(name, text)], stderr, sent {pid: last nonce}, silences, unsure, late (ms, a bystander's)."""

    def __init__(self, text):
        self.text = text
        self.pages, self.files, self.stderr, self.notes, self.exits = {}, [], "", [], []
        self.sent, self.silences, self.unsure, self.late = {}, 0, 0, 0
        for mark, body in re.findall(r"^@ (.*)\n((?:(?!@ ).*\n)*)", text, re.M):
            word, _, rest = mark.partition(" ")
            if word == "page":
                self.pages[rest] = body
            elif word == "file":
                self.files.append((rest, body))
            elif word == "stderr":
                self.stderr += body
            elif word == "crowd":
                self.sent = {p: int(n) for p, n in re.findall(r"^agent (\d+) (\d+)$", body, re.M)}
                self.late = int(re.search(r"^late (\d+)$", body, re.M).group(1))
                self.silences, self.unsure = map(int, re.search(r"silences=(\d+) unsure=(\d+)", body).groups())
            elif word == "exit":
                self.exits.append(rest)
            else:
                self.notes.append(mark)

    def metric(self, page, name, **labels):
        return int(vlpt.metric(self.pages.get(page, ""), "varta_" + name, **labels) or 0)

    def rows(self):
        """All rows that are whole, and how many lines are none."""
        rows = [vlpt.parse_row(line) for _, body in self.files for line in body.splitlines()]
        whole = [r for r in rows if r and (r.kind != "beat" or r.nonce == r.payload)]
        return whole, len(rows) - len(whole)

    def missing(self):
        """(beats that were sent and are no row, rows that lost rows tell of)."""
        rows, _ = self.rows()
        have = {(r.who, r.nonce) for r in rows if r.kind == "beat"}
        told = sum(int(r.payload.split()[0]) for r in rows if r.kind == "lost")
        return sum(self.sent.values()) - len({h for h in have if h[0] in self.sent}), told

    def errors(self):
        """What was said of the log in the level of errors."""
        return re.findall(r'"level":"error".*?"(?:msg|message)":"(event log: [^"]*)"', self.stderr) or \
            [line for line in self.stderr.splitlines() if '"level":"error"' in line]


def observed(report, name, s):
    """Observing goes on as if there were no card. The machine is emulated and busy: a process that has
    nothing to do with the card tells how late it wakes anybody, and the observer how long it could not run.
    Twice what it says: it is a sample of what the machine adds, not the worst of it."""
    sent, page = sum(s.sent.values()), "end"
    received = s.metric(page, "frames_received_total")
    accepted, dropped = s.metric(page, "source_beats_total"), s.metric(page, "frames_dropped_total")
    report.check(f"{name}: every beat taken", received == accepted + dropped and accepted == sent and sent > 0,
                 f"{sent} sent, {received} received, {accepted} accepted, {dropped} dropped")
    stalls = s.metric("calm", "stalls_total")
    pauses = s.metric("calm", "observer_pauses_total")  # each may forgive a silence
    report.check(f"{name}: each silence a stall, no other", s.silences - pauses <= stalls <= s.silences + s.unsure and stalls > 2,
                 f"{stalls} stalls of {s.silences} silences, {s.unsure} unsure, {pauses} pauses")
    late = [int(a) * 1000 + int(b) - THRESHOLD_MS for a, b in re.findall(r"is silent for (\d+)\.(\d{3}) s", s.stderr)]
    paused = 1000 * (vlpt.metric(s.pages.get(page, ""), "varta_observer_paused_seconds_total") or 0)
    report.check(f"{name}: each within 2 ms of its threshold, and what the machine adds", late and 0 <= min(late) and max(late) <= 2 + 2 * s.late + paused,
                 f"{sorted(late)[len(late) // 2] if late else -1} ms in the median, {max(late, default=-1)} at most; "
                 f"a bystander woke up to {s.late} ms late, the observer was paused for {paused:.0f} ms")


def kept(report, name, s):
    """It is all in the log, or told as lost; and the log goes on without a restart."""
    rows, broken = s.rows()
    missing, told = s.missing()
    counted = s.metric("safe", "log_lost_records_total")
    report.check(f"{name}: every beat a row, or told as lost", missing == told == counted,
                 f"{missing} missing, {told} told, {counted} counted, {sum(s.sent.values())} sent")
    records, synced = s.metric("safe", "log_records_total"), s.metric("safe", "log_synced_records_total")
    report.check(f"{name}: written on without a restart, all rows safe", records == synced + counted and synced > 0,
                 f"{records} records, {synced} synced, {counted} lost")
    report.check(f"{name}: no row torn or glued", broken == 0 and rows, f"{len(rows)} rows, {broken} broken lines")
    report.check(f"{name}: a clean stop", s.exits == ["0"] and not [n for n in s.notes if n.startswith("late")], f"exit {s.exits} {s.notes}")


def told(report, name, s, op, most=4):
    """The failure is counted, and said once, and so is its end."""
    failures = s.metric("during", "log_failures_total", op=op)
    report.check(f"{name}: failures of {op} counted", failures > 0, f"{failures}")
    errors = s.errors()
    report.check(f"{name}: said, and once", 0 < len(errors) <= most and len(set(errors)) == len(errors), " | ".join(errors))
    report.check(f"{name}: its end is said", "works again" in s.stderr)


def slow(report, name, s):
    """Nothing fails and nothing is lost; the latency is there to be seen."""
    report.check(f"{name}: no failure, no row lost", s.metric("safe", "log_failures_total") == s.metric("safe", "log_lost_records_total") == 0)
    for page, bound in (("slow", "0.25"), ("during", "1")):
        count, below = s.metric(page, "log_sync_seconds_count"), s.metric(page, "log_sync_seconds_bucket", le=bound)
        report.check(f"{name}: the histogram has syncs of more than {bound} s", count > below, f"{count - below} of {count}")
    said = s.stderr.count("fdatasync takes more than a second")
    report.check(f"{name}: said, and once", said == 1, said)


def lying(report, name, s):
    """Nobody can know, so what it said counts; the next start finds whole rows and nothing in between missing."""
    records, synced, failures = (s.metric("during", "log_" + x) for x in ("records_total", "synced_records_total", "failures_total"))
    report.check(f"{name}: its word is taken: synced to the last moment, no failure", records - synced < 60 and failures == 0, f"{synced} of {records}")
    rows, broken = s.rows()
    first = next((i for i, r in enumerate(rows) if r.kind == "start" and i > 0), len(rows))
    before = s.metric("before", "log_synced_records_total")
    have = sum(r.kind != "start" for r in rows[:first])
    report.check(f"{name}: it did lie", have < synced, f"{have} rows of {synced} that it called synced")
    report.check(f"{name}: what it had synced before is there", have >= before, f"{have} rows of {before}")
    holes = sum(int(n) != i for i, n in numbered(rows[:first]))
    report.check(f"{name}: whole rows without a hole, as far as they go", broken == 0 and holes == 0, f"{broken} broken, {holes} holes")
    report.check(f"{name}: the next start goes on behind them, and no stop row is between",
                 [r.kind for r in rows[first:]] == ["start", "stop"] and not any(r.kind == "stop" for r in rows[:first]) and s.exits == ["0"])


def numbered(rows):
    """(what its number should be, its number) of each beat."""
    seen = {}
    for r in rows:
        if r.kind == "beat":
            seen[r.who] = seen.get(r.who, 0) + 1
            yield seen[r.who], r.nonce
