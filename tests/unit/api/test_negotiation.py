"""Languages and media types by weight."""

import pytest

from api.negotiation import language_of, media_type_of


@pytest.mark.parametrize(
    ("field", "language"),
    [
        (None, "vi"),
        ("", "vi"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("fr, vi;q=0.3, en;q=0.8", "en"),
        ("vi-VN,vi;q=0.9,en;q=0.8", "vi"),
        ("en;q=0", "vi"),
        ("en;q=abc", "vi"),
        ("en;q=nan", "vi"),
        ("*", "vi"),
        (";;;,,,=", "vi"),
        ("ja", "vi"),
    ],
)
def test_language(field: str | None, language: str) -> None:
    assert language_of(field, "vi") == language


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("text/csv;q=0.5, application/geo+json", "application/geo+json"),
        ("text/html,*/*;q=0.1", "application/json"),
        ("image/png", "application/json"),
        ("*/*;q=0.1, text/csv;q=0.05", "application/json"),
        ("TEXT/CSV", "text/csv"),
    ],
)
def test_media_type(field: str | None, kind: str) -> None:
    assert media_type_of(field, ["application/json", "text/csv", "application/geo+json"]) == kind
