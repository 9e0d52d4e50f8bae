"""Why each hostile file is refused: a file refused for another reason than its fault proves nothing."""

from pathlib import Path

from foundation.mp4.errors import Mp4Unreadable
from tests.support.mp4_build import read_bytes
from tests.support.mp4_museum import hostile

REFUSALS = Path(__file__).with_name("refusals.txt")


def reason(data: bytes) -> str:
    try:
        read_bytes(data)
    except Mp4Unreadable as error:
        return f"{error.fields['where']}: {error.fields['why']}"
    return "read"


def test_each_file_is_refused_for_its_fault() -> None:
    found = "".join(f"{name}: {reason(data)}\n" for name, data in hostile().items())
    assert found == REFUSALS.read_text()
