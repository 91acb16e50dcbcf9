"""sessions: what goes over the wire when sealed clients connect, connect again and fork, and what becomes of copies."""
import socket
import struct
import tempfile

from life import TERMINAL, THRESHOLD_MS, seen
from peers import Agent, Observer, Wire


class Tap:
    """An agent behind a wire; what its frames have in clear, and what is expected of the log."""

    def __init__(self, way, client, check, o, wire, agent):
        self.way, self.client, self.check, self.o, self.wire, self.agent = way, client, check, o, wire, agent
        self.expected, self.drops, self.prefixes = [], {}, []

    def beat(self, carry=True):
        """Sends a beat; returns its datagram, which has been passed on unless carry is False."""
        outcome = self.agent.beat("ok", 5)
        if outcome != "sent":
            raise RuntimeError(f"beat {self.agent.nonce}: {outcome}")
        return self.wire.carry() if carry else self.wire.take()

    def accepted(self, nonce=None, status="ok", payload=5, who=None):
        nonce = self.agent.nonce if nonce is None else nonce
        self.expected.append(("beat", who or str(self.agent.pid), str(nonce), status, str(payload)))

    def refused(self, reason, what, n=1):
        self.drops[reason] = self.drops.get(reason, 0) + n
        self.check(what, self.o.wait_dropped(self.drops) == self.drops, (self.o.dropped(), self.drops))

    def head(self, datagram):
        """The prefix and the counter, which are in clear, and the pid if the form has it."""
        at = len(datagram) - 60
        pid = struct.unpack("<I", datagram[:4])[0] if at else None
        return datagram[at:at + 8], struct.unpack("<I", datagram[at + 8:at + 12])[0], pid

    def first(self, datagram, what):
        """The datagram is the first of a session that was never there before."""
        prefix, counter, pid = self.head(datagram)
        form = 64 if self.way.name == "master" else 60
        ok = prefix not in self.prefixes and counter == self.client.first and len(datagram) == form
        ok = ok and pid == (self.agent.pid if form == 64 else None)
        self.check(what, ok, (self.head(datagram), len(datagram), self.prefixes))
        self.prefixes.append(prefix)


def reconnected(t):
    """Connected again the same agent goes on with its nonces, under another prefix."""
    one = t.beat()
    t.accepted()
    t.first(one, "the first frame has the first counter")
    two = t.beat()
    t.accepted()
    t.check("the next has the next", t.head(two)[:2] == (t.head(one)[0], t.client.first + 1), t.head(two))
    t.agent.ask("reconnect")
    three = t.beat()
    t.accepted()
    t.first(three, "connected again it has another prefix")
    return [one, two, three]


def copies(t, frames):
    """Neither copies, nor from elsewhere, nor overtaken, nor touched frames count."""
    for f in frames:
        t.wire.put(f)
    t.refused("replayed", "copies are refused", len(frames))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere:
        for f in frames:
            elsewhere.sendto(f, t.wire.observer)
        t.refused("replayed", "from another address too", len(frames))
    early = t.beat(carry=False)
    t.beat()
    t.accepted()
    t.wire.put(early)
    t.refused("replayed", "one that another has overtaken is refused")
    touched = bytearray(t.beat(carry=False))
    late = bytes(touched)
    touched[-1] ^= 1
    t.wire.put(touched)
    t.refused("undecryptable", "one that somebody has touched does not open")
    t.agent.ask("reconnect")
    t.first(t.beat(), "connected once more it has another prefix")
    t.accepted()
    t.wire.put(late)
    t.refused("out_of_order", "one of the session before that was held back says nothing new")


def again(t):
    """Another client of the same process: nonce 1, and the seal proves that it is new. What was held back on its way from
    the one before has a higher nonce, and must not put the new one behind."""
    old = t.agent.nonce
    late = t.beat(carry=False)
    t.agent.connect(*t.way.connect(t.o, t.wire.address))
    t.first(t.beat(), "another client has another prefix")
    t.expected.append(("session", str(t.agent.pid), "1", "ok", str(old)))
    t.accepted()
    t.wire.put(late)
    t.refused("out_of_order", "a higher nonce of the client before is refused")


def forked(t):
    """A child has a prefix of its own; in the parent nothing changes."""
    before = t.beat()
    t.accepted()
    t.agent.fork()
    who = str(t.agent.pid)
    t.first(t.beat(), "a forked child has another prefix")
    if t.way.opens(t.client):
        t.accepted()
    else:
        t.refused("undecryptable", "its frames do not open, as its key is its parent's")
    t.agent.leave("fail")
    died(t, who, "a forked child")
    after = t.beat()
    t.accepted()
    prefix, counter, _ = t.head(before)
    t.check("the parent goes on in its session", t.head(after)[:2] == (prefix, counter + 1), (t.head(before), t.head(after)))


def died(t, who, what):
    """The last frame: always of the short form, and its prefix is its own."""
    last = t.wire.carry()
    prefix = t.head(last)[0]
    ok = len(last) == 60 and prefix not in t.prefixes
    t.check(f"the last frame of {what} has 60 bytes and another prefix", ok, t.head(last))
    t.prefixes.append(prefix)
    t.check(f"the last frame of {what} counts", t.o.wait(who, "beat", TERMINAL) is not None, t.o.dropped())
    t.accepted(TERMINAL, "critical", 0, who)
    t.wire.put(last)
    t.refused("replayed", f"a copy of the last frame of {what} does not")


def sessions(way, client, check):
    with tempfile.TemporaryDirectory(prefix="vlpd-test-") as folder, \
            Observer(folder, *way.flags(folder), threshold_ms=100 * THRESHOLD_MS) as o, \
            Wire(o.udp) as wire, Agent(client, f"{folder}/agent.stderr") as agent:
        t = Tap(way, client, check, o, wire, agent)
        agent.ask("hook", *way.hook(o, wire.address))
        agent.connect(*way.connect(o, wire.address))
        copies(t, reconnected(t))
        again(t)
        forked(t)
        agent.fail()
        died(t, str(agent.pid), "the agent")
        o.stop()
        check("all rows, with nonce, status and payload, and no others", seen(o) == t.expected, (seen(o), t.expected))


def stall_on_wire(client, check):
    """The observer alone may say stall: Python's client keeps to that, Rust's sends it and is refused."""
    with tempfile.TemporaryDirectory(prefix="vlpd-test-") as folder, \
            Observer(folder, threshold_ms=100 * THRESHOLD_MS) as o, Agent(client, f"{folder}/agent.stderr") as agent:
        agent.connect("uds", o.socket)
        outcome = agent.beat("stall", 1)
        sent = client.name == "Rust"
        check("the client's answer", outcome == ("sent" if sent else "failed: errno=0 kind=InvalidInput"), outcome)
        agent.beat("ok", 2)
        check("the next beat counts", o.wait(str(agent.pid), "beat", agent.nonce) is not None, o.rows())
        dropped = o.dropped(o.socket)
        check("what came of it was refused", dropped == ({"decode": 1} if sent else {}), dropped)
        check("and is counted by its name", o.count("varta_decode_errors_total", kind="stall_on_wire") == sent)
        o.stop()
        refusals = [r.payload for r in o.rows() if r.kind == "decode"]
        check("and told in the log", refusals == ["StallOnWire"] * sent, refusals)
