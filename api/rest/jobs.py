"""Long work: how far it is, what came of it, and stopping it."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from api.schemas.job import Job
from api.schemas.problem import problems
from api.service import Service
from api.wiring import Serving, Speaking, answer
from foundation.database import unit_of_work
from foundation.errors import N_, NotFound
from foundation.jobs import JobStatus, say_problem
from foundation.language import Language, translate
from foundation.timebase import format_instant

router = APIRouter(prefix="/api/v1/jobs", tags=["imports"])


def as_json(status: JobStatus, service: Service, language: Language) -> dict[str, Any]:
    told = status.problem
    return {
        "id": status.id,
        "kind": status.kind,
        "state": status.state,
        "progress": status.progress,
        "result": None if status.result is None else _result(status.result, language),
        "problem": None if told is None else _problem(told, language),
        "created": format_instant(status.created_us, service.zone),
        "updated": format_instant(status.updated_us, service.zone),
    }


def _result(told: dict[str, Any], language: Language) -> dict[str, Any]:
    """Tell the notices of a result in the reader's language; a job keeps them as templates with fields."""
    notices = told.get("notices", [])
    texts = [translate(language, item["message"], **item["fields"]) for item in notices]
    return told | {"notices": texts} if notices else told


def _problem(told: dict[str, Any], language: Language) -> dict[str, Any]:
    detail, mend = say_problem(language, told)
    return {"code": told["code"], "detail": detail, "mend": mend}


def find(service: Service, job_id: str, language: Language, kind: str | None = None) -> dict[str, Any]:
    with unit_of_work(service.engine, writes=False) as session:
        status = service.jobs.status(session, job_id)
    if kind is not None and status.kind != kind:
        raise NotFound(what=N_("job"), name=job_id[:100])
    return as_json(status, service, language)


@router.get("/{job_id}", response_model=Job, responses=problems(404))
def read_job(service: Serving, language: Speaking, job_id: str) -> Response:
    """How far a piece of long work is."""
    return answer(find(service, job_id, language))


@router.delete("/{job_id}", status_code=202, response_model=Job, responses=problems(404))
def cancel_job(service: Serving, language: Speaking, job_id: str) -> Response:
    """Ask a job to stop; it does so at its next safe point, and what is complete stays."""
    with unit_of_work(service.engine) as session:
        service.jobs.cancel(session, job_id)
        session.flush()
        body = as_json(service.jobs.status(session, job_id), service, language)
    return answer(body, 202)
