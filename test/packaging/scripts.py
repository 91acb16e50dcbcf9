"""scripts: those of the apk and the ipk, run as apk and opkg would, in a BusyBox root."""
import shutil

from pack import ROOT, must, run

NOTE = "#!/bin/sh\necho \"${0##*/} $*\" >>/asked\n"


class Box:
    """A root with a static BusyBox, and stubs that write down what they are asked."""

    def __init__(self, work, stubs=()):
        self.root = work / "box"
        shutil.rmtree(self.root, ignore_errors=True)
        for folder in ("bin", "dev", "etc", "lib"):
            (self.root / folder).mkdir(parents=True)
        shutil.copy(shutil.which("busybox"), self.root / "bin/busybox")
        must("/usr/sbin/chroot", self.root, "/bin/busybox", "--install", "-s", "/bin")
        (self.root / "dev/null").touch()
        for stub in stubs:
            (self.root / "bin" / stub).write_text(NOTE)
            (self.root / "bin" / stub).chmod(0o755)

    def run(self, script, *args):
        shutil.copy(ROOT / "packaging/nfpm" / script, self.root / "script")
        return run("/usr/sbin/chroot", self.root, "/bin/sh", "/script", *args, env={"PATH": "/bin"})

    def asked(self):
        log = self.root / "asked"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return lines


def alpine(report, work):
    box = Box(work, ("addgroup", "adduser", "rc-update", "rc-service"))
    box.run("apk/pre-install", "0.1")
    report.same("apk: its group, its user without a login, the serial lines", box.asked(), [
        "addgroup -S vlpd", "adduser -S -D -H -h /var/lib/vlpd -s /sbin/nologin -G vlpd -g vlpd heartbeat observer vlpd",
        "addgroup vlpd dialout"])
    box.run("apk/post-install", "0.1")
    report.same("apk: enabled, not started", box.asked(), ["rc-update -q add vlpd default"])
    box.run("apk/post-upgrade", "0.2", "0.1")
    report.same("apk: restarted by an upgrade if it runs", box.asked(), ["rc-service -q vlpd status", "rc-service vlpd restart"])
    box.run("apk/pre-deinstall", "0.2")
    report.same("apk: stopped and disabled before it goes", box.asked(),
                ["rc-service -q vlpd status", "rc-service vlpd stop", "rc-update -q del vlpd default"])
    bare = Box(work)
    scripts = sorted(f.name for f in (ROOT / "packaging/nfpm/apk").iterdir())
    codes = [bare.run(f"apk/{s}")[0] for s in scripts]
    report.same("apk: no script fails without OpenRC and adduser", codes, [0] * len(scripts))


def openwrt(report, work):
    box = Box(work)
    codes = [box.run(f"ipk/{s}")[0] for s in ("postinst", "prerm")]
    report.same("ipk: no script fails without OpenWrt's functions", codes, [0, 0])
    stub = "".join(f'{f}() {{ echo "{f} ${{1##*/}} $2" >>/asked; }}\n' for f in ("default_postinst", "default_prerm"))
    (box.root / "lib/functions.sh").write_text(stub)
    box.run("ipk/postinst", "configure")
    box.run("ipk/prerm", "remove")
    report.same("ipk: OpenWrt's own functions are asked", box.asked(), ["default_postinst script configure", "default_prerm script remove"])


TESTS = [alpine, openwrt]
