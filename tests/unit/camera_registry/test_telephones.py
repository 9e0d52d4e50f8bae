"""Telephone numbers of Vietnam as people write them, and what is none."""

import pytest

from camera_registry.telephones import ContactUnusable, NotATelephone, Telephone, read_contact, read_number, shown

GOOD = {
    "028 3812 3456": ("02838123456", "028 3812 3456", "tel:+842838123456"),
    "(028) 3812.3456": ("02838123456", "028 3812 3456", "tel:+842838123456"),
    "+84 28 3812 3456": ("02838123456", "028 3812 3456", "tel:+842838123456"),
    "+84 (0)28 3812-3456": ("02838123456", "028 3812 3456", "tel:+842838123456"),
    "0084912345678": ("0912345678", "0912 345 678", "tel:+84912345678"),
    "0912.345.678": ("0912345678", "0912 345 678", "tel:+84912345678"),
    " 0254\u00a0385\u00a02999 ": ("02543852999", "0254 385 2999", "tel:+842543852999"),
    "1900 1234": ("19001234", "1900 1234", "tel:19001234"),
    "1800.599920": ("1800599920", "1800 599920", "tel:1800599920"),
    "113": ("113", "113", "tel:113"),
}


@pytest.mark.parametrize("typed", GOOD)
def test_a_number_as_people_write_it(typed: str) -> None:
    number = read_number(typed)
    assert number is not None
    told = Telephone(number, "", "A", "Khu A")
    assert (number, told.shown, told.link) == GOOD[typed]
    assert read_number(shown(number)) == number


@pytest.mark.parametrize(
    "typed",
    [
        "12345",
        "0123456789",  # of no network since 2018
        "0912 345 67",
        "0912 345 6789",
        "+1 212 555 0100",
        "0912345678;0912345679",
        "số nhà 5",
        "tel:113",
        "\uff10\uff19\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
        "٠٩١٢٣٤٥٦٧٨",
        "0912345678" + " " * 30 + "9",
        "0" * 200,
        "javascript:alert(1)",
        "9" * 40 + "0912345678",
    ],
)
def test_what_is_no_number_is_refused_by_name(typed: str) -> None:
    with pytest.raises(NotATelephone) as refused:
        read_number(typed)
    assert typed[:5] in refused.value.fields["value"]
    assert len(refused.value.fields["value"]) <= 40


def test_nothing_is_nothing() -> None:
    assert (read_number("  "), read_contact("")) == (None, None)


def test_who_answers_is_one_short_line() -> None:
    assert read_contact(" Trực ban công an phường ") == "Trực ban công an phường"
    for bad in ("x" * 101, "a\nb", "a\u202eb", "a\x00b"):
        with pytest.raises(ContactUnusable):
            read_contact(bad)
