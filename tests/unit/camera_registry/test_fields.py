"""Fields as people write them, in both languages, and as they must not be written."""

import re

import pytest

from camera_registry.fields import FIELDS, header, read
from camera_registry.records import STATUSES
from foundation.language import LANGUAGES, Language, translate


@pytest.mark.parametrize(
    ("field", "written", "value"),
    [
        ("bearing_deg", "Đông Bắc", 45.0),
        ("bearing_deg", "tây", 270.0),
        ("bearing_deg", "360", 0.0),
        ("bearing_deg", "NW", 315.0),
        ("lat", "10,7651", 10.7651),
        ("lat", 10.5, 10.5),
        ("lon", "−1.5", -1.5),
        ("funding_vnd", "3.500.000", 3_500_000),
        ("funding_vnd", "3,500,000", 3_500_000),
        ("funding_vnd", 1200000, 1_200_000),
        ("consent_date", "31/12/2025", "2025-12-31"),
        ("consent_date", "2025-12-31 00:00:00", "2025-12-31"),
        ("consent_date", "07032026", "2026-03-07"),
        ("consent_date", "07.03.2026", "2026-03-07"),
        ("consent_date", "7-3-2026", "2026-03-07"),
        ("status", "Đang hoạt động", "active"),
        ("status", "hỏng", "broken"),
        ("sound_agreed", "có", 1),
        ("sound_agreed", "Không", 0),
        ("source", "CLIPS", "clips"),
        ("name", "  Ngõ 12  ", "Ngõ 12"),
    ],
)
def test_it_is_read_as_it_is_meant(field: str, written: object, value: object) -> None:
    assert read({field: written}, 2) == ({field: value}, [])


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("lat", "90.1"),
        ("lat", "mười"),
        ("lat", "nan"),
        ("lon", "inf"),
        ("hfov_deg", "0"),
        ("hfov_deg", "361"),
        ("range_m", "-1"),
        ("bearing_deg", "361"),
        ("bearing_deg", "phía trước"),
        ("funding_vnd", "1.5"),
        ("retention_days", "0"),
        ("consent_date", "31/02/2025"),
        ("consent_date", "12-31-2025"),
        ("consent_date", "070326"),
        ("consent_date", "32132025"),
        ("status", "alive"),
        ("sound_agreed", "maybe"),
        ("source", "http://10.0.0.1/"),
        ("code", "a/b"),
        ("code", "a" * 65),
        ("name", "a\x07b"),
        ("name", "Nhà 7 rtsp://admin:matkhau@192.168.1.5/ch1"),
        ("owner_name", "admin:matkhau@192.168.1.5"),
        ("owner_phone", "khong co"),
        ("name", "a" * 201),
        ("valid_from", "2026-03-07 21:00"),
    ],
)
def test_it_is_refused_by_name(field: str, written: str) -> None:
    values, (problem,) = read({field: written}, 7)
    assert (values, problem.line, problem.field) == ({}, 7, field)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_that_are_told_for_a_state_are_read_and_are_all(language: Language) -> None:
    _, (problem,) = read({"status": "alive"}, 2)
    told = re.split(", | or | hoặc ", translate(language, problem.message).split("; ")[1])
    words = [told[0].removeprefix("write ").removeprefix("hãy ghi "), *told[1:]]
    assert [read({"status": word}, 2)[0] for word in words] == [{"status": status} for status in STATUSES]


def test_the_password_of_a_bad_address_is_not_repeated() -> None:
    _, (problem,) = read({"source": "rtsp://admin:hunter2@"}, 2)
    assert "hunter2" not in str(problem.fields)


def test_a_password_that_ends_its_address_is_refused_with_what_to_do() -> None:
    values, (problem,) = read({"source": "rtsp://hunter:2024#Cam@10.0.0.9/live"}, 2)
    assert (values, problem.fields) == ({}, {})
    assert "write # as %23" in problem.message


def test_an_empty_field_is_none_and_a_field_left_out_stays_out() -> None:
    assert read({"name": " ", "height_m": ""}, 2) == ({"name": None, "height_m": None}, [])


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("Vĩ độ", "lat"),
        ("KINH ĐỘ", "lon"),
        ("Hướng nhìn", "bearing_deg"),
        ("Khu phố", "unit"),
        ("Số điện thoại", "owner_phone"),
        ("x", None),
    ],
)
def test_columns_have_their_vietnamese_names(name: str, field: str | None) -> None:
    assert header(name) == field


def test_no_two_fields_answer_to_one_name() -> None:
    names = [name for known in FIELDS.values() for name in known.headers]
    assert len(names) == len(set(names))
    assert not set(names) & FIELDS.keys()
