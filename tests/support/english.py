"""English where Vietnamese should be: texts of the catalogue that a page says untranslated."""

import re
from functools import cache

from playwright.sync_api import Page

from tests.support.catalogue import catalogue

_SHORTEST = 12
"""Shorter pieces are words that names and codes may contain as well."""
_SAID = """() => [[...document.querySelectorAll("body [lang=en]")].reduce((text, one) => text.replace(one.innerText, ""), document.body.innerText), document.title,
  ...[...document.querySelectorAll("[aria-label], [title], [alt], [placeholder]")].flatMap((one) =>
    ["aria-label", "title", "alt", "placeholder"].map((name) => one.getAttribute(name) ?? "")),
].join("\\n")"""


@cache
def _pieces() -> dict[str, str]:
    """Return the longest piece between the fields of each text -> the text."""
    found = {}
    for message in catalogue():
        text, told = str(message.id), str(message.string)
        pieces = [piece.strip(" .,:;()") for piece in re.split(r"\{[^}]*\}|\s*\n\s*", text)]
        longest = max(pieces, key=len)
        if len(longest) >= _SHORTEST and " " in longest and longest not in told:
            found[longest] = text
    return found


def english_on(page: Page) -> list[str]:
    """Return the texts of the catalogue that this page, which should be Vietnamese, says in English."""
    said = str(page.evaluate(_SAID))
    return [text for piece, text in _pieces().items() if piece in said]
