"""What a form that asks for footage begins with, out of an earlier request or of what is kept, and what is wrong with its fields."""

from collections.abc import Mapping

from sqlmodel import Session

from access.asking import CaseNumberUnusable, CaseNumberUsed, PurposeUnknown, WhyMissing, check_case_number
from access.at_hand import at_hand, must_be_there
from access.stepping import RequestUnknown, cameras_of, get_request
from api.asking import Asker
from api.holding import hold_within
from api.service import Service
from api.web.frame.faults import ChoiceMissing, FieldEmpty
from api.web.frame.forms import Fields
from api.web.frame.selection import NoneTicked, Selection, selection_of
from api.web.frame.words import exactly, fields_told
from foundation.database import unit_of_work
from foundation.errors import MatPhoError
from foundation.timebase import TimeRange, datetime_from_us
from ingest.index.hold_orders import camera_codes_of, get_order

_FIELDS: Mapping[type[MatPhoError], str] = {
    PurposeUnknown: "purpose",
    CaseNumberUnusable: "case_number",
    CaseNumberUsed: "case_number",
    WhyMissing: "why",
}
"""What errors of asking are about."""


def asked_before(service: Service, asker: Asker, request_id: str) -> tuple[Selection, dict[str, str]]:
    """Return what one's own request asked for, as it is typed. Raises `RequestUnknown`, also for that of somebody else."""
    assert asker.standing is not None
    with unit_of_work(service.engine, writes=False) as session:
        found = get_request(session, request_id)
        if found.person_id != asker.standing.person_id:
            raise RequestUnknown(name=request_id)
        codes = [code for _, code, _ in cameras_of(session, found.id)]
        typed = {"purpose": found.purpose, "case_number": found.case_number, "why": found.why}
        begin, end = (datetime_from_us(at_us, service.zone) for at_us in (found.start_us, found.end_us))
    when = {"day": f"{begin:%d/%m/%Y}", "begin": exactly(begin), "end": exactly(end)}
    other = {"end_day": f"{end:%d/%m/%Y}"} if end.date() != begin.date() else {}
    return selection_of(when | other, codes), typed


def kept_by(service: Service, asker: Asker, hold_id: str) -> tuple[Selection, dict[str, str]]:
    """Return what a hold is for, as it is typed. Raises `HoldUnknown`, also for one out of reach."""
    with unit_of_work(service.engine, writes=False) as session:
        hold_within(service, session, asker, hold_id)
        order = get_order(session, hold_id)
        codes = camera_codes_of(session, hold_id)
    return selection_of(fields_told(order.span, service.zone), codes), {"case_number": order.case_number or ""}


def unanswered(service: Service, selection: Selection, form: Fields, span: TimeRange | None) -> dict[str, MatPhoError]:
    """Return what is wrong with all the other fields, so that nobody mends one after the other."""
    wrong: dict[str, MatPhoError] = {}
    if not selection.cameras:
        wrong[""] = NoneTicked()
    if not form.text("purpose"):
        wrong["purpose"] = ChoiceMissing()
    if not form.text("case_number"):
        wrong["case_number"] = FieldEmpty()
    if form.text("glass") == "yes" and not form.text("why"):
        wrong["why"] = WhyMissing()
    with unit_of_work(service.engine, writes=False) as session:
        for check in (_number_unusable, _not_there):
            error = check(session, service, selection, form, span)
            if error is not None:
                wrong.setdefault(field_of(error), error)
    return wrong


def _number_unusable(
    session: Session, service: Service, selection: Selection, form: Fields, _span: TimeRange | None
) -> MatPhoError | None:
    try:
        if form.text("case_number"):
            check_case_number(session, service.clock, selection.cameras, form.text("case_number"))
    except MatPhoError as error:
        return error
    return None


def _not_there(
    session: Session, service: Service, selection: Selection, form: Fields, span: TimeRange | None
) -> MatPhoError | None:
    try:
        if selection.cameras and span is not None and form.text("anyway") != "yes":
            must_be_there(at_hand(session, service.clock, selection.cameras, span))
    except MatPhoError as error:
        return error
    return None


def field_of(error: MatPhoError) -> str:
    return next((name for kind, name in _FIELDS.items() if isinstance(error, kind)), "")
