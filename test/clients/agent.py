"""An agent with the official Python client: beats, goes silent, comes back, forks, connects again, dies of an exception.

Run with the client's own interpreter: agent.py SOCKET. It prints its pid, then
its forked child's, then what became of each of its beats.
"""
import os
import sys
import time

from varta import Status, Varta
from varta.panic import install_excepthook_uds

path = sys.argv[1]
install_excepthook_uds(path)
agent = Varta.connect(path)
print(os.getpid(), flush=True)
outcomes = [agent.beat(Status.OK, n) for n in range(1, 6)]
outcomes.append(agent.beat(Status.DEGRADED, 4294967295))
outcomes.append(agent.beat(Status.CRITICAL, 0))
time.sleep(0.8)  # longer than the threshold: a stall
outcomes.append(agent.beat(Status.OK, 8))

child = os.fork()
if child == 0:
    sent = agent.beat(Status.OK, 77).is_sent
    time.sleep(0.1)
    os._exit(0 if sent else 9)
print(child, flush=True)
print("child", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

again = Varta.connect(path)
outcomes.append(again.beat(Status.OK, 9))
print("sent", sum(o.is_sent for o in outcomes), "of", len(outcomes), flush=True)
raise RuntimeError("the end of the agent")
