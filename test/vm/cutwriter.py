"""cutwriter: a guest whose observer writes its log until the host cuts the power."""
import os
import re
import time

import armvm
import blklog
import filesystems

OBSERVE = ("vlpd --socket /run/s --threshold-ms 60000 --export-file /mnt/log --export-file-generations 99"
           " --export-file-max-bytes {bytes} --export-file-sync-every {rows} --export-file-sync-interval-ms {ms}"
           " --prom-addr 127.0.0.1:9100 --prom-anonymous >/tmp/addr 2>>/tmp/stderr & pid=$!\n"
           "i=0; while [ ! -s /tmp/addr ] && [ $i -lt 800 ]; do usleep 25000; i=$((i + 1)); done\n")

WRITE = """cat /sys/block/vda/queue/write_cache 2>/dev/null
mount {mount} /mnt || exit 1
{before}
{observe}echo started
guesttool load /run/s 127.0.0.1:9100 {period} 1
echo "load ended: $?"; cat /tmp/stderr
"""


def observe(setting):
    return OBSERVE.format(rows=setting.rows, ms=setting.ms, bytes=setting.size)


def grown(promises):
    """So many rows came after the first promise that a control without them is found out for certain."""
    return promises and promises[-1][1] >= 2 * promises[0][1] + 150


def until_cut(fs, files, base, folder, setting, seconds, peek):
    """One run, ended by the cut; peek(disk, seconds, rows promised) is called again and again.

    Returns (image after it, record of its writes, promises, what went wrong);
    promises are (length of the record, rows promised by then).
    """
    disk, record = os.path.join(folder, "disk.img"), os.path.join(folder, "record")
    filesystems.copy(base, disk)
    if fs.recorded:
        blklog.new_record(record)
        devices, disk_node = blklog.qemu_words(disk, record), "/dev/vda"
    else:
        devices, disk_node = ["-drive", f"if=mtd,format=raw,file={disk}"], ""
    command = WRITE.format(mount=fs.mount.format(disk=disk_node), before=setting.before, observe=observe(setting),
                           period=setting.period)
    with armvm.Guest(command, files, fs.modules, devices=devices, board=fs.board) as g:
        if not g.wait_output("synced ", 90):
            return disk, record, [], g.trouble()
        promises, begun = [], time.monotonic()
        while (gone := time.monotonic() - begun) < seconds or gone < 60 and not grown(promises):
            seen = re.findall(r"^synced (\d+)\n", g.output(), re.M)
            if seen and (not promises or int(seen[-1]) != promises[-1][1]):
                promises.append((os.path.getsize(record) if fs.recorded else 0, int(seen[-1])))
            peek(disk, gone, promises[-1][1] if promises else 0)
            time.sleep(0.002)
        g.kill()
        out = g.output()
        if fs.recorded and "write back" not in out or "load ended" in out or not grown(promises):
            return disk, record, [], g.trouble()
    return disk, record, promises, ""
