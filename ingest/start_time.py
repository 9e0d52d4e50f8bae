"""When a recording began, if the person does not say: the recorder's file name, else the file's metadata. Pure.

docs/ref/start-times.md lists the patterns. A name that tells when a message was sent (WhatsApp, Zalo) is no pattern here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Literal

from foundation.errors import N_, BadInput
from foundation.timebase import InstantUnreadable, parse_instant, us_from_datetime

Source = Literal["given", "file_name", "metadata"]

_YEAR = r"(?P<Y>20\d\d)"
_TIGHT = _YEAR + r"(?P<m>\d\d)(?P<d>\d\d)(?P<H>\d\d)(?P<M>\d\d)(?P<S>\d\d)"
_JOINED = _YEAR + r"(?P<m>\d\d)(?P<d>\d\d)[_-](?P<H>\d\d)(?P<M>\d\d)(?P<S>\d\d)"
_EARLIEST_METADATA = datetime(2000, 1, 1, tzinfo=UTC)  # cameras without a set clock write 1904, 1970 or 1980


class StartUnknown(BadInput):
    code = "start_unknown"
    message = N_("Nothing tells when the recording {file} began")
    mend = N_("Give the start, for example --start 2026-03-07T21:05:00+07:00")


@dataclass(frozen=True)
class Pattern:
    """How one family of recorders names its files. `utc`: the name is in UTC, not in the recorder's local time."""

    name: str
    makers: str
    expression: re.Pattern[str]
    example: str
    utc: bool = False


def _pattern(name: str, makers: str, expression: str, example: str, *, utc: bool = False) -> Pattern:
    return Pattern(name, makers, re.compile(expression, re.ASCII | re.IGNORECASE), example, utc)


PATTERNS = (
    _pattern(
        "nvr_export",
        "Hikvision, Dahua, KBVision, Uniview (exports from recorders)",
        rf"(?:^|_)(?:ch|d|a|cam)?0*\d{{1,3}}_(?:(?:main|sub|extra)_)?{_TIGHT}(?:_20\d{{12}})?(?:\D|$)",
        "NVR_ch1_main_20260307210500_20260307211000.mp4",
    ),
    _pattern(
        "range_in_tight_digits",
        "Uniview, Imou",
        rf"^{_TIGHT}[-_]20\d{{12}}(?:\D|$)",
        "20260307210500-20260307211000.mp4",
    ),
    _pattern("tapo", "TP-Link Tapo", rf"^{_JOINED}_tp\d+", "20260307_210500_tp00012.mp4"),
    _pattern(
        "reolink",
        "Reolink",
        rf"(?:^|[^0-9a-z])rec[a-z]?\d*_(?:dst)?{_JOINED}",
        "RecM02_20260307_210500_211000_6732828.mp4",
    ),
    _pattern(
        "dahua_sd_card",
        "Dahua, Imou, KBVision (files of the memory card, with their folders)",
        _YEAR + r"-(?P<m>\d\d)-(?P<d>\d\d)/(?:[^/]+/)*(?P<H>\d\d)\.(?P<M>\d\d)\.(?P<S>\d\d)-\d\d\.\d\d\.\d\d\[",
        "2026-03-07/001/dav/21/21.05.00-21.10.00[M][0@0][0].mp4",
    ),
    _pattern(
        "xiaomi_card",
        "Xiaomi (files of the memory card)",
        r"(?:^|/)\d\dM\d\dS_(?P<epoch>1\d{9})(?:\D|$)",
        "2026Y03M07D21H/05M00S_1772892300.mp4",
    ),
    _pattern(
        "yi",
        "YI, Xiaomi",
        _YEAR + r"Y(?P<m>\d\d)M(?P<d>\d\d)D(?P<H>\d\d)H/?(?:E\d)?(?P<M>\d\d)M(?P<S>\d\d)S",
        "2026Y03M07D21H05M00S60.mp4",
    ),
    _pattern("pixel", "Google Pixel", rf"^PXL_{_JOINED}(?P<ms>\d{{3}})", "PXL_20260307_140500123.mp4", utc=True),
    _pattern(
        "phone",
        "Android phones, Samsung",
        rf"^(?:VID_|video_|MVIMG_|IMG_)?{_JOINED}(?:\D|$)",
        "VID_20260307_210500.mp4",
    ),
    _pattern("seventy_mai", "70mai (car cameras)", rf"^[A-Z]{{2}}{_JOINED}-\d+", "NO20260307-210500-000012.mp4"),
    _pattern(
        "viofo",
        "VIOFO and others (car cameras)",
        _YEAR + r"_(?P<m>\d\d)(?P<d>\d\d)_(?P<H>\d\d)(?P<M>\d\d)(?P<S>\d\d)(?:_|\D|$)",
        "2026_0307_210500_0012F.mp4",
    ),
    _pattern(
        "written_out",
        "OBS, Frigate exports, many programs",
        _YEAR
        + r"-(?P<m>\d\d)-(?P<d>\d\d)[T _-](?P<H>\d\d)[-.:h_](?P<M>\d\d)[-.:m_](?P<S>\d\d)(?P<offset>Z|[+-]\d\d:?\d\d)?",
        "cam-3 2026-03-07T21-05-00+07:00.mp4",
    ),
    _pattern(
        "joined",
        "Blue Iris, Synology, motion",
        rf"(?:^|[^0-9]){_JOINED}(?:[^0-9]|$)",
        "cam1.20260307_210500.mp4",
    ),
    _pattern(
        "tight", "Ezviz, Imou, motion and others", rf"(?:^|[^0-9]){_TIGHT}(?:[^0-9]|$)", "camera-01_20260307210500.mp4"
    ),
)


