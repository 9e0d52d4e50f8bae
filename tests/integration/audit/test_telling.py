"""Witnesses are told what is new, not more often than they want, again when it failed, and by one process at a time."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from audit.keeping import checkpoint
from audit.log import record
from audit.note import Signer
from audit.standing import Standing, State, standings
from audit.teller import WitnessTeller
from audit.telling import tell
from audit.witnesses import Witness, WitnessDisagrees, WitnessSilent, open_witnesses
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import Actor
from foundation.settings import Settings
from tests.support.witnesses import Mailbox, Shelf, free_port, mail_server, web_server

SIGNER = Signer("matpho/test", bytes(32))
MINUTE_US, HOUR_US = 60_000_000, 3_600_000_000


class Ward:
    def __init__(self, engine: sa.Engine, clock: ManualClock, actor: Actor) -> None:
        self.engine, self.clock, self.actor = engine, clock, actor

    def checkpoint(self) -> str:
        """Act, and sign it."""
        with unit_of_work(self.engine) as session:
            record(session, self.clock, self.actor, "camera:edit", "camera", "C1", fields=["name"])
        return checkpoint(self.engine, self.clock, SIGNER)

    def tell(self, witness: Witness, *, at_once: bool = False) -> str | None:
        return tell(self.engine, self.clock, witness, at_once=at_once)

    def stands(self, witness: Witness) -> Standing:
        with unit_of_work(self.engine, writes=False) as session:
            (found,) = standings(session, [witness], self.clock.now_us())
        return found


@pytest.fixture
def ward(engine: sa.Engine, clock: ManualClock, actor: Actor) -> Ward:
    return Ward(engine, clock, actor)


def opened(clock: ManualClock, text: str, **settings: str) -> Witness:
    (found,) = open_witnesses(Settings.model_validate({"audit_witnesses": text} | settings), clock)
    return found


def test_a_folder_is_told_each_checkpoint_once(ward: Ward, tmp_path: Path) -> None:
    witness = opened(ward.clock, f"folder:{tmp_path}")
    assert ward.tell(witness) is None  # there is none yet
    assert ward.stands(witness).state is State.TOLD
    notes = []
    for _ in range(3):
        notes.append(ward.checkpoint())
        assert ward.stands(witness).state is State.WAITING
        assert ward.tell(witness) is not None
        assert ward.tell(witness) is None
        assert ward.stands(witness).state is State.TOLD
    assert [one.read_text() for one in sorted(tmp_path.glob("0*/*"))] == notes
    assert ward.stands(witness).told_size == 3


def test_a_mailbox_is_told_once_a_day_and_then_the_newest(ward: Ward) -> None:
    box, port = Mailbox(), free_port()
    server = {"mail_server": f"smtp+plain://127.0.0.1:{port}", "mail_sender": "ward@example.vn"}
    witness = opened(ward.clock, "mailto:uyban@example.vn", **server)
    with mail_server(box, port, "smtp+plain", None):
        first = ward.checkpoint()
        assert ward.tell(witness) is not None
        for _ in range(23):
            ward.clock.advance(HOUR_US)
            last = ward.checkpoint()
            assert ward.tell(witness) is None
        assert (ward.stands(witness).state, ward.stands(witness).late) == (State.WAITING, False)
        ward.clock.advance(HOUR_US)
        assert ward.tell(witness) is not None
        assert ward.tell(witness, at_once=True) is not None
    assert [one.decode() for one in box.kept()] == [first, last, last]


def test_what_failed_is_tried_again_later_and_later_and_is_told_late(ward: Ward) -> None:
    shelf, port = Shelf(), free_port()
    witness = opened(ward.clock, f"http://127.0.0.1:{port}/log")
    ward.checkpoint()
    tries, waited = [], 0
    while waited < 6 * HOUR_US:
        try:
            assert ward.tell(witness) is None
        except WitnessSilent:
            tries.append(waited)
        ward.clock.advance(MINUTE_US)
        waited += MINUTE_US
    assert [one // MINUTE_US for one in tries] == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243, 303]
    found = ward.stands(witness)
    assert (found.state, found.late, found.failures, found.told_us) == (State.FAILING, True, 11, None)
    assert "Connection refused" in found.why("en")
    assert "Connection refused" in found.why("vi")
    assert found.owed_us == 6 * HOUR_US
    with web_server(shelf, port):
        assert ward.tell(witness, at_once=True) == "200 kept 1 [31m"
    found = ward.stands(witness)
    assert (found.state, found.late, found.failures, found.owed_us) == (State.TOLD, False, 0, 0)
    assert found.why("en") == ""


def test_who_dies_while_telling_is_followed_by_another(ward: Ward, tmp_path: Path) -> None:
    class Dying:
        name, every_us = f"folder:{tmp_path}", 0

        def tell(self, size: int, note: str) -> str:
            raise KeyboardInterrupt

    ward.checkpoint()
    with pytest.raises(KeyboardInterrupt):
        ward.tell(Dying())
    witness = opened(ward.clock, f"folder:{tmp_path}")
    assert ward.tell(witness) is None
    ward.clock.advance(10 * MINUTE_US)
    assert ward.tell(witness) is not None


def test_what_nobody_foresaw_is_stored_too(ward: Ward) -> None:
    class Broken:
        name, every_us = "folder:/x", 0

        def tell(self, size: int, note: str) -> str:
            raise ZeroDivisionError("hunter2")

    ward.checkpoint()
    with pytest.raises(WitnessSilent, match="ZeroDivisionError"):
        ward.tell(Broken())
    assert "ZeroDivisionError" in ward.stands(Broken()).why("en")


def test_a_log_that_was_set_back_is_found_out_by_its_witness(ward: Ward, tmp_path: Path) -> None:
    witness = opened(ward.clock, f"folder:{tmp_path}")
    (tmp_path / "latest.checkpoint").write_text("matpho/test\n7\nx\n")
    ward.checkpoint()
    with pytest.raises(WitnessDisagrees, match="7 leaves"):
        ward.tell(witness)
    assert "keeps another log" in ward.stands(witness).why("en")


def test_of_many_who_would_tell_one_does(ward: Ward) -> None:
    shelf, port = Shelf(), free_port()
    witness = opened(ward.clock, f"http://127.0.0.1:{port}/log")
    ward.checkpoint()
    done: list[str | None] = []
    with web_server(shelf, port):
        many([lambda: done.append(ward.tell(witness))] * 6)
    assert len(done) == 6
    assert len(shelf.order) == 1


def many(works: list[Callable[[], object]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_one_that_hangs_holds_up_neither_the_others_nor_the_end(ward: Ward, tmp_path: Path) -> None:
    hangs, release = threading.Event(), threading.Event()

    class Hanging:
        name, every_us = "https://w.example/", 0

        def tell(self, size: int, note: str) -> str:
            hangs.set()
            release.wait()
            return ""

    note = ward.checkpoint()
    teller = WitnessTeller(ward.engine, ward.clock, [Hanging(), opened(ward.clock, f"folder:{tmp_path}")], stop_s=0.2)
    teller.start()
    assert hangs.wait(30)
    newer = ward.checkpoint()
    teller.stop()
    assert (tmp_path / "latest.checkpoint").read_text() == newer != note
    release.set()
    teller.stop()
