"""The closed lists: what footage is asked for, and what came of it."""

from collections.abc import Mapping
from enum import StrEnum

from foundation.errors import N_


class Purpose(StrEnum):
    """Each is its own class of use: heads and owners are told it, and nothing else of the case."""

    CRIME = "crime"
    TRAFFIC = "traffic"
    MISSING_PERSON = "missing_person"
    PUBLIC_ORDER = "public_order"
    FIRE_RESCUE = "fire_rescue"
    CAMERA_CHECK = "camera_check"


class Outcome(StrEnum):
    EVIDENCE = "evidence"
    LEAD = "lead"
    NOTHING_SEEN = "nothing_seen"
    NOT_NEEDED = "not_needed"


PURPOSE_TEXT: Mapping[Purpose, str] = {
    Purpose.CRIME: N_("a crime is investigated"),
    Purpose.TRAFFIC: N_("a traffic accident is investigated"),
    Purpose.MISSING_PERSON: N_("somebody is missing"),
    Purpose.PUBLIC_ORDER: N_("public order was disturbed"),
    Purpose.FIRE_RESCUE: N_("fire or rescue"),
    Purpose.CAMERA_CHECK: N_("the camera itself is checked"),
}

OUTCOME_TEXT: Mapping[Outcome, str] = {
    Outcome.EVIDENCE: N_("it became evidence"),
    Outcome.LEAD: N_("it helped to go on"),
    Outcome.NOTHING_SEEN: N_("it shows nothing of it"),
    Outcome.NOT_NEEDED: N_("it was not needed any more"),
}
