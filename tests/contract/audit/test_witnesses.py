"""One contract, every witness: a folder, the web with and without TLS, mail three ways. All are real."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from audit.note import Checkpoint, Signer, read_checkpoint
from audit.witnesses import Witness, WitnessDisagrees, WitnessSilent, open_witnesses
from audit.witnesses.folder import LATEST
from foundation.clock import ManualClock
from foundation.settings import Settings
from tests.support.certificates import certified
from tests.support.witnesses import PASSWORD, USER, Mailbox, Shelf, free_port, mail_server, web_server

SIGNER = Signer("matpho/test", bytes(32))
KINDS = ("folder", "http", "https", "smtp+plain", "smtp", "smtps")
LOGIN = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"


def note_of(size: int, root: int = 1) -> str:
    return SIGNER.sign(Checkpoint("matpho/test", size, bytes([root]) * 32))


@dataclass
class Place:
    """A witness and what is behind it; `there` is a context in which it can be reached."""

    kind: str
    settings: Settings
    there: Callable[[], AbstractContextManager[None]]
    kept: Callable[[], list[bytes]]

    def witness(self, clock: ManualClock) -> Witness:
        (found,) = open_witnesses(self.settings, clock)
        return found


def folder(path: Path) -> Place:
    @contextmanager
    def there() -> Iterator[None]:
        path.mkdir()
        yield
        path.rename(path.with_name("taken away"))

    def kept() -> list[bytes]:
        return [one.read_bytes() for one in sorted((path.with_name("taken away")).glob("0*/*"))]

    return Place("folder", Settings(audit_witnesses=f"folder:{quote(str(path))}"), there, kept)


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    kind, port = request.param, free_port()
    tls, root = certified(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(root))
    if kind == "folder":
        return folder(tmp_path / "Phường Cửa Ông")
    if kind.startswith("http"):
        shelf = Shelf()
        shelf.user = f"{USER}:{PASSWORD}"
        address = f"{kind}://{LOGIN}@127.0.0.1:{port}/log?token={quote(PASSWORD, safe='')}"
        there = lambda: web_server(shelf, port, tls if kind == "https" else None)  # noqa: E731
        return Place(kind, Settings(audit_witnesses=address), there, lambda: shelf.order)
    box = Mailbox()
    server = f"{kind}://{'' if kind == 'smtp+plain' else LOGIN + '@'}127.0.0.1:{port}"
    settings = Settings(audit_witnesses="mailto:uyban@example.vn", mail_server=server, mail_sender=USER)
    return Place(kind, settings, lambda: mail_server(box, port, kind, tls), box.kept)


def test_what_it_keeps_is_the_checkpoint_byte_for_byte(place: Place, clock: ManualClock) -> None:
    with place.there():
        receipts = [place.witness(clock).tell(size, note_of(size)) for size in (3, 20_000)]
    kept = [one.decode() for one in place.kept()]
    assert kept == [note_of(3), note_of(20_000)]
    assert read_checkpoint(kept[0], [SIGNER.verifier]).size == 3
    assert all(receipts)
    assert all(one.isprintable() and len(one) < 300 for one in receipts)


def test_telling_again_is_no_error(place: Place, clock: ManualClock) -> None:
    with place.there():
        for _ in range(2):
            place.witness(clock).tell(3, note_of(3))
    assert set(place.kept()) == {note_of(3).encode()}


def test_one_that_is_not_there_is_named_without_its_secrets(place: Place, clock: ManualClock) -> None:
    witness = place.witness(clock)
    with pytest.raises(WitnessSilent) as silent:
        witness.tell(3, note_of(3))
    said = f"{silent.value} {witness.name} {place.settings!r}"
    assert witness.name in str(silent.value)
    assert silent.value.fields["why"]
    for secret in (PASSWORD, quote(PASSWORD, safe=""), "hunter2"):
        assert secret not in said
    with place.there():
        witness.tell(3, note_of(3))


@pytest.mark.parametrize("place", ["folder", "http", "https"], indirect=True)
def test_another_checkpoint_over_as_many_leaves_is_refused_by_who_can_tell(place: Place, clock: ManualClock) -> None:
    with place.there():
        witness = place.witness(clock)
        witness.tell(3, note_of(3))
        with pytest.raises(WitnessDisagrees, match="3 leaves"):
            witness.tell(3, note_of(3, root=2))
    assert place.kept() == [note_of(3).encode()]


def test_a_shorter_log_than_a_folder_keeps_is_another(tmp_path: Path, clock: ManualClock) -> None:
    place = folder(tmp_path / "kept")
    with place.there():
        place.witness(clock).tell(20, note_of(20))
        with pytest.raises(WitnessDisagrees, match="20 leaves"):
            place.witness(clock).tell(3, note_of(3))
        assert (tmp_path / "kept" / LATEST).read_text() == note_of(20)
