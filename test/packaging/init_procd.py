"""init_procd: vlpd.init with a stand-in for OpenWrt's rc.common.

There is no procd outside of OpenWrt. What is tested is the script: run by
BusyBox's shell through its first line, as on OpenWrt, with functions that note
what they are called with; and that the command which they are given runs.
What procd makes of it is not tested. The functions, their parameters and their
types are those of OpenWrt's package/system/procd/files/procd.sh.
"""
import shutil

from init_board import Board, defaults
from init_box import PACKAGING

# One line for each call, one field for each argument. term_timeout and
# reload_signal are numbers there, respawn and command lists.
RC_COMMON = """#!/bin/sh
note() { printf '%s' "$1"; shift; for word; do printf '|%s' "$word"; done; echo; }
for f in procd_open_instance procd_set_param procd_append_param procd_close_instance procd_send_signal procd_add_reload_trigger; do
	eval "$f() { note $f \\"\\$@\\" >>/log/procd; }"
done
initscript=$1
. "$initscript"
[ "$USE_PROCD" = 1 ] || exit 9
case $2 in
enable) ln -s "$initscript" /log/enabled ;;
start) start_service ;;
reload) reload_service ;;
esac
"""
KNOWN = {"command", "respawn", "stderr", "pidfile", "term_timeout", "file"}


def prepared(root):
    (root / "etc/rc.common").write_text(RC_COMMON)
    shutil.copy(PACKAGING / "procd/vlpd.init", root / "etc/init.d/vlpd")
    (root / "etc/init.d/S50vlpd").unlink()


def calls(report):
    """What procd would be told."""
    with Board(defaults("--recovery-exec /bin/ca?", VLPD_SERIAL="--serial rs485=/dev/ttyUSB0,115200"), prepared=prepared) as b:
        code, said = b.sh("/etc/init.d/vlpd start")
        noted = [line.split("|") for line in b.sh("cat /log/procd")[1].splitlines()]
        params = {n[1]: n[2:] for n in noted if n[0] == "procd_set_param"}
        report.check("procd (stand-in): one instance, opened and closed", code == 0 and not said and
                     [n[0] for n in noted if "instance" in n[0]] == ["procd_open_instance", "procd_close_instance"], said)
        report.check("procd (stand-in): parameters that procd knows", set(params) == KNOWN, sorted(params))
        command = params.get("command", [])
        report.check("procd (stand-in): each flag is a word of its own, the line too", command[:1] == ["/usr/bin/vlpd"] and {"--socket", "/bin/ca?"} < set(command) and
                     command[-2:] == ["--serial", "rs485=/dev/ttyUSB0,115200"])
        report.check("procd (stand-in): started again for ever", params.get("respawn") == ["3600", "1", "0"])
        report.check("procd (stand-in): folders and token are there", b.sh("test -d /run/vlpd -a -s /etc/vlpd/token")[0] == 0)
        b.sh(" ".join(command) + " >/dev/null 2>&1 &")
        report.check("procd (stand-in): the command runs", b.until("vlpd beat --socket /run/vlpd/vlpd.sock --pid self", 10))
        b.sh("/etc/init.d/vlpd reload")
        report.check("procd (stand-in): reload is a signal", b.sh("tail -n 1 /log/procd")[1].strip() == "procd_send_signal|vlpd|*|HUP")


TESTS = (calls,)
