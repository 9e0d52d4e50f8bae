"""What each kind of witness may meet: disks that are full or closed, servers that refuse, and mail that people read."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from audit.note import Checkpoint, Signer
from audit.witnesses import Witness, WitnessSilent, open_witnesses
from audit.witnesses.folder import LATEST, FolderWitness
from foundation.clock import ManualClock
from foundation.settings import Settings
from tests.support.certificates import certified
from tests.support.nursery import Nursery, nursery
from tests.support.small_disk import MEBIBYTE, fill, forbid, give_room, obey_modes
from tests.support.witnesses import PASSWORD, USER, Mailbox, Shelf, free_port, mail_server, web_server

SIGNER = Signer("matpho/test", bytes(32))
LOGIN = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}"


def note_of(size: int) -> str:
    return SIGNER.sign(Checkpoint("matpho/test", size, bytes(32)))


def opened(clock: ManualClock, **settings: str) -> Witness:
    (found,) = open_witnesses(Settings.model_validate(settings), clock)
    return found


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Nursery]:
    with nursery(tmp_path / "log", "audit.witnesses.folder", disk_bytes=4 * MEBIBYTE) as found:
        yield found


def _told(folder: Path, size: int) -> str:
    try:
        return FolderWitness(folder, 0).tell(size, note_of(size))
    except WitnessSilent as error:
        return str(error.fields["why"])


def _files(folder: Path) -> list[str]:
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())


def _on_a_full_disk(disk: Path) -> tuple[str, list[str], str, list[str]]:
    folder = disk / "kept"
    folder.mkdir()
    _told(folder, 3)
    fill(disk, 0)
    full, between = _told(folder, 4), _files(folder)
    give_room(disk)
    return full, between, _told(folder, 4), _files(folder)


def _in_a_closed_folder(folder: Path) -> str:
    forbid(folder)
    obey_modes()
    return _told(folder, 4)


def test_a_full_disk_keeps_what_it_has_and_nothing_half(small: Nursery) -> None:
    full, between, _, after = small.call(_on_a_full_disk, small.disk)
    assert full == os.strerror(errno.ENOSPC)
    assert between == ["00000000/000000000003.checkpoint", LATEST]
    assert after == ["00000000/000000000003.checkpoint", "00000000/000000000004.checkpoint", LATEST]


def test_a_folder_that_may_not_be_written_is_named(small: Nursery, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir()
    assert small.call(_in_a_closed_folder, tmp_path / "closed") == os.strerror(errno.EACCES)


def test_a_folder_that_is_not_there_is_never_made(tmp_path: Path) -> None:
    assert _told(tmp_path / "stick" / "kept", 3) == os.strerror(errno.ENOENT)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    assert _told(tmp_path / "file", 3) == os.strerror(errno.ENOTDIR)


def test_ten_thousand_lie_in_one_folder(tmp_path: Path) -> None:
    for size in (0, 9_999, 10_000, 123_456):
        _told(tmp_path, size)
    assert _files(tmp_path) == [
        "00000000/000000000000.checkpoint",
        "00000000/000000009999.checkpoint",
        "00000001/000000010000.checkpoint",
        "00000012/000000123456.checkpoint",
        LATEST,
    ]
    assert (tmp_path / LATEST).read_text() == note_of(123_456)


@pytest.mark.parametrize(
    ("status", "said"), [(500, "HTTP 500"), (401, "HTTP 401"), (302, "HTTP 302"), (413, "HTTP 413")]
)
def test_what_a_web_witness_answers_is_told(status: int, said: str, clock: ManualClock) -> None:
    shelf, port = Shelf(), free_port()
    shelf.status = status
    witness = opened(clock, audit_witnesses=f"http://127.0.0.1:{port}/log")
    with web_server(shelf, port), pytest.raises(WitnessSilent, match=said):
        witness.tell(3, note_of(3))
    assert shelf.order == []


def test_a_web_witness_of_another_authority_is_refused(tmp_path: Path, clock: ManualClock) -> None:
    shelf, port = Shelf(), free_port()
    tls, _ = certified(tmp_path)
    witness = opened(clock, audit_witnesses=f"https://127.0.0.1:{port}/log")
    with web_server(shelf, port, tls), pytest.raises(WitnessSilent, match="CERTIFICATE_VERIFY_FAILED"):
        witness.tell(3, note_of(3))
    assert shelf.order == []


def mailing(
    clock: ManualClock, port: int, scheme: str = "smtp+plain", login: str = "", language: str = "vi"
) -> Witness:
    server = f"{scheme}://{login}127.0.0.1:{port}"
    settings = {"mail_server": server, "mail_sender": USER, "language": language}
    return opened(clock, audit_witnesses="mailto:uyban@example.vn", **settings)


def test_people_can_read_the_mail_in_both_languages(clock: ManualClock) -> None:
    box, port = Mailbox(), free_port()
    with mail_server(box, port, "smtp+plain", None):
        mailing(clock, port).tell(12, note_of(12))
        mailing(clock, port, language="en").tell(12, note_of(12))
    ours, theirs = box.messages
    assert (ours["From"], ours["To"], ours["Auto-Submitted"]) == (USER, "uyban@example.vn", "auto-generated")
    assert ours["Date"] == "Sat, 07 Mar 2026 21:00:00 +0700"
    assert (ours["Subject"] != theirs["Subject"], "12" in ours["Subject"]) == (True, True)
    body = ours.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "Please keep this message" in text
    assert "Xin giữ lại thư này" in text
    assert note_of(12) in text
    (part,) = ours.iter_attachments()
    assert part.get_filename() == "000000000012.checkpoint"


@pytest.mark.parametrize(
    ("answer", "said"), [("452 4.2.2 mailbox full", "452 4.2.2 mailbox full"), (f"554 no {PASSWORD}", "554 no …")]
)
def test_a_mail_server_that_refuses_is_quoted_without_our_password(answer: str, said: str, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    box, port = Mailbox(), free_port()
    box.answer = answer
    tls, root = certified(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(root))
    with mail_server(box, port, "smtp", tls), pytest.raises(WitnessSilent) as silent:
        mailing(clock, port, "smtp", f"{LOGIN}@").tell(3, note_of(3))
    assert silent.value.fields["why"] == said
    assert "hunter2" not in str(silent.value)


def test_nothing_is_said_to_a_mail_server_in_the_clear(clock: ManualClock) -> None:
    box, port = Mailbox(), free_port()
    with mail_server(box, port, "smtp+plain", None), pytest.raises(WitnessSilent, match="STARTTLS"):
        mailing(clock, port, "smtp", f"{LOGIN}@").tell(3, note_of(3))
    assert box.messages == []


def test_a_mail_server_that_does_not_know_us_is_quoted(
    clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box, port = Mailbox(), free_port()
    tls, root = certified(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(root))
    with mail_server(box, port, "smtps", tls), pytest.raises(WitnessSilent, match="535"):
        mailing(clock, port, "smtps", f"{quote(USER, safe='')}:hunter3@").tell(3, note_of(3))
    monkeypatch.delenv("SSL_CERT_FILE")
    with mail_server(box, port, "smtps", tls), pytest.raises(WitnessSilent, match="CERTIFICATE_VERIFY_FAILED"):
        mailing(clock, port, "smtps", f"{LOGIN}@").tell(3, note_of(3))
