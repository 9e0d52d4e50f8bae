"""Credentials are sealed, and addresses in texts lose theirs."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from camera_registry.secrets import KeyUnusable, SealBroken, SourceUnusable, Vault, scrub, split_source


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
    attempts = [(other, sealed, "stream:1"), (vault, sealed, "stream:2"), (vault, b"\x02" + sealed[1:], "stream:1")]
    attempts += [
        (vault, sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], "stream:1")
        for at in (1, 13, -1 % len(sealed))
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


def test_a_key_that_was_cut_short_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "camera.key"
    path.write_bytes(b"short")
    with pytest.raises(KeyUnusable) as refused:
        Vault.open(path)
    assert refused.value.fields["why"] == "5 bytes, not 32"
    assert path.read_bytes() == b"short"


@pytest.mark.parametrize(
    ("source", "address", "credentials"),
    [
        ("rtsp://admin:p%40ss@10.0.0.9:554/live?ch=1", "rtsp://10.0.0.9:554/live?ch=1", "admin:p@ss"),
        ("RTSP://10.0.0.9/live", "rtsp://10.0.0.9/live", None),
        ("rtsps://user@[fe80::1]:322/x", "rtsps://[fe80::1]:322/x", "user:"),
        (" rtsp://cam.local/a#frag ", "rtsp://cam.local/a", None),
    ],
)
def test_an_address_is_parted_from_its_credentials(source: str, address: str, credentials: str | None) -> None:
    assert split_source(source) == (address, credentials)


@pytest.mark.parametrize(
    "source", ["http://admin:hunter2@x/", "rtsp://", "rtsp://u:hunter2@:99999/", "rtsp://[::1", "hunter"]
)
def test_what_is_no_source_is_refused_without_showing_its_password(source: str) -> None:
    with pytest.raises(SourceUnusable) as refused:
        split_source(source)
    assert "hunter2" not in str(refused.value.fields)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("open rtsp://admin:hunter2@10.0.0.9/live failed", "open rtsp://***@10.0.0.9/live failed"),
        ("RTSP://admin@h/ and http://a:b@c/", "RTSP://***@h/ and http://***@c/"),
        ("rtsp://10.0.0.9/live at 12:00@noon", "rtsp://10.0.0.9/live at 12:00@noon"),
    ],
)
def test_texts_are_scrubbed(text: str, clean: str) -> None:
    assert scrub(text) == clean
