"""Why a rule cannot be what somebody wrote, in texts of the catalogue: what the checker says is English only. Pure."""

from pydantic_core import ErrorDetails

from foundation.errors import N_

_PLAIN = {
    "int_parsing": N_("it must be a whole number"),
    "int_type": N_("it must be a whole number"),
    "int_from_float": N_("it must be a whole number"),
    "bool_parsing": N_("it must be yes or no"),
    "bool_type": N_("it must be yes or no"),
    "string_type": N_("it must be a text"),
}
_BOUNDED = {
    "greater_than_equal": ("ge", N_("it must be at least")),
    "less_than_equal": ("le", N_("it must be at most")),
    "string_too_long": ("max_length", N_("of characters it may have at most")),
    "too_long": ("max_length", N_("of days it may name at most")),
    "literal_error": ("expected", N_("it must be one of these:")),
}


def reason_of(error: ErrorDetails) -> tuple[str, str]:
    """Return a text of the catalogue and the bound that belongs behind it, empty for none."""
    kind, more = error["type"], error.get("ctx") or {}
    if kind in _PLAIN:
        return _PLAIN[kind], ""
    if kind in _BOUNDED:
        name, text = _BOUNDED[kind]
        return text, str(more[name]).replace("'", "").replace(" or ", ", ")
    if kind == "value_error":
        return str(more["error"]), ""
    return error["msg"], ""
