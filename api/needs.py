"""What a route may need: a right and what it is judged for, or nothing. `api.access` and `api.page_access` say which does."""

from dataclasses import dataclass
from enum import StrEnum

from people.rights import Right


class Open(StrEnum):
    """What is not about a right."""

    PUBLIC = "public"
    KNOWN = "public, and whoever has signed in is known"
    FIRST_FACTOR = "first factor"  # a session that may still lack the second one
    SIGNED_IN = "signed in"


class Of(StrEnum):
    """What a right is judged for."""

    EVERYWHERE = "everywhere"
    CAMERA = "the camera"
    UNIT = "the unit"
    OWN_CLIP = "one's own clip, while its grant runs"
    OWN_REQUEST = "one's own request"
    REQUEST = "the unit of the request"
    SEEN_REQUEST = "one's own request, and its unit for those who decide or look after it"
    SUBJECT = "the unit of the request of a data subject"
    JOB = "the camera of the import"
    HOLD = "the hold"
    OWN_UPLOAD = "one's own upload"
    LIST = "all within reach"
    NAMED = "what is named in it"
    GRANTED = "what one has a grant for"
    ANYTHING = "whatever there is"


@dataclass(frozen=True)
class Needs:
    right: Right
    of: Of


Access = Open | Needs
