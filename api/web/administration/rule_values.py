"""Values of rules as people write and read them: yes and no, choices, days as they are written in Vietnam."""

from datetime import date
from typing import Any, Literal, get_args, get_origin

from api.web.frame.words import Telling
from camera_registry.rule_book import Rules
from foundation.errors import N_
from foundation.language import translate

CHOICE_TEXT = {
    "free": N_("anybody may ask again"),
    "same_person": N_("only the same person may ask again"),
    "once": N_("nobody may ask again"),
}
"""What may be chosen for rules that are a choice, by its value."""
_YES_NO = {"yes": N_("yes"), "no": N_("no")}


def rule_said(name: str, value: Any, tell: Telling) -> str:
    """Return the value of a rule in the reader's words."""
    if isinstance(value, bool):
        return translate(tell.language, _YES_NO["yes" if value else "no"])
    if name == "holidays":
        return ", ".join(f"{date.fromisoformat(day):%d/%m/%Y}" for day in value)
    text = str(value)
    return translate(tell.language, CHOICE_TEXT[text]) if text in CHOICE_TEXT else text


def choices_of(name: str) -> list[tuple[str, str]]:
    """Return value and text of what may be chosen for a rule; none where it is typed."""
    kind = Rules.model_fields[name].annotation
    if kind is bool:
        return list(_YES_NO.items())
    if get_origin(kind) is Literal:
        return [(one, CHOICE_TEXT[one]) for one in get_args(kind)]
    return []


def rule_typed(name: str, value: Any) -> str:
    """Return the value of a rule as its field of the form has it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "holidays":
        return ", ".join(f"{date.fromisoformat(day):%d/%m/%Y}" for day in value)
    return str(value)
