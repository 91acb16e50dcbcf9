"""cardscript: what runs in the guest while a card under the event log fails.

One file of shell functions, and for each fault a few lines that use them. All
that is printed stands behind marks, "@ NAME", by which cardjudge.py finds it.
"""

THRESHOLD_MS = 700

LIBRARY = """
url=http://127.0.0.1:9100/metrics
disk() { for s in /sys/block/vd*; do if [ "$(cat "$s/serial")" = "d$1" ]; then echo "/dev/${s##*/}"; fi; done; }

# card NUMBER TYPE [OPTIONS]: that disk behind the device mapper, mounted.
card() {
  dev=$(disk "$1") type=$2 options=${3:-defaults} node=/dev/mapper/card
  size=$(cat "/sys/block/${dev##*/}/size") good="0 $size linear $dev 0"
  cardtool dm create card "$good" && mount -t "$type" -o "$options" $node /mnt || exit 1
}
table() { cardtool dm reload card "$@"; }
# bare: nothing is mounted, which vlpd has noticed, and it has begun nothing in the folder below.
bare() {
  umount /mnt || return
  within 30 refused
  [ -z "$(ls /mnt)" ] || echo "@ late, begun below: $(ls /mnt)"
}
refused() { wget -q -O - $url | awk '/^varta_log_failures_total.*op="open"/ {n+=$2} END {exit !n}'; }
again() { umount /mnt 2>/dev/null || { echo "@ busy"; umount -l /mnt; }; mount -t "$type" -o "$options" "$node" /mnt; }

# within SECONDS COMMAND (which leaves $n alone): polls until the command succeeds; else the fault's subshell ends.
within() {
  n=$(($1 * 10)); shift
  until "$@"; do n=$((n - 1)); [ $n -gt 0 ] || { echo "@ late $*"; exit 1; }; usleep 100000; done
}
up() { [ -s /run/addr ]; }
observe() {
  rm -f /run/addr /run/err
  vlpd --socket /run/s --threshold-ms THRESHOLD --export-file /mnt/log --export-file-max-bytes 262144 \\
    --export-file-generations 20 --export-file-sync-every 16 --export-file-sync-interval-ms 500 \\
    --prom-addr 127.0.0.1:9100 --prom-anonymous >/run/addr 2>/run/err & pid=$!
  within 20 up
}
agents() { cardtool agents /run/s 4 100ms 1s THRESHOLDms >/run/crowd & crowd=$!; silences 1; }
quiet() { [ "$(grep -c silence /run/crowd)" -ge "$goal" ]; }
silences() { goal=$(($(grep -c silence /run/crowd) + $1)); within 30 quiet; }
sent() { grep -q burst /run/crowd; }
burst() { kill -USR1 $crowd; within 60 sent; }

# page NAME: the metrics, now.
page() { echo "@ page $1"; wget -q -O - $url; }
# told: rows now, and how many of them are synced or lost.
told() { wget -q -O - $url | awk '/^varta_log_records/ {r=$2} /^varta_log_(synced|lost)_records/ {s+=$2} END {print r + 0, s + 0}'; }
# kept: the rows that there were at the first look are synced or lost; beats go on coming.
kept() {
  read -r rows gone <<X
$(told)
X
  [ "$rows" -gt 0 ] || return 1
  [ -n "$goal_rows" ] || goal_rows=$rows
  [ "$gone" -ge "$goal_rows" ] && goal_rows=
}
# safe: no row is left that is neither synced nor lost; for when nobody beats.
safe() { wget -q -O - $url | awk '/^varta_log_records/ {r=$2} /^varta_log_(synced|lost)_records/ {s+=$2} END {exit !(r == s)}'; }
# slower SECONDS: a sync that took longer than this bucket's bound has ended; shown NAME: the page that says so.
slower() {
  wget -q -O /run/page $url && awk -v le="le=\\"$1\\"" '/^varta_log_sync_seconds_count/ {n=$2} /^varta_log_sync_seconds_bucket/ && index($0, le) {b=$2; some=1} END {exit !(some && n + 0 > b + 0)}' /run/page
}
shown() { echo "@ page $1"; cat /run/page; }
# aim: the block in which the log ends now is bad. struck: that was noticed; when the log had gone on to the next
# block meanwhile, once more.
aim() {
  table "$good"
  read -r at sectors <<X
$(cardtool block /mnt/log)
X
  echo "@ block $at"
  table "0 $at linear $dev 0" "$at $sectors error" "$((at + sectors)) $((size - at - sectors)) linear $dev $((at + sectors))"
}
struck() {
  failing && return
  [ $((looks % 30)) -ne 0 ] || aim
  looks=$((looks + 1))
  return 1
}
failing() { wget -q -O - $url | awk '/^varta_log_failures_total/ {n+=$2} END {exit !n}'; }

calm() { grep -q calm /run/crowd; }
# parting: nobody is silent any more, and stalls are counted; then the agents end, and beats are.
parting() {
  kill -USR2 $crowd; within 10 calm; page calm
  kill -TERM $crowd $bystander; wait $crowd; page end
  wait $bystander; echo "@ crowd"; cat /run/crowd /run/bystander
}
# leave: the agents end, then the observer.
leave() {
  parting; within 30 safe; page safe
  kill -TERM $pid; wait $pid; echo "@ exit $?"
  echo "@ stderr"; cat /run/err
}
# rows: what is on the card, by no cache.
rows() {
  again
  for g in $(seq 20 -1 0); do f=/mnt/log.$g; [ "$g" != 0 ] || f=/mnt/log; if [ -e $f ]; then echo "@ file $f"; cat $f; fi; done
  umount /mnt
  if [ $node = /dev/mapper/card ]; then cardtool dm remove card; fi
}
# clear: what a fault that did not run to its end leaves behind.
clear() {
  killall -9 cardtool vlpd sleep 2>/dev/null; cat /run/err
  cardtool dm reload card "0 8 error" 2>/dev/null; umount -l /mnt 2>/dev/null; cardtool dm remove card 2>/dev/null
}
begin() { observe; cardtool bystander >/run/bystander & bystander=$!; agents; within 10 kept; page before; }
end() { silences 1; leave; rows; }
""".replace("THRESHOLD", str(THRESHOLD_MS))

