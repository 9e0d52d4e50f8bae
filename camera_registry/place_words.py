"""Places by words: units, old and to come as well, and where cameras hang. docs/design/lookup.md says how words are taken.

Addresses are typed with more than a name has: "trước số 12, hẻm 45 Hoa Phượng". What only tells where on the way (trước, số 12)
need not be in a name; where no name has all of the others, those that have most of them are found, and that is said.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.reads import describe_all
from camera_registry.records import CameraRecord
from camera_registry.search import fold, rank, words
from camera_registry.tables import Camera, Unit
from foundation.timebase import LATEST_US

_MOST_READ = 2000
_MOST_WORDS = 12
_ON_THE_WAY = [
    "trước",
    "số",
    "nhà",
    "gần",
    "đối",
    "diện",
    "cạnh",
    "bên",
    "tại",
    "ở",
    "ngay",
    "phía",
    "sau",
    "khúc",
    "đoạn",
    "quanh",
    "khu",
    "vực",
]
_BESIDE = frozenset(_ON_THE_WAY) | {fold(word) for word in _ON_THE_WAY}
_HOUSE = re.compile(r"\b(?:số nhà|nhà số|số|so nha|nha so|so)\s+(\d+)\b")
_SLASHED = re.compile(r"\b(\d+)/(\d+\w?)")
_CODE = re.compile(r"([a-z]+)0*(\d+)")


@dataclass(frozen=True)
class Hit:
    """What words may mean: a unit, or a camera as it is now."""

    unit: Unit | None
    camera: CameraRecord | None

    @property
    def called(self) -> frozenset[str]:
        """Return what it is called, folded: its code, its name, and both as pages write them."""
        one = self.unit or self.camera
        return frozenset() if one is None else frozenset(map(fold, (one.code, one.name, f"{one.name} ({one.code})")))


@dataclass(frozen=True)
class Hits:
    """The best answers, how many more there are, and whether they have all the words or only most of them.

    `close`: they have at least more than half of the words as words, not as parts of others. `meant`: the only one that has all words,
    or the only one that is called just so.
    """

    best: tuple[Hit, ...]
    more: int
    whole: bool
    close: bool = False
    meant: Hit | None = None


@dataclass(frozen=True)
class _Words:
    """Words as they are looked for: those that a name has to have, and those that it may have."""

    needed: tuple[str, ...]
    beside: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        return self.needed + self.beside


def find_places(session: Session, typed: str, at_us: int, limit: int) -> Hits:
    """Return the units and cameras that the words may mean, the best first; cameras as of `at_us`."""
    asked = _read(typed)
    if not asked.needed:
        return Hits((), 0, whole=True)
    known: list[Unit | Camera] = [*_units(session, asked), *_cameras(session, asked)]
    judged = [(_Match.of(asked, typed, f"{one.code} {one.name}", one.name), one) for one in known]
    most = max((match.needed for match, _ in judged), default=0)
    least = most if most == len(asked.needed) else max(most - 1, (len(asked.needed) + 1) // 2)
    kept = [(match, one) for match, one in judged if match.needed >= least]
    kept.sort(key=lambda item: item[0].order)
    exact = [item for item in kept if item[0].codes]
    found = [one for _, one in (exact or kept)]
    first = found[: 4 * limit]
    cameras = [one for one in first if isinstance(one, Camera)]
    told = dict(zip((one.code for one in cameras), describe_all(session, cameras, at_us), strict=True))
    hits = [
        Hit(one, None) if isinstance(one, Unit) else Hit(None, told[one.code])
        for one in first
        if isinstance(one, Unit) or told[one.code].placement is not None
    ]
    more = max(0, len(hits) - limit) + len(found) - len(first)
    whole = least == len(asked.needed)
    close = whole or any(2 * match.whole > len(asked.needed) for match, _ in kept)
    return Hits(
        tuple(hits[:limit]), more, whole, close, _meant(hits, typed) if whole and len(found) == len(first) else None
    )


def _meant(hits: Sequence[Hit], typed: str) -> Hit | None:
    """Return the only one, or the only one whose code or name is just what was typed."""
    if len(hits) == 1:
        return hits[0]
    called = [hit for hit in hits if fold(typed) in hit.called]
    return called[0] if len(called) == 1 else None


@dataclass(frozen=True)
class _Match:
    """How a name answers: `needed` words of it, whole words, and how like it is to what was typed. `codes`: one like kp5 is its very code."""

    needed: int
    whole: int
    likeness: int
    codes: bool

    @property
    def order(self) -> tuple[int, int, int]:
        return (-self.needed, self.likeness, -self.whole)

    @classmethod
    def of(cls, asked: _Words, typed: str, text: str, name: str) -> "_Match":
        folded = fold(text)
        there = {_plain(word) for word in words(text)}
        needed = sum(any(form in folded for form in _forms(word)) for word in asked.needed)
        whole = sum(_plain(word) in there for word in asked.all)
        codes = [word for word in asked.needed if _CODE.fullmatch(word)]
        return cls(needed, whole, rank(typed, name), bool(codes) and all(_plain(word) in there for word in codes))


def _read(typed: str) -> _Words:
    text = unicodedata.normalize("NFC", typed).lower()
    beside = _HOUSE.findall(text) + [found[1] for found in _SLASHED.findall(text)]
    text = _SLASHED.sub(r"\1", _HOUSE.sub(" ", text))
    needed: list[str] = []
    for word in re.findall(r"[^\W_]+", text):
        (beside if word in _BESIDE else needed).append(fold(word))
    if not any(word.isalpha() for word in needed):
        needed, beside = needed + [word for word in beside if word not in needed], []
    unique = list(dict.fromkeys(needed))[:_MOST_WORDS]
    return _Words(tuple(unique), tuple(dict.fromkeys(beside))[:_MOST_WORDS])


def _plain(word: str) -> str:
    """Return kp5 for kp05, 1 for 01: people leave the noughts out."""
    code = _CODE.fullmatch(word)
    return f"{code[1]}{code[2]}" if code else word.lstrip("0") or word


def _forms(word: str) -> tuple[str, ...]:
    code = _CODE.fullmatch(word)
    return (word, *(f"{code[1]}{code[2].zfill(digits)}" for digits in (1, 2, 3))) if code else (word,)


def _units(session: Session, asked: _Words) -> list[Unit]:
    """Of equals today's come first, then those that ended last: people go on using old names for years."""
    text = sa.func.lower(col(Unit.code)) + " " + col(Unit.folded_name)
    newest = sa.func.coalesce(col(Unit.valid_to_us), LATEST_US).desc()
    question = _having(sa.select(Unit), text, asked.needed, newest, col(Unit.code))
    return list(session.execute(question).scalars())


def _cameras(session: Session, asked: _Words) -> list[Camera]:
    question = _having(sa.select(Camera), col(Camera.folded), asked.needed, col(Camera.code))
    return list(session.execute(question).scalars())


def _having(question: sa.Select[Any], text: Any, needed: Iterable[str], *order: Any) -> sa.Select[Any]:
    """Those with most of the words first; at least half of them."""
    each = [
        sa.case((sa.or_(*(text.contains(form, autoescape=True) for form in _forms(word))), 1), else_=0)
        for word in needed
    ]
    count = sum(each[1:], each[0])
    return question.where(count >= (len(each) + 1) // 2).order_by(count.desc(), *order).limit(_MOST_READ)
