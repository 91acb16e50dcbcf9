"""stumble: a thread panics and its process lives on. Only Rust's hook is called then; Python's is for the end of a process."""
import os
import signal
import tempfile

from life import TERMINAL, THRESHOLD_MS
from peers import PATIENCE, Agent, Observer, vlpt


def age(o, agent):
    """Has it count beyond 2**20, from where on a nonce no longer looks like a start. Nobody receives meanwhile, and the
    kernel drops what finds no room; the client counts on all the same."""
    os.kill(o.pid, signal.SIGSTOP)
    try:
        agent.ask("race", 2**20)
        agent.nonce += 2**20
    finally:
        os.kill(o.pid, signal.SIGCONT)


def settled(o, agent):
    """Beats until one is in the log: what waited before it may have left no room."""
    def one():
        return agent.beat("ok", 2) == "sent" and vlpt.wait_for(lambda: seen(o, agent), 0.5)
    return vlpt.wait_for(one, PATIENCE)


def seen(o, agent):
    """Whether the agent's last beat is in the log."""
    return any(r.kind == "beat" and r.nonce == str(agent.nonce) for r in o.of(str(agent.pid)))


def stumble(way, late, client, check):
    if client.name != "Rust":
        return
    with tempfile.TemporaryDirectory(prefix="vlpd-test-") as folder, \
            Observer(folder, *way.flags(folder), threshold_ms=100 * THRESHOLD_MS) as o, \
            Agent(client, f"{folder}/agent.stderr") as agent:
        agent.ask("hook", *way.hook(o))
        agent.connect(*way.connect(o))
        agent.beat("ok", 1)
        if late:
            age(o, agent)
        check("it beats", settled(o, agent), o.dropped(way.source(o)))
        agent.ask("stumble")
        check("a thread's panic is told", o.wait(str(agent.pid), "beat", TERMINAL) is not None)
        agent.beat("ok", 3)
        vlpt.wait_for(lambda: seen(o, agent) or o.dropped(way.source(o)), PATIENCE)
        check("the beats of the process that lives on count", seen(o, agent), o.dropped(way.source(o)))
