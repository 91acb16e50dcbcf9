"""fieldstages: what befalls the installation of test/vm/field, one function a mishap, each judged by its rows."""
import subprocess
import time

import armkernel  # noqa: F401  finds lib/ for us
import gateway
import vlpt
from fieldsite import AUDIT, LOG

SETTINGS = """sed -i '/^VLPD_SERIAL=/{/trust=yes/!s/"$/,trust=yes"/;}' /etc/default/vlpd
cat >>/etc/default/vlpd <<'END'
VLPD_USER=""
VLPD_ARGS="$VLPD_ARGS --threshold-ms 1500 --export-file-events all"
VLPD_RECOVERY="--recovery-exec-file /etc/vlpd/recovery --recovery-timeout-ms 8000 --recovery-audit-file /var/lib/vlpd/audit.log"
END
echo '/usr/sbin/power-cycle {agent}' >/etc/vlpd/recovery
chmod 600 /etc/vlpd/recovery
sync
/etc/init.d/S50vlpd restart && /etc/init.d/S60agent start
"""


def settle(site):
    """Waits until the gateway has read all that the wire has carried."""
    last = None

    def same():
        nonlocal last
        was, last = last, site.metric("varta_serial_bytes_total", line=site.line)
        return was == last
    vlpt.wait_for(same, 10, 0.1)
    return site.page()


def set_up(site):
    mark = site.news.mark()
    said = site.console.ask(SETTINGS)
    site.report.check("settings for the test: restarted", "Starting vlpd: OK" in said, said.strip().replace("\n", "; "))
    site.news.row(mark, kind="line", who=site.line, status="up")
    site.heard(mark)
    local = site.news.wait(mark, lambda n: n[0] == "row" and n[1].kind == "beat" and n[1].payload == "5" and n[1].who.isdigit())[1].who
    page = site.page()
    up = [vlpt.metric(page, "varta_agent_up", pid=x) for x in ("42", local)]
    site.report.check("device and shell agent are up, by rows and metrics", up == [1, 1], up)
    return local


def noise(site, seconds):
    """A bad wire: every frame that came through whole is a beat, and nothing else is."""
    site.wire.cut()
    before = settle(site)
    mark, log, sent = site.news.mark(), len(site.wire.log), site.wire.counts()
    site.wire.bad(seed=5), site.wire.mend()
    begun = time.monotonic()
    time.sleep(seconds)
    site.wire.good()
    passed = site.wire.counts()[0]
    vlpt.wait_for(lambda: site.wire.counts()[0] > passed, 5)  # behind it nothing is half a frame
    site.wire.cut()
    took = time.monotonic() - begun
    after = settle(site)
    frames, octets, harmed = (b - a for a, b in zip(sent, site.wire.counts()))
    site.wire.mend()

    def grown(name, **labels):
        return vlpt.metric(after, name, **labels) - vlpt.metric(before, name, **labels)
    want = site.wire.log[log:log + frames]
    vlpt.wait_for(lambda: len(site.beats(mark)) >= len(want), 5)
    got = site.beats(mark)[:len(want)]
    site.report.check(f"a bad wire: of {frames + harmed} frames the {frames} whole ones are beats, no other", got == want and frames and harmed,
                      "" if got == want else f"{got} and not {want}")
    counted = grown("varta_serial_bytes_total", line=site.line), grown("varta_serial_skipped_bytes_total", line=site.line)
    site.report.check("every byte is counted, as read and as skipped", counted == (octets, octets - 32 * frames), f"{counted}, {octets} sent")
    decodes = [r for r in site.news.rows(mark) if r.kind == "decode"]
    site.report.check("a decode row a second at most", 1 <= len(decodes) <= took + 2, f"{len(decodes)} in {took:.1f} s")


def calm(site):
    """On a slow machine a pause of ours may have been a silence: waits until all is over."""
    def well():
        page = site.page()
        return shows(page, site, 1, 1) and vlpt.metric(page, "varta_recovery_running") == 0
    vlpt.wait_for(well, 30, 0.2)
    return site.news.mark(), len(site.asked)


