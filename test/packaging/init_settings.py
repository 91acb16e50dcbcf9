"""init_settings: /etc/default/vlpd that says no flags, is empty or is not there."""
import init_systemd
from init_box import PACKAGING
from init_prepare import SHELLS, Root

FEW = ["--socket", "/run/vlpd/vlpd.sock", "--agent-user", "root", "--threshold-ms", "10000", "--log-format", "text"]
LINE = ["--serial", "a=/dev/x"]


def no_flags(report):
    """The same few flags, and it is told; flags that are said to be none are none."""
    for shell in SHELLS:
        for name, text, want in (("no settings", None, FEW), ("empty settings", "", FEW), ("a line alone", f'VLPD_SERIAL="{" ".join(LINE)}"\n', FEW + LINE),
                                 ("no flags", 'VLPD_ARGS=""\n', [])):
            with Root(text or "") as r:
                if text is None:
                    (r.path / "etc/default/vlpd").unlink()
                code, said = r.prepare(shell)
                told = "prepare: no VLPD_ARGS in /etc/default/vlpd: they are " + " ".join(FEW) in said
                report.check(f"settings ({shell}): {name}: {len(want)} words, {'told' if want else 'as said'}",
                             code == 0 and told == bool(want) and r.prepare(shell, "--flags") == (0, "".join(w + "\n" for w in want)), said)


def under_systemd(report):
    """Which reads the file itself."""
    said = 'Environment="VLPD_ARGS=' + " ".join(FEW) + '"'
    report.check("settings: systemd's unit has the same flags", said in (PACKAGING / "systemd/vlpd.service").read_text().splitlines())
    if init_systemd.possible(report):
        with init_systemd.Systemd("# nothing\n") as s:
            words = s.sh(f"tr '\\0' ' ' </proc/{s.pid()}/cmdline")[1].split()
            report.check("settings: empty ones under systemd", words == ["/usr/bin/vlpd", *FEW], words)


TESTS = (no_flags, under_systemd)
