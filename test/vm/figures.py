"""figures: what was measured on the boards, as a table."""
import os
import re

import armvm
import vlpt
from boards import NS_AN_INSTRUCTION

# A wake-up is a thread being put on the processor (both kinds of context switch, of all threads).
COLUMNS = ("board", "build", "binary KiB", "uptime at S50 s", "uptime at ready s", "start to ready s", "RSS kB", "anon kB",
           "first start s", "at rest: wake-ups/s", "CPU ms/s", "agents: wake-ups/s", "CPU ms/s", "1000 instructions/beat")


def build_name(go):
    return f"GOARM={go[1]}" if go[1] else go[0]


def times(said):
    """(when S50vlpd began, when vlpd was ready), seconds since boot."""
    return (float(re.search(r"S50vlpd (\S+)", said["start"]).group(1)),
            float(re.search(r"^ready (\S+)", said["start"], re.M).group(1)))


def start(name, go, said):
    """A row of the table up to the memory."""
    begun, ready = times(said)
    memory = dict(re.findall(r"^(\w+):\s+(\d+) kB", said["memory"], re.M))
    size = os.path.getsize(vlpt.BIN / f"vlpd-{go[0]}{go[1]}") / 1024
    return [armvm.BOARDS[name].cpu, build_name(go), f"{size:.0f}", f"{begun:.2f}", f"{ready:.2f}", f"{ready - begun:.2f}",
            memory["Rss"], memory["Anonymous"]]


def load(name, go, first, said, agents):
    """The whole row; first: what the board printed when vlpd was started for the first time."""
    at = {m[0]: [float(x) for x in m[1:]] for m in re.findall(r"^((?:idle|busy)(?:-end)?) (\S+) (\d+) (\d+)$", said["figures"], re.M)}
    sent, refused = map(int, re.search(r"^crowd sent (\d+) refused (\d+)", said["figures"], re.M).groups())
    accepted = vlpt.metric(said["figures"], "varta_source_beats_total")
    if refused or accepted != sent:
        raise RuntimeError(f"sent {sent}, refused {refused}, accepted {accepted}: {said['figures']}")
    begun, ready = times(first)
    row = [*start(name, go, said), f"{ready - begun:.2f}"]
    for what in ("idle", "busy"):
        seconds, cpu, switches = (b - a for a, b in zip(at[what], at[what + "-end"]))
        row += [f"{switches / seconds:.2f}", f"{cpu / seconds / 1e6:.2f}"]
        if what == "busy":
            row.append(f"{cpu / seconds / NS_AN_INSTRUCTION / agents / 1000:.0f}")
    return row


def table(rows):
    """Columns that no row has are left out."""
    width = max(map(len, rows), default=0)
    lines = [list(COLUMNS[:width]), *(r + [""] * (width - len(r)) for r in rows)]
    wide = [max(len(line[i]) for line in lines) for i in range(width)]
    return "\n".join("| " + " | ".join(cell.ljust(w) for cell, w in zip(line, wide)) + " |" for line in lines)
