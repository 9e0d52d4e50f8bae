"""docs/ref/rules.md, made from the code: `python -m tests.support.rule_page update`."""

import sys
from pathlib import Path

from camera_registry.rule_book import Rules
from camera_registry.rule_inheritance import STRICTEST, Way

PAGE = Path(__file__).parents[2] / "docs/ref/rules.md"
_HEAD = """# Rules of units

Generated from `camera_registry.rule_book` by `python -m tests.support.rule_page update`; a test holds it to the code.

Rules are data: `matpho rules set [--unit CODE] RULE=VALUE…` from now on, `RULE=` takes one back, `matpho rules show [--unit CODE]` tells which hold. What a unit does
not set is that of the unit that it took over from (a merger, a split, a renaming), then that of the unit above it, then that of everybody (without `--unit`), then the
one here. What they are for: [requests and grants](../design/requests.md).

Where a unit took over from several that differ, the strictest holds, which the last column tells; one of them that said nothing counts with what holds above. A unit
that is no more has the rules of what it has become, of several the strictest. Who wants it otherwise sets it for the new unit.

| rule | default | decides | of several |
|---|---|---|---|
"""
_OF_SEVERAL: dict[Way, str] = {
    "least": "the least",
    "least_but_0": "the least that is not 0",
    "yes": "yes",
    "no": "no",
    "fewest_uses": "`once`, then `same_person`",
    "set_last": "of the unit whose rules were set last",
}


def page() -> str:
    """Return the page as the code would have it."""
    lines = [
        f"| `{name}` | {_told(field.default)} | {field.description} | {_OF_SEVERAL[STRICTEST[name]]} |"
        for name, field in Rules.model_fields.items()
    ]
    return _HEAD + "\n".join(lines) + "\n"


def _told(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"`{value}`" if value not in {"", ()} else ""


if __name__ == "__main__":
    if sys.argv[1:] != ["update"]:
        sys.exit("python -m tests.support.rule_page update")
    PAGE.write_text(page())
