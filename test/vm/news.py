"""news: what guesttool follow prints in the ARM machine, read as it comes.

Each item is ("row", Row), ("audit", [columns]), ("node", NAME, ns), ("gone", NAME).
"""
import re

import armkernel  # noqa: F401  finds lib/ for us
import vlpt


def _item(text):
    words = text.split()
    if len(words) == 3 and words[0] == "node" and words[2].isdigit():
        return ("node", words[1], int(words[2]))
    if len(words) == 2 and words[0] == "gone":
        return ("gone", words[1])
    row = vlpt.parse_row(text)
    if row:
        return ("row", row)
    columns = text.split("\t")
    if len(columns) >= 7 and columns[0].isdigit() and columns[1].isdigit():
        return ("audit", columns)
    return None


class News:
    def __init__(self, guest):
        self.guest, self.items, self.offset = guest, [], 0

    def take(self):
        """Reads what is new; an unfinished line waits."""
        with open(self.guest.path("out"), "rb") as f:
            f.seek(self.offset)
            added = f.read()
        whole = added[:added.rfind(b"\n") + 1]
        self.offset += len(whole)
        self.items += filter(None, map(_item, whole.decode(errors="replace").splitlines()))
        return self.items

    def mark(self):
        return len(self.take())

    def wait(self, mark, wanted, seconds=30):
        """The first item after the mark that is wanted; an error when none comes."""
        seen = mark

        def look():
            nonlocal seen
            items = self.take()
            while seen < len(items):
                seen += 1
                if wanted(items[seen - 1]):
                    return items[seen - 1]
        found = vlpt.wait_for(look, seconds, 0.01)
        if not found:
            raise RuntimeError(f"did not come within {seconds} s; since then {self.items[mark:][-12:]}")
        return found

    def node(self, mark):
        """Name and wall clock time of the next node that is made."""
        return self.wait(mark, lambda n: n[0] == "node")[1:]

    def row(self, mark, seconds=30, **columns):
        """The next row with these columns."""
        def wanted(n):
            return n[0] == "row" and all(getattr(n[1], k) == v for k, v in columns.items())
        return self.wait(mark, wanted, seconds)[1]

    def rows(self, mark=0):
        return [n[1] for n in self.take()[mark:] if n[0] == "row"]

    def audit(self, mark=0):
        return [n[1] for n in self.take()[mark:] if n[0] == "audit"]

    def wall_offset(self):
        """What added to a row's time gives the guest's wall clock; nobody sets it here."""
        start = next(r for r in self.rows() if r.kind == "start")
        return int(re.match(r"wall=(\d+)", start.payload).group(1)) - start.at
