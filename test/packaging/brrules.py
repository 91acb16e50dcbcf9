"""brrules: Buildroot's rules of style for the external tree, as far as they can be told without its check-package.

Each rule takes a name and a text and yields what is wrong. MUTANTS spoils a
file for every rule, so that a rule that finds nothing any more is found out.
"""
import hashlib
import re

from pack import ROOT

TREE = ROOT / "packaging/buildroot"
SYSV = ROOT / "packaging/busybox/S50vlpd"
ORDER = {"bool": 1, "string": 1, "int": 1, "default": 2, "depends": 3, "select": 4, "help": 5}


def layout(name, text):
    """All files: a newline at the end, no blanks before it, no two empty lines."""
    lines = text.split("\n")
    yield from (f"{name}:{n}: blanks at the end" for n, line in enumerate(lines, 1) if line != line.rstrip())
    if lines[-1] or not lines[-2:-1] or not lines[-2].strip():
        yield f"{name}: does not end in one newline"
    if "\n\n\n" in text:
        yield f"{name}: two empty lines"
    if not text.isascii():
        yield f"{name}: not ASCII"


def makefile(name, text):
    """The head, tabs in recipes and continued lines, names that begin with the package's, $() and not ${}."""
    head = ["#" * 80, "#", "# vlpd", "#", "#" * 80, ""]
    if text.split("\n")[:6] != head:
        yield f"{name}: the head is not Buildroot's"
    inside = continued = False
    for n, line in enumerate(text.split("\n"), 1):
        if line.startswith("endef"):
            inside = False
        tab = inside or continued
        if line.strip() and tab != line.startswith("\t") and not (inside and line.startswith(("ifeq", "endif", "else"))):
            yield f"{name}:{n}: {'no tab' if tab else 'a tab'} at the beginning"
        if line.startswith("define "):
            inside = True
        if re.search(r"(  |\t)\\$", line):
            yield f"{name}:{n}: more than a blank before the backslash"
        continued = line.endswith("\\")
        variable = re.match(r"(?:define )?([A-Z0-9]+_[A-Z0-9_]+)", line)
        if variable and not variable[1].startswith("VLPD_"):
            yield f"{name}:{n}: {variable[1]} does not begin with VLPD_"
        if re.search(r"(?<!\$)\$\{", line) or re.match(r"\s*ifn?def\s", line):
            yield f"{name}:{n}: braces or ifdef"
    options = re.findall(r"KCONFIG_ENABLE_OPT,(\w+)", text)
    if options != sorted(set(options)) or not options:
        yield f"{name}: kernel options are not sorted"
    if not text.endswith("\n$(eval $(golang-package))\n"):
        yield f"{name}: does not end by calling golang-package"


def menu(name, text):
    """Help of 62 columns behind a tab and two blanks; the order of what a symbol has; no `default n`."""
    helping, state = False, 0
    for n, line in enumerate(text.split("\n"), 1):
        word = line.split()[0] if line.split() else ""
        if not line or line.startswith(("config ", "comment ", "if ", "endif", "source ", "menu")):
            helping, state = helping and not line, 0 if line else state
        elif helping:
            if not re.fullmatch(r"\t  .{,62}", line):
                yield f"{name}:{n}: help is a tab, two blanks and at most 62 columns"
        elif word in ORDER:
            if not re.match(r"\t\w", line):
                yield f"{name}:{n}: not behind one tab"
            if ORDER[word] < state:
                yield f"{name}:{n}: order is type, default, depends, select, help"
            if line == "\tdefault n":
                yield f"{name}:{n}: default n is the default"
            state, helping = ORDER[word], word == "help"
        else:
            yield f"{name}:{n}: {line!r}"
    names = re.findall(r"^config (\w+)", text, re.M)
    if len(set(names)) != len(names) or any(not n.startswith("BR2_PACKAGE_VLPD") for n in names):
        yield f"{name}: symbols {names}"


def hashes(name, text):
    """Kind, sum and file, two blanks between them; the license's is right."""
    for n, line in enumerate(text.split("\n"), 1):
        if line and not line.startswith("#") and not re.fullmatch(r"sha256  [0-9a-f]{64}  \S+", line):
            yield f"{name}:{n}: not `sha256  SUM  FILE`"
    want = hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest()
    if f"sha256  {want}  LICENSE\n" not in text:
        yield f"{name}: not the sum of LICENSE, which is {want}"