DEAD = """card {disk} {type}; begin
table "0 $size error"; silences 2; within 20 failing; burst; page during
table "$good"; bare; mount -t "$type" $node /mnt; within 30 kept
end
"""

# name → lines; {disk} is a number, {type} a file system.
FAULTS = {
    # no call to the card succeeds, then it is back and mounted anew
    "dead": DEAD,
    "dead, f2fs": DEAD,
    # one block of the card, the last of the log, cannot be written any more
    "bad block": """card {disk} {type}; begin; looks=0
within 30 struck; silences 2; within 20 kept; page during
silences 1; leave
table "$good"; again; observe; kill -TERM $pid; wait $pid; rows
""",
    # it takes no writes, which stops the journal, and the kernel makes it read-only
    "no writes": """card {disk} {type} errors=remount-ro; begin
table "0 $size flakey $dev 0 0 3600 1 error_writes"; silences 2; within 20 failing; page during
grep mapper /proc/mounts
table "$good"; again; within 30 kept
end
""",
    # all read-only at once, as by SysRq, and back
    "read-only": """card {disk} {type}; begin
echo u >/proc/sysrq-trigger; silences 2; within 20 failing; page during
mount -o remount,rw /mnt; within 30 kept
end
""",
    # somebody else fills it
    "full": """card {disk} {type}; begin
dd if=/dev/zero of=/mnt/ballast bs=4k 2>/dev/null; silences 1; burst; within 20 failing; page during
rm /mnt/ballast; sync; within 30 kept
end
""",
    # 300 ms a write, then 2 s
    "slow": """card {disk} {type}; begin
table "0 $size delay $dev 0 0 $dev 0 300"; silences 2; within 30 slower 0.25; shown slow
table "0 $size delay $dev 0 0 $dev 0 2000"; silences 4; within 60 slower 1; shown during
table "$good"; within 30 kept
end
""",
    # it says yes to every write and keeps none; then the power goes
    "lying": """card {disk} {type}; begin
table "0 $size flakey $dev 0 0 3600 1 drop_writes"; silences 2; within 20 kept; page during
parting; echo "@ stderr"; cat /run/err
kill -KILL $pid; wait $pid 2>/dev/null; umount /mnt; table "$good"; mount -t $type $node /mnt
observe; kill -TERM $pid; wait $pid; echo "@ exit $?"; rows
""",
    # the reader is pulled out of its socket and plugged in again, by the host
    "pulled": """medium() { ls /dev/sd? 2>/dev/null | tail -n 1; }
there() { [ -n "$(medium)" ]; }
away() { [ -z "$(medium)" ]; }
type={type} options=defaults; within 20 there; node=$(medium); mount -t $type $node /mnt; begin
echo "@ pull"; within 20 away; silences 2; within 20 failing; burst; page during
echo "@ plug"; within 20 there; node=$(medium); again; within 30 kept
end
""",
}
