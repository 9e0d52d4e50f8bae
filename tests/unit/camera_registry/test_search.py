"""People type without accents; those who type them want what they typed first."""

import unicodedata

import pytest

from camera_registry.search import fold, rank, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đường Láng", "duong lang"),
        ("  ngõ\t12   ĐỘI CẤN ", "ngo 12 doi can"),
        ("Quận Gò Vấp – hẻm 45/2", "quan go vap – hem 45/2"),
        ("ưƯơƠăĂâÂêÊôÔ", "uuooaaaaeeoo"),
        ("", ""),
    ],
)
def test_accents_case_and_blanks_do_not_matter(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_composed_and_decomposed_letters_are_the_same() -> None:
    text = "Nguyễn Thị Đào, ngõ Thổ Quan"
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))
    assert rank(unicodedata.normalize("NFD", "thổ"), text) == rank(unicodedata.normalize("NFC", "thổ"), text)


def test_words_leave_out_what_is_no_letter() -> None:
    assert words("Hẻm 45/2, Đ. Lê Lợi (cổng)") == ["hem", "45", "2", "d", "le", "loi", "cong"]


def test_what_has_the_typed_accents_goes_first() -> None:
    names = ["Ngõ Làng", "Ngõ Lang", "Chợ Láng", "Láng Hạ", "Lang Hạ", "Ngõ Láng"]
    ranked = sorted(names, key=lambda name: (rank("láng", name), name))
    assert ranked[0] == "Láng Hạ"
    assert ranked[1] == "Lang Hạ"
    assert set(ranked[2:4]) == {"Chợ Láng", "Ngõ Láng"}


def test_words_in_another_order_still_answer() -> None:
    assert rank("lang duong", "Đường Láng") == 4
    assert rank("duong lang", "Ngõ 3 Đường Láng") == 3
