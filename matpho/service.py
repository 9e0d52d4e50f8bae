"""Puts the service together from its settings: the only place that knows all the parts."""

import dataclasses
import logging
import os
from pathlib import Path
from typing import Any, cast

from access.keeper import RequestKeeper
from api.inbox import tidy_inbox
from api.service import CLIPS_IMPORT, ImportOrder, Service
from audit.keeper import LogKeeper
from audit.signing import AUDIT_KEY, open_signer
from audit.teller import WitnessTeller
from audit.witnesses import open_witnesses
from camera_registry.secrets import Vault
from foundation.clock import SystemClock
from foundation.database import create_engine
from foundation.errors import N_, BadInput
from foundation.identity import Actor, ActorKind
from foundation.jobs import Handler, JobContext, JobRunner
from foundation.settings import Settings
from foundation.storage import Spooled, open_store
from ingest.clips_import import ClipImporter
from ingest.imported import ImportProgress
from ingest.index.recorder_clock import Comparison
from ingest.recovery import recover
from migrations.runner import upgrade
from people.oidc import Provider
from people.passwords import Passwords

log = logging.getLogger(__name__)

SPOOL = "recording"
"""The folder of the data folder in which footage lies until it is in the store."""
CAMERA_KEY = "keys/camera.key"
"""In the data folder: what seals secrets, unless a program keeps the keys."""


class DataFolderUnusable(BadInput):
    code = "data_folder_unusable"
    message = N_("The data folder {data} cannot be used: {why}")
    mend = N_("Set MATPHO_DATA to a folder that you may write to")


def build(settings: Settings | None = None) -> Service:
    """Return the service of these settings (the environment's by default), its catalogue brought up to date.

    What a crash left of an import is removed here, before anybody asks.
    """
    return build_noting(settings)[0]


def build_noting(settings: Settings | None = None) -> tuple[Service, bool]:
    """Return what `build` does, and whether its catalogue was made just now."""
    found = Settings.from_environment(dict(os.environ)) if settings is None else settings
    try:
        found.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataFolderUnusable(data=str(found.data), why=error.strerror or type(error).__name__) from error
    engine = create_engine(found.catalogue_url)
    made = upgrade(engine)
    vault = Vault.open(found.data / CAMERA_KEY, found.key_command)
    store = Spooled(open_store(found.store_url, found.data), found.data / SPOOL)
    removed = recover(engine, store, found.data)
    if removed.imports:
        log.warning("removed what a crash left of the imports %s", ", ".join(removed.imports))
    provider = (
        Provider(found.oidc_issuer, found.oidc_client_id, found.oidc_client_secret) if found.oidc_issuer else None
    )
    return Service(engine, store, SystemClock(), vault, found, Passwords(), provider), made


def served_at(service: Service, host: str, port: int) -> Service:
    """Return the service whose links lead to where it is served, unless its settings say what address people use."""
    if "address" in service.settings.model_fields_set:
        return service
    here = "127.0.0.1" if host in {"", "0.0.0.0", "::"} else f"[{host}]" if ":" in host else host  # noqa: S104
    settings = service.settings.model_copy(update={"address": f"http://{here}:{port}"})
    return dataclasses.replace(service, settings=settings)


def importer_of(service: Service) -> ClipImporter:
    return ClipImporter(service.engine, service.store, service.clock, service.data, service.zone)


def serving(service: Service) -> Service:
    """Return the service with the work that goes on while it serves."""
    tidy_inbox(service)
    runner = JobRunner(service.engine, service.clock, {CLIPS_IMPORT: import_handler(service)})
    keeper = LogKeeper(service.engine, service.clock, open_signer(service.data / AUDIT_KEY))
    teller = WitnessTeller(service.engine, service.clock, open_witnesses(service.settings, service.clock))
    requests = RequestKeeper(service.engine, service.clock)
    # Ended last first: what requests still record is under the last checkpoint, and the teller tells that one.
    return dataclasses.replace(service, background=(runner, teller, keeper, requests))


def import_handler(service: Service) -> Handler:
    """Return what does a `CLIPS_IMPORT` job."""

    def clips_import(job: JobContext) -> dict[str, Any]:
        tidy_inbox(service)
        return _import(service, importer_of(service), job)

    return clips_import


def _import(service: Service, importer: ClipImporter, job: JobContext) -> dict[str, Any]:
    """Import an upload. The upload goes once the outcome is stored: a job that is begun again must find it.

    That of an import that failed stays for a day, so that it can be tried again (`api.inbox`).
    """
    order = cast("ImportOrder", job.payload)
    path = Path(order["path"])
    job.afterwards(lambda: path.unlink(missing_ok=True), failed=False)
    came_to = int(job.reported.get("percent", 0))  # before a restart: who waits is not told of less than before

    def report(told: ImportProgress) -> None:
        job.report(dataclasses.asdict(told) | {"percent": max(came_to, told.percent)})

    done = importer.run(
        path,
        order["camera"],
        actor=Actor(order["actor"], cast("ActorKind", order["actor_kind"])),
        start_us=order["start_us"],
        compared=Comparison.of(order.get("clock")),
        file_name=order["file_name"],
        ours=True,
        progress=report,
        cancelled=job.cancelled,
    )
    return done.as_dict(None, service.zone)
