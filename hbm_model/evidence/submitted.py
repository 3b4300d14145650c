"""Claims that somebody brings along: a CSV file or a frame in the columns of one table, checked like the evidence.

Whoever asks about a report has no row names, claim groups or publishers' keys. What only the upkeep of a data folder
needs may be left out, as a column or cell by cell; what says who claims what, and when, may not.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from hbm_model.core.errors import InputError, Problem, describe, nearest
from hbm_model.evidence.check import check_claims
from hbm_model.evidence.load import Evidence, frame_of
from hbm_model.evidence.schema import Field, Package, Table, read_package
from hbm_model.evidence.sheet import Records, Sheet, read_records, sheet_of

TABLES = ("yields", "milestones", "capacity", "market")
"""Tables whose claims can be brought along."""
DEFAULTS = {"bound": "none", "date_precision": "day", "kind": "primary", "recalled": "false"}
"""What an empty cell of these columns means. A row without a name is called ``new1``, ``new2`` and so on, and is a
claim group of its own."""
UNKNOWN = ("publisher", "url")
"""Columns that may stay empty here, and whose words no reference need know."""


def read_claims(claims: str | Path | pd.DataFrame, seen: Evidence, table: str | None = None) -> tuple[str, Evidence]:
    """Read claims that are not in the evidence.

    Parameters
    ----------
    claims
        A CSV file, or a frame.
    seen
        The evidence whose data folder has the schema and the references.
    table
        One of ``TABLES`` (default: guessed from the columns and metrics).

    Returns
    -------
    tuple[str, Evidence]
        The table, and the claims alone, as evidence with the days and references of `seen`.

    Raises
    ------
    InputError
        With all that is wrong, each with row, column, value and mend.
    """
    package = read_package(seen.source)
    if isinstance(package, Problem):
        raise InputError(str(package), [package])
    name = "claims" if isinstance(claims, pd.DataFrame) else str(claims)
    problems: list[Problem] = []
    records = _of_frame(claims) if isinstance(claims, pd.DataFrame) else _of_file(Path(claims), problems)
    if records is None or problems:
        raise _refuse(problems, name)
    chosen = _lenient(package.tables[_known(table) if table else _guessed(records, package, name)], name)
    optional = [field.name for field in chosen.fields.values() if not field.required or field.name in DEFAULTS]
    sheet = sheet_of(records, chosen, problems, [*optional, "id", "claim_group"])
    if sheet is None:
        raise _refuse(problems, name)
    if not sheet.lines and not problems:
        raise InputError(f"{name} holds no claims; write one in each row under the header")
    _fill(sheet)
    columns, more = check_claims(sheet, package, seen.source, datetime.date.today())
    problems += [*more, *_without_figure(sheet)]
    if problems:
        raise _refuse(sorted(problems, key=lambda each: each.row or 0), name)
    frame = frame_of(chosen, columns)
    tables = {each: frame if each == chosen.name else rows.iloc[:0] for each, rows in seen.tables.items()}
    told = "\n".join([seen.digest, frame.to_csv(index=False)])
    return chosen.name, dataclasses.replace(seen, tables=tables, digest=hashlib.sha256(told.encode()).hexdigest())


def _known(table: str) -> str:
    if table in TABLES:
        return table
    near = nearest(table, TABLES)
    hint = f"did you mean {near}?" if near else f"there are: {', '.join(TABLES)}"
    raise InputError(f"no claims of the table {table!r} can be assessed; {hint}")


def _guessed(records: Records, package: Package, name: str) -> str:
    """The table that has such columns, and knows the most of the metrics."""
    header = records[0][1]
    if "stage" in header:
        return "milestones"
    place = header.index("metric") if "metric" in header else None
    words = [cells[place] for _, cells in records[1:] if place is not None and place < len(cells)]
    metrics = {each: package.tables[each].fields.get("metric") for each in TABLES}
    known = {each: sum(word in field.allowed for word in words) for each, field in metrics.items() if field}
    best = max(known, key=lambda each: known[each])
    if not known[best]:
        raise InputError(
            f"{name}: its header and metrics do not tell which table these claims are of; "
            f"name it with --table ({', '.join(TABLES)})"
        )
    return best


def _lenient(table: Table, name: str) -> Table:
    """The table without what only the upkeep of a data folder needs."""
    fields = {
        each.name: dataclasses.replace(each, constraints=_not_required(each)) if each.name in UNKNOWN else each
        for each in table.fields.values()
    }
    keys = tuple(key for key in table.foreign_keys if key.column not in UNKNOWN)
    return dataclasses.replace(table, path=name, fields=fields, foreign_keys=keys)


def _not_required(field: Field) -> dict[str, Any]:
    return {name: limit for name, limit in field.constraints.items() if name != "required"}


def _fill(sheet: Sheet) -> None:
    """Put in what was left out."""
    count = len(sheet.lines)
    named = {"id": "new{}", "claim_group": "new-g{}"}
    for field in sheet.table.fields.values():
        cells = sheet.cells.setdefault(field.name, [""] * count)
        default = named.get(field.name, DEFAULTS.get(field.name, ""))
        sheet.cells[field.name] = [cell or default.format(place) for place, cell in enumerate(cells, start=1)]


def _without_figure(sheet: Sheet) -> Iterable[Problem]:
    if "low" not in sheet.cells:
        return
    for line, low, high in zip(sheet.lines, sheet.cells["low"], sheet.cells["high"], strict=True):
        if not low and not high:
            mend = "write what is claimed: a value twice, a range, or one end with its bound"
            yield Problem(sheet.table.path, line, "low", "", "is empty, and so is high", mend)


def _of_file(path: Path, problems: list[Problem]) -> Records | None:
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; name a CSV of claims")
    return read_records(path, str(path), problems)


def _of_frame(frame: pd.DataFrame) -> Records:
    """A frame as the text that its CSV would hold; its first row counts as row 2, as in a file."""
    columns = [[_text(value) for value in frame.iloc[:, place]] for place in range(frame.shape[1])]
    rows = [[column[place] for column in columns] for place in range(len(frame))]
    return [(line, cells) for line, cells in enumerate([[str(name) for name in frame.columns], *rows], start=1)]


def _text(value: Any) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)) or value is pd.NA:
        return ""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value == datetime.datetime.combine(value, datetime.time()) else str(value)
    if pd.api.types.is_bool(value):
        return str(value).lower()
    if pd.api.types.is_float(value):
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    return str(value)


def _refuse(problems: list[Problem], name: str) -> InputError:
    count = "a problem" if len(problems) == 1 else f"{len(problems)} problems"
    return InputError(f"the claims in {name} have {count}:\n{describe(problems)}", problems)
