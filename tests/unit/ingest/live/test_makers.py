"""What cameras of known makers say that is not quite RTSP, and what must come of it. Each fixture states both.

A fixture is a dialogue: `#` says what is odd; `>` is what we must say, the request line and headers among it, `!Name` for a
header that must not be there; `<` is the camera's answer, where {cseq} is our number and {length} that of the body; `=` is the
outcome. The facts are those of the protocols; no camera's output was copied.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import pytest

from ingest.live.lanes import choose
from ingest.live.session import Redirected, Session, SessionRefused
from ingest.live.sign_in import SignIn
from ingest.live.wire import Message, scan

CAMERAS = sorted((Path(__file__).parents[3] / "assets" / "cameras").glob("*.txt"))
KEEP_ALIVE = ("GET_PARAMETER", "OPTIONS")


@dataclass
class Dialogue:
    """`turns` are (what we must say, what the camera answers), `outcome` what is then so."""

    turns: list[tuple[list[str], list[str]]] = field(default_factory=list)
    outcome: dict[str, list[str]] = field(default_factory=dict)
    end: str = "\r\n"

    @property
    def address(self) -> str:
        return self.turns[0][0][0].split(" ")[1]


def dialogue(text: str) -> Dialogue:
    read = Dialogue()
    wanted: list[str] = []
    lines = [line for line in text.splitlines() if line]
    for mark, group in groupby(lines, lambda line: line[0]):
        told = [line[2:] for line in group]
        if mark == ">":
            wanted = told
        elif mark == "<":
            read.turns.append((wanted, told))
        elif mark == "=":
            for line in told:
                name, _, value = line.partition(" ")
                read.outcome.setdefault(name, []).append(value)
        else:
            assert mark == "#", f"{mark} begins no line"
    read.end = {"lf": "\n"}.get(read.outcome.pop("lines", ["crlf"])[0], "\r\n")
    return read


def heard(answer: list[str], cseq: str, end: str) -> Message:
    """Send the answer through the parser, as bytes of a connection."""
    at = answer.index("") if "" in answer else len(answer)
    body = "".join(line + end for line in answer[at + 1 :])
    head = end.join(answer[:at]).replace("{cseq}", cseq).replace("{length}", str(len(body.encode())))
    data = bytearray(f"{head}{end}{end}{body}".encode())
    found: list[Message] = []
    assert scan(data, 0, len(data), lambda _channel, _begin, stop: stop, found.append) == len(data)
    (message,) = found
    return message


def check(request: bytes, wanted: list[str]) -> str:
    """See that a request says what it must; return its number."""
    first, *lines = request.decode().rstrip("\r\n").split("\r\n")
    assert first == f"{wanted[0]} RTSP/1.0"
    names = {line.partition(":")[0] for line in lines}
    for want in wanted[1:]:
        assert want[1:] not in names if want.startswith("!") else want in lines
    (number,) = re.findall(r"^CSeq: (\d+)$", "\n".join(lines), re.MULTILINE)
    return str(number)


def drive(session: Session, read: Dialogue) -> Iterator[str]:
    """Lead the dialogue; yield how it ended, if by an end."""
    request = session.begin()
    for number, (wanted, answer) in enumerate(read.turns, 1):
        if not request and wanted[0].startswith(KEEP_ALIVE):
            request = session.keep_alive()
        message = heard(answer, check(request, wanted), read.end)
        try:
            request = session.take(message)
        except SessionRefused as refused:
            assert number == len(read.turns)
            yield f"refused {refused.reason}"
            return
        except Redirected as redirected:
            assert number == len(read.turns)
            yield f"redirected {redirected.address}"
            return
    assert request == b""


OUTCOMES: dict[str, Callable[[Session], list[str]]] = {
    "state": lambda session: [str(session.state)],
    "timeout": lambda session: [str(session.timeout_s)],
    "keep-alive": lambda session: [session.keep_alive().decode().removesuffix("\r\n").split(" RTSP/1.0")[0]],
    "goodbye": lambda session: [session.end().decode().split(" RTSP/1.0")[0]],
    "channel": lambda session: [
        f"{channel} {offer.kind} {offer.encoding} {offer.clock_rate} {offer.payload_type}"
        for channel, offer in session.channels.items()
    ],
    "sets": lambda session: [
        " ".join(str(unit[0] & 31) for unit in next(iter(session.channels.values())).parameter_sets())
    ],
}


@pytest.mark.parametrize("path", CAMERAS, ids=lambda path: path.stem)
def test_a_camera_is_understood(path: Path) -> None:
    read = dialogue(path.read_text())
    session = Session(
        read.address, SignIn("admin", "hunter2", "c0ffee"), lambda offers: choose(offers, sound=True).offers
    )
    ended = [end.split(" ", 1) for end in drive(session, read)]
    assert read.outcome, "a fixture without an outcome proves nothing"
    for name, wanted in read.outcome.items():
        found = [value for end, value in ended if end == name] if name not in OUTCOMES else OUTCOMES[name](session)
        assert (name, found) == (name, wanted)


def test_there_are_fixtures_and_their_names_tell_maker_and_fault() -> None:
    assert len(CAMERAS) >= 15
    assert all(re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", path.stem) for path in CAMERAS)
