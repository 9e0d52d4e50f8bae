"""Pages packed for the way: heads pay for their data. Each is longer by a random few bytes, so that its length tells little."""

import gzip
import io
import secrets

from fastapi import Request

_LEAST_BYTES = 1000
_LEVEL = 5
_MOST_PADDING = 100


def packed(request: Request, page: bytes) -> bytes | None:
    """Return the page as gzip (RFC 1952); None when it is small or the browser does not take it.

    The padding is the name of the file that every such answer may carry (2.3.1), random in length and text.
    """
    if len(page) < _LEAST_BYTES or "gzip" not in request.headers.get("accept-encoding", ""):
        return None
    out = io.BytesIO()
    name = secrets.token_hex(_MOST_PADDING)[: 1 + secrets.randbelow(_MOST_PADDING)]
    with gzip.GzipFile(name, "wb", _LEVEL, out, mtime=0) as file:
        file.write(page)
    return out.getvalue()
