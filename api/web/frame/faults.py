"""What is wrong with a form, told at the field that it is about."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from api.problems import STATUS
from api.web.frame.advice import told
from api.web.frame.shell import show, speaking
from api.wiring import service_of
from foundation.errors import N_, BadInput, MatPhoError


class ChoiceMissing(BadInput):
    code = "choice_missing"
    message = N_("Nothing is chosen here")
    mend = N_("Choose one of the list")


class FieldEmpty(BadInput):
    code = "field_empty"
    message = N_("Nothing is written here")
    mend = N_("Fill this in")


class FieldFault(Exception):
    """An error and the field of the form that it is about; empty for the form as a whole."""

    def __init__(self, name: str, error: MatPhoError) -> None:
        super().__init__(name)
        self.name, self.error = name, error


def show_fault(request: Request, template: str, fault: FieldFault | None, /, **values: Any) -> Response:
    """Return a page with the fault at its field; the status is that of the error. Without a fault just the page."""
    if fault is None:
        return show(request, template, faults={}, **values)
    if not fault.name:
        return show(request, template, fault.error, faults={}, **values)
    faults = {fault.name: told(speaking(request), fault.error, service_of(request).zone)}
    answer = show(request, template, faults=faults, **values)
    answer.status_code = STATUS[fault.error.kind][0]
    return answer


def fault_of(error: MatPhoError, fields: Mapping[type[MatPhoError], str]) -> FieldFault:
    """Return the error at the field that errors of its class are about."""
    return FieldFault(next((name for kind, name in fields.items() if isinstance(error, kind)), ""), error)


def faults_told(request: Request, wrong: Mapping[str, MatPhoError]) -> dict[str, str]:
    """Return what is wrong with each field, as sentences."""
    language, zone = speaking(request), service_of(request).zone
    return {name: told(language, error, zone) for name, error in wrong.items()}


def show_faults(request: Request, template: str, wrong: Mapping[str, MatPhoError], /, **values: Any) -> Response:
    """Return a page with each fault at its field, that of no field ("") above; the status is that of the first. Without any just the page."""
    above = wrong.get("")
    at_fields = {name: error for name, error in wrong.items() if name}
    answer = show(request, template, above, faults=faults_told(request, at_fields), **values)
    if wrong:
        answer.status_code = STATUS[next(iter(wrong.values())).kind][0]
    return answer
