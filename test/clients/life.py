"""life: one agent from its first beat to its last, over each transport."""
import os
import tempfile
import time

from peers import Agent, Observer

TERMINAL = 2**64 - 1
THRESHOLD_MS = 1000
KEY, MASTER = "0b" * 32, "c7" * 32


def key_file(folder, name, *keys):
    """(Over)writes a key file as vlpd wants it; returns its path."""
    path = os.path.join(folder, name)
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as f:
        f.write("".join(k + "\n" for k in keys))
    return path


class Way:
    """A transport: what the observer is started with, and how an agent gets there.

    sealed     a new session is known as such; else only silence tells
    """

    def __init__(self, name, sealed=False):
        self.name, self.sealed = name, sealed

    def flags(self, folder, port=0):
        if self.name == "uds":
            return []
        udp = ["--udp-bind-addr", "127.0.0.1", "--udp-port", str(port)]
        if self.name == "udp":
            return udp + ["--i-accept-plaintext-udp"]
        keys = ["--key-file", key_file(folder, "key", KEY)]
        return udp + keys + (["--master-key-file", key_file(folder, "master", MASTER)] if self.name == "master" else [])

    def connect(self, o, to=None):
        key = {"secure": [KEY], "master": [MASTER]}.get(self.name, [])
        return [self.name, to or (o.socket if self.name == "uds" else o.udp), *key]

    def hook(self, o, to=None):
        """The frame of a dying agent is always under the shared key."""
        return ["secure", to or o.udp, KEY] if self.sealed else self.connect(o, to)

    def source(self, o):
        """The label of the source on the metrics page."""
        return o.socket if self.name == "uds" else "udp"

    def opens(self, client):
        """A forked child's frames open: a defect of the Rust client is that it keeps its parent's key."""
        return not (self.name == "master" and client.name == "Rust")


WAYS = [Way("uds"), Way("udp"), Way("secure", sealed=True), Way("master", sealed=True)]
SEALED = [w for w in WAYS if w.sealed]


class Play:
    """One agent and one observer, and what is expected of its rows so far."""

    def __init__(self, way, client, check, o, agent):
        self.way, self.client, self.check, self.o, self.agent = way, client, check, o, agent
        self.expected, self.drops = [], {}
        self.sent = 0

    @property
    def who(self):
        return str(self.agent.pid)

    def beat(self, status="ok", payload=0, lost=None):
        """A beat that is sent, and counts unless it is expected to be lost."""
        outcome = self.agent.beat(status, payload)
        self.sent += 1
        if outcome != "sent":
            self.check(f"beat {self.agent.nonce} is sent", False, outcome)
        if lost:
            self.drops[lost] = self.drops.get(lost, 0) + 1
        else:
            self.expected.append(("beat", self.who, str(self.agent.nonce), status, str(payload)))

    def session(self, old):
        """The last beat began one."""
        beat = self.expected.pop()
        self.expected += [("session", self.who, beat[2], beat[3], str(old)), beat]

    def died(self, who):
        self.sent += 1
        self.expected.append(("beat", who, str(TERMINAL), "critical", "0"))
        if self.way.name == "uds":
            self.expected.append(("exit", who, str(TERMINAL), "critical", "-"))



def seen(o):
    """The log without what silence wrote into it: that depends on how busy the machine is."""
    return [tuple(r[1:]) for r in o.rows() if r.kind not in ("stall", "recovered", "start", "stop", "clock")]


def silence(p):
    """A stall, and the beat that ends it."""
    begin = time.monotonic()
    p.beat("critical", 0)
    before = p.agent.nonce
    stall = p.o.wait(p.who, "stall", before)
    p.check("silence is a stall", stall is not None, p.o.rows()[-3:])
    p.beat("ok", 8)
    back = p.o.wait(p.who, "recovered", p.agent.nonce)
    most = (time.monotonic() - begin) * 1e9
    p.check("the next beat ends it, with its length",
            back is not None and THRESHOLD_MS * 1e6 <= int(back.payload) <= most, back)
    p.check("one stall for one silence", [r.nonce for r in p.o.of(p.who) if r.kind == "stall"].count(str(before)) == 1)


def connections(p):
    """The same agent by a new socket, and a new one of the same process."""
    p.agent.ask("reconnect")
    p.beat("ok", 9)
    p.agent.connect(*p.way.connect(p.o))
    old = 9
    if p.way.name == "udp":
        p.beat("ok", 10, lost="out_of_order")
        p.check("without a seal nonce 1 so soon may be an old frame", p.o.wait_dropped(p.drops) == p.drops, p.o.dropped())
        p.check("and ends no silence", p.o.wait(p.who, "stall", old) is not None)
        p.agent.connect(*p.way.connect(p.o))
    p.beat("ok", 10)
    p.session(old)


def child(p):
    """A forked child is an agent of its own, and dies like one."""
    p.agent.fork()
    lost = None if p.way.opens(p.client) else "undecryptable"
    p.beat("ok", 77, lost)
    p.beat("degraded", 78, lost)
    who = p.who
    code = p.agent.leave("fail")
    p.check("a child that fails does so as without an observer", code == p.client.failure, code)
    p.died(who)
    p.check("its last frame counts", p.o.wait(who, "beat", TERMINAL) is not None, p.o.dropped(p.way.source(p.o)))
    if p.way.name == "uds":
        p.check("and its end is told", p.o.wait(who, "exit", TERMINAL) is not None)
    p.beat("ok", 79)


def end(p):
    who = p.who
    code = p.agent.fail()
    p.check("the agent fails as without an observer", code == p.client.failure, code)
    p.check("and still says why on stderr", p.agent.complaint().count("the end of the agent\n") == 2, p.agent.complaint())
    p.died(who)
    p.check("the last frame of a dying process counts", p.o.wait(who, "beat", TERMINAL) is not None)
    p.check("the dead are silent", p.o.wait(who, "stall", TERMINAL) is not None)
    if p.way.name == "uds":
        p.check("its end is told", p.o.wait(who, "exit", TERMINAL) is not None)


def life(way, client, check):
    with tempfile.TemporaryDirectory(prefix="vlpd-test-") as folder, \
            Observer(folder, *way.flags(folder), threshold_ms=THRESHOLD_MS) as o, \
            Agent(client, f"{folder}/agent.stderr") as agent:
        p = Play(way, client, check, o, agent)
        agent.ask("hook", *way.hook(o))
        agent.connect(*way.connect(o))
        for n in range(1, 6):
            p.beat("ok", n)
        p.beat("degraded", 2**32 - 1)
        silence(p)
        connections(p)
        child(p)
        end(p)
        source = way.source(o)
        check("what was refused", o.wait_dropped(p.drops, source) == p.drops, o.dropped(source))
        received = o.count("varta_frames_received_total", source=source)
        check("every frame came", received == p.sent, (received, p.sent))
        o.stop()
        check("all rows, with nonce, status and payload, and no others", seen(o) == p.expected, (seen(o), p.expected))
