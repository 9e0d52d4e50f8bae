"""What a data subject may ask for, and how it ends: closed lists. Pure. docs/design/data-protection.md tells where they are from."""

from collections.abc import Mapping
from enum import StrEnum

from camera_registry.rule_book import Rules
from foundation.errors import N_


class SubjectKind(StrEnum):
    ACCESS = "access"
    COPY = "copy"
    CORRECTION = "correction"
    DELETION = "deletion"
    RESTRICTION = "restriction"
    OBJECTION = "objection"
    WITHDRAWAL = "withdrawal"
    COMPLAINT = "complaint"


KIND_TEXT: Mapping[SubjectKind, str] = {
    SubjectKind.ACCESS: N_("to see one's data"),
    SubjectKind.COPY: N_("to have a copy of one's data"),
    SubjectKind.CORRECTION: N_("to have one's data corrected"),
    SubjectKind.DELETION: N_("to have one's data deleted"),
    SubjectKind.RESTRICTION: N_("to have the use of one's data restricted"),
    SubjectKind.OBJECTION: N_("an objection to the use of one's data"),
    SubjectKind.WITHDRAWAL: N_("to withdraw consent"),
    SubjectKind.COMPLAINT: N_("a complaint"),
}


class SubjectOutcome(StrEnum):
    DONE = "done"
    PARTLY = "partly"
    REFUSED = "refused"
    NOTHING_FOUND = "nothing_found"


class Late(StrEnum):
    """What of a request is overdue."""

    ACKNOWLEDGE = "acknowledge"
    ANSWER = "answer"


def answer_days(kind: SubjectKind, rules: Rules) -> int:
    """Return within how many days the rules want a request of this kind answered."""
    return {
        SubjectKind.ACCESS: rules.answer_access_days,
        SubjectKind.COPY: rules.answer_copy_days,
        SubjectKind.CORRECTION: rules.answer_correction_days,
        SubjectKind.DELETION: rules.answer_deletion_days,
        SubjectKind.RESTRICTION: rules.answer_restriction_days,
        SubjectKind.OBJECTION: rules.answer_objection_days,
        SubjectKind.WITHDRAWAL: rules.answer_withdrawal_days,
        SubjectKind.COMPLAINT: rules.answer_complaint_days,
    }[kind]
