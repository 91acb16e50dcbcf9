"""examples: those of clients/c/examples compile, and run: a crash in qemu, sketches and Zephyr on stubs, Linux against vlpd."""
import os
import struct
import subprocess

from toolchains import BOARD, CLIENT, CORTEXM, HERE, build, run, vlpt

EXAMPLES = CLIENT / "examples"
STUBS = HERE / "stubs"
ALL_WARNINGS = ["-Wall", "-Wextra", "-Werror"]
TERMINAL = 2**64 - 1


def frames(data):
    """The (id, ms, nonce, status, payload) of all frames, and how many bytes are none."""
    found, noise, at = [], 0, 0
    while at < len(data):
        b = data[at:at + 32]
        if len(b) == 32 and b[:3] == b"VA\x02" and struct.unpack("<I", b[28:])[0] == vlpt.crc32c(b[:28]):
            status, who, stamp, nonce, payload = struct.unpack("<BIQQI", b[3:28])
            found.append((who, stamp // 10**6, nonce, status, payload))
            at += 32
        else:
            noise, at = noise + 1, at + 1
    return found, noise


def output(program):
    done = subprocess.run([program], stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
    return done.returncode, done.stdout, done.stderr.decode()


def cortex_m(report):
    compiler = ["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-Os", *ALL_WARNINGS, "-ffreestanding", "-fno-tree-loop-distribute-patterns",
                "-nostdlib", "-Wl,--build-id=none", f"-Wl,-T,{CORTEXM}/lm3s6965.ld", CORTEXM / "startup.c"]
    build("example-cortex-m", compiler, EXAMPLES / "cortex-m/main.c")
    program = build("example-crash", [*compiler, "-DBEAT_MS=50", "-DFAULT_AFTER=3"], EXAMPLES / "cortex-m/main.c")
    board = BOARD[:BOARD.index("-serial")]
    got = b""
    with subprocess.Popen([*board, "-serial", "stdio", "-kernel", program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as proc:
        try:
            while len(got) < 5 * 32 and vlpt.wait_for(lambda: ready(proc.stdout), 20):
                got += os.read(proc.stdout.fileno(), 4096)
        finally:
            proc.kill()
    found, noise = frames(got)
    want = [(42, 1, 0), (42, 2, 0), (42, 3, 0), (42, 4, 0), (42, TERMINAL, 2)]
    report.check("bare metal: four beats, then a crash that says so", [(w, n, s) for w, _, n, s, _ in found] == want and noise == 0, found)
    report.check("bare metal: one beat in 50 ms, the last words with the time of the last beat",
                 [b[1] - a[1] for a, b in zip(found, found[1:])] == [50, 50, 50, 0], [f[1] for f in found])


def ready(stream):
    import select
    return bool(select.select([stream], [], [], 0)[0])


def arduino(report):
    sketches = {"beat": [(7, n, 0, 512) for n in range(1, 4)], "rs485": [(7, n, 0, 512) for n in range(1, 4)]}
    for name, want in sketches.items():
        sketch = EXAMPLES / "arduino" / name / f"{name}.ino"
        as_ide = ["-x", "c++", "-std=gnu++11", *ALL_WARNINGS, "-include", "Arduino.h", f"-I{STUBS}", f"-I{CLIENT}"]
        done = run(["avr-g++", "-mmcu=atmega328p", "-Os", *as_ide, "-c", sketch, "-o", "/dev/null"])
        report.check(f"Arduino, {name}: compiles for an ATmega328P", done.returncode == 0, done.stderr[-600:])
        program = build(f"sketch-{name}", ["g++", *as_ide], sketch, STUBS / "arduino.cpp")
        code, out, said = output(program)
        found, noise = frames(out)
        report.check(f"Arduino, {name}: beats every second, over an overflow of millis()",
                     code == 0 and noise == 0 and [(w, n, s, p) for w, _, n, s, p in found] == want, (code, said, found, noise))
        gaps = [b[1] - a[1] for a, b in zip(found, found[1:])]
        alone = name == "beat"
        report.check(f"Arduino, {name}: at intervals that are {'the same' if alone else 'not, so that two devices do not meet again and again'}",
                     gaps == [1000, 1000] if alone else len(set(gaps)) == 2 and all(1000 <= g < 1256 for g in gaps), gaps)


def zephyr(report):
    folder = EXAMPLES / "zephyr"
    program = build("example-zephyr", ["gcc", "-std=gnu11", *ALL_WARNINGS, f"-I{STUBS}"], folder / "src/main.c", STUBS / "zephyr.c")
    code, out, said = output(program)
    found, noise = frames(out)
    want = [(42, 7, 1, 0, 4), (42, 1007, 2, 0, 0), (42, 2007, 3, 0, 0)]
    report.check("Zephyr: the cause of the reset, then a beat a second", code == 0 and noise == 0 and found == want, (said, found))
    lists = (folder / "CMakeLists.txt").read_text()
    report.check("Zephyr: what CMakeLists.txt names is there",
                 (folder / "src/main.c").exists() and "src/main.c" in lists and (folder / "../../vlp.h").exists() and "PRIVATE ../.." in lists)


def linux(report):
    program = build("example-linux", ["gcc", "-std=gnu99", "-O2", *ALL_WARNINGS], EXAMPLES / "linux/beat.c")
    with vlpt.Observer(vlpt.daemon_path()) as o:
        done = run([program, o.socket, "1"])
        rows = o.wait_rows(lambda rows: any(r.kind == "exit" for r in rows))
        beats = [(r.nonce, r.status, r.payload) for r in rows or o.rows() if r.kind == "beat"]
        report.check("Linux: beats are accepted", done.returncode == 0 and beats == [("1", "ok", "1"), ("2", "ok", "2")], (done.stderr, beats))
        gone = o.socket + "-gone"
    done = run([program, gone, "0"])
    report.check("Linux: says once that nobody is there", done.returncode == 1 and done.stderr.count("no observer") == 1, done.stderr)
    done = run([program, "/" + "x" * 107, "0"])
    report.check("Linux: a path that is too long", done.returncode == 1 and "107" in done.stderr, done.stderr)


def tests(report):
    for test in (cortex_m, arduino, zephyr, linux):
        test(report)
