"""Registrations in steps and their photos: one's own, whole or not at all, and nothing in a photo but the picture."""

import struct

import cv2
import numpy as np
import pytest
import sqlalchemy as sa
from sqlmodel import Session, col

from access.keeper import RequestKeeper
from camera_registry import drafts
from camera_registry.cameras import get_camera
from camera_registry.live_source import live_source
from camera_registry.photos import PhotoTooLarge, PhotoUnknown, PhotoUnreadable, made_small, photo_of_camera, photos_of
from camera_registry.secrets import DRAFT_CREDENTIALS, Vault
from camera_registry.tables import CameraDraft, CameraPhoto
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.errors import RowsRefused
from foundation.identity import Actor

HEAD, OTHER = "person-1", "person-2"
GPS = b"here is the house"


def picture(width: int = 2000, height: int = 1500, kind: str = ".jpg") -> bytes:
    slope = np.linspace(0, 255, width, dtype=np.uint8)[None, :, None].repeat(height, 0).repeat(3, 2)
    done, data = cv2.imencode(kind, slope)
    assert done
    return bytes(data.tobytes())


def with_exif(jpeg: bytes) -> bytes:
    """Put an EXIF block that tells a place behind the start of the picture."""
    block = b"Exif\0\0" + GPS
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + jpeg[2:]


def shown(session: Session, draft: str) -> str:
    """Return the id of the picture that waits to be confirmed."""
    question = sa.select(col(CameraPhoto.id)).where(
        col(CameraPhoto.draft_id) == draft, col(CameraPhoto.kind) == "asked"
    )
    return session.execute(question).scalar() or ""


@pytest.fixture
def vault(registry: object) -> Vault:
    found = registry.vault  # type: ignore[attr-defined]
    assert isinstance(found, Vault)
    return found


def test_what_was_answered_waits_for_who_answered_it(engine: sa.Engine, clock: ManualClock) -> None:
    with unit_of_work(engine) as session:
        draft = drafts.begin(session, clock, HEAD)
        drafts.answer(session, clock, draft, HEAD, {"name": "Chợ cũ"})
    with unit_of_work(engine) as session:
        drafts.answer(session, clock, draft, HEAD, {"lat": "10.7"})
        assert drafts.answered(session, clock, draft, HEAD) == {"name": "Chợ cũ", "lat": "10.7"}
        assert [key for key, _ in drafts.drafts_of(session, clock, HEAD)] == [draft]
        assert drafts.drafts_of(session, clock, OTHER) == []
        for touch in (
            lambda: drafts.answered(session, clock, draft, OTHER),
            lambda: drafts.answer(session, clock, draft, OTHER, {}),
            lambda: drafts.photo(session, clock, draft, OTHER, "view"),
        ):
            with pytest.raises(drafts.DraftUnknown):
                touch()


def test_a_camera_gets_its_photos_or_is_not_registered(
    engine: sa.Engine, clock: ManualClock, vault: Vault, actor: Actor
) -> None:
    with unit_of_work(engine) as session:
        draft = drafts.begin(session, clock, HEAD)
        drafts.add_photo(session, clock, actor, draft, HEAD, "view", picture())
        drafts.add_photo(session, clock, actor, draft, HEAD, "view", picture(300, 200))  # in place of the first
    with pytest.raises(RowsRefused), unit_of_work(engine) as session:
        drafts.finish(session, clock, vault, actor, draft, HEAD, "CAM-01", {"lat": "10.7", "lon": "abc"})
    with unit_of_work(engine) as session:
        assert drafts.photo_kinds(session, draft) == ["view"]
        assert drafts.next_code(session, None) == "CAM-01"
        drafts.finish(session, clock, vault, actor, draft, HEAD, "CAM-01", {"lat": "10.7", "lon": "106.6"})
    with unit_of_work(engine, writes=False) as session:
        camera = get_camera(session, "CAM-01")
        assert camera.id is not None
        assert list(photos_of(session, camera.id)) == ["view"]
        shown = cv2.imdecode(np.frombuffer(photo_of_camera(session, camera.id, "view"), np.uint8), cv2.IMREAD_COLOR)
        assert shown is not None
        assert shown.shape[:2] == (200, 300)
        assert drafts.next_code(session, None) == "CAM-02"
        assert session.execute(sa.select(col(CameraDraft.fields))).scalars().all() == ['{"became": "CAM-01"}']
        assert drafts.drafts_of(session, clock, HEAD) == []
        with pytest.raises(drafts.DraftFinished) as twice:
            drafts.answered(session, clock, draft, HEAD)
        assert twice.value.fields == {"camera": "CAM-01"}
        with pytest.raises(drafts.DraftUnknown) as others:
            drafts.answered(session, clock, draft, OTHER)
        assert type(others.value) is drafts.DraftUnknown


