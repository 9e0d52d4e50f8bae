"""Checkpoints are signed notes as others read them, and nothing else passes for one."""

import base64
from pathlib import Path

import pytest

from audit.note import Checkpoint, NoteUnusable, Signer, Verifier, read_checkpoint
from audit.signing import SigningKeyUnusable, open_signer

SIGNER = Signer("matpho/ward", bytes(range(32)))
TOLD = Checkpoint("matpho/ward", 7, bytes(32))
NOTE = SIGNER.sign(TOLD)


def test_a_note_of_go_is_understood() -> None:
    """The example of golang.org/x/mod/sumdb/note, whose format C2SP took over."""
    verifier = Verifier.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    coded = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    assert verifier.holds(text, base64.b64decode(coded)[4:])
    assert not verifier.holds(text.upper(), base64.b64decode(coded)[4:])


def test_what_is_signed_is_read() -> None:
    lines = NOTE.split("\n")
    assert lines[:4] == ["matpho/ward", "7", base64.b64encode(bytes(32)).decode(), ""]
    assert lines[4].startswith("— matpho/ward ")
    assert read_checkpoint(NOTE, [Verifier.parse(SIGNER.verifier.text)]) == TOLD


def test_signatures_of_others_may_be_there_too() -> None:
    other = Signer("witness", bytes(32)).sign(TOLD).split("\n\n")[1]
    text, ours = NOTE.split("\n\n")
    assert read_checkpoint(f"{text}\n\n{other}{ours}", [SIGNER.verifier]) == TOLD


@pytest.mark.parametrize(
    "note",
    [
        "",
        "matpho/ward\n7\n",
        NOTE.replace("\n7\n", "\n8\n"),
        NOTE.replace("\n7\n", "\n07\n"),
        NOTE.replace("ward", "else"),
        NOTE.replace("\n\n", "\n"),
        NOTE.replace("AAAA", "AAA!", 1),
        NOTE.replace("AAAA", "", 1),
        NOTE.replace("— matpho/ward ", "- matpho/ward "),
        NOTE.replace("AAAA", "Ngõ1", 1),
        NOTE[:-10] + "Ngõ\n",
        NOTE[:-10] + "\n",
        Signer("other", bytes(32)).sign(TOLD),
        NOTE + "x" * 70_000,
    ],
)
def test_nothing_else_is(note: str) -> None:
    with pytest.raises(NoteUnusable):
        read_checkpoint(note, [SIGNER.verifier, Signer("other", bytes(32)).verifier])


def test_another_key_of_the_same_name_does_not_do() -> None:
    with pytest.raises(NoteUnusable, match="no key that is known"):
        read_checkpoint(NOTE, [Signer("matpho/ward", bytes(32)).verifier])


@pytest.mark.parametrize(
    "text",
    ["", "a", "a+b+c", "matpho/ward+00000000+" + SIGNER.verifier.text.split("+", 2)[2], "a b+" + "0" * 8 + "+AQ=="],
)
def test_keys_that_are_none(text: str) -> None:
    with pytest.raises(NoteUnusable):
        Verifier.parse(text)


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "audit.key"
    first = open_signer(file)
    assert open_signer(file).verifier == first.verifier
    assert file.stat().st_mode & 0o777 == 0o600
    assert open_signer(tmp_path / "other" / "audit.key").verifier.name != first.verifier.name
    told = TOLD._replace(origin=first.verifier.name)
    assert read_checkpoint(open_signer(file).sign(told), [first.verifier]) == told


@pytest.mark.parametrize(("kept", "name"), [(0, b"matpho"), (-9, b"matpho"), (None, b"other")])
def test_a_key_that_is_spoilt_is_named(tmp_path: Path, kept: int | None, name: bytes) -> None:
    file = tmp_path / "audit.key"
    open_signer(file)
    file.write_bytes(file.read_bytes()[:kept].replace(b"matpho", name))
    with pytest.raises(SigningKeyUnusable, match=r"audit\.key"):
        open_signer(file)
