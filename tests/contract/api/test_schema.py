"""Schemathesis asks the real application, over a real catalogue, whatever its description allows and some it does not."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.access import ACCESS
from api.app import create_app
from foundation.clock import SystemClock
from people.rights import Role
from tests.support.databases import sqlite_catalogue
from tests.support.serving import serving
from tests.support.web import CAMERAS, UNITS, ask, make_service, signed_in, token_of

Case = schemathesis.Case[Any]
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
CALLS = sorted(
    (path, method) for method, path in ACCESS if path.startswith("/api/") or path.endswith("z") or path == "/metrics"
)

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")

POSTGRESQL = pytest.mark.postgresql


@dataclass(frozen=True)
class Described:
    """The description of a service, and the headers of who asks it."""

    schema: schemathesis.BaseSchema
    proof: dict[str, str]
    examples: int
    """Who may do everything is asked more than a role is, which is refused most of it."""


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(("sqlite", None), id="sqlite"),
        pytest.param(("postgresql", None), id="postgresql", marks=POSTGRESQL),
        *(pytest.param(("sqlite", role), id=str(role)) for role in Role),
    ],
)
def described(
    request: pytest.FixtureRequest, _sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Described]:
    """A ward, asked by somebody who may do everything, and by somebody with each role for one of its units."""
    database, role = request.param
    data = tmp_path_factory.mktemp("data")
    with ExitStack() as stack:
        if database == "sqlite":
            engine = stack.enter_context(sqlite_catalogue(_sqlite_template, data))
        else:
            engine = stack.enter_context(request.getfixturevalue("_postgres_template").catalogue())
        app = create_app(make_service(engine, data, SystemClock()))
        for kind, name, body in (("units", "u.geojson", UNITS), ("cameras", "c.csv", CAMERAS)):
            answer = ask(app, "POST", f"/api/v1/{kind}/import", params={"file_name": name}, content=body.encode())
            assert answer.status_code == 200, answer.text
        address = stack.enter_context(serving(app))
        proof = signed_in(app)
        if role is not None:
            proof = {"Authorization": f"Bearer {token_of(app.state.service, str(role), unit_id=1, roles=[role])}"}
        yield Described(schemathesis.openapi.from_url(f"{address}/openapi.json"), proof, 15 if role is None else 4)


def questions(operation: schemathesis.APIOperation[Any, Any, Any, Any]) -> SearchStrategy[Case]:
    """Return right and wrong questions; where anything at all is a right one, there is nothing wrong to ask."""
    right = operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE)
    if len(operation.query) == 0 and len(operation.body) == 0:
        return right
    return right | operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)


@pytest.mark.parametrize(("path", "method"), CALLS)
def test_no_question_breaks_it(described: Described, path: str, method: str) -> None:
    @settings(
        max_examples=described.examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    @given(case=questions(described.schema[path][method]))
    def asks(case: Case) -> None:
        case.call_and_validate(checks=CHECKS, headers=described.proof)

    asks()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/v1/cameras?q=%00", None),
        ("GET", "/api/v1/cameras/%00", None),
        ("GET", "/api/v1/cameras?after=%00&unit=%00", None),
        ("GET", "/api/v1/cameras?q=%ff%fe", None),
        ("GET", "/api/v1/clips/%00", None),
        ("GET", "/api/v1/jobs/a%00b", None),
        ("POST", "/api/v1/clips", {"camera": "\0", "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:01Z"}),
        ("POST", "/api/v1/clips", {"camera": "\ud800", "from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:01Z"}),
        ("POST", "/api/v1/cameras", {"code": "A", "lat": 1, "lon": 1, "name": "a\0b"}),
        ("POST", "/api/v1/cameras", {"code": "A", "lat": 1, "lon": 1, "unit": "a\0b"}),
        ("POST", "/api/v1/cameras/import?file_name=a%00.csv", "code,lat,lon\nA\0,1,1\n"),
        ("POST", "/api/v1/imports?file_name=a%00.mp4&camera=C001", "x"),
    ],
)
def test_letters_that_a_database_cannot_keep(described: Described, method: str, path: str, body: Any) -> None:
    content = body if isinstance(body, str) else json.dumps(body)
    kind = "text/plain" if isinstance(body, str) else "application/json"
    fields = ({"Content-Type": kind} if body is not None else {}) | described.proof
    place = urlsplit(str(described.schema.location))
    answer = httpx.request(
        method, f"{place.scheme}://{place.netloc}{path}", content=content if body is not None else None, headers=fields
    )
    assert 200 <= answer.status_code < 500, answer.text
