"""Record one act in the transaction of the act. Tree, checkpoints and proofs will stand on these rows."""

import json
from typing import Any

from sqlmodel import Session

from audit.tables import AuditEvent
from foundation.clock import Clock
from foundation.identity import Actor


def record(
    session: Session, clock: Clock, actor: Actor, action: str, object_kind: str, object_id: str, **detail: Any
) -> None:
    """Add one event to the session; it is stored exactly when the act is.

    `action` is `subject:verb`; every action is listed in docs/ref/audit-events.md. `detail` is kept as canonical JSON
    (sorted keys, no blanks) and must not carry credentials.
    """
    session.add(
        AuditEvent(
            at_us=clock.now_us(),
            actor=actor.name,
            actor_kind=actor.kind,
            action=action,
            object_kind=object_kind,
            object_id=object_id,
            detail=json.dumps(detail, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        )
    )
