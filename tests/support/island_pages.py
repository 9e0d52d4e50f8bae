"""Small pages with one island each, served over HTTP with the application's own files and its own security headers."""

import html
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from playwright.sync_api import Page

from api.edge import Edge
from api.media import CHUNK_BYTES, answer_media
from api.pages import router
from tests.support.serving import serving

AXE = Path(__file__).parents[1] / "frontend/node_modules/axe-core/axe.min.js"
"""What `make frontend` installs; it looks at pages in tests and is never served."""
_AXE_RUN = """async () => {
  const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const told = await axe.run(document, {runOnly, resultTypes: ["violations"]});
  return told.violations.flatMap((rule) => rule.nodes.map((node) => [rule.id, node.target, node.failureSummary ?? ""]));
}"""
"""Every rule is tried at every element; just what passed is not described element by element, which takes most of the time."""


@dataclass
class Island:
    """A page: the markup of its body, its data blocks by id, the modules it runs."""

    body: str
    data: Mapping[str, Any]
    modules: tuple[str, ...]

    def page(self) -> str:
        blocks = "".join(
            f'<script type="application/json" id="{html.escape(name)}">{_block(value)}</script>'
            for name, value in self.data.items()
        )
        scripts = "".join(f'<script type="module" src="/static/js/{name}"></script>' for name in self.modules)
        sheets = ("vendor/leaflet-1.9.4/leaflet.css", "css/islands.css")
        links = "".join(f'<link rel="stylesheet" href="/static/{name}">' for name in sheets)
        return (
            '<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>Đảo</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">{links}{scripts}</head>'
            f"<body><main><h1>Đảo</h1>{self.body}{blocks}</main></body></html>"
        )


def _block(value: Any) -> str:
    """Return JSON that cannot end the element it stands in."""
    return json.dumps(value).replace("<", "\\u003c")


@dataclass
class Seen:
    """What a browser said and asked for while a page was open."""

    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@contextmanager
def island_server(islands: dict[str, Island], media: Path | None = None) -> Iterator[str]:
    """Serve each island at /page/NAME and the files of `media` at /media/NAME, answered as clips are; give the address."""
    inside = FastAPI()
    inside.include_router(router)

    @inside.get("/page/{name}")
    def page(name: str) -> HTMLResponse:
        return HTMLResponse(islands[name].page())

    @inside.get("/favicon.ico")
    def icon() -> HTMLResponse:
        return HTMLResponse("")

    @inside.get("/media/{name}")
    def file(request: Request, name: str, piece: int | None = None) -> Response:
        assert media is not None
        path = media / Path(name).name

        def read(start: int, end: int) -> Iterator[bytes]:
            with path.open("rb") as found:
                found.seek(start)
                while start < end:
                    chunk = found.read(min(CHUNK_BYTES, end - start))
                    start += len(chunk)
                    yield chunk

        kind = "image/png" if name.endswith(".png") else "video/mp4"
        return answer_media(
            request,
            read,
            size=path.stat().st_size,
            etag=name,
            media_type=kind,
            language="vi",
            permitted=lambda: True,
            piece=piece,
        )

    with serving(Edge(inside, "vi"), lifespan="off") as address:
        yield address


def watched(page: Page) -> Seen:
    """Note from now on what the browser complains of, of the security policy first of all, and every address it asks."""
    seen = Seen()

    def said(text: str) -> None:
        if not text.startswith("Canvas2D: Multiple readback"):  # it is the test that reads the pictures
            seen.said.append(text)

    page.on("console", lambda message: said(message.text))
    page.on("pageerror", lambda error: seen.said.append(str(error)))
    page.on("request", lambda request: seen.asked.append(request.url))
    return seen


def violations(page: Page) -> list[str]:
    """Return what axe-core finds wrong on the page as it stands."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    return [f"{rule}: {target} {summary}" for rule, target, summary in page.evaluate(_AXE_RUN)]


def eventually(
    page: Page, script: str, good: Callable[[Any], bool], argument: Any = None, *, within_ms: int = 10_000
) -> Any:
    """Return the first answer of `script` that is good; fail with the last one that was not. (Playwright's own waiting evaluates
    strings in the page, which the security policy forbids.)"""
    told = None
    for _ in range(within_ms // 50):
        told = page.evaluate(script, argument)
        if good(told):
            return told
        page.wait_for_timeout(50)
    raise AssertionError(f"still {told!r} after {within_ms} ms of {script}")
