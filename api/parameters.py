"""Parameters that many calls share: an instant, a range of time, and how long a range may be."""

import re
from datetime import tzinfo
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from api.validation import as_field_error
from foundation.errors import N_, BadInput
from foundation.timebase import InstantUnreadable, TimeRange, format_instant, parse_instant

DAY_US = 86_400 * 1_000_000
_EXAMPLE = "2026-03-07T21:05:00+07:00"

# In a query a bare “+” means a blank, so a time that was pasted in without escaping arrives as “… 07:00”.
_LOST_PLUS = re.compile(r"(\d) (\d\d:\d\d)$", re.ASCII)


class SpanTooLong(BadInput):
    code = "span_too_long"
    message = N_("The range from {start} to {end} is longer than {days} days")
    mend = N_("Ask for it in parts of at most {days} days")


def _instant(value: Any) -> int:
    if not isinstance(value, str):
        raise as_field_error(InstantUnreadable(value=str(value)[:60]))
    try:
        return parse_instant(_LOST_PLUS.sub(r"\1+\2", value))
    except InstantUnreadable as error:
        raise as_field_error(error) from error


Instant = Annotated[
    int,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": [_EXAMPLE]}),
]
"""RFC 3339 with the offset on the wire, microseconds since 1970 UTC inside."""


class LetterUnusable(BadInput):
    code = "letter_unusable"
    message = N_("The request has a NUL character in it, which no name contains")


async def keepable(request: Request) -> None:
    """Refuse an address with a NUL character: PostgreSQL cannot even be asked about it. Raises `LetterUnusable`."""
    if "\0" in request.scope["path"] or b"%00" in request.scope["query_string"]:
        raise LetterUnusable


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise as_field_error(LetterUnusable())
    return text


Words = Annotated[str, AfterValidator(_without_nul)]
"""A text of a body that is looked up or kept."""


async def span(
    from_: Annotated[Instant, Query(alias="from", description="Begin of the range, with offset", examples=[_EXAMPLE])],
    to: Annotated[
        Instant,
        Query(description="End of the range, itself not part of it", examples=["2026-03-07T21:35:00+07:00"]),
    ],
) -> TimeRange:
    return TimeRange(from_, to)


def at_most(asked: TimeRange, days: int, zone: tzinfo) -> TimeRange:
    """Return `asked`. Raises `SpanTooLong`, naming its bounds in `zone`."""
    if asked.duration_us > days * DAY_US:
        bounds = {"start": format_instant(asked.start_us, zone), "end": format_instant(asked.end_us, zone)}
        raise SpanTooLong(**bounds, days=days)
    return asked
