"""Registrations in steps: what somebody answered so far is kept, so that a phone may be put away in between."""

import json
from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from camera_registry.cameras import add_camera
from camera_registry.photos import KINDS, Kind, PhotoUnknown, made_small
from camera_registry.secrets import DRAFT_CREDENTIALS, Vault
from camera_registry.tables import Camera, CameraDraft, CameraPhoto
from foundation.clock import Clock
from foundation.errors import N_, Conflict, NotFound
from foundation.identity import Actor, new_id

KEPT_US = 14 * 86_400_000_000
ASKED = "asked"
"""The kind of a picture that the camera sent and nobody has confirmed yet; also what is kept of the answer."""
PICTURE = "picture"
"""In what is kept of the answer: the id of its picture, with which it is confirmed."""
_BECAME = "became"
"""All that is left in a finished draft: the code of its camera, for who taps twice or goes back."""
_KEPT = "kept"
"""There as well: which picture was confirmed, so that who says yes twice has said it once."""


class DraftUnknown(NotFound):
    code = "draft_unknown"
    message = N_("This registration was finished, or it is older than two weeks")
    mend = N_("Begin a new one")


class DraftFinished(DraftUnknown):
    """Of the person's own draft, out of which the camera `camera` came: who taps twice is led there."""

    code = "draft_finished"
    message = N_("This registration was finished: the camera is {camera}")


class PictureChanged(Conflict):
    code = "picture_changed"
    message = N_("This is another picture than the one that you looked at: the camera was asked again meanwhile")
    mend = N_("Look at this one, and say whether it is what the camera sees")


def begin(session: Session, clock: Clock, person_id: str) -> str:
    """Return the id of a new draft, or of one of the person's own in which nothing was said yet."""
    question = sa.select(CameraDraft).where(col(CameraDraft.person_id) == person_id, col(CameraDraft.fields) == "{}")
    empty = session.execute(question.limit(1)).scalar_one_or_none()
    if empty is not None and not photo_kinds(session, empty.id):
        empty.updated_us = clock.now_us()
        session.add(empty)
        return str(empty.id)
    made = CameraDraft(id=new_id(), person_id=person_id, fields="{}", updated_us=clock.now_us())
    session.add(made)
    session.flush()
    return made.id


def drop(session: Session, clock: Clock, draft_id: str, person_id: str) -> None:
    """Forget a draft with all that is in it. Raises `DraftUnknown`."""
    row = _draft(session, clock, draft_id, person_id, lock=True)
    session.execute(sa.delete(CameraPhoto).where(col(CameraPhoto.draft_id) == row.id))
    session.delete(row)
    session.flush()


def sweep_drafts(session: Session, clock: Clock) -> int:
    """Delete drafts that nobody touched for two weeks, with all that is in them; return how many. They were hidden before."""
    old = sa.select(col(CameraDraft.id)).where(col(CameraDraft.updated_us) < clock.now_us() - KEPT_US)
    ids = list(session.execute(old.with_for_update(skip_locked=True)).scalars())
    session.execute(sa.delete(CameraPhoto).where(col(CameraPhoto.draft_id).in_(ids)))
    session.execute(sa.delete(CameraDraft).where(col(CameraDraft.id).in_(ids)))
    return len(ids)


def drafts_of(session: Session, clock: Clock, person_id: str) -> list[tuple[str, dict[str, Any]]]:
    """Return a person's drafts that are not finished, newest first."""
    question = sa.select(CameraDraft).where(
        col(CameraDraft.person_id) == person_id, col(CameraDraft.updated_us) >= clock.now_us() - KEPT_US
    )
    rows = session.execute(question.order_by(col(CameraDraft.updated_us).desc())).scalars()
    found = [(row.id, json.loads(row.fields)) for row in rows]
    return [(key, fields) for key, fields in found if _BECAME not in fields]


