import pytest

from hbm_model.evidence import Problem, check_data, load_evidence

from .conftest import Folder, Row


def correction(folder: Folder, **cells: str) -> Row:
    """Return a correction of a yield that holds, changed in some cells."""
    row = folder.rows("yields")[folder.find("yields")]
    fits = {"table": "yields", "id": row["id"], "field": "note", "expect": row["note"], "value": "mended"}
    return {**fits, "reason": "as the page says", "corrected": "2026-07-10", **cells}


def add(folder: Folder, *rows: Row) -> int:
    """Append corrections and return the line of the first."""
    standing = folder.rows("corrections")
    folder.write("corrections", [*standing, *rows])
    return len(standing) + 2


def only(folder: Folder) -> Problem:
    problems = check_data(folder.path)
    assert len(problems) == 1, "\n".join(map(str, problems))
    return problems[0]


def test_a_correction_is_applied_and_the_file_left_alone(folder: Folder) -> None:
    row = correction(folder)
    add(folder, row)
    before = folder.file("yields").read_bytes()
    table = load_evidence(data=folder.path).tables["yields"].set_index("id")
    assert table.loc[row["id"], "note"] == "mended"
    assert folder.file("yields").read_bytes() == before


def test_a_cell_can_be_emptied_and_filled(folder: Folder) -> None:
    index = folder.find("yields", lambda row: row["bound"] == "lower")
    row = folder.rows("yields")[index]
    cells = {"bound": ("lower", "upper"), "low": (row["low"], ""), "high": ("", "95")}
    add(folder, *(correction(folder, id=row["id"], field=f, expect=e, value=v) for f, (e, v) in cells.items()))
    table = load_evidence(data=folder.path).tables["yields"].set_index("id")
    assert table.loc[row["id"], ["bound", "high"]].tolist() == ["upper", 95.0]
    assert table["low"].isna()[row["id"]]


@pytest.mark.parametrize(
    ("cells", "column", "says", "mend"),
    [
        ({"expect": "something else"}, "expect", "is not what note of", "remove the correction if the row was mended"),
        ({"table": "yeilds"}, "table", "names no table of claims", "did you mean 'yields'"),
        ({"table": "vendors"}, "table", "names no table of claims", "use one of yields, "),
        ({"id": "y99999"}, "id", "names no row of yields", ""),
        ({"field": "notes"}, "field", "is no column of yields", "did you mean 'note'"),
        ({"field": "id"}, "field", "is no column of yields that can be corrected", ""),
        ({"reason": ""}, "reason", "an empty cell", "fill it in"),
        ({"corrected": "2026-02-30"}, "corrected", "the calendar does not have", "look the date up"),
    ],
)
def test_a_correction_that_does_not_fit_is_named(cells: Row, column: str, says: str, mend: str, folder: Folder) -> None:
    line = add(folder, correction(folder, **cells))
    problem = only(folder)
    assert (problem.file, problem.row, problem.column) == ("corrections.csv", line, column)
    assert says in problem.message
    assert mend in problem.mend


def test_a_correction_that_brings_a_fault_in_is_to_blame(folder: Folder) -> None:
    row = correction(folder, field="vendor", value="smasung")
    row["expect"] = next(claim["vendor"] for claim in folder.rows("yields") if claim["id"] == row["id"])
    line = add(folder, row)
    problem = only(folder)
    assert (problem.file, problem.row, problem.column, problem.value) == ("corrections.csv", line, "value", "smasung")
    assert f"(as vendor of {row['id']} in yields)" in problem.message


def test_two_corrections_of_one_cell(folder: Folder) -> None:
    line = add(folder, correction(folder), correction(folder, value="otherwise"))
    problems = check_data(folder.path)
    assert {(problem.file, problem.row) for problem in problems} == {("corrections.csv", line + 1)}
