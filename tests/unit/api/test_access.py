"""Who is taken for the local actor, and who is nobody."""

import pytest
from starlette.requests import Request

from api.access import ACCESS, LOCAL, Access, identify
from foundation.identity import ANONYMOUS


def request(method: str = "GET", client: str | None = "127.0.0.1", **headers: str) -> Request:
    fields = {"host": "localhost:8000"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(
        {
            "type": "http",
            "method": method,
            "path": "/",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in fields.items()],
            "client": None if client is None else (client, 1),
        }
    )


@pytest.mark.parametrize("client", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:9", "[::1]:8000", "[::1]"])
def test_this_machine_is_local(client: str, host: str) -> None:
    assert identify(request(client=client, host=host)) == LOCAL


@pytest.mark.parametrize("client", ["192.168.1.9", "::2", "testclient", "", None])
def test_another_machine_is_nobody(client: str | None) -> None:
    assert identify(request(client=client)) == ANONYMOUS


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "192.168.1.9", "[::1", "", "127.0.0.1@evil"]
)
def test_a_name_that_was_rebound_is_nobody(host: str) -> None:
    assert identify(request(host=host)) == ANONYMOUS


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "PUT"])
def test_a_foreign_page_cannot_change_anything(method: str) -> None:
    assert identify(request(method, sec_fetch_site="cross-site")) == ANONYMOUS
    assert identify(request(method, sec_fetch_site="same-site")) == ANONYMOUS
    assert identify(request(method, origin="http://evil.example")) == ANONYMOUS
    assert identify(request(method, origin="null")) == ANONYMOUS
    assert identify(request(method, origin="http://localhost:9999")) == ANONYMOUS


def test_our_own_page_and_a_program_can() -> None:
    assert identify(request("POST", sec_fetch_site="same-origin", origin="http://localhost:8000")) == LOCAL
    assert identify(request("POST")) == LOCAL
    assert identify(request("GET", sec_fetch_site="cross-site")) == LOCAL  # a link from elsewhere; CORP stops embedding


def test_nobody_has_no_scope_and_local_has_all_declared() -> None:
    assert ANONYMOUS.scopes == frozenset()
    assert {access.value for access in ACCESS.values()} - {Access.PUBLIC.value} <= LOCAL.scopes