def answered(session: Session, clock: Clock, draft_id: str, person_id: str) -> dict[str, Any]:
    """Return what was answered so far. Raises `DraftUnknown`, also for a draft of somebody else."""
    found = json.loads(_draft(session, clock, draft_id, person_id).fields)
    assert isinstance(found, dict)
    return found


def answer(session: Session, clock: Clock, draft_id: str, person_id: str, more: Mapping[str, Any]) -> None:
    """Keep answers. Raises `DraftUnknown`."""
    row = _draft(session, clock, draft_id, person_id)
    row.fields = json.dumps({**json.loads(row.fields), **more}, ensure_ascii=False)
    row.updated_us = clock.now_us()
    session.add(row)


def add_photo(
    session: Session, clock: Clock, actor: Actor, draft_id: str, person_id: str, kind: Kind, data: bytes
) -> None:
    """Keep a photo for the camera to be. Raises `DraftUnknown`, `PhotoUnreadable`, `PhotoTooLarge`."""
    row = _draft(session, clock, draft_id, person_id)
    jpeg = made_small(data)
    session.execute(sa.delete(CameraPhoto).where(col(CameraPhoto.draft_id) == row.id, col(CameraPhoto.kind) == kind))
    session.add(
        CameraPhoto(id=new_id(), draft_id=row.id, kind=kind, added_us=clock.now_us(), added_by=actor.name, jpeg=jpeg)
    )


def photo_kinds(session: Session, draft_id: str) -> list[str]:
    """Return which photos there are, without one that waits to be confirmed."""
    question = sa.select(col(CameraPhoto.kind)).where(
        col(CameraPhoto.draft_id) == draft_id, col(CameraPhoto.kind).in_(KINDS)
    )
    return sorted(session.execute(question).scalars())


def photo(session: Session, clock: Clock, draft_id: str, person_id: str, kind: str) -> bytes:
    """Raises `DraftUnknown`, `PhotoUnknown`."""
    row = _draft(session, clock, draft_id, person_id)
    question = sa.select(col(CameraPhoto.jpeg)).where(
        col(CameraPhoto.draft_id) == row.id, col(CameraPhoto.kind) == kind
    )
    found = session.execute(question).scalar()
    if found is None:
        raise PhotoUnknown
    return bytes(found)


def set_source(
    session: Session,
    clock: Clock,
    vault: Vault,
    draft_id: str,
    person_id: str,
    source: str,
    credentials: str | None,
    asked: Mapping[str, Any] | None = None,
    picture: bytes | None = None,
) -> None:
    """Keep from where the camera is to be recorded: the address in plain words, user and password sealed.

    `asked` is what the camera answered and `picture` what it sent; neither counts before `confirm`. Raises `DraftUnknown`.
    """
    row = _draft(session, clock, draft_id, person_id, lock=True)
    told = dict(asked or {}) if picture is None else {**(asked or {}), PICTURE: new_id()}
    answer(session, clock, draft_id, person_id, {"source": source, ASKED: told})
    row.sealed_credentials = (
        None if credentials is None else DRAFT_CREDENTIALS.seal(session, vault, draft_id, credentials)
    )
    session.add(row)
    _forget_asked(session, draft_id)
    if picture is not None:
        made = CameraPhoto(
            id=told[PICTURE], draft_id=draft_id, kind=ASKED, added_us=clock.now_us(), added_by="", jpeg=picture
        )
        session.add(made)


def sealed_credentials(session: Session, clock: Clock, draft_id: str, person_id: str) -> bytes | None:
    """Return user and password as they were sealed, to be opened outside of the transaction. Raises `DraftUnknown`."""
    return _draft(session, clock, draft_id, person_id).sealed_credentials


