"""Tables that people send: CSV as Excel and others write it, and XLSX; read whole, bounded, nothing guessed silently."""

import csv
import io
import zipfile
from dataclasses import dataclass
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from foundation.errors import N_, BadInput

_MOST_ROWS = 20_000
_MOST_COLUMNS = 100
_MOST_UNPACKED = 256 * 2**20  # of an XLSX, which is a ZIP and could be a bomb


class FileUnreadable(BadInput):
    code = "file_unreadable"
    message = N_("{file} cannot be read: {why}")
    mend = N_("Save the table as “CSV UTF-8” or as XLSX, with the column names in the first row")


@dataclass(frozen=True)
class Line:
    """`number` counts from 1 and includes the header, as a spreadsheet shows it."""

    number: int
    cells: tuple[Any, ...]


def decoded(file_name: str, data: bytes) -> str:
    """Return the text of a file in UTF-8, or in UTF-16 with its mark. Raises `FileUnreadable`."""
    try:
        text = data.decode("utf-16") if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileUnreadable(file=file_name, why=N_("it is not in UTF-8")) from error
    if "\0" in text:
        raise FileUnreadable(file=file_name, why=N_("it is not a text"))
    return text


def delimiter_of(text: str) -> str:
    """Return which of `,` `;` and tab separates the column names; Excel takes `;` where the comma is a decimal sign."""
    head = text.split("\n", 1)[0]
    return max((",", ";", "\t"), key=head.count)


def read_rows(file_name: str, data: bytes) -> list[Line]:
    """Return all lines that hold anything, the header first. Raises `FileUnreadable`."""
    lines = _xlsx(file_name, data) if data[:4] == b"PK\x03\x04" else _csv(file_name, data)
    if not lines:
        raise FileUnreadable(file=file_name, why=N_("it is empty"))
    if len(lines) > _MOST_ROWS or max(len(line.cells) for line in lines) > _MOST_COLUMNS:
        raise FileUnreadable(file=file_name, why=N_("more than 20,000 rows or 100 columns"))
    return lines


def _csv(file_name: str, data: bytes) -> list[Line]:
    text = decoded(file_name, data)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
    lines, first = [], 1
    try:
        for row in rows:
            if any(cell.strip() for cell in row):
                lines.append(Line(first, tuple(cell.strip() for cell in row)))
            first = rows.line_num + 1
    except csv.Error as error:
        raise FileUnreadable(file=file_name, why=str(error)) from error
    return lines


def _xlsx(file_name: str, data: bytes) -> list[Line]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(item.file_size for item in archive.infolist()) > _MOST_UNPACKED:
                raise FileUnreadable(file=file_name, why=N_("it unpacks to more than 256 MiB"))
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise FileUnreadable(file=file_name, why=str(error).splitlines()[0][:120] if str(error) else "?") from error
    try:
        sheet = book.worksheets[0]
        lines = []
        for number, row in enumerate(sheet.iter_rows(values_only=True, max_col=_MOST_COLUMNS + 1), 1):
            if number > _MOST_ROWS + 1:
                break
            cells = tuple(cell for cell in row)
            if any(cell not in (None, "") for cell in cells):
                lines.append(Line(number, _trimmed(cells)))
    except Exception as error:  # openpyxl raises what its XML parser raises, and that is a long list
        raise FileUnreadable(file=file_name, why=str(error).splitlines()[0][:120] if str(error) else "?") from error
    finally:
        book.close()
    return lines


def _trimmed(cells: tuple[Any, ...]) -> tuple[Any, ...]:
    end = len(cells)
    while end and cells[end - 1] in (None, ""):
        end -= 1
    return cells[:end]
