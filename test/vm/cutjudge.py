"""cutjudge: what a log holds after a cut, and that the next start repairs it and goes on.

Disks are mounted in a guest, which replays the journal, and read
(guesttool/verify.go); then vlpd is started on each again, must repair the tail
and go on, and the log is read once more, now without any excuse.
"""
import re

import armvm
import cutwriter

FIND = 'for s in /sys/block/vd*; do [ "$(cat $s/serial)" = d{n} ] && d=/dev/${{s##*/}}; done'

READ = """echo "== {n}"
{find}
if mount {mount} /mnt; then
  guesttool verify /mnt/log | sed 's/^/cut /'
  rm -f /tmp/addr /tmp/stderr
  {observe}
  guesttool load /run/s 127.0.0.1:9100 2ms 1000001 20 >/dev/null; echo "load $?"
  kill -TERM $pid; wait $pid; echo "exit $?"
  guesttool verify /mnt/log | sed 's/^/again /'
  cat /tmp/stderr
  umount /mnt
else
  echo "cannot mount"
fi
"""

FIELDS = re.compile(r"^(cut|again) rows=(\d+) heads=(\d+) last=(\d+) tail=(\d+) holes=(\d+) glued=(\d+) lost=(\d+) files=(\d+) twins=(\d+)$", re.M)


def read_back(fs, files, images, setting):
    """{number: text} of the images. A board with one chip is booted once for each."""
    texts = {}
    numbered, most = list(enumerate(images)), 10 if fs.recorded else 1
    batches = [numbered[i:i + most] for i in range(0, len(numbered), most)]
    for batch in batches:
        command = "\n".join(READ.format(n=n, find=FIND.format(n=i) if fs.recorded else "", mount=fs.mount.format(disk="$d"),
                                        observe=cutwriter.observe(setting)) for i, (n, _) in enumerate(batch))
        disks = [image for _, image in batch]
        devices = () if fs.recorded else ("-drive", f"if=mtd,format=raw,file={disks.pop()}")
        with armvm.Guest(command, files, fs.modules, disks, devices=devices, board=fs.board) as g:
            code = g.wait(240)
            parts = re.split(r"^== (\d+)\n", g.output(), flags=re.M)[1:]
            if code is None or len(parts) != 2 * len(batch):
                print(g.trouble())
            texts.update({int(parts[i]): parts[i + 1] for i in range(0, len(parts), 2)})
    return texts


def found_line(text):
    """What guesttool has said of the log after the cut."""
    return "".join(m.group() for m in FIELDS.finditer(text) if m[1] == "cut")


def judge(text, need):
    """(what the log broke after the cut, what it broke after the second run)."""
    found = {m.group(1): [int(x) for x in m.groups()[1:]] for m in FIELDS.finditer(text)}
    if set(found) != {"cut", "again"}:
        return f"no verdict: {text.strip()[-400:]}", ""
    rows, _, last, _, holes, _, lost, _, _ = found["cut"]
    first = []
    if rows < need:
        first.append(f"{need - rows} synced rows lost")
    if holes or lost:
        first.append(f"{holes} holes, {lost} lost rows")
    rows2, _, last2, tail2, holes2, glued2, lost2, _, twins2 = found["again"]
    second = []
    if tail2 or glued2 or holes2 or lost2 or twins2:
        second.append(f"tail of {tail2} bytes, {glued2} glued, {holes2} holes, {lost2} lost rows, {twins2} names too many")
    if rows2 < max(rows, need) + 20 or last2 != 1000020:
        second.append(f"{rows2} rows up to beat {last2} after {rows} up to {last} and 20 beats more")
    if "load 0\n" not in text or "exit 0\n" not in text:
        second.append("the second run did not end well: " + " ".join(re.findall(r"^(?:load|exit) .*$", text, re.M)))
    return "; ".join(first), "; ".join(second)
