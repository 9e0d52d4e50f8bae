"""One class for each failure, with typed fields and a kind from a closed list.

    MatPhoError
    ├── BadInput ............ the caller can mend it; nothing was changed
    │   └── RowsRefused ..... an import with the problems of all its rows
    ├── NotFound, Conflict, Stale, Gone, Forbidden, TooLarge, TooMany
    ├── Unknown ............. nobody knows who is asking
    ├── Corrupt ............. stored bytes are not what we wrote
    └── Unavailable ......... a disk, database or store does not answer

HTTP status codes and exit codes are mapped from `kind` in one table each, in `api` and in the command line.
"""

import dataclasses
from enum import StrEnum
from typing import Any, ClassVar


def N_(text: str) -> str:  # noqa: N802 - gettext's name for "to be translated when shown"
    """Mark a text for the catalogue. It is translated where it is shown, in the reader's language."""
    return text


class ErrorKind(StrEnum):
    INVALID = "invalid"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    STALE = "stale"
    GONE = "gone"
    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"
    TOO_MANY = "too_many"
    TOO_LARGE = "too_large"
    CORRUPT = "corrupt"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


class MatPhoError(Exception):
    """Base of all our errors. Subclasses set `code`, `message` and, where there is one, `mend`.

    `message` and `mend` are templates for `str.format` over the fields given to the constructor. A field never
    carries a secret: errors are shown, logged and exported.
    """

    kind: ClassVar[ErrorKind] = ErrorKind.INTERNAL
    code: ClassVar[str] = "internal"
    message: ClassVar[str] = N_("Something failed inside the service")
    mend: ClassVar[str] = ""

    def __init__(self, **fields: Any) -> None:
        super().__init__(fields)
        self.fields = fields

    def __str__(self) -> str:
        text = self.message.format(**self.fields)
        return f"{text}. {self.mend.format(**self.fields)}" if self.mend else text


class BadInput(MatPhoError):
    kind = ErrorKind.INVALID
    code = "bad_input"
    message = N_("The input cannot be used")


class NotFound(MatPhoError):
    kind = ErrorKind.NOT_FOUND
    code = "not_found"
    message = N_("There is no {what} “{name}”")


class Conflict(MatPhoError):
    kind = ErrorKind.CONFLICT
    code = "conflict"
    message = N_("This conflicts with what is stored")


class Stale(MatPhoError):
    kind = ErrorKind.STALE
    code = "stale"
    message = N_("Somebody else changed {what} “{name}” in the meantime")
    mend = N_("Read it again, then repeat the change")


class Gone(MatPhoError):
    kind = ErrorKind.GONE
    code = "gone"
    message = N_("This footage is no longer kept")


class Forbidden(MatPhoError):
    kind = ErrorKind.FORBIDDEN
    code = "forbidden"
    message = N_("This is not permitted")


class Unknown(MatPhoError):
    """Who is asking has not shown who it is; `Forbidden` is for those who have."""

    kind = ErrorKind.UNKNOWN
    code = "unknown"
    message = N_("Nobody knows who is asking")


class TooMany(MatPhoError):
    kind = ErrorKind.TOO_MANY
    code = "too_many"
    message = N_("Too many attempts; the next one is possible in {seconds} s")


class TooLarge(MatPhoError):
    kind = ErrorKind.TOO_LARGE
    code = "too_large"
    message = N_("{what} is larger than allowed: {size} against {limit}")


class Corrupt(MatPhoError):
    kind = ErrorKind.CORRUPT
    code = "corrupt"
    message = N_("Stored data is damaged: {what}")


class Unavailable(MatPhoError):
    kind = ErrorKind.UNAVAILABLE
    code = "unavailable"
    message = N_("{what} does not answer at the moment")


@dataclasses.dataclass(frozen=True)
class RowProblem:
    """What is wrong with one field of one row of an import; `line` counts from 1 and includes the header."""

    line: int
    field: str
    message: str
    fields: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.line}, {self.field}: {self.message.format(**self.fields)}"


class RowsRefused(BadInput):
    """All or nothing: one bad row and nothing of the file is kept."""

    code = "rows_refused"
    message = N_("{file}: {count} problems; nothing was imported")
    mend = N_("Mend the named fields and import the file again")

    def __init__(self, file: str, problems: list[RowProblem]) -> None:
        super().__init__(file=file, count=len(problems))
        self.problems = problems
