"""subjects: what is measured, under which load, and what one run gives."""
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import vlpt  # noqa: E402

QLEN = "/proc/sys/net/unix/max_dgram_qlen"
KEY = "5" * 64
LIMITS_OFF = ("--max-beat-rate", "0", "--global-beat-rate", "0")
PEER = ("--tracker-capacity", "4096")
VLPD = ("--tracker-capacity", "4096")
VLPD_QUEUE = 1024  # that it asks for by itself
# Everything that costs something a beat or a turn, with limits that nobody reaches.
ALL_ON = ("--max-beat-rate", "1000000", "--global-beat-rate", "4000000000", "--global-beat-burst", "4000000000",
          "--recovery-exec", "/bin/true", "--recovery-capture-stdio", "--strict-namespace-check", "--self-watchdog-secs", "4")
SYNC64 = ("--export-file-sync-every", "64")


class QueueLimit:
    """Sets the kernel's queue limit for sockets made inside the block."""

    def __init__(self, datagrams):
        self.want = datagrams

    def __enter__(self):
        with open(QLEN) as f:
            self.old = f.read()
        if self.want:
            self._set(str(self.want))

    def __exit__(self, *exc):
        self._set(self.old)

    @staticmethod
    def _set(text):
        with open(QLEN, "w") as f:
            f.write(text)


class Floor:
    """peer/floor.c behind the face of an Observer."""

    def __init__(self, wrap=(), qlen=0, log=False):
        self.dir = tempfile.mkdtemp(prefix="vlpd-bench-")
        self.socket = os.path.join(self.dir, "s")
        with QueueLimit(qlen):
            self.proc = subprocess.Popen([*wrap, vlpt.c_build("peer/floor.c"), self.socket, *([os.path.join(self.dir, "log")] if log else [])],
                                         stdout=subprocess.PIPE, text=True)
            self.proc.stdout.readline()
        self.pid = self.proc.pid
        self.frames = 0

    def stop(self):
        self.proc.send_signal(signal.SIGTERM)
        self.frames = int(self.proc.communicate()[0])

    def accepted(self):
        return self.frames

    def close(self):
        self.proc.kill()
        self.proc.wait()


class Watched(vlpt.Observer):
    """An Observer that knows how many beats it took: rows of its log and rows it says it lost."""

    def __init__(self, *a, wrap=(), **k):
        super().__init__(*a, wrap=wrap, **k)
        self.wrapped = False  # taskset execs, it does not fork

    def accepted(self):
        beats = lost = 0
        for name in vlpt.generations(self.log):
            with open(name, "rb") as f:
                for line in f:
                    cols = line.split(b"\t", 5)
                    if len(cols) < 6:
                        continue
                    beats += cols[1] == b"beat"
                    if cols[1] == b"lost":
                        lost += int(cols[5].split()[0])
        self.lost = lost
        return beats + lost


class AllOn(Watched):
    """vlpd with all of it: limits, recovery with its audit file, heartbeat file, watchdog, sealed UDP, metrics."""

    def __init__(self, program, wrap):
        self.side = tempfile.mkdtemp(prefix="vlpd-bench-")
        key = os.path.join(self.side, "key")
        with open(os.open(key, os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
            f.write(KEY + "\n")
        super().__init__(program, *VLPD, *ALL_ON, "--recovery-audit-file", os.path.join(self.side, "audit"),
                         "--heartbeat-file", os.path.join(self.side, "heart"), "--udp-port", "0", "--key-file", key,
                         "--secure-udp-i-accept-recovery-on-unauthenticated-transport", wrap=wrap, prom=True, threshold_ms=60000)


def subjects(names, limits=LIMITS_OFF):
    """Makes the starters of the subjects asked for, in order."""
    vlpd, peer = vlpt.daemon_path(), peer_path()
    table = {
        "floor": lambda wrap: Floor(wrap),
        "floor with log": lambda wrap: Floor(wrap, log=True),
        "floor vlpd's queue": lambda wrap: Floor(wrap, VLPD_QUEUE),
        "vlpd": lambda wrap: Watched(vlpd, *VLPD, wrap=wrap, threshold_ms=60000),
        "vlpd all on": lambda wrap: AllOn(vlpd, wrap),
        "vlpd kernel queue": lambda wrap: Watched(vlpd, *VLPD, "--uds-queue-len", "0", wrap=wrap, threshold_ms=60000),
        "vlpd metrics+sync64": lambda wrap: Watched(vlpd, *VLPD, *SYNC64, wrap=wrap, prom=True, threshold_ms=60000),
        "original": lambda wrap: Watched(peer, *PEER, *limits, wrap=wrap, threshold_ms=60000),
        "original metrics+sync64": lambda wrap: Watched(peer, *PEER, *limits, *SYNC64, wrap=wrap, prom=True, threshold_ms=60000),
    }
    return {n: table[n] for n in names}


def peer_path():
    out = subprocess.run([str(vlpt.ROOT / "test/peer/install")], check=True, stdout=subprocess.PIPE, text=True)
    return out.stdout.strip()


def settle(pid, windows=3):
    """Waits until the process has been nearly idle for a while; returns its CPU time then."""
    quiet, last = 0, vlpt.cpu_ns(pid)
    end = time.monotonic() + 60
    while quiet < windows and time.monotonic() < end:
        time.sleep(0.08)
        now = vlpt.cpu_ns(pid)
        quiet = quiet + 1 if now - last < 2_000_000 else 0
        last = now
    return last


def one_run(start, procs, frames, *mode, qlen=0, pin=True, stopped=False):
    """One subject, one load; returns what was measured."""
    with QueueLimit(qlen):
        watched = start(("taskset", "-c", "0") if pin else ())
    try:
        load = vlpt.Senders(watched.socket, procs, frames, *mode, cpu=1 if pin else None)
        before = settle(watched.pid)
        if stopped:
            os.kill(watched.pid, signal.SIGSTOP)
        load.go()
        sent, refused, seconds = load.result()
        if stopped:
            os.kill(watched.pid, signal.SIGCONT)
        load.drained()
        cpu = settle(watched.pid) - before
        watched.stop()
        load.release()
        accepted = watched.accepted()
        return {"us": cpu / 1000 / max(accepted, 1), "rate": 0 if stopped else round(accepted / seconds), "sent": sent, "refused": refused,
                "accepted": accepted, "lost rows": getattr(watched, "lost", 0)}
    finally:
        watched.close()
