"""Files that wait for their import, and those of imports that failed: kept for a day, so that one can be tried again."""

from pathlib import Path

from api.service import CLIPS_IMPORT, Service
from foundation.database import unit_of_work
from foundation.jobs import JobStatus

KEPT_US = 86_400_000_000
"""How long the file of an import that failed is kept, counted from when it came."""
MOST_BYTES = 16 * 2**30
"""What failed files may take of the disk together; the newest stay."""
_MOST_JOBS = 500


def input_of(service: Service, job: JobStatus) -> Path | None:
    """Return the file that a job is about, None when it is no longer there."""
    path = Path(str(job.payload.get("path", "")))
    return path if path.parent == service.inbox.absolute() and path.is_file() else None


def drop_input(service: Service, job: JobStatus) -> None:
    """Remove the file of a job that ended without having begun."""
    path = input_of(service, job)
    if path is not None:
        path.unlink(missing_ok=True)


def tidy_inbox(service: Service) -> None:
    """Remove files that no job wants any more; what is younger than a day may still be under way, or be tried again."""
    old_us = service.clock.now_us() - KEPT_US
    with unit_of_work(service.engine, writes=False) as session:
        wanted = {str(job.payload.get("path")) for job in service.jobs.unfinished(session, CLIPS_IMPORT)}
        ended = service.jobs.recent(session, CLIPS_IMPORT, old_us, _MOST_JOBS)
    too_much = _beyond(service, [job for job in ended if job.state == "failed"], wanted)
    for path in service.inbox.glob("*"):
        name = str(path.absolute())
        if name not in wanted and (name in too_much or _came_us(path) < old_us):
            path.unlink(missing_ok=True)


def _came_us(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns // 1000
    except FileNotFoundError:  # another process of the service was faster
        return 0


def _beyond(service: Service, failed: list[JobStatus], wanted: set[str]) -> set[str]:
    """Return the files of the older ones of `failed`, as soon as the newer ones take all that they may."""
    sizes: dict[str, int] = {}
    for job in failed:
        path = input_of(service, job)
        if path is not None and str(path) not in wanted:
            sizes.setdefault(str(path), path.stat().st_size)
    kept, beyond = 0, set()
    for name, size in sizes.items():
        kept += size
        if kept > MOST_BYTES:
            beyond.add(name)
    return beyond
