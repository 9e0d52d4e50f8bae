"""Why a job failed, in a form that can be stored now and shown later in any language."""

from typing import Any

from foundation.errors import N_, MatPhoError, RowsRefused
from foundation.language import Language, translate


class JobGivenUp(MatPhoError):
    code = "job_given_up"
    message = N_("The job was begun {times} times and its process died each time")
    mend = N_("Look for the reason in the service's log, then ask for the job again")


class JobFailed(MatPhoError):
    code = "job_failed"
    message = N_("The job failed inside the service ({incident})")
    mend = N_("Look for this number in the service's log")


def problem_of(error: MatPhoError) -> dict[str, Any]:
    """Return `code`, `kind`, `message`, `mend` (templates), `fields`, and `rows` when there are any."""
    problem: dict[str, Any] = {
        "code": error.code,
        "kind": str(error.kind),
        "message": error.message,
        "mend": error.mend,
        "fields": {name: _plain(value) for name, value in error.fields.items()},
    }
    if isinstance(error, RowsRefused):
        problem["rows"] = [
            {"line": row.line, "field": row.field, "message": row.message, "fields": row.fields}
            for row in error.problems
        ]
    return problem


def say_problem(language: Language, told: dict[str, Any]) -> tuple[str, str]:
    """Return message and mend (empty when there is none) of a stored problem; reasons within them are texts, too."""
    fields = {
        name: translate(language, value) if isinstance(value, str) else value
        for name, value in (told.get("fields") or {}).items()
    }
    message, mend = (translate(language, told.get(name) or "").format(**fields) for name in ("message", "mend"))
    return message, mend


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
