"""peers: the clients, installed and driven; the observer they talk to; a wire between them that can be looked at."""
import functools
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import vlpt  # noqa: E402

PATIENCE = 10  # s that anything may take before it counts as not happening


class Client:
    """One of the official clients.

    command    what runs the agent that is made with it
    failure    exit code of an agent that dies of an error
    burns      a beat that was not sent has used its nonce up (Rust), or has not (Python)
    first      the counter of a session's first sealed frame
    """

    def __init__(self, name, command, failure, burns, first):
        self.name, self.command, self.failure, self.burns, self.first = name, command, failure, burns, first


def python_client():
    """An environment with the client from PyPI in it."""
    venv = vlpt.CACHE / "varta-python-0.2.0-secure"
    if not (venv / "complete").exists():
        print("installing varta[secure] 0.2.0 from PyPI into", venv, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        subprocess.run([venv / "bin/pip", "install", "-q", "--disable-pip-version-check", "varta[secure]==0.2.0"], check=True)
        (venv / "complete").touch()
    return Client("Python", [str(venv / "bin/python"), f"{HERE}/agent.py"], failure=1, burns=False, first=0)


def rust_client():
    """Builds in a copy, so that cargo leaves nothing in the checkout."""
    work = vlpt.CACHE / "varta-client-0.2.0"
    print("building an agent with varta-client 0.2.0 in", work, flush=True)
    shutil.copytree(f"{HERE}/rust", work, dirs_exist_ok=True)
    subprocess.run(["cargo", "build", "--quiet", "--release"], cwd=work, check=True)
    return Client("Rust", [str(work / "target/release/agent")], failure=101, burns=True, first=1)


@functools.cache
def daemon():
    """vlpd, built once."""
    return vlpt.daemon_path()


class Agent:
    """A process that beats when it is told to; see agent.py for the words.

    pid and nonce are of the process that obeys at the moment, which may be a
    forked child; nonce is that of its last beat, as the client counts.
    """

    def __init__(self, client, stderr):
        self.client, self.parents = client, []
        self.stderr = open(stderr, "w+", encoding="utf-8")
        self.proc = subprocess.Popen(client.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.stderr, bufsize=0)
        self.pid, self.nonce = int(self._answer("its start")), 0

    def ask(self, *words):
        """Tells it something and returns its answer, which must come in time."""
        self.proc.stdin.write((" ".join(map(str, words)) + "\n").encode())
        return self._answer(" ".join(map(str, words)))

    def _answer(self, what):
        line, end = b"", time.monotonic() + PATIENCE
        while not line.endswith(b"\n"):
            if not select.select([self.proc.stdout], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError(f"the {self.client.name} agent did not answer to {what}")
            more = self.proc.stdout.read(4096)
            if not more:
                raise EOFError(f"the {self.client.name} agent ended at {what}: {self.complaint()[-400:]}")
            line += more
        return line.decode().strip()

    def connect(self, *how):
        self.ask("connect", *how)
        self.nonce = 0

    def beat(self, status="ok", payload=0):
        """One beat; returns what became of it. A beat that was sent had self.nonce."""
        outcome = self.ask("beat", status, payload)
        if outcome == "sent" or self.client.burns:
            self.nonce += 1
        return outcome

    def fork(self):
        pid = int(self.ask("fork"))
        self.parents.append((self.pid, self.nonce))
        self.pid, self.nonce = pid, 0

    def leave(self, how="exit"):
        """Ends the child, and returns its exit code; the parent obeys again."""
        answer = self.ask(how)
        self.pid, self.nonce = self.parents.pop()
        return int(answer.removeprefix("ended with "))

    def fail(self):
        """Has it die of an error; returns its exit code."""
        self.proc.stdin.write(b"fail\n")
        return self.proc.wait(PATIENCE)

    def complaint(self):
        self.stderr.seek(0)
        return self.stderr.read()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.proc.poll() is None:
            self.proc.kill()  # a child of it reads the end of its commands and leaves
            self.proc.wait()
        for f in (self.proc.stdin, self.proc.stdout, self.stderr):
            f.close()


class Observer(vlpt.Observer):
    """vlpd with metrics; the address of its UDP socket, if it has one; and what its log says of one agent."""

    def __init__(self, folder, *args, **options):
        stderr = os.path.join(folder, "stderr")
        self.said = os.path.getsize(stderr) if os.path.exists(stderr) else 0  # what a run before has left
        super().__init__(daemon(), *args, prom=True, folder=folder, **options)
        ready = self.wait_words(r"ready: .*?(?:; UDP ([\d.]+:\d+))?(?:; log|$)")
        self.udp = ready and ready.group(1)

    def wait_words(self, pattern):
        """Polls stderr of this run until it has said that; returns the match, or None."""
        return vlpt.wait_for(lambda: re.search(pattern, self.diagnostics()[self.said:], re.M), PATIENCE)

    def hangup(self, pattern):
        """Sends SIGHUP; returns whether it then says the words."""
        self.said = os.path.getsize(self.stderr_path)
        os.kill(self.pid, signal.SIGHUP)
        return self.wait_words(pattern) is not None

    def of(self, who):
        return [r for r in self.rows() if r.who == who]

    def wait(self, who, kind, nonce):
        """Polls the log for a row; returns it, or None when it does not come."""
        def look():
            return next((r for r in self.of(who) if r.kind == kind and r.nonce == str(nonce)), None)
        return vlpt.wait_for(look, PATIENCE)

    def count(self, name, **labels):
        return vlpt.metric(self.scrape(), name, **labels) or 0

    def dropped(self, source="udp"):
        """What was dropped of a source, by reason."""
        text = self.scrape()
        found = re.findall(r'^varta_frames_dropped_total\{(.*)\} (\d+)$', text, re.M)
        pairs = [(dict(re.findall(r'(\w+)="([^"]*)"', labels)), int(n)) for labels, n in found]
        return {have["reason"]: n for have, n in pairs if n and have["source"] == source}

    def wait_dropped(self, want, source="udp"):
        """Polls until exactly that was dropped; returns what was."""
        vlpt.wait_for(lambda: self.dropped(source) == want, PATIENCE)
        return self.dropped(source)


class Wire:
    """Stands between clients and the observer, keeps each datagram and passes it on."""

    def __init__(self, to):
        ip, port = to.rsplit(":", 1)
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.settimeout(PATIENCE)
        self.observer = (ip, int(port))
        self.address = "127.0.0.1:%d" % self.sock.getsockname()[1]

    def take(self):
        """Waits for the next datagram of a client; it is not passed on."""
        return self.sock.recv(2048)

    def put(self, datagram):
        self.sock.sendto(datagram, self.observer)

    def carry(self):
        datagram = self.take()
        self.put(datagram)
        return datagram

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.sock.close()
