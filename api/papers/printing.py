"""PDF of a paper, bounded: two at once, half a minute each, and where it cannot be made, words that say what to do."""

import logging
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore

from api.papers.press import TRIAL, UNDRAWABLE
from foundation.errors import N_, ErrorKind, MatPhoError

AT_ONCE = 2
WAIT_S = 10.0
"""How long one waits for those before it; a page takes two or three seconds."""
LIMIT_S = 30.0
_ROOT = Path(__file__).resolve().parents[2]
_PLACES = BoundedSemaphore(AT_ONCE)
_BROWSER = N_("Open the paper as a page and print it from the browser; that looks the same")
logger = logging.getLogger("matpho.api")


class PaperUndrawable(MatPhoError):
    kind = ErrorKind.UNAVAILABLE
    code = "paper_undrawable"
    message = N_("This machine cannot make a PDF: the library Pango is missing")
    mend = _BROWSER


class PaperBusy(MatPhoError):
    kind = ErrorKind.UNAVAILABLE
    code = "paper_busy"
    message = N_("Too many papers are being made at this moment")
    mend = _BROWSER


class PaperFailed(MatPhoError):
    kind = ErrorKind.UNAVAILABLE
    code = "paper_failed"
    message = N_("The PDF could not be made")
    mend = _BROWSER


def pdf_of(html: str, mark: str, *, limit_s: float = LIMIT_S, wait_s: float = WAIT_S) -> bytes:
    """Return the PDF of a whole HTML page. `mark` names it.

    Blocks for seconds. Raises `PaperUndrawable`, `PaperBusy`, `PaperFailed`.
    """
    if not _PLACES.acquire(timeout=wait_s):
        raise PaperBusy
    try:
        done = _press(mark, html, limit_s)
    except subprocess.TimeoutExpired as error:
        logger.warning("a paper took longer than %s s", limit_s)
        raise PaperFailed from error
    finally:
        _PLACES.release()
    if done.returncode == UNDRAWABLE:
        raise PaperUndrawable
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        logger.warning("a paper could not be made: %s", done.stderr.decode(errors="replace")[-400:])
        raise PaperFailed
    return done.stdout


def can_draw() -> bool:
    """Tell whether PDF can be made here, by making an empty one, which takes about a second."""
    try:
        return _press(TRIAL, "", LIMIT_S).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _press(mark: str, html: str, limit_s: float) -> subprocess.CompletedProcess[bytes]:
    # The working folder, and so the path of the module, is that of this installation.
    return subprocess.run(
        [sys.executable, "-m", "api.papers.press", mark],
        input=html.encode(),
        capture_output=True,
        timeout=limit_s,
        check=False,
        cwd=_ROOT,
    )
