"""differential: the Go tests of this folder over filters built otherwise, many records, and over vlp.h with a mistake in it."""
import os
import subprocess

from toolchains import CLIENT, HERE, HOSTS, OUT, SANITIZE, SRC, build, multilib, vlpt

PLAIN = "TestEncode|TestDecode|TestBeat|TestPanic|TestMilliseconds"

# A mistake, and the right code that it replaces. Each is to be seen by some test.
MISTAKES = [
    ("another polynomial", "0x82F63B78u", "0x82F63B79u"),
    ("big-endian fields", "p[1] = (uint8_t)((v >> 8) & 0xFFu);", "p[1] = (uint8_t)((v >> 16) & 0xFFu);"),
    ("a stall may be sent", "return VLP_STALL_ON_WIRE;", "return VLP_FINE;"),
    ("id 1 may be used", "#define VLP_FIRST_ID 2u", "#define VLP_FIRST_ID 1u"),
    ("the id is judged late", "if (f->id < VLP_FIRST_ID) {", "if ((f->id < VLP_FIRST_ID) && (f->timestamp != VLP_TERMINAL)) {"),
    ("any nonce may be terminal", "(f->nonce == VLP_TERMINAL) &&", "(f->nonce == 1234u) &&"),
    ("the nonce wraps late", "(a->nonce >= (VLP_TERMINAL - 1u)) ? 0u", "(a->nonce == VLP_TERMINAL) ? 0u"),
    ("the clock may fall", "(now_ns < a->timestamp) ? a->timestamp : now_ns", "now_ns"),
    ("a refused beat burns a nonce", "\tr = vlp_encode(&f, out);\n\tif (r == VLP_FINE) {", "\tr = vlp_encode(&f, out);\n\t{"),
    ("the checksum is not looked at", "!= vlp_get32(&in[VLP_CRC_AT])", "== 0x12345678u"),
    ("milliseconds of 15624", "(d >> 16) * 15625u", "(d >> 16) * 15624u"),
    ("a nonce is used twice after a failure", "\ts->counter = counter + 1u;\n", "\ts->counter = counter;\n"),
    ("the plain text stays after a failure", "\t\t\tout[i] = 0u;\n", "\t\t\t(void)out[i];\n"),
    ("the counter wraps", "(s->counter == VLP_MAX32) ? VLP_USED_UP : VLP_FINE", "VLP_FINE"),
    ("another lead", "VLP_VERSION | 0x80u", "VLP_VERSION | 0x40u"),
    ("the id is no additional data", "&out[VLP_LEAD_SIZE], ad_size, text", "&out[VLP_LEAD_SIZE], 0u, text"),
    ("a dull prefix", "if (vlp_dull(prefix) != 0) {", "if (prefix == NULL) {"),
    ("a prefix of another index", "vlp_put32(&info[word_size], number);", "vlp_put32(&info[word_size], number & 0xFFFFu);"),
]


def go_test(program, command, frames, only="", seed=1):
    """Runs the tests; returns whether they passed, and what was said."""
    env = dict(os.environ, CCLIENT_FILTER=" ".join(map(str, command)), CCLIENT_FRAMES=str(frames), CCLIENT_SEED=str(seed))
    done = subprocess.run([program, "-test.timeout=300s", f"-test.run={only}"], cwd=HERE, env=env, capture_output=True, text=True, check=False)
    return done.returncode == 0, (done.stdout + done.stderr)[-1200:]


def compile_tests():
    program = OUT / "cclient.test"
    subprocess.run(["go", "test", "-c", "-o", str(program), "."], cwd=HERE, check=True, env=dict(os.environ, CGO_ENABLED="0"))
    return str(program)


def filters():
    """(what, command, records of each plain kind)"""
    for target in HOSTS:
        if "-m32" in target.compiler and not multilib():
            continue  # vectors.py says so
        for table in (0, 16, 256) if target is HOSTS[0] else (16,):
            name = f"filter-{len(target.name)}-{table}"
            program = build(name, [*target.compiler, f"-DVLP_CRC_TABLE={table}"], SRC / "filter.c")
            many = 1000000 if target is HOSTS[0] else 100000
            yield f"{target.name}, table {table}", [*target.runner, program], many


def compare(report, program):
    for seed, (what, command, many) in enumerate(filters(), 2):
        ok, said = go_test(program, command, many, PLAIN, seed)
        report.check(f"differential, {what}: {many} records of each kind", ok, said)
        ok, said = go_test(program, command, many // 20, "TestSealed|TestKeys|TestOpener", seed)
        report.check(f"differential, {what}: {many // 20} sealed of each kind", ok, said)


def mistakes(report, program):
    """Each mistake must be found, or the comparison is worth nothing."""
    right = (CLIENT / "vlp.h").read_text()
    folder = OUT / "mistaken"
    folder.mkdir(exist_ok=True)
    for what, good, bad in MISTAKES:
        if good not in right:
            report.check(f"differential, a mistake is found: {what}", False, f"vlp.h has no {good!r}")
            continue
        (folder / "vlp.h").write_text(right.replace(good, bad, 1))
        mutant = build("mutant", ["gcc", "-std=gnu99", "-O1", f"-I{folder}", "-w"], SRC / "filter.c")
        ok, said = go_test(program, [mutant], 20000)
        report.check(f"differential, a mistake is found: {what}", not ok and "FAIL" in said, said)


BYTE = "	p[0] = (uint8_t)(v & 0xFFu);\n"
NATIVE = "	__builtin_memcpy(p, &v, 4u);\n	return;\n" + BYTE


def byte_order(report, program):
    """Words as the machine has them: right on a little-endian one, and seen on the other."""
    folder = OUT / "mistaken"
    right = (CLIENT / "vlp.h").read_text()
    (folder / "vlp.h").write_text(right.replace(BYTE, NATIVE, 1))
    for target, good in ((HOSTS[0], True), (HOSTS[-1], False)):
        mutant = build("mutant", [*target.compiler, f"-I{folder}", "-w"], SRC / "filter.c")
        ok, said = go_test(program, [*target.runner, mutant], 20000)
        what = f"differential, words in native order are {'right' if good else 'found'} on {target.name}"
        report.check(what, BYTE in right and ok == good, said)


def overrun(report, program):
    """The sanitizers watch: a frame that is one byte too long is seen."""
    folder = OUT / "mistaken"
    right = (CLIENT / "vlp.h").read_text()
    good = "		c->ms = ms;\n"
    (folder / "vlp.h").write_text(right.replace(good, good + "		((volatile uint8_t *)c)[sizeof(vlp_clock)] = 1u;\n", 1))
    mutant = build("mutant", ["gcc", "-std=gnu99", f"-I{folder}", "-w", *SANITIZE], SRC / "filter.c")
    ok, said = go_test(program, [mutant], 1000)
    report.check("differential, a mistake is found: a byte too far", not ok and ("AddressSanitizer" in said or "runtime error" in said), said)


def tests(report):
    program = compile_tests()
    compare(report, program)
    mistakes(report, program)
    byte_order(report, program)
    overrun(report, program)
