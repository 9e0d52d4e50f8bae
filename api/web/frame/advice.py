"""What people are told to do about an error: where its own advice is for programs, in words for people. Pure."""

import re
from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from api.web.frame.words import Telling
from camera_registry.rule_book import Rules
from foundation.errors import N_, MatPhoError, RowProblem
from foundation.language import Language, translate
from foundation.timebase import InstantUnreadable, parse_instant
from people.rights import RIGHT_TEXT, RIGHTS_OF, ROLE_TEXT, Right, Role

_BY_STATUS: Mapping[int, str] = {
    403: N_("Ask an administrator of Mắt Phố in your office whether you should have it, and tell the reference below."),
    404: N_(
        "Look at the address for a typing mistake, or begin at home. What belongs to another unit is not shown, either."
    ),
    409: N_("Go back, load the page again, and look whether it is still to be done."),
    410: N_("It was deleted when its time was over. Ask whoever looks after the cameras whether somebody kept it."),
    413: N_("The file is too large, or too many were sent at once. Send photos one by one, each of at most 12 MB."),
    422: N_("Go back, mend what is wrong, and send it again."),
    429: N_("Wait a few minutes, then try again."),
    500: N_("Try once more in a minute. If it fails again, call whoever runs Mắt Phố and tell the reference below."),
    503: N_("Wait a minute, then load the page again. If that does not help, call whoever runs Mắt Phố."),
}
_APPROVAL = N_(
    "Footage is seen only after another person has approved it. Make a request under Investigate, or open yours under My "
    "requests: the supervisor of the unit that owns the camera decides, and it is the supervisor whom you ask."
)
APPROVED_BY_SOMEBODY = frozenset({"not_granted", "grant_over", "grant_taken_back", "grant_used_up"})
"""Codes of what somebody has to approve first."""
_CALL = N_("Call whoever runs Mắt Phố.")
_RIGHTS = frozenset(str(one) for one in Right)
_BY_CODE: Mapping[str, str] = {
    "not_permitted": N_("This is for: {roles}. An administrator of Mắt Phố in your office gives roles; ask there."),
    **dict.fromkeys(APPROVED_BY_SOMEBODY - {"grant_used_up"}, _APPROVAL),
    "from_elsewhere": N_("Open the page again from the menu, and send the form from there."),
    "not_signed_in": N_("Sign in first."),
    "no_cameras": N_("Choose at least one camera under Investigate."),
    "why_missing": N_("Write what you want to find out and why it cannot wait."),
    "owners_not_answered": N_("Wait for the owners, or tick that the other cameras are approved without these."),
    "reason_missing": N_("Write why, without names: it stays in the register."),
    "camera_unknown": N_("The list of cameras has the code of each. Cameras of other units are not shown."),
    "unit_unknown": N_("Look at the list of neighbourhoods and choose from there."),
    "rules_unusable": N_("Look at what the field may be, and mend it."),
    "sound_not_allowed": N_("The rules of the unit allow the pictures only."),
    "start_unknown": N_("Type the day and the time at which the recording begins, as the recorder shows them."),
    **dict.fromkeys(("instant_unreadable", "instant_far"), N_("Write day and time such as 21:05:30 07/03/2026.")),
    "person_unknown": N_("The list of people has the name of each account."),
    "own_role": N_("Another administrator gives it, or whoever runs the machine of Mắt Phố."),
    "not_tied": N_("Ask an administrator of Mắt Phố to tie this account with that of your office."),
    "role_term_unknown": N_("The page of the person lists their roles."),
    "half_a_window": N_("Give both the beginning and the end, or neither."),
    **dict.fromkeys(("upload_empty", "upload_not_raw"), N_("Go back and choose the file again.")),
    **dict.fromkeys(("checkpoint_unknown", "no_checkpoint"), N_("Ask again in a minute.")),
    **dict.fromkeys(("segment_damaged", "object_damaged", "object_missing"), _CALL),
    **dict.fromkeys(("witness_disagrees", "witness_silent"), _CALL),
    **dict.fromkeys(
        ("key_answer_bad", "key_command_failed", "key_in_use", "key_is_current", "key_unknown", "key_missing"), _CALL
    ),
}
"""By code: what to do where the error's own advice is for programs."""
_SAID_BY_CODE: Mapping[str, str] = {
    "recording_unreadable": N_("{file} cannot be read as a recording"),
    "not_permitted": N_("Your role does not allow this: {right} ({why})"),
}
"""By code: what happened, where the error's own words are for programs."""
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)


def told(language: Language, error: MatPhoError, zone: tzinfo) -> str:
    """Return what happened and what to do about it, as sentences."""
    return " ".join(f"{part.rstrip('.')}." for part in for_people(language, error, zone) if part)


def for_people(language: Language, error: MatPhoError, zone: tzinfo) -> tuple[str, str]:
    """Return an error's message and what to do (empty when there is nothing), as pages say them."""
    return said_by_code(language, zone, error.code, error.message, error.mend, error.fields)


def said_by_code(
    language: Language, zone: tzinfo, code: str, message: str, mend: str, fields: Mapping[str, Any]
) -> tuple[str, str]:
    """Return the same of an error that was kept by its parts, as jobs keep it."""
    tell = Telling(language, zone)
    shown = {name: said_value(tell, value) for name, value in fields.items()}
    right = fields.get("right")
    if right in _RIGHTS:
        shown["right"] = translate(language, RIGHT_TEXT[Right(right)])
    rule = Rules.model_fields.get(str(fields.get("name"))) if code == "rules_unusable" else None
    if rule is not None:
        shown["name"] = translate(language, rule.description or "")
    roles = [translate(language, ROLE_TEXT[role]) for role in Role if right in RIGHTS_OF[role]]
    shown["roles"] = ", ".join(roles)
    happened = translate(language, _SAID_BY_CODE.get(code, message)).format(**shown)
    todo = _BY_CODE.get(code, mend)
    return happened, translate(language, todo).format(**shown) if todo else ""


def said_value(tell: Telling, value: Any) -> Any:
    """Return the value of an error as pages say it: a day and an instant as people read them, a text in their language."""
    if not isinstance(value, str):
        return value
    if _DAY.fullmatch(value):
        return _DAY.sub(r"\3/\2/\1", value)
    return _INSTANT.sub(lambda found: _moment(tell, found[0]), translate(tell.language, str(value)))


def _moment(tell: Telling, text: str) -> str:
    try:
        return tell.instant(parse_instant(text))
    except InstantUnreadable:
        return text


def advice_of(language: Language, status: int, error: MatPhoError | None = None) -> str:
    """Return what to do about an answer of this status; nothing where `told` says it of this error."""
    if error is not None and error.code in _BY_CODE:
        return ""
    return translate(language, _BY_STATUS.get(status, _BY_STATUS[422]))


def row_for_people(language: Language, row: RowProblem, zone: tzinfo) -> str:
    """Return what is wrong with one field, of a form or of a row of a file, as pages say it."""
    tell = Telling(language, zone)
    return translate(language, row.message).format(**{name: said_value(tell, one) for name, one in row.fields.items()})
