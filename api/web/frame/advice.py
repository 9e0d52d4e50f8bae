"""What people are told to do about an error: where its own advice is for programs, in words for people. Pure."""

from collections.abc import Mapping
from datetime import tzinfo

from foundation.errors import N_, MatPhoError
from foundation.language import Language, say_error, translate
from people.rights import RIGHTS_OF, ROLE_TEXT, Role

_BY_STATUS: Mapping[int, str] = {
    403: N_("Ask an administrator of Mắt Phố in your office whether you should have it, and tell the reference below."),
    404: N_(
        "Look at the address for a typing mistake, or begin at home. What belongs to another unit is not shown, either."
    ),
    409: N_("Go back, load the page again, and look whether it is still to be done."),
    410: N_("It was deleted when its time was over. Ask whoever looks after the cameras whether somebody kept it."),
    422: N_("Go back, mend what is wrong, and send it again."),
    429: N_("Wait a few minutes, then try again."),
    500: N_("Try once more in a minute. If it fails again, call whoever runs Mắt Phố and tell the reference below."),
    503: N_("Wait a minute, then load the page again. If that does not help, call whoever runs Mắt Phố."),
}
_APPROVAL = N_(
    "Footage is seen only after another person has approved it. Make a request under Investigate, or open yours under My "
    "requests: the supervisor of the unit that owns the camera decides, and it is the supervisor whom you ask."
)
APPROVED_BY_SOMEBODY = frozenset({"not_granted", "grant_over", "grant_used_up"})
"""Codes of what somebody has to approve first."""
_BY_CODE: Mapping[str, str] = {
    "not_permitted": N_("This is for: {roles}. An administrator of Mắt Phố in your office gives roles; ask there."),
    **dict.fromkeys(APPROVED_BY_SOMEBODY - {"grant_used_up"}, _APPROVAL),
    "from_elsewhere": N_("Open the page again from the menu, and send the form from there."),
}
"""By code: what to do where the error's own advice is for programs."""


def told(language: Language, error: MatPhoError, zone: tzinfo) -> str:
    """Return what happened and what to do about it, as sentences."""
    message, mend = say_error(language, error, zone)
    if error.code in _BY_CODE:
        right = error.fields.get("right")
        roles = [translate(language, ROLE_TEXT[role]) for role in Role if right in RIGHTS_OF[role]]
        mend = translate(language, _BY_CODE[error.code], roles=", ".join(roles)).rstrip(".")
    return " ".join(f"{part}." for part in (message, mend) if part)


def advice_of(language: Language, status: int, error: MatPhoError | None = None) -> str:
    """Return what to do about an answer of this status; nothing where `told` says it of this error."""
    if error is not None and error.code in _BY_CODE:
        return ""
    return translate(language, _BY_STATUS.get(status, _BY_STATUS[422]))