def hang(site):
    """The firmware hangs; the gateway has it reset, by itself."""
    mark, asked = calm(site)
    site.device.hang()
    site.news.row(mark, kind="stall", who=site.agent)
    site.report.check("a hung device: the relay is asked to reset it", site.wait_asked(asked + 1) and site.asked[asked:] == [f"cycle {site.agent}"], site.asked[asked:])
    site.news.row(mark, kind="recovered", who=site.agent)
    site.news.wait(mark, lambda n: n[0] == "audit" and n[1][3] == "complete")
    kinds, boots = site.kinds(mark), {b for b, _ in site.beats(mark)}
    site.report.check("stall, a new session, recovered; no line row", kinds == {site.agent: ["stall", "session", "recovered"]}, kinds)
    site.report.check("it beats with one boot more", max(boots) == site.device.boots, boots)
    site.report.check("the record: spawn, complete", site.records(mark) == [f"spawn {site.agent}", f"complete {site.agent}"], site.records(mark))


def wire_cut(site):
    """Silent: the adapter is there, and nothing comes."""
    mark, asked = calm(site)
    site.wire.cut()
    site.news.row(mark, kind="stall", who=site.agent)
    site.wait_asked(asked + 1)
    page = site.page()
    site.report.check("a cut wire: the line is up, its device is not", shows(page, site, 1, 0))
    last, mended = site.beats(0)[-1], site.news.mark()
    site.wire.mend()
    site.news.row(mark, kind="recovered", who=site.agent)
    site.news.wait(mark, lambda n: n[0] == "audit" and n[1][3] == "complete")
    kinds, first = site.kinds(mark), site.beats(mended)[0]
    # Where all this took long it has, since its reset, counted further than before: nothing tells then.
    session = ["session"] if first[1] <= last[1] else []
    site.report.check("no line row; it was reset in vain, and is a new session", kinds == {site.agent: ["stall", *session, "recovered"]} and first[0] == last[0] + 1,
                      f"{kinds}, beats {last} and {first}")


def unplugged(site):
    """Down: the adapter is gone; nobody is reset for that."""
    mark, asked = calm(site)
    site.pull()
    site.news.row(mark, kind="line", who=site.line, status="down")
    site.news.row(mark, kind="stall", who=site.agent)
    site.news.wait(mark, lambda n: n[0] == "audit" and n[1][3] == "refused")
    page = site.page()
    site.report.check("the adapter pulled: line and device are down", shows(page, site, 0, 0))
    site.plug()
    site.news.row(mark, kind="recovered", who=site.agent)
    kinds = site.kinds(mark)
    site.report.check("down, stall, up, recovered; the device is the same session", kinds == {site.line: ["down hangup", "up opened"], site.agent: ["stall", "recovered"]}, kinds)
    site.report.check("no command ran: line_down", site.records(mark) == [f"refused {site.agent} line_down"] and len(site.asked) == asked, site.records(mark))


def shows(page, site, line_up, agent_up):
    return (vlpt.metric(page, "varta_serial_line_up", line=site.line) == line_up
            and vlpt.metric(page, "varta_agent_up", source=site.line, pid="42") == agent_up)


def power_cut(site):
    """The gateway's power goes while a recovery command runs. What was there to be read, and what was promised."""
    mark, asked = calm(site)
    site.device.hang()
    site.wait_asked(asked + 1)
    site.news.row(mark, kind="stall", who=site.agent)
    promised = int(site.metric("varta_log_synced_records_total"))
    site.power_cut()
    return site.news.rows(), site.news.audit(), promised


def starts(rows):
    return [i for i, r in enumerate(rows) if r.kind == "start"]


