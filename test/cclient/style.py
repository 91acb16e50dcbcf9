"""style: no warning from any compiler in any dialect, and MISRA C:2012 as far as cppcheck knows it."""
import re

from toolchains import CLIENT, M32, OUT, SRC, WARN, run

WHOLE = "#define VLP_DECODE\n#define VLP_SEALED\n#define VLP_KDF\n"
DIALECTS = [("c", "c99"), ("c", "c11"), ("c++", "c++11"), ("c++", "c++17")]
CROSS = [["arm-none-eabi-gcc", "-mcpu=cortex-m0", "-mthumb", "-ffreestanding"], ["avr-gcc", "-mmcu=atmega328p"],
         ["riscv64-unknown-elf-gcc", "-march=rv32imc", "-mabi=ilp32", "-ffreestanding"], ["powerpc-linux-gnu-gcc"]]


def source(name, text):
    path = OUT / name
    path.write_text(text)
    return path


def warnings(report):
    """Each header, alone in a file, in every dialect; a header that is included twice is harmless."""
    whole = source("whole.c", WHOLE + '#include "vlp.h"\n#include "vlp.h"\n')
    linux = source("linux.c", '#include "vlp_linux.h"\n')
    for compiler in (["gcc"], ["clang"], ["gcc", *M32], ["clang", *M32]):
        for language, std in DIALECTS:
            said = ""
            for table in (0, 16, 256):
                for more in ([], ["-DVLP_NONCE_32"]):
                    said += warn(compiler + ["-ffreestanding", "-x", language, f"-std={std}", f"-DVLP_CRC_TABLE={table}", *more], whole)
            said += warn(compiler + ["-x", language, f"-std={std}", "-D_XOPEN_SOURCE=700"], linux)
            report.check(f"no warnings: {compiler[0]}{' -m32' if len(compiler) > 1 else ''} -std={std}", not said, said[:600])
    for compiler in CROSS:
        said = "".join(warn([*compiler, "-std=c99", f"-DVLP_CRC_TABLE={t}"], whole, strict=compiler[0] != "avr-gcc") for t in (0, 16, 256))
        report.check(f"no warnings: {' '.join(compiler[:2])}", not said, said[:600])
    said = warn(["powerpc-linux-gnu-gcc", "-std=gnu99"], linux)
    report.check("no warnings: vlp_linux.h for another processor", not said, said[:600])
    said = warn(["gcc", "-std=c99"], linux)
    report.check("vlp_linux.h says what it lacks when it lacks it", "_XOPEN_SOURCE 700" in said, said[:300])


def warn(compiler, path, strict=True):
    """avr-gcc 5.4 finds u8 arithmetic in int suspicious where the others know its range."""
    flags = WARN if strict else [w for w in WARN if w not in ("-Wconversion", "-Wsign-conversion")]
    return run([*compiler, *flags, "-O2", "-c", f"-I{CLIENT}", path, "-o", "/dev/null"]).stderr


def deviations():
    """The rules of the table in the README."""
    return set(re.findall(r"^\| (?:rule|directive) (\d+\.\d+) \|", (CLIENT / "README.md").read_text(), re.M))


def misra(report):
    """Every rule that is broken is in the README's table, and every rule there is broken."""
    whole = source("misra.c", WHOLE + '#include "vlp.h"\n')
    said = ""
    for table in (0, 16, 256):
        done = run(["cppcheck", "--addon=misra", "--enable=style", "--std=c99", "--platform=unix32", f"-DVLP_CRC_TABLE={table}", f"-I{CLIENT}",
                    "--suppress=missingIncludeSystem", "--suppress=unusedFunction", whole], seconds=120)
        said += done.stdout + done.stderr
    found = set(re.findall(r"misra-c2012-(\d+\.\d+)", said))
    version = run(["cppcheck", "--version"]).stdout.split()[-1]
    detail = f"found {sorted(found)}, justified {sorted(deviations())}"
    if found != deviations() and f"cppcheck {version}," not in (CLIENT / "README.md").read_text():
        report.skip("MISRA", f"cppcheck {version} is not the README's: {detail}")
    else:
        report.check("cppcheck: MISRA findings are those that the README justifies", found == deviations(), detail)
    other = [line for line in said.splitlines() if re.search(r"(error|warning|style|portability|performance):", line) and "misra" not in line]
    report.check("cppcheck: nothing else", not other, other[:5])


def library(report):
    """No function of any library is called, not even memcpy, which a compiler may put in; an AVR's compiler needs its own for 64 bits."""
    for cpu in ("cortex-m0", "cortex-m3", "cortex-m4"):
        left = ""
        for level in ("-Os", "-O0", "-O2", "-O3"):
            built = run(["arm-none-eabi-gcc", f"-mcpu={cpu}", "-mthumb", level, "-ffreestanding", f"-I{CLIENT}", "-c", SRC / "uses.c", "-o",
                         OUT / "uses.o"])
            left += built.stderr + run(["arm-none-eabi-nm", "-u", OUT / "uses.o"]).stdout
        report.check(f"no library is needed: {cpu}", not left, left[:300])


def tests(report):
    warnings(report)
    library(report)
    misra(report)
