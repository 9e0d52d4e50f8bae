"""What a camera's fields may hold, said once for imports and for single edits. Pure.

Texts of a table are read as people write them: decimal commas where a comma does not separate columns, compass words in
both languages, thousands with dots.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from camera_registry.records import STATUSES
from camera_registry.search import fold
from camera_registry.secrets import SourceUnclear, SourceUnusable, scrub, split_source
from foundation.errors import N_, RowProblem
from foundation.timebase import InstantUnreadable, parse_instant

CLIPS = "clips"
DEFAULT_RANGE_M = 30.0
DEFAULT_STATUS = "active"

_CODE = re.compile(r"[^\s/\\?#%,;][^/\\?#%,;\n\t]{0,63}")
_THOUSANDS = re.compile(r"\d{1,3}(?:[., ]\d{3})+")
_LONGEST_TEXT = 200
_CONNECTION = re.compile(r"://|\S:\S+@\S")
_LEAST_DIGITS = 3
_COMPASS = {
    **dict.fromkeys(("bac", "n", "north"), 0.0),
    **dict.fromkeys(("dong bac", "ne", "northeast", "north-east"), 45.0),
    **dict.fromkeys(("dong", "e", "east"), 90.0),
    **dict.fromkeys(("dong nam", "se", "southeast", "south-east"), 135.0),
    **dict.fromkeys(("nam", "s", "south"), 180.0),
    **dict.fromkeys(("tay nam", "sw", "southwest", "south-west"), 225.0),
    **dict.fromkeys(("tay", "w", "west"), 270.0),
    **dict.fromkeys(("tay bac", "nw", "northwest", "north-west"), 315.0),
}
_STATUS_WORDS = {
    "du kien": "planned",
    "dang hoat dong": "active",
    "hoat dong": "active",
    "tam dung": "paused",
    "hong": "broken",
    "ngung su dung": "retired",
}
_YES = {"1", "yes", "true", "co", "x"}
_NO = {"0", "no", "false", "khong", ""}


class Unusable(Exception):
    """A value that its field cannot hold; only this module and its callers in the registry see it."""

    def __init__(self, message: str, **fields: Any) -> None:
        super().__init__(message)
        self.message, self.fields = message, fields


def _text(value: Any) -> str:
    text = str(value).strip()
    if len(text) > _LONGEST_TEXT:
        raise Unusable(N_("is longer than {limit} characters"), limit=_LONGEST_TEXT)
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        raise Unusable(N_("has a control character in it"))
    return text


def _words(value: Any) -> str:
    """A name is read by many, and on paper; an address of a connection has a password in it, and a column of its own."""
    text = _text(value)
    if has_connection(text):
        raise Unusable(
            N_("has the address of a connection in it, maybe with a password; write in words, as neighbours do")
        )
    return text


def has_connection(text: str) -> bool:
    """Tell whether a text has an address of a connection in it, of which a password may be a part."""
    return _CONNECTION.search(text) is not None


def before_connection(text: str) -> str:
    """Return what stands before the first word with an address of a connection in it: all that may be kept of such a text."""
    found = _CONNECTION.search(text)
    return text if found is None else text[: text.rfind(" ", 0, found.start() + 1) + 1].strip()


def _phone(value: Any) -> str:
    text = _words(value)
    if sum(letter.isdecimal() for letter in text) < _LEAST_DIGITS:
        raise Unusable(N_("“{value}” is no telephone number; leave it empty when there is none"), value=_shown(text))
    return text


def _shown(value: Any) -> str:
    """Return what may be told of a value: an address may stand in any column, when columns were shifted."""
    return scrub(str(value))[:80]


def _code(value: Any) -> str:
    text = _text(value)
    if not _CODE.fullmatch(text):
        raise Unusable(N_("“{value}” is not a code: at most 64 characters, without / \\ ? # % , ;"), value=_shown(text))
    return text


def _number(value: Any) -> float:
    text = str(value).strip().replace("−", "-")
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    try:
        number = float(text)
    except ValueError:
        raise Unusable(N_("“{value}” is not a number"), value=_shown(value)) from None
    if not math.isfinite(number):
        raise Unusable(N_("“{value}” is not a number"), value=_shown(value))
    return number


def _between(low: float, high: float, *, open_low: bool = False, open_high: bool = False) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        number = _number(value)
        if not (low < number if open_low else low <= number) or not (number < high if open_high else number <= high):
            raise Unusable(
                N_("{value} is outside {low} to {high}"), value=f"{number:g}", low=f"{low:g}", high=f"{high:g}"
            )
        return number

    return read


def _bearing(value: Any) -> float:
    named = _COMPASS.get(fold(str(value)))
    if named is not None:
        return named
    if not any(letter.isdecimal() for letter in str(value)):
        message = N_("“{value}” is no direction; write Bắc, Đông Bắc, Đông … Tây Bắc, or degrees from north: 0 to 360")
        raise Unusable(message, value=_shown(value))
    return _between(0, 360)(value) % 360


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        text = str(value).strip()
        if _THOUSANDS.fullmatch(text):
            text = re.sub(r"[., ]", "", text)
        number = _number(text)
        if number != int(number):
            raise Unusable(N_("“{value}” is not a whole number"), value=_shown(text))
        if not low <= number <= high:
            raise Unusable(
                N_("{value} is outside {low} to {high}"), value=str(int(number)), low=str(low), high=str(high)
            )
        return int(number)

    return read


def _day(value: Any) -> str:
    text = str(value).strip()
    # 31/12/2026, as dates are written in Vietnam; 31122026 on the keypad of a phone, which has no stroke.
    match = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d\d)(\d\d)((?:19|20)\d\d)", text)
    try:
        if match:
            day, month, year = (int(part) for part in match.groups() if part)
            return date(year, month, day).isoformat()
        return date.fromisoformat(text[:10] if re.fullmatch(r"\d{4}-\d\d-\d\d 00:00:00", text) else text).isoformat()
    except ValueError:
        raise Unusable(N_("“{value}” is not a date; write 2026-12-31 or 31/12/2026"), value=_shown(text)) from None


def _instant(value: Any) -> int:
    try:
        return parse_instant(str(value))
    except InstantUnreadable:
        raise Unusable(
            N_("“{value}” is not a time with its offset, such as 2026-03-07T21:05:00+07:00"), value=_shown(value)
        ) from None


def _source(value: Any) -> str:
    text = str(value).strip()
    if fold(text) == CLIPS:
        return CLIPS
    try:
        split_source(_text(text))
    except SourceUnclear:
        raise Unusable(
            N_("has a character that may end its user or password; write # as %23, / as %2F, ? as %3F")
        ) from None
    except SourceUnusable as error:
        raise Unusable(N_("“{value}” is neither an rtsp:// address nor “clips”"), value=error.fields["value"]) from None
    return text


def _status(value: Any) -> str:
    folded = fold(str(value))
    status = _STATUS_WORDS.get(folded, folded)
    if status not in STATUSES:
        raise Unusable(
            N_("“{value}” is not a state; write planned, active, paused, broken or retired"), value=_shown(value)
        )
    return status


def _flag(value: Any) -> int:
    folded = fold(str(value))
    if folded in _YES:
        return 1
    if folded in _NO:
        return 0
    raise Unusable(N_("“{value}” is neither yes nor no"), value=_shown(value))


@dataclass(frozen=True)
class Field:
    read: Callable[[Any], Any]
    headers: tuple[str, ...]  # other names of the column, folded


FIELDS: dict[str, Field] = {
    "code": Field(_code, ("ma", "ma camera", "ma so")),
    "name": Field(_words, ("ten", "ten camera", "vi tri", "dia chi")),
    "unit": Field(_text, ("khu pho", "don vi", "ma khu pho", "to dan pho")),
    "lat": Field(_between(-90, 90), ("vi do", "latitude")),
    "lon": Field(_between(-180, 180), ("kinh do", "longitude", "lng")),
    "bearing_deg": Field(_bearing, ("huong", "huong nhin", "bearing")),
    "hfov_deg": Field(_between(0, 360, open_low=True), ("goc nhin", "goc", "hfov", "fov")),
    "range_m": Field(_between(0, 2000, open_low=True), ("tam nhin", "tam nhin (m)", "tam xa", "range")),
    "height_m": Field(_between(0, 200, open_low=True), ("chieu cao", "do cao", "chieu cao (m)", "height")),
    "source": Field(_source, ("nguon", "nguon hinh", "dia chi rtsp", "rtsp")),
    "owner_name": Field(_words, ("chu so huu", "ho ten", "chu camera", "ten chu ho")),
    "owner_phone": Field(_phone, ("dien thoai", "so dien thoai", "sdt")),
    "consent_date": Field(_day, ("ngay dong y", "ngay thoa thuan")),
    "sign_checked_date": Field(_day, ("ngay kiem tra bien bao", "bien bao")),
    "funding_vnd": Field(_whole(0, 10**15), ("kinh phi", "so tien", "kinh phi (dong)")),
    "funding_source": Field(_words, ("nguon kinh phi", "nguon von")),
    "retention_days": Field(_whole(1, 36_500), ("so ngay luu", "luu tru", "ngay luu")),
    "status": Field(_status, ("trang thai", "tinh trang")),
    "sound_agreed": Field(_flag, ("dong y ghi am", "ghi am")),
    "ask_owner": Field(_flag, ("hoi chu", "hoi chu so huu")),
    "valid_from": Field(_instant, ("tu ngay", "hieu luc tu")),
}
COLUMN_TEXT: Mapping[str, tuple[str, str]] = {
    "code": ("Mã camera", N_("the code, which no other camera has")),
    "name": ("Tên camera", N_("where it is, in words")),
    "unit": ("Khu phố", N_("code or name of the neighbourhood")),
    "lat": ("Vĩ độ", N_("such as 10.7769")),
    "lon": ("Kinh độ", N_("such as 106.7009")),
    "bearing_deg": ("Hướng nhìn", N_("where it looks: Bắc, Đông Nam …, or degrees from north")),
    "hfov_deg": ("Góc nhìn", N_("how wide it sees, in degrees, such as 90")),
    "range_m": ("Tầm nhìn", N_("how far it sees, in metres, such as 30")),
    "height_m": ("Chiều cao", N_("in metres")),
    "source": ("Nguồn hình", N_("clips, or the address of the camera beginning with rtsp://")),
    "owner_name": ("Chủ camera", N_("name of the owner")),
    "owner_phone": ("Điện thoại", N_("telephone of the owner")),
    "consent_date": ("Ngày đồng ý", N_("day on which the owner agreed, such as 31/12/2026")),
    "sign_checked_date": ("Biển báo", N_("day on which the sign was looked at")),
    "funding_vnd": ("Kinh phí", N_("in dong")),
    "funding_source": ("Nguồn kinh phí", N_("who paid")),
    "retention_days": ("Số ngày lưu", N_("for how many days footage is kept")),
    "status": ("Trạng thái", N_("đang hoạt động, tạm dừng, hỏng, dự kiến")),
    "sound_agreed": ("Ghi âm", N_("có or không: whether the owner agreed to sound")),
    "ask_owner": ("Hỏi chủ", N_("có or không: whether the owner is asked before each use")),
    "valid_from": ("Hiệu lực từ", N_("since when it hangs there; mostly left empty")),
}
"""Heading in Vietnamese, as tables are made here, and what stands in the column."""
EMPTY = (None, "")


def header(name: str) -> str | None:
    """Return the field that a column of this name holds, or None."""
    folded = fold(name)
    if folded in FIELDS:
        return folded
    return next((field for field, known in FIELDS.items() if folded in known.headers), None)


def read(raw: Mapping[str, Any], line: int) -> tuple[dict[str, Any], list[RowProblem]]:
    """Return the values of one camera, None where a field is empty, and what is wrong with it.

    Only the fields that are in `raw` are in the answer. The value of a `source` never appears with its credentials.
    """
    values: dict[str, Any] = {}
    problems: list[RowProblem] = []
    for name, value in raw.items():
        if value in EMPTY or (isinstance(value, str) and not value.strip()):
            values[name] = None
            continue
        try:
            values[name] = FIELDS[name].read(value)
        except Unusable as error:
            problems.append(RowProblem(line, name, error.message, error.fields))
    return values, problems