def sysv(name, text):
    """A start script: named after its daemon, the pid file where Buildroot has it, tabs."""
    if not re.search(r'^DAEMON="vlpd"$', text, re.M) or not re.search(r'^PIDFILE="/var/run/\$DAEMON\.pid"$', text, re.M):
        yield f"{name}: DAEMON or PIDFILE"
    yield from (f"{name}:{n}: indented with blanks" for n, line in enumerate(text.split("\n"), 1) if re.match(r"\t* ", line))


FILES = {
    "Config.in": (TREE / "Config.in", (layout, menu)),
    "external.desc": (TREE / "external.desc", (layout,)),
    "external.mk": (TREE / "external.mk", (layout,)),
    "vlpd/Config.in": (TREE / "package/vlpd/Config.in", (layout, menu)),
    "vlpd.hash": (TREE / "package/vlpd/vlpd.hash", (layout, hashes)),
    "vlpd.mk": (TREE / "package/vlpd/vlpd.mk", (layout, makefile)),
    "S50vlpd": (SYSV, (layout, sysv)),
}

# File, what is replaced in it, by what: each must be found.
MUTANTS = [
    ("vlpd.mk", "VLPD_GOMOD = vlpd\n", "VLPD_GOMOD = vlpd \n"), ("vlpd.mk", "define VLPD_USERS\n", "\n\ndefine VLPD_USERS\n"),
    ("vlpd.mk", "# vlpd\n", "# VLPD\n"), ("vlpd.mk", "\tvlpd -1", "  vlpd -1"), ("vlpd.mk", "VLPD_GOMOD", "VLDP_GOMOD"),
    ("vlpd.mk", "= $(call", "= ${call"), ("vlpd.mk", "CONFIG_EPOLL", "CONFIG_ZPOLL"), ("vlpd.mk", "$(golang-package)", "$(generic-package)"),
    ("vlpd/Config.in", "\t  Watches", "\tWatches"), ("vlpd/Config.in", "\t  Watches", "\t  Watches " + 62 * "x"),
    ("vlpd/Config.in", "\tdefault 0\n", "\tdefault n\n"), ("vlpd/Config.in", "config BR2_PACKAGE_VLPD_QUEUE", "config BR2_PACKAGE_VLPD_ARGS"),
    ("vlpd/Config.in", '\tbool "vlpd"\n', '\thelp\n\tbool "vlpd"\n'), ("vlpd.hash", "sha256  ", "sha256 "), ("vlpd.hash", "  LICENSE", "0  LICENSE"),
    ("vlpd.hash", "\nsha256  ", "\nsha256  0"), ("S50vlpd", "/var/run/$DAEMON.pid", "/run/$DAEMON.pid"), ("S50vlpd", "\n\t", "\n    "),
    ("external.desc", "\ndesc", "\n\n\ndesc"), ("external.mk", "\n", ""),
]


def broken(name, text):
    return [fault for rule in FILES[name][1] for fault in rule(name, text)]


def check(report):
    texts = {name: path.read_text() for name, (path, _) in FILES.items()}
    for name, text in texts.items():
        faults = broken(name, text)
        report.check(f"Buildroot's rules: {name}", not faults, faults or "")
    for name, old, new in MUTANTS:
        spoilt = texts[name].replace(old, new, 1)
        report.check(f"a mutant is found: {name}: {old.strip()!r}", spoilt != texts[name] and broken(name, spoilt))
    version = re.search(r'\tversion = "(.*)"', (ROOT / "version.go").read_text())[1]
    report.same("VLPD_VERSION is that of version.go", re.search(r"^VLPD_VERSION = (.*)$", texts["vlpd.mk"], re.M)[1], version)
    sets = [set(re.findall(r"-X ([\w.]+)=", t.replace("addprefix -X main.commit=,", "-X main.commit="))) for t in
            (texts["vlpd.mk"], (ROOT / "scripts/cross-build.sh").read_text())]
    report.same("vlpd.mk links what cross-build.sh links", *sets)
    missing = [f for f in re.findall(r"\$\(@D\)/(packaging/\S+)", texts["vlpd.mk"]) if not (ROOT / f).exists()]
    report.check("vlpd.mk installs files that are there", not missing, missing or "")
