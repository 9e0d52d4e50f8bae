"""Cameras come in from a table, all or none; credentials never lie open."""

import io
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from sqlmodel import col

from camera_registry.cameras import describe, get_camera, owner_of
from camera_registry.rowfile import FileUnreadable
from camera_registry.secrets import Vault
from camera_registry.tables import Stream
from foundation.errors import RowsRefused
from foundation.timebase import EARLIEST_US
from tests.support.registry import Registry, refusals

HEAD = "code,name,unit,lat,lon,bearing_deg,hfov_deg,range_m,source,owner_name,owner_phone,retention_days,status\n"
GOOD = (
    HEAD + "C1,Ngõ 12,KP1,10.765,106.665,90,80,40,clips,Bà Tư,0912,30,active\n"
    "C2,Chợ,,10.766,106.666,,,,rtsp://admin:hunter2@10.0.0.9/live,,,,\n"
)
TABLES = ("camera", "placement", "ownership", "camera_unit", "stream", "audit_event")


@pytest.fixture
def ward(registry: Registry) -> Registry:
    registry.units("code,name,kind\nKP1,Khu phố 1,neighbourhood\n")
    return registry


def xlsx(*rows: tuple[Any, ...]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def counts(registry: Registry) -> list[int]:
    return [registry.count(table) for table in TABLES]


def test_a_table_is_registered(ward: Registry) -> None:
    done = ward.cameras(GOOD)
    assert (done.count, done.unverified) == (2, ["C2"])
    camera = ward.read(get_camera, "C1")
    told = ward.read(describe, camera, ward.clock.now_us())
    assert (told.unit_code, told.retention_days, told.source, told.verified) == ("KP1", 30, "clips", True)
    assert told.placement.valid.start_us == EARLIEST_US  # it hung there before anybody registered it
    owner = ward.read(owner_of, camera.id, ward.clock.now_us())
    assert (owner.owner_name, owner.owner_phone) == ("Bà Tư", "0912")
    second = ward.read(describe, ward.read(get_camera, "C2"), ward.clock.now_us())
    assert (second.source, second.verified, second.placement.range_m) == ("rtsp", False, 30.0)


def test_a_dry_run_tells_the_same_and_keeps_nothing(ward: Registry) -> None:
    before = counts(ward)
    assert ward.cameras(GOOD, dry_run=True) == ward.cameras(GOOD, dry_run=True)
    assert counts(ward) == before
    bad = GOOD.replace("10.766", "99")
    assert refusals(lambda: ward.cameras(bad, dry_run=True)) == [(3, "lat")]


def test_every_bad_field_is_named_and_nothing_is_kept(ward: Registry) -> None:
    ward.cameras(HEAD + "C9,Cũ,,10.7,106.6,,,,,,,,\n")
    before = counts(ward)
    text = (
        HEAD + "C1,Tốt,KP1,10.765,106.665,90,80,40,clips,,,,active\n"
        "C2,Xa,KP1,95,106.665,400,0,-5,ftp://x,,,0,alive\n"
        "\n"
        "C1,Trùng,KP7,10.765,106.665,,,,,,,,\n"
        "C9,Đã có,,10.765,106.665,,,,,,,,\n"
        ",Không mã,,,106.665,,,,,,,,\n"
        "C3,Thừa,,10.765,106.665,,,,,,,,,too much\n"
    )
    assert refusals(lambda: ward.cameras(text)) == [
        (3, "bearing_deg"),
        (3, "hfov_deg"),
        (3, "lat"),
        (3, "range_m"),
        (3, "retention_days"),
        (3, "source"),
        (3, "status"),
        (5, "code"),
        (5, "unit"),
        (6, "code"),
        (7, "code"),
        (7, "lat"),
        (8, ""),
    ]
    assert counts(ward) == before


def test_a_spreadsheet_with_vietnamese_columns(ward: Registry) -> None:
    data = xlsx(
        ("Mã", "Tên", "Khu phố", "Vĩ độ", "Kinh độ", "Hướng", "Góc nhìn", "Tầm nhìn"),
        ("C1", "Đầu hẻm", "KP1", 10.765, 106.665, "Đông", 90, 40),
        (None,) * 8,
        ("C2", "Cuối hẻm", "KP1", 10.766, 106.665, None, None, None),
    )
    done = ward.cameras(data, "camera.xlsx")
    assert (done.count, done.unverified) == (2, ["C2"])
    told = ward.read(describe, ward.read(get_camera, "C1"), ward.clock.now_us())
    assert (told.name, told.placement.bearing_deg) == ("Đầu hẻm", 90.0)


def test_lines_of_a_spreadsheet_are_counted_as_it_shows_them(ward: Registry) -> None:
    data = xlsx(("code", "lat", "lon"), (None, None, None), ("C1", 10.7, 106.6), ("C2", "x", 106.6))
    assert refusals(lambda: ward.cameras(data, "c.xlsx")) == [(4, "lat")]


def test_columns_are_checked_before_rows(ward: Registry) -> None:
    assert refusals(lambda: ward.cameras("code,lat,colour,lat\nC1,1,2,3\n")) == [(1, "colour"), (1, "lat"), (1, "lon")]


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (257 * 2**20))
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"PK\x03\x04 not a zip",
        "code,lat,lon\nC1,1,1\n".encode("utf-16")[2:],
        b"code,lat,lon\n" + b"C,1,1\n" * 20_001,
        ",".join(f"c{n}" for n in range(101)).encode(),
        b'code,lat,lon\n"' + b"x" * 200_000,
    ],
    ids=["empty", "blank", "no zip", "no text", "too long", "too wide", "endless cell"],
)
def test_a_file_that_is_no_table_is_refused(ward: Registry, data: bytes) -> None:
    with pytest.raises(FileUnreadable):
        ward.cameras(data, "c.csv")


