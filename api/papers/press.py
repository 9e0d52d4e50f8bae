"""The press: a program of its own that makes a PDF of the HTML it is given, `python -m api.papers.press < page > file`.

A process, because drawing takes seconds of the processor and libraries in C: it can be given a time and stopped, and what
it breaks or keeps of memory goes with it. It fetches nothing but our own files: neither the network nor the disk is asked,
whatever the HTML says.
"""

import sys
from mimetypes import guess_type
from pathlib import Path
from typing import Any

ORIGIN = "https://paper.invalid"
"""No such host exists: what the pages call /static is looked up beside this file, and all else is refused."""
STATIC = Path(__file__).resolve().parents[1] / "static"
TRIAL = "trial"
UNDRAWABLE = 3
"""The exit code where Pango, which draws the letters, is not on the machine or is too old."""


def file_at(address: str) -> Path:
    """Return the file of ours that a paper names. Raises ValueError for anything else."""
    name = address.partition("?")[0].removeprefix(f"{ORIGIN}/static/")
    path = (STATIC / name).resolve()
    if not address.startswith(f"{ORIGIN}/static/") or not path.is_relative_to(STATIC) or not path.is_file():
        raise ValueError(f"a paper names no {address[:200]}")
    return path


def draw(html: str, mark: str) -> bytes:
    """Return the PDF; `mark` makes its identifier. Raises OSError where Pango is missing."""
    from weasyprint import HTML  # noqa: PLC0415 - loads Pango, and fails where there is none
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415

    class OwnFiles(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:  # noqa: ARG002 - the signature is theirs
            path = file_at(url)
            kind = guess_type(path.name)[0] or "application/octet-stream"
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})

    page = HTML(string=html, base_url=f"{ORIGIN}/", url_fetcher=OwnFiles())
    made = page.write_pdf(pdf_identifier=mark.encode(), pdf_tags=True)
    assert isinstance(made, bytes)
    return made


def main() -> int:
    mark = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        made = draw("" if mark == TRIAL else sys.stdin.buffer.read().decode(), mark)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return UNDRAWABLE
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
