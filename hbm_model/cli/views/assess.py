"""What `assess` prints, for people and for machines."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from hbm_model.analysis.assess import MOVED_GAPS, MOVES, Assessment
from hbm_model.cli.views import console
from hbm_model.core.quantities import BY_NAME, text
from hbm_model.core.tables import records

_WIDTH = 140
"""Columns of the text where there is no terminal that has its own."""
_REPORTS = ("delayed", "failed", "denied")
_STYLE = {"mild": "yellow", "strong": "red", "extreme": "bold red"}


Row = Mapping[Any, Any]
"""Cells of a frame by column."""


def as_json(found: Assessment) -> dict[str, Any]:
    """Return everything, with None where there is no number.

    Parameters
    ----------
    found
        From :func:`hbm_model.analysis.assess.assess`.
    """
    return {
        "table": found.table,
        "claims": _records(found.claims),
        "headlines": _records(found.headlines),
        "notes": list(found.notes),
    }


def print_assessment(found: Assessment) -> None:
    """Print the verdict on each claim, those without one and why, and what the claims would move.

    Parameters
    ----------
    found
        From :func:`hbm_model.analysis.assess.assess`.
    """
    parts: list[RenderableType] = []
    judged, others = (records(found.claims[found.claims["used"] == used]) for used in (True, False))
    if judged:
        parts += [_verdicts(judged), Text("")]
    if any(row["judged_by"] != "fit" for row in judged):
        parts += [Text("* the fit has seen it: judged as by a fit without its claim group, by weights of the draws\n")]
    if any(row["status"] in _REPORTS for row in judged):
        parts += [Text("Of a report that something has not happened, the percentile is the chance of that report.\n")]
    if others:
        reasons = (Text(f"  {row['id']}: {row['reason']}") for row in others)
        parts += [Text("Not judged", style="bold"), *reasons, Text("")]
    new = [row for row in judged if not _missing(row["k"])]
    if new:
        parts += [Text("If a claim were taken in, the medians would move by", style="bold"), _moves(new), Text("")]
    parts += [*_headlines(found.headlines), *(Text(f"Note: {note}") for note in found.notes)]
    console.put(*parts, width=_WIDTH)


def _verdicts(rows: Sequence[Row]) -> Table:
    table = console.table(
        "claim", "about", "claimed", "expected", "90 % interval", "percentile", "log score", "surprise"
    )
    for column in table.columns[2:7]:
        column.justify, column.no_wrap = "right", True
    for row in rows:
        surprise = Text(row["surprise"], style=_STYLE.get(row["surprise"], ""))
        if row["judged_by"] != "fit":
            surprise.append(" *")
        table.add_row(
            Text(row["id"]),
            Text(_subject(row)),
            _range(row["claimed_low"], row["claimed_high"], row),
            _value(row["q50"], row),
            _range(row["q05"], row["q95"], row),
            f"{row['percentile']:.0f}",
            f"{row['log_score']:.1f}",
            surprise,
        )
    return table


def _moves(rows: Sequence[Row]) -> Table:
    heads = [f"{text(name, 'short')} {period}" for name, period in MOVED_GAPS]
    table = console.table("claim", *heads, "effective draws", "Pareto k")
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        moves = (_move(row, name, what[0]) for name, what in zip(MOVES, MOVED_GAPS, strict=True))
        table.add_row(Text(row["id"]), *moves, f"{row['ess']:.0f}", f"{max(row['k'], 0):.2f}")
    return table


def _range(low: float, high: float, row: Row) -> str:
    if low == high:
        return _value(low, row)
    if _missing(low) or _missing(high):
        return f"from {_value(low, row)}" if _missing(high) else f"up to {_value(high, row)}"
    return f"{_value(low, row)} to {_value(high, row)}"


def _subject(row: Row) -> str:
    height = f"{row['layers']:.0f}-high" if not _missing(row["layers"]) else ""
    words = (row["vendor"], row["generation"], height, row["quantity"], row["status"], row["period"].split("/")[-1])
    return " ".join(word for word in words if word)


def _move(row: Row, column: str, quantity: str) -> str:
    if _missing(row[column]):
        return "refit needed"
    scale, unit = (100, "pts") if BY_NAME[quantity].percent else (1, "y")
    return f"{round(scale * row[column], 2) + 0.0:+.2f} {unit}"  # no minus before a zero


def _headlines(frame: pd.DataFrame) -> list[RenderableType]:
    rows = frame.to_dict("records")
    if rows[0]["by"] == "nothing new":
        return [Text("No claim here is new to the fit and has a place in the model: the gaps stay as they are.")]
    table = console.table("gap", "now", "90 % interval", "with the new claims", "90 % interval", "by")
    for column in table.columns[1:5]:
        column.justify = "right"
    for row in rows:
        table.add_row(
            Text(f"{text(row['quantity'], 'short')} {row['period']}"),
            _gap(row, "q50"),
            f"{_gap(row, 'q05')} to {_gap(row, 'q95')}",
            _gap(row, "q50_with"),
            "" if _missing(row["q50_with"]) else f"{_gap(row, 'q05_with')} to {_gap(row, 'q95_with')}",
            Text(row["by"]),
        )
    weighed = f"All new claims together leave {rows[0]['ess']:.0f} effective draws (Pareto k = {rows[0]['k']:.2f})."
    if rows[0]["by"] == "refit is needed":
        weighed += " That is too far from the fit for weights: run again with --refit."
    return [table, Text(weighed)]


def _gap(row: Row, name: str) -> str:
    if _missing(row[name]):
        return ""
    return f"{100 * row[name]:.1f} %" if row["unit"] == "ratio" else f"{row[name]:.1f} y"


def _value(value: float, row: Row) -> str:
    """A value in the claim's unit; dates as days."""
    if _missing(value):
        return ""
    if row["unit"] == "year":
        first, after = (date(math.floor(value) + more, 1, 1) for more in (0, 1))
        return (first + ((after - first) * (value % 1) + timedelta(minutes=1))).isoformat()
    if row["unit"] == "wpm":
        return f"{value:,.0f}"
    return f"{value:.1f} %" if row["unit"] == "pct" else f"{value:.3g}"


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(name): None if _missing(value) or value in (math.inf, -math.inf) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]
