"""Papers: only our own files, only so many and so long, and words where a PDF cannot be made."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from api.papers import printing
from api.papers.press import ORIGIN, STATIC, file_at
from api.papers.printing import PaperBusy, PaperFailed, PaperUndrawable, pdf_of
from api.papers.squares import squares
from api.web.papers.sheets import drawable


def test_a_paper_names_only_our_own_files() -> None:
    assert file_at(f"{ORIGIN}/static/css/paper.css?v=0") == STATIC / "css" / "paper.css"
    for address in (
        "http://127.0.0.1/x",
        "file:///etc/passwd",
        f"{ORIGIN}/static/../../../etc/passwd",
        f"{ORIGIN}/static/css",
        f"{ORIGIN}/etc",
        "data:text/css,p{}",
    ):
        with pytest.raises(ValueError, match="names no"):
            file_at(address)


def test_what_takes_too_long_is_stopped_and_the_next_one_is_made() -> None:
    with pytest.raises(PaperFailed):
        pdf_of("<p>Đ", "slow", limit_s=0.05)
    assert pdf_of("<p>Đ", "next").startswith(b"%PDF-")


def test_more_than_a_few_at_once_are_told_to_print_from_the_browser() -> None:
    for _ in range(printing.AT_ONCE):
        assert printing._PLACES.acquire(timeout=1)
    try:
        with pytest.raises(PaperBusy, match="print it from the browser"):
            pdf_of("<p>", "third", wait_s=0.01)
    finally:
        for _ in range(printing.AT_ONCE):
            printing._PLACES.release()


def test_without_pango_a_paper_is_refused_with_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What WeasyPrint does on a machine without it.
    (tmp_path / "weasyprint.py").write_text("raise OSError(\"cannot load library 'libpango-1.0-0'\")\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert not printing.can_draw()
    with pytest.raises(PaperUndrawable, match="print it from the browser"):
        pdf_of("<p>", "none")


def test_what_no_font_has_is_written_by_its_number() -> None:
    assert drawable("Mất xe 🙂 ở hẻm 45 – “Honda” ♥\ufe0f → 2 m² …") == (
        "Mất xe [U+1F642] ở hẻm 45 – “Honda” [U+2665] → 2 m² …"
    )
    assert drawable("<p>Đường Hoa Phượng №3, ●, ✓</p>") == "<p>Đường Hoa Phượng №3, ●, [U+2713]</p>"


def test_the_squares_are_read_back() -> None:
    text = "01jqzkx3t9f7m2c8d5v4w6y1ab"
    path, size = squares(text)
    picture = np.full((size, size), 255, np.uint8)
    for square in path.removesuffix("h1v1h-1z").split("h1v1h-1z"):
        x, y = square.removeprefix("M").split()
        picture[int(y), int(x)] = 0
    found, *_ = cv2.QRCodeDetector().detectAndDecode(np.kron(picture, np.ones((8, 8), np.uint8)))
    assert found == text
    assert (picture[:4] == 255).all()
    assert (picture[:, -4:] == 255).all()
