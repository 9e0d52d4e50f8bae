"""Which language and which media type a request prefers (RFC 9110 section 12.5). Pure."""

from collections.abc import Mapping, Sequence

from foundation.errors import N_, BadInput
from foundation.language import LANGUAGES, Language


class FormatUnknown(BadInput):
    code = "format_unknown"
    message = N_("There is no answer in the format “{asked}”")
    mend = N_("Known formats are: {known}")


def language_of(accept_language: str | None, default: Language) -> Language:
    """Return the language that `Accept-Language` weighs highest among ours; a tie goes to the one named first."""
    best: Language = default
    best_weight = 0.0
    for name, weight in _weighed(accept_language or ""):
        for ours in LANGUAGES:
            if name.split("-", maxsplit=1)[0] == ours and weight > best_weight:
                best, best_weight = ours, weight
    return best


def media_type_of(accept: str | None, offered: Sequence[str]) -> str:
    """Return the offered type that `Accept` weighs highest; the first offered one when it names none of them.

    Section 12.5.1 allows to answer in another type than those accepted; a browser or curl gets something readable.
    """
    best, best_weight = offered[0], 0.0
    for name, weight in _weighed(accept or ""):
        if name == "*/*" and weight >= best_weight and best_weight == 0.0:
            best, best_weight = offered[0], weight
        elif name in offered and weight > best_weight:
            best, best_weight = name, weight
    return best


def asked_type(accept: str | None, asked: str | None, formats: Mapping[str, str]) -> str:
    """Return the media type of an answer: that of the format `asked` for by name, else by `Accept`. Raises `FormatUnknown`."""
    if asked is None:
        return media_type_of(accept, list(formats.values()))
    if asked not in formats:
        raise FormatUnknown(asked=asked[:40], known=", ".join(formats))
    return formats[asked]


def _weighed(field: str) -> list[tuple[str, float]]:
    found = []
    for item in field.split(",")[:50]:
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                weight = _weight(parameter[2:])
        if name and weight > 0:
            found.append((name, weight))
    return found


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0
