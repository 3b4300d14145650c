"""Result files: the small tables in docs/results/ that the documents show, written by studies, rendered by the site.

A file is a CSV with one row per line of a table and one value per column. A quantity with an interval takes several
columns: ``lag`` (the value), ``lag low``, ``lag high``, ``lag ±`` (standard error), ``lag n`` (count) and
``lag through`` (the part of the system that drives it); a table shows them in one cell. A unit that all values share
stands in brackets: ``share [%]``. Values are text, rounded as they are shown, so that reading a file and showing it
cannot change a digit. ``catalogue.csv`` says of each file which run or study it is from, when and by which version.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from hbm_model.core.version import __version__

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "docs" / "results"
CATALOGUE = "catalogue.csv"
COMPANIONS = ("low", "high", "±", "n", "through")
"""What may follow a column's name, in the order in which a table shows it."""

_IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+(\[[^\]]*\])?")


class Interval(NamedTuple):
    """One cell: a value with what stands beside it, each as text."""

    value: str
    low: str = ""
    high: str = ""
    error: str = ""
    n: str = ""
    through: str = ""


@dataclass(frozen=True)
class Source:
    """Where a result comes from."""

    made_by: str
    run_id: str = ""
    as_of: str = ""
    version: str = __version__
    made: str = ""
    backfilled: bool = False
    """Carried over from a page that held the table itself, rather than written by the study."""


def spread(draws: Any, digits: int = 1, scale: float = 1.0) -> Interval:
    """Median and 90 % interval of draws, rounded to `digits`."""
    values = np.round(scale * np.quantile(np.asarray(draws), [0.5, 0.05, 0.95]), digits) + 0.0  # no -0
    return Interval(*(f"{value:.{digits}f}" for value in values))


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """A result of text cells, from rows whose cells are values or `Interval`s."""
    lines = [
        [cell if isinstance(cell, Interval) else Interval("" if cell is None else str(cell)) for cell in row]
        for row in rows
    ]
    columns: dict[str, list[str]] = {}
    for place, name in enumerate(head):
        cells = [line[place] for line in lines]
        columns[name] = [cell.value for cell in cells]
        for number, companion in enumerate(COMPANIONS, start=1):
            if any(cell[number] for cell in cells):
                columns[f"{plain(name)} {companion}"] = [cell[number] for cell in cells]
    return pd.DataFrame(columns, dtype=object)


def plain(name: str) -> str:
    """A column's name without its unit."""
    return re.sub(r" \[[^\]]*\]$", "", name)


def write(tables: Mapping[str, pd.DataFrame], source: Source, folder: Path = RESULTS) -> None:
    """Write each table as `NAME.csv`, and what it comes from into the catalogue."""
    folder.mkdir(parents=True, exist_ok=True)
    known = {row["file"]: row for row in catalogue(folder)}
    made = source.made or f"{datetime.now(UTC):%Y-%m-%d}"
    for name, result in tables.items():
        result.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
        told = dict(zip((field.name for field in fields(source)), astuple(source), strict=True))
        told |= {"made": made, "backfilled": str(source.backfilled).lower()}
        known[f"{name}.csv"] = {"file": f"{name}.csv"} | {key: str(value) for key, value in told.items()}
    lines = pd.DataFrame([known[file] for file in sorted(known)])
    lines.to_csv(folder / CATALOGUE, index=False, lineterminator="\n")


def catalogue(folder: Path = RESULTS) -> list[dict[str, str]]:
    """One row per result file, with where it comes from."""
    path = folder / CATALOGUE
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read(file: Path) -> pd.DataFrame:
    """A result file as text, digit for digit; an empty cell is an empty string."""
    return pd.read_csv(file, dtype=str, keep_default_na=False)


def markdown(result: pd.DataFrame, by: Sequence[str] = ()) -> str:
    """A Markdown table, or one under a heading for each group of the columns `by`."""
    if not by:
        return lines(*_cells(result))
    parts = []
    for _, group in result.groupby(list(by), sort=False):
        head, (first, *_) = _cells(group[[*by, *_companions(result, by)]])
        said = [f"**{first[0]}**", *(f"{name} {cell}" for name, cell in zip(head[1:], first[1:], strict=True))]
        rest = group.drop(columns=[*by, *_companions(result, by)])
        parts.append(f"{', '.join(said)}\n\n{lines(*_cells(rest))}")
    return "\n\n".join(parts)


def lines(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The lines of a Markdown table."""
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in [head, ["---"] * len(head), *rows])


def _companions(result: pd.DataFrame, names: Sequence[str]) -> list[str]:
    known = {f"{plain(name)} {companion}" for name in names for companion in COMPANIONS}
    return [name for name in result.columns if name in known]


def _cells(result: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Heads and cells as a table shows them."""
    beside = set(_companions(result, list(result.columns)))
    shown = [name for name in result.columns if name not in beside]
    rows = [[_cell(row, name, first=name == shown[0]) for name in shown] for row in result.to_dict("records")]
    return [plain(name) for name in shown], rows


def _cell(row: Mapping[Any, str], name: str, *, first: bool) -> str:
    value = row[name]
    if not value:
        return ""
    unit = re.search(r" \[([^\]]*)\]$", name)
    low, high, error, n, through = (row.get(f"{plain(name)} {companion}", "") for companion in COMPANIONS)
    if first and value == "all":
        return "**all**"
    if _IDENTIFIER.fullmatch(value):
        value = f"`{value}`"
    value += f" {unit[1]}" if unit else ""
    value += f" ({low} to {high})" if low or high else ""
    value += f" ± {error}" if error else ""
    value += f", n {n}" if n else ""
    return f"{value} {through}" if through else value


def arguments(description: str, *inputs: str) -> argparse.Namespace:
    """The command line of a script that takes the named paths, all of which must be given."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in inputs:
        parser.add_argument(f"--{name}", type=Path, required=True)
    return parser.parse_args()


def source_of(made_by: str, run: Path) -> Source:
    """Where the results of a stored run come from, by its manifest."""
    said = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    return Source(made_by, said["run_id"], said["as_of"], said["versions"]["hbm-model"], said["finished"][:10])
