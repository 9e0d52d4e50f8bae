"""The token of a form in a page: never twice the same text, always the same token."""

import gzip
from types import SimpleNamespace
from typing import Any

import pytest

from api.veil import unveiled, veiled
from api.web.frame.packing import packed
from people.secrets import new_secret


def _asking(encodings: str) -> Any:
    return SimpleNamespace(headers={"accept-encoding": encodings})


def test_no_two_pages_show_it_alike() -> None:
    token = new_secret()
    seen = {veiled(token) for _ in range(50)}
    assert len(seen) == 50
    assert {unveiled(text) for text in seen} == {token}
    assert not any(token in text for text in seen)


def test_one_without_a_veil_is_itself() -> None:
    assert unveiled("Ab-_9") == "Ab-_9"


@pytest.mark.parametrize("text", ["~", "~!", "~YQ==", "~YWI", "~ä", "~\udcff", "~" + "A" * 401])
def test_what_nobody_veiled_is_no_token(text: str) -> None:
    assert unveiled(text) == ""


def test_a_page_is_packed_for_who_takes_it_and_its_length_tells_little() -> None:
    page = b"<p>" + b"one and the same " * 200
    several = [packed(_asking("gzip, br"), page) for _ in range(40)]
    assert {gzip.decompress(one) for one in several if one} == {page}
    assert len({len(one) for one in several if one}) > 10
    assert packed(_asking("br"), page) is None
    assert packed(_asking("gzip"), b"short") is None