def test_what_the_camera_sent_counts_once_it_is_confirmed(
    engine: sa.Engine, clock: ManualClock, vault: Vault, actor: Actor
) -> None:
    asked = {"address": "rtsp://10.0.0.9/live"}
    with unit_of_work(engine) as session:
        draft = drafts.begin(session, clock, HEAD)
        drafts.add_photo(session, clock, actor, draft, HEAD, "view", picture(64, 64))
        with pytest.raises(PhotoUnknown):
            drafts.confirm(session, clock, actor, draft, HEAD, shown(session, draft))
        for sent in (b"first", b"second"):
            drafts.set_source(session, clock, vault, draft, HEAD, "", "admin:bí mật", asked, sent)
        assert drafts.photo_kinds(session, draft) == ["view"]
        assert drafts.photo(session, clock, draft, HEAD, drafts.ASKED) == b"second"
        assert drafts.answered(session, clock, draft, HEAD)["source"] == ""
        with pytest.raises(drafts.DraftUnknown):
            drafts.confirm(session, clock, actor, draft, OTHER, "")
    with unit_of_work(engine) as session:
        drafts.confirm(session, clock, actor, draft, HEAD, shown(session, draft))
        assert drafts.photo(session, clock, draft, HEAD, "view") == b"second"
        assert drafts.answered(session, clock, draft, HEAD)["source"] == asked["address"]
        with pytest.raises(PhotoUnknown):
            drafts.photo(session, clock, draft, HEAD, drafts.ASKED)
        sealed = drafts.sealed_credentials(session, clock, draft, HEAD)
    assert sealed is not None
    assert "bí mật".encode() not in sealed
    assert DRAFT_CREDENTIALS.unseal(vault, draft, sealed) == "admin:bí mật"
    with unit_of_work(engine) as session:
        drafts.set_source(session, clock, vault, draft, HEAD, "", None)
        assert drafts.sealed_credentials(session, clock, draft, HEAD) is None


def test_yes_is_said_to_what_was_seen(engine: sa.Engine, clock: ManualClock, vault: Vault, actor: Actor) -> None:
    with unit_of_work(engine) as session:
        draft = drafts.begin(session, clock, HEAD)
        drafts.set_source(session, clock, vault, draft, HEAD, "", "a:1", {"address": "rtsp://one/"}, b"one")
        first = shown(session, draft)
        drafts.set_source(session, clock, vault, draft, HEAD, "", "a:2", {"address": "rtsp://two/"}, b"two")
        second = shown(session, draft)
    with unit_of_work(engine) as session:
        for other in (first, ""):
            with pytest.raises(drafts.PictureChanged):
                drafts.confirm(session, clock, actor, draft, HEAD, other)
            with pytest.raises(drafts.PictureChanged):
                drafts.refuse(session, clock, vault, draft, HEAD, other)
        for _ in range(2):
            drafts.confirm(session, clock, actor, draft, HEAD, second)
    with unit_of_work(engine) as session:
        assert drafts.answered(session, clock, draft, HEAD)["source"] == "rtsp://two/"
        assert drafts.photo(session, clock, draft, HEAD, "view") == b"two"
        with pytest.raises(drafts.PictureChanged):
            drafts.refuse(session, clock, vault, draft, HEAD, first)
        for _ in range(2):  # who comes back to it may still say no
            drafts.refuse(session, clock, vault, draft, HEAD, second)
        assert drafts.answered(session, clock, draft, HEAD)["source"] == ""
        assert drafts.photo_kinds(session, draft) == []
        assert drafts.sealed_credentials(session, clock, draft, HEAD) is None


