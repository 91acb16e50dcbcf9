"""process: a Linux program with vlp_linux.h and the real observer: what test/clients asks of the official clients, and more."""
import errno
import os
import signal
import sys
import tempfile

from toolchains import HERE, SRC, build, vlpt

sys.path.insert(0, str(HERE.parent / "clients"))
import life  # noqa: E402
import restart  # noqa: E402
from peers import Agent, Client, Observer  # noqa: E402

UDS = life.WAYS[0]
TERMINAL = str(2**64 - 1)


def client(sanitized=False):
    flags = ["-g", "-fsanitize=undefined", "-fno-sanitize-recover=all"] if sanitized else []
    program = build("agent", ["gcc", "-std=gnu99", "-O2", "-Wall", "-Wextra", "-Werror", *flags], SRC / "agent.c")
    return Client("C", [str(program)], failure=-signal.SIGABRT, burns=False, first=0)


def scene(name, function, c, report):
    """A scenario of test/clients; its checks under our name."""
    try:
        function(c, lambda text, ok, detail="": report.check(f"{name}: {text}", ok, "" if ok else detail))
    except (OSError, EOFError, RuntimeError, ValueError) as e:
        report.check(f"{name}: to its end", False, repr(e))


def outcomes(c, check):
    """Every outcome, and that only what was sent has used its nonce up."""
    with tempfile.TemporaryDirectory(prefix="vlpd-test-") as folder, Agent(c, f"{folder}/stderr") as agent:
        path = f"{folder}/s"
        check("a beat of a handle that was not opened fails, and standard input stays", agent.beat() == "failed" and agent.ask("error") == "9")
        check("open without an observer says so", agent.ask("connect", "uds", path) == "No such file or directory")
        check("a beat then is dropped", agent.beat() == "dropped: no observer")
        check("a path that is too long", agent.ask("connect", "uds", "/" + "x" * 110) == "File name too long")
        agent.ask("connect", "uds", path)
        with Observer(folder, threshold_ms=60000) as o:
            check("without reconnect it stays so", [agent.beat() for _ in range(3)] == ["dropped: no observer"] * 3)
            agent.ask("after", 1)
            check("with it, the next beat is there", agent.beat() == "sent" and o.wait(str(agent.pid), "beat", 1) is not None)
            check("stall is refused here", agent.beat("stall") == "failed" and agent.ask("error") == "22")
            check("so is what is no status", agent.beat("fine") == "failed")
            os.kill(o.pid, signal.SIGSTOP)
            said = "sent"
            while said == "sent" and agent.nonce < 10000:
                said = agent.beat()
            os.kill(o.pid, signal.SIGCONT)
            check("a full queue drops, and blocks nobody", said == "dropped: kernel queue full" and agent.ask("error") == "11", said)
            check("all that was sent arrives", o.wait(str(agent.pid), "beat", agent.nonce) is not None)
            check("then it goes on", agent.beat() == "sent" and o.wait(str(agent.pid), "beat", agent.nonce) is not None)
            nonces = [int(r.nonce) for r in o.of(str(agent.pid)) if r.kind == "beat"]
            check("without a gap", nonces == list(range(1, agent.nonce + 1)), nonces[-5:])


def exhausted(c, check):
    """No descriptor left: a beat needs none, connecting does."""
    with tempfile.TemporaryDirectory(prefix="vlpd-test-") as folder, Agent(c, f"{folder}/stderr") as agent:
        with Observer(folder, threshold_ms=60000) as o:
            agent.connect("uds", o.socket)
            agent.ask("after", 1)
            agent.ask("hold", 0)
            check("a beat needs no descriptor", agent.beat() == "sent")
            check("connecting does", agent.ask("reconnect") == "Too many open files" and agent.beat() == "sent")
            o.stop()
        check("gone, and it is told what is missing", agent.beat() == "failed" and agent.ask("error") == str(errno.EMFILE))


def forbidden(c, check):
    """The observer comes later, with a socket that is not for this user: that, and not that nobody was there at first."""
    with tempfile.TemporaryDirectory(prefix="vlpd-test-") as folder, Agent(c, f"{folder}/stderr") as agent:
        os.chmod(folder, 0o755)
        agent.ask("connect", "uds", f"{folder}/s")
        agent.ask("after", 1)
        check("nobody is there", agent.beat() == "dropped: no observer")
        agent.ask("user", 65534)
        with Observer(folder, threshold_ms=60000):
            check("somebody is, for others", agent.beat() == "failed" and agent.ask("error") == str(errno.EACCES))


def wrap(c, check):
    """The nonce's last numbers, at the observer too."""
    with tempfile.TemporaryDirectory(prefix="vlpd-test-") as folder, Agent(c, f"{folder}/stderr") as agent:
        with Observer(folder, threshold_ms=60000) as o:
            agent.connect("uds", o.socket)
            agent.ask("nonce", 2**64 - 4)
            said = [agent.beat() for _ in range(4)]
            row = o.wait(str(agent.pid), "beat", 1)
            got = [r.nonce for r in o.of(str(agent.pid)) if r.kind == "beat"]
            check("after 2^64-2 comes 0, and 2^64-1 is left out", said == ["sent"] * 4 and row is not None
                  and got == [str(2**64 - 3), str(2**64 - 2), "0", "1"], got)
            check("the observer knows it for a wrap", o.count("varta_nonce_wrap_total") == 1)


def deaths(c, check):
    """Last words: at a fault, beside a handler of the program's own, by kill(1), hooked twice, at a trapped call, after the observer was replaced."""
    for how, end, words in (("fault", -signal.SIGSEGV, ""), ("fail", -signal.SIGABRT, "own handler"), ("kill", -signal.SIGABRT, ""),
                            ("twice", -signal.SIGSEGV, ""), ("refused", -signal.SIGSYS, ""), ("restarted", -signal.SIGSEGV, "")):
        with tempfile.TemporaryDirectory(prefix="vlpd-test-") as folder, Agent(c, f"{folder}/stderr") as agent:
            o = Observer(folder, threshold_ms=60000)
            try:
                if words:
                    agent.ask("handler")
                agent.ask("hook", "uds", o.socket)
                if how == "twice":
                    agent.ask("hook", "uds", o.socket)
                if how == "restarted":
                    o.close()
                    o = Observer(folder, threshold_ms=60000)
                if how == "kill":
                    os.kill(agent.pid, signal.SIGABRT)
                else:
                    agent.proc.stdin.write({"fail": b"fail\n", "refused": b"refused\n"}.get(how, b"fault\n"))
                code = agent.proc.wait(10)
                row = o.wait(str(agent.pid), "beat", TERMINAL)
                check(f"{how}: it dies of what it would have died of", code == end, code)
                check(f"{how}: its last frame counts, once", row is not None and row.status == "critical"
                      and sum(r.kind == "beat" for r in o.of(str(agent.pid))) == 1, o.rows())
                check(f"{how}: a handler that was there before runs too", words in agent.complaint(), agent.complaint())
            finally:
                o.close()


def tests(report):
    vlpt.daemon_path()
    c = client(sanitized=True)
    scene("process, life", lambda *a: life.life(UDS, *a), c, report)
    scene("process, restart", lambda *a: restart.restart(UDS, *a), c, report)
    for function in (outcomes, exhausted, forbidden, wrap, deaths):
        scene(f"process, {function.__name__}", function, c, report)
