"""Secrets that give themselves away: whatever a text or a file does to them, a mark within can still be found."""

import base64
import html
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa


@dataclass
class Canaries:
    """`marks` are by name. A mark is of small letters and digits, so most ways of quoting leave it as it is."""

    marks: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    """Whole secrets that we do not choose, such as tokens."""

    def new(self, name: str, form: str = "{}") -> str:
        """Return a secret around a mark."""
        self.marks[name] = "q7" + secrets.token_hex(6)
        return form.format(self.marks[name])

    def keep(self, name: str, secret: str) -> str:
        self.others[name] = secret
        return secret

    def found_in(self, data: bytes) -> set[str]:
        """Return the names of what is in `data`: as it is, in capitals, as hex or base64, as JSON, HTML or part of an address."""
        found = set()
        for any_case, forms in ((True, self._forms(any_case=True)), (False, self._forms(any_case=False))):
            where = data.lower() if any_case else data
            for start, ends in _by_start(forms).items():
                at = where.find(start)
                while at >= 0:
                    found |= {name for form, name in ends if where.startswith(form, at)}
                    at = where.find(start, at + 1)
        return found

    def _forms(self, *, any_case: bool) -> set[tuple[bytes, str]]:
        """Return what to look for and the name of each, in small letters where these are as good as capitals."""
        found = set()
        for name, secret in (self.marks | self.others).items():
            text = secret.encode()
            if any_case:
                forms = [text, text.hex().encode(), quote(secret, safe="").encode(), html.escape(secret).encode()]
                found |= {(form.lower(), name) for form in forms}
            else:
                found |= {(form, name) for form in _coded(text)}
        return found


def _by_start(forms: set[tuple[bytes, str]]) -> dict[bytes, list[tuple[bytes, str]]]:
    """Return the forms by what they begin with: marks begin alike, and data is gone through once for all of these."""
    alike: dict[bytes, list[tuple[bytes, str]]] = {}
    for form, name in sorted(forms):
        alike.setdefault(form[:2], []).append((form, name))
    return {_start(ones[0][0], ones[-1][0]): ones for ones in alike.values()}


def _start(first: bytes, last: bytes) -> bytes:
    """Return how both begin, and with them all that is sorted in between."""
    return first[
        : next((at for at, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), len(first))
    ]


def _coded(text: bytes) -> list[bytes]:
    """Return what base64 makes of `text` wherever it begins, without the letters that others take part in."""
    found = []
    for before in range(3):
        coded = base64.b64encode(bytes(before) + text)
        first, last = -(-before * 8 // 6), (before + len(text)) * 8 // 6
        found.append(coded[first:last])
    return found + [one.translate(bytes.maketrans(b"+/", b"-_")) for one in found]


def dump(engine: sa.Engine) -> bytes:
    """Return every row of every table, bytes as they are: what a dump of the database would have."""
    parts: list[bytes] = []
    with engine.connect() as connection:
        for name in sa.inspect(connection).get_table_names():
            for row in connection.execute(sa.text(f'SELECT * FROM "{name}"')):
                parts += [bytes(one) if isinstance(one, bytes | memoryview) else str(one).encode() for one in row]
    return b"\n".join(parts)


def files(folder: Path, but: str) -> dict[str, bytes]:
    """Return the bytes of all files beneath `folder`, without those of the folder `but` in it."""
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if path.is_file() and name.parts[0] != but:
            try:
                found[str(name)] = path.read_bytes()
            except FileNotFoundError:  # a recording goes on
                continue
    return found


def command_lines(pid: int) -> dict[int, bytes]:
    """Return what is told to everybody on the machine of a process and all that it started."""
    parents, lines = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "stat").read_text(errors="replace")
            lines[int(folder.name)] = (folder / "cmdline").read_bytes()
        except OSError:  # it has ended
            continue
        parents[int(folder.name)] = int(status.rpartition(")")[2].split()[1])
    mine = {pid}
    while more := {child for child, parent in parents.items() if parent in mine} - mine:
        mine |= more
    return {one: lines[one] for one in mine if one in lines}
