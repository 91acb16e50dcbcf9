"""debian: the deb in a Debian of its own: installed, upgraded, removed, purged.

The Debian is made once by debootstrap, in the cache folder, and copied for each
test. Nothing runs in it but what a test starts, as in a chroot that becomes an
image; a systemctl that writes down what it is asked stands for a running systemd.
"""
import contextlib
import os
import re
import shutil
import stat

from pack import WORK, must, only, package, run

RELEASE = "bookworm"
SYSTEMCTL = """#!/bin/sh
echo "$*" >>/systemctl.log
link=/etc/systemd/system/multi-user.target.wants/vlpd.service
case $* in
*preset*) ln -sf /usr/lib/systemd/system/vlpd.service $link ;;
*is-enabled*) [ ! -L $link ] || echo enabled ;;
esac
"""


def base():
    """The path of the pristine Debian."""
    root = WORK / RELEASE
    if not root.exists():
        print(f"making a Debian {RELEASE} in {root}", flush=True)
        new = root.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        new.parent.mkdir(parents=True, exist_ok=True)
        must("debootstrap", "--variant=minbase", RELEASE, new, limit=300)
        for folder in ("var/cache/apt", "var/lib/apt/lists", "usr/share/locale", "usr/share/doc"):
            shutil.rmtree(new / folder, ignore_errors=True)
        new.rename(root)
    return root


class Debian:
    """A copy of it, with /proc; goes away at the end."""

    def __init__(self, name, systemd=False):
        self.root = WORK / f"run-{name}"
        self.leave()
        must("cp", "-a", base(), self.root)
        must("mount", "-t", "proc", "proc", self.root / "proc")
        (self.root / "tmp/debs").mkdir()
        if systemd:
            (self.root / "run/systemd/system").mkdir(parents=True)
            self.script("usr/bin/systemctl", SYSTEMCTL)

    def leave(self):
        with contextlib.suppress(RuntimeError):
            must("umount", "-l", self.root / "proc")
        shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.leave()

    def run(self, *cmd):
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"}
        return run("/usr/sbin/chroot", self.root, *cmd, env=env, stdin="")

    def must(self, *cmd):
        code, said = self.run(*cmd)
        if code:
            raise RuntimeError(f"{' '.join(cmd)}: exit code {code}: {said[-1500:]}")
        return said

    def install(self, deb, *options):
        shutil.copy(deb, self.root / "tmp/debs")
        return self.run("dpkg", *options, "-i", f"/tmp/debs/{deb.name}")

    def script(self, path, text):
        (self.root / path).write_text(text)
        (self.root / path).chmod(0o755)

    def has(self, path):
        return os.path.lexists(self.root / path)

    def asked(self):
        """What systemctl was asked since the last time, without its options."""
        log = self.root / "systemctl.log"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        words = [" ".join(w for w in line.split() if not w.startswith("-")) for line in lines]
        return [w for w in words if w.split()[0] in ("daemon-reload", "start", "stop", "restart", "try-restart")]


WANTED = "etc/systemd/system/multi-user.target.wants/vlpd.service"


def debs(dist, work):
    """This version's amd64 deb, and one of a later version whose settings are others."""
    later = work / "later"
    must("tar", "-xzf", only(dist, "*-go2.tar.gz"), "-C", work)
    tree = only(work, "vlpd-*")
    with open(tree / "packaging/common/default", "a") as f:
        f.write("# of a later version\n")
    package(later, "deb", tree=tree, VERSION="9.0.0")
    return only(dist, "*_amd64.deb"), only(later, "*_amd64.deb")


def installed(report, deb, later):
    """In a chroot: a user, an enabled unit, and nothing started."""
    with Debian("install") as d:
        code, said = d.install(deb)
        report.check("installed in a chroot", code == 0, "" if code == 0 else said)
        report.check("no word of complaint", not re.search(r"(?i)warning|error|fail|cannot", said), said if "arning" in said else "")
        report.same("dpkg --verify finds all as packed", d.must("dpkg", "--verify", "vlpd"), "")
        report.check("the user is there, in dialout", re.fullmatch(r"vlpd dialout\n", d.must("id", "-Gn", "vlpd")))
        report.check("the unit is enabled", d.has(WANTED))
        first_start(report, d)
        removed(report, d)


