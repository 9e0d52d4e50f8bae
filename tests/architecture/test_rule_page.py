"""The page of the rules is what the code has."""

from tests.support.rule_page import PAGE, page


def test_the_page_is_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.support.rule_page update`"
