"""The gettext catalogue from the texts in the code: `python -m tests.support.catalogue update`.

The English text is the message id; `update` keeps what is translated, adds what is new, and drops what nobody says any
more. The file holds the sources of a text without line numbers, so that it only changes when texts do.
"""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from foundation.language import CATALOGUE

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "access",
    "api",
    "audit",
    "camera_registry",
    "extract",
    "foundation",
    "ingest",
    "matpho",
    "migrations",
    "people",
)


def sources() -> Iterator[Path]:
    """Yield the files of our packages, in order."""
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))
    yield from sorted((ROOT / "api" / "web" / "templates").rglob("*.html"))


def texts() -> dict[str, list[str]]:
    """Return every marked text with the files that say it."""
    found: dict[str, list[str]] = {}
    for path in sources():
        with path.open("rb") as file:
            # Papers `say` in the language of the paper what pages say with `_` in that of the reader.
            kind, marks = ("python", ("N_",)) if path.suffix == ".py" else ("jinja2", ("_", "say"))
            keywords = dict.fromkeys(marks)
            for _, text, _, _ in extract(kind, file, keywords=keywords, options={"encoding": "utf-8"}):
                assert isinstance(text, str)
                places = found.setdefault(text, [])
                name = path.relative_to(ROOT).as_posix()
                if name not in places:
                    places.append(name)
    return found


def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="vi")


def merged() -> bytes:
    """Return the catalogue as it should be: exactly the texts of the code, translations kept."""
    known = {str(message.id): str(message.string or "") for message in catalogue() if message.id}
    fresh = Catalog(locale="vi")
    for text, places in sorted(texts().items()):
        fresh.add(text, known.get(text, ""), locations=[(place, 0) for place in places])
    out = io.BytesIO()
    write_po(out, fresh, width=120, include_lineno=False, sort_output=True, omit_header=True)
    head = b'# Vietnamese texts; the English text is the id.\nmsgid ""\nmsgstr ""\n"Language: vi\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    return head + out.getvalue()


def main(arguments: list[str]) -> int:
    if arguments != ["update"]:
        sys.stderr.write("python -m tests.support.catalogue update\n")
        return 2
    CATALOGUE.write_bytes(merged())
    missing = sum(1 for message in catalogue() if message.id and not message.string)
    sys.stdout.write(f"{len(texts())} texts, {missing} without a translation\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
