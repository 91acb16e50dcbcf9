"""archives: what is inside the packages, read by nothing but tar and gzip."""
import gzip
import hashlib
import io
import pathlib
import re
import tarfile
import zlib

from pack import ROOT, must, only

COMMON = {"usr/bin/vlpd": 0o755, "usr/libexec/vlpd/prepare": 0o755, "etc/default/vlpd": 0o644,
          "usr/share/doc/vlpd/copyright": 0o644}
BOARD = {**COMMON, "etc/init.d/S50vlpd": 0o755}
OPENWRT = {**COMMON, "etc/init.d/vlpd": 0o755}
ALPINE = {**OPENWRT, "etc/conf.d/vlpd": 0o644}
DEBIAN = {**COMMON, "usr/lib/systemd/system/vlpd.service": 0o644, "usr/share/man/man8/vlpd.8.gz": 0o644,
          "usr/share/doc/vlpd/changelog.gz": 0o644, "usr/share/doc/vlpd/changelog.Debian.gz": 0o644,
          "usr/share/doc/vlpd/examples/recovery.conf": 0o644,
          "usr/share/lintian/overrides/vlpd": 0o644}

# ELF: e_machine. The version of the ARM that Go was told is in its own note.
MACHINE = {"armv5": 40, "armv6": 40, "armv7": 40, "arm64": 183, "amd64": 62, "riscv64": 243}


def clean(name):
    return name.removeprefix("./").rstrip("/")


def modes(tar):
    """Files and their modes; all must be root's."""
    for m in tar:
        if (m.uid, m.gid) != (0, 0):
            raise RuntimeError(f"{m.name} belongs to {m.uid}:{m.gid}")
    return {clean(m.name): m.mode & 0o7777 for m in tar.getmembers() if not m.isdir()}


def text(tar, name):
    member = next(m for m in tar.getmembers() if clean(m.name) == name)
    return tar.extractfile(member).read()


def binary(report, what, data, target):
    """The right machine, static, and the version of its ARM."""
    machine = int.from_bytes(data[18:20], "little")
    arm = sorted(set(re.findall(rb"build\tGOARM=(\d)", data)))
    report.check(f"{what}: an ELF program for {target}, without an interpreter",
                 data[:4] == b"\x7fELF" and machine == MACHINE[target] and b"/ld-" not in data[:4096] and
                 arm == ([target[-1:].encode()] if machine == 40 else []), f"machine {machine} {arm}")


def same_as_tree(report, what, tar, pairs):
    """Scripts and settings are those of the tree, to the byte."""
    wrong = [name for name, source in pairs.items() if text(tar, name) != (ROOT / "packaging" / source).read_bytes()]
    report.check(f"{what}: scripts and settings are those of packaging/", not wrong, wrong or "")


def boards(report, dist):
    for target in MACHINE:
        file = only(dist, f"vlpd-*-{target}.tar.gz")
        with tarfile.open(file) as tar:
            report.same(f"{file.name}: its files and their modes", modes(tar), BOARD)
            report.check(f"{file.name}: no folders, which would replace links", not any(m.isdir() for m in tar))
            binary(report, file.name, text(tar, "usr/bin/vlpd"), target)
            same_as_tree(report, file.name, tar, {
                "etc/init.d/S50vlpd": "busybox/S50vlpd", "etc/default/vlpd": "common/default", "usr/libexec/vlpd/prepare": "common/prepare"})


def busybox_unpacks(report, dist, work):
    """A board's own tar, on a root whose /usr/bin is a link."""
    root = work / "board"
    (root / "bin").mkdir(parents=True)
    (root / "usr").mkdir()
    (root / "usr/bin").symlink_to("../bin")
    must("busybox", "tar", "-xzf", only(dist, "vlpd-*-armv7.tar.gz"), "-C", root)
    report.check("BusyBox unpacks the tarball at /, links of the board stay", (root / "usr/bin").is_symlink() and (root / "bin/vlpd").is_file())
    if pathlib.Path("/usr/bin/qemu-arm-static").exists():
        said = must("qemu-arm-static", root / "bin/vlpd", "--version")
        report.check("armv7 --version", re.match(r"vlpd \S+ \(\S+\) go\S+ linux/armv7$", said), said.strip())
    else:
        report.skip("armv7 --version", "no qemu-arm-static")


def debs(report, dist):
    for arch, target in {"armel": "armv5", "armhf": "armv7", "arm64": "arm64", "amd64": "amd64"}.items():
        file = only(dist, f"*_{arch}.deb")
        with tarfile.open(fileobj=io.BytesIO(raw("dpkg-deb", "--fsys-tarfile", file))) as tar:
            report.same(f"{file.name}: its files and their modes", modes(tar), DEBIAN)
            binary(report, file.name, text(tar, "usr/bin/vlpd"), target)
        said = must("dpkg-deb", "-f", file, "Architecture")
        report.same(f"{file.name}: its architecture", said.strip(), arch)


