"""Where somebody came from and goes on to: always a page of ours, whatever an address or a header says."""

import re
from functools import cache
from urllib.parse import urlsplit

from fastapi import Request

from api.page_access import PAGES


def next_of(asked: str) -> str:
    """Return where to go on after signing in: a page of ours, whatever an address says."""
    if asked.startswith("/") and not asked.startswith(("//", "/\\")) and "\n" not in asked and len(asked) < 2000:
        return asked
    return "/"


def came_from(request: Request) -> str:
    """Return the page that a form was sent from: what the browser says of it, if that is of this origin; else the start page."""
    said = urlsplit(request.headers.get("referer", ""))
    if said.scheme not in {"http", "https"} or said.netloc != request.headers.get("host"):
        return "/"
    page = above(said.path)
    return next_of(page + (f"?{said.query}" if said.query and page == said.path else ""))


def above(path: str) -> str:
    """Return the nearest page at or above `path`: what was shown in answer to a form stands at an address that no page has."""
    while path.count("/") > 1 and not any(one.fullmatch(path) for one in _pages()):
        path = path.rpartition("/")[0]
    return path if any(one.fullmatch(path) for one in _pages()) else "/"


@cache
def _pages() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)) for method, path in PAGES if method == "GET")
