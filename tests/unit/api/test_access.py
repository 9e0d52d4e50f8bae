"""What the table of needs must never say, and what counts as a request from elsewhere."""

import pytest
from starlette.requests import Request

from api.access import ACCESS, FORMS, Needs, Of, Open
from api.cookies import from_elsewhere
from people.rights import Right


def request(**headers: str) -> Request:
    fields = {"host": "localhost:8000"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Request({"type": "http", "headers": [(name.encode(), value.encode()) for name, value in fields.items()]})


def test_everything_that_shows_footage_needs_the_right_to_it() -> None:
    for (_, path), access in ACCESS.items():
        if "/clips" in path or path.endswith((".jpg", ".mp4")):
            assert isinstance(access, Needs), path
            assert access.right is Right.FOOTAGE, path


def test_what_the_address_names_is_what_is_judged() -> None:
    for (_, path), access in ACCESS.items():
        if path.startswith("/api/") and "{" in path:
            assert isinstance(access, Needs), path
            assert access.of in {
                Of.CAMERA,
                Of.OWN_CLIP,
                Of.HOLD,
                Of.JOB,
                Of.GRANTED,
                Of.OWN_REQUEST,
                Of.OWN_UPLOAD,
                Of.REQUEST,
                Of.SEEN_REQUEST,
                Of.SUBJECT,
            }, path


def test_every_call_needs_somebody() -> None:
    for (_, path), access in ACCESS.items():
        assert not path.startswith("/api/") or access is not Open.PUBLIC, path


def test_forms_are_of_a_session_and_change_something() -> None:
    assert {(method, path) for method, path in ACCESS if path in FORMS and method == "POST"} == {
        ("POST", path) for path in FORMS
    }
    assert not any(path.startswith("/api/") for path in FORMS)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:9999"},
    ],
)
def test_a_foreign_page_is_known_as_one(headers: dict[str, str]) -> None:
    assert from_elsewhere(request(**headers))


def test_our_own_page_and_a_program_are_not_from_elsewhere() -> None:
    assert not from_elsewhere(request(sec_fetch_site="same-origin", origin="http://localhost:8000"))
    assert not from_elsewhere(request(sec_fetch_site="none"))
    assert not from_elsewhere(request())
