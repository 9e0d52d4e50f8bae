"""docs/ref/authorisation.md, made from the code: `python -m tests.support.authorisation update`."""

import sys
from pathlib import Path

from api.access import ACCESS, Needs, Open
from people.rights import NEVER_TOGETHER, RIGHT_TEXT, RIGHTS_OF, SECOND_FACTOR, Role, roles_with

PAGE = Path(__file__).parents[2] / "docs/ref/authorisation.md"

_OPEN = {
    Open.PUBLIC: "nothing",
    Open.KNOWN: "nothing; whoever has signed in is known",
    Open.FIRST_FACTOR: "a session, the second factor may still be missing",
    Open.SIGNED_IN: "somebody signed in",
}
_HEAD = """# Who may do what

Generated from `people.rights` and `api.access` by `python -m tests.support.authorisation update`; a test holds it to the code. How it is judged:
[people](../design/people.md). A role holds for its unit and all beneath it, on the days of its term; what no row permits is refused.
"""


def page() -> str:
    """Return the page as the code would have it."""
    return "\n".join([_HEAD, *_rights(), "", *_routes()]) + "\n"


def _rights() -> list[str]:
    roles = list(Role)
    lines = ["## Rights of the roles", "", "| right | lets one | " + " | ".join(roles) + " |"]
    lines.append("|---|---|" + "---|" * len(roles))
    for right, text in RIGHT_TEXT.items():
        marks = " | ".join("yes" if right in RIGHTS_OF[role] else "" for role in roles)
        lines.append(f"| `{right}` | {text} | {marks} |")
    pairs = sorted(" and ".join(sorted(pair)) for pair in NEVER_TOGETHER)
    lines += ["", f"Never on the same day in one person: {'; '.join(pairs)}."]
    needing = ", ".join(role for role in roles if role in SECOND_FACTOR)
    lines.append(f"A second factor is needed by: {needing}.")
    return lines


def _routes() -> list[str]:
    """Tell each route with its need, and for which roles that is; what is open stands first."""
    lines = [
        "## What each address needs",
        "",
        "| method | address | needs | judged for | roles |",
        "|---|---|---|---|---|",
    ]
    for (method, path), access in ACCESS.items():
        if isinstance(access, Needs):
            roles = ", ".join(roles_with(access.right))
            lines.append(f"| {method} | `{path}` | `{access.right}` | {access.of} | {roles} |")
        else:
            whom = "anybody" if access in {Open.PUBLIC, Open.KNOWN} else "all"
            lines.append(f"| {method} | `{path}` | {_OPEN[access]} | | {whom} |")
    return lines


if __name__ == "__main__" and sys.argv[1:] == ["update"]:
    PAGE.write_text(page(), encoding="utf-8")
