"""What the web service is handed: made in one place, `matpho.service`, and never looked up.

The api may not know how clips are imported. It stores an upload in the inbox and enqueues a job of kind
`CLIPS_IMPORT`, whose payload is an `ImportOrder`; whoever puts the service together wires the handler.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NotRequired, Protocol, TypedDict
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from api.resumable import Uploads
from camera_registry.secrets import Vault
from extract.previews import Previews
from extract.strips import Strips
from extract.viewing.copies import Copies
from foundation.clock import Clock
from foundation.jobs import JobEngine, TableJobs
from foundation.language import Language
from foundation.settings import Settings
from foundation.storage import ObjectStore
from ingest.probe.prober import Prober
from people.oidc import Provider
from people.passwords import Passwords
from people.signing_in import House

CLIPS_IMPORT = "clips_import"


class ImportOrder(TypedDict):
    """The payload of a `CLIPS_IMPORT` job; the handler owns the file at `path` and removes it when it is done with it."""

    path: str  # absolute, inside `Service.inbox`, of a complete file
    file_name: str  # as the person named it; patterns of recorders are read from it
    camera: str
    start_us: int | None  # null: from the file name, else from the metadata, else refused
    actor: str
    actor_kind: str
    size: NotRequired[int]  # bytes; orders of before do not tell it
    clock: NotRequired[dict[str, Any]]  # a `Comparison` of the recorder's clock; without it nobody compared it


@dataclass(frozen=True)
class DoctorSaid:
    """What the doctor found, in words; the mend is empty where there is nothing to mend."""

    level: Literal["ok", "warning", "problem"]
    text: str
    mend: str


Doctor = Callable[[Language], list[DoctorSaid]]
"""Looks at machine and house, which takes seconds: it tries the disk."""


class Background(Protocol):
    """Work that lives as long as the service does, such as the job runner."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


@dataclass(frozen=True)
class Service:
    engine: sa.Engine
    store: ObjectStore
    clock: Clock
    vault: Vault
    settings: Settings
    passwords: Passwords
    provider: Provider | None = None
    background: tuple[Background, ...] = ()
    doctor: Doctor | None = None
    upload_limit_bytes: int = 64 * 2**30
    keep_free_bytes: int = 2**30  # an upload never takes the last of the disk: recording and the catalogue live there

    @property
    def data(self) -> Path:
        return self.settings.data

    @property
    def inbox(self) -> Path:
        """Where uploads wait for their import; on the disk of the data folder, so that keeping one is a rename."""
        return self.data / "inbox"

    @cached_property
    def jobs(self) -> JobEngine:
        return TableJobs(self.clock)

    @cached_property
    def uploads(self) -> Uploads:
        """Resumable uploads, on the disk of the inbox, so that handing one over is a rename."""
        return Uploads(self.data / "uploads", self.upload_limit_bytes, self.keep_free_bytes, self.clock)

    @cached_property
    def viewing(self) -> Copies:
        """Viewing copies; the application starts and stops them."""
        return Copies(self.data / "viewing", self.settings.viewing_cache_bytes, self.keep_free_bytes)

    @cached_property
    def listening(self) -> Copies:
        """Copies of sound alone, apart from those of pictures: they are made a hundred times faster, and must not wait for one."""
        return Copies(
            self.data / "listening",
            max(2**26, self.settings.viewing_cache_bytes // 16),
            self.keep_free_bytes,
            encoders=2,
        )

    @cached_property
    def previews(self) -> Previews:
        return Previews(self.engine, self.data / "previews")

    @cached_property
    def strips(self) -> Strips:
        return Strips(self.previews)

    @cached_property
    def prober(self) -> Prober:
        settings = self.settings
        return Prober(settings.networks_of_cameras, self.clock, verify_tls=settings.rtsps_verify)

    @property
    def house(self) -> House:
        return House(self.engine, self.clock, self.vault, self.passwords)

    @property
    def zone(self) -> ZoneInfo:
        return self.settings.zone
