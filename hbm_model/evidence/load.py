"""Load the evidence: checked, corrected, cut to a vintage, as pandas frames."""

import dataclasses
import datetime
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from hbm_model.core.errors import refuse
from hbm_model.core.notebook import view
from hbm_model.evidence.cells import Value
from hbm_model.evidence.check import Checked, DataFolder, read_folder
from hbm_model.evidence.schema import Field, Table
from hbm_model.evidence.vintage import cut, digest, read_as_of


@dataclass(frozen=True, eq=False)
class Evidence:
    """The claims as they stood on a day.

    Attributes
    ----------
    tables
        The tables of claims, corrected and cut, by name. Dates are `datetime64`, numbers `float64`, truth values
        `bool`, and the rest `str`, where "" is an empty cell. Rows stand in the order of the file.
    references
        Vendors, generations, origins and publishers, likewise.
    as_of
        The day of the vintage.
    observed_through
        The last day of which silence is evidence: the end of gathering, or `as_of` where that is earlier.
    digest
        SHA-256 of the contents, the same on every machine, and blind to whatever was published after `as_of`.
    source
        The data folder.
    """

    tables: Mapping[str, pd.DataFrame]
    references: Mapping[str, pd.DataFrame]
    as_of: datetime.date
    observed_through: datetime.date
    digest: str
    source: Path

    def __repr__(self) -> str:
        """One line: the tables themselves would fill the screen."""
        claims = sum(len(table) for table in self.tables.values())
        return (
            f"<Evidence as of {self.as_of}, observed through {self.observed_through}: "
            f"{claims} claims in {len(self.tables)} tables, digest {self.digest[:8]}>"
        )

    def _repr_html_(self) -> str:
        rows = []
        for name, table in self.tables.items():
            said = table["published"].dropna() if "published" in table else table.index[:0]
            days = (f"{said.min():%Y-%m-%d}", f"{said.max():%Y-%m-%d}") if len(said) else ("", "")
            rows.append((name, len(table), *days))
        title = f"Evidence as of {self.as_of}, observed through {self.observed_through}"
        note = f"{sum(len(table) for table in self.tables.values())} claims, digest {self.digest[:8]}"
        return view(title, ("table", "claims", "first published", "last published"), rows, note)


def load_evidence(as_of: str | datetime.date | None = None, data: str | Path | None = None) -> Evidence:
    """Load the evidence as it stood on a day.

    Parameters
    ----------
    as_of
        The day of the vintage, as a date or as YYYY-MM-DD; today by default.
    data
        A data folder; the bundled one by default.

    Raises
    ------
    InputError
        When the folder has problems (its `problems` lists them all), or `as_of` is no day with evidence.
    """
    day = read_as_of(as_of, datetime.date.today())
    return vintage_of(read_folder(data), day)


def vintage_of(folder: DataFolder, day: datetime.date) -> Evidence:
    """Return the evidence of a folder that was read, as it stood on a day.

    Parameters
    ----------
    folder
        From :func:`hbm_model.evidence.check.read_folder`.
    day
        The as-of date.

    Raises
    ------
    InputError
        When the folder has problems; those of its questions are none of the evidence.
    """
    checked, problems = folder.checked, list(folder.problems)
    if checked is not None:  # a fault of a question is none of the evidence
        asked = {table.path for table in checked.package.of_role("questions")}
        problems = [problem for problem in problems if problem.file not in asked]
    if checked is None or problems:
        raise refuse(problems, folder.path)
    package = checked.package
    tables = cut(_frames(checked), package, day)
    return Evidence(
        tables={table.name: tables[table.name] for table in package.of_role("claims")},
        references={table.name: tables[table.name] for table in package.of_role("reference")},
        as_of=day,
        observed_through=min(day, package.observed_through),
        digest=digest(tables, package),
        source=folder.path,
    )


def divided(evidence: Evidence, groups: Iterable[str]) -> tuple[Evidence, Evidence]:
    """Split evidence into the claims outside some claim groups, and those inside.

    Both parts keep days, references and source; each has a digest of its own.

    Parameters
    ----------
    evidence
        What is split.
    groups
        Claim groups of the second part.

    Returns
    -------
    tuple[Evidence, Evidence]
        The evidence without the groups, and the groups alone.
    """
    chosen = sorted(set(groups))

    def part(word: str, inside: bool) -> Evidence:
        tables = {
            name: frame[frame["claim_group"].isin(chosen) == inside].reset_index(drop=True)
            for name, frame in evidence.tables.items()
        }
        told = "\n".join([evidence.digest, word, *chosen])
        return dataclasses.replace(evidence, tables=tables, digest=hashlib.sha256(told.encode()).hexdigest())

    return part("without", False), part("only", True)


def unseen(evidence: Evidence, seen: Evidence) -> Evidence:
    """Claims of groups that have no member in an earlier vintage.

    A relay of what was known by then is not new.

    Parameters
    ----------
    evidence
        The later vintage.
    seen
        The earlier vintage.
    """
    known = {group for frame in seen.tables.values() for group in frame["claim_group"]}
    return divided(evidence, known)[0]


def frame_of(table: Table, columns: Mapping[str, list[Value | None]]) -> pd.DataFrame:
    """The checked values of a table as a frame, a column for every field.

    Parameters
    ----------
    table
        Schema of the table.
    columns
        Values by column, None where a cell is empty; every field of the table is there.
    """
    return pd.DataFrame({field.name: _series(columns[field.name], field) for field in table.fields.values()})


def _frames(checked: Checked) -> dict[str, pd.DataFrame]:
    return {
        name: frame_of(table, checked.columns[name])
        for name, table in checked.package.tables.items()
        if table.role != "questions"
    }


def _series(values: list[Value | None], field: Field) -> "pd.Series[Any]":
    match field.type:
        case "date":
            return pd.Series(pd.to_datetime(pd.Series(values, dtype=object)), dtype="datetime64[us]")
        case "number" | "integer" | "year":
            return pd.Series(values, dtype="float64")
        case "boolean":
            return pd.Series(values, dtype="bool")
        case _:
            return pd.Series(["" if value is None else value for value in values], dtype="str")
