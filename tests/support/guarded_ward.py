"""Two wards that will merge, cameras and footage in them, and one person for each role, unit and term.

What each of them may is written down here once more, by hand and by climbing: the code is held to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import col

from access.subject_kinds import SubjectKind
from access.subjects import Requester, SubjectAsked, receive
from access.tables import ClipGrant, FootageGrant
from api.service import CLIPS_IMPORT, Service
from camera_registry.camera_import import import_cameras
from camera_registry.tables import Camera, Stream, Unit
from camera_registry.units import UnitSpec, get_unit, import_units, succeed
from extract.clips import make_clip
from extract.held_cameras import Cameras
from extract.keeping import Order, keep
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from foundation.storage import LocalFiles
from foundation.timebase import TimeRange
from ingest.index.hold_orders import Placer
from people import accounts, roles, tokens
from people.rights import Right, Role
from tests.support.coded_footage import Recording
from tests.support.granting import grant_everything
from tests.support.indexed_footage import index

DAY_US = 86_400 * 1_000_000
UNITS = b"code,name,kind,parent\nW1,Ward 1,ward,\nW2,Ward 2,ward,\nA,A,khu,W1\nB,B,khu,W1\nC,C,khu,W2\n"
UNIT_OF = {"CA": "A", "CB": "B", "CC": "C", "CW": "W1", "CN": None}
"""The unit of each camera."""
ABOVE = {"A": {"A", "W1"}, "B": {"B", "W1"}, "C": {"C", "W2"}, "W1": {"W1"}, "W2": {"W2"}}
MERGED = {unit: {"W1", "W2", "M", unit} for unit in (*ABOVE, "M")}
"""The same after wards 1 and 2 have become M: whoever had one of them has it all, whoever had a part still has that."""

_WATCHING = {"registry.read", "recorded.read", "footage.find", "footage", "request.make", "request.read"}
_SUBJECTS = ("subjects.read", "subjects.handle")
RIGHTS = {
    "head": {
        *("registry.read", "registry.write", "owner.read", "recorded.read"),
        *("footage.import", "uses.read", *_SUBJECTS),
    },
    "officer": _WATCHING | {"footage.import", "hold.place"},
    "supervisor": _WATCHING | {"request.decide", "uses.read", "hold.place", "hold.oversee"},
    "auditor": {
        "registry.read",
        "recorded.read",
        "access.read",
        "request.read",
        "uses.read",
        "deletions.read",
        "subjects.read",
    },
    "administrator": {
        *("registry.read", "registry.write", "owner.read", "recorded.read"),
        *("footage.import", "people.manage", "metrics.read", "uses.read", "deletions.read", *_SUBJECTS),
    },
}


@dataclass(frozen=True)
class Somebody:
    role: str
    unit: str | None
    term: str  # running, over or to come
    token: str
    name: str = ""
    granted: frozenset[str] = frozenset()
    """Cameras that there is a grant for; the requests behind it are their own."""

    def may(self, right: str, unit: str | None, *, merged: bool) -> bool:
        """Say it by hand: the role has the right, the term runs, and the unit is found above or is everywhere."""
        if right not in RIGHTS[self.role] or self.term != "running":
            return False
        return self.unit is None or (unit is not None and self.unit in (MERGED if merged else ABOVE)[unit])

    def may_see(self, code: str) -> bool:
        return code in self.granted and self.may_somewhere("footage")

    def sees_request(self, code: str, *, merged: bool) -> bool:
        """Own requests, and those to units that one decides for or looks after."""
        rights = ("request.decide", "access.read")
        own = code in self.granted and self.may_somewhere("request.read")
        return own or any(self.may(right, UNIT_OF[code], merged=merged) for right in rights)

    def may_somewhere(self, right: str) -> bool:
        return right in RIGHTS[self.role] and self.term == "running"


def furnish(
    service: Service, recording: Recording, store: LocalFiles, asked: TimeRange, folder: Path
) -> dict[str, str]:
    """Fill the house; return ids: `clip:CA` and `job:CA` of a clip and an import, of CC too, and `hold:…` for each camera."""
    table = "code,name,unit,lat,lon,bearing_deg,hfov_deg,range_m,source,owner_name,status\n" + "".join(
        f"{code},{code},{unit or ''},10.77,106.7,90,90,60,{_source(code)},Bà {code},active\n"
        for code, unit in UNIT_OF.items()
    )
    made = {}
    with unit_of_work(service.engine) as session:
        import_units(session, service.clock, COMMAND_LINE, "u.csv", UNITS)
        import_cameras(session, service.clock, service.vault, COMMAND_LINE, "c.csv", table.encode())
    for code in ("CA", "CC"):
        with unit_of_work(service.engine) as session:
            camera = session.execute(sa.select(Camera).where(col(Camera.code) == code)).scalar_one()
            assert camera.id is not None
            camera.registered_us = asked.start_us - 1
            stream = Stream(camera_id=camera.id, kind="clips", ordinal=7)
            session.add_all([camera, stream])
            session.flush()
            assert stream.id is not None
            place = (camera.id, stream.id)
        index(service.engine, store, recording, place, folder)
        with unit_of_work(service.engine) as session:
            made[f"clip:{code}"] = make_clip(session, service.clock, store, COMMAND_LINE, code, asked).id
            job = {"path": "x", "file_name": "x", "camera": code, "start_us": None, "actor": "x"}
            made[f"job:{code}"] = service.jobs.submit(session, CLIPS_IMPORT, job)
            unit_id = get_unit(session, str(UNIT_OF[code]), service.clock.now_us()).id
            wanted = SubjectAsked(SubjectKind.ACCESS, Requester("Bà Tư", "0912"), unit_id)
            taken = receive(session, service.clock, service.vault, COMMAND_LINE, wanted, service.zone)
            made[f"subject:{code}"] = taken.id
    for code in UNIT_OF:
        with unit_of_work(service.engine) as session:
            order = Order(Cameras((code,)), asked, "x", until_us=service.clock.now_us() + 2 * DAY_US)
            made[f"hold:{code}"] = keep(session, service.clock, COMMAND_LINE, Placer(), order)[0].id
    return made


def _source(code: str) -> str:
    return "clips" if code in {"CA", "CC"} else "rtsp://10.0.0.1/live"


EVERYWHERE_AND_IN_PARTS = ("W1", "A", "C", None)


def folk(
    service: Service, terms: tuple[str, ...], units: tuple[str | None, ...] = EVERYWHERE_AND_IN_PARTS
) -> Iterator[Somebody]:
    """Make a person with a token for all rights, for each role, each of some units, and each term.

    Whose term does not run may nothing, wherever: two units of them are enough.
    """
    now_us = service.clock.now_us()
    spans = {
        "running": (now_us - 9, now_us + 99 * DAY_US),
        "over": (now_us - 9, None),
        "to come": (now_us + 99 * DAY_US, None),
    }
    with unit_of_work(service.engine) as session:
        ids = {unit.code: unit.id for unit in session.execute(sa.select(Unit)).scalars()}
        for number, (role, unit, term) in enumerate(
            (r, u, t) for r in Role for u in units for t in terms if t == "running" or u in {"A", None}
        ):
            person = accounts.add_person(session, service.clock, COMMAND_LINE, f"p{number}", "")
            unit_id = None if unit is None else ids[unit]
            begins, ends = spans[term]
            given = roles.give_role(
                session, service.clock, COMMAND_LINE, person, role, unit_id, from_us=begins, to_us=ends
            )
            if term == "over":
                roles.end_role(session, service.clock, COMMAND_LINE, person, given.id)
            made = tokens.make_token(session, service.clock, COMMAND_LINE, person, "", frozenset(Right), 300)
            # An officer of A, whether their term runs or not, was granted a camera of A and one of another ward.
            granted = frozenset({"CA", "CC"} if (role, unit) == (Role.OFFICER, "A") else ())
            yield Somebody(str(role), unit, term, made.secret, f"p{number}", granted)


def grant(service: Service, people: list[Somebody], made: dict[str, str]) -> None:
    """Give what was granted, each camera by its own unit, and one clip under it to whoever has a running term."""
    with unit_of_work(service.engine, writes=False) as session:
        ids = {unit.code: unit.id for unit in session.execute(sa.select(Unit)).scalars()}
    for who in people:
        for code in sorted(who.granted):
            unit_id = ids[str(UNIT_OF[code])]
            given = grant_everything(service.engine, service.clock, who.name, [code], unit_id)
            with unit_of_work(service.engine) as session:
                request = session.execute(
                    sa.select(col(FootageGrant.request_id)).where(col(FootageGrant.id) == given)
                ).scalar_one()
                made[f"request:{code}:{who.name}"] = request
                if who.term == "running":
                    session.add(ClipGrant(clip_id=made[f"clip:{code}"], grant_id=given))


def merge(service: Service, clock: ManualClock) -> None:
    """Wards 1 and 2 become M, and a day passes."""
    with unit_of_work(service.engine) as session:
        spec = UnitSpec("M", "Ward M", "ward")
        succeed(session, clock, COMMAND_LINE, ["W1", "W2"], spec, at_us=clock.now_us() + 1, kind="merger")
    clock.advance(DAY_US)
