"""brinstall: the recipes of vlpd.mk, run by make alone, with the little of Buildroot that they use."""
import re

from pack import ROOT, must, run

MAKEFILE = r"""
qstrip = $(strip $(subst ",,$(1)))
comma := ,
INSTALL = install
SED = sed -i -e
BR2_EXTERNAL_VLPD_PATH = {root}/packaging/buildroot
include vlpd.mk
install: ; $(VLPD_INSTALL_FILES)
sysv: ; $(VLPD_INSTALL_INIT_SYSV)
systemd: ; $(VLPD_INSTALL_INIT_SYSTEMD)
openrc: ; $(VLPD_INSTALL_INIT_OPENRC)
ldflags: ; @echo '$(VLPD_LDFLAGS)'
KCONFIG_ENABLE_OPT = echo $(1)
kernel: ; $(VLPD_LINUX_CONFIG_FIXUPS)
"""


def make(work, *goals, **variables):
    """Runs goals; $(@D), the package's build folder in Buildroot, becomes the checkout."""
    (work / "vlpd.mk").write_text((ROOT / "packaging/buildroot/package/vlpd/vlpd.mk").read_text().replace("$(@D)", str(ROOT)))
    (work / "Makefile").write_text(MAKEFILE.replace("{root}", str(ROOT)))
    return must("make", "-s", *goals, f"TARGET_DIR={work}/target", *(f"{k}={v}" for k, v in variables.items()), cwd=work)


def settings(work):
    """What a start script finds in /etc/default/vlpd, and what systemd's reading of it needs: quotes in pairs."""
    file = work / "target/etc/default/vlpd"
    code, said = run("sh", "-euc", '. "$1"; for v in "$VLPD_ARGS" "${VLPD_SERIAL-}" "$VLPD_QUEUE"; do echo $v; done', "-", file)
    if code or file.read_text().count('"') % 2:
        raise RuntimeError(f"{file}: {said}")
    return said.splitlines()


def check(report, work):
    make(work, "install", "sysv", "systemd", "openrc", BR2_PACKAGE_VLPD_QUEUE="0", BR2_PACKAGE_VLPD_SERIAL='""')
    untouched = (work / "target/etc/default/vlpd").read_bytes() == (ROOT / "packaging/common/default").read_bytes()
    report.check("an empty menu leaves the settings as they are", untouched)
    places = sorted(str(f.relative_to(work / "target")) for f in (work / "target").rglob("*") if f.is_file())
    report.same("where the files go", places, ["etc/conf.d/vlpd", "etc/default/vlpd", "etc/init.d/S50vlpd", "etc/init.d/vlpd",
                                               "usr/lib/systemd/system/vlpd.service", "usr/libexec/vlpd/prepare"])
    plain = settings(work)
    make(work, "install", BR2_PACKAGE_VLPD_QUEUE="256", BR2_PACKAGE_VLPD_SERIAL='"a=/dev/ttyS1,9600 b=usb:0403:6001"',
         BR2_PACKAGE_VLPD_WATCHDOG='"/dev/watchdog0"', BR2_PACKAGE_VLPD_ARGS='"--threshold-ms 5000 --recovery-env X=1&2"')
    args, serial, queue = settings(work)
    report.same("flags of the menu come last", args, plain[0] + " --hw-watchdog /dev/watchdog0 --threshold-ms 5000 --recovery-env X=1&2")
    report.same("lines of the menu", serial, "--serial a=/dev/ttyS1,9600 --serial b=usb:0403:6001")
    report.same("queue of the menu", queue, "256")
    for board, want in {"BR2_arm=y GO_GOARM=7": "-R 4096", "BR2_aarch64=y": "-R 16384",
                        "BR2_aarch64=y BR2_ARM64_PAGE_SIZE_64K=y": "", "BR2_x86_64=y": ""}.items():
        said = make(work, "ldflags", *board.split())
        report.same(f"pages: {board}", re.findall(r"-R \d+", said), [want] if want else [])
    helpers = {arm: "CONFIG_KUSER_HELPERS" in make(work, "kernel", f"GO_GOARM={arm}").split() for arm in ("5", "6", "7", "")}
    report.same("kernel helpers are for ARMv5 and ARMv6 alone", helpers, {"5": True, "6": True, "7": False, "": False})
