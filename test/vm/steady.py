"""steady: sink's Go tests about f2fs, on a kernel that has it (sink/f2fs_test.go)."""
import os
import subprocess

import armvm
import filesystems
import vlpt

COMMAND = "mount -t f2fs /dev/vda /mnt && TMPDIR=/mnt sink.test -test.v -test.run=TestSteady; echo ended: $?"


def check(report, folder):
    """A log's file is out of its inode and cold, also under an overlay, as on OpenWrt."""
    program, disk = os.path.join(folder, "sink.test"), os.path.join(folder, "steady.img")
    subprocess.run(["go", "test", "-c", "-o", program, "./sink"], cwd=vlpt.ROOT, check=True,
                   env=dict(os.environ, CGO_ENABLED="0", GOARCH="arm", GOARM="7"))
    filesystems.ALL["f2fs"].new(disk)
    with armvm.Guest(COMMAND, {"bin/sink.test": program}, ("crc32_generic", "f2fs", "overlay"), [disk]) as g:
        g.wait(120)
        out = g.output()
    passed = out.count("--- PASS: TestSteady")
    report.check("f2fs: a log's file is out of its inode and cold, also under an overlay", passed == 3 and "ended: 0\n" in out,
                 f"{passed} tests passed" if passed == 3 else g.trouble())
