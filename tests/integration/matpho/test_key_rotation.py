"""Keys are made anew while others write, in processes that are killed, and forgotten only when nothing needs them."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlmodel import col

from access.subject_kinds import SubjectKind
from access.subjects import Requester, SubjectAsked, get_subject_request, receive, requester_of
from audit.tables import AuditEvent
from camera_registry.cameras import add_camera, edit_camera, get_camera
from camera_registry.secrets import CREDENTIALS, Vault
from camera_registry.tables import Camera, Stream
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from foundation.vault.column import await_rotation
from foundation.vault.errors import KeyInUse, KeyIsCurrent, KeyUnknown
from ingest.live.following import live_sources
from matpho.key_rotation import OLD, retire, rotate, unopened, uses
from people import second_factor
from people.rights import Role
from tests.support.databases import PostgresTemplate
from tests.support.nursery import Nursery, nursery
from tests.support.people import Folk
from tests.support.rotation_process import turn
from tests.support.sealing import key_command, sealed_of_old
from tests.support.step_by_step import killed_after

SECRET = "p@ss:mật khẩu"


@dataclass
class House:
    """A catalogue with cameras and people, and the file of its keys."""

    engine: sa.Engine
    clock: ManualClock
    path: Path

    @property
    def vault(self) -> Vault:
        return Vault.open(self.path)

    def add(self, *numbers: int) -> None:
        with unit_of_work(self.engine) as session:
            for number in numbers:
                facts = {"lat": 10.7, "lon": 106.6, "source": f"rtsp://u:{self.password(number)}@10.0.0.9/{number}"}
                add_camera(session, self.clock, self.vault, COMMAND_LINE, f"C{number}", facts)

    def password(self, number: int) -> str:
        return f"{SECRET}{number}"

    def opened(self, vault: Vault | None = None) -> dict[str, str | None]:
        sources = live_sources(self.engine, vault or self.vault, self.clock.now_us())
        return {source.code: source.password for source in sources.values()}

    def uses(self) -> dict[str, int]:
        with unit_of_work(self.engine, writes=False) as session:
            return dict(uses(session))

    def events(self, action: str) -> list[tuple[str, dict[str, object]]]:
        question = sa.select(col(AuditEvent.object_id), col(AuditEvent.detail)).where(col(AuditEvent.action) == action)
        with unit_of_work(self.engine, writes=False) as session:
            return [(key, json.loads(detail)) for key, detail in session.execute(question.order_by(col(AuditEvent.id)))]

    def receive(self, name: str) -> str:
        asked = SubjectAsked(SubjectKind.ACCESS, Requester(name, "0900 000 000"), None)
        with unit_of_work(self.engine) as session:
            return receive(session, self.clock, self.vault, COMMAND_LINE, asked, ZoneInfo("Asia/Ho_Chi_Minh")).id

    def requester(self, request_id: str) -> Requester | None:
        with unit_of_work(self.engine) as session:
            request = get_subject_request(session, request_id)
            return requester_of(session, self.clock, self.vault, COMMAND_LINE, request)

    def make_old(self, number: int, secret: bytes) -> None:
        """Seal what a camera has as it was done before there were envelopes."""
        with unit_of_work(self.engine) as session:
            found = sa.select(Stream).join(Camera, col(Camera.id) == col(Stream.camera_id))
            stream = session.execute(found.where(col(Camera.code) == f"C{number}")).scalar_one()
            context = CREDENTIALS.context(stream.id)
            stream.sealed_credentials = sealed_of_old(secret, f"u:{self.password(number)}", context)
            session.add(stream)


@pytest.fixture
def house(engine: sa.Engine, clock: ManualClock, data_dir: Path) -> House:
    return House(engine, clock, data_dir / "keys" / "camera.key")


@pytest.fixture
def small_house(sqlite_engine: sa.Engine, clock: ManualClock, data_dir: Path) -> House:
    return House(sqlite_engine, clock, data_dir / "keys" / "camera.key")


def test_everything_sealed_is_brought_to_a_new_key_and_the_one_before_can_go(house: House) -> None:
    secret = bytes(range(32))
    house.path.parent.mkdir()
    house.path.write_bytes(secret)  # as an earlier version left it
    numbers = range(450)  # more than two pages
    house.add(*numbers)
    house.make_old(3, secret)
    folk = Folk(house.engine, house.clock, house.vault)
    folk.add("lan", Role.OFFICER)
    folk.sign_in_fully("lan")
    letter = house.receive("Bà Hai")
    (before,) = house.vault.keeper.known()
    assert house.uses() == {before.id: 451, OLD: 1}
    with pytest.raises(KeyIsCurrent):
        retire(house.engine, house.vault, house.clock, COMMAND_LINE, before.id)

    running = folk.vault  # of a service that was started before
    done = rotate(house.engine, house.vault, house.clock, COMMAND_LINE)
    assert (done.sealed, done.unopened) == (452, 0)
    assert house.uses() == {done.key: 452}
    expected = {f"C{number}": house.password(number) for number in numbers}
    assert house.opened() == house.opened(running) == expected
    assert folk.sign_in_fully("lan").needs == ""
    assert house.requester(letter) == Requester("Bà Hai", "0900 000 000")
    counts = [(key, detail["column"], detail["count"]) for key, detail in house.events("key:seal")]
    assert {key for key, _, _ in counts} == {done.key}
    assert sum(int(str(count)) for _, _, count in counts) == 452
    assert {column for _, column, _ in counts} == {
        "stream.sealed_credentials",
        "second_factor.sealed_secret",
        "subject_request.sealed_requester",
    }

    with pytest.raises(KeyUnknown):
        retire(house.engine, house.vault, house.clock, COMMAND_LINE, "file:0")
    retire(house.engine, house.vault, house.clock, COMMAND_LINE, before.id)
    assert [info.id for info in house.vault.keeper.known()] == [done.key]
    assert [key for key, _ in house.events("key:retire")] == [before.id]
    assert house.opened() == expected


def test_a_key_that_is_needed_is_not_forgotten_and_the_number_is_told(house: House) -> None:
    house.add(1, 2)
    (before,) = house.vault.keeper.known()
    house.vault.keeper.renew()
    with pytest.raises(KeyInUse) as refused:
        retire(house.engine, house.vault, house.clock, COMMAND_LINE, before.id)
    assert refused.value.fields == {"key": before.id, "count": 2}
    assert house.opened() == {"C1": house.password(1), "C2": house.password(2)}
    assert rotate(house.engine, house.vault, house.clock, COMMAND_LINE, new_key=False).sealed == 2
    assert len(house.vault.keeper.known()) == 2
    retire(house.engine, house.vault, house.clock, COMMAND_LINE, before.id)


def test_what_no_key_opens_stays_as_it_is_and_is_counted(house: House) -> None:
    house.add(1, 2)
    (before,) = house.vault.keeper.known()
    house.make_old(2, b"another key of 32 bytes, quite a")
    done = rotate(house.engine, house.vault, house.clock, COMMAND_LINE)
    assert (done.sealed, done.unopened) == (1, 1)
    with unit_of_work(house.engine, writes=False) as session:
        assert unopened(session, house.vault) == 1
    with pytest.raises(KeyInUse):  # it does not say which key it needs
        retire(house.engine, house.vault, house.clock, COMMAND_LINE, before.id)
    assert house.opened() == {"C1": house.password(1), "C2": None}


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with nursery(tmp_path_factory.mktemp("forks") / "log", "tests.support.rotation_process") as found:
        yield found


STEPS = ["key made", *["page written", "page stored"] * 2]


@pytest.mark.parametrize("last", range(1, len(STEPS) + 1), ids=[f"{n}-{name}" for n, name in enumerate(STEPS, 1)])
def test_kill_9_after_any_step_leaves_everything_readable_and_is_finished_later(
    forks: Nursery, house: House, last: int, tmp_path: Path
) -> None:
    house.add(*range(250))
    expected = house.opened()
    url = house.engine.url.render_as_string(hide_password=False)
    assert killed_after(forks, tmp_path / "told", last, turn, url, house.path) == STEPS[:last]
    assert house.opened() == expected
    stored = sum(int(str(detail["count"])) for _, detail in house.events("key:seal"))
    assert (
        stored
        == {"key made": 0, "page written": 200 * (last == 4), "page stored": {3: 200, 5: 250}.get(last)}[
            STEPS[last - 1]
        ]
    )
    (new, before) = house.vault.keeper.known()
    rotate(house.engine, house.vault, house.clock, COMMAND_LINE, new_key=False)
    assert house.uses() == {new.id: 250}
    retire(house.engine, house.vault, house.clock, COMMAND_LINE, before.id)
    assert house.opened() == expected


def test_who_writes_while_keys_change_loses_nothing_and_no_old_key_is_left(house: House) -> None:
    numbers = range(4)
    house.add(*numbers)
    wanted: dict[str, str] = {}
    ending, failures = threading.Event(), []

    def write(number: int) -> None:
        vault, count = house.vault, 0
        try:
            while not ending.is_set() or count < 3:
                password = f"x{number}-{count}"
                with unit_of_work(house.engine) as session:
                    revision = get_camera(session, f"C{number}").revision
                    changes = {"source": f"rtsp://u:{password}@h/{number}"}
                    edit_camera(session, house.clock, vault, COMMAND_LINE, f"C{number}", revision, changes)
                wanted[f"C{number}"] = password
                count += 1
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)

    def turn() -> None:
        try:
            for _ in range(3):
                rotate(house.engine, house.vault, house.clock, COMMAND_LINE)
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)

    writers = [threading.Thread(target=write, args=(number,)) for number in numbers]
    turners = [threading.Thread(target=turn) for _ in range(2)]
    for thread in (*writers, *turners):
        thread.start()
    for thread in turners:
        thread.join()
    ending.set()
    for thread in writers:
        thread.join()
    assert failures == []
    assert house.opened() == wanted
    rotated = rotate(house.engine, house.vault, house.clock, COMMAND_LINE, new_key=False)
    assert house.uses() == {rotated.key: 4}
    for info in house.vault.keeper.known()[1:]:
        retire(house.engine, house.vault, house.clock, COMMAND_LINE, info.id)
    assert house.opened() == wanted


def test_a_key_is_not_forgotten_while_somebody_is_still_about_to_store_what_it_seals(house: House) -> None:
    house.add(1)
    vault = house.vault
    (before,) = vault.keeper.known()
    sealed, go, outcome = threading.Event(), threading.Event(), []

    def slow() -> None:
        with unit_of_work(house.engine) as session:
            stream = session.execute(sa.select(Stream)).scalar_one()
            value = CREDENTIALS.seal(session, vault, stream.id, "u:late")
            sealed.set()
            go.wait()
            stream.sealed_credentials = value
            session.add(stream)

    def turn() -> None:
        rotate(house.engine, house.vault, house.clock, COMMAND_LINE)
        retire(house.engine, house.vault, house.clock, COMMAND_LINE, before.id)
        outcome.append("retired")

    writer, turner = threading.Thread(target=slow), threading.Thread(target=turn)
    writer.start()
    sealed.wait()
    turner.start()
    turner.join(0.5)
    assert outcome == []  # it waits for the one who sealed
    go.set()
    writer.join()
    turner.join()
    assert outcome == ["retired"]
    assert house.opened() == {"C1": "late"}


@pytest.mark.postgresql
def test_those_who_seal_do_not_wait_for_each_other_on_a_server(request: pytest.FixtureRequest) -> None:
    template: PostgresTemplate = request.getfixturevalue("_postgres_template")
    with template.catalogue() as engine, unit_of_work(engine) as one, unit_of_work(engine) as other:
        await_rotation(one, alone=False)
        await_rotation(other, alone=False)


def test_secrets_move_from_the_file_to_a_program(small_house: House, tmp_path: Path) -> None:
    small_house.add(1, 2)
    (before,) = small_house.vault.keeper.known()
    command = key_command(tmp_path)
    vault = Vault.open(small_house.path, command)
    done = rotate(small_house.engine, vault, small_house.clock, COMMAND_LINE, new_key=False)
    assert small_house.uses() == {done.key: 2}
    assert done.key.startswith("command:")
    small_house.path.unlink()
    alone = Vault.open(small_house.path, command)
    assert small_house.opened(alone) == {"C1": small_house.password(1), "C2": small_house.password(2)}
    turned = rotate(small_house.engine, alone, small_house.clock, COMMAND_LINE)
    retire(small_house.engine, alone, small_house.clock, COMMAND_LINE, done.key)
    assert [info.id for info in alone.keeper.known()] == [turned.key]
    assert before.id not in small_house.uses()


def test_a_phone_key_sealed_for_one_does_not_open_for_another(small_house: House) -> None:
    folk = Folk(small_house.engine, small_house.clock, small_house.vault)
    people = [folk.add(name, Role.OFFICER) for name in ("lan", "mai")]
    with unit_of_work(small_house.engine) as session:
        for person in people:
            second_factor.offer(session, small_house.vault, person)
    with unit_of_work(small_house.engine) as session:
        session.execute(
            sa.text(
                "UPDATE second_factor SET sealed_secret = (SELECT sealed_secret FROM second_factor WHERE person_id = :a)"
            ),
            {"a": people[0].id},
        )
    with unit_of_work(small_house.engine, writes=False) as session:
        assert unopened(session, small_house.vault) == 1
