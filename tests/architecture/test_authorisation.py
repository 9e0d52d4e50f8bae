"""The page of who may do what is what the code does."""

from tests.support.authorisation import PAGE, page


def test_the_page_is_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.support.authorisation update`"