def test_a_spreadsheet_that_unpacks_without_end_is_refused_unread(ward: Registry) -> None:
    with pytest.raises(FileUnreadable) as refused:
        ward.cameras(bomb(), "c.xlsx")
    assert "256 MiB" in refused.value.fields["why"]


def test_credentials_are_sealed_and_lie_nowhere_open(ward: Registry, data_dir: Path) -> None:
    ward.cameras(GOOD)
    (stream,) = ward.read(lambda s: s.execute(sa.select(Stream).where(col(Stream.kind) == "main")).scalars().all())
    assert stream.address == "rtsp://10.0.0.9/live"
    vault = Vault.open(data_dir / "keys" / "camera.key")
    assert vault.unseal(stream.sealed_credentials, f"stream:{stream.id}") == "admin:hunter2"
    if ward.engine.dialect.name == "sqlite":
        ward.engine.dispose()
        stored = b"".join(path.read_bytes() for path in data_dir.rglob("*") if path.is_file())
        dump = "\n".join(sqlite3.connect(data_dir / "catalogue.sqlite").iterdump()).encode()
    else:
        with ward.engine.connect() as connection:
            tables = ("stream", "audit_event", "camera", "ownership")
            rows = [connection.execute(sa.text(f"SELECT t::text FROM {table} t")).scalars().all() for table in tables]
        stored = dump = str(rows).encode()
    assert b"10.0.0.9" in stored
    assert b"hunter2" not in stored
    assert b"hunter2" not in dump
    assert b"hunter2".hex().encode() not in stored.lower()


def test_a_refused_file_does_not_repeat_a_password(ward: Registry) -> None:
    text = HEAD + "C1,a,,10.7,106.6,,,,rtsp://admin:hunter2@:x/,,,,\n"
    with pytest.raises(RowsRefused) as refused:
        ward.cameras(text)
    assert "hunter2" not in repr(refused.value) + str(refused.value) + str(refused.value.problems)