def first_start(report, d):
    """What the unit would do, without systemd: prepare as root, then vlpd as its user."""
    said = d.must("sh", "-c", "VLPD_OWNER=vlpd /usr/libexec/vlpd/prepare")
    token = d.root / "etc/vlpd/token"
    uid = int(d.must("id", "-u", "vlpd"))
    report.check("prepare makes the token, 0600 and the user's own",
                 stat.S_IMODE(token.stat().st_mode) == 0o600 and token.stat().st_uid == uid, said.strip())
    start = ". /etc/default/vlpd; exec setpriv --reuid vlpd --regid vlpd --init-groups vlpd $VLPD_ARGS --shutdown-after-secs 0"
    code, said = d.run("sh", "-c", start)
    report.check("vlpd starts with what is installed", code == 0 and "ready" in said, "" if code == 0 else said)
    report.check("and writes its log", d.has("var/lib/vlpd/events.log"))


def removed(report, d):
    d.must("dpkg", "-r", "vlpd")
    report.check("removed: the program is gone, settings, token and log are not",
                 not d.has("usr/bin/vlpd") and not d.has("usr/libexec/vlpd")
                 and d.has("etc/default/vlpd") and d.has("etc/vlpd/token") and d.has("var/lib/vlpd/events.log"))
    code, said = d.run("dpkg", "-P", "vlpd")
    report.check("purged: settings and token are gone, the unit's link too", code == 0 and not d.has("etc/default/vlpd")
                 and not d.has("etc/vlpd") and not d.has(WANTED), said if code else "")
    report.check("purged: the log is kept, and that is said", d.has("var/lib/vlpd/events.log") and "/var/lib/vlpd" in said, said.strip().splitlines()[-1])
    report.check("purged: its owner is kept with it", d.run("id", "vlpd")[0] == 0)
    left = must("find", d.root / "etc", d.root / "usr", d.root / "var/lib/systemd", "-name", "*vlpd*")
    report.same("purged: no other file of that name", left, "")


def upgraded(report, deb, later):
    """Under a running systemd: what it is asked, and whose settings win."""
    with Debian("upgrade", systemd=True) as d:
        d.install(deb)
        report.same("installed under systemd: started", d.asked(), ["daemon-reload", "start vlpd.service"])
        code, said = d.install(later)
        report.check("upgraded", code == 0, "" if code == 0 else said)
        report.same("upgraded: restarted once", d.asked(), ["daemon-reload", "restart vlpd.service"])
        settings = d.root / "etc/default/vlpd"
        report.check("upgraded: settings that nobody changed are the new ones", "later" in settings.read_text())
        (d.root / WANTED).unlink()
        settings.write_text("VLPD_ARGS='mine'\n")
        code, said = d.install(deb, "--force-downgrade", "--force-confdef", "--force-confold")
        report.check("settings that were changed stay, the new ones lie beside them", code == 0 and
                     "mine" in settings.read_text() and d.has("etc/default/vlpd.dpkg-dist"), said if code else "")
        report.check("a unit that was disabled stays so", not d.has(WANTED))
        d.asked()
        d.must("dpkg", "-r", "vlpd")
        report.same("removed: stopped first", d.asked(), ["stop vlpd.service", "daemon-reload"])


def forbidden(report, deb, later):
    """policy-rc.d forbids starts, as when an image is made; and Debians that lack things."""
    with Debian("policy", systemd=True) as d:
        d.script("usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n")
        code, said = d.install(deb)
        report.same("policy-rc.d says no: not started", (code, d.asked()), (0, ["daemon-reload"]))
        d.must("dpkg", "-P", "vlpd")
        report.check("purged before its first start: nothing is kept", not d.has("var/lib/vlpd"))
    with Debian("bare") as d:
        for tool in ("usr/bin/deb-systemd-helper", "usr/bin/deb-systemd-invoke"):
            (d.root / tool).unlink()
        d.must("sed", "-i", "/^dialout:/d", "/etc/group")
        codes = [d.install(deb)[0], d.install(later)[0], d.run("dpkg", "-P", "vlpd")[0]]
        report.same("without systemd's helpers and without dialout: installed, upgraded, purged", codes, [0, 0, 0])


TESTS = [installed, upgraded, forbidden]
