"""The register of what data subjects asked: deadlines, steps that are taken once, order, erasure, and rows that stay."""

import logging
import threading
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from access.keeper import RequestKeeper
from access.subject_kinds import Late, SubjectKind, SubjectOutcome
from access.subject_register import find_subject_requests, overdue, told, units_in_register
from access.subject_tables import SubjectRequest
from access.subjects import (
    ReasonMissing,
    ReceivedLater,
    Requester,
    SubjectAsked,
    SubjectRequestOpen,
    SubjectRequestUnknown,
    SubjectStepDone,
    acknowledge,
    answer,
    erase_requester,
    get_subject_request,
    receive,
    requester_of,
)
from audit.tables import AuditEvent
from camera_registry.cameras import CameraUnknown
from foundation.database import unit_of_work
from foundation.identity import Actor
from foundation.timebase import TimeRange
from tests.support.ward_office import MINUTE, Office

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAO = Actor("dao", "person")
DAY = 1440 * MINUTE
WHO = Requester("Bà Tư canary-7c1", "0912 canary-7c2", "mặt tôi canary-7c3")
CANARY = "canary-7c"


def take(
    office: Office, kind: str = "access", *cameras: str, unit: str | None = "A", who: Requester = WHO, **more: Any
) -> str:
    unit_id = None if unit is None else office.unit(unit)
    with unit_of_work(office.engine) as session:
        asked = SubjectAsked(SubjectKind(kind), who, unit_id, cameras, **more)
        return receive(session, office.clock, office.folk.vault, DAO, asked, ZONE).id


def act(office: Office, request_id: str, step: Callable[..., None], *more: Any) -> None:
    with unit_of_work(office.engine) as session:
        step(session, office.clock, DAO, get_subject_request(session, request_id), *more)


def read(office: Office, request_id: str) -> dict[str, Any]:
    with unit_of_work(office.engine, writes=False) as session:
        return told(session, [get_subject_request(session, request_id)], office.clock.now_us(), ZONE)[0]


def listed(office: Office, units: list[int | None] | None = None, **more: Any) -> list[str]:
    with unit_of_work(office.engine, writes=False) as session:
        return [one.id for one in find_subject_requests(session, units, **more)]


def late(office: Office) -> dict[Late, int]:
    with unit_of_work(office.engine, writes=False) as session:
        return overdue(session, office.clock.now_us())


def test_it_goes_into_the_register_with_its_deadlines(office: Office) -> None:
    now = office.clock.now_us()  # Saturday 7 March 2026, 21:00
    made = take(office, "deletion", "A2", "A1", "A1", span=TimeRange(now - MINUTE, now), received_us=now - DAY)
    found = read(office, made)
    assert (found["kind"], found["unit"], found["cameras"]) == ("deletion", "A", ["A1", "A2"])
    assert (found["received"], found["registered_by"]) == ("2026-03-06T21:00:00+07:00", "dao")
    assert found["acknowledge_by"] == "2026-03-11T00:00:00+07:00"  # by the end of Tuesday
    assert found["answer_by"] == "2026-03-27T00:00:00+07:00"
    assert (found["from"], found["overdue"], found["outcome"]) == ("2026-03-07T20:59:00+07:00", None, None)
    assert office.folk.events()[-1] == "subject:receive"


def test_rules_of_its_unit_hold_and_later_changes_of_them_do_not(office: Office) -> None:
    office.rules("A", answer_copy_days=5, holidays="2026-03-09")
    made, other = take(office, "copy"), take(office, "copy", unit="B")
    office.rules("A", answer_copy_days=1)
    assert read(office, made)["answer_by"] == "2026-03-13T00:00:00+07:00"
    assert read(office, made)["acknowledge_by"] == "2026-03-12T00:00:00+07:00"
    assert read(office, other)["answer_by"] == "2026-03-18T00:00:00+07:00"


def test_what_cannot_be_is_refused_and_leaves_nothing(office: Office) -> None:
    with pytest.raises(ReceivedLater):
        take(office, received_us=office.clock.now_us() + 1)
    with pytest.raises(CameraUnknown):
        take(office, "access", "NONE")
    with pytest.raises(SubjectRequestUnknown):
        read(office, "01nothing")
    assert listed(office) == []


def test_each_step_is_taken_once_and_tells_who_took_it(office: Office) -> None:
    made = take(office)
    act(office, made, acknowledge)
    office.clock.advance(DAY)
    with pytest.raises(SubjectStepDone):
        act(office, made, acknowledge)
    with pytest.raises(ReasonMissing):
        act(office, made, answer, SubjectOutcome.REFUSED, "  ")
    act(office, made, answer, SubjectOutcome.REFUSED, "không có hình")
    with pytest.raises(SubjectStepDone):
        act(office, made, answer, SubjectOutcome.DONE)
    found = read(office, made)
    assert (found["acknowledged"], found["acknowledged_by"]) == ("2026-03-07T21:00:00+07:00", "dao")
    assert (found["answered"], found["outcome"]) == ("2026-03-08T21:00:00+07:00", "refused")
    assert found["reason"] == "không có hình"
    assert office.folk.events()[-3:] == ["subject:receive", "subject:acknowledge", "subject:answer"]


