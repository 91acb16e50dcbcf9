"""init_box: a container in which a real init is process 1, and how commands are run beside it.

Made with unshare(1): namespaces for pids, mounts, network, hostname, IPC and
cgroups; nothing of the machine is changed. Needs root.
"""
import functools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

import vlpt

PACKAGING = vlpt.ROOT / "packaging"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


class Cgroup:
    """A cgroup of version 2 of its own, which a container takes for the root: what is made in it goes with it."""

    def __init__(self, mount):
        os.mkdir(mount)
        subprocess.run(["mount", "-t", "cgroup2", "cgroup", mount], check=True)
        self.mount, self.path = mount, os.path.join(mount, f"vlpd-test-{os.getpid()}-{id(self)}")
        os.mkdir(self.path)

    def join(self):
        """In the child, before it becomes unshare."""
        with open(os.path.join(self.path, "cgroup.procs"), "w") as f:
            f.write(str(os.getpid()))

    def close(self):
        def gone():
            for folder, _, _ in os.walk(self.path, topdown=False):
                try:
                    os.rmdir(folder)
                except OSError:
                    return False
            return True
        vlpt.wait_for(gone, 10)
        subprocess.run(["umount", self.mount], check=True)


class Box:
    """A container. `script` runs in its namespaces with the folder $1, and ends as its init by exec."""

    def __init__(self, script, cgroup=False):
        self.tmp = tempfile.mkdtemp(prefix="vlpd-init-")
        self.script, self.init, self.unshare = script, None, None
        self.cgroup = Cgroup(os.path.join(self.tmp, "cgroup")) if cgroup else None
        self.said = open(os.path.join(self.tmp, "said"), "wb")

    def boot(self):
        """Starts the init and finds its pid."""
        self.unshare = subprocess.Popen(
            ["unshare", "-m", "-p", "-n", "-u", "-i", *(["-C"] if self.cgroup else []), "-f", "--kill-child", "sh", "-ec", self.script, "sh", self.tmp],
            stdin=subprocess.DEVNULL, stdout=self.said, stderr=subprocess.STDOUT, env={"PATH": PATH},
            preexec_fn=self.cgroup and self.cgroup.join)
        children = pathlib.Path(f"/proc/{self.unshare.pid}/task/{self.unshare.pid}/children")
        pid = vlpt.wait_for(lambda: children.exists() and children.read_text().split(), 10)
        if not pid:
            raise RuntimeError("unshare: " + self.output())
        self.init = int(pid[0])
        if not vlpt.wait_for(self._inside, 20):
            raise RuntimeError("no init: " + self.output())

    def _inside(self):
        """Whether the script is through, and its root is another than ours."""
        if self.unshare.poll() is not None:
            raise RuntimeError("unshare: " + self.output())
        return not os.path.samefile(f"/proc/{self.init}/root/", "/")

    def sh(self, command, seconds=60):
        """Exit code and output of a command line inside."""
        done = subprocess.run(
            ["nsenter", "-t", str(self.init), "-m", "-p", "-n", "-u", "-i", "-r", "-w", "/bin/sh", "-c", command],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, errors="replace", env={"PATH": PATH},
            start_new_session=True)  # nothing in there reaches this process by its group
        return done.returncode, done.stdout + done.stderr

    def until(self, command, seconds=20):
        """Polls until a command line succeeds; whether it did."""
        return bool(vlpt.wait_for(lambda: self.sh(command)[0] == 0, seconds, 0.05))

    def pids(self):
        """The pids inside of all processes that are vlpd. One in the midst of its end, or whose parent has not had the time
        to notice that, runs no program any more, and is none."""
        said = self.sh("for p in $(pidof vlpd); do readlink /proc/$p/exe >/dev/null 2>&1 && echo $p; done")[1]
        return [int(p) for p in said.split()]

    def pid(self):
        """Of the one that there is; 0 if there is none or several."""
        pids = self.pids()
        return pids[0] if len(pids) == 1 else 0

    def new_pid(self, old, seconds=20):
        """Waits for one that is another than `old`; 0 if none comes."""
        return vlpt.wait_for(lambda: (lambda p: p if p not in (0, old) else 0)(self.pid()), seconds, 0.05)

    def status(self, pid, field):
        """A line of /proc/PID/status."""
        return self.sh(f"grep '^{field}:' /proc/{pid}/status")[1].split(":", 1)[-1].split()

    def output(self):
        """What the init printed."""
        with open(self.said.name, errors="replace") as f:
            return f.read()

    def close(self):
        if self.unshare:
            self.unshare.send_signal(signal.SIGKILL)  # --kill-child takes init, and with it its namespace
            self.unshare.wait()
        if self.cgroup:
            self.cgroup.close()
        self.said.close()
        shutil.rmtree(self.tmp, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


# A root that is this machine's with a layer of memory over it; what is in the
# folder `over` comes between them, from a copy, as layers may not hold each other.
HOST_ROOT = """
mkdir -p $1/mem $1/over; mount -t tmpfs mem $1/mem; mkdir $1/mem/up $1/mem/work $1/mem/root; r=$1/mem/root
cp -a $1/over $1/mem/over
mount -t overlay root -o lowerdir=$1/mem/over:/,upperdir=$1/mem/up,workdir=$1/mem/work $r
mount -t proc proc $r/proc; mount -t sysfs sys $r/sys
mount -t tmpfs -o mode=755 run $r/run; mount -t tmpfs -o mode=1777 tmp $r/tmp; mount -t tmpfs -o mode=755 dev $r/dev
while read -r name major minor; do mknod -m 666 $r/dev/$name c $major $minor; done <<END
null 1 3
zero 1 5
full 1 7
random 1 8
urandom 1 9
tty 5 0
END
: >$r/etc/fstab
grep -q '^vlpd:' $r/etc/passwd || echo 'vlpd:x:990:990::/var/lib/vlpd:/bin/false' >>$r/etc/passwd
grep -q '^vlpd:' $r/etc/group || echo 'vlpd:x:990:' >>$r/etc/group
ip link set lo up || :
"""


def install(folder, *pairs):
    """Copies files of packaging/, and vlpd itself, below a folder."""
    for name, path in (*pairs, ("common/default", "etc/default/vlpd"), ("common/prepare", "usr/libexec/vlpd/prepare"), (None, "usr/bin/vlpd")):
        to = pathlib.Path(folder) / path
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PACKAGING / name if name else vlpt.daemon_path(), to)


@functools.cache
def can_confine():
    """Whether this vlpd has --user."""
    done = subprocess.run([vlpt.daemon_path(), "--help"], capture_output=True, text=True, check=True)
    return "\n  --user " in done.stdout


def defaults(*args, **variables):
    """Text for /etc/default/vlpd: what is installed, with more flags and other variables."""
    text = (PACKAGING / "common/default").read_text()
    text = text.replace('--log-format text\n"', "--log-format text\n" + "".join(f"{a}\n" for a in args) + '"')
    if not can_confine():
        variables.setdefault("VLPD_USER", "")
    return text + "".join(f'{name}="{value}"\n' for name, value in variables.items())


def installed_user():
    """VLPD_USER of what is installed."""
    return re.findall(r'^VLPD_USER="(\w*)"$', defaults(), re.M)[-1]
