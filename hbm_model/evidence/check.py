"""Check a data folder against its schema: every fault of every file, found in one pass."""

import datetime
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hbm_model.core.data import bundled_data
from hbm_model.core.errors import Problem, choice, nearest
from hbm_model.evidence.cells import CellError, Value, read_cell
from hbm_model.evidence.corrections import correct
from hbm_model.evidence.rules import breaches
from hbm_model.evidence.schema import DESCRIPTOR, OPTIONAL, Package, read_package
from hbm_model.evidence.sheet import Sheet, read_sheet


@dataclass(frozen=True)
class Checked:
    """The checked contents of a folder.

    Attributes
    ----------
    package
        Its schema.
    columns
        The values of each table by column, None where a cell is empty or at fault.
    ids
        What stands in each table's column of ids, at fault or not.
    """

    package: Package
    columns: Mapping[str, Mapping[str, list[Value | None]]]
    ids: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class DataFolder:
    """A data folder as it was read, once, with everything that is wrong with it.

    Attributes
    ----------
    path
        The folder.
    checked
        Its contents; None where its schema cannot be read.
    problems
        What is wrong, in the order of its files and rows.
    read_on
        The day on which it was read, after which nothing in it may have been published.
    """

    path: Path
    checked: Checked | None
    problems: tuple[Problem, ...]
    read_on: datetime.date

    @property
    def policy_events(self) -> frozenset[str] | None:
        """Ids of the policy events; None where the evidence cannot be read."""
        return None if self.checked is None else self.checked.ids.get("policy_events")


def check_data(path: str | Path) -> list[Problem]:
    """List everything that is wrong with a data folder, in the order of its files and rows.

    Parameters
    ----------
    path
        The data folder.
    """
    return check_folder(Path(path), datetime.date.today())[1]


def read_folder(path: str | Path | None = None) -> DataFolder:
    """Read and check a data folder; problems are listed, not raised.

    Parameters
    ----------
    path
        The data folder; None for the bundled one.
    """
    folder, today = bundled_data() if path is None else Path(path), datetime.date.today()
    checked, problems = check_folder(folder, today)
    return DataFolder(folder, checked, tuple(problems), today)


def check_folder(folder: Path, today: datetime.date) -> tuple[Checked | None, list[Problem]]:
    """Read and check a data folder; every problem is listed, none is raised.

    Parameters
    ----------
    folder
        The data folder.
    today
        Day after which nothing may have been published.

    Returns
    -------
    tuple[Checked | None, list[Problem]]
        The contents, None where the schema cannot be read, and the problems in the order of files and rows.
    """
    package = read_package(folder)
    if isinstance(package, Problem):
        return None, [package]
    problems = [] if _same(folder, bundled_data()) else list(_unlike_bundled(package))
    if package.observed_through > today:
        message = f"observed_through, {package.observed_through}, lies in the future (today is {today})"
        problems.append(Problem(DESCRIPTOR, None, "", "", message, "set it to the last day of gathering"))
    sheets = {table.name: read_sheet(folder, table, problems) for table in package.tables.values()}
    read = {name: sheet for name, sheet in sheets.items() if sheet is not None}
    for table in package.of_role("corrections"):
        if table.name in read:
            claims = {claim.name: sheets[claim.name] for claim in package.of_role("claims")}
            correct(claims, read[table.name], problems)
    columns = {name: _read_columns(sheet, problems) for name, sheet in read.items()}
    faulty = {(problem.file, problem.row, problem.column) for problem in problems}
    ids = {name: frozenset(sheet.cells.get("id", ())) for name, sheet in read.items()}
    for name, sheet in read.items():
        problems.extend(_between(sheet, columns[name], read, ids, faulty))
        if sheet.table.published:
            problems.extend(_too_late(sheet, columns[name], package.observed_through, today))
    problems.extend(_stray_files(folder, package))
    return Checked(package, columns, ids), _sorted(problems, package)


