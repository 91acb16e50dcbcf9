"""readme: every block of clients/README.md and clients/c/README.md is compiled or run, and the table of sizes is that of the compilers."""
import importlib.machinery
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile

from process import Observer  # noqa: I001  (finds peers for us)
from toolchains import CLIENT, OUT, WARN, run, vlpt

import peers

PYTHON, RUST = "varta-python-0.2.0-secure", "varta-client-readme"
CEILING = 1024  # bytes of flash that a Cortex-M0 or M3 may pay


def blocks(path):
    """(line, kind, text, the text block that follows or None)"""
    found, kind, begin, text = [], None, 0, ""
    for n, line in enumerate(path.read_text().splitlines(), 1):
        if kind is None and line.startswith("```"):
            kind, begin, text = line[3:].strip(), n, ""
        elif kind is not None and line == "```":
            if kind == "text" and found:
                found[-1] = (*found[-1][:3], text)
            else:
                found.append((begin, kind, text, None))
            kind = None
        elif kind is not None:
            text += line + "\n"
    return found


C_KINDS = {
    "c": [["gcc", "-std=c99", *WARN], ["clang", "-std=c99", *WARN], ["g++", "-x", "c++", "-std=c++11", "-Wall", "-Wextra", "-Werror"],
          ["arm-none-eabi-gcc", "-mcpu=cortex-m0", "-mthumb", "-ffreestanding", "-std=c99", *WARN]],
    "c avr": [["avr-gcc", "-mmcu=atmega328p", "-std=gnu99", "-Wall", "-Wextra", "-Werror"]],
    "c linux": [["gcc", "-std=gnu99", *WARN], ["clang", "-std=gnu99", *WARN]],
}


def compile_c(kind, text):
    path = OUT / "readme.c"
    path.write_text(text)
    return "".join(run([*compiler, "-Os", "-c", f"-I{CLIENT}", path, "-o", "/dev/null"]).stderr for compiler in C_KINDS[kind])


def shell(report, kind, text, want, env):
    with tempfile.TemporaryDirectory(prefix="vlpd-test-") as folder:
        done = subprocess.run(["sh", "-e", "-c", text], cwd=vlpt.ROOT if kind == "sh checkout" else folder, env=env, capture_output=True, text=True,
                              timeout=120, check=False)
    if done.returncode != 0:
        return f"exit code {done.returncode}: {done.stderr}"
    if "clients/c/sizes" in text:
        return sizes_differ(report, want, done.stdout)
    return "" if want is None or want == done.stdout else f"printed {done.stdout!r}"


def sizes_differ(report, want, got):
    """Other compilers make other sizes; those that the README names must make these."""
    if want.splitlines()[0] != got.splitlines()[0]:
        report.skip("the table of sizes", f"it is of {want.splitlines()[0]}; here are {got.splitlines()[0]}")
        return ""
    return "" if want == got else f"clients/c/sizes --write is due: {got}"


def python(text, socket):
    client = peers.python_client()
    return subprocess.run([client.command[0], "-c", text, socket], capture_output=True, text=True, timeout=60, check=False)


def rust(text, socket):
    """A crate of its own in the cache folder."""
    work = vlpt.CACHE / RUST
    (work / "src").mkdir(parents=True, exist_ok=True)
    (work / "Cargo.toml").write_text('[package]\nname = "readme"\nversion = "0.0.0"\nedition = "2021"\n\n[dependencies]\nvarta-client = "=0.2.0"\n')
    (work / "src/main.rs").write_text(text)
    return subprocess.run(["cargo", "run", "--quiet", "--", socket], cwd=work, capture_output=True, text=True, timeout=300, check=False)


def go(text, socket):
    with tempfile.TemporaryDirectory(prefix="vlpd-test-") as folder:
        path = os.path.join(folder, "main.go")
        with open(path, "w") as f:
            f.write(text)
        return subprocess.run(["go", "run", path, socket], cwd=vlpt.ROOT, capture_output=True, text=True, timeout=120, check=False)


LANGUAGES = {"python": (python, "python3"), "rust": (rust, "cargo"), "go": (go, "go")}


def beats(report, what, kind, text, folder):
    """A program of another language beats once, with payload 7."""
    program, tool = LANGUAGES[kind]
    if not shutil.which(tool) or kind == "go" and not (vlpt.ROOT / "vlp/client").is_dir():
        report.skip(what, f"{tool} or its client is not there")
        return
    with Observer(folder, threshold_ms=60000) as o:
        done = program(text, o.socket)
        row = o.wait_rows(lambda rows: any(r.kind == "beat" and r.payload == "7" for r in rows), 5)
        report.check(f"{what}: its beat is accepted", done.returncode == 0 and row, (done.stdout, done.stderr[-600:], o.rows()))


def document(report, path):
    name = path.relative_to(vlpt.ROOT)
    found = blocks(path)
    report.check(f"{name} has blocks", len(found) >= 4, len(found))
    for line, kind, text, want in found:
        what = f"{name}, line {line}, {kind}"
        if kind in C_KINDS:
            said = compile_c(kind, text)
            report.check(f"{what}: compiles without a warning", not said, said[:600])
        elif kind in LANGUAGES:
            with tempfile.TemporaryDirectory(prefix="vlpd-test-") as folder:
                beats(report, what, kind, text, folder)
        elif kind in ("sh", "sh checkout"):
            in_shell(report, what, kind, text, want)
        else:
            report.check(f"{what}: is a kind that is executed", False)


def in_shell(report, what, kind, text, want):
    with tempfile.TemporaryDirectory(prefix="vlpd-test-") as folder, Observer(folder, threshold_ms=60000) as o:
        os.symlink(os.path.abspath(vlpt.daemon_path()), f"{folder}/vlpd")
        env = dict(os.environ, PATH=f"{folder}:{os.environ['PATH']}", SOCKET=o.socket)
        said = shell(report, kind, text, want, env)
        report.check(f"{what}: runs, and prints what is shown", not said, said)
        if "vlpd beat" in text:
            row = o.wait_rows(lambda rows: any(r.kind == "beat" and r.payload == "7" for r in rows), 5)
            report.check(f"{what}: its beat is accepted", row, o.rows())


def ceilings(report):
    """Whatever the compiler's version, a Cortex-M0 or M3 pays less than a kilobyte."""
    loader = importlib.machinery.SourceFileLoader("sizes", str(CLIENT / "sizes"))
    sizes = importlib.util.module_from_spec(importlib.util.spec_from_loader("sizes", loader))
    loader.exec_module(sizes)
    by_name = sizes.all_sizes()
    for name in ("beats: the default", "and vlp_panic", "VLP_SEALED"):
        for cpu in ("Cortex-M0", "Cortex-M3"):
            report.check(f"size, {name}, {cpu}: below {CEILING} bytes of flash", by_name[name][cpu][0] < CEILING, by_name[name][cpu])
    first = int(re.search(r"(\d+) bytes of flash on a Cortex-M0", (CLIENT / "README.md").read_text()).group(1))
    said = sizes.block((CLIENT / "README.md").read_text()).group(2)
    report.check("the README's first figure is that of its table", f" {first}/" in said, first)


def console(report):
    """The sizes fit a console of 80 columns."""
    text = (CLIENT / "README.md").read_text()
    table = re.search(r"```sh checkout\nclients/c/sizes\n```\n\n```text\n(.*?)```", text, re.S).group(1)
    report.check("the table of sizes fits 80 columns", max(map(len, table.splitlines())) <= 80)


def tests(report):
    for path in (CLIENT / "README.md", CLIENT.parent / "README.md"):
        document(report, path)
    ceilings(report)
    console(report)