def test_an_answer_acknowledges_as_well(office: Office) -> None:
    made = take(office)
    act(office, made, answer, SubjectOutcome.DONE)
    found = read(office, made)
    assert found["acknowledged"] == found["answered"] == "2026-03-07T21:00:00+07:00"
    assert found["acknowledged_by"] == "dao"


def test_of_two_who_answer_at_once_one_does(office: Office) -> None:
    made, ends = take(office), []
    start = threading.Barrier(2)

    def work(outcome: SubjectOutcome) -> None:
        start.wait()
        try:
            act(office, made, answer, outcome, "lý do")
            ends.append(str(outcome))
        except SubjectStepDone:
            ends.append("done already")

    threads = [threading.Thread(target=work, args=(one,)) for one in (SubjectOutcome.PARTLY, SubjectOutcome.REFUSED)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == sorted(["done already", read(office, made)["outcome"]])
    assert office.folk.events().count("subject:answer") == 1


def test_the_most_overdue_is_at_the_head_and_what_is_answered_at_the_end(office: Office) -> None:
    now = office.clock.now_us()
    answered = [take(office), take(office)]
    for one in answered:
        act(office, one, answer, SubjectOutcome.DONE)
        office.clock.advance(MINUTE)
    fresh, slow = take(office, "access"), take(office, "deletion", received_us=now - 30 * DAY)
    noted = take(office, "access", received_us=now - 9 * DAY)
    act(office, noted, acknowledge)
    silent = take(office, "access", received_us=now - 8 * DAY)
    assert [read(office, one)["overdue"] for one in (slow, silent, noted, fresh)] == [
        "answer",
        "acknowledge",
        None,
        None,
    ]
    assert listed(office) == [slow, silent, noted, fresh, *reversed(answered)]
    assert listed(office, only_open=True) == [slow, silent, noted, fresh]
    assert late(office) == {Late.ACKNOWLEDGE: 2, Late.ANSWER: 1}


def test_a_deadline_is_itself_too_late(office: Office) -> None:
    made = take(office)
    with unit_of_work(office.engine, writes=False) as session:
        by = get_subject_request(session, made).acknowledge_by_us
    office.clock.advance(by - office.clock.now_us() - 1)
    assert late(office) == {Late.ACKNOWLEDGE: 0, Late.ANSWER: 0}
    office.clock.advance(1)
    assert late(office) == {Late.ACKNOWLEDGE: 1, Late.ANSWER: 0}
    assert read(office, made)["overdue"] == "acknowledge"


def test_units_are_kept_apart(office: Office) -> None:
    of_a, of_all = take(office), take(office, unit=None)
    a = office.unit("A")
    assert listed(office, [a]) == [of_a]
    assert listed(office, [None]) == [of_all]
    assert set(listed(office, [a, None])) == {of_a, of_all}
    assert listed(office, []) == []
    with unit_of_work(office.engine, writes=False) as session:
        assert set(units_in_register(session)) == {a, None}


def test_who_asked_lies_sealed_and_in_no_event(office: Office) -> None:
    made = take(office)
    assert CANARY not in office.folk.stored()
    with unit_of_work(office.engine) as session:
        request = get_subject_request(session, made)
        assert requester_of(session, office.clock, office.folk.vault, DAO, request) == WHO
    assert office.folk.events()[-1] == "subject:read"
    assert CANARY not in office.folk.stored()


def test_who_asked_is_erased_after_the_answer_and_the_rest_stays(office: Office) -> None:
    made = take(office, "access", "A1")
    with pytest.raises(SubjectRequestOpen):
        act(office, made, erase_requester)
    act(office, made, answer, SubjectOutcome.DONE)
    act(office, made, erase_requester)
    with pytest.raises(SubjectStepDone):
        act(office, made, erase_requester)
    with unit_of_work(office.engine) as session:
        request = get_subject_request(session, made)
        assert request.sealed_requester is None
        assert requester_of(session, office.clock, office.folk.vault, DAO, request) is None
    assert (read(office, made)["cameras"], read(office, made)["erased"]) == (["A1"], "2026-03-07T21:00:00+07:00")
    assert office.folk.events()[-1] == "subject:erase"


def test_the_database_deletes_none_of_it(office: Office) -> None:
    made = take(office)

    def delete(session: Session) -> None:
        session.execute(sa.delete(SubjectRequest))

    with pytest.raises(DBAPIError, match="subject_request keeps its rows"), unit_of_work(office.engine) as session:
        delete(session)
    assert listed(office) == [made]


def test_what_is_overdue_is_said_aloud_once(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    keeper = RequestKeeper(office.engine, office.clock)
    take(office, received_us=office.clock.now_us() - 5 * DAY)
    with caplog.at_level(logging.WARNING):
        keeper.turn()
        keeper.turn()
    text = "requests of data subjects are overdue: 1 to be acknowledged, 0 to be answered"
    assert [record.getMessage() for record in caplog.records] == [text]


def test_events_tell_what_was_asked_and_not_by_whom(office: Office) -> None:
    take(office, "objection", "A1")
    with unit_of_work(office.engine, writes=False) as session:
        question = sa.select(AuditEvent).where(sa.text("action = 'subject:receive'"))
        event = session.execute(question).scalar_one()
        assert '"kind":"objection"' in event.detail
        assert '"cameras":["A1"]' in event.detail
        assert event.actor == "dao"