@dataclass(frozen=True)
class Start:
    """`pattern` is the name of the pattern that matched, for a start from the file name."""

    at_us: int
    source: Source
    pattern: str | None = None


def find_start(given_us: int | None, file_name: str, metadata: Mapping[str, str], zone: tzinfo) -> Start:
    """Return when the recording began. Recorders' local times are taken in `zone`. Raises `StartUnknown`.

    `file_name` may have folders before it (`/`); some memory cards keep the date there.
    """
    if given_us is not None:
        return Start(given_us, "given")
    return from_name(file_name, zone) or from_metadata(metadata) or _unknown(file_name)


def _unknown(file_name: str) -> Start:
    raise StartUnknown(file=file_name.rsplit("/", 1)[-1])


def from_name(file_name: str, zone: tzinfo) -> Start | None:
    """Return the start that the name tells, or None."""
    path = file_name.replace("\\", "/")
    last = path.rsplit("/", 1)[-1]
    for pattern in PATTERNS:
        match = pattern.expression.search(last) or pattern.expression.search(path)
        at_us = None if match is None else _instant(match.groupdict(), UTC if pattern.utc else zone)
        if at_us is not None:
            return Start(at_us, "file_name", pattern.name)
    return None


def _instant(parts: Mapping[str, str | None], zone: tzinfo) -> int | None:
    if parts.get("epoch"):
        return int(parts["epoch"] or 0) * 1_000_000
    year, month, day, hour, minute, second = (int(parts[name] or 0) for name in "YmdHMS")
    offset = parts.get("offset")
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=_zone_of(offset) if offset else zone)
    except ValueError:
        return None  # digits that look like a time and are none
    return us_from_datetime(moment) + int(parts.get("ms") or 0) * 1000


def _zone_of(offset: str) -> tzinfo:
    if offset in "Zz":
        return UTC
    digits = offset[1:].replace(":", "")
    sign = -1 if offset[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def from_metadata(metadata: Mapping[str, str]) -> Start | None:
    """Return `creation_time` (ISO/IEC 14496-12, 8.2.2: UTC), or QuickTime's creation date with its offset, or None."""
    for name in ("com.apple.quicktime.creationdate", "creation_time"):
        text = metadata.get(name, "")
        with_colon = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text)
        try:
            at_us = parse_instant(with_colon)
        except InstantUnreadable:
            continue
        if at_us >= us_from_datetime(_EARLIEST_METADATA):
            return Start(at_us, "metadata")
    return None
