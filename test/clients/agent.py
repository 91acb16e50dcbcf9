"""An agent with the official Python client. It does what it is told, a line at a time, and answers each with one line.

    connect uds PATH | udp IP:PORT | secure IP:PORT KEY | master IP:PORT KEY
    hook uds PATH | udp IP:PORT | secure IP:PORT KEY      an exception is told before we die of it
    beat STATUS PAYLOAD       answers what became of it
    reconnect; after N        by hand; by itself after N dropped beats
    fork                      answers the child's pid; from then on the child obeys, and we when it has ended
    fail                      dies of an exception; no answer
    exit                      the end of a child
    stumble; race N           Rust only: a thread panics and is gone; N beats at once

KEY is 64 hex digits. The first line of all is our pid.
"""
import os
import sys

from varta import Status, Varta, panic


def address(text):
    ip, port = text.rsplit(":", 1)
    return ip, int(port)


CONNECT = {
    "uds": Varta.connect,
    "udp": lambda to: Varta.connect_udp(address(to)),
    "secure": lambda to, key: Varta.connect_secure_udp(address(to), bytes.fromhex(key)),
    "master": lambda to, key: Varta.connect_secure_udp_with_master(address(to), bytes.fromhex(key)),
}
HOOK = {
    "uds": panic.install_excepthook_uds,
    "udp": lambda to: panic.install_excepthook_udp(address(to)),
    "secure": lambda to, key: panic.install_excepthook_secure_udp(address(to), bytes.fromhex(key)),
}


def say(text):
    print(text, flush=True)


def fork():
    child = os.fork()
    if child == 0:
        say(os.getpid())
        return
    say(f"ended with {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}")


def main():
    agent = None
    say(os.getpid())
    while words := sys.stdin.readline().split():
        verb, *rest = words
        if verb == "connect":
            agent = CONNECT[rest[0]](*rest[1:])
        elif verb == "hook":
            HOOK[rest[0]](*rest[1:])
        elif verb == "beat":
            say(agent.beat(Status[rest[0].upper()], int(rest[1])))
            continue
        elif verb == "reconnect":
            agent.reconnect()
        elif verb == "after":
            agent.set_reconnect_after(int(rest[0]))
        elif verb == "fork":
            fork()
            continue
        elif verb == "fail":
            raise RuntimeError("the end of the agent")
        elif verb == "exit":
            return
        else:
            raise ValueError(verb)
        say("done")


main()
