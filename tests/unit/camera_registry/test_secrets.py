"""Credentials are sealed, and addresses in texts lose theirs."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from camera_registry.secrets import (
    KeyUnusable,
    SealBroken,
    SourceUnclear,
    SourceUnusable,
    UserUnusable,
    Vault,
    joined_source,
    scrub,
    split_source,
)
from foundation.vault import KeyFile
from foundation.vault.envelope import Envelope, key_of
from tests.support.sealing import sealed_of_old


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.open(tmp_path / "keys" / "camera.key")


def test_what_is_sealed_comes_back(vault: Vault) -> None:
    sealed = vault.seal("admin:mật khẩu", "stream:17")
    assert b"admin" not in sealed
    assert vault.unseal(sealed, "stream:17") == "admin:mật khẩu"


def test_the_same_text_is_never_sealed_to_the_same_bytes(vault: Vault) -> None:
    assert vault.seal("admin:1", "stream:1") != vault.seal("admin:1", "stream:1")


def test_a_seal_holds_for_its_key_its_place_and_its_bytes(vault: Vault, tmp_path: Path) -> None:
    sealed = vault.seal("admin:1", "stream:1")
    other = Vault.open(tmp_path / "other.key")
    attempts = [(other, sealed, "stream:1"), (vault, sealed, "stream:2"), (vault, sealed + b"x", "stream:1")]
    attempts += [(vault, sealed[:at], "stream:1") for at in range(len(sealed))]
    attempts += [
        (vault, sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], "stream:1") for at in range(len(sealed))
    ]
    for opener, data, place in attempts:
        with pytest.raises(SealBroken):
            opener.unseal(data, place)


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "camera.key"
    with ThreadPoolExecutor(8) as pool:
        vaults = list(pool.map(lambda _: Vault.open(path), range(8)))
    sealed = vaults[0].seal("a:b", "x")
    assert {each.unseal(sealed, "x") for each in vaults} == {"a:b"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [item.name for item in path.parent.iterdir()] == ["camera.key"]


def test_a_value_sealed_before_there_were_envelopes_opens_and_only_where_it_belongs(tmp_path: Path) -> None:
    path, key = tmp_path / "camera.key", bytes(range(32))
    path.write_bytes(key)
    vault = Vault.open(path)
    old = sealed_of_old(key, "admin:1", "stream:1")
    assert vault.unseal(old, "stream:1") == "admin:1"
    assert (
        vault.unseal_all([(old, "stream:2"), (old[:-1], "stream:1"), (b"\x01", "stream:1"), (b"", "x")]) == [None] * 4
    )
    assert path.read_bytes() == key  # an older program still reads it
    fresh = vault.seal("admin:2", "stream:1")
    KeyFile(path).renew()
    assert vault.unseal_all([(old, "stream:1"), (fresh, "stream:1")]) == ["admin:1", "admin:2"]


def test_the_text_is_not_touched_when_its_key_is_wrapped_anew(vault: Vault) -> None:
    sealed = vault.seal("admin:1", "stream:1")
    vault.keeper.renew()
    (fresh,) = vault.rewrap([(sealed, "stream:1")])
    assert fresh is not None
    assert Envelope.parse(fresh).body == Envelope.parse(sealed).body
    assert key_of(fresh) != key_of(sealed)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"short", "5 bytes, which are neither a key nor a list of keys"),
        (b"", "0 bytes, which are neither a key nor a list of keys"),
        (b"matpho keys 1\n", "14 bytes, which are neither a key nor a list of keys"),
        (b"matpho keys 1\nfile:1 2026-01-01T00:00:00Z\n", "line 2 is no key"),
        (b"matpho keys 1\nfile:1 2026-01-01 hunter2=\n", "line 2 is no key"),
        (b"matpho keys 1\nfile:1 2026-01-01T00:00:00Z aHVudGVyMg==\n", "the key of line 2 is not the one of its id"),
    ],
)
def test_a_key_file_that_was_damaged_is_refused_and_kept(text: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "camera.key"
    path.write_bytes(text)
    with pytest.raises(KeyUnusable) as refused:
        Vault.open(path)
    assert refused.value.fields == {"path": "camera.key", "why": why}
    assert path.read_bytes() == text


def test_keys_made_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "camera.key"
    KeyFile(path)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: KeyFile(path).renew().id, range(16)))
    known = [info.id for info in KeyFile(path).known()]
    assert set(made) < set(known)
    assert len(known) == 17
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [item.name for item in path.parent.iterdir()] == ["camera.key"]


def test_a_file_that_goes_away_still_opens_what_was_sealed_and_seals_nothing(vault: Vault, tmp_path: Path) -> None:
    sealed = vault.seal("admin:1", "x")
    (tmp_path / "keys" / "camera.key").unlink()
    assert vault.unseal(sealed, "x") == "admin:1"
    with pytest.raises(KeyUnusable, match="No such file"):
        vault.seal("admin:2", "x")


def test_what_a_crash_left_of_an_attempt_is_no_hindrance(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "keys" / "camera.key.next").write_bytes(b"half a li")
    vault.keeper.renew()
    assert [item.name for item in (tmp_path / "keys").iterdir()] == ["camera.key"]


@pytest.mark.parametrize(
    ("source", "address", "credentials"),
    [
        ("rtsp://admin:p%40ss@10.0.0.9:554/live?ch=1", "rtsp://10.0.0.9:554/live?ch=1", "admin:p@ss"),
        ("RTSP://10.0.0.9/live", "rtsp://10.0.0.9/live", None),
        ("rtsps://user@[fe80::1]:322/x", "rtsps://[fe80::1]:322/x", "user:"),
        (" rtsp://cam.local/a ", "rtsp://cam.local/a", None),
        ("rtsp://quảntrị:a%23b@10.0.0.9/", "rtsp://10.0.0.9/", "quảntrị:a#b"),
        ("rtsp://admin:p@ss@10.0.0.9/", "rtsp://10.0.0.9/", "admin:p@ss"),  # the last @ ends it, and there is no other
        ("rtsp://10.0.0.9/cam%40realmonitor", "rtsp://10.0.0.9/cam%40realmonitor", None),
    ],
)
def test_an_address_is_parted_from_its_credentials(source: str, address: str, credentials: str | None) -> None:
    assert split_source(source) == (address, credentials)


def test_a_user_with_a_colon_is_refused_as_it_could_not_be_told_from_its_password() -> None:
    assert split_source("rtsp://u:a%3Ab@h/")[1] == "u:a:b"
    with pytest.raises(UserUnusable):
        split_source("rtsp://u%3Ax:secret@h/")


@pytest.mark.parametrize(
    "source",
    [
        "http://admin:hunter2@x/",
        "rtsp://",
        "rtsp://u:hunter2@:99999/",
        "rtsp://[::1",
        "admin:hunter2",
        "hunter2",
        "http://a:x@hunter2@x/",
        "rtsp://a:x/hunter2@x/",
        "rtsp://a:x hunter2@x:y/",
        "rtsp://a%3Ahunter2%40x/",
    ],
)
def test_what_is_no_source_is_refused_without_showing_its_password(source: str) -> None:
    with pytest.raises(SourceUnusable) as refused:
        split_source(source)
    assert "hunter2" not in str(refused.value.fields)


@pytest.mark.parametrize("letter", [*"#/?\\", "\t", "\n", "\x00", "\u2028", "\u00a0"])
@pytest.mark.parametrize("source", ["rtsp://hunter:20{}24@10.0.0.9/live", "rtsps://hunter:p{}p@24@10.0.0.9"])
def test_a_password_that_ends_the_address_is_refused_with_what_to_do(source: str, letter: str) -> None:
    with pytest.raises(SourceUnusable) as refused:
        split_source(source.format(letter))
    assert "hunter" not in str(refused.value)
    assert "2024" not in str(refused.value)
    if letter in "#/?\\" and "p@" not in source:
        assert isinstance(refused.value, SourceUnclear)
        assert "# as %23" in str(refused.value)
        assert split_source(source.format(f"%{ord(letter):02X}"))[1] == f"hunter:20{letter}24"


def test_a_blank_ends_nothing() -> None:
    assert split_source("rtsp://hunter:bốn từ dễ nhớ@10.0.0.9/live 2") == (
        "rtsp://10.0.0.9/live 2",
        "hunter:bốn từ dễ nhớ",
    )


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("open rtsp://admin:hunter2@10.0.0.9/live failed", "open rtsp://***@10.0.0.9/live failed"),
        ("RTSP://admin@h/ and http://a:b@c/", "RTSP://***@h/ and http://***@c/"),
        ("rtsp://admin:p@ss/w@rd@h/live?x", "rtsp://***@h/live?x"),
        ("“rtsp://admin:mật khẩu của tôi@h/live”", "“rtsp://***@h/live”"),
        ("GET /x/rtsp%3A%2F%2Fadmin%3Ahunter2%40h%2Flive", "GET /x/rtsp%3A%2F%2F***@h%2Flive"),
        ("rtsp://admin:12 34@h/", "rtsp://***@h/"),
        ("rtsp://10.0.0.9:554/live of x@y", "rtsp://10.0.0.9:554/live of x@y"),
        ("rtsp://10.0.0.9:554 of x@y", "rtsp://***@y"),
        ("rtsp://10.0.0.9/live at 12:00@noon", "rtsp://10.0.0.9/live at 12:00@noon"),
    ],
)
def test_texts_are_scrubbed(text: str, clean: str) -> None:
    assert scrub(text) == clean


@pytest.mark.parametrize(
    "address", ["rtsp://10.0.0.9/live?channel=1", "rtsps://cam.example:8554/", "rtsp://[fd00::9]/a"]
)
@pytest.mark.parametrize("credentials", [None, "admin:", "admin:hẻm/1@ :%?#[]&+'", "quản trị:a:b"])
def test_what_was_split_is_joined_again(address: str, credentials: str | None) -> None:
    assert split_source(joined_source(address, credentials)) == (address, credentials)
