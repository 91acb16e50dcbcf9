"""boarddoc: the commands of a document, played on a board.

As test/docs/markdown_test.go plays the README: a block fenced as ```sh board is
run, in order and in one shell; a ```text block right after it is what it must
print, with … for the rest of a line or for any lines, any number for a number,
any blanks for blanks. Blocks fenced otherwise are not for the board.
"""
import re


def blocks(text, wanted="sh board"):
    """[(line, commands, output or None)] of one kind of fence."""
    out, kind, begun, lines, adjacent = [], None, 0, [], False
    for number, line in enumerate(text.split("\n"), 1):
        if kind is None:
            if line.startswith("```"):
                kind, begun, lines = line[3:].strip(), number, []
            elif line:
                adjacent = False
        elif line != "```":
            lines.append(line)
        else:
            body = "\n".join(lines) + "\n"
            if kind == "text" and adjacent:
                out[-1] = (*out[-1][:2], body)
            elif kind == wanted:
                out.append((begun, body, None))
            adjacent, kind = kind == wanted, None
    if kind is not None:
        raise ValueError(f"line {begun}: a block that does not end")
    return out


def pattern(want):
    """The expression that expected output stands for."""
    out = ""
    for line in want.rstrip("\n").split("\n"):
        if line.strip() == "…":
            out += r"([^\n]*\n)*"
            continue
        line = re.escape(line).replace("…", r"[^\n]*")
        line = re.sub(r"[0-9]+", "[0-9]+", line)
        out += re.sub(r"(\\?[ \t])+", lambda _: r"[ \t]+", line) + r"\n"
    return re.compile(out)


def matches(want, got):
    return pattern(want).fullmatch(got.rstrip("\n") + "\n") is not None


def play(report, console, path, seconds=120):
    """Runs a document's blocks; False at the first that fails."""
    with open(path) as f:
        found = blocks(f.read())
    report.check(f"{path} has commands for a board", found)
    for line, commands, want in found:
        code, said = console.run(commands, seconds)
        first = commands.strip().split("\n")[0]
        ok = code == 0 and (want is None or matches(want, said))
        detail = "" if ok else f"exit {code}, printed\n{said}" + (f"and not\n{want}" if want else "")
        if not report.check(f"line {line}: {first}", ok, detail):
            return False
    return bool(found)


def self_test(report):
    for want, got, ok in (("a 1\n", "a 234\n", True), ("a 1\n", "a\t 7", True), ("a 1\n", "a x\n", False), ("a 1\n", "a 1\nb\n", False),
                          ("a 1\n…\n", "a 1\nb\nc\n", True), ("…\nc\n", "c\n", True), ("…\nc\n", "xc\n", False),
                          ("a=…;b\n", "a=12-ff;b\n", True), ("a=…;b\n", "a=12\n;b\n", False), ("a.b\n", "axb\n", False)):
        if matches(want, got) != ok:
            report.check(f"{want!r} stands for {got!r}", False)
    got = blocks("x\n```sh board\na\n```\n\n```text\nA\n```\nprose\n```text\nB\n```\n```sh\nno\n```\n```text\nC\n```\n")
    report.check("blocks and patterns are read as the other documents' are", got == [(2, "a\n", "A\n")], got)
