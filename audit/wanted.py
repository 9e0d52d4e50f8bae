"""Which events of the log are asked for: those of a period, and of these those by somebody, of a kind, about something."""

import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from audit.tables import AuditEvent, AuditLeaf
from foundation.timebase import TimeRange


@dataclass(frozen=True)
class Wanted:
    """None is for any. Of what was erased only time and kind are known, so it is found by nothing else.

    `action` is one (`camera:edit`), or a subject for all acts on it (`camera`); `about` is the id of an object; a
    `camera` is what an act was done to, or one of those that it names.
    """

    span: TimeRange
    actor: str | None = None
    action: str | None = None
    about: str | None = None
    camera: str | None = None

    def told(self) -> dict[str, Any]:
        """Return what narrows the period down, as it is recorded and written at the head of an export."""
        named = {"actor": self.actor, "action": self.action, "object": self.about, "camera": self.camera}
        return {name: value for name, value in named.items() if value is not None}

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return what the database can tell; for a camera that is more than what `fits`."""
        found = [col(AuditLeaf.at_us) >= self.span.start_us, col(AuditLeaf.at_us) < self.span.end_us]
        if self.actor is not None:
            found.append(col(AuditEvent.actor) == self.actor)
        if self.action is not None:
            kind = col(AuditLeaf.action)
            found.append(
                kind == self.action if ":" in self.action else kind.startswith(f"{self.action}:", autoescape=True)
            )
        if self.about is not None:
            found.append(col(AuditEvent.object_id) == self.about)
        if self.camera is not None:
            said = col(AuditEvent.detail).contains(json.dumps(self.camera, ensure_ascii=False), autoescape=True)
            found.append(sa.or_(col(AuditEvent.object_id) == self.camera, said))
        return found

    def fits(self, row: Any) -> bool:
        """Tell whether an event that the database found is about the camera, and does not only say its code somewhere."""
        if self.camera is None or (row.object_kind, row.object_id) == ("camera", self.camera):
            return True
        detail = json.loads(row.detail)
        several = detail.get("cameras")
        return detail.get("camera") == self.camera or (isinstance(several, list) and self.camera in several)
