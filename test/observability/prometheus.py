"""prometheus: Debian's Prometheus on a free loopback port, with a folder of its own."""
import json
import os
import re
import shutil
import signal
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import vlpt


def tools():
    """The folder with prometheus and promtool: what is installed, else Debian's package, unpacked into the cache.

    Unpacked, not installed: nothing is started as a service, and nobody need be root.
    """
    if all(shutil.which(c) for c in ("prometheus", "promtool")):
        return os.path.dirname(shutil.which("prometheus"))
    root = vlpt.CACHE / "prometheus"
    if not (root / "usr/bin/promtool").exists():
        print("unpacking Debian's prometheus into", root, flush=True)
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "download", "-qq", "prometheus"], cwd=root, check=True, stderr=subprocess.DEVNULL)
        subprocess.run(["dpkg-deb", "-x", str(next(root.glob("*.deb"))), str(root)], check=True)
    return str(root / "usr/bin")


def listening_port(pid):
    """The loopback port that a process listens on; None while there is none."""
    inodes = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            inodes.update(re.findall(r"socket:\[(\d+)\]", os.readlink(f"/proc/{pid}/fd/{fd}")))
        except FileNotFoundError:
            continue
    with open("/proc/net/tcp") as f:
        for line in f:
            words = line.split()
            if words[3] == "0A" and words[9] in inodes:
                return int(words[1].split(":")[1], 16)
    return None


class Prometheus:
    """One server; config is a file that it may read again."""

    def __init__(self, bin_folder, folder, config):
        self.log = open(os.path.join(folder, "prometheus.log"), "wb")
        command = [os.path.join(bin_folder, "prometheus"), f"--config.file={config}", "--web.listen-address=127.0.0.1:0",
                   f"--storage.tsdb.path={folder}/data", "--log.level=warn"]
        self.proc = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                     env=dict(os.environ, GOMAXPROCS="1"))
        port = vlpt.wait_for(self._port, 20, 0.05)
        self.url = f"http://127.0.0.1:{port}"
        if not port or not vlpt.wait_for(self._ready, 20, 0.1):
            said = self.said()
            self.close()
            raise RuntimeError(f"prometheus did not come up: {said[-800:]}")

    def _port(self):
        if self.proc.poll() is not None:
            raise RuntimeError(f"prometheus ended with {self.proc.returncode}: {self.said()[-800:]}")
        return listening_port(self.proc.pid)

    def _ready(self):
        try:
            return urllib.request.urlopen(self.url + "/-/ready", timeout=5).status == 200
        except OSError:
            return False

    def said(self):
        with open(self.log.name, errors="replace") as f:
            return f.read()

    def get(self, path, **params):
        """(HTTP status, data) of an API call; (status, error text) when it is no success."""
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(params)}"
        try:
            with urllib.request.urlopen(url, timeout=20) as r:
                body, code = json.load(r), r.status
        except urllib.error.HTTPError as e:
            return e.code, e.read().decode(errors="replace")
        return (code, body["data"]) if body["status"] == "success" else (code, body.get("error"))

    def query(self, expr):
        """The instant vector of an expression; raises when Prometheus refuses it."""
        code, data = self.get("query", query=expr)
        if code != 200 or isinstance(data, str):
            raise ValueError(f"{expr}: {code} {data}")
        return data["result"]

    def rules(self):
        return [r for g in self.get("rules")[1]["groups"] for r in g["rules"]]

    def alerts(self, name=None, state=None, **labels):
        """Active alerts, pending or firing, whose labels include those given."""
        found = self.get("alerts")[1]["alerts"]
        want = dict(labels, **({"alertname": name} if name else {}))
        return [a for a in found if (state is None or a["state"] == state) and want.items() <= a["labels"].items()]

    def close(self):
        """SIGTERM; SIGKILL when that is not enough."""
        if self.proc.poll() is None:
            self.proc.send_signal(signal.SIGTERM)
            try:
                self.proc.wait(20)
            except subprocess.TimeoutExpired:
                self.proc.kill()
                self.proc.wait()
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()
