"""judged: what a board printed (onboard.py), held against what a user may expect."""
import re

import figures
import vlpt
from installed import THRESHOLD_MS

SOCKET = "/run/vlpd/vlpd.sock"
READY_S = 0.8  # of a processor that takes 4 ns for every instruction


def rows(text):
    """The rows of a log; a line that is none is kept as None, to be seen."""
    return [vlpt.parse_row(line) for line in text.splitlines()]


def wall_s(row):
    """Seconds since 1970 in a start or clock row."""
    return int(re.search(r"wall=(\d+)", row.payload).group(1)) / 1e9


class Judge:
    """Collects [(what, ok, detail)] for one boot."""

    def __init__(self, title, go, said):
        self.title, self.go, self.said, self.results = title, go, said, []

    def check(self, what, ok, detail=""):
        self.results.append((f"{self.title}: {what}", bool(ok), detail))

    def metric(self, section, name, **labels):
        return vlpt.metric(self.said[section], name, **labels)

    def runs_as(self, user):
        """user: "" is root."""
        uid, gid = (1000, 1000) if user else (0, 0)
        said = self.said["process"]
        groups = re.search(r"^Groups:\s*(.*?)\s*$", said, re.M).group(1).split()
        self.check(f"it runs as {user or 'root'}", f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}\n" in said and (not user or "18" in groups),
                   "; ".join(said.replace("\t", " ").splitlines()[:7]))
        owned = re.findall(r"^(\S+) +1 (\d+) +(\d+) +(?:\d+ ).*(token|events.log)$", said, re.M)
        self.check("token and log are its own, the token mode 0600", [o[1:] for o in owned] == [(str(uid), str(gid), "token"), (str(uid), str(gid), "events.log")]
                   and owned[0][0] == "-rw-------", owned)

    def first(self, no_clock):
        self._started()
        self.check("the pid file names vlpd", "Name:\tvlpd\n" in self.said["process"])
        self._beat()
        self._silence()
        self._clock(no_clock)
        self._reload()
        self.check("without the token: 401", "401" in self.said["refused"], self.said["refused"].strip())

    def second(self, before):
        """before: what the first boot printed."""
        self._started()
        self._soon()
        self.check("the token is the first one", self.said["token"] == "kept\n", self.said["token"].strip())
        left, now = rows(self.said["before"]), rows(self.said["log"])
        whole = None not in now and None not in left
        self.check("every line of the log is a row", whole, self.said["log"][-400:] if not whole else f"{len(now)} rows")
        if not whole or not left:
            return
        ran = rows(before["reload"].partition("\n" + "pid ")[2].partition("\n")[2])
        self.check("what was there before the power went off is there", left[:len(ran)] == ran and ran, f"{len(left)} rows")
        self.check("switched off: the last row is a stop, by SIGTERM", left[-1].kind == "stop" and left[-1].payload == "SIGTERM", left[-1])
        self.check("the log goes on behind it", now[:len(left)] == left and now[len(left)].kind == "start", now[len(left)].kind)
        self.check("nothing had to be repaired", not self.metric("beat", "varta_log_repaired_bytes_total"))
        self._beat()
        self.check("a clean stop by hand", "exit 0" in self.said["stop"] and self.said["stop"].count("No such file") == 3, self.said["stop"].strip())
        self.check("and its row is the last", now[-1].kind == "stop", now[-1].kind)

    # ---- parts

    def _started(self):
        want = f"linux/{self.go[0]}" + (f"v{self.go[1]}" if self.go[1] else "")
        self.check("the build is the right one", self.said["version"].split()[-1] == want, self.said["version"].strip())
        self.check("the init script started it, and it said that it is ready", "S50vlpd" in self.said["start"] and "ready" in self.said["start"])

    def _soon(self):
        """An ordinary start waits for nothing; for random numbers it would take seconds, where there is no source of entropy."""
        begun, ready = figures.times(self.said)
        self.check(f"ready within {READY_S} s", ready - begun < READY_S, f"{ready - begun:.2f} s")

    def _beat(self):
        self.check("a beat from a shell", self.said["beat"].startswith("exit 0\n"), self.said["beat"].splitlines()[0])
        up = self.metric("beat", "varta_agent_up"), self.metric("beat", "varta_source_beats_total", source=SOCKET)
        self.check("is accepted, and the agent up, by the metrics", up == (1, 1), up)
        dropped = self.metric("beat", "varta_frames_dropped_total")
        self.check("nothing was dropped", not dropped)

    def _silence(self):
        log = [r for r in rows(self.said["log"]) if r]
        kinds = [r.kind for r in log]
        self.check("the log has start, beat, stall", [k for k in kinds if k in ("start", "beat", "stall")] == ["start", "beat", "stall"], kinds)
        beat, stall = ([r for r in log if r.kind == k][0] for k in ("beat", "stall")) if {"beat", "stall"} <= set(kinds) else (None, None)
        if not stall:
            return
        # time in which the observer could not run is no silence, and here the machine itself is held up by others
        after, forgiven = (stall.at - beat.at) / 1e6, vlpt.forgiven_ms(self.said["silence"])
        self.check(f"the stall is told at {THRESHOLD_MS} ms of silence, and soon", THRESHOLD_MS <= after < THRESHOLD_MS + forgiven + 100,
                   f"{after:.1f} ms, up to {forgiven:.0f} ms are forgiven")
        self.check("its row is of the agent that beat", stall.who == beat.who and stall.nonce == beat.nonce, stall)
        made, synced = self.metric("silence", "varta_log_records_total"), self.metric("silence", "varta_log_synced_records_total")
        self.check("all rows are synced by then", made == synced and synced >= 2, f"{synced} of {made}")
        self.check("by the metrics it stalled", (self.metric("silence", "varta_stalls_total"), self.metric("silence", "varta_agent_up")) == (1, 0))

    def _clock(self, no_clock):
        log = [r for r in rows(self.said["log"]) if r]
        clocks = [r for r in log if r.kind == "clock"]
        before, after = (int(x) for x in re.findall(r"^(\d+)$", self.said["clock"], re.M))
        start = wall_s(log[0])
        if no_clock:
            self.check("it started in 1970, and the start row says so", 0 < start < 3600, f"wall {start:.1f} s")
        else:
            self.check("the start row has the wall clock", before - 60 < start <= before + 1, f"{before - start:.1f} s before")
        self.check("the clock was set: a row with the new time", len(clocks) == 1 and after - 1 <= wall_s(clocks[0]) <= after + 10, clocks)

    def _reload(self):
        said = self.said["reload"]
        self.check("reload", "exit 0" in said, said.splitlines()[:2])
        self.check("the log is open anew, in the same process", re.search(r"^pid (\d+) \1$", said, re.M) and "\tstart\t" in said)
