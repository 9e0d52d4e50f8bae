"""Passwords: argon2id with the parameters that RFC 9106 recommends second (64 MiB, three passes), a few at a time.

A hash carries its parameters, so raising them later rehashes each password at its next use.
"""

import os
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from camera_registry.search import fold
from foundation.errors import N_, BadInput

SHORTEST, LONGEST = 12, 256
FEWEST_GUESSES = 10**8
"""What is reckoned to be found in fewer falls to somebody who has a stolen copy of the hashes, slow as they are."""
_JUDGED = 32
"""So many letters are judged: more make nothing easier to guess, and reckoning takes longer the more there are (of 72 it is seconds)."""
_KNOWN = ("matpho", "mat pho", "matkhau", "mat khau", "camera")
TIME_COST, MEMORY_KIB, LANES = 3, 64 * 1024, 4
_FEWEST_LETTERS = 5


class PasswordWeak(BadInput):
    code = "password_weak"
    message = N_("This password is too easy to guess")
    mend = N_(
        "Take at least {shortest} letters, for example four words; not your sign-in name, not one letter repeated"
    )


class PasswordGuessable(PasswordWeak):
    code = "password_guessable"
    message = N_("This password is too easy to guess: such rows, words and repetitions are tried first")
    mend = N_(
        "Take four words that do not belong together, with or without accents; not only digits, no row of keys, no year"
    )


class Passwords:
    """Hashes and verifies. At most one hash a core at a time: each takes 64 MiB, and whoever sends thousands must wait."""

    def __init__(self, memory_kib: int = MEMORY_KIB) -> None:
        self._hasher = PasswordHasher(TIME_COST, memory_kib, LANES, type=Type.ID)
        self._room = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        with self._room:
            return self._hasher.hash(_plain(password))

    def verify(self, stored: str | None, password: str) -> bool:
        """Tell whether it is the password. Without a stored one it takes just as long, and is not."""
        with self._room:
            try:
                self._hasher.verify(stored or self._nobody, _plain(password)[: 4 * LONGEST])
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None

    def outdated(self, stored: str) -> bool:
        return self._hasher.check_needs_rehash(stored)


def refuse_weak(password: str, sign_in: str) -> None:
    """Length is what counts, and that it is not among the first that are tried (NIST SP 800-63B); no rules about kinds of letters.

    Raises `PasswordWeak`.
    """
    plain = _plain(password)
    letters = set(plain.casefold())
    if not SHORTEST <= len(plain) <= LONGEST or len(letters) < _FEWEST_LETTERS or sign_in in plain.casefold():
        raise PasswordWeak(shortest=SHORTEST)
    if _guesses(plain, sign_in) < FEWEST_GUESSES:
        raise PasswordGuessable


def _guesses(plain: str, sign_in: str) -> int:
    """Return after how many guesses it is found; without its accents, with which the lists of passwords know nothing."""
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists take 50 ms to load, and few commands need them

    return int(zxcvbn(fold(plain)[:_JUDGED], user_inputs=[sign_in, *_KNOWN])["guesses"])


def _plain(password: str) -> str:
    """Return one form for what different keyboards send for the same Vietnamese letters."""
    return unicodedata.normalize("NFKC", password.encode("utf-8", "replace").decode())
