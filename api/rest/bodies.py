"""Files sent as the body itself, named by a parameter: no form to take apart, and any length streams."""

from typing import Annotated, Any

from fastapi import Query

JSON_LIMIT_BYTES = 64 * 2**10

RAW_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
FileName = Annotated[
    str, Query(min_length=1, max_length=255, description="The file's own name; its ending tells what it is")
]
