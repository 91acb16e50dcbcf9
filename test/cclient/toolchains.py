"""toolchains: the compilers, what they warn of, and how their programs run here."""
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
import vlpt  # noqa: E402

CLIENT = vlpt.ROOT / "clients" / "c"
SRC = HERE / "src"
CORTEXM = vlpt.ROOT / "test" / "vm" / "cortexm"
OUT = vlpt.BIN / "cclient"

WARN = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-Wconversion", "-Wsign-conversion", "-Wshadow", "-Wcast-align", "-Wundef",
        "-Wstrict-overflow=2", "-Wcast-qual", "-Wvla", "-Wswitch-default"]
SANITIZE = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
# Debian's 32-bit headers without gcc-multilib, which cannot stand beside the cross compilers.
M32 = ["-m32", "-idirafter", "/usr/include/x86_64-linux-gnu"]


def install():
    vlpt.need(**{"g++": "g++"}, gcc="gcc libc6-dev", clang="clang", cppcheck="cppcheck", arm_none_eabi_gcc="gcc-arm-none-eabi",
              qemu_system_arm="qemu-system-arm", qemu_ppc_static="qemu-user-static",
              powerpc_linux_gnu_gcc="gcc-powerpc-linux-gnu libc6-dev-powerpc-cross",
              avr_gcc="gcc-avr avr-libc", simavr="simavr", qemu_system_avr="qemu-system-misc", riscv64_unknown_elf_gcc="gcc-riscv64-unknown-elf")
    if not multilib():  # named by version: the package without one conflicts with cross compilers
        version = run(["gcc", "-dumpversion"]).stdout.strip().split(".")[0]
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", f"gcc-{version}-multilib"], check=False,
                       stdout=subprocess.DEVNULL)
    OUT.mkdir(parents=True, exist_ok=True)


def multilib():
    """Whether gcc can link for 32 bits."""
    return run(["gcc", "-m32", "-x", "c", "-", "-o", "/dev/null"], text_in="int main(void) { return 0; }").returncode == 0


def run(command, text_in=None, seconds=60):
    """The command's result, its output as text."""
    return subprocess.run(list(map(str, command)), input=text_in, capture_output=True, text=True, timeout=seconds, check=False,
                          stdin=subprocess.DEVNULL if text_in is None else None)


def build(name, compiler, *sources):
    """A program in the cache folder; its path, or the compiler's words."""
    out = OUT / name
    done = run([*compiler, f"-I{CLIENT}", "-o", out, *sources], seconds=120)
    if done.returncode != 0:
        raise RuntimeError(f"{name}: {done.stderr[-1500:]}")
    return out


class Target:
    """A kind of machine: its compiler, how a program on it ends, and what runs it."""

    def __init__(self, name, compiler, runner, bare=False):
        self.name, self.compiler, self.runner, self.bare = name, compiler, runner, bare

    def run(self, program):
        try:
            done = run([*self.runner, program], seconds=30)
        except subprocess.TimeoutExpired:
            return "it does not end: a fault?"
        text = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
        return text.replace("\r", "")  # simavr colours what comes from the UART


def cortexm(cpu):
    return ["arm-none-eabi-gcc", f"-mcpu={cpu}", "-mthumb", "-Os", "-mno-unaligned-access", "-ffreestanding",
            "-fno-tree-loop-distribute-patterns", "-nostdlib", "-Wl,--build-id=none",
            f"-Wl,-T,{CORTEXM}/lm3s6965.ld", CORTEXM / "startup.c"]


BOARD = ["qemu-system-arm", "-M", "lm3s6965evb", "-display", "none", "-monitor", "none", "-serial", "null",
         "-semihosting-config", "enable=on,target=native", "-kernel"]
HOSTS = [
    Target("gcc", ["gcc", "-std=gnu99", "-O2"], []),
    Target("gcc, sanitized", ["gcc", "-std=gnu99", *SANITIZE], []),
    Target("gcc -m32", ["gcc", "-std=gnu99", "-O2", *M32], []),
    Target("clang", ["clang", "-std=gnu99", "-O2"], []),
    Target("g++", ["g++", "-x", "c++", "-std=gnu++11", "-O2"], []),
    Target("big-endian PowerPC", ["powerpc-linux-gnu-gcc", "-std=gnu99", "-O2", "-static"], ["qemu-ppc-static"]),
]
BARE = [
    Target("Cortex-M3", cortexm("cortex-m3"), BOARD, bare=True),
    Target("Cortex-M0's code", cortexm("cortex-m0"), BOARD, bare=True),
    Target("AVR, ints of 16 bits", ["avr-gcc", "-mmcu=atmega1284p", "-std=gnu99", "-Os"],
           ["simavr", "-m", "atmega1284p", "-f", "16000000"], bare=True),
    Target("RISC-V of 32 bits", ["riscv64-unknown-elf-gcc", "-march=rv32imc", "-mabi=ilp32", "-Os", "-ffreestanding", "-nostdlib",
                                 "-fno-tree-loop-distribute-patterns", "-static", "-Wl,--no-relax"], ["qemu-riscv32-static"], bare=True),
]
