"""Every route declares its access, is documented, and tells its problems."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI

from api.access import ACCESS, Open
from api.app import declared, refuse_undeclared
from tests.support.web import ask

PAGE = Path(__file__).parents[3] / "docs/ref/api.md"


def operations(app: FastAPI) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_every_route_declares_its_access(app: FastAPI) -> None:
    assert declared(app) == set(ACCESS)


def test_a_route_without_access_cannot_be_built(app: FastAPI) -> None:
    router = APIRouter()

    @router.get("/api/v1/forgotten")
    def forgotten() -> None: ...

    app.include_router(router)
    with pytest.raises(RuntimeError, match="forgotten"):
        refuse_undeclared(app)
    assert ask(app, "GET", "/api/v1/forgotten").status_code == 403


@pytest.mark.parametrize("peer", ["127.0.0.1", "192.168.1.7"])
def test_nobody_gets_anything_but_what_is_public(app: FastAPI, peer: str) -> None:
    for (method, path), access in ACCESS.items():
        address = re.sub(r"\{.*?\}", "1", path)
        refused = ask(app, method, address, peer=peer, token=None).status_code == 401
        assert refused == (access not in {Open.PUBLIC, Open.KNOWN}), path


def test_every_documented_call_exists_and_every_call_is_documented(app: FastAPI) -> None:
    listed = set(
        re.findall(r"^\| `(GET|POST|PATCH|DELETE|OPTIONS) (\S+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert listed == {(method, path) for method, path, _ in operations(app)}


def test_every_call_says_what_it_does_and_how_it_fails(app: FastAPI) -> None:
    for method, path, operation in operations(app):
        assert operation.get("description"), (method, path)
        for status, told in operation["responses"].items():
            if status[0] in "45d":
                assert list(told["content"]) == ["application/problem+json"], (method, path, status)
        if path.startswith("/api/"):
            assert {"401", "403"} <= set(operation["responses"]), (method, path)


def test_names_of_operations_are_unique(app: FastAPI) -> None:
    names = [operation["operationId"] for _, _, operation in operations(app)]
    assert len(names) == len(set(names))


def test_every_reference_leads_somewhere(app: FastAPI) -> None:
    text = json.dumps(app.openapi())
    schemas = app.openapi()["components"]["schemas"]
    assert set(re.findall(r'"#/components/schemas/([^"]+)"', text)) == set(schemas)


def test_the_description_and_its_page_are_ours(app: FastAPI) -> None:
    assert ask(app, "GET", "/openapi.json").json()["openapi"].startswith("3.1")
    page = ask(app, "GET", "/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text):
        found = ask(app, "GET", address)
        assert (found.status_code, found.headers["x-content-type-options"]) == (200, "nosniff")
        assert ask(app, "GET", address, headers={"If-None-Match": found.headers["etag"]}).status_code == 304
    assert ask(app, "GET", "/static/../app.py").status_code == 404
    assert ask(app, "GET", "/static/%2e%2e/app.py").status_code == 404


def test_what_a_problem_means_has_a_page(app: FastAPI) -> None:
    told = ask(app, "GET", "/api/v1/lookup", params={"lat": 1, "lon": 1, "from": "x", "to": "y"}).json()
    assert told["type"] == "/problems/request_invalid"
    page = ask(app, "GET", "/problems/range_empty", headers={"Accept-Language": "en"})
    assert (page.status_code, page.headers["content-language"]) == (200, "en")
    assert "range is empty" in page.text
    assert ask(app, "GET", "/problems/none").status_code == 404
