"""What the framework's validation found, told like our own errors: which field, what is wrong, what mends it."""

from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic_core import PydanticCustomError

from api.problems import STATUS, problem
from foundation.errors import N_, ErrorKind, MatPhoError
from foundation.language import Language, translate

CODE = "request_invalid"

# pydantic's error types, with its context names as fields; what is not here is told in pydantic's own English.
_TEXTS: dict[str, str] = {
    "missing": N_("This is required"),
    "extra_forbidden": N_("There is no field of this name"),
    "int_parsing": N_("A whole number is needed"),
    "int_type": N_("A whole number is needed"),
    "int_from_float": N_("A whole number is needed"),
    "float_parsing": N_("A number is needed"),
    "float_type": N_("A number is needed"),
    "finite_number": N_("A finite number is needed"),
    "bool_parsing": N_("Give true or false"),
    "bool_type": N_("Give true or false"),
    "string_type": N_("A text is needed"),
    "string_too_short": N_("The text is too short: at least {min_length} letters"),
    "string_too_long": N_("The text is too long: at most {max_length} letters"),
    "string_pattern_mismatch": N_("The text does not have the form {pattern}"),
    "greater_than": N_("Give a number greater than {gt}"),
    "greater_than_equal": N_("Give at least {ge}"),
    "less_than": N_("Give a number less than {lt}"),
    "less_than_equal": N_("Give at most {le}"),
    "literal_error": N_("Give one of {expected}"),
    "enum": N_("Give one of {expected}"),
    "json_invalid": N_("This is not JSON: {error}"),
    "model_attributes_type": N_("A JSON object is needed"),
    "dict_type": N_("A JSON object is needed"),
    "date_from_datetime_parsing": N_("Give a date like 2026-03-07"),
    "date_parsing": N_("Give a date like 2026-03-07"),
}


def as_field_error(error: MatPhoError) -> PydanticCustomError:
    """Turn our own error into one that pydantic attaches to the field it is validating."""
    context = {"template": error.message, "mend": error.mend, "given": error.fields}
    return PydanticCustomError("matpho", "{code}", {"code": error.code, **context})  # type: ignore[arg-type,unused-ignore]


def from_validation(request: Request, error: RequestValidationError, language: Language) -> Response:
    errors = [_one(language, found) for found in error.errors()]
    status, title = STATUS[ErrorKind.INVALID]
    detail = "; ".join(f"{one['field']}: {one['detail']}" for one in errors)
    return problem(request, status, CODE, translate(language, title), detail, language=language, errors=errors)


def _one(language: Language, found: dict[str, Any]) -> dict[str, Any]:
    place = [str(part) for part in found["loc"]]
    context = found.get("ctx", {})
    told = {"field": ".".join(place[1:]) or place[0], "pointer": "/" + "/".join(place), "code": found["type"]}
    if found["type"] == "matpho":
        given = context["given"]
        mend = translate(language, context["mend"]).format(**given) if context["mend"] else ""
        told |= {"code": context["code"], "detail": translate(language, context["template"]).format(**given)}
        return told | ({"mend": mend} if mend else {})
    text = _TEXTS.get(found["type"])
    return told | {"detail": translate(language, text).format(**context) if text else found["msg"]}
