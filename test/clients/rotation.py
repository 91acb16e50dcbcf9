"""rotation: keys change while clients run; whoever has none of the keys is refused and counted."""
import os
import tempfile

from life import KEY, MASTER, THRESHOLD_MS, key_file, seen
from peers import Agent, Observer

NEW, OLD = KEY, "5e" * 32
AGAIN, STAY = "the keys of secure UDP were read again", "SIGHUP: the keys of secure UDP stay as they are"


class Field:
    """The observer, and what is expected of it so far."""

    def __init__(self, check, o):
        self.check, self.o, self.expected, self.drops = check, o, [], {}

    def beat(self, agent, what, refused=None, session=None):
        """One beat, which counts unless it is to be refused; session: the last nonce of the one before."""
        outcome = agent.beat("ok", 3)
        if refused:
            self.drops[refused] = self.drops.get(refused, 0) + 1
            now = self.o.wait_dropped(self.drops)
            self.check(what, outcome == "sent" and now == self.drops, (outcome, now, self.drops))
            return
        who = str(agent.pid)
        if session is not None:
            self.expected.append(("session", who, str(agent.nonce), "ok", str(session)))
        self.expected.append(("beat", who, str(agent.nonce), "ok", "3"))
        self.check(what, self.o.wait(who, "beat", agent.nonce) is not None, (outcome, self.o.dropped()))


def rotate(f, o, old, new, folder):
    f.beat(new, "the new key counts")
    f.beat(old, "the old key counts while it is accepted")
    key_file(folder, "accepted", "# nobody any more")
    f.check("SIGHUP reads the keys again", o.hangup(AGAIN), o.diagnostics())
    f.beat(old, "the old key is refused and counted", refused="undecryptable")
    old.ask("reconnect")
    f.beat(old, "in a session of its own as well", refused="undecryptable")
    f.beat(new, "the new key goes on")
    failures = o.count("varta_frame_decrypt_failures_total")
    f.check("the counter of the original says so too", failures == 2, failures)


def repent(f, o, old, folder):
    """The old key comes back; what is wrong with a file changes nothing."""
    accepted = key_file(folder, "accepted", OLD)
    f.check("SIGHUP takes a key back", o.hangup(AGAIN), o.diagnostics())
    f.beat(old, "the old key counts again, from the next nonce on")
    os.chmod(accepted, 0o640)
    f.check("a file that others can read is refused", o.hangup(f"{STAY}.*insecure permissions 640"), o.diagnostics())
    f.beat(old, "and the keys stay")
    os.remove(accepted)
    f.check("so is one that is missing", o.hangup(STAY), o.diagnostics())
    f.beat(old, "and the keys stay then too")


def strangers(f, o, old):
    """No key, and a master key where there is none."""
    last = old.nonce
    old.connect("udp", o.udp)
    f.beat(old, "a frame without a seal is refused", refused="truncated")
    old.connect("master", o.udp, MASTER)
    f.beat(old, "one under a master key that nobody has too", refused="undecryptable")
    old.connect("secure", o.udp, NEW)
    f.beat(old, "with the new key it is back, in a new session", session=last)


def rotation(client, check):
    with tempfile.TemporaryDirectory(prefix="vlpd-test-") as folder, \
            Observer(folder, "--udp-port", "0", "--key-file", key_file(folder, "key", NEW),
                     "--accepted-key-file", key_file(folder, "accepted", OLD), threshold_ms=100 * THRESHOLD_MS) as o, \
            Agent(client, f"{folder}/old.stderr") as old, Agent(client, f"{folder}/new.stderr") as new:
        f = Field(check, o)
        old.connect("secure", o.udp, OLD)
        new.connect("secure", o.udp, NEW)
        rotate(f, o, old, new, folder)
        repent(f, o, old, folder)
        strangers(f, o, old)
        o.stop()
        check("all rows, with nonce, status and payload, and no others", seen(o) == f.expected, (seen(o), f.expected))
