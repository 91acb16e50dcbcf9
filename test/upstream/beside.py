"""beside: the same command lines for the original and for vlpd, exit codes and leftovers compared.

What differs must stand here with its reason, as it does in docs/compat.md; what
stands here and does not differ any more is a failure too.
"""
import concurrent.futures
import os
import pathlib
import subprocess
import tempfile

KEY = "5" * 64
VALUES = ("", "+", "-1", "0x10", "1.5", " 1", "1_0", "0", "1", "+5", "9", "10", "49", "50", "99", "100", "511", "512", "4095", "4096", "4097",
          "60000", "60001", "65535", "65536", "1048576", "1048577", "2147483647", "2147483648", "4294967295", "4294967296",
          "1073741825", "288230376152", "18446744073709551615", "18446744073709551616")

COUNT = 2**31 - 1
MILLIS = 288230376151  # nine years
# What vlpd takes, lowest and highest, where the original takes more.
NARROWER = {
    "--threshold-ms": (10, MILLIS), "--read-timeout-ms": (1, MILLIS), "--uds-rcvbuf-bytes": (0, COUNT), "--tracker-capacity": (1, 65536),
    "--recovery-debounce-ms": (0, MILLIS), "--recovery-timeout-ms": (100, MILLIS), "--recovery-audit-max-bytes": (4096, 2**62),
    "--recovery-audit-sync-every": (1, COUNT), "--audit-fsync-budget-ms": (1, COUNT), "--audit-rotation-budget-ms": (1, COUNT),
    "--export-file-max-bytes": (512, 2**62), "--export-file-sync-every": (0, COUNT), "--self-watchdog-secs": (1, 2**30),
    "--shutdown-grace-ms": (100, MILLIS),
}
WIDER = {"--audit-sync-interval-ms": MILLIS}
ALIKE = ("--eviction-scan-window", "--max-beat-rate", "--global-beat-rate", "--global-beat-burst", "--recovery-capture-bytes",
         "--prom-rate-limit-per-sec", "--prom-rate-limit-burst", "--iteration-budget-ms", "--scrape-budget-ms")

RECOVERY, UDP, PLAIN = "--recovery-exec /bin/true", "--udp-port 0", "--i-accept-plaintext-udp"
SEALED_OK, PLAIN_OK = (f"--{t}-udp-i-accept-recovery-on-unauthenticated-transport" for t in ("secure", "plaintext"))
PROM = "--prom-addr 127.0.0.1:0"

# Whole command lines that end alike; `''` is an empty word.
SAME = [
    "--help", "-h", "--bogus", "word", "--bogus --help", "--help --bogus", "--threshold-ms x --help", "--", "-x", "--socket", "--recovery-cmd x",
    "--recovery-cmd", "--i-accept-shell-risk", "--key-env X", "--master-key-env", "--socket-mode 600", "--socket-mode 0o600", "--socket-mode 999",
    "--socket-mode ''", "--clock-source boottime", "--clock-source monotonic-raw", "--clock-source x", "--tracker-eviction-policy balanced",
    "--tracker-eviction-policy lru", "--signal-handler-mode libc", "--signal-handler-mode x", "--udp-bind-addr localhost", "--udp-bind-addr 127.1",
    PROM, "--prom-token-file tok", f"{PROM} --prom-token-file tok", f"{PROM} --prom-token-file none", f"{PROM} --prom-token-file open",
    f"{PROM} --prom-token-file empty", f"{PROM} --prom-token-file link", "--prom-addr localhost:0 --prom-token-file tok",
    "--prom-addr 192.0.2.1:0 --prom-token-file tok", "--recovery-capture-stdio", f"{RECOVERY} --recovery-capture-stdio", "--recovery-exec ''",
    "--recovery-exec /none", "--recovery-exec-file tok", "--recovery-exec-file open", "--recovery-exec-file empty", "--recovery-exec-file link",
    f"{RECOVERY} --recovery-exec-file tok", f"{RECOVERY} --recovery-env A", f"{RECOVERY} --recovery-inherit-env", UDP, f"{UDP} {PLAIN}",
    f"{UDP} --key-file tok", f"{UDP} --key-file tok {PLAIN}", f"{UDP} --master-key-file tok", f"{UDP} --key-file tok --udp-bind-addr 0.0.0.0",
    f"{UDP} --key-file tok --udp-bind-addr 0.0.0.0 --i-accept-secure-udp-non-loopback", f"{UDP} --key-file tok --udp-bind-addr ::1",
    f"{RECOVERY} {UDP}", f"{RECOVERY} {UDP} {PLAIN}", f"{RECOVERY} {UDP} {PLAIN} {SEALED_OK}", f"{RECOVERY} {UDP} {PLAIN} {PLAIN_OK}",
    f"{RECOVERY} {UDP} --key-file tok", f"{RECOVERY} {UDP} --key-file tok {PLAIN_OK}", f"{RECOVERY} {UDP} --key-file tok {SEALED_OK}",
    "--key-file none", "--key-file open", "--key-file link", "--key-file empty", "--key-file two", "--master-key-file two",
    "--key-file tok --accepted-key-file two", "--recovery-audit-file none/a", "--export-file none/e", "--export-file .", "--heartbeat-file none/h",
    "--hw-watchdog none", "--hw-watchdog .", "--hw-watchdog /dev/null", "--strict-namespace-check --allow-cross-namespace-agents",
    "--socket tok", "--socket .", "--socket none/s", "--socket link", "--recovery-audit-file a",
]
# The original's code, vlpd's, and why.
DIFFERENT = {
    "--threshold-ms=100": (2, 0, "a value may stand behind ="),
    "--threshold-ms 9 --help": (0, 2, "a value is checked where it stands"),
    "--version": (2, 0, "new"),
    "--socket ''": (1, 2, "an empty path"),
    "--export-file ''": (1, 2, "an empty path"),
    "--heartbeat-file ''": (0, 2, "an empty path"),
    "--socket @name": (0, 1, "elsewhere that is an abstract socket"),
    "--socket-mode 7777": (0, 2, "there is no such mode"),
    "--accepted-key-file none": (0, 1, "it counts alone"),
    f"{UDP} --accepted-key-file tok": (1, 0, "it counts alone"),
    f"{UDP} --key-file tok --udp-bind-addr ::ffff:127.0.0.1": (2, 0, "it is loopback"),
    "--recovery-audit-file open": (0, 1, "others could read it"),
    "--recovery-audit-file /dev/null": (0, 1, "no regular file"),
    "--export-file /dev/full": (0, 1, "rows that are lost are no success"),
    "--hw-watchdog tok": (0, 1, "no character device"),
}


