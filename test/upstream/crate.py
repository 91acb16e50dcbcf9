"""crate: the tests of varta-watch 0.2.0, as published, compiled and unchanged.

The crate as crates.io serves it holds its tests and its lock file and has no
dev-dependencies, so nothing of it is edited. Its sources come through cargo
and are copied into the cache folder, because the tests find the binary by a
path that the compiler wrote into them: the one below that copy's target.
"""
import contextlib
import fcntl
import json
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import vlpt  # noqa: E402

VERSION = "0.2.0"
WORK = vlpt.CACHE / f"varta-watch-tests-{VERSION}"

# Every feature but those that make another program of it: compile-time-config
# (takes no arguments), libc-signal-mode and force-socketmode-fallback; and
# fuzzing. json-log is on by itself. test-hooks adds --inject-wedge-ms.
FEATURES = "prometheus-exporter,secure-udp,unsafe-plaintext-udp,audit-chain,test-hooks"

# The files of the crate's tests folder that use the binary.
TARGETS = ("cli_smoke", "notify", "signal_handler_libc_mode", "self_watchdog", "strings_audit")

# And those that are left out, with the reason.
NOT_BUILT = {
    "compile_time_config_smoke": "of a build without a command line, which vlpd has not",
    "signal_handler_libc_only_build": "of a build that refuses --signal-handler-mode direct; vlpd takes both words",
    "acceptance": "calls the original's library, starts no binary",
    "observer_lifecycle": "calls the original's library, starts no binary",
    "exporter_endpoint": "calls the original's library, starts no binary",
    "signal_handler": "calls the original's library, starts no binary",
    "build_script_grammar": "reads the original's build script, starts no binary",
    "recovery_e2e": "holds no test",
}

# A project that only depends on the crate: cargo fetches that and says where.
STUB = f"""[package]
name = "fetch"
version = "0.0.0"
edition = "2021"
[lib]
path = "lib.rs"
[dependencies]
varta-watch = "={VERSION}"
[workspace]
"""


def cargo(*args, cwd):
    """Runs cargo and returns the JSON lines that it prints."""
    out = subprocess.run(["cargo", *args], cwd=cwd, stdout=subprocess.PIPE, check=True, timeout=1800,
                         env=dict(os.environ, CARGO_TARGET_DIR=str(WORK / "target")))
    return [json.loads(line) for line in out.stdout.splitlines()]


def sources():
    """The folder of the crate's copy; fetched the first time."""
    copy = WORK / "source"
    if (WORK / "complete").exists():
        return copy
    print(f"fetching the sources of varta-watch {VERSION} with cargo into", copy, flush=True)
    stub = WORK / "fetch"
    stub.mkdir(parents=True, exist_ok=True)
    (stub / "Cargo.toml").write_text(STUB)
    (stub / "lib.rs").touch()
    packages = cargo("metadata", "--quiet", "--format-version", "1", cwd=stub)[0]["packages"]
    found = next(p for p in packages if p["name"] == "varta-watch")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(pathlib.Path(found["manifest_path"]).parent, copy)
    (WORK / "complete").touch()
    return copy


def build():
    """Compiles what is not up to date; returns ({target: test program}, path of the binary that those start).

    cargo puts its own binary back at that path each time, whatever stood there.
    """
    words = [w for t in TARGETS for w in ("--test", t)]
    programs, binary = {}, None
    for m in cargo("test", "--quiet", "--no-run", "--locked", "--features", FEATURES, *words,
                   "--message-format", "json-render-diagnostics", cwd=sources()):
        if m["reason"] != "compiler-artifact" or not m["executable"]:
            continue
        if m["target"]["kind"] == ["test"]:
            programs[m["target"]["name"]] = m["executable"]
        elif m["target"]["kind"] == ["bin"]:
            binary = m["executable"]
    if set(programs) != set(TARGETS) or not binary:
        raise RuntimeError(f"cargo built {sorted(programs)} and {binary}, expected {sorted(TARGETS)} and the binary")
    return programs, binary


@contextlib.contextmanager
def alone():
    """One run at a time: they share the path of the binary."""
    WORK.mkdir(parents=True, exist_ok=True)
    with open(WORK / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"another run uses {WORK}")
        yield


def put(program, place):
    """Puts a copy of program at place by rename: the old file may be running, and has a second name in cargo's cache."""
    new = place + ".new"
    shutil.copy2(program, new)
    os.replace(new, place)
