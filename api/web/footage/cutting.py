"""Clips for a form: one of each camera, those that are there already taken again, and of each that failed which and why."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode

from sqlmodel import Session

from access.at_hand import at_hand
from access.grants import GrantUsedUp, NotGranted, PreRollNotGranted, runs
from access.listing import clip_like, grants_of
from access.serving import Cut, cut_under_grant
from access.stepping import cameras_of
from api.asking import Asker
from api.granted import refusals_told, viewer_of
from api.service import Service
from camera_registry.cameras import get_camera
from camera_registry.tables import Camera
from extract.clips import ClipEmpty, ClipRecord, ClipStrictEmpty, camera_of_clip, read_clip, still_kept
from extract.hearing import SoundNotAllowed, sounds_of
from extract.reading import begin_reading
from foundation.database import unit_of_work
from foundation.errors import N_, MatPhoError, NotFound
from foundation.language import Language, translate
from foundation.timebase import TimeRange, covered_us, parse_instant

MOST_TILES = 9
"""So many cameras are watched side by side."""
_SECOND_US = 1_000_000
_WHY: Mapping[str, str] = {
    ClipEmpty.code: N_("nothing was recorded then"),
    ClipStrictEmpty.code: N_("there is no full picture that a strict clip could begin with; choose “exact”"),
    GrantUsedUp.code: N_(
        "all clips that the grant allows have been made; those can be watched until it is over, and for more you ask again"
    ),
    PreRollNotGranted.code: N_("the grant allows no frames outside its time; choose “strict”"),
    NotGranted.code: N_("the grant does not cover it"),
    SoundNotAllowed.code: N_("its sound may not be heard; ask without sound"),
}
_OTHER = N_("it failed; try it again")


@dataclass
class Made:
    """Ids of the clips, and what went wrong with each camera that has none."""

    clips: list[str] = field(default_factory=list)
    missed: dict[str, MatPhoError] = field(default_factory=dict)

    @property
    def query(self) -> str:
        """Return it as the part of an address behind the question mark."""
        missed = [("missed", f"{code}~{error.code}") for code, error in self.missed.items()]
        return urlencode([*(("clip", one) for one in self.clips), *missed])


def make_each(
    service: Service, asker: Asker, request_id: str, codes: Sequence[str], span: TimeRange, mode: str, *, audio: bool
) -> Made:
    """Make a clip of each camera under the grant of a request; one that is there as it would be made is taken again and does not count.

    `audio` gives those sound whose units allow it.
    """
    with unit_of_work(service.engine, writes=False) as session:
        grant = next(iter(grants_of(session, [request_id])), None)
        grant_id = None if grant is None else grant.id
        usable = grant is not None and runs(grant, service.clock.now_us())
        heard = sounds_of(session, service.clock, codes) if audio else []
    made = Made()
    for code in codes:
        cut = Cut(code, span, mode=mode, audio=code in heard, zone=service.settings.time_zone, grant_id=grant_id)
        try:
            known = _made_before(service, cut) if usable else None
            made.clips.append(known or _make(service, asker, cut))
        except MatPhoError as error:
            made.missed[code] = error
    return made


def _make(service: Service, asker: Asker, cut: Cut) -> str:
    with refusals_told(service, asker, cut.camera, cut.span), unit_of_work(service.engine) as session:
        one = cut_under_grant(session, service.clock, service.store, viewer_of(asker), cut)
        begin_reading(session, service.clock, read_clip(session, one.id))
        return one.id


def _made_before(service: Service, cut: Cut) -> str | None:
    """Return the clip that was made of just this, unless it lost footage since or more has come."""
    assert cut.grant_id is not None
    with unit_of_work(service.engine, writes=False) as session:
        camera = get_camera(session, cut.camera)
        assert camera.id is not None
        found = clip_like(session, cut.grant_id, camera.id, cut.span, cut.mode, audio=cut.audio)
        if found is None:
            return None
        clip = read_clip(session, found)
        return found if still_kept(session, clip) and _has_all(session, service, cut, clip) else None


def _has_all(session: Session, service: Service, cut: Cut, clip: ClipRecord) -> bool:
    if clip.receipt["complete"]:
        return True
    shown = [
        TimeRange(parse_instant(one["from"]), parse_instant(one["to"]))
        for part in clip.receipt["parts"]
        for one in part["timeline"]
    ]
    there = at_hand(session, service.clock, [cut.camera], cut.span)
    return sum(one.recorded_us for one in there) <= covered_us(cut.span, shown) + _SECOND_US


def clips_instead(service: Service, before: Sequence[str], missed: Mapping[str, MatPhoError]) -> list[str]:
    """Return the clips that were on display of cameras of which no new one could be made though they recorded."""
    codes = {code for code, error in missed.items() if error.code != ClipEmpty.code}
    found = []
    with unit_of_work(service.engine, writes=False) as session:
        for clip_id in before if codes else ():
            with suppress(NotFound):  # a form that somebody wrote by hand
                camera = session.get(Camera, camera_of_clip(session, clip_id))
                if camera is not None and camera.code in codes:
                    found.append(clip_id)
    return list(dict.fromkeys(found))


def missed_told(language: Language, given: Collection[str], known: Collection[str]) -> list[str]:
    """Return what went wrong with each camera, of an address's `missed`; only of cameras that the page is about."""
    told = []
    for one in given:
        code, _, why = one.rpartition("~")
        if code in known:
            told.append(f"{code}: {translate(language, _WHY.get(why, _OTHER))}")
    return told


def codes_of_request(session: Session, request_id: str) -> list[str]:
    return [code for _, code, _ in cameras_of(session, request_id)]
