"""Grants for tests that are about footage and not about how one comes to see it; and asking and approving by HTTP."""

from typing import Any

import httpx
import sqlalchemy as sa
from sqlmodel import col

from access.tables import FootageGrant, FootageRequest, GrantCamera
from camera_registry.tables import Camera
from foundation.clock import Clock
from foundation.database import unit_of_work
from foundation.identity import new_id
from foundation.timebase import EARLIEST_US
from people.tables import Person

_FAR_US = 4_000_000_000_000_000
_DAY_US = 86_400_000_000


def grant_everything(
    engine: sa.Engine,
    clock: Clock,
    person: str,
    cameras: list[str] | None = None,
    unit_id: int | None = None,
    **more: Any,
) -> str:
    """Grant a person all footage of cameras (all there are), for as long as a test takes; return the grant's id.

    `more` are columns of the grant that are to be otherwise.
    """
    now = clock.now_us()
    with unit_of_work(engine) as session:
        person_id = session.execute(sa.select(col(Person.id)).where(col(Person.sign_in) == person)).scalar_one()
        question = sa.select(col(Camera.id))
        if cameras is not None:
            question = question.where(col(Camera.code).in_(cameras))
        ids = list(session.execute(question).scalars())
        request = FootageRequest(
            id=new_id(),
            bundle_id=new_id(),
            person_id=person_id,
            unit_id=unit_id,
            state="approved",
            purpose="traffic",
            case_number="VA-1",
            why="",
            start_us=EARLIEST_US,
            end_us=_FAR_US,
            created_us=now,
            submitted_us=now,
            decide_by_us=now,
            decided_us=now,
            decided_how="rule",
        )
        session.add(request)
        session.flush()
        columns = {
            "start_us": EARLIEST_US,
            "end_us": _FAR_US,
            "from_us": now - 300 * _DAY_US,
            "until_us": now + 300 * _DAY_US,
            "downloads": 10_000,
            "pre_roll": 1,
        } | more
        grant = FootageGrant(
            id=new_id(), request_id=request.id, person_id=person_id, purpose=request.purpose, **columns
        )
        session.add(grant)
        session.flush()
        session.add_all(GrantCamera(grant_id=grant.id, camera_id=camera_id) for camera_id in ids)
        return grant.id


def ask_and_approve(officer: httpx.Client, supervisor: httpx.Client, cameras: list[str], **span: str) -> dict[str, Any]:
    """Have one person ask and another approve, by HTTP; return the grant."""
    body = {"cameras": cameras, "purpose": "traffic", "case_number": "VA-2026-1", "why": "thử", **span}
    asked = officer.post("/api/v1/requests", json=body)
    assert asked.status_code == 201, asked.text
    (request,) = asked.json()["requests"]
    done = supervisor.post(f"/api/v1/requests/{request['id']}/approve", json={})
    assert done.status_code == 200, done.text
    found: dict[str, Any] = done.json()["grant"]
    return found
