"""restart: the observer ends and comes back under a client that runs on and connects again by itself."""
import signal
import tempfile

from life import THRESHOLD_MS
from peers import Agent, Observer


def beats_away(way, agent, check):
    """Beats that nobody hears. A socket is taken apart by the first. On UDP the kernel tells only with the next one, which
    the client then sends again, from another port and in another session."""
    outcomes = [agent.beat("ok", 2) for _ in range(3)]
    want = ["dropped: no observer", "dropped: peer gone", "dropped: peer gone"] if way.name == "uds" else ["sent"] * 3
    check("while it is away beats are lost, and nothing worse", outcomes == want, outcomes)


def beats_again(way, agent, check, o, payload):
    """The first beat that the client calls sent must be in the log of the observer that is back."""
    outcomes = []
    while outcomes[-1:] != ["sent"] and len(outcomes) < 2:
        outcomes.append(agent.beat("ok", payload))
    check("when it is back the client is too, after two beats at most", outcomes[-1] == "sent", outcomes)
    row = o.wait(str(agent.pid), "beat", agent.nonce)
    check("and goes on with its nonces", row is not None and row.payload == str(payload), o.rows())
    dropped = o.dropped(way.source(o))
    check("nothing of it is refused", dropped == {}, dropped)
    return str(agent.nonce)


def restart(way, client, check):
    """Ended in order, ended by SIGKILL, which leaves the socket's file behind, and back each time."""
    with tempfile.TemporaryDirectory(prefix="vlpd-test-") as folder, Agent(client, f"{folder}/agent.stderr") as agent:
        heard, port = [], 0
        for payload, end in enumerate((signal.SIGTERM, signal.SIGKILL, signal.SIGTERM), 100):
            with Observer(folder, *way.flags(folder, port), threshold_ms=100 * THRESHOLD_MS) as o:
                if not heard:
                    agent.connect(*way.connect(o))
                    agent.ask("after", 2 if way.name == "uds" else 1)
                port = o.udp and o.udp.rsplit(":", 1)[1]
                heard.append(beats_again(way, agent, check, o, payload))
                o.stop(end)
            if payload < 102:
                beats_away(way, agent, check)
        rows = [(r.kind, r.nonce) for r in o.of(str(agent.pid)) if r.kind != "exit"]
        check("each observer heard one beat, and none begins a session", rows == [("beat", n) for n in heard], rows)
