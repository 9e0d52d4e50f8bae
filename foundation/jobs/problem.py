"""Why a job failed, in a form that can be stored now and shown later in any language."""

from typing import Any

from foundation.errors import N_, MatPhoError, RowsRefused


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


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
