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

    `action` is one (`camera:edit`), or a subject for all acts on it (`camera`); `about` is the id of an object,
    or a word for all objects and grants of `ids`; a
    `camera` is what an act was done to, or one of those that it names. `unit` is that of the role in which it was done;
    `refused` leaves what was refused, `among` one of these acts.
    """

    span: TimeRange
    actor: str | None = None
    action: str | None = None
    about: str | None = None
    camera: str | None = None
    unit: str | None = None
    refused: bool = False
    among: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """Return what narrows the period down, as it is recorded and written at the head of an export."""
        named: dict[str, Any] = {
            "actor": self.actor,
            "action": self.action,
            "object": self.about,
            "camera": self.camera,
        }
        named |= {"unit": self.unit, "refused": self.refused or None, "among": list(self.among) or None}
        return {name: value for name, value in named.items() if value is not None}

    def conditions(self, told: type[AuditLeaf] | type[AuditEvent] = AuditLeaf) -> list[sa.ColumnElement[bool]]:
        """Return what the database can tell, time and kind from the table `told`; for a camera that is more than what `fits`."""
        kind: Any = col(told.action)
        found = [col(told.at_us) >= self.span.start_us, col(told.at_us) < self.span.end_us]
        if self.refused:
            found.append(kind.endswith(":refuse"))
        if self.among:
            found.append(kind.in_(self.among))
        if self.unit is not None:
            found.append(col(AuditEvent.unit) == self.unit)
        if self.actor is not None:
            found.append(col(AuditEvent.actor) == self.actor)
        if self.action is not None:
            found.append(
                kind == self.action if ":" in self.action else kind.startswith(f"{self.action}:", autoescape=True)
            )
        if self.about is not None:
            ours = (self.about, *self.ids)
            found.append(sa.or_(col(AuditEvent.object_id).in_(ours), col(AuditEvent.grant_id).in_(self.ids)))
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
