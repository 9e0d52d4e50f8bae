"""Cameras as a neighbourhood head reads of them: how each is, in words, and when there was footage last."""

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlmodel import Session, col

from api.asking import Asker
from api.service import Service
from api.web.registry.states import ATTENTION, STATUS_TEXT, plain, state_said, states_since
from camera_registry.cameras import CameraRecord, list_cameras
from camera_registry.tables import CameraPhoto
from foundation.errors import N_
from foundation.language import Language
from ingest.index.queries import last_footage
from ingest.index.records import GapReason
from ingest.index.status import CameraState, CameraStatus, recording_status
from people.rights import Right

Tone = Literal["good", "warn", "bad", ""]
MOST = 1000
_DAY_US = 86_400_000_000
_ANY = "any"
"""In place of a status: whatever it is, and the question is for names alone."""


@dataclass(frozen=True)
class CameraCard:
    """`text` is one of the catalogue; `last_us` is the end of the newest footage, None when there is none.

    `since_us` is since when it is as it is; None where nobody says, as of one whose recordings are brought in.
    """

    camera: CameraRecord
    tone: Tone
    text: str
    last_us: int | None
    photo: str | None = None
    mend: str = ""
    """What is to be done about it, where that is not plain: a text of the catalogue."""
    since_us: int | None = None

    @property
    def troubled(self) -> bool:
        return self.tone in {"bad", "warn"}


def cards_within(
    session: Session,
    service: Service,
    asker: Asker,
    *,
    q: str | None = None,
    unit: str | None = None,
    state: str = "",
    language: Language = "en",
) -> list[CameraCard]:
    """Return the cameras within reach of who asks, what needs attention first.

    `state` is a status, or `ATTENTION`. A question that is the word for a state finds what is in it, and not names that only look alike.
    """
    if (asked := state_said(language, q or "")) and not state:
        found = cards_within(session, service, asker, unit=unit, state=asked)
        named = cards_within(session, service, asker, q=q, unit=unit, state=_ANY)
        return found + [card for card in named if plain(q or "") in plain(card.camera.name) and card not in found]
    now = service.clock.now_us()
    reach = asker.reach(Right.REGISTRY_READ)
    within = None if reach is None else (reach, asker.now_us)
    page = list_cameras(session, at_us=now, q=q or None, unit=unit or None, limit=MOST, within=within)
    cards = [card for card in cards_of(session, page.items, now) if _is(card, state)]
    return cards if q else sorted(cards, key=lambda card: (_URGENT[card.tone], card.camera.code))


def _is(card: CameraCard, state: str) -> bool:
    return state in {"", _ANY} or (card.troubled if state == ATTENTION else card.camera.status == state)


_URGENT: dict[Tone, int] = {"bad": 0, "warn": 1, "": 2, "good": 3}


def cards_of(session: Session, cameras: list[CameraRecord], now_us: int) -> list[CameraCard]:
    ids = [camera.id for camera in cameras]
    last = last_footage(session, ids)
    live = {status.code: status for status in recording_status(session, now_us)}
    photos = photos_of(session, ids)
    idle = [(camera.code, camera.status) for camera in cameras if camera.status != "active"]
    since = {camera.code: camera.registered_us for camera in cameras if camera.status != "active"}
    since |= states_since(session, idle)
    return [
        CameraCard(
            camera,
            *_said(camera, live.get(camera.code), last.get(camera.id)),
            last.get(camera.id),
            photos.get(camera.id),
            _mend(camera, live.get(camera.code)),
            live[camera.code].since_us if camera.code in live else since.get(camera.code),
        )
        for camera in cameras
    ]


def _mend(camera: CameraRecord, live: CameraStatus | None) -> str:
    if camera.status != "active" or live is None or live.reason is not GapReason.OUTSIDE_NETWORKS:
        return ""
    return N_(
        "Look whether the address is right (Change). If it is, ask whoever runs Mắt Phố here to allow its network "
        "(MATPHO_CAMERA_NETWORKS); until then it is not connected to."
    )


def photos_of(session: Session, camera_ids: list[int]) -> dict[int, str]:
    """Return of each camera of which there is a photo the kind to show: of what it sees, else of the camera itself."""
    question = (
        sa.select(col(CameraPhoto.camera_id), col(CameraPhoto.kind))
        .where(col(CameraPhoto.camera_id).in_(camera_ids), col(CameraPhoto.kind).in_(("view", "camera")))
        .order_by(col(CameraPhoto.kind), col(CameraPhoto.added_us))
    )
    return {row[0]: row[1] for row in session.execute(question)}


def _said(camera: CameraRecord, live: CameraStatus | None, last_us: int | None) -> tuple[Tone, str]:
    if camera.status != "active":
        return ("bad" if camera.status == "broken" else ""), STATUS_TEXT[camera.status]
    if live is not None:
        if live.state is CameraState.RECORDING:
            return "good", live.text
        return ("warn" if live.state in {CameraState.CONNECTING, CameraState.UNKNOWN} else "bad"), live.text
    if not camera.verified:
        return "warn", N_("nobody has said which way it looks, so it covers nothing")
    if last_us is None:
        return "", N_("its recordings are imported when they are needed")
    return "good", N_("its recordings are imported")