def check_claims(
    sheet: Sheet, package: Package, folder: Path, today: datetime.date
) -> tuple[dict[str, list[Value | None]], list[Problem]]:
    """Read and check claims that stand in no data folder, against the references of one.

    They may be later than that folder's end of gathering, but not in the future.

    Parameters
    ----------
    sheet
        Text of the claims.
    package
        Schema of the data folder.
    folder
        Data folder with the references.
    today
        Day after which nothing may have been published.

    Returns
    -------
    tuple[dict[str, list[Value | None]], list[Problem]]
        The values by column, None where a cell is empty or at fault, and the problems in the order of rows.
    """
    problems: list[Problem] = []
    columns = _read_columns(sheet, problems)
    others = {key.table: read_sheet(folder, package.tables[key.table], []) for key in sheet.table.foreign_keys}
    read = {name: other for name, other in others.items() if other is not None}
    faulty = {(problem.file, problem.row, problem.column) for problem in problems}
    problems.extend(_between(sheet, columns, read, {}, faulty))
    problems.extend(_too_late(sheet, columns, today, today))
    return columns, sorted(problems, key=lambda problem: problem.row or 0)


def _between(
    sheet: Sheet,
    values: Mapping[str, list[Value | None]],
    sheets: Mapping[str, Sheet],
    ids: Mapping[str, frozenset[str]],
    faulty: Collection[tuple[str, int | None, str]],
) -> Iterator[Problem]:
    """Yield what is wrong between the cells of a table and with other tables; cells at fault are not judged again."""
    yield from _repeated(sheet)
    yield from _unknown_keys(sheet, sheets)
    for each in _broken_rules(sheet, values, ids):
        if (each.file, each.row, each.column) not in faulty:
            yield each


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _unlike_bundled(package: Package) -> Iterator[Problem]:
    """Yield where the schema differs from the bundled one in what the model relies on.

    A table of references or a column more does no harm: nothing reads it. A table of claims or questions more would
    have to be used, and nothing says how.
    """
    bundled = read_package(bundled_data())
    if isinstance(bundled, Problem):
        return  # reported where the bundled folder itself is read
    take_over = "take it over from the bundled one"
    for name, table in bundled.tables.items():
        if name not in package.tables:
            if table.role not in OPTIONAL or package.of_role(table.role):
                yield Problem(DESCRIPTOR, None, "", "", f"declares no table {name}", take_over)
            continue
        declared = package.tables[name]
        if declared.role != table.role:
            message = f"declares {name} in the role {declared.role} instead of {table.role}"
            yield Problem(DESCRIPTOR, None, "", "", message, take_over)
        elif declared.published != table.published:
            message = f"declares {declared.published} instead of {table.published} as the day of publication in {name}"
            yield Problem(DESCRIPTOR, None, "", "", message, take_over)
        for field in table.fields.values():
            if field.name not in declared.fields or declared.fields[field.name].type != field.type:
                message = f"declares no column {field.name} of type {field.type} in {name}"
                yield Problem(DESCRIPTOR, None, "", "", message, take_over)
    for name, table in package.tables.items():
        if name not in bundled.tables and table.role in ("claims", "questions"):
            message = f"is a table of {table.role} that has no place in the model"
            yield Problem(table.path, None, "", "", message, f"remove it, and {name} from {DESCRIPTOR}")


def _read_columns(sheet: Sheet, problems: list[Problem]) -> dict[str, list[Value | None]]:
    columns: dict[str, list[Value | None]] = {}
    for name, texts in sheet.cells.items():
        field = sheet.table.fields[name]
        column: list[Value | None] = []
        for index, text in enumerate(texts):
            try:
                column.append(read_cell(text, field))
            except CellError as error:
                column.append(None)
                problems.append(_at(sheet, index, name, error.message, error.mend))
        columns[name] = column
    return columns


