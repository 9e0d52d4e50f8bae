"""A whole upload becomes an import: its bytes go into the inbox and a job asks for them, or it stays an upload.

The bytes are renamed first and the job is committed after. What a crash leaves between the two is put back at the next start, so
an upload is never lost and never imported twice.
"""

import re
from pathlib import Path

from api.resumable import sync_folder
from api.service import CLIPS_IMPORT, ImportOrder, Service
from foundation.database import unit_of_work
from foundation.errors import N_, BadInput, Conflict
from foundation.identity import Actor
from foundation.jobs import JobStatus


class UploadUnfinished(Conflict):
    code = "upload_unfinished"
    message = N_("Of the upload {offset} of {length} bytes are there")
    mend = N_("Send the rest, then ask for the import again")


class FileNameMissing(BadInput):
    code = "file_name_missing"
    message = N_("Nobody said what the file is called")
    mend = N_("Give file_name, or “filename” in the metadata of the upload")


def hand_over(
    service: Service, owner: str, upload_id: str, camera: str, actor: Actor, file_name: str | None, start_us: int | None
) -> JobStatus:
    """Return the job that imports an upload. Raises `UploadUnknown`, `UploadHeld`, `UploadUnfinished`, `FileNameMissing`."""
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
            )
            job = submit(service, order)
        except BaseException:
            _move(path, held.data)
            raise
        service.uploads.forget(upload.id)
        return job


def submit(service: Service, order: ImportOrder) -> JobStatus:
    with unit_of_work(service.engine) as session:
        job_id = service.jobs.submit(session, CLIPS_IMPORT, dict(order))
        session.flush()
        return service.jobs.status(session, job_id)


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