def compare(report, original, vlpd, environ):
    """Everything, a line for each flag with integers and one for each difference."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        def both(lines):
            """For each command line, how the original ends and how vlpd does."""
            return zip(*(pool.map(lambda argv, p=p: end(p, argv, environ), lines) for p in (original, vlpd)), strict=True)

        for flag in [*NARROWER, *WIDER, *ALIKE]:
            values = [v for v in VALUES if takeable(flag, v)]
            bad = [w for v, (one, two) in zip(values, both([[flag, v] for v in values]), strict=True) if (w := integer(flag, v, one, two))]
            report.check(f"beside: {flag} takes the same integers", not bad, "; ".join(bad))
        ends = zip(SAME, both([words(line) for line in SAME]), strict=True)
        bad = [f"{line}: {one} and {two}" for line, (one, two) in ends if one != two]
        report.check(f"beside: {len(SAME)} command lines end alike", not bad, "; ".join(bad))
        for (line, (was, now, why)), (one, two) in zip(DIFFERENT.items(), both([words(line) for line in DIFFERENT]), strict=True):
            report.check(f"beside: {line}", (one[0], two[0]) == (was, now), f"{why}: {one[0]} and {two[0]}")


def takeable(flag, value):
    """The original asks for memory for all the agents that it is told of, before it takes 4096."""
    return flag != "--tracker-capacity" or not value.isdigit() or int(value) < 2**21


def integer(flag, value, one, two):
    """What is wrong with the codes for this value, nothing if they are as they must be."""
    want = one[0]
    digits = value.removeprefix("+")
    if digits.isdigit():
        low, high = NARROWER.get(flag, (0, 2**64))
        if not low <= int(digits) <= high:
            want = 2
        elif flag in WIDER and int(digits) <= WIDER[flag]:
            want = 0
    return "" if two[0] == want else f"{value!r}: {one[0]} and {two[0]}, expected {want}"


def words(line):
    return ["" if w == "''" else w for w in line.split(" ")]


def end(program, argv, environ):
    """Exit code, whether stdout said something, and the names left behind.

    Both sync the socket's folder at the start, which on a busy disk takes seconds.
    """
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(prefix="vlpd-beside-", dir=memory) as folder:
        for name, text, mode in (("tok", KEY, 0o600), ("open", KEY, 0o644), ("empty", "", 0o600), ("two", KEY + "\n" + "6" * 64 + "\n", 0o600)):
            (pathlib.Path(folder) / name).write_text(text)
            os.chmod(os.path.join(folder, name), mode)
        os.symlink("tok", os.path.join(folder, "link"))
        before = set(os.listdir(folder))
        base = ["--socket", "./s", "--threshold-ms", "100", "--shutdown-after-secs", "0"]
        p = subprocess.run([program, *base, *argv], cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, timeout=20)
        return p.returncode, bool(p.stdout), sorted(set(os.listdir(folder)) - before)