def _at(sheet: Sheet, index: int, column: str, message: str, mend: str) -> Problem:
    """Return a problem of a cell; where a correction put the cell there, the correction is to blame."""
    value = sheet.cells[column][index] if column in sheet.cells else ""
    line = sheet.corrected.get((index, column))
    if line is not None:
        where = f" (as {column} of {sheet.cells['id'][index]} in {sheet.table.name})"
        return Problem("corrections.csv", line, "value", value, message + where, mend)
    return Problem(sheet.table.path, sheet.lines[index], column, value, message, mend)


def _repeated(sheet: Sheet) -> Iterator[Problem]:
    """Yield the rows whose key an earlier row has, and the cells of a unique column that stand there twice."""
    key = sheet.table.primary_key
    single = [(name,) for name, field in sheet.table.fields.items() if field.constraints.get("unique")]
    for columns in dict.fromkeys([key, *single]):
        if any(column not in sheet.cells for column in columns):
            continue
        first: dict[tuple[str, ...], int] = {}
        for index, words in enumerate(zip(*(sheet.cells[column] for column in columns), strict=True)):
            if not all(words):
                continue
            if words in first:
                message = f"stands already in row {sheet.lines[first[words]]}"
                yield _at(sheet, index, columns[-1], message, "give the row a name of its own, or remove one")
            first.setdefault(words, index)


def _unknown_keys(sheet: Sheet, sheets: Mapping[str, Sheet]) -> Iterator[Problem]:
    for key in sheet.table.foreign_keys:
        other = sheets.get(key.table)
        if other is None or key.key not in other.cells or key.column not in sheet.cells:
            continue
        known = dict.fromkeys(other.cells[key.key])
        for index, word in enumerate(sheet.cells[key.column]):
            if word and word not in known:
                mend = choice(word, list(known), f"add it to {other.table.path}")
                yield _at(sheet, index, key.column, f"is no known {key.column}", mend)


def _broken_rules(
    sheet: Sheet, values: Mapping[str, list[Value | None]], ids: Mapping[str, frozenset[str]]
) -> Iterator[Problem]:
    fields = sheet.table.fields
    for index in range(len(sheet.lines)):
        row = {name: values[name][index] if name in values else None for name in fields}
        for rule in sheet.table.rules:
            for breach in breaches(rule, row, ids):
                yield _at(sheet, index, breach.column, breach.message, breach.mend)


def _too_late(
    sheet: Sheet, values: Mapping[str, list[Value | None]], observed_through: datetime.date, today: datetime.date
) -> Iterator[Problem]:
    column = sheet.table.published
    for index, published in enumerate(values.get(column, ())):
        if not isinstance(published, datetime.date):
            continue  # a year only (specs) says nothing about the day
        if published > today:
            yield _at(sheet, index, column, f"lies in the future (today is {today})", "look the date up again")
        elif published > observed_through:
            message = f"lies after observed_through, {observed_through}"
            yield _at(sheet, index, column, message, f"mend the date, or move observed_through in {DESCRIPTOR}")


def _stray_files(folder: Path, package: Package) -> Iterator[Problem]:
    """Yield CSV files beside the tables that no table declares: a misspelt name, or one that is never read."""
    declared = {table.path for table in package.tables.values()}
    for place in sorted({str(Path(path).parent) for path in declared}):
        for path in sorted((folder / place).glob("*.csv")):
            name = path.relative_to(folder).as_posix()
            if name in declared:
                continue
            near = nearest(name, [path for path in declared if not (folder / path).exists()])
            mend = f"rename it to {near}" if near else f"remove it, or declare it in {DESCRIPTOR}"
            yield Problem(name, None, "", "", "is no table of the data package", mend)


def _sorted(problems: list[Problem], package: Package) -> list[Problem]:
    order = {path: place for place, path in enumerate([DESCRIPTOR, *(t.path for t in package.tables.values())])}
    return sorted(problems, key=lambda problem: (order.get(problem.file, len(order)), problem.row or 0))
