"""The entrance to administration, the units as they are, and how the system does."""

import shutil
from collections import Counter

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import col

from api.web.frame.shell import show, telling
from api.wiring import Serving
from camera_registry.units import units_at
from foundation import jobs
from foundation.database import unit_of_work
from foundation.errors import N_
from ingest.index.hold_lists import held_now
from ingest.index.queries import oldest_footage
from ingest.index.status import CameraState, recording_status, summary_of
from people.tables import Person

router = APIRouter(include_in_schema=False)
JOB_TEXT = {
    "waiting": N_("waiting"),
    "running": N_("under way"),
    "done": N_("done"),
    "failed": N_("failed"),
    "cancelled": N_("cancelled"),
}


@router.get("/admin")
def admin_page(request: Request, service: Serving) -> Response:
    now = service.clock.now_us()
    with unit_of_work(service.engine, writes=False) as session:
        people = session.execute(sa.select(sa.func.count()).where(col(Person.disabled_us).is_(None))).scalar_one()
        units, recording = len(units_at(session, now)), summary_of(recording_status(session, now))
    return show(request, "admin.html", people=people, units=units, recording=recording)


@router.get("/admin/system")
def system_page(request: Request, service: Serving) -> Response:
    """Recorder, storage, jobs; and when asked what the doctor finds, where whoever put the service together sent for one."""
    now, tell = service.clock.now_us(), telling(request)
    with unit_of_work(service.engine, writes=False) as session:
        statuses = recording_status(session, now)
        held, oldest, found_jobs = held_now(session, now), oldest_footage(session), jobs.count(session)
    disk = shutil.disk_usage(service.data)
    silent = [one for one in statuses if one.state is not CameraState.RECORDING]
    states: Counter[str] = Counter()
    for (_, state), number in found_jobs.items():
        states[state] += number
    asked = request.query_params.get("examine") == "yes"
    findings = service.doctor(tell.language) if service.doctor is not None and asked else None
    more = {"recording": summary_of(statuses), "silent": silent, "held": held, "oldest": oldest, "disk": disk}
    more["data_folder"] = str(service.data)
    return show(
        request,
        "system.html",
        wide=True,
        jobs=[(JOB_TEXT.get(state, state), number) for state, number in sorted(states.items())],
        findings=findings,
        doctor=service.doctor is not None,
        **more,
    )
