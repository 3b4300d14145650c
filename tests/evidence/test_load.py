import pickle
import subprocess
import sys

import pandas as pd
import pytest

from hbm_model.core.errors import SHOWN, InputError
from hbm_model.evidence import bundled_data, load_evidence
from hbm_model.evidence.schema import Package, read_package

from .conftest import Folder

DTYPES = {
    "string": "str",
    "number": "float64",
    "integer": "float64",
    "year": "float64",
    "boolean": "bool",
    "date": "datetime64[us]",
}


def test_every_column_has_the_type_of_its_schema() -> None:
    evidence, package = load_evidence(), read_package(bundled_data())
    assert isinstance(package, Package)
    frames = {**evidence.tables, **evidence.references}
    assert set(frames) == set(package.tables) - {"corrections", "questions", "outcomes"}
    for name, frame in frames.items():
        expected = {field.name: DTYPES[field.type] for field in package.tables[name].fields.values()}
        assert {column: str(dtype) for column, dtype in frame.dtypes.items()} == expected


def test_rows_stand_as_in_the_file_and_empty_text_is_empty(folder: Folder) -> None:
    evidence = load_evidence(data=folder.path)
    for name, table in evidence.tables.items():
        assert table["id"].tolist() == [row["id"] for row in folder.rows(name)]
        assert not any(table[column].isna().any() for column in table.select_dtypes("str"))
    assert (evidence.tables["market"]["generation"] == "").any()


def test_a_table_without_rows_keeps_its_types(folder: Folder) -> None:
    folder.write("investment", [])
    folder.write("corrections", [row for row in folder.rows("corrections") if row["table"] != "investment"])
    evidence = load_evidence(data=folder.path)
    assert len(evidence.tables["investment"]) == 0
    assert evidence.tables["investment"].dtypes.equals(load_evidence().tables["investment"].dtypes)


def test_all_problems_are_told_at_once_up_to_a_limit(folder: Folder) -> None:
    rows = folder.rows("market")
    folder.write("market", [{**row, "url": "none"} for row in rows])
    folder.set("yields", folder.find("yields"), vendor="sk_hinix")
    with pytest.raises(InputError) as caught:
        load_evidence(data=folder.path)
    lines = str(caught.value).splitlines()
    assert caught.value.exit_code == 2
    assert len(caught.value.problems) == len(rows) + 1
    assert lines[0] == f"the evidence in {folder.path} has {len(rows) + 1} problems:"
    assert len(lines) == SHOWN + 2
    assert lines[-1] == f"... and {len(rows) + 1 - SHOWN} more"
    assert lines[1].startswith("claims/yields.csv")


def test_a_cell_cannot_write_to_the_terminal(folder: Folder) -> None:
    folder.set("yields", folder.find("yields"), vendor="\u009b31mred\u202e" + "x" * 200)
    with pytest.raises(InputError) as caught:
        load_evidence(data=folder.path)
    assert str(caught.value).isascii()
    assert len(str(caught.value).splitlines()[1]) < 300


def test_the_default_is_the_bundled_evidence_of_today() -> None:
    evidence = load_evidence()
    assert evidence.source == bundled_data()
    assert evidence.as_of >= evidence.observed_through


def test_evidence_travels_to_another_process() -> None:
    evidence = load_evidence("2024-12-31")
    copy = pickle.loads(pickle.dumps(evidence))
    assert copy.digest == evidence.digest
    pd.testing.assert_frame_equal(copy.tables["yields"], evidence.tables["yields"])


def test_loading_needs_no_model() -> None:
    code = (
        "import sys, hbm_model.evidence as e; e.load_evidence(); print('pymc' in sys.modules, 'pandera' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "False"]


def test_a_prompt_shows_evidence_in_one_line() -> None:
    found = load_evidence("2026-06-30")
    claims = sum(len(table) for table in found.tables.values())
    said = f"<Evidence as of 2026-06-30, observed through 2026-06-30: {claims} claims in {len(found.tables)} tables"
    assert repr(found) == f"{said}, digest {found.digest[:8]}>"
