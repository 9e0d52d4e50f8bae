"""Thousands of plain questions over one connection: what httpx does for each takes longer than most answers."""

import json as coding
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

_PATIENCE_S = 30


@dataclass(frozen=True)
class Answer:
    """`headers` have small letters."""

    status_code: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode(errors="replace")

    def json(self) -> Any:
        return coding.loads(self.content)


class Asking:
    """A kept-alive connection to `http://host:port`; redirects are answers."""

    def __init__(self, address: str) -> None:
        self._connection = HTTPConnection(urlsplit(address).netloc, timeout=_PATIENCE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def request(
        self, method: str, path: str, *, headers: dict[str, str], params: dict[str, Any] | None = None, json: Any = None
    ) -> Answer:
        body = None if json is None else coding.dumps(json).encode()
        if body is not None:
            headers = headers | {"Content-Type": "application/json"}
        asked = quote(path) + (f"?{urlencode(params)}" if params else "")
        self._connection.request(method, asked, body, headers)
        answer = self._connection.getresponse()
        fields = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, fields, answer.read())
