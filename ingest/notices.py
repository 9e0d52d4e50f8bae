"""What an import left out or had to assume. It is told to the person, and kept with the import."""

from dataclasses import dataclass, field
from typing import Any

from foundation.errors import N_

LEADING = N_("{count} frames before the first key frame cannot be decoded and were left out")
HOLE = N_("The file has no footage from {start} to {end} of its running time")
JUMP = N_("The times in the file go back at {at}; what follows is placed directly behind")
TOO_LONG = N_("From {start} to {end} of its running time there is no key frame to cut at; this part was left out")
NO_KEY = N_("{count} frames after a hole have no key frame before them and were left out")
SOUND_UNSUPPORTED = N_("The sound is coded as {codec}, which cannot be kept, and was left out")
SOUND_LATE = N_("{count} packets of sound lie far from their pictures and were left out")
CODING_UNKNOWN = N_("From {start} the pictures are coded in another way, which cannot be kept; they were left out")
TIMES_MISSING = N_("{count} frames carry no time; they were placed one frame behind the other")
TORN = N_("The file ends in the middle: {why}")
DAMAGED = N_("{count} frames are marked as damaged; they are kept as they are")

_MOST = 200


@dataclass(frozen=True)
class Notice:
    """`message` is a template over `fields`, translated where it is shown."""

    message: str
    fields: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {"message": self.message, "fields": self.fields}


@dataclass
class Notices:
    """Collects notices in order; what is only counted becomes one line, and a hostile file cannot fill memory."""

    _items: list[Notice] = field(default_factory=list)
    _counts: dict[str, int] = field(default_factory=dict)

    def add(self, message: str, **fields: Any) -> None:
        notice = Notice(message, fields)
        if len(self._items) < _MOST and notice not in self._items:
            self._items.append(notice)

    def count(self, message: str, number: int = 1) -> None:
        self._counts[message] = self._counts.get(message, 0) + number

    def all(self) -> list[Notice]:
        return [*self._items, *(Notice(message, {"count": number}) for message, number in self._counts.items())]