def raw(*cmd):
    import subprocess
    return subprocess.run([str(c) for c in cmd], check=True, stdout=subprocess.PIPE).stdout


def ipks(report, dist):
    """A gzipped tar of three: debian-binary, control.tar.gz, data.tar.gz, as opkg reads it."""
    want = {"arm_arm926ej-s": "armv5", "arm_arm1176jzf-s_vfp": "armv6", "arm_cortex-a7_neon-vfpv4": "armv7",
            "aarch64_cortex-a53": "arm64", "aarch64_generic": "arm64", "x86_64": "amd64"}
    for arch, target in want.items():
        file = only(dist, f"*_{arch}.ipk")
        with tarfile.open(file) as outer:
            report.same(f"{file.name}: its members", sorted(clean(m.name) for m in outer), ["control.tar.gz", "data.tar.gz", "debian-binary"])
            report.same(f"{file.name}: debian-binary", text(outer, "debian-binary"), b"2.0\n")
            control, data = (tarfile.open(fileobj=io.BytesIO(text(outer, f"{p}.tar.gz"))) for p in ("control", "data"))
        fields = dict(line.split(": ", 1) for line in text(control, "control").decode().splitlines() if re.match(r"[A-Z]", line))
        report.same(f"{file.name}: package, architecture and user", [fields.get(f) for f in ("Package", "Architecture", "Require-User")],
                    ["vlpd", arch, "vlpd:vlpd:dialout"])
        report.same(f"{file.name}: conffiles", text(control, "conffiles").split(), [b"/etc/default/vlpd"])
        report.same(f"{file.name}: control files", modes(control).keys() >= {"control", "conffiles", "postinst", "prerm"}, True)
        report.same(f"{file.name}: its files and their modes", modes(data), OPENWRT)
        binary(report, file.name, text(data, "usr/bin/vlpd"), target)
        same_as_tree(report, file.name, data, {"etc/init.d/vlpd": "procd/vlpd.init", "etc/default/vlpd": "common/default"})


def streams(blob):
    """The gzip streams that follow each other in an apk: as they are, and unpacked."""
    while blob:
        z = zlib.decompressobj(31)
        out = z.decompress(blob)
        yield blob[:len(blob) - len(z.unused_data)], out
        blob = z.unused_data


def apks(report, dist):
    """APK version 2: control segment without an end of tar, then the files, whose hash the control tells."""
    for arch, target in {"armhf": "armv6", "armv7": "armv7", "aarch64": "arm64", "x86_64": "amd64"}.items():
        file = only(dist, f"*_{arch}.apk")
        (_, control), (packed, files) = streams(file.read_bytes())
        control = tarfile.open(fileobj=io.BytesIO(control + bytes(1024)))
        info = dict(re.findall(r"^(\w+) = (.*)$", text(control, ".PKGINFO").decode(), re.M))
        report.same(f"{file.name}: name and architecture", [info["pkgname"], info["arch"]], ["vlpd", arch])
        report.check(f"{file.name}: a version that apk can order", re.fullmatch(r"[0-9.]+(_(pre|git)\d*)?-r\d+", info["pkgver"]), info["pkgver"])
        report.same(f"{file.name}: datahash", info["datahash"], hashlib.sha256(packed).hexdigest())
        report.same(f"{file.name}: its scripts", sorted(clean(m.name) for m in control),
                    sorted([".PKGINFO", ".pre-install", ".post-install", ".pre-upgrade", ".post-upgrade", ".pre-deinstall"]))
        tar = tarfile.open(fileobj=io.BytesIO(files))
        report.same(f"{file.name}: its files and their modes", modes(tar), ALPINE)
        sums = [m.name for m in tar if m.isreg() and m.pax_headers.get("APK-TOOLS.checksum.SHA1") != hashlib.sha1(tar.extractfile(m).read()).hexdigest()]
        report.check(f"{file.name}: the sum of every file", not sums, sums or "")
        binary(report, file.name, text(tar, "usr/bin/vlpd"), target)
        same_as_tree(report, file.name, tar, {"etc/init.d/vlpd": "openrc/vlpd.initd", "etc/conf.d/vlpd": "openrc/vlpd.confd"})


def documents(report, dist):
    """Compressed without a time, and the manual page is the one of the tree."""
    tar = tarfile.open(fileobj=io.BytesIO(raw("dpkg-deb", "--fsys-tarfile", only(dist, "*_armhf.deb"))))
    page = text(tar, "usr/share/man/man8/vlpd.8.gz")
    report.check("the manual page is that of docs/, gzipped without a time",
                 gzip.decompress(page) == (ROOT / "docs/vlpd.8").read_bytes() and page[4:8] == bytes(4))
    long = [line for line in gzip.decompress(text(tar, "usr/share/doc/vlpd/changelog.Debian.gz")).decode().splitlines() if len(line) > 80]
    report.check("changelog.Debian: no line of more than 80", not long, long or "")
