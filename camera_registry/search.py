"""Search that forgives missing accents: people type "duong lang" and mean "Đường Láng". Pure."""

import re
import unicodedata

_D = str.maketrans("đĐ", "dd")  # a letter of its own in Unicode, without a decomposition
_WORDS = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Return `text` in lower case, without accents, đ as d, blanks squeezed."""
    plain = unicodedata.normalize("NFD", text.translate(_D).lower())
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


def words(text: str) -> list[str]:
    """Return the words of `text`, folded."""
    return _WORDS.findall(fold(text))


def rank(query: str, text: str) -> int:
    """Return how well `text` answers `query`: 0 is best, and what has the same accents goes before what has not.

    0 and 1: begins with the query; 2 and 3: contains it; 4: contains its words somewhere.
    """
    exact, wanted = _composed(text), _composed(query)
    if exact.startswith(wanted):
        return 0
    folded, plain = fold(text), fold(query)
    if wanted in exact:
        return 2 if not folded.startswith(plain) else 1
    if folded.startswith(plain):
        return 1
    return 3 if plain in folded else 4


def _composed(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).lower().split())
