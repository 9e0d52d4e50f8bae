"""From whom a unit has the rules that it does not set: from what it took over from, then from above. Pure.

docs/design/requests.md tells it in words. Where the rules come from, one unit at a time or all at once, is up to a `Book`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from camera_registry.rule_book import Rules

Way = Literal["least", "least_but_0", "yes", "no", "fewest_uses", "set_last"]

STRICTEST: dict[str, Way] = {
    "case_format": "set_last",
    "case_reuse": "fewest_uses",
    "most_cameras": "least",
    "most_minutes": "least",
    "automatic_minutes": "least",
    "automatic_cameras": "least",
    "automatic_age_hours": "least",
    "automatic_per_day": "least",
    "decide_days": "least",
    "grant_hours": "least",
    "grant_downloads": "least",
    "grant_pre_roll": "no",
    "break_glass": "no",
    "break_glass_neighbours": "no",
    "break_glass_hours": "least",
    "review_hours": "least",
    "automatic_review_days": "least",
    "wide_minutes": "least",
    "duty_hours": "set_last",
    "needs_consent": "yes",
    "needs_sign": "yes",
    "most_retention_days": "least_but_0",
    "sound_allowed": "no",
    "acknowledge_working_days": "least",
    "answer_access_days": "least",
    "answer_copy_days": "least",
    "answer_correction_days": "least",
    "answer_deletion_days": "least",
    "answer_restriction_days": "least",
    "answer_objection_days": "least",
    "answer_withdrawal_days": "least",
    "answer_complaint_days": "least",
    "holidays": "set_last",
}
"""What of several answers holds where units that came together differ."""

_REUSE = ("once", "same_person", "free")


@dataclass(frozen=True)
class Setting:
    """A value, and when it was written down: the instant and the row."""

    value: Any
    written: tuple[int, int] = (-1, -1)


Said = Mapping[str, Setting]


@dataclass(frozen=True)
class Span:
    """Where a unit lies, and when it is one: `[from_us, to_us)`, None for until further notice."""

    parent_id: int | None
    from_us: int
    to_us: int | None


class Book(Protocol):
    """What is known of units at an instant."""

    def span(self, unit_id: int) -> Span | None: ...

    def own(self, unit_id: int | None) -> Said:
        """Return what is set for exactly this unit; None: for everybody."""

    def before(self, unit_id: int) -> Collection[int]:
        """Return what the unit has taken over from by then."""

    def after(self, unit_id: int) -> Collection[int]:
        """Return what has taken over from the unit by then."""


def strictest(name: str, said: Sequence[Setting]) -> Setting:
    """Return which of several settings of one rule holds."""
    way = STRICTEST[name]
    if way == "set_last":
        return max(said, key=lambda one: one.written)
    if way == "fewest_uses":
        return min(said, key=lambda one: _REUSE.index(one.value))
    if way == "least_but_0":
        return min(said, key=lambda one: one.value or float("inf"))
    return max(said, key=lambda one: one.value) if way == "yes" else min(said, key=lambda one: one.value)


class Inheritance:
    """The rules of units at an instant."""

    def __init__(self, book: Book, at_us: int) -> None:
        self._book, self._at_us = book, at_us
        defaults = {name: Setting(field.default) for name, field in Rules.model_fields.items()}
        self._everybody: Said = {**defaults, **book.own(None)}

    def rules(self, unit_id: int | None) -> Rules:
        found = self._holds(unit_id, frozenset())
        return Rules(**{name: setting.value for name, setting in found.items()})

    def _holds(self, unit_id: int | None, below: frozenset[int]) -> Said:
        """Return what holds in a unit, or in what it has become; a circle of parents ends where it began."""
        if unit_id is None or unit_id in below:
            return self._everybody
        below |= {unit_id}
        several = [self._within(heir, below) for heir in self._current(unit_id)]
        if len(several) == 1:
            return several[0]
        return {name: strictest(name, [said[name] for said in several]) for name in Rules.model_fields}

    def _within(self, unit_id: int, below: frozenset[int]) -> Said:
        span = self._book.span(unit_id)
        above = self._holds(None if span is None else span.parent_id, below)
        return {**above, **self._line(unit_id, above, {})}

    def _current(self, unit_id: int) -> list[int]:
        """Return the unit, or what took over from it; one that ended without a successor stays what it was."""
        found, seen, open_ = list[int](), {unit_id}, [unit_id]
        while open_:
            here = open_.pop()
            span = self._book.span(here)
            if span is not None and span.from_us <= self._at_us and (span.to_us is None or self._at_us < span.to_us):
                found.append(here)
                continue
            later = set(self._book.after(here)) - seen
            seen |= later
            open_ += later
        return found or [unit_id]

    def _line(self, unit_id: int, above: Said, known: dict[int, Said]) -> Said:
        """Return what a unit and those before it set; who of several before says nothing had what is set above."""
        if unit_id not in known:
            known[unit_id] = {}
            lines = [self._line(one, above, known) for one in sorted(self._book.before(unit_id))]
            merged = {}
            for name in {name for line in lines for name in line}:
                said = [line[name] for line in lines if name in line]
                if len(said) < len(lines) and STRICTEST[name] != "set_last":
                    said.append(above[name])
                merged[name] = strictest(name, said)
            known[unit_id] = {**merged, **self._book.own(unit_id)}
        return known[unit_id]
