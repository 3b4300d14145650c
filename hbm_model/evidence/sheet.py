"""A CSV file as its text: cells untouched, each row with its line number, faults of the file itself found.

pandas would read most broken files without a word (a short row becomes empty cells, "NA" a missing number, a stray
quote swallows lines), so the csv module reads the text, and pandas only sees what has been checked.
"""

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hbm_model.core.errors import Problem, nearest
from hbm_model.evidence.schema import DESCRIPTOR, Table

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SAVE = "save it as CSV, UTF-8, separated by commas"
_RESTORE = "restore the file (a table without rows still has its header)"


@dataclass
class Sheet:
    """The text of one table.

    Attributes
    ----------
    table
        Its schema.
    lines
        The line of the file on which each row begins.
    cells
        The rows' text, by column.
    corrected
        For cells that a correction replaced, the line of `corrections.csv`, by row index and column.
    """

    table: Table
    lines: list[int]
    cells: dict[str, list[str]]
    corrected: dict[tuple[int, str], int] = field(default_factory=dict)


class _UnreadableError(Exception):
    """The file gives no rows at all."""

    def __init__(self, message: str, mend: str, row: int | None = None) -> None:
        super().__init__(message)
        self.message, self.mend, self.row = message, mend, row


Records = list[tuple[int, list[str]]]
"""The header and the rows of a table as text, each with its line."""


def read_sheet(folder: Path, table: Table, problems: list[Problem]) -> Sheet | None:
    """Read the text of a table; None where it gives no rows at all.

    Parameters
    ----------
    folder
        The data folder.
    table
        Schema of the table.
    problems
        Where faults of the file are appended.
    """
    records = read_records(folder / table.path, table.path, problems)
    return None if records is None else sheet_of(records, table, problems)


def read_records(path: Path, name: str, problems: list[Problem]) -> Records | None:
    """Read the text of a CSV file; None where it gives no rows at all.

    Parameters
    ----------
    path
        The file.
    name
        What problems call the file.
    problems
        Where faults of the file are appended.
    """
    try:
        return list(_records(_text(path)))
    except _UnreadableError as error:
        problems.append(Problem(name, error.row, "", "", error.message, error.mend))
        return None


def sheet_of(records: Records, table: Table, problems: list[Problem], optional: Collection[str] = ()) -> Sheet | None:
    """Sort the text of a table into its columns; None where the cells are not separated by commas.

    Parameters
    ----------
    records
        Header and rows, as :func:`read_records` gives them.
    table
        Schema of the table; other columns are faults.
    problems
        Where faults of header and rows are appended.
    optional
        Columns that may be missing.
    """
    head_line, header = records[0]
    if len(header) == 1 and re.search(r"[;\t|]", header[0]):
        problems.append(Problem(table.path, head_line, "", "", "the cells are not separated by commas", _SAVE))
        return None
    problems.extend(_header_problems(header, head_line, table, optional))
    rows = []
    for line, cells in records[1:]:
        if len(cells) == len(header):
            rows.append((line, cells))
            continue
        message = f"the row has {len(cells)} cells where the header has {len(header)}"
        mend = "put cells that hold a comma into quotes, and close every quote"
        problems.append(Problem(table.path, line, "", "", message, mend))
    columns = {name: [cells[place] for _, cells in rows] for place, name in enumerate(header) if name in table.fields}
    return Sheet(table, [line for line, _ in rows], columns)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise _UnreadableError("the table is missing", _RESTORE) from None
    except OSError as error:
        raise _UnreadableError(f"the file cannot be read ({error.strerror})", "mend its permissions") from error
    if not raw.removeprefix(codecs.BOM_UTF8).strip():
        raise _UnreadableError("the file is empty", _RESTORE)
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _UnreadableError("the file is UTF-16, not UTF-8", _SAVE)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\x00" in raw:
            raise _UnreadableError("the file is no CSV but binary", _SAVE) from error
        line = raw.count(b"\n", 0, error.start) + 1
        raise _UnreadableError(f"the file is not UTF-8 (byte 0x{raw[error.start]:02x})", _SAVE, line) from error
    if control := _CONTROL.search(text):
        line = text.count("\n", 0, control.start()) + 1
        raise _UnreadableError(f"the file is no CSV (it holds the control character {control.group()!r})", _SAVE, line)
    return text


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line on which it begins; blank lines hold no record."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        mend = "close every quote, and double a quote that stands inside a quoted cell"
        raise _UnreadableError(f"the file is no CSV from this row on ({error})", mend, line) from error


def _header_problems(header: list[str], line: int, table: Table, optional: Collection[str]) -> Iterator[Problem]:
    """Yield what is wrong with a header; a missing and an extra column of like names are one misspelt column."""
    missing = [name for name in table.fields if name not in header]
    for place, name in enumerate(header):
        if name in header[:place]:
            yield Problem(table.path, line, name, "", "the column stands there twice", "remove one of the two")
        if name in table.fields:
            continue
        near = nearest(name, missing)
        if near is not None:
            missing.remove(near)
            message, mend = f"is no column of {table.name}, and {near!r} is missing", f"rename it to {near!r}"
        else:
            message = f"is no column of {table.name}"
            mend = f"remove it, or declare it in {DESCRIPTOR}"
        yield Problem(table.path, line, name, name, message, mend)
    for name in (name for name in missing if name not in optional):
        described = table.fields[name].description
        yield Problem(table.path, line, name, "", "the column is missing", f"add it ({described})")