def test_what_was_not_confirmed_goes_with_the_draft(
    engine: sa.Engine, clock: ManualClock, vault: Vault, actor: Actor
) -> None:
    with unit_of_work(engine) as session:
        draft = drafts.begin(session, clock, HEAD)
        drafts.set_source(session, clock, vault, draft, HEAD, "", "a:b", {"address": "rtsp://h/"}, b"picture")
        drafts.finish(session, clock, vault, actor, draft, HEAD, "CAM-01", {"lat": "10.7", "lon": "106.6"})
    with unit_of_work(engine, writes=False) as session:
        camera = get_camera(session, "CAM-01")
        assert camera.id is not None
        assert (photos_of(session, camera.id), live_source(session, camera.id)) == ({}, None)
        assert session.execute(sa.select(col(CameraPhoto.id))).first() is None


def test_what_nobody_touched_for_two_weeks_is_over_at_once(
    engine: sa.Engine, clock: ManualClock, vault: Vault, actor: Actor
) -> None:
    with unit_of_work(engine) as session:
        old = drafts.begin(session, clock, HEAD)
        drafts.add_photo(session, clock, actor, old, HEAD, "sign", picture(64, 64))
    clock.advance(drafts.KEPT_US)
    with unit_of_work(engine, writes=False) as session:
        assert [key for key, _ in drafts.drafts_of(session, clock, HEAD)] == [old]
        assert drafts.photo(session, clock, old, HEAD, "sign")
    clock.advance(1)
    with unit_of_work(engine) as session:
        assert drafts.drafts_of(session, clock, HEAD) == []
        for touch in (
            lambda: drafts.answered(session, clock, old, HEAD),
            lambda: drafts.answer(session, clock, old, HEAD, {}),
            lambda: drafts.photo(session, clock, old, HEAD, "sign"),
            lambda: drafts.set_source(session, clock, vault, old, HEAD, "", None),
            lambda: drafts.sealed_credentials(session, clock, old, HEAD),
            lambda: drafts.finish(session, clock, vault, actor, old, HEAD, "C", {"lat": "10.7", "lon": "106.6"}),
        ):
            with pytest.raises(drafts.DraftUnknown):
                touch()


def test_what_is_over_goes_with_nobody_there(engine: sa.Engine, clock: ManualClock, actor: Actor) -> None:
    with unit_of_work(engine) as session:
        old = drafts.begin(session, clock, HEAD)
        drafts.add_photo(session, clock, actor, old, HEAD, "sign", picture(64, 64))
        clock.advance(drafts.KEPT_US // 2)
        young = drafts.begin(session, clock, OTHER)
        drafts.add_photo(session, clock, actor, young, OTHER, "sign", picture(64, 64))
    clock.advance(drafts.KEPT_US // 2 + 1)
    RequestKeeper(engine, clock).turn()
    with unit_of_work(engine, writes=False) as session:
        assert list(session.execute(sa.select(col(CameraDraft.id))).scalars()) == [young]
        assert list(session.execute(sa.select(col(CameraPhoto.draft_id))).scalars()) == [young]


@pytest.mark.parametrize("kind", [".jpg", ".png", ".webp"])
def test_a_photo_is_small_and_tells_nothing_else(kind: str) -> None:
    given = picture(kind=kind)
    small = made_small(with_exif(given) if kind == ".jpg" else given)
    shown = cv2.imdecode(np.frombuffer(small, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == (960, 1280, 3)
    assert GPS not in small


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + bytes(100),
        picture()[:400],
        bytes(12 * 2**20 + 1),
    ],
    ids=["nothing", "gif", "cut", "long"],
)
def test_what_is_no_photo_is_refused(data: bytes) -> None:
    with pytest.raises(PhotoUnreadable):
        made_small(data)


@pytest.mark.parametrize(
    ("data", "size", "limit"),
    [
        (b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff" + bytes(50), 4295, 64),  # says 65535 x 65535
        (b"\x89PNG\r\n\x1a\n" + bytes(8) + struct.pack(">II", 50_000, 50_000) + bytes(20), 2500, 64),
        (b"RIFF" + bytes(4) + b"WEBPVP8X" + bytes(8) + b"\xff" * 6 + bytes(20), 281_474_977, 64),
        (picture(64, 64) + bytes(12 * 2**20), 13, 12),
    ],
    ids=["vast jpeg", "vast png", "vast webp", "long"],
)
def test_a_photo_that_would_fill_the_memory_is_refused_with_its_size(data: bytes, size: int, limit: int) -> None:
    with pytest.raises(PhotoTooLarge) as refused:
        made_small(data)
    assert (refused.value.fields["size"], refused.value.fields["limit"]) == (size, limit)
