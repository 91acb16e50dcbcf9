"""armkernel: kernels and busybox of foreign architectures, from Debian's packages.

They are fetched through an apt state of our own, for an architecture that the
host does not know, and unpacked in the cache folder; nothing is installed.
"""
import fcntl
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import vlpt  # noqa: E402
from boards import BOARDS  # noqa: E402

WORK = vlpt.CACHE / "vm"


# ---- packages

def _apt(arch, state, *words, cwd=None):
    """One apt command with a private state of a foreign architecture."""
    options = {"Dir::State": state / "state", "Dir::State::status": state / "status", "Dir::Cache": state / "cache",
               "APT::Architecture": arch, "APT::Architectures::": arch, "APT::Sandbox::User": "root"}
    flags = [x for k, v in options.items() for x in ("-o", f"{k}={v}")]
    return subprocess.run([words[0], "-qq", *flags, *words[1:]], cwd=cwd, stdout=subprocess.PIPE, text=True)


def _newest_kernel(board, state):
    """The package that the meta package stands for today."""
    for line in _apt(board.arch, state, "apt-cache", "depends", board.meta).stdout.splitlines():
        words = line.split()
        if words[:1] == ["Depends:"] and words[1].startswith("linux-image-"):
            return words[1] + ("-unsigned" if board.unsigned else "")
    raise RuntimeError(f"apt knows no {board.meta} for {board.arch}")


def fetch(board=BOARDS["arm7"]):
    """The board's kernel and busybox unpacked in the cache folder; returns that folder."""
    root = WORK / board.meta
    WORK.mkdir(parents=True, exist_ok=True)
    with open(WORK / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # boards that boot side by side fetch in turn
        if not (root / "complete").exists():
            _fetch(board, root)
    return root


def _fetch(board, root):
    vlpt.need(**{"depmod": "kmod", "qemu_system_arm": "qemu-system-arm"})
    shutil.rmtree(root, ignore_errors=True)
    state = root / "apt"
    for d in ("state/lists/partial", "cache/archives/partial", "packages"):
        (state / d).mkdir(parents=True)
    (state / "status").touch()
    _apt(board.arch, state, "apt-get", "update")  # an index in mid-sync fails here and is not always needed
    kernel = _newest_kernel(board, state)
    print(f"fetching {kernel} and busybox-static for {board.arch} (unpacked in the cache, not installed)", flush=True)
    got = _apt(board.arch, state, "apt-get", "download", kernel, "busybox-static", cwd=state / "packages")
    packages = list((state / "packages").glob("*.deb"))
    if got.returncode or len(packages) != 2:
        raise RuntimeError(f"apt-get download {kernel} busybox-static: exit {got.returncode}, {len(packages)} packages")
    for deb in packages:
        subprocess.run(["dpkg-deb", "-x", deb, root], check=True)
    subprocess.run(["depmod", "-b", root, version(root)], check=True)
    shutil.rmtree(state)
    (root / "complete").touch()


# ---- what is in them

def version(root):
    return next((root / "lib/modules").iterdir()).name


def image(root):
    return str(next((root / "boot").glob("vmlinuz-*")))


def device_tree(root, board):
    """The board's device tree, bytes."""
    tree = (root / f"usr/lib/linux-image-{version(root)}" / board.dtb).read_bytes()
    if board.hidden not in tree:
        raise RuntimeError(f"{board.dtb} has no {board.hidden.decode()}")
    return tree.replace(board.hidden, b"-" * len(board.hidden)) if board.hidden else tree


def module_files(root, names):
    """The modules and what they need, in an order that loads."""
    base = root / "lib/modules" / version(root)
    built_in = {pathlib.Path(p).name.removesuffix(".ko").replace("-", "_")
                for p in (base / "modules.builtin").read_text().split()}
    needs = {}
    for line in (base / "modules.dep").read_text().splitlines():
        path, _, deps = line.partition(":")
        needs[pathlib.Path(path).name.split(".ko")[0].replace("-", "_")] = [path, *deps.split()]
    order = []
    for name in names:
        if name in built_in:
            continue
        if name not in needs:
            raise RuntimeError(f"kernel {version(root)} has no module {name}")
        order += [base / p for p in reversed(needs[name]) if base / p not in order]
    return order
