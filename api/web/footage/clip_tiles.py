"""What a clip is on the page where it is watched: a tile with its files, and a lane of the timeline beneath."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sqlmodel import Session

from access.grants import grant_of_clip
from api.asking import Asker
from api.gate import clip_within
from api.web.footage.strips import granted_part, source
from api.web.frame.words import Telling
from extract.clips import read_clip
from extract.hearing import sound_left_out
from extract.viewing.source import plays_in_browsers, sounds_in_browsers
from foundation.errors import N_
from foundation.language import translate
from foundation.timebase import MEDIA_TIMESCALE, TimeRange, parse_instant
from ingest.index.reasons import gap_text

_PIECE_BYTES = 2_000_000
_ENDED = N_("The clip ends here")


@dataclass(frozen=True)
class Medium:
    """A file of a clip. `plays`: a browser shows the file itself, and not a copy."""

    url: str
    name: str
    codec: str
    plays: bool


@dataclass(frozen=True)
class Shown:
    """A clip on display; `told` and `lane` are for the islands."""

    id: str
    camera: Mapping[str, str]
    span: TimeRange
    complete: bool
    media: tuple[Medium, ...]
    told: Mapping[str, Any]
    lane: Mapping[str, Any]
    request_id: str
    left_out: bool = False
    """It was made without the sound that its footage has."""
    doubt_us: int | None = None
    """How far its times may be off; None when nobody knows of one of its runs."""

    @property
    def loud(self) -> bool:
        return any(part["heard"] or part["sound"] for part in self.told["parts"])


def shown(session: Session, asker: Asker, tell: Telling, clip_id: str) -> Shown:
    """Return a clip of one's own. Raises `ClipUnknown`, `GrantOver`."""
    clip_within(session, asker, clip_id)
    assert asker.standing is not None
    grant = grant_of_clip(session, clip_id, asker.standing.person_id)
    assert grant is not None
    clip = read_clip(session, clip_id)
    receipt = clip.receipt
    delivered, camera = receipt["delivered"], receipt["camera"]
    span = TimeRange(parse_instant(delivered["from"]), parse_instant(delivered["to"]))
    gaps = [
        {
            "from": gap["from"],
            "to": gap["to"],
            "reason": gap["reason"],
            "text": translate(tell.language, gap_text(gap["reason"])),
        }
        for gap in receipt["gaps"]
    ]
    told = {
        "code": camera["code"],
        "name": f"{camera['code']} · {camera['name']}",
        "parts": [passage for part in receipt["parts"] for passage in _passages(clip_id, part)],
        "gaps": gaps,
        "ended_text": translate(tell.language, _ENDED),
    }
    lane = {"camera": camera["code"], "name": camera["name"], "runs": _runs(receipt), "gaps": gaps}
    part = granted_part(grant, span)
    if part is not None:
        lane["strip"] = source(tell, camera["code"], part, grant.id)
    media = tuple(_medium(tell, clip_id, camera["code"], part) for part in receipt["parts"])
    doubts = [clock["uncertainty_us"] for clock in receipt["clock"]]
    doubt = None if not doubts or None in doubts else max(doubts)
    left_out = sound_left_out(session, clip)
    return Shown(clip_id, camera, span, receipt["complete"], media, told, lane, grant.request_id, left_out, doubt)


def _runs(receipt: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the passages of a clip, each with what is known of the clock of the run that it is of."""
    clocks = {clock["run"]: clock for clock in receipt["clock"]}
    runs: list[dict[str, Any]] = []
    for part in receipt["parts"]:
        for passage in part["timeline"]:
            clock = clocks.get(receipt["segments"][passage["segment"]]["run"], {})
            known = {"clock_source": clock.get("source"), "uncertainty_us": clock.get("uncertainty_us")}
            before = runs[-1] if runs else None
            if before and before["to"] == passage["from"] and before["uncertainty_us"] == known["uncertainty_us"]:
                before["to"] = passage["to"]
            else:
                runs.append({"from": passage["from"], "to": passage["to"], **known})
    return runs


def _passages(clip_id: str, part: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each passage of a file without a hole: between two of them the wall clock jumps and the file does not.

    What browsers do not decode is shown by a copy that begins where the passage does. A file is asked for in pieces: a
    browser keeps an open range open for as long as it plays, and it has six connections for nine tiles. Sound that not all browsers play
    comes alone beside pictures that they do: nobody should see a copy in order to hear.
    """
    plays, sound = plays_in_browsers(part["codecs"]), part["sound"]
    alone = plays and sound is not None and not sounds_in_browsers(sound["codecs"])
    for passage in part["timeline"]:
        copies = f"/api/v1/clips/{clip_id}/viewing.mp4"
        copy = f"{copies}?from={quote(passage['from'], safe='')}"
        yield {
            "from": passage["from"],
            "to": passage["to"],
            "url": f"{_media(clip_id, part['part'])}?piece={_PIECE_BYTES}" if plays else copy,
            "offset": passage["ticks"][0] / MEDIA_TIMESCALE if plays else 0,
            "copy": None if plays else copies,
            "heard": sound is not None and not alone,
            "sound": f"/api/v1/clips/{clip_id}/sound.mp4" if alone else None,
        }


def _medium(tell: Telling, clip_id: str, code: str, part: Mapping[str, Any]) -> Medium:
    """The name is the one that the file is sent with (`api.rest.clips`)."""
    number = "" if part["part"] == 1 else f"-{part['part']}"
    begins = tell.moment(parse_instant(part["timeline"][0]["from"]))
    name = f"{code}_{begins:%Y%m%d_%H%M%S}{number}.mp4"
    codecs = part["codecs"]
    return Medium(_media(clip_id, part["part"]), name, ", ".join(codecs), plays_in_browsers(codecs))


def _media(clip_id: str, part: int) -> str:
    return f"/api/v1/clips/{clip_id}/media{'' if part == 1 else f'-{part}'}.mp4"
