"""Where the service is served, as other commands read it: the settings first, then the note, then the default."""

import dataclasses
from pathlib import Path

import pytest
import sqlalchemy as sa

from api.service import Service
from foundation.clock import ManualClock
from foundation.settings import Settings
from matpho.served import NOTE, address_of, note_address
from matpho.service import served_at
from tests.support.web import make_service

DEFAULT = "http://127.0.0.1:8000"


@pytest.fixture
def service(sqlite_engine: sa.Engine, data_dir: Path, clock: ManualClock) -> Service:
    return dataclasses.replace(make_service(sqlite_engine, data_dir, clock), settings=Settings(data=data_dir))


def test_the_note_is_where_it_was_served_last(service: Service) -> None:
    assert address_of(service) == DEFAULT
    note_address(served_at(service, "0.0.0.0", 9000))
    assert address_of(service) == "http://127.0.0.1:9000"
    note_address(served_at(service, "127.0.0.1", 9001))
    assert address_of(service) == "http://127.0.0.1:9001"


def test_what_people_use_by_the_settings_comes_first(service: Service, data_dir: Path) -> None:
    note_address(served_at(service, "127.0.0.1", 9000))
    told = dataclasses.replace(service, settings=Settings(data=data_dir, address="https://camera.example.vn"))
    assert address_of(told) == "https://camera.example.vn"


@pytest.mark.parametrize("noted", [b"", b"\xff\xfe", b"http://elsewhere.example/", b"x" * 10_000])
def test_a_note_that_is_none_is_passed_over(service: Service, data_dir: Path, noted: bytes) -> None:
    (data_dir / NOTE).write_bytes(noted)
    assert address_of(service) == DEFAULT


def test_a_note_that_cannot_be_written_is_no_reason_not_to_serve(service: Service, data_dir: Path) -> None:
    (data_dir / NOTE).mkdir()
    note_address(service)
    assert address_of(service) == DEFAULT
