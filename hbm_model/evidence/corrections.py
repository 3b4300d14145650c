"""Corrections of claims, laid over the tables' text: a claim's row itself is never edited."""

from collections.abc import Mapping

from hbm_model.core.errors import Problem, choice, quoted
from hbm_model.evidence.sheet import Sheet


def correct(sheets: Mapping[str, Sheet | None], corrections: Sheet, problems: list[Problem]) -> None:
    """Replace the corrected cells, appending each correction that does not fit the table any more.

    A table (None) or column that could not be read is reported as such; its corrections are passed over.

    Parameters
    ----------
    sheets
        Tables of claims by name, None for one that could not be read. Corrected cells are replaced in place and noted
        in ``corrected``.
    corrections
        The table of corrections.
    problems
        Where faults are appended.
    """
    cells = corrections.cells
    if any(name not in cells for name in corrections.table.fields):
        return
    rows_of: dict[str, dict[str, int]] = {}

    def fault(index: int, column: str, message: str, mend: str) -> None:
        line, value = corrections.lines[index], cells[column][index]
        problems.append(Problem(corrections.table.path, line, column, value, message, mend))

    for index, line in enumerate(corrections.lines):
        name, row_id, column = (cells[key][index] for key in ("table", "id", "field"))
        if not (name and row_id and column):
            continue  # the empty cell is reported by the column's own check
        if name not in sheets:
            fault(index, "table", "names no table of claims", choice(name, list(sheets), "name one"))
            continue
        sheet = sheets[name]
        if sheet is None or "id" not in sheet.cells:
            continue
        columns = [known for known in sheet.table.fields if known != "id"]
        if column not in columns:
            fault(index, "field", f"is no column of {name} that can be corrected", choice(column, columns, "name one"))
            continue
        if column not in sheet.cells:
            continue
        if name not in rows_of:
            rows_of[name] = {known: place for place, known in enumerate(sheet.cells["id"])}
        row = rows_of[name].get(row_id)
        if row is None:
            fault(index, "id", f"names no row of {name}", choice(row_id, list(rows_of[name]), "name a row that exists"))
            continue
        stands = sheet.cells[column][row]
        if (row, column) in sheet.corrected:
            fault(index, "id", f"its {column} is corrected twice", "keep one of the two")
        elif stands != cells["expect"][index]:
            where = f"{sheet.table.path}, row {sheet.lines[row]}"
            message = f"is not what {column} of {row_id} holds ({quoted(stands)} in {where})"
            fault(index, "expect", message, "remove the correction if the row was mended, else look at both again")
        else:
            sheet.cells[column][row] = cells["value"][index]
            sheet.corrected[row, column] = line
