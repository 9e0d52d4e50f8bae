"""A paper as a page, and the same template as PDF. Official papers are Vietnamese unless `?lang=` says otherwise."""

import unicodedata
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from api.papers.printing import pdf_of
from api.web.frame.shell import draw, show, speak
from api.web.frame.words import Telling
from api.wiring import service_of
from foundation.language import LANGUAGES, Language

_LAST_LETTER = 0x25FF
_JOINING = "\N{ZERO WIDTH JOINER}\N{VARIATION SELECTOR-16}"


def language_of_paper(request: Request) -> Language:
    asked = request.query_params.get("lang")
    return next((one for one in LANGUAGES if one == asked), "vi")


def _values(request: Request, more: dict[str, Any]) -> dict[str, Any]:
    service = service_of(request)
    language = language_of_paper(request)
    return {
        "say": speak(language),
        "told": Telling(language, service.zone),
        "paper_language": language,
        "printed_us": service.clock.now_us(),
        **more,
    }


def drawable(text: str) -> str:
    """Return `text` with each picture among its letters written as [U+1F642]: no font of a paper has it, and a box says nothing."""
    return "".join(f"[U+{ord(sign):04X}]" if _is_picture(sign) else "" if sign in _JOINING else sign for sign in text)


def _is_picture(sign: str) -> bool:
    return ord(sign) > _LAST_LETTER and unicodedata.category(sign) in {"So", "Sk", "Cn", "Co"}


def show_paper(request: Request, body: str, /, **more: Any) -> Response:
    """Return the paper in the frame of the pages; what is printed of it is the paper alone."""
    return show(request, "papers/page.html", body_of_paper=body, wide=True, **_values(request, more))


def send_paper(request: Request, body: str, name: str, /, **more: Any) -> Response:
    """Return the paper as PDF, which takes seconds. Raises what `api.papers.printing.pdf_of` raises."""
    values = _values(request, more)
    html = draw("papers/sheet.html", body_of_paper=body, **values)
    # One letter for each letter: what was typed as letter and accents would find no glyph of its own.
    drawn = drawable(unicodedata.normalize("NFC", html))
    made = pdf_of(drawn, name)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.pdf"',
        "Content-Language": values["paper_language"],
    }
    return Response(made, media_type="application/pdf", headers=headers)
