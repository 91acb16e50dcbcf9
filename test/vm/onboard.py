"""onboard: what is done on a board that has started, as shell scripts, and what it printed.

Each script prints sections, "== NAME" and text; sections() takes them apart.
Whatever is waited for has a limit, so that a script always comes to its end.
"""
import re

# until_true LIMIT_S COMMAND...: polls ten times a second.
COMMON = """
until_true() {
  limit=$(($1 * 10)); shift; i=0
  until "$@" >/dev/null 2>&1; do [ $i -lt $limit ] || return 1; usleep 100000; i=$((i + 1)); done
}
page() { wget -q -O /run/page --header "Authorization: Bearer $(cat /etc/vlpd/token)" http://127.0.0.1:9464/metrics; }
# has FAMILY VALUE: some series of it has that value now.
has() { page && grep -qE "^$1([{].*[}])? $2\\$" /run/page; }
all_synced() {
  page && [ "$(sed -n 's/^varta_log_records_total //p' /run/page)" = "$(sed -n 's/^varta_log_synced_records_total //p' /run/page)" ]
}
show() { grep -E '^varta_(agent_up|beats_total|stalls_total|log_(records|synced|lost|repaired)|observer_paused|frames_dropped|io_err|build_info|source_)' /run/page | grep -v '^varta_frames_dropped.* 0$'; }
log=/var/lib/vlpd/events.log
sock=/run/vlpd/vlpd.sock
until_true 20 grep -q ^ready /run/ready
pid=$(cat /run/vlpd.pid)
echo "== process"; grep -E '^(Name|Uid|Gid|Groups|CapEff|NoNewPrivs|Seccomp):' /proc/$pid/status
ls -ln /etc/vlpd/token $log
echo "== start"; cat /run/started; grep ^ready /run/ready
"""

FIRST = COMMON + """
echo "== version"; vlpd --version
echo "== beat"; vlpd beat --socket $sock; echo "exit $?"; until_true 10 has varta_source_beats_total 1; show
echo "== silence"; until_true 20 grep -q stall $log; until_true 10 all_synced; show
echo "== memory"; cat /proc/$pid/smaps_rollup
echo "== clock"; date +%s; @CLOCK@; date +%s; until_true 10 grep -q "$(printf '\\tclock\\t')" $log
echo "== log"; cat $log
echo "== reload"; mv $log $log.moved; /etc/init.d/S50vlpd reload; echo "exit $?"
until_true 10 test -s $log; ls $log && echo "pid $pid $(cat /run/vlpd.pid)"; cat $log
echo "== refused"; wget -q -O /dev/null http://127.0.0.1:9464/metrics 2>&1; echo "exit $?"
echo "== syslog"; cat /var/log/messages
echo "== end"
"""

SECOND = COMMON + """
echo "== version"; vlpd --version
echo "== token"; cmp /etc/vlpd/token /run/token.before && echo kept
echo "== before"; cat /run/before
echo "== beat"; vlpd beat --socket $sock; echo "exit $?"; until_true 10 has varta_source_beats_total 1; show
echo "== memory"; cat /proc/$pid/smaps_rollup
echo "== stop"; /etc/init.d/S50vlpd stop; echo "exit $?"; ls -d /proc/$pid $sock /run/vlpd.pid 2>&1
echo "== log"; cat $log
echo "== end"
"""

# START is enough to make the token, so that the next start is an ordinary one.
START = COMMON + 'echo "== memory"; cat /proc/$pid/smaps_rollup; echo "== end"\n'

# sample: what vlpd has used: ns on a CPU, and how often a thread of it was put
# on one. Looking costs vlpd nothing.
FIGURES = COMMON + """
sample() {
  echo "$1 $(cut -d ' ' -f 1 /proc/uptime) $(cat /proc/$pid/task/*/schedstat | awk '{ s += $1 } END { printf "%.0f", s }') \
$(cat /proc/$pid/task/*/status | awk '/ctxt_switches/ { s += $2 } END { print s }')"
}
echo "== version"; vlpd --version
echo "== figures"
sleep 5; sample idle; sleep @SECONDS@; sample idle-end
for i in $(seq @AGENTS@); do sleep 3600 & kids="$kids $!"; done
guesttool crowd $sock 1s $((@SECONDS@ + 10)) $kids >/run/crowd & crowd=$!
sleep 5; sample busy; sleep @SECONDS@; sample busy-end
wait $crowd; cat /run/crowd; page; grep -E '^varta_(watch_pids_tracked|source_beats_total|stalls_total)' /run/page
echo "== memory"; cat /proc/$pid/smaps_rollup
echo "== end"
kill $kids
"""


def fill(script, **values):
    """The script with @NAME@ replaced."""
    for name, value in values.items():
        script = script.replace(f"@{name}@", str(value))
    return script


def sections(text):
    """{name: text}."""
    parts = re.split(r"^== (\w+)\n", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))
