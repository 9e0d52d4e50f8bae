"""The questions of a registration: which fields each asks for, what was answered to it, and what is wrong with that."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from api.web.frame.advice import row_for_people
from api.web.frame.forms import Fields
from api.web.frame.places import DIRECTIONS, PositionSwapped, PositionUnreadable, read_position
from camera_registry import drafts
from camera_registry.duties import kept_too_long, not_begun
from camera_registry.fields import FIELDS, before_connection, has_connection, read
from camera_registry.rule_book import Rules
from foundation.errors import N_, MatPhoError, RowProblem
from foundation.language import Language, say_error

STEPS = ("where", "pin", "view", "owner", "photos")
OF_STEP: Mapping[str, tuple[str, ...]] = {
    "where": ("name", "unit"),
    "pin": ("lat", "lon", "position", "far_ok"),
    "view": ("bearing_deg", "hfov_deg", "range_m", "height_m"),
    "owner": ("owner_name", "owner_phone", "consent", "consent_date", "ask_owner", "sound_agreed"),
    "photos": ("sign_checked_date", "retention_days"),
}
BLANK: Mapping[str, str] = {name: "" for names in OF_STEP.values() for name in names} | {"status": "", "source": ""}
_ONLY_HERE = frozenset({"position", "far_ok", "consent", drafts.ASKED})
"""What is asked for the sake of another answer, and is no field of a camera."""
_TICKS = ("consent", "ask_owner", "sound_agreed", "far_ok")
_NEEDED: Mapping[str, tuple[str, ...]] = {"where": ("name",), "pin": ("lat", "lon")}
_LONGEST = 300
"""Characters of an answer that are kept; a field that is too long is refused at far fewer."""

MISSING = N_("is missing")
NO_PLACE = N_(
    "Tap on the map where it hangs, or stand there and press “Use my location”; who has no map writes both numbers below"
)
NO_WIDTH = N_("Choose how wide it sees: without it the direction counts for nothing")
NO_DAY = N_("Enter the day on which the owner agreed")
NO_TICK = N_("Tick this as well if the owner agreed, or empty the day below")
UNIT_UNKNOWN = N_("Choose one of your neighbourhoods")


@dataclass(frozen=True)
class Duties:
    """What an answer is held against beside what its field may hold: the day of now, and the rules of the unit."""

    language: Language
    now_us: int
    zone: tzinfo
    rules: Rules


def given_of(step: str, form: Fields) -> dict[str, str]:
    """Return what was answered to a step, as it was typed; of an address of a connection only what stands before it."""
    given = {name: form.text(name)[:_LONGEST] for name in OF_STEP.get(step, ()) if name in form}
    if step == "view" and not given.get("bearing_deg"):
        given["bearing_deg"] = form.text("compass")[:_LONGEST]
    if step == "check":
        given["status"] = "planned" if form.text("planned") else ""
    for name in _TICKS:
        if name in OF_STEP.get(step, ()):
            given[name] = form.text(name)[:_LONGEST]
    return given


def kept_of(given: Mapping[str, str]) -> dict[str, str]:
    """Return what of the answers may be kept: a password that slipped into a name may not."""
    return {name: before_connection(text) if has_connection(text) else text for name, text in given.items()}


def placed(language: Language, given: dict[str, str]) -> dict[str, str]:
    """Read the place that was told at once, if one was, into `given`; return what is wrong with it, by field."""
    text, both = given.get("position", ""), (given.get("lat", ""), given.get("lon", ""))
    try:
        if text:
            given |= {**read_position(text), "position": ""}
        elif all(both):
            read_position(f"{both[0].replace(',', '.')}, {both[1].replace(',', '.')}")
    except PositionSwapped as error:
        return {"position" if text else "lat": _said(language, error)}
    except PositionUnreadable as error:
        return {"position": _said(language, error)} if text else {}
    return {}


def faults_of(step: str, given: Mapping[str, Any], duties: Duties, begun: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with the answers to a step, by field; `begun` is what is known to be wrong already."""
    language, faults = duties.language, dict(begun)
    values, problems = read({name: value for name, value in given.items() if name in FIELDS}, 1)
    problems += not_begun(values, duties.now_us, duties.zone, 1) + kept_too_long(values, duties.rules, 1)
    for problem in problems:
        faults.setdefault(problem.field, row_for_people(language, problem, duties.zone))
    if step == "pin" and not any(given.get(name) for name in _NEEDED[step]) and "position" not in faults:
        return {**faults, "pin": row_for_people(language, RowProblem(1, "pin", NO_PLACE), duties.zone)}
    for name in _NEEDED.get(step, ()):
        if not given.get(name) and name not in faults and "position" not in faults:
            faults[name] = row_for_people(language, RowProblem(1, name, MISSING), duties.zone)
    for name, text in _half_said(step, given):
        faults.setdefault(name, row_for_people(language, RowProblem(1, name, text), duties.zone))
    return faults


def _half_said(step: str, given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the fields without which another answer would be lost, and what to say there."""
    if step == "view" and given.get("bearing_deg") and not given.get("hfov_deg"):
        return [("hfov_deg", NO_WIDTH)]
    if step == "owner" and given.get("consent") and not given.get("consent_date"):
        return [("consent_date", NO_DAY)]
    if step == "owner" and given.get("consent_date") and not given.get("consent"):
        return [("consent", NO_TICK)]
    return []


def consented(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers with the tick of consent, which those of earlier versions had only by its day."""
    return {"consent": "yes" if fields.get("consent_date") else "", **fields}


def values_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the camera to be."""
    return {name: value for name, value in fields.items() if value not in ("", None) and name not in _ONLY_HERE}


def answered_steps(fields: Mapping[str, Any], photos: list[str]) -> set[str]:
    """Return the steps to which something was answered."""
    has = {
        "where": bool(fields.get("name")),
        "pin": bool(fields.get("lat") and fields.get("lon")),
        "view": bool(fields.get("bearing_deg") and fields.get("hfov_deg")),
        "owner": bool(fields.get("owner_name") or fields.get("consent_date")),
        "photos": bool(photos or fields.get("sign_checked_date")),
    }
    return {step for step, done in has.items() if done}


def direction_of(fields: Mapping[str, Any]) -> tuple[str, float] | None:
    """Return the word for a direction, a text of the catalogue, and its degrees; None where it is not told or not readable."""
    values, _ = read({"bearing_deg": fields.get("bearing_deg", "")}, 1)
    degrees = values.get("bearing_deg")
    return None if degrees is None else (word_of(degrees), degrees)


def word_of(degrees: float) -> str:
    """Return the nearest of the eight directions, a text of the catalogue."""
    return DIRECTIONS[round(degrees / 45) % 8][1]


def _said(language: Language, error: MatPhoError) -> str:
    return " ".join(f"{part}." for part in say_error(language, error) if part)


def answers_to(step: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: fields[name] for name in OF_STEP[step] if name in fields}


def next_step(fields: Mapping[str, Any]) -> str:
    """Return the first step to which nothing was answered, the last when there is none."""
    answered = answered_steps(fields, [])
    return next((step for step in STEPS if step not in answered), STEPS[-1])
