"""armkernel: an ARM kernel and its first file system, from Debian's packages.

Kernel and a static busybox are fetched through an apt state of our own, for an
architecture that the host does not know, and unpacked in the cache folder;
nothing is installed. The initramfs is a busybox, the modules asked for in an
order that loads, the files of the test, and one script that runs one command.
"""
import lzma
import os
import pathlib
import shutil
import stat
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import vlpt  # noqa: E402

WORK = vlpt.CACHE / "vm"
BASE_MODULES = ("virtio_mmio", "virtio_blk", "virtio_console", "crc32c_generic", "ext4")  # crc32c: a soft dependency of ext4

INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin HOME=/
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev
mkdir -p /dev/pts /tmp /run /mnt; mount -t devpts pts /dev/pts; mount -t tmpfs tmp /tmp; mount -t tmpfs run /run
ip link set lo up
while read -r ko; do insmod "$ko" || echo "insmod $ko failed"; done </etc/modules
port() { for p in /dev/vport*p"$1"; do [ -e "$p" ] && echo "$p" && return; done; return 1; }
here() { port 2 >/dev/null && [ "$(ls /sys/block | grep -c ^vd)" -ge "$(cat /etc/disks)" ]; }
i=0; while ! here && [ $i -lt 500 ]; do usleep 20000; i=$((i + 1)); done
sh /etc/command </dev/null >"$(port 1)" 2>&1; echo $? >"$(port 2)"
sync; poweroff -f
"""


# ---- packages

def _apt(arch, state, *words, cwd=None):
    """One apt command with a private state of a foreign architecture."""
    options = {"Dir::State": state / "state", "Dir::State::status": state / "status", "Dir::Cache": state / "cache",
               "APT::Architecture": arch, "APT::Architectures::": arch, "APT::Sandbox::User": "root"}
    flags = [x for k, v in options.items() for x in ("-o", f"{k}={v}")]
    return subprocess.run([words[0], "-qq", *flags, *words[1:]], cwd=cwd, stdout=subprocess.PIPE, text=True)


def _newest_kernel(arch, state, meta):
    """The package that the meta package stands for today."""
    for line in _apt(arch, state, "apt-cache", "depends", meta).stdout.splitlines():
        words = line.split()
        if words[:1] == ["Depends:"] and words[1].startswith("linux-image-"):
            return words[1]
    raise RuntimeError(f"apt knows no {meta} for {arch}")


def fetch(arch="armhf", meta="linux-image-armmp"):
    """Kernel and busybox unpacked in the cache folder; returns that folder."""
    root = WORK / meta
    if (root / "complete").exists():
        return root
    vlpt.need(**{"depmod": "kmod", "qemu_system_arm": "qemu-system-arm"})
    shutil.rmtree(root, ignore_errors=True)
    state = root / "apt"
    for d in ("state/lists/partial", "cache/archives/partial", "packages"):
        (state / d).mkdir(parents=True)
    (state / "status").touch()
    _apt(arch, state, "apt-get", "update")  # an index in mid-sync fails here and is not always needed
    kernel = _newest_kernel(arch, state, meta)
    print(f"fetching {kernel} and busybox-static for {arch} (unpacked in the cache, not installed)", flush=True)
    got = _apt(arch, state, "apt-get", "download", kernel, "busybox-static", cwd=state / "packages")
    packages = list((state / "packages").glob("*.deb"))
    if got.returncode or len(packages) != 2:
        raise RuntimeError(f"apt-get download {kernel} busybox-static: exit {got.returncode}, {len(packages)} packages")
    for deb in packages:
        subprocess.run(["dpkg-deb", "-x", deb, root], check=True)
    subprocess.run(["depmod", "-b", root, _version(root)], check=True)
    shutil.rmtree(state)
    (root / "complete").touch()
    return root


def _version(root):
    return next((root / "lib/modules").iterdir()).name


# ---- initramfs

def _module_files(root, names):
    """The modules and what they need, in an order that loads."""
    base = root / "lib/modules" / _version(root)
    needs = {}
    for line in (base / "modules.dep").read_text().splitlines():
        path, _, deps = line.partition(":")
        needs[pathlib.Path(path).name.split(".ko")[0].replace("-", "_")] = [path, *deps.split()]
    order = []
    for name in names:
        if name not in needs:
            raise RuntimeError(f"kernel {_version(root)} has no module {name}")
        order += [base / p for p in reversed(needs[name]) if base / p not in order]
    return order


def _cpio(entries):
    """A newc archive of (path, mode, bytes)."""
    out = []
    for inode, (name, mode, data) in enumerate([*entries, ("TRAILER!!!", 0, b"")], 1):
        name = name.encode() + b"\0"
        fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
        head = b"070701" + b"".join(b"%08X" % f for f in fields) + name
        out += [head, b"\0" * (-len(head) % 4), data, b"\0" * (-len(data) % 4)]
    return b"".join(out)


def initramfs(root, command, files, modules, disks):
    """files: {path in the guest: path here, or bytes}; disks: how many to wait for."""
    content = {"bin/busybox": root / "bin/busybox", "init": INIT.encode(),
               "etc/command": command.encode() + b"\n", "etc/disks": b"%d\n" % disks}
    listed = []
    for ko in _module_files(root, (*BASE_MODULES, *modules)):
        data = lzma.decompress(ko.read_bytes()) if ko.suffix == ".xz" else ko.read_bytes()
        content["lib/" + ko.name.removesuffix(".xz")] = data
        listed.append("/lib/" + ko.name.removesuffix(".xz"))
    content["etc/modules"] = ("\n".join(listed) + "\n").encode()
    content.update({k.lstrip("/"): v for k, v in files.items()})
    folders = {str(p) for k in content for p in pathlib.PurePath(k).parents if str(p) != "."}
    folders |= {"dev", "proc", "sys", "bin"}
    entries = [(d, stat.S_IFDIR | 0o755, b"") for d in sorted(folders)]
    for path, data in sorted(content.items()):
        entries.append((path, stat.S_IFREG | 0o755, data if isinstance(data, bytes) else pathlib.Path(data).read_bytes()))
    return _cpio(entries)