def back(site, seen, records, promised):
    """The gateway has booted again from its card: the log goes on, everybody is known for what he is."""
    site.plug()
    whole = site.news.wait(0, lambda n: n[0] == "row" and n[1].kind == "beat" and n[1].who == site.agent and n[1].payload == str(site.device.boots), 30)
    site.report.check("after the power cut: the device beats", whole)
    rows = site.news.rows()
    begun = starts(rows)
    last = begun[-1]
    kept, this_run = rows[:last], starts(seen)[-1]
    site.report.check("one more start", len(begun) == len(starts(seen)) + 1, len(begun))
    both = min(len(kept), len(seen))
    site.report.check("the log before the cut: what was seen, without a hole", kept[:both] == seen[:both], f"{len(seen)} rows seen, {len(kept)} kept")
    site.report.check("every row that was said to be synced is kept", len(kept) - this_run - 1 >= promised, f"{len(kept) - this_run - 1}, promised {promised}")
    boots = sum(c[3] == "boot" for c in records)
    vlpt.wait_for(lambda: sum(c[3] == "boot" for c in site.news.audit()) > boots, 20)
    after = site.news.audit()
    # The record of the command that was running may have been on its way to the card.
    kept = after[:max((i for i, c in enumerate(after) if c[3] == "boot"), default=0)]
    both = min(len(kept), len(records))
    site.report.check("the audit file goes on likewise", sum(c[3] == "boot" for c in after) == boots + 1 and both >= len(records) - 1 and kept[:both] == records[:both],
                      f"{len(records)} records, {len(kept)} kept, then {len(after)}")
    site.news.wait(0, lambda n: n[0] == "row" and n in site.news.items[-60:] and n[1].kind == "beat" and n[1].who.isdigit())
    page = site.page()
    up = {tuple(x): v for x, v in ups(page)}
    site.report.check("device and shell agent are up, nobody else is known", sorted(up.values()) == [1, 1] and (site.line, "42") in up, up)
    print(f"cut off at start: {vlpt.metric(page, 'varta_log_repaired_bytes_total'):.0f} bytes")


def ups(page):
    for line in page.splitlines():
        if line.startswith("varta_agent_up{"):
            labels = dict(x.split("=", 1) for x in line[len("varta_agent_up{"):line.index("}")].replace('"', "").split(","))
            yield (labels.get("source"), labels.get("pid")), float(line.split()[-1])


def switched_off(site, card, folder):
    """Power off as people do it; then the card is read here."""
    rows = site.news.rows()
    site.console.sock.sendall(b"poweroff\n")
    site.wire.reach(None)
    site.report.check("poweroff: the machine goes off", vlpt.wait_for(lambda: site.guest.proc.poll() is not None, 30))
    lines = gateway.from_card(card, LOG).decode().splitlines()
    parsed = [vlpt.parse_row(x) for x in lines]
    broken = [x for x, r in zip(lines, parsed) if r is None]
    site.report.check("the card: every line of the log is a row", lines and not broken, broken[:3])
    site.report.check("the card: rows as they were seen, closed by stop", parsed[:len(rows)] == rows and parsed[-1] and parsed[-1][1] == "stop", lines[-1:])
    sent = set(site.wire.log)
    invented = [r for r in parsed if r and r.kind == "beat" and r.who == site.agent and (int(r.payload), int(r.nonce)) not in sent]
    strange = {r.who for r in parsed if r and r.kind == "beat" and "/" in r.who} - {site.agent}
    site.report.check("the card: no beat that the wire did not carry, from nobody else", not invented and not strange, (invented[:3], strange))
    audit = f"{folder}/audit.log"
    with open(audit, "wb") as f:
        f.write(gateway.from_card(card, AUDIT))
    got = subprocess.run([vlpt.daemon_path(), "audit", "verify", audit], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    site.report.check("the card: vlpd audit verify", got.returncode == 0, got.stdout.strip().replace("\n", "; "))
    fsck = subprocess.run(["e2fsck", "-fn", card], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    site.report.check("the card: e2fsck finds nothing", fsck.returncode == 0, "" if fsck.returncode == 0 else fsck.stdout)
