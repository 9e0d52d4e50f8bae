"""Photos of cameras: made small, turned upright, and rid of what a phone writes into them, above all of the place.

Files come from anybody's phone, so their size is looked at before they are decoded.
"""

import re
import struct
from typing import Literal

import cv2
import numpy as np
import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import record
from camera_registry.tables import Camera, CameraPhoto
from foundation.clock import Clock
from foundation.errors import N_, BadInput, NotFound
from foundation.identity import Actor, new_id

Kind = Literal["camera", "view", "sign"]
KINDS: tuple[Kind, ...] = ("camera", "view", "sign")
LONGEST_BYTES = 12 * 2**20
_LONGEST_SIDE = 1280
_MOST_PIXELS = 64_000_000
_QUALITY = 82
SMALL = (320, 60)
"""Longest side and quality of a photo in a list, where there may be many: heads pay for their data."""
_JPEG_SIZES = re.compile(rb"\xff[\xc0-\xc3\xc5-\xc7\xc9-\xcb\xcd-\xcf]..\x08(..)(..)", re.DOTALL)


class PhotoUnreadable(BadInput):
    code = "photo_unreadable"
    message = N_("This file is no photo that can be read")
    mend = N_("Send a JPEG, PNG or WebP photo of at most 12 MB and 64 million pixels")


class PhotoTooLarge(BadInput):
    code = "photo_too_large"
    message = N_("This photo is too large: {size} {of}, at most {limit}")
    mend = N_("Let the phone take or send a smaller one, or send a picture of the screen")


class PhotoUnknown(NotFound):
    code = "photo_unknown"
    message = N_("There is no such photo")


def made_small(data: bytes, longest: int = _LONGEST_SIDE, quality: int = _QUALITY) -> bytes:
    """Return the photo as a JPEG of at most `longest` pixels a side, upright, without metadata.

    Raises `PhotoUnreadable`, `PhotoTooLarge`.
    """
    pixels = _pixels(data)
    if not pixels:
        raise PhotoUnreadable
    if len(data) > LONGEST_BYTES:
        raise too_many_bytes(len(data))
    if pixels > _MOST_PIXELS:
        raise PhotoTooLarge(size=_rounded(pixels, 10**6), of=N_("million pixels"), limit=_MOST_PIXELS // 10**6)
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)  # turns it as its EXIF says
    except cv2.error:
        picture = None
    if picture is None:
        raise PhotoUnreadable
    height, width = picture.shape[:2]
    scale = longest / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    done, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise PhotoUnreadable
    return bytes(jpeg.tobytes())


def too_many_bytes(count: int) -> PhotoTooLarge:
    return PhotoTooLarge(size=_rounded(count, 2**20), of="MB", limit=LONGEST_BYTES // 2**20)


def _rounded(count: int, unit: int) -> int:
    return -(-count // unit)  # upwards: what is too large is never told as the limit itself


def _pixels(data: bytes) -> int:
    """Return what the file says of its size, 0 for a kind that we do not take; a decoder would believe it and allocate."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) > 24:
        width, height = struct.unpack(">II", data[16:24])
        return int(width * height)
    if data[:2] == b"\xff\xd8":
        sizes = [int.from_bytes(h) * int.from_bytes(w) for h, w in _JPEG_SIZES.findall(data)]
        return max(sizes, default=0)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) > 30:
        return _webp_pixels(data)
    return 0


def _webp_pixels(data: bytes) -> int:
    kind = data[12:16]
    if kind == b"VP8X":
        return (1 + int.from_bytes(data[24:27], "little")) * (1 + int.from_bytes(data[27:30], "little"))
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return int((width & 0x3FFF) * (height & 0x3FFF))
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (1 + (bits & 0x3FFF)) * (1 + (bits >> 14 & 0x3FFF))
    return 0


def add_photo(session: Session, clock: Clock, actor: Actor, camera: Camera, kind: Kind, data: bytes) -> str:
    """Keep a photo in place of an earlier one of this kind; return its id. Raises `PhotoUnreadable`, `PhotoTooLarge`."""
    jpeg, photo_id = made_small(data), new_id()
    session.execute(
        sa.delete(CameraPhoto).where(col(CameraPhoto.camera_id) == camera.id, col(CameraPhoto.kind) == kind)
    )
    session.add(
        CameraPhoto(
            id=photo_id, camera_id=camera.id, kind=kind, added_us=clock.now_us(), added_by=actor.name, jpeg=jpeg
        )
    )
    record(session, clock, actor, "photo:add", "camera", camera.code, kind=kind)
    return photo_id


def photos_of(session: Session, camera_id: int) -> dict[str, str]:
    """Return the id of the photo of each kind there is."""
    question = sa.select(col(CameraPhoto.kind), col(CameraPhoto.id)).where(col(CameraPhoto.camera_id) == camera_id)
    return {row[0]: row[1] for row in session.execute(question.order_by(col(CameraPhoto.added_us)))}


def photo_of_camera(session: Session, camera_id: int, kind: str) -> bytes:
    """Raises `PhotoUnknown`."""
    question = sa.select(col(CameraPhoto.jpeg)).where(
        col(CameraPhoto.camera_id) == camera_id, col(CameraPhoto.kind) == kind
    )
    found = session.execute(question.order_by(col(CameraPhoto.added_us).desc()).limit(1)).scalar()
    if found is None:
        raise PhotoUnknown
    return bytes(found)
