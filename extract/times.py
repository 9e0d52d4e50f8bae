"""Where each moment of a clip lies on the wall clock: for the receipt, the soft text track and WebVTT. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from extract.plan import Part
from foundation.timebase import MEDIA_TIMESCALE, MICROSECONDS, datetime_from_us, parse_instant, rescale


@dataclass(frozen=True)
class Passage:
    """Clip time `[start_ticks, end_ticks)` (1/90000 s) shows wall time `[start_us, end_us)`, evenly between.

    `key` names the segment it comes from. A frame's time computed so is right to one tick, 12 microseconds.
    """

    start_ticks: int
    end_ticks: int
    start_us: int
    end_us: int
    key: str = ""

    def ticks(self, at_us: int) -> int:
        length = self.end_ticks - self.start_ticks
        return self.start_ticks + rescale(at_us - self.start_us, length, max(1, self.end_us - self.start_us))


def passages(part: Part) -> list[Passage]:
    """Return the passages of a part in order: one for each segment and cut, without a hole in clip time."""
    found, now = [], 0
    for cut in part.cuts:
        ends = [*cut.bases[1:], cut.end]
        for place, (base, stop) in enumerate(zip(cut.bases, ends, strict=True)):
            start, end = max(cut.first, base), min(cut.end, stop)
            if start < end:
                segment = cut.footage[place]
                ends_us = cut.end_us if end == cut.end else segment.wall_us(end - base)
                begins_us = segment.wall_us(start - base)
                found.append(Passage(now, now + end - start, begins_us, max(begins_us, ends_us), segment.key))
                now += end - start
    return found


def passages_of(receipt: Mapping[str, Any], part: int = 1) -> list[Passage]:
    """Return the passages that a receipt tells of; `part` counts from 1."""
    return [
        Passage(item["ticks"][0], item["ticks"][1], parse_instant(item["from"]), parse_instant(item["to"]))
        for item in receipt["parts"][part - 1]["timeline"]
    ]


def lines(found: Sequence[Passage], zone: tzinfo) -> list[tuple[int, int, str]]:
    """Return (start ticks, duration ticks, text) for each second of the wall clock that is shown."""
    told: list[tuple[int, int, str]] = []
    for passage in found:
        for second in range(passage.start_us // MICROSECONDS, -(-passage.end_us // MICROSECONDS)):
            start = passage.ticks(max(passage.start_us, second * MICROSECONDS))
            end = passage.ticks(min(passage.end_us, (second + 1) * MICROSECONDS))
            text = datetime_from_us(second * MICROSECONDS, zone).isoformat(" ", "seconds")
            if told and told[-1][2] == text and told[-1][0] + told[-1][1] == start:
                told[-1] = (told[-1][0], told[-1][1] + end - start, text)  # a second across two segments
            elif end > start:
                told.append((start, end - start, text))
    return told


def wall_clock_vtt(part: Part, zone: tzinfo) -> str:
    """Return the wall clock of a part as WebVTT (W3C), one cue for each second."""
    told = lines(passages(part), zone)
    return "\n".join(["WEBVTT\n", *(f"{_clock(at)} --> {_clock(at + long)}\n{text}\n" for at, long, text in told)])


def _clock(ticks: int) -> str:
    thousandths = rescale(ticks, 1000, MEDIA_TIMESCALE)
    seconds, thousandths = divmod(thousandths, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{thousandths:03}"


def wall_at(found: Sequence[Passage], ticks: int) -> int:
    """Return the wall time shown at clip time `ticks`; the last passage's rule holds beyond its end."""
    passage = next((item for item in found if ticks < item.end_ticks), found[-1])
    length = max(1, passage.end_ticks - passage.start_ticks)
    return passage.start_us + rescale(ticks - passage.start_ticks, passage.end_us - passage.start_us, length)
