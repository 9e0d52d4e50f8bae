"""Every act that the log may hold is told in words on its pages."""

import re
from pathlib import Path

from api.web.oversight.acts import ACT_TEXT, KINDS, REGISTRY

_LISTED = re.compile(r"^\| `([a-z_]+:[a-z_]+)`", re.MULTILINE)


def test_the_words_are_for_the_acts_that_are_listed() -> None:
    page = (Path(__file__).parents[3] / "docs/ref/audit-events.md").read_text(encoding="utf-8")
    assert set(ACT_TEXT) == set(_LISTED.findall(page))


def test_what_one_may_look_for_is_there() -> None:
    subjects = {name.split(":")[0] for name in ACT_TEXT}
    assert {name for name, _ in KINDS} <= subjects | {"refused"}
    assert set(REGISTRY) <= set(ACT_TEXT)
