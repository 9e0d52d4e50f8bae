"""Forms with photos of a camera: each photo is taken or refused by itself, and what else was typed is never lost for one."""

from collections.abc import Callable, Mapping

from fastapi import Request
from starlette.datastructures import UploadFile

from api.web.frame.forms import FORM_LIMIT_BYTES, Fields, must_be_ours
from camera_registry.photos import KINDS, LONGEST_BYTES, Kind, PhotoTooLarge, PhotoUnreadable, too_many_bytes
from foundation.errors import MatPhoError
from foundation.language import Language, say_error

PHOTO_FORM_BYTES = 9 * LONGEST_BYTES + 2**20
"""Photos that are too large come in as well, so that the page can say of which one it is true."""


async def fields_and_photos(request: Request, most: int) -> tuple[Fields, dict[Kind, bytes | PhotoTooLarge]]:
    """Return the fields and photos of a form that is ours, of a photo of too many bytes what is wrong. Raises `FromElsewhere`."""
    photos: dict[Kind, bytes | PhotoTooLarge] = {}
    async with request.form(max_files=len(KINDS), max_fields=most, max_part_size=FORM_LIMIT_BYTES) as form:
        pairs = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
        for kind in KINDS:
            file = form.get(kind)
            if isinstance(file, UploadFile) and file.size:
                photos[kind] = too_many_bytes(file.size) if file.size > LONGEST_BYTES else await file.read()
    found = Fields(pairs)
    must_be_ours(request, found.get("form_token", ""))
    return found, photos


def keep_each(
    language: Language, photos: Mapping[Kind, bytes | PhotoTooLarge], keep: Callable[[Kind, bytes], object]
) -> dict[str, str]:
    """Call `keep` with each photo; return what is wrong with the others, by kind."""
    faults: dict[str, str] = {}
    for kind, photo in photos.items():
        try:
            if isinstance(photo, PhotoTooLarge):
                raise photo
            keep(kind, photo)
        except (PhotoUnreadable, PhotoTooLarge) as error:
            faults[kind] = _said(language, error)
    return faults


def _said(language: Language, error: MatPhoError) -> str:
    return " ".join(f"{part}." for part in say_error(language, error) if part)
