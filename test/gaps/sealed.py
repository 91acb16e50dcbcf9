"""sealed: defects of secure UDP."""
import os
import tempfile
import contextlib

from agents import UDP, beats, count, free_port
from rig import KEYS, Watched, secret
import seal

import vlpt

PLAIN = "--i-accept-plaintext-udp"


@contextlib.contextmanager
def listening(program, *flags, extra=()):
    """An observer with secure UDP; flags are those of key files, whose keys are KEYS in that order."""
    with tempfile.TemporaryDirectory(prefix="vlpd-gaps-") as d:
        port, files = free_port(), []
        for flag, key in zip(flags, KEYS):
            files += [flag, secret(d, flag[2:], key)]
        with Watched(program, "--udp-port", str(port), *files, *extra, prom=True, threshold_ms=60000, folder=d) as o:
            yield o, UDP(port)


def prefix(n):
    return bytes([n]) * 8


def counted(observer, *names):
    page = observer.scrape()
    return [int(vlpt.metric(page, n) or 0) for n in names]


def gap13_sealed(gap):
    """The tail of an oversize sealed datagram is ignored, and the rest is a beat."""
    def oversize(program):
        with listening(program, "--master-key-file") as (o, s):
            s.raw(seal.mastered(KEYS[0], 4242, prefix(1), 1, vlpt.frame(4242, 1)) + b"\0")
            s.raw(seal.mastered(KEYS[0], 4243, prefix(1), 1, vlpt.frame(4243, 1)))
            count(o, "varta_beats_total", 1, pid="4243")
            rows = o.wait_rows(lambda rows: beats(rows, 4243), 1) or o.rows()
            return {"beats of the oversize one": len(beats(rows, 4242)), "of the good one": len(beats(rows, 4243))}
    gap.probe("it is no beat", oversize, lambda got: list(got.values()) == [0, 1])


def gap29(gap):
    """--accepted-key-file alone is ignored: with the plaintext flag the listener is open to all."""
    def accepted(program):
        with listening(program, "--accepted-key-file", extra=(PLAIN,)) as (o, s):
            s.beat(4242, 1)
            s.raw(seal.shared(KEYS[0], prefix(1), 1, vlpt.frame(4243, 1)))
            o.wait_rows(lambda rows: beats(rows), 1)
            vlpt.wait_for(lambda: sum(counted(o, "varta_truncated_datagrams_total", "varta_beats_total")) >= 2, 1)
            return {"plain beats": len(beats(o.rows(), 4242)), "sealed beats": len(beats(o.rows(), 4243))}
    gap.probe("its keys count, and plain frames do not", accepted, lambda got: list(got.values()) == [0, 1])
    gap.go_tests("secure.TestLoad")


def gap30(gap):
    """Replays count as decrypt failures; after two sessions, or from another port, a replay is accepted."""
    names = ("varta_secure_replay_refused_total", "varta_frame_decrypt_failures_total", "varta_source_beats_total")
    with listening(gap.daemon, "--key-file") as (o, s):
        frames = [seal.shared(KEYS[0], prefix(n), 7, vlpt.frame(4242, 10 + n)) for n in (1, 2, 3)]
        for f in frames:
            s.raw(f)
        count(o, "varta_source_beats_total", 3, source="udp")
        s.raw(frames[2])
        count(o, names[0], 1)
        gap.check("a replay has a counter of its own", counted(o, *names) == [1, 0, 3], counted(o, *names))
        s.raw(frames[0])
        count(o, names[0], 2)
        gap.check("a frame of the session before last is a replay", counted(o, *names) == [2, 0, 3], counted(o, *names))
        UDP(s.sock.getpeername()[1]).raw(frames[0])
        count(o, names[0], 3)
        gap.check("also from another port", counted(o, *names) == [3, 0, 3], counted(o, *names))
        s.raw(seal.shared(KEYS[1], prefix(4), 7, vlpt.frame(4242, 20)))
        count(o, names[1], 1)
        gap.check("and a frame that no key opens is told apart", counted(o, *names) == [3, 1, 3], counted(o, *names))
    gap.go_tests("secure.TestFullTable", "secure.TestNoSessionIsForgotten", "secure.TestEarlierSession")


def gap31(gap):
    """Attempts with the master key are not counted."""
    def attempts(program):
        with listening(program, "--master-key-file") as (o, s):
            for n in (1, 2, 3):
                s.raw(seal.mastered(KEYS[0], 4242, prefix(1), n, vlpt.frame(4242, n)))
            count(o, "varta_beats_total", 3, 2)
            return {"attempts for 3 frames": counted(o, "varta_secure_aead_attempts_total")[0]}
    gap.probe("they are", attempts, lambda got: got["attempts for 3 frames"] >= 3)
    gap.go_tests("secure.TestAttempts")


def security_keys(gap):
    """Keys are read once, so that one which leaked stays good until a restart."""
    with listening(gap.daemon, "--key-file") as (o, s):
        s.raw(seal.shared(KEYS[0], prefix(1), 1, vlpt.frame(4242, 1)))
        count(o, "varta_source_beats_total", 1, source="udp")
        secret(o.dir, "key-file", KEYS[1])
        os.kill(o.pid, 1)
        vlpt.wait_for(lambda: "read again" in o.diagnostics(), 3)
        s.raw(seal.shared(KEYS[0], prefix(1), 2, vlpt.frame(4242, 2)))
        s.raw(seal.shared(KEYS[1], prefix(2), 1, vlpt.frame(4242, 3)))
        count(o, "varta_source_beats_total", 2, source="udp")
        got = counted(o, "varta_source_beats_total", "varta_frame_decrypt_failures_total")
        gap.check("SIGHUP takes the new key and drops the old", got == [2, 1], got)
    gap.go_tests("secure.TestSwap", "secure.TestWipe")


TESTS = (gap13_sealed, gap29, gap30, gap31, security_keys)