def confirm(session: Session, clock: Clock, actor: Actor, draft_id: str, person_id: str, picture: str) -> None:
    """What the camera sent is what it is to see: it becomes the photo of the view, its address the source.

    `picture` is the id of what somebody looked at; nothing is done for one that was confirmed before. Raises `DraftUnknown`,
    `PictureChanged`, `PhotoUnknown`.
    """
    told = _told(session, clock, draft_id, person_id)[ASKED]
    if picture and told.get(_KEPT) == picture:
        return
    if told.get(PICTURE, "") != picture:
        raise PictureChanged
    photo(session, clock, draft_id, person_id, ASKED)
    of_draft = col(CameraPhoto.draft_id) == draft_id
    session.execute(sa.delete(CameraPhoto).where(of_draft, col(CameraPhoto.kind) == "view"))
    became = {"kind": "view", "added_us": clock.now_us(), "added_by": actor.name}
    session.execute(sa.update(CameraPhoto).where(of_draft, col(CameraPhoto.kind) == ASKED).values(became))
    answer(session, clock, draft_id, person_id, {"source": told["address"], ASKED: {_KEPT: picture}})


def refuse(session: Session, clock: Clock, vault: Vault, draft_id: str, person_id: str, picture: str) -> None:
    """What the camera sent is not what it is to see: nothing of it is kept, also where it was confirmed before.

    Raises `DraftUnknown`, `PictureChanged`.
    """
    found = _told(session, clock, draft_id, person_id)
    told = found[ASKED]
    if not told and not found.get("source"):
        return
    if picture not in {told.get(PICTURE, ""), told.get(_KEPT)}:
        raise PictureChanged
    set_source(session, clock, vault, draft_id, person_id, "", None)
    session.execute(sa.delete(CameraPhoto).where(col(CameraPhoto.draft_id) == draft_id, col(CameraPhoto.id) == picture))


def _told(session: Session, clock: Clock, draft_id: str, person_id: str) -> dict[str, Any]:
    """Return what was answered so far, which nobody else changes until the end of the transaction."""
    row = _draft(session, clock, draft_id, person_id, lock=True)
    return {ASKED: {}, **json.loads(row.fields)}


def _forget_asked(session: Session, draft_id: str) -> None:
    session.execute(sa.delete(CameraPhoto).where(col(CameraPhoto.draft_id) == draft_id, col(CameraPhoto.kind) == ASKED))


def finish(
    session: Session,
    clock: Clock,
    vault: Vault,
    actor: Actor,
    draft_id: str,
    person_id: str,
    code: str,
    fields: Mapping[str, Any],
    zone: tzinfo = UTC,
) -> Camera:
    """Register the camera with `fields`; its photos go with it, and of the draft only the camera's code is left.

    Raises what `add_camera` does.
    """
    row = _draft(session, clock, draft_id, person_id, lock=True)
    camera = add_camera(session, clock, vault, actor, code, fields, zone)
    session.flush()
    _forget_asked(session, row.id)
    session.execute(
        sa.update(CameraPhoto)
        .where(col(CameraPhoto.draft_id) == row.id)
        .values(camera_id=camera.id, draft_id=None)
        .execution_options(synchronize_session=False)
    )
    row.fields, row.sealed_credentials = json.dumps({_BECAME: camera.code}), None
    session.add(row)
    session.flush()
    return camera


def next_code(session: Session, unit_code: str | None) -> str:
    """Return a code that is free: that of the unit and the next number, which is never one that was used before."""
    prefix = f"{unit_code or 'CAM'}-"
    known = session.execute(
        sa.select(col(Camera.code)).where(col(Camera.code).startswith(prefix, autoescape=True))
    ).scalars()
    numbers = [int(tail) for code in known if (tail := code[len(prefix) :]).isdecimal() and len(tail) < 9]
    return f"{prefix}{max(numbers, default=0) + 1:02}"


def _draft(session: Session, clock: Clock, draft_id: str, person_id: str, *, lock: bool = False) -> CameraDraft:
    """With `lock` nobody else changes it until the end of the transaction."""
    found = session.get(CameraDraft, draft_id, with_for_update=lock or None)
    if found is None or found.person_id != person_id or found.updated_us < clock.now_us() - KEPT_US:
        raise DraftUnknown
    if (became := json.loads(found.fields).get(_BECAME)) is not None:
        raise DraftFinished(camera=became)
    return found
