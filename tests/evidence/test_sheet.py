import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbm_model.core.errors import Problem
from hbm_model.evidence.schema import Field, Table
from hbm_model.evidence.sheet import read_sheet

COLUMNS = ("id", "note")
TABLE = Table(
    name="notes",
    path="notes.csv",
    role="reference",
    published="",
    fields={name: Field(name, "string", "", "", {}) for name in COLUMNS},
    primary_key=("id",),
    foreign_keys=(),
    rules=(),
    rests_on=None,
)

printable = st.characters(codec="utf-8", exclude_characters=[chr(c) for c in range(32) if chr(c) not in "\t\n"])
cells = st.text(printable, max_size=8)


@given(
    rows=st.lists(st.tuples(cells.filter(bool), cells), max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
    bom=st.booleans(),
)
def test_cells_come_back_untouched_with_their_lines(
    rows: list[tuple[str, str]], end: str, bom: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    lines = []
    for row in rows:
        lines.append(text.getvalue().count("\n") + 1)
        writer.writerow(row)
    path = tmp_path_factory.getbasetemp() / TABLE.path
    path.write_bytes(text.getvalue().encode("utf-8-sig" if bom else "utf-8"))
    problems: list[Problem] = []
    sheet = read_sheet(path.parent, TABLE, problems)
    assert sheet is not None
    assert not problems
    assert sheet.lines == lines
    assert list(zip(sheet.cells["id"], sheet.cells["note"], strict=True)) == rows


@given(raw=st.binary(max_size=60))
def test_any_bytes_are_read_or_reported(raw: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / TABLE.path
    path.write_bytes(raw)
    problems: list[Problem] = []
    sheet = read_sheet(path.parent, TABLE, problems)
    assert sheet is not None or problems


def read(tmp_path: Path, raw: bytes) -> list[str]:
    (tmp_path / TABLE.path).write_bytes(raw)
    problems: list[Problem] = []
    read_sheet(tmp_path, TABLE, problems)
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "notes.csv: the file is empty"),
        (b"\xef\xbb\xbf\n", "notes.csv: the file is empty"),
        (b" \r\n\n", "notes.csv: the file is empty"),
        ("id,note\na,é\n".encode("latin-1"), "notes.csv, row 2: the file is not UTF-8 (byte 0xe9)"),
        ("id,note\na,한국\n".encode("cp949"), "notes.csv, row 2: the file is not UTF-8"),
        ("id,note\na,b\n".encode("utf-16"), "notes.csv: the file is UTF-16"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "notes.csv: the file is no CSV but binary"),
        (b"PK\x03\x04 zip", "notes.csv, row 1: the file is no CSV (it holds the control character '\\x03')"),
        (b"id,note\na,\x1b[31mred\n", "notes.csv, row 2: the file is no CSV (it holds the control character '\\x1b')"),
        (b"id;note\na;b\n", "notes.csv, row 1: the cells are not separated by commas"),
        (b"id\tnote\na\tb\n", "notes.csv, row 1: the cells are not separated by commas"),
        (b"id,note\na,b\na,b,c\n", "notes.csv, row 3: the row has 3 cells where the header has 2"),
        (b"id,note\na\n", "notes.csv, row 2: the row has 1 cells where the header has 2"),
        (b'id,note\na,b\nc,"d\ne,f\n', "notes.csv, row 3: the file is no CSV from this row on"),
        (b'id,note\na,"b"c\n', "notes.csv, row 2: the file is no CSV from this row on"),
        (b"id,note,note\na,b,c\n", "notes.csv, row 1, column note: the column stands there twice"),
        (
            b"id,ntoe\na,b\n",
            "notes.csv, row 1, column ntoe: 'ntoe' is no column of notes, and 'note' is missing; rename it",
        ),
        (b"id,note,price\na,b,c\n", "notes.csv, row 1, column price: 'price' is no column of notes; remove it"),
        (b"id\na\n", "notes.csv, row 1, column note: the column is missing; add it"),
    ],
)
def test_a_broken_file_is_named_with_its_line_and_mend(raw: bytes, says: str, tmp_path: Path) -> None:
    problems = read(tmp_path, raw)
    assert len(problems) == 1
    assert problems[0].startswith(says)
    assert "; " in problems[0]


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    problems: list[Problem] = []
    assert read_sheet(tmp_path, TABLE, problems) is None
    (tmp_path / TABLE.path).mkdir()
    assert read_sheet(tmp_path, TABLE, problems) is None
    assert [problem.message for problem in problems] == [
        "the table is missing",
        "the file cannot be read (Is a directory)",
    ]


@pytest.mark.parametrize("raw", [b"id,note\n", b"id,note", b"note,id\n\nx,a\n\n"])
def test_blank_lines_other_order_and_no_rows_are_no_faults(raw: bytes, tmp_path: Path) -> None:
    assert read(tmp_path, raw) == []
