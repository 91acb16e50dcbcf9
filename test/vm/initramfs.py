"""initramfs: the first file system of a board, made anew for each boot.

A busybox, the modules asked for, the files of the test, and scripts that run one
command. Either /init does all (mount, load, run, power off), or BusyBox's init
does it from an inittab shaped as Buildroot's: rcS starts /etc/init.d/S??*, the
command runs, and at power-off rcK stops them in reverse order.
"""
import lzma
import pathlib
import stat

import armkernel

BEGIN_MARK, CODE_MARK = "@@begin", "@@code"  # around the output that comes over the console

# Links for applets, mounts, modules; then waits for the disks, and for the virtio
# ports, whose N in vportNpM is the number of the virtio device.
BEGIN = """#!/bin/busybox sh
/bin/busybox --install -s
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /dev/pts /dev/shm /tmp /run /mnt; mount -t devpts pts /dev/pts; mount -t tmpfs tmp /tmp; mount -t tmpfs run /run
[ -e /var/run ] || ln -s /run /var/run
ip link set lo up
while read -r ko; do insmod "$ko" || echo "insmod $ko failed"; done </etc/vm/modules
. /etc/vm/ports
here() {
  { [ ! -e /etc/vm/virtio ] || port 2 >/dev/null; } &&
    [ "$(ls /sys/block /sys/class/mtd 2>/dev/null | grep -cE '^(vd[a-z]+|mmcblk[0-9]|mtd[0-9])$')" -ge "$(cat /etc/vm/disks)" ]
}
i=0; while ! here && [ $i -lt 500 ]; do usleep 20000; i=$((i + 1)); done
"""

PORTS = """port() { for p in /dev/vport*p"$1"; do [ -e "$p" ] && echo "$p" && return; done; return 1; }
"""

RUN = f"""#!/bin/sh
export PATH=/bin:/sbin:/usr/bin:/usr/sbin HOME=/
. /etc/vm/ports
if [ -e /etc/vm/virtio ]; then
  sh /etc/command </dev/null >"$(port 1)" 2>&1; echo $? >"$(port 2)"
else
  echo {BEGIN_MARK}; sh /etc/command </dev/null 2>&1; echo "{CODE_MARK} $?"
fi
"""

INIT = BEGIN + "/bin/sh /etc/vm/run\nsync; poweroff -f\n"

# ---- with BusyBox's init

BUSYBOX_INIT = """#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
exec /bin/busybox init
"""

INITTAB = """::sysinit:/bin/busybox sh /etc/vm/begin
::sysinit:/etc/init.d/rcS
::once:/etc/vm/run-and-leave
::shutdown:/etc/init.d/rcK
::shutdown:/bin/umount -a -r
"""

# How long each script took, by the kernel's uptime, is kept for figures.
RCS = """#!/bin/sh
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
[ ! -r /etc/vm/environment ] || . /etc/vm/environment
for script in /etc/init.d/S??*; do
  [ -f "$script" ] || continue
  read -r before _ </proc/uptime
  "$script" start
  read -r after _ </proc/uptime
  echo "$script $before $after" >>/run/started
done
"""

RCK = """#!/bin/sh
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
for script in $(ls -r /etc/init.d/S??* 2>/dev/null); do [ ! -f "$script" ] || "$script" stop; done
"""


def _scripts(init):
    if not init:
        return {"init": INIT}
    return {"init": BUSYBOX_INIT, "etc/inittab": INITTAB, "etc/vm/begin": BEGIN,
            "etc/vm/run-and-leave": "#!/bin/sh\nsh /etc/vm/run\npoweroff\n",
            "etc/init.d/rcS": RCS, "etc/init.d/rcK": RCK,
            "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n", "etc/group": "root:x:0:\n"}


def _cpio(entries):
    """A newc archive of (path, mode, bytes)."""
    out = []
    for inode, (name, mode, data) in enumerate([*entries, ("TRAILER!!!", 0, b"")], 1):
        name = name.encode() + b"\0"
        fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
        head = b"070701" + b"".join(b"%08X" % f for f in fields) + name
        out += [head, b"\0" * (-len(head) % 4), data, b"\0" * (-len(data) % 4)]
    return b"".join(out)


def _modules(root, names):
    """{path in the guest: bytes} of the modules, and of the list that loads them."""
    content = {}
    for ko in armkernel.module_files(root, names):
        data = lzma.decompress(ko.read_bytes()) if ko.suffix == ".xz" else ko.read_bytes()
        content["lib/" + ko.name.removesuffix(".xz")] = data
    content["etc/vm/modules"] = "".join(f"/{path}\n" for path in content).encode()
    return content


def initramfs(root, board, command, files, modules, disks, init):
    """files: {path in the guest: path here, or bytes}; disks: how many to wait for."""
    content = {path: text.encode() for path, text in _scripts(init).items()}
    content |= {"bin/busybox": root / "bin/busybox", "etc/vm/run": RUN.encode(), "etc/vm/ports": PORTS.encode(),
                "etc/command": command.encode() + b"\n", "etc/vm/disks": b"%d\n" % disks}
    if board.virtio:
        content["etc/vm/virtio"] = b""
    content |= _modules(root, (*board.modules, *modules))
    content.update({k.lstrip("/"): v for k, v in files.items()})
    folders = {str(p) for k in content for p in pathlib.PurePath(k).parents if str(p) != "."}
    folders |= {"dev", "proc", "sys", "bin", "sbin", "usr/bin", "usr/sbin", "usr", "root", "var", "var/lib", "var/log"}
    entries = [(d, stat.S_IFDIR | 0o755, b"") for d in sorted(folders)]
    for path, data in sorted(content.items()):
        entries.append((path, stat.S_IFREG | 0o755, data if isinstance(data, bytes) else pathlib.Path(data).read_bytes()))
    return _cpio(entries)
