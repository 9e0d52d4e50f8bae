"""Forms of pages: their fields, and the proof that a form is one of ours.

A form of a session carries the session's token; one of nobody carries what a `__Host-` cookie of the same browser says,
which no page of another host can set or read.
"""

from collections.abc import Iterator, Mapping

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from api.cookies import FORM, from_elsewhere
from api.gate import FromElsewhere, asker_of
from api.veil import unveiled
from foundation.language import LANGUAGES
from people.secrets import same

FORM_LIMIT_BYTES = 16 * 2**10
LONG_FORM_LIMIT_BYTES = 256 * 2**10
"""Forms that name many cameras."""
_MOST_FIELDS = 20


class Fields(Mapping[str, str]):
    """The fields of a form; of one that is there several times the last, and all of them by `all`."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs
        self._last = dict(pairs)

    def __getitem__(self, name: str) -> str:
        return self._last[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._last)

    def __len__(self) -> int:
        return len(self._last)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self._pairs if key == name]

    def text(self, name: str) -> str:
        return self._last.get(name, "").strip()


def go(place: str) -> Response:
    return RedirectResponse(place, 303)


async def fields_of(
    request: Request, *, most: int = _MOST_FIELDS, size: int = FORM_LIMIT_BYTES, anybody: bool = False
) -> Fields:
    """Return the fields of a form that is ours, and with `anybody` also one of a page that did not know who asks. Raises `FromElsewhere`."""
    async with request.form(max_files=0, max_fields=most, max_part_size=size) as form:
        found = Fields([(name, value) for name, value in form.multi_items() if isinstance(value, str)])
    must_be_ours(request, found.get("form_token", ""), anybody=anybody)
    return found


def changes_language(request: Request, form: Fields) -> bool:
    """Tell whether a form was sent to be shown again in another language, as it was typed, and nothing else; it is then.

    The button for the language is one of the form itself (`typed_form` in the template), so this needs no script, and
    nothing that was typed is kept anywhere.
    """
    request.state.speak = next((one for one in LANGUAGES if one == form.get("speak")), None)
    return request.state.speak is not None


def must_be_ours(request: Request, token: str, *, anybody: bool = False) -> None:
    """Raises `FromElsewhere` unless the token of a form is that of this browser."""
    browser = asker_of(request).browser
    expected = browser.form_token if browser else request.cookies.get(FORM, "")
    of_nobody = request.cookies.get(FORM, "") if anybody else ""
    if of_nobody and not from_elsewhere(request) and same(unveiled(token), of_nobody):
        return
    if from_elsewhere(request) or not expected or not same(unveiled(token), expected):
        raise FromElsewhere


def source_of(request: Request) -> str:
    return request.client.host if request.client else ""
