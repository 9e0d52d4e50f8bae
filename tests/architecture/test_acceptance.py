"""The page of the twenty-five checks names tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/design/acceptance.md"
NOT_YET = {21}


def test_every_check_is_held_by_tests_that_exist() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(number) for number, _, _ in rows] == list(range(1, 26))
    for number, _, held in rows:
        named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", held)
        assert bool(named) == (int(number) not in NOT_YET), number
        for path, name in named:
            source = (ROOT / "tests" / path).read_text(encoding="utf-8")
            assert re.search(rf"^def {name}\(", source, re.MULTILINE), f"{number}: {path} has no {name}"
