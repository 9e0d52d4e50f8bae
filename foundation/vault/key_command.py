"""A key keeper that is a program of the house: asked on standard input, answering on standard output, one JSON document each.

What it must understand is in docs/ref/key-command.md. It runs without a shell and without our settings, is ended when it
takes too long, and of what it complains only the last line goes to the log, and not if it repeats what it was given.
"""

import base64
import binascii
import json
import logging
import os
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from foundation.settings import PREFIX
from foundation.timebase import InstantUnreadable, parse_instant
from foundation.vault.envelope import KEY
from foundation.vault.errors import KeyAnswerBad, KeyCommandFailed, KeyIsCurrent
from foundation.vault.keeper import KeyInfo, Wrapped

log = logging.getLogger(__name__)

PATIENCE_S = 30.0
_KIND = "command"
_LONGEST_ID, _LONGEST_WRAPPED = 200, 4096
_TOLD = 200
_SHORTEST_SECRET = 8


class KeyCommand:
    """Implements `KeyKeeper`."""

    def __init__(self, command: str, patience_s: float = PATIENCE_S) -> None:
        """Raises `KeyCommandFailed` for a command line that cannot be read."""
        try:
            self._command = shlex.split(command)
        except ValueError as error:
            raise KeyCommandFailed(why=str(error)) from error
        if not self._command:
            raise KeyCommandFailed(why="it is empty")
        self._patience_s = patience_s

    @property
    def kind(self) -> str:
        return _KIND

    def known(self) -> list[KeyInfo]:
        found = [self._info(item) for item in self._ask({"do": "keys"}, "keys")]
        if not found:
            raise KeyAnswerBad(why="there is no key")
        return found

    def wrap(self, items: Sequence[tuple[bytes, str]]) -> list[Wrapped]:
        if not items:
            return []
        asked = [{"key": _coded(key), "context": context} for key, context in items]
        answer = self._ask({"do": "wrap", "items": asked}, "items", len(items))
        return [Wrapped(_our_id(item), _bytes(item, "wrapped", _LONGEST_WRAPPED)) for item in answer]

    def unwrap(self, items: Sequence[tuple[Wrapped, str]]) -> list[bytes | None]:
        if not items:
            return []
        asked = [
            {"id": wrapped.key_id.removeprefix(f"{_KIND}:"), "wrapped": _coded(wrapped.data), "context": context}
            for wrapped, context in items
        ]
        answer = self._ask({"do": "unwrap", "items": asked}, "items", len(items))
        found = [None if item.get("key") is None else _bytes(item, "key", KEY) for item in answer]
        if any(key is not None and len(key) != KEY for key in found):
            raise KeyAnswerBad(why=f"a key is not of {KEY} bytes")
        return found

    def renew(self) -> KeyInfo:
        (item,) = self._ask({"do": "renew"}, "keys", 1)
        return self._info(item)

    def retire(self, key_id: str) -> None:
        if self.known()[0].id == key_id:
            raise KeyIsCurrent(key=key_id)
        self._ask({"do": "retire", "id": key_id.removeprefix(f"{_KIND}:")}, "keys")

    def _info(self, item: Mapping[str, Any]) -> KeyInfo:
        made = item.get("made")
        try:
            return KeyInfo(_our_id(item), None if made is None else parse_instant(str(made)))
        except InstantUnreadable:
            raise KeyAnswerBad(why="“made” is no time with its offset") from None

    def _ask(self, question: dict[str, Any], name: str, count: int | None = None) -> list[dict[str, Any]]:
        """Return the list `name` of the answer, of `count` objects where that is known."""
        try:
            told = json.loads(self._run(json.dumps(question).encode(), _secrets_in(question)))
        except ValueError:
            raise KeyAnswerBad(why="it is not JSON") from None
        found = told.get(name) if isinstance(told, dict) else None
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise KeyAnswerBad(why=f"“{name}” is not a list of objects")
        if count is not None and len(found) != count:
            raise KeyAnswerBad(why=f"“{name}” has {len(found)} items, not {count}")
        return found

    def _run(self, question: bytes, secrets: Sequence[str]) -> bytes:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        try:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                start_new_session=True,  # so that what it starts ends with it
            )
        except OSError as error:
            raise KeyCommandFailed(why=error.strerror or type(error).__name__) from error
        with process:
            try:
                answer, complaint = process.communicate(question, self._patience_s)
            except subprocess.TimeoutExpired:
                _end(process)
                raise KeyCommandFailed(why=f"no answer within {self._patience_s:g} s") from None
        if process.returncode:
            log.error("the program of MATPHO_KEY_COMMAND says: %s", _told(complaint, secrets))
            raise KeyCommandFailed(why=f"exit code {process.returncode}")
        return answer


def _end(process: "subprocess.Popen[bytes]") -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()


def _secrets_in(question: Mapping[str, Any]) -> list[str]:
    items = question.get("items", [])
    return [str(item[name]) for item in items for name in ("key", "wrapped") if name in item]


def _told(complaint: bytes, secrets: Sequence[str]) -> str:
    """Return the last line of a complaint, unless it repeats what is secret."""
    lines = complaint.decode(errors="replace").strip().splitlines()
    last = "".join(letter for letter in lines[-1] if letter.isprintable())[:_TOLD] if lines else "nothing"
    quoted = any(secret[:_SHORTEST_SECRET] in last for secret in secrets)
    return "what must not be told" if quoted else last


def _our_id(item: Mapping[str, Any]) -> str:
    name = item.get("id")
    if not isinstance(name, str) or not name.isprintable() or not 0 < len(name.encode()) <= _LONGEST_ID:
        raise KeyAnswerBad(why="“id” is not the id of a key")
    return f"{_KIND}:{name}"


def _bytes(item: Mapping[str, Any], name: str, longest: int) -> bytes:
    try:
        found = base64.b64decode(str(item[name]), validate=True)
    except (KeyError, binascii.Error):
        raise KeyAnswerBad(why=f"“{name}” is not base64") from None
    if not 0 < len(found) <= longest:
        raise KeyAnswerBad(why=f"“{name}” has {len(found)} bytes")
    return found


def _coded(data: bytes) -> str:
    return base64.b64encode(data).decode()
