"""A ward office: units, cameras, people, and requests made the way the calls make them."""

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from access import asking, deciding
from access.purposes import Purpose
from access.stepping import get_request
from access.tables import FootageGrant, FootageRequest
from camera_registry.camera_import import import_cameras
from camera_registry.rules import set_rules
from camera_registry.tables import Camera, Ownership
from camera_registry.units import get_unit, import_units
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE, Actor
from foundation.timebase import TimeRange
from people import accounts
from people.judging import may
from people.rights import Right, Role
from people.roles import standing_of, units_of
from tests.support.people import Folk

MINUTE = 60_000_000
UNITS = b"code,name,kind,parent\nW,Ward,ward,\nA,A,khu,W\nB,B,khu,W\n"
CAMERAS = (
    b"code,name,unit,lat,lon,bearing_deg,hfov_deg,range_m,source,owner_name,status\n"
    b"A1,A1,A,10.77,106.69,0,90,50,clips,Ba A,active\nA2,A2,A,10.7701,106.69,0,90,50,clips,Ba A,active\n"
    b"B1,B1,B,10.78,106.69,0,90,50,clips,Ba B,active\nN1,N1,,10.79,106.69,0,90,50,clips,,active\n"
)


@dataclass
class Office:
    """`lan` and `tu` are officers of A, `minh` its supervisor, `hoa` supervisor of the ward."""

    folk: Folk
    ids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with unit_of_work(self.engine) as session:
            import_units(session, self.clock, COMMAND_LINE, "u.csv", UNITS)
            import_cameras(session, self.clock, self.folk.vault, COMMAND_LINE, "c.csv", CAMERAS)
        for name, role, unit in (
            ("lan", Role.OFFICER, "A"),
            ("tu", Role.OFFICER, "A"),
            ("minh", Role.SUPERVISOR, "A"),
            ("hoa", Role.SUPERVISOR, "W"),
        ):
            self.ids[name] = self.folk.add(name, role, unit_id=self.unit(unit), password=None).id

    @property
    def engine(self) -> sa.Engine:
        return self.folk.engine

    @property
    def clock(self) -> ManualClock:
        return self.folk.clock

    def unit(self, code: str) -> int:
        with unit_of_work(self.engine, writes=False) as session:
            found = get_unit(session, code, self.clock.now_us()).id
        assert found is not None
        return found

    def rules(self, unit: str | None = "A", **changes: Any) -> None:
        with unit_of_work(self.engine) as session:
            set_rules(session, self.clock, COMMAND_LINE, None if unit is None else self.unit(unit), changes)
        self.clock.advance(1)

    def asks_owner(self, camera: str) -> None:
        with unit_of_work(self.engine) as session:
            ours = sa.select(col(Camera.id)).where(col(Camera.code) == camera).scalar_subquery()
            session.execute(sa.update(Ownership).where(col(Ownership.camera_id) == ours).values(ask_owner=1))

    def ask(self, name: str, *cameras: str, submit: bool = True, glass: bool = False, **more: Any) -> list[str]:
        """Ask for the last ten minutes of cameras; return the ids of the requests."""
        now = self.clock.now_us()
        values: dict[str, Any] = {
            "span": TimeRange(now - 10 * MINUTE, now),
            "purpose": str(Purpose.TRAFFIC),
            "case_number": f"VA-{name}",
            "why": "vội",
        } | more
        with unit_of_work(self.engine) as session:
            who = self.applicant(session, name)
            made = asking.draft(session, self.clock, who, asking.Ask(cameras or ("A1",), **values))
            if submit:
                for request in made:
                    asking.submit(session, self.clock, who, request, glass=glass)
            return [request.id for request in made]

    def applicant(self, session: Session, name: str) -> asking.Applicant:
        standing = standing_of(session, accounts.get_person(session, name))
        units, now = units_of(session), self.clock.now_us()
        return asking.Applicant(
            self.ids[name],
            Actor(name, "person"),
            lambda unit: may(standing, Right.FOOTAGE, "everywhere" if unit is None else unit, units, now).allowed,
        )

    def approve(self, name: str, request_id: str, **more: Any) -> None:
        with unit_of_work(self.engine) as session:
            request = get_request(session, request_id)
            deciding.approve(session, self.clock, Actor(name, "person"), self.ids[name], request, **more)

    def refuse(self, name: str, request_id: str) -> None:
        with unit_of_work(self.engine) as session:
            request = get_request(session, request_id)
            deciding.refuse(session, self.clock, Actor(name, "person"), self.ids[name], request, "không đủ lý do")

    def review(self, name: str, request_id: str, *, justified: bool) -> None:
        with unit_of_work(self.engine) as session:
            request = get_request(session, request_id)
            who = (Actor(name, "person"), self.ids[name])
            deciding.review(session, self.clock, *who, request, justified=justified, note="đã xem")

    def request(self, request_id: str) -> FootageRequest:
        with unit_of_work(self.engine, writes=False) as session:
            found = get_request(session, request_id)
            session.expunge(found)
        return found

    def grant(self, request_id: str) -> FootageGrant | None:
        with unit_of_work(self.engine, writes=False) as session:
            question = sa.select(FootageGrant).where(col(FootageGrant.request_id) == request_id)
            found: FootageGrant | None = session.execute(question).scalar()
            if found is not None:
                session.expunge(found)
        return found

    def state(self, request_id: str) -> str:
        return self.request(request_id).state
