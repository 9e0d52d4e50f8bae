"""The rules of a unit, as they can be written down. Pure. docs/ref/rules.md is generated from here.

Where a rule is about a duty of data protection, docs/design/data-protection.md tells which and from where.
"""

import re
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from foundation.errors import N_

_HOURS = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_ANY_CASE = re.compile(r"[^\W_][\w./-]{2,39}")
_FORMAT = re.compile(r"[\w*./ ()-]+")
_WORDS = {"có": True, "không": False}
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_SIGNS = {"9": r"\d", "A": "[A-Z]", "*": r"[^\W_]{1,20}"}


def _day(text: str) -> date:
    """Raises ValueError."""
    found = _DAY.fullmatch(text)
    return date(*(int(part) for part in found.groups()[::-1])) if found else date.fromisoformat(text)


class Rules(BaseModel):
    """The rules for one unit at one time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    case_format: str = Field(
        "",
        max_length=40,
        description=N_("how case numbers look: 9 a digit, A a capital letter, * some of both, else itself"),
    )
    case_reuse: Literal["free", "same_person", "once"] = Field(
        "same_person", description=N_("who may ask again with the same case number: anybody, the same person, nobody")
    )
    most_cameras: int = Field(50, ge=1, le=500, description=N_("cameras in one request"))
    most_minutes: int = Field(720, ge=1, le=7 * 1440, description=N_("minutes of footage in one request"))
    automatic_minutes: int = Field(0, ge=0, le=1440, description=N_("longest window approved without a human; 0: none"))
    automatic_cameras: int = Field(3, ge=1, le=50, description=N_("most cameras approved without a human"))
    automatic_age_hours: int = Field(
        24, ge=1, le=720, description=N_("how old footage approved without a human may be")
    )
    automatic_per_day: int = Field(3, ge=1, le=100, description=N_("approvals without a human for one person in a day"))
    decide_days: int = Field(7, ge=1, le=60, description=N_("days until an undecided request expires"))
    grant_hours: int = Field(72, ge=1, le=24 * 90, description=N_("how long a grant lasts"))
    grant_downloads: int = Field(20, ge=1, le=10_000, description=N_("clips that may be made under one grant"))
    grant_pre_roll: bool = Field(
        default=True, description=N_("whether a grant allows the pre-roll before its window that exact clips need")
    )
    break_glass: bool = Field(default=True, description=N_("whether footage may be seen now and reviewed afterwards"))
    break_glass_neighbours: bool = Field(default=False, description=N_("whether people of other units may do so, too"))
    break_glass_hours: int = Field(4, ge=1, le=72, description=N_("how long footage may be seen before the review"))
    review_hours: int = Field(24, ge=1, le=720, description=N_("until when break-glass is reviewed"))
    automatic_review_days: int = Field(14, ge=1, le=365, description=N_("until when automatic approvals are reviewed"))
    wide_minutes: int = Field(180, ge=1, le=10_080, description=N_("from how many minutes on a window is called wide"))
    duty_hours: str = Field("00:00-00:00", description=N_("hours of duty in the zone of the service; equal: all day"))
    needs_consent: bool = Field(default=False, description=N_("whether a camera needs `consent_date` to become active"))
    needs_sign: bool = Field(
        default=False, description=N_("whether a camera needs `sign_checked_date` to become active")
    )
    most_retention_days: int = Field(
        0, ge=0, le=36_500, description=N_("most days of footage, also of cameras that say nothing; 0: no ceiling")
    )
    sound_allowed: bool = Field(
        default=True, description=N_("whether sound is recorded where the owner agreed, and any is given out")
    )
    acknowledge_working_days: int = Field(
        2, ge=1, le=30, description=N_("working days until a request of a data subject is acknowledged")
    )
    answer_access_days: int = Field(
        10, ge=1, le=90, description=N_("days until a request to see one's data is answered")
    )
    answer_copy_days: int = Field(10, ge=1, le=90, description=N_("days until a request for a copy is answered"))
    answer_correction_days: int = Field(10, ge=1, le=90, description=N_("days until a request to correct is answered"))
    answer_deletion_days: int = Field(20, ge=1, le=90, description=N_("days until a request to delete is answered"))
    answer_restriction_days: int = Field(
        15, ge=1, le=90, description=N_("days until a request to restrict is answered")
    )
    answer_objection_days: int = Field(15, ge=1, le=90, description=N_("days until an objection is answered"))
    answer_withdrawal_days: int = Field(15, ge=1, le=90, description=N_("days until withdrawn consent is acted upon"))
    answer_complaint_days: int = Field(10, ge=1, le=90, description=N_("days until a complaint is answered"))
    holidays: tuple[str, ...] = Field(
        (),
        max_length=400,
        description=N_("dates from Monday to Friday that are no working days: 2027-01-01,2027-04-30"),
    )

    @field_validator("*", mode="before")
    @classmethod
    def _yes_or_no(cls, value: Any, info: ValidationInfo) -> Any:
        if cls.model_fields[str(info.field_name)].annotation is bool and isinstance(value, str):
            return _WORDS.get(value.strip().lower(), value)
        return value

    @field_validator("case_format")
    @classmethod
    def _can_be_typed(cls, value: str) -> str:
        """A number that nobody can type, or that says nothing, would keep everybody from asking."""
        if value and (not _FORMAT.fullmatch(value) or not set(value) & set(_SIGNS)):
            raise ValueError(
                N_("write it as VA-9999/AA: letters, digits, blanks and * . / - ( ), at least one 9, A or *")
            )
        return value

    @field_validator("duty_hours")
    @classmethod
    def _two_times(cls, value: str) -> str:
        if not _HOURS.fullmatch(value):
            raise ValueError(N_("write it as 07:00-19:00"))
        return value

    @field_validator("holidays", mode="before")
    @classmethod
    def _dates(cls, value: Any) -> Any:
        named = value.split(",") if isinstance(value, str) else value
        try:
            return tuple(sorted({_day(str(day).strip()).isoformat() for day in named if str(day).strip()}))
        except (TypeError, ValueError) as error:
            raise ValueError(N_("write dates as 30/04/2027, 02/09/2027, or as 2027-04-30")) from error

    @property
    def days_off(self) -> frozenset[date]:
        return frozenset(date.fromisoformat(day) for day in self.holidays)

    def is_case_number(self, text: str) -> bool:
        """Tell whether `text` is a case number here; without a format, 3 to 40 letters, digits and . / - are."""
        if not self.case_format:
            return _ANY_CASE.fullmatch(text) is not None
        pattern = "".join(_SIGNS.get(sign, re.escape(sign)) for sign in self.case_format)
        return re.fullmatch(pattern, text, re.ASCII) is not None
