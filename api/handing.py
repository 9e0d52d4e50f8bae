"""A whole upload becomes an import: its bytes go into the inbox and a job asks for them, or it stays an upload.

The bytes are renamed first and the job is committed after. What a crash leaves between the two is put back at the next start, so
an upload is never lost and never imported twice.
"""

import re
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from api.inbox import input_of
from api.resumable import sync_folder
from api.service import CLIPS_IMPORT, ImportOrder, Service
from foundation.database import unit_of_work
from foundation.errors import N_, BadInput, Conflict, Gone
from foundation.identity import Actor, ActorKind
from foundation.jobs import JobStatus
from ingest.index.recorder_clock import Comparison, same_clock


class UploadUnfinished(Conflict):
    code = "upload_unfinished"
    message = N_("Of the upload {offset} of {length} bytes are there")
    mend = N_("Send the rest, then ask for the import again")


class FileNameMissing(BadInput):
    code = "file_name_missing"
    message = N_("Nobody said what the file is called")
    mend = N_("Give file_name, or “filename” in the metadata of the upload")


class OnceTaken(Conflict):
    code = "once_taken"
    message = N_("This form was sent before, for something else")
    mend = N_("Open the page anew and fill it in again")


class InputGone(Gone):
    code = "input_gone"
    message = N_("The file of this import is no longer here")
    mend = N_("It is kept for a day after it came; send the file again")


@dataclass(frozen=True)
class Sent:
    """What a form brings. `upload` is the id of what was uploaded before it, where it was; `size` in bytes."""

    camera: str
    actor: Actor
    start_us: int | None
    file_name: str | None
    size: int | None
    upload: str = ""
    compared: Comparison | None = None

    def made(self, payload: Mapping[str, Any]) -> bool:
        """Tell whether a job with this payload is of the same file, for the same camera and time, by the same person."""
        told = tuple(payload.get(name) for name in ("camera", "actor", "actor_kind", "start_us"))
        if told != (self.camera, self.actor.name, self.actor.kind, self.start_us):
            return False
        if not same_clock(self.compared, Comparison.of(payload.get("clock"))):
            return False
        if self.upload and Path(str(payload.get("path"))).stem == self.upload:
            return True
        return payload.get("file_name") == self.file_name and payload.get("size") in {None, self.size}


def hand_over(
    service: Service,
    owner: str,
    upload_id: str,
    camera: str,
    actor: Actor,
    file_name: str | None,
    start_us: int | None,
    once: str | None = None,
    compared: Comparison | None = None,
) -> JobStatus:
    """Return the job that imports an upload, whose id is `once` where one is given.

    Raises `UploadUnknown`, `UploadHeld`, `UploadUnfinished`, `FileNameMissing`, `OnceTaken`.
    """
    with service.uploads.held(owner, upload_id) as held:
        upload = held.upload
        if not upload.whole:
            raise UploadUnfinished(offset=upload.offset, length=upload.length)
        named = file_name or upload.file_name
        if not named:
            raise FileNameMissing
        service.inbox.mkdir(parents=True, exist_ok=True)
        path = service.inbox / (upload.id + re.sub(r"[^.a-z0-9]", "", Path(named).suffix.lower())[:10])
        _move(held.data, path)
        try:
            order = ImportOrder(
                path=str(path.absolute()),
                file_name=named,
                camera=camera,
                start_us=start_us,
                actor=actor.name,
                actor_kind=actor.kind,
                size=upload.length,
            )
            job = submit(service, with_clock(order, compared), once)
        except BaseException:
            _move(path, held.data)
            raise
        service.uploads.forget(upload.id)
        return job


def with_clock(order: ImportOrder, compared: Comparison | None) -> ImportOrder:
    """Return the order with what it says of the recorder's clock: nothing where nobody compared it."""
    if compared is not None:
        order["clock"] = compared.as_dict()
    return order


def submit(service: Service, order: ImportOrder, once: str | None = None) -> JobStatus:
    """Return the job of an order; with an id `once` that there is already, that one. Raises `OnceTaken` when it is of something else."""
    with unit_of_work(service.engine) as session:
        job = service.jobs.status(session, service.jobs.submit(session, CLIPS_IMPORT, dict(order), once))
    actor = Actor(order["actor"], cast("ActorKind", order["actor_kind"]))
    compared = Comparison.of(order.get("clock"))
    sent = Sent(order["camera"], actor, order["start_us"], order["file_name"], order.get("size"), compared=compared)
    if job.kind != CLIPS_IMPORT or not (job.payload["path"] == order["path"] or sent.made(job.payload)):
        raise OnceTaken
    return job


def made_before(service: Service, once: str | None, sent: Sent) -> JobStatus | None:
    """Return the import that this form has begun already, if it has. Raises `OnceTaken` when it was sent with something else."""
    if once is None:
        return None
    with unit_of_work(service.engine, writes=False) as session:
        job = service.jobs.find(session, [once]).get(once)
    if job is not None and not (job.kind == CLIPS_IMPORT and sent.made(job.payload)):
        raise OnceTaken
    return job


def next_id(job_id: str) -> str:
    """Return the id of the job that tries this one again: there is one, however often and by whomever it is asked for."""
    return b32encode(sha256(f"again {job_id}".encode()).digest()).decode().lower()[:26]


def try_again(service: Service, job: JobStatus, actor: Actor, start_us: int | None = None) -> JobStatus:
    """Return a new job from the input of one that failed; asked for twice, it is the same one. Raises `InputGone`."""
    with unit_of_work(service.engine) as session:
        known = service.jobs.find(session, [next_id(job.id)])
        if known:
            return next(iter(known.values()))
        if job.state != "failed" or input_of(service, job) is None:
            raise InputGone
        told = {"actor": actor.name, "actor_kind": actor.kind}
        begins = job.payload.get("start_us") if start_us is None else start_us
        payload = {**job.payload, **told, "start_us": begins}
        return service.jobs.status(session, service.jobs.submit(session, CLIPS_IMPORT, payload, next_id(job.id)))


def settle(service: Service) -> None:
    """Finish or undo what a crash left half handed over; before jobs run."""
    service.uploads.sweep()
    halves = [upload for upload in service.uploads.all() if not service.uploads.data_of(upload.id).exists()]
    if not halves:
        return
    with unit_of_work(service.engine, writes=False) as session:
        wanted = {str(job.payload.get("path")) for job in service.jobs.unfinished(session, CLIPS_IMPORT)}
    for upload in halves:
        left = [path for path in service.inbox.glob(f"{upload.id}*") if str(path.absolute()) not in wanted]
        if left:
            _move(left[0], service.uploads.data_of(upload.id))
        else:
            service.uploads.forget(upload.id)


def _move(path: Path, to: Path) -> None:
    path.rename(to)
    for folder in {path.parent, to.parent}:
        sync_folder(folder)
