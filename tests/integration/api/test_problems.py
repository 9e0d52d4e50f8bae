"""Errors as they arrive: RFC 9457, in the language asked for, and never with what they must not tell."""

import logging
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from api.edge import Edge
from api.parameters import Instant
from api.problems import STATUS, from_error, from_framework, handler
from api.validation import from_validation
from foundation.errors import ErrorKind, MatPhoError, NotFound, RowProblem, RowsRefused, Unavailable
from tests.support.serving import serving


class Body(BaseModel):
    name: str
    size: int


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    app = FastAPI()
    app.add_middleware(Edge, language="vi")
    app.add_exception_handler(MatPhoError, handler(from_error, "vi"))
    app.add_exception_handler(HTTPException, handler(from_framework, "vi"))
    app.add_exception_handler(404, handler(from_framework, "vi"))
    app.add_exception_handler(405, handler(from_framework, "vi"))
    app.add_exception_handler(RequestValidationError, handler(from_validation, "vi"))

    @app.get("/missing")
    def missing() -> None:
        raise NotFound(what="camera", name="C1")

    @app.get("/rows")
    def rows() -> None:
        raise RowsRefused("cameras.csv", [RowProblem(3, "lat", "“{value}” is not a latitude", {"value": "x"})])

    @app.get("/down")
    def down() -> None:
        raise Unavailable(what="The database")

    @app.get("/bug")
    def bug(request: Request) -> None:
        raise RuntimeError(f"password={request.query_params['password']}")

    @app.post("/body")
    def body(_body: Body) -> None: ...

    @app.post("/small", max_body_size=100)
    def small(_body: Body) -> None: ...

    @app.get("/at")
    def at(at: Instant) -> int:
        return at

    with serving(app) as found:
        yield found


def test_every_kind_has_a_status() -> None:
    assert set(STATUS) == set(ErrorKind)


def test_a_domain_error(address: str) -> None:
    answer = httpx.get(f"{address}/missing", headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == "en"
    assert answer.json() == {
        "type": "/problems/not_found",
        "title": "Not found",
        "status": 404,
        "detail": "There is no camera “C1”",
        "instance": "/missing",
        "code": "not_found",
        "fields": {"what": "camera", "name": "C1"},
    }


def test_rows_are_named_by_line_and_field(address: str) -> None:
    told = httpx.get(f"{address}/rows", headers={"Accept-Language": "en"}).json()
    assert told["errors"] == [{"line": 3, "field": "lat", "detail": "“x” is not a latitude"}]
    assert told["mend"] == "Mend the named fields and import the file again"


def test_unavailable_says_when_to_come_again(address: str) -> None:
    answer = httpx.get(f"{address}/down")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.headers["content-language"] == "vi"


def test_a_bug_is_an_incident_and_tells_no_secret(address: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answer = httpx.get(f"{address}/bug?password=hunter2", headers={"Accept-Language": "en"})
    told = answer.json()
    assert (answer.status_code, told["code"]) == (500, "internal")
    assert told["fields"]["incident"] in caplog.text
    assert "RuntimeError" in caplog.text
    assert "in bug" not in answer.text
    assert "hunter2" not in caplog.text + answer.text


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("DELETE", "/missing", 405)])
def test_the_framework_s_own_refusals(address: str, method: str, path: str, status: int) -> None:
    answer = httpx.request(method, address + path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status


def test_validation_names_every_field(address: str) -> None:
    answer = httpx.post(f"{address}/body", json={"size": "many"}, headers={"Accept-Language": "en"})
    told = answer.json()
    assert (answer.status_code, told["code"]) == (422, "request_invalid")
    assert told["errors"] == [
        {"field": "name", "pointer": "/body/name", "code": "missing", "detail": "This is required"},
        {"field": "size", "pointer": "/body/size", "code": "int_parsing", "detail": "A whole number is needed"},
    ]


def test_what_is_not_json_is_said_to_be_so(address: str) -> None:
    answer = httpx.post(f"{address}/body", content=b"{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "json_invalid")


@pytest.mark.parametrize("body", [bytes(101), iter([bytes(60), bytes(60)])], ids=["declared", "chunked"])
def test_a_body_that_is_too_large(address: str, body: bytes) -> None:
    answer = httpx.post(f"{address}/small", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_time_without_offset_is_refused_with_the_mend(address: str) -> None:
    told = httpx.get(f"{address}/at?at=2026-03-07T21:05:00", headers={"Accept-Language": "en"}).json()
    assert told["errors"] == [
        {
            "field": "at",
            "pointer": "/query/at",
            "code": "instant_unreadable",
            "detail": "“2026-03-07T21:05:00” is not a time with its offset",
            "mend": "Write RFC 3339 with the offset, for example 2026-03-07T21:05:00+07:00",
        }
    ]


@pytest.mark.parametrize("sign", ["+", "%2B", " "])
def test_a_plus_that_was_not_escaped_is_understood(address: str, sign: str) -> None:
    answer = httpx.get(f"{address}/at?at=2026-03-07T21:05:00{sign}07:00")
    assert answer.json() == 1_772_892_300_000_000
