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


def show_paper(request: Request, body: str, /, **more: Any) -> Response:
    """Return the paper in the frame of the pages; what is printed of it is the paper alone."""
    return show(request, "papers/page.html", body_of_paper=body, wide=True, **_values(request, more))


def send_paper(request: Request, body: str, name: str, /, **more: Any) -> Response:
    """Return the paper as PDF, which takes seconds. Raises what `api.papers.printing.pdf_of` raises."""
    values = _values(request, more)
    html = draw("papers/sheet.html", body_of_paper=body, **values)
    # One letter for each letter: what was typed as letter and accents would find no glyph of its own.
    made = pdf_of(unicodedata.normalize("NFC", html), name)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.pdf"',
        "Content-Language": values["paper_language"],
    }
    return Response(made, media_type="application/pdf", headers=headers)
