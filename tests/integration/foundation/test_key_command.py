"""What a program that keeps keys may do wrong: it is named, and nothing secret is told."""

import logging
import os
from pathlib import Path

import pytest

from foundation.vault import KeyAnswerBad, KeyCommand, KeyCommandFailed, SealBroken, Vault, Wrapped
from tests.support.sealing import key_command, sealed_of_old

ITEM = (b"k" * 32, "stream:1")
SECRET = "a2tra2tra2tra2tr"  # of the base64 of this key


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("no_json", "it is not JSON"),
        ("no_list", "“items” is not a list of objects"),
        ("too_few", "“items” has 0 items, not 1"),
        ("no_base64", "“wrapped” is not base64"),
        ("no_id", "“id” is not the id of a key"),
        ("too_long", "“wrapped” has 6000 bytes"),
    ],
)
def test_an_answer_that_cannot_be_used_is_named(fault: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(KeyAnswerBad) as refused:
        KeyCommand(key_command(tmp_path, fault)).wrap([ITEM])
    assert refused.value.fields["why"] == why


def test_a_key_of_another_length_and_a_list_without_keys_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyAnswerBad, match="not of 32 bytes"):
        KeyCommand(key_command(tmp_path, "short_key")).unwrap([(Wrapped("command:1", b"x"), "stream:1")])
    with pytest.raises(KeyAnswerBad, match="there is no key"):
        KeyCommand(key_command(tmp_path, "no_keys")).known()
    with pytest.raises(KeyAnswerBad, match="no time"):
        KeyCommand(key_command(tmp_path, "no_time")).known()


def test_one_that_never_answers_is_ended_with_what_it_started(tmp_path: Path) -> None:
    with pytest.raises(KeyCommandFailed, match="no answer within"):
        KeyCommand(key_command(tmp_path, "hang"), patience_s=0.5).wrap([ITEM])
    mine = [path for path in Path("/proc").glob("[0-9]*/cmdline") if str(tmp_path) in _text(path)]
    assert mine == []


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def test_its_complaint_goes_to_the_log_and_not_to_who_asked(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(KeyCommandFailed) as refused:
        KeyCommand(key_command(tmp_path, "complain")).wrap([ITEM])
    assert refused.value.fields == {"why": "exit code 3"}
    assert "says: the token is no good[2J" in caplog.text


def test_a_complaint_that_repeats_the_question_is_told_nowhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(KeyCommandFailed):
        KeyCommand(key_command(tmp_path, "repeat")).wrap([ITEM])
    assert "what must not be told" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("command", "why"), [("/no/such/program", "No such file"), ("a 'b", "No closing"), (" ", "empty")]
)
def test_a_command_that_cannot_be_run_is_named(command: str, why: str) -> None:
    with pytest.raises(KeyCommandFailed, match=why):
        KeyCommand(command).known()


def test_it_is_not_told_our_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATPHO_OIDC_CLIENT_SECRET", "hunter2")
    monkeypatch.setenv("VAULT_TOKEN", "its own")
    told = tmp_path / "told"
    with pytest.raises(KeyAnswerBad):
        KeyCommand(f"sh -c 'env > {told}'").known()
    assert "hunter2" not in told.read_text()
    assert "VAULT_TOKEN=its own" in told.read_text()


def test_what_the_file_sealed_opens_beside_the_program_and_is_brought_to_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "camera.key"
    path.parent.mkdir()
    key = os.urandom(32)
    path.write_bytes(key)
    old, file = sealed_of_old(key, "a:1", "x"), Vault.open(path).seal("a:2", "x")
    both = Vault.open(path, key_command(tmp_path))
    own = both.seal("a:3", "x")
    assert both.unseal_all([(old, "x"), (file, "x"), (own, "x"), (own, "y")]) == ["a:1", "a:2", "a:3", None]
    brought = both.rewrap([(old, "x"), (file, "x"), (own, "x"), (old, "y")])
    path.unlink()
    alone = Vault.open(path, key_command(tmp_path))
    assert alone.unseal_all([(one, "x") for one in brought if one]) == ["a:1", "a:2", "a:3"]
    assert brought[3] is None
    assert not path.exists()
    with pytest.raises(SealBroken):
        alone.unseal(file, "x")
