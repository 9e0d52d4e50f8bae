"""Approval without a human happens exactly up to each limit of the rule, and never where there is no rule."""

import dataclasses

import pytest

from access.automatic import Facts, is_automatic
from camera_registry.rule_book import Rules

MINUTE, HOUR = 60_000_000, 3_600_000_000
RULES = Rules(automatic_minutes=30, automatic_cameras=2, automatic_age_hours=5, automatic_per_day=3)
FACTS = Facts(duration_us=30 * MINUTE, cameras=2, age_us=5 * HOUR, own_unit=True, asks_owner=False, today=2)


def test_what_lies_within_every_limit_is_approved() -> None:
    assert is_automatic(RULES, FACTS)


@pytest.mark.parametrize(
    "change",
    [
        {"duration_us": 30 * MINUTE + 1},
        {"cameras": 3},
        {"age_us": 5 * HOUR + 1},
        {"own_unit": False},
        {"asks_owner": True},
        {"today": 3},
    ],
    ids=lambda change: next(iter(change)),
)
def test_beyond_any_of_them_it_is_not(change: dict[str, int | bool]) -> None:
    assert not is_automatic(RULES, dataclasses.replace(FACTS, **change))  # type: ignore[arg-type]


def test_without_a_rule_nothing_is() -> None:
    assert not is_automatic(Rules(), dataclasses.replace(FACTS, duration_us=0))
