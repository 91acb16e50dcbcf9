"""init_debs: inits that are no part of this machine: their Debian packages, unpacked into a folder and not installed."""
import os
import pathlib
import shutil
import subprocess

import vlpt

FOLDERS = ("bin", "sbin", "lib", "lib64")  # links into usr on a merged root, which a folder would hide


def unpack(over, *packages):
    """Downloads packages into the cache folder, once, and unpacks them below `over`. Returns why it could not, or ""."""
    cache = vlpt.CACHE / "debs"
    cache.mkdir(parents=True, exist_ok=True)
    for package in packages:
        if not list(cache.glob(f"{package}_*.deb")):
            print("downloading Debian package:", package, flush=True)
            done = subprocess.run(["apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", package], cwd=cache, capture_output=True, text=True, timeout=120)
            if done.returncode:
                return f"apt-get download {package}: {done.stderr.strip()[-300:]}"
        deb = sorted(cache.glob(f"{package}_*.deb"))[-1]
        subprocess.run(["dpkg-deb", "-x", deb, over], check=True)
    for name in FOLDERS:
        folder = pathlib.Path(over) / name
        if os.path.islink("/" + name) and folder.is_dir():
            shutil.copytree(folder, pathlib.Path(over) / "usr" / name, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(folder)
    return ""
