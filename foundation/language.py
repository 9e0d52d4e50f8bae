"""User-facing text in Vietnamese and English from one gettext catalogue.

The English text is the message id. `foundation/locales/vi.po` is read as it is (Babel), so there is no compiled file
to forget.
"""

from datetime import UTC, tzinfo
from functools import cache
from pathlib import Path
from typing import Any, Literal

from babel.messages.pofile import read_po

from foundation.errors import MatPhoError, RowProblem
from foundation.timebase import ToldInstant, format_instant

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")
CATALOGUE = Path(__file__).with_name("locales") / "vi.po"


@cache
def _vietnamese() -> dict[str, str]:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="vi")
    return {str(m.id): str(m.string) for m in catalogue if m.id and m.string and not m.fuzzy}


def translate(language: Language, text: str, /, **fields: Any) -> str:
    """Return `text` in `language`, with `{fields}` filled in; an untranslated text stays English."""
    found = _vietnamese().get(text, text) if language == "vi" else text
    return found.format(**fields) if fields else found


def say_error(language: Language, error: MatPhoError, zone: tzinfo = UTC) -> tuple[str, str]:
    """Return an error's message and its mend (empty when there is none) in `language`, times in `zone`."""
    fields = {name: _told(language, value, zone) for name, value in error.fields.items()}
    message = translate(language, error.message).format(**fields)
    return message, translate(language, error.mend).format(**fields) if error.mend else ""


def say_row(language: Language, problem: RowProblem) -> str:
    fields = {name: _told(language, value, UTC) for name, value in problem.fields.items()}
    return translate(language, problem.message).format(**fields)


def _told(language: Language, value: Any, zone: tzinfo) -> Any:
    """Translate a field that is itself a text of the catalogue, such as a reason within a message."""
    if isinstance(value, ToldInstant):
        return format_instant(value.at_us, zone)
    return translate(language, value) if isinstance(value, str) else value
