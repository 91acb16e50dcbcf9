"""brmake: the external tree in a real Buildroot, $BUILDROOT: its check-package, and its make as far as it comes offline.

No toolchain is at hand that Buildroot takes, and none is needed: no C is
compiled. So its steps are marked as done; Go is the machine's own, by
Buildroot's override of a package's sources. All else is Buildroot's own doing.
"""
import os
import pathlib
import re
import shutil

from brrules import FILES, SYSV, TREE
from pack import ROOT, WORK, must, only, package, run

DEFCONFIG = """BR2_arm=y
BR2_cortex_a7=y
BR2_TOOLCHAIN_EXTERNAL=y
BR2_TOOLCHAIN_EXTERNAL_CUSTOM=y
BR2_TOOLCHAIN_EXTERNAL_PREINSTALLED=y
BR2_TOOLCHAIN_EXTERNAL_CUSTOM_GLIBC=y
BR2_PACKAGE_OVERRIDE_FILE="{out}/local.mk"
BR2_PACKAGE_HOST_GO=y
BR2_PACKAGE_HOST_GO_BIN=y
BR2_PACKAGE_VLPD=y
BR2_PACKAGE_VLPD_SERIAL="rs485=/dev/ttyUSB0,115200"
BR2_PACKAGE_VLPD_QUEUE=256
BR2_GLOBAL_PATCH_DIR="{out}/patches"
"""

# Buildroot wants a newer tar than Debian 12 has, for the sums of what it downloads from version control only.
TAR = "#!/bin/sh\n[ \"$1\" != --version ] || exec echo 'tar (GNU tar) 1.35'\nexec /usr/bin/tar \"$@\"\n"


def python():
    """A Python with what check-package needs, from PyPI, in the cache folder."""
    venv = WORK / "check-package"
    if not (venv / "bin/flake8").exists():
        print(f"installing flake8 and python-magic into {venv}", flush=True)
        must("python3", "-m", "venv", venv)
        must(venv / "bin/pip", "-q", "install", "flake8", "python-magic", limit=300)
    return venv


def check_package(report, buildroot, work):
    """It looks at the start script by its name; the mode is no matter, as vlpd.mk gives it one."""
    script = work / "S50vlpd"
    shutil.copyfile(SYSV, script)
    files = [path for path, _ in FILES.values() if path != SYSV] + [script]
    venv = python()
    env = {"PATH": f"{venv}/bin:{os.environ['PATH']}"}
    tool = [venv / "bin/python", pathlib.Path(buildroot) / "utils/check-package", "-b"]
    code, said = run(*tool, *files, cwd=ROOT, env=env)
    report.check(f"utils/check-package: {len(files)} files", code == 0 and "\n0 warnings" in said, " ".join(said.split("\n")))
    (work / "vlpd.mk").write_text((TREE / "package/vlpd/vlpd.mk").read_text().replace("\tvlpd -1", "  vlpd -1"))
    report.check("utils/check-package finds a mutant", run(*tool, work / "vlpd.mk", cwd=ROOT, env=env)[0] != 0)


class Build:
    """An output folder of that Buildroot, kept in the cache."""

    def __init__(self, buildroot):
        self.out = WORK / "buildroot"
        self.buildroot = pathlib.Path(buildroot)
        (self.out / "bin").mkdir(parents=True, exist_ok=True)
        (self.out / "patches/vlpd").mkdir(parents=True, exist_ok=True)
        (self.out / "bin/tar").write_text(TAR)
        (self.out / "bin/tar").chmod(0o755)
        (self.out / "local.mk").write_text(f"GO_BIN_OVERRIDE_SRCDIR = {must('go', 'env', 'GOROOT').strip()}\n")
        self.env = {"PATH": f"{self.out}/bin:{os.environ['PATH']}", "FORCE_UNSAFE_CONFIGURE": "1", "BR2_DL_DIR": str(self.out / "dl"),
                    "GOPROXY": must("go", "env", "GOPROXY").strip()}
        self.configure()
        for stamp in ("downloaded", "extracted", "patched", "configured", "built", "staging_installed", "target_installed", "installed"):
            mark = self.out / f"build/toolchain-external-custom/.stamp_{stamp}"
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()

    def configure(self, more=""):
        (self.out / "defconfig").write_text(DEFCONFIG.replace("{out}", str(self.out)) + more)
        must("make", f"O={self.out}", f"BR2_EXTERNAL={TREE}", f"BR2_DEFCONFIG={self.out}/defconfig", "defconfig",
             cwd=self.buildroot, env=self.env)

    def make(self, *goals):
        return run("make", f"O={self.out}", *goals, cwd=self.buildroot, env=self.env, limit=500)

    def variable(self, name):
        said = self.make("-s", "printvars", f"VARS={name}")[1]
        return re.search(rf"^{name}=(.*?)^(?=\w+=|make|\Z)", said + "\n", re.M | re.S)[1]


