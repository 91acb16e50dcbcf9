"""watchdogboard: the part of test/vm/watchdog in which the installed observer has the watchdog.

A board with the project's files and BusyBox's init; /etc/default/vlpd names the
watchdog. The observer is stopped with SIGSTOP, as if the machine had wedged: the
board resets itself, boots, and its log goes on. Then it is stopped as people
stop it, and nothing happens.
"""
import tempfile
import time

import armvm  # noqa: F401  finds lib/ for us
import gateway

import vlpt

MARGIN = 4  # s; the kernel's default would be 60
LOG = "/var/lib/vlpd/events.log"
SET_UP = """/etc/init.d/S50vlpd stop
rm -f /var/lib/vlpd/events.log
echo 'VLPD_ARGS="$VLPD_ARGS --threshold-ms 500 --hw-watchdog /dev/watchdog"' >>/etc/default/vlpd
sync  # a reset by the watchdog writes nothing back
/etc/init.d/S50vlpd start
vlpd beat --socket /run/vlpd/vlpd.sock --pid self --payload 7
until grep -q stall /var/lib/vlpd/events.log; do usleep 50000; done
"""


def rows(console):
    lines = console.ask(f"cat {LOG}").splitlines()
    parsed = [vlpt.parse_row(x) for x in lines]
    return [r for r in parsed if r], [x for x, r in zip(lines, parsed) if not r]


def resets(guest, qmp):
    """True when the machine has reset itself within three margins."""
    try:
        qmp.wait_event("RESET", 3 * MARGIN)
        return True
    except RuntimeError:
        return False


def hang_and_boot(report, g, qmp):
    before, _ = rows(g.console)
    g.console.ask("kill -STOP $(cat /var/run/vlpd.pid)")
    began = time.monotonic()
    if not report.check("board: the observer hangs, the machine resets itself", resets(g, qmp), f"{time.monotonic() - began:.1f} s"):
        return
    g.console.close()
    g.console = gateway.console.Console(g)
    said = g.console.ask("i=0; until /etc/init.d/S50vlpd status || [ $((i += 1)) -gt 200 ]; do usleep 50000; done; cat /run/messages")
    after, broken = rows(g.console)
    report.check("board: init has started the observer again", "vlpd runs, pid" in said)
    report.check("board: and the watchdog", f'"Software Watchdog", resets the machine after {MARGIN} s' in said)
    report.check("board: softdog remembers no reset, and none is told", "the last reset was" not in said)
    report.check("board: the log goes on where it was", after[:len(before)] == before and not broken, f"{len(before)} rows, then {len(after)}")
    report.check("board: with a start row, another boot, no stop row", [r.kind for r in after[len(before):len(before) + 1]] == ["start"]
                 and len({r.payload.split(";")[1] for r in after if r.kind == "start"}) == 2 and not [r for r in after if r.kind == "stop"])


def check(report):
    with tempfile.TemporaryDirectory(prefix="vlpd-test-") as folder:
        card = gateway.make_card(folder, install=gateway.tarball(folder))
        with gateway.Gateway(card, ("softdog",), ("-action", "reboot=reset"), margin=MARGIN) as g:
            qmp = g.qmp()
            said = g.console.ask(SET_UP)
            report.check("board: started by its init script with a watchdog", "Starting vlpd: OK" in said, said.strip().replace("\n", "; "))
            hang_and_boot(report, g, qmp)
            said = g.console.ask("/etc/init.d/S50vlpd stop; tail -n 1 " + LOG)
            report.check("board: a clean stop is a row", "\tstop\t" in said and "SIGTERM" in said, said.splitlines()[-1:])
            report.check("board: and disarms", not resets(g, qmp) and g.console.ask("echo alive") == "alive\n")
