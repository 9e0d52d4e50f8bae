"""Stamps of a real time-stamp authority: over this text, by this authority, or not at all."""

import itertools
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate
from rfc3161_client import decode_timestamp_response

from audit.stamp_order import ordered
from audit.stamps import AuthorityUnusable, CertificatesUnusable, StampBroken, StampRefused, ask, check, read_roots
from foundation.clock import SystemClock
from tests.support.command_line import matpho_on
from tests.support.stamping import authority, make_authority

NOTE = "matpho/test\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— matpho/test AAAA\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("stamping") / "authority"
    make_authority(found)
    return found


def test_a_stamp_holds_for_its_text_and_its_authority(folder: Path, tmp_path: Path) -> None:
    roots = read_roots(folder / "root.pem")
    with authority(folder) as address:
        stamp = ask(address, NOTE, roots)
    now = datetime.fromtimestamp(SystemClock().now_us() / 1e6, UTC)
    assert abs(check(stamp, NOTE, roots) - now) < timedelta(minutes=5)
    with pytest.raises(StampBroken):
        check(stamp, NOTE.replace("7", "8"), roots)
    with pytest.raises(StampBroken):
        check(stamp, NOTE, read_roots(make_authority(tmp_path / "other")))
    for spoilt in (b"", b"nonsense", stamp[:-1], stamp[:40] + b"\0" + stamp[41:], stamp + bytes(70_000)):
        with pytest.raises(StampBroken):
            check(spoilt, NOTE, roots)


def test_a_stamp_with_its_whole_chain_holds_whatever_the_order_of_its_certificates(tmp_path: Path) -> None:
    """openssl puts them in as they come; in one of six orders they are in that of DER."""
    root = make_authority(tmp_path / "authority", whole_chain=True)
    roots = read_roots(root)
    with authority(tmp_path / "authority") as address:
        stamp = ask(address, NOTE, roots)
    other = read_roots(make_authority(tmp_path / "other"))
    whole = [
        load_pem_x509_certificate((root.with_name(f"{name}.pem")).read_bytes()) for name in ("tsa", "between", "root")
    ]
    coded = [one.public_bytes(Encoding.DER) for one in whole]
    at = min(stamp.index(one) for one in coded)
    assert stamp[at : at + sum(map(len, coded))] in {b"".join(order) for order in itertools.permutations(coded)}
    refused = 0
    for order in itertools.permutations(coded):
        turned = stamp[:at] + b"".join(order) + stamp[at + sum(map(len, coded)) :]
        assert ordered(turned) == ordered(stamp)
        assert check(turned, NOTE, roots) == check(stamp, NOTE, roots)
        with pytest.raises(StampBroken):
            check(turned, NOTE.replace("7", "8"), roots)
        with pytest.raises(StampBroken):
            check(turned, NOTE, other)
        try:
            decode_timestamp_response(turned)
        except ValueError:
            refused += 1
    assert refused == 5  # and so is this still needed
    # openssl agrees that the order is nothing that a stamp is about
    for name, data in (("as it came", stamp), ("ordered", ordered(stamp))):
        (tmp_path / name).write_bytes(data)
        (tmp_path / "note").write_text(NOTE, encoding="utf-8")
        command = ["openssl", "ts", "-verify", "-in", name, "-data", "note", "-CAfile", str(root)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert "Verification: OK" in done.stdout + done.stderr


def test_what_is_no_stamp_is_left_as_it_is(folder: Path) -> None:
    with authority(folder) as address:
        stamp = ask(address, NOTE, read_roots(folder / "root.pem"))
    assert ordered(stamp) == stamp
    for spoilt in (b"", b"0", b"0\x80", b"0\x84\xff\xff\xff\xff", stamp[:-1], stamp[:9], b"1" + stamp[1:], bytes(99)):
        assert ordered(spoilt) == spoilt


def test_an_authority_of_another_root_is_refused(folder: Path, tmp_path: Path) -> None:
    other = read_roots(make_authority(tmp_path / "other"))
    with authority(folder) as address, pytest.raises(StampRefused, match="no good stamp"):
        ask(address, NOTE, other)


@pytest.mark.parametrize("address", ["", "tsa", "file:///etc/passwd", "ftp://h/x", "http://"])
def test_what_is_no_address_is_named(folder: Path, address: str) -> None:
    with pytest.raises(AuthorityUnusable):
        ask(address, NOTE, read_roots(folder / "root.pem"))


def test_an_authority_that_is_not_there_is_named(folder: Path) -> None:
    with authority(folder) as address:
        pass
    with pytest.raises(StampRefused, match="no good stamp"):
        ask(address, NOTE, read_roots(folder / "root.pem"))


def test_what_is_no_certificate_is_named(tmp_path: Path) -> None:
    file = tmp_path / "root.pem"
    with pytest.raises(CertificatesUnusable, match=r"root\.pem"):
        read_roots(file)
    file.write_text("nothing")
    with pytest.raises(CertificatesUnusable, match=r"root\.pem"):
        read_roots(file)


def test_checkpoints_are_stamped_and_stamps_are_proved(folder: Path, tmp_path: Path) -> None:
    matpho = matpho_on(tmp_path / "data")
    units = tmp_path / "units.csv"
    units.write_text("code,name,kind\nP1,Phường Cửa Ông,ward\n")
    assert matpho("units", "import", units).code == 0
    root = folder / "root.pem"
    with authority(folder) as address:
        for _ in range(2):  # the second finds it stamped
            told = matpho("audit", "stamp", "--authority", address, "--roots", root, "--json")
            assert (told.code, told.json["size"], told.json["authority"]) == (0, 1, address)
    proof = matpho("audit", "verify", "--roots", root, "--json")
    assert (proof.code, proof.json["stamps"], proof.json["good"]) == (0, 1, True)
    other = make_authority(tmp_path / "other")
    told = matpho("audit", "verify", "--roots", other)
    assert told.code == 1
    assert "the time stamp on the checkpoint over 1 leaves is not good" in told.out