def build(report, b, what):
    code, said = b.make("vlpd-dirclean", "vlpd")
    if not report.check(f"make vlpd, {what}", code == 0, "" if code == 0 else said[-1500:]):
        return
    version = must("qemu-arm-static", b.out / "target/usr/bin/vlpd", "--version")
    report.check(f"{what}: target/usr/bin/vlpd", re.match(r"vlpd \S+ \([0-9a-f]{12}\) go\S+ linux/armv7$", version), version.strip())
    there = [p for p in ("etc/init.d/S50vlpd", "etc/default/vlpd", "usr/libexec/vlpd/prepare") if (b.out / "target" / p).is_file()]
    report.same(f"{what}: the other files are in target/", len(there), 3)
    text = (b.out / "target/etc/default/vlpd").read_text()
    report.check(f"{what}: the menu is in /etc/default/vlpd", '\nVLPD_SERIAL="--serial rs485=/dev/ttyUSB0,115200"\n' in text and '\nVLPD_QUEUE="256"\n' in text)


def accounts(report, b, work):
    """The tables of users and permissions, by Buildroot's own tools, in a copy of target/."""
    target = work / "accounts"
    shutil.copytree(b.out / "target", target, symlinks=True)
    (work / "users").write_text(b.variable("VLPD_USERS").strip() + "\n")
    code, said = run(b.buildroot / "support/scripts/mkusers", work / "users", target, env=dict(b.env, BR2_CONFIG=str(b.out / ".config")))
    passwd, group = ((target / "etc" / f).read_text() for f in ("passwd", "group"))
    report.check("users: vlpd, without a login, in dialout", code == 0 and re.search(r"^vlpd:x:\d+:\d+:.*:/bin/false$", passwd, re.M)
                 and re.search(r"^dialout:.*\bvlpd\b", group, re.M), said if code else "")
    (work / "modes").write_text(b.variable("VLPD_PERMISSIONS").strip() + "\n")
    b.make("host-makedevs")
    code, said = run(b.out / "host/bin/makedevs", "-d", work / "modes", target)
    uid, gid = map(int, re.search(r"^vlpd:x:(\d+):(\d+):", passwd, re.M).groups())
    got = [(s.st_mode & 0o7777, s.st_uid, s.st_gid) for s in map(os.stat, (target / "etc/vlpd", target / "var/lib/vlpd"))] if code == 0 else said
    report.same("folders: mode and owner", got, [(0o750, 0, gid), (0o750, uid, gid)])


def tarball(report, b, site):
    """From a tarball with its sum, as from a server; a wrong sum is refused."""
    print(package(site, "source"))
    file = only(site, "*-go2.tar.gz")
    b.configure(f'BR2_PACKAGE_VLPD_SITE="file://{site}"\n')
    sums = b.out / "patches/vlpd/vlpd.hash"
    sums.write_text(re.sub(r"  \w", "  0", (site / "vlpd.hash").read_text(), count=1))
    shutil.rmtree(b.out / "dl", ignore_errors=True)
    code, said = b.make("vlpd-dirclean", "vlpd-source")
    report.check("a tarball with a wrong sum is refused", code != 0 and "wrong sha256 hash" in said, "" if code else said[-500:])
    shutil.copyfile(site / "vlpd.hash", sums)
    build(report, b, f"from {file.name}")
    code, said = b.make("vlpd-legal-info")
    report.check("legal-info: the license and its sum", code == 0 and "LICENSE: OK" in said, said[-300:] if code else "")
    sums.unlink()


def check(report, buildroot, work):
    check_package(report, buildroot, work)
    b = Build(buildroot)
    build(report, b, "from the checkout")
    accounts(report, b, work)
    tarball(report, b, work / "site")
