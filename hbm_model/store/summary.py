"""A stored run in a few lines: the gap now and later, and how good the fit was. Read from the run folder alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from hbm_model.core.dates import decimal_year, quarter_label
from hbm_model.core.quantities import LATER, LEADING, LEADING_BY_GENERATION, text
from hbm_model.store.stored import StoredRun

if TYPE_CHECKING:
    import pandas as pd

DISPUTED = ("HBM3", "HBM3E")
"""Generations of which a summary gives the lag."""


@dataclass(frozen=True)
class Figure:
    """One number of the answer with its 90 % interval.

    Attributes
    ----------
    quantity, generation, period
        Which number; generation or period is empty where the gap has none.
    unit
        Of the number; a ratio is shown in percent.
    median, q05, q95
        None where the draws do not reach that quantile.
    prob_never
        Share of draws in which the number lies beyond the horizon or is undefined.
    """

    quantity: str
    generation: str
    period: str
    unit: str
    median: float | None
    q05: float | None
    q95: float | None
    prob_never: float | None

    @property
    def words(self) -> str:
        """Median and interval as people read them; a dash is a quantile that lies beyond the horizon."""
        scale = 100 if self.unit == "ratio" else 1
        median, low, high = ("-" if x is None else f"{scale * x:.1f}" for x in (self.median, self.q05, self.q95))
        return median if (low, high) == (median, median) else f"{median} ({low} to {high})"


@dataclass(frozen=True)
class Change:
    """What one scenario changes of one gap.

    Attributes
    ----------
    scenario, quantity, period
        Which change of which gap.
    unit
        Of the change; a ratio is shown in percentage points.
    mean, q05, q95
        Of the difference from the baseline, draw by draw.
    prob_larger, prob_smaller
        Shares of draws in which the difference is above or below zero.
    driver
        The part of the system whose effect alone is the largest; empty where none has any.
    """

    scenario: str
    quantity: str
    period: str
    unit: str
    mean: float | None
    q05: float | None
    q95: float | None
    prob_larger: float | None
    prob_smaller: float | None
    driver: str

    @property
    def words(self) -> str:
        """Mean and interval as people read them, and through what; a dash where nothing moves."""
        if not self.prob_larger and not self.prob_smaller:
            return "-"
        scale = 100 if self.unit == "ratio" else 1
        mean, low, high = (signed(x, scale) for x in (self.mean, self.q05, self.q95))
        return f"{mean} ({low} to {high}) {self.driver}".rstrip()


def figures(run: StoredRun) -> list[Figure]:
    """Return the gap now, at the end of 2028 and of 2032, and the lags of the generations in dispute.

    Parameters
    ----------
    run
        A published run.
    """
    frame = run.baseline
    over_time = frame["quantity"].isin(LEADING) & frame["period"].isin(periods(run))
    by_generation = frame["quantity"].isin(LEADING_BY_GENERATION) & frame["generation"].isin(DISPUTED)
    rows = _records(frame[over_time | by_generation])
    return [_filled(Figure, {**row, "median": row["q50"]}) for row in rows]


def changes(run: StoredRun) -> list[Change]:
    """Return what each scenario changes of the gaps over time, at the last of the later quarters.

    Parameters
    ----------
    run
        A published run; one of the baseline alone has no changes.
    """
    frame = run.contrasts
    frame = frame[frame["quantity"].isin(LEADING) & (frame["period"] == periods(run)[-1])]
    return [_filled(Change, row) for row in _records(frame)]


MOST = 5
"""Events that a reader is told of."""


_COLUMNS = ("event", "text", "closes", "probability", "information", "quantity", "generation", "period", "unit")


_NUMBERS = (
    *("reduction", "mc_error", "noise"),
    *("mean_yes", "q05_yes", "q95_yes", "mean_no", "q05_no", "q95_no"),
)


@dataclass(frozen=True)
class Watched:
    """One event to watch, and the gap that it tells most of.

    Attributes
    ----------
    event, text
        Its id, and its words.
    closes
        ISO date.
    probability
        Of a yes.
    information
        Mean expected reduction of variance over all gaps.
    quantity, generation, period, unit
        The gap.
    reduction, mc_error, noise
        Expected reduction of the gap's variance, its Monte-Carlo error, and what chance reductions stay below.
    mean_yes ... q95_no
        The gap's mean and 90 % interval under either answer.
    """

    event: str
    text: str
    closes: str
    probability: float
    information: float
    quantity: str
    generation: str
    period: str
    unit: str
    reduction: float
    mc_error: float
    noise: float
    mean_yes: float
    q05_yes: float
    q95_yes: float
    mean_no: float
    q05_no: float
    q95_no: float

    @property
    def words(self) -> str:
        """What the answer would say of the gap."""
        scale, unit = (100, " %") if self.unit == "ratio" else (1, f" {self.unit}")
        yes, no = (
            f"{scale * mean:.1f}{unit} ({scale * low:.1f} to {scale * high:.1f}) if {answer}"
            for answer, mean, low, high in (
                ("yes", self.mean_yes, self.q05_yes, self.q95_yes),
                ("no", self.mean_no, self.q05_no, self.q95_no),
            )
        )
        name = " ".join(filter(None, (text(self.quantity, "short"), self.generation, self.period)))
        return f"{name}: {yes}, {no}; {100 * self.reduction:.0f} % of its variance"


def watched(run: StoredRun) -> list[Watched]:
    """Return the most informative events of a run, one about each thing; none of a run that kept no such file.

    Parameters
    ----------
    run
        Its `watch` table is read.
    """
    frame = run.watch
    if frame is None:
        return []
    frame = frame[(frame["information"] > 0) & (frame["reduction"] > frame["noise"])]
    best = frame.loc[frame.groupby("event", sort=False)["reduction"].idxmax()]
    best = best.sort_values("information", ascending=False, kind="stable").drop_duplicates("about").head(MOST)
    return [_of_row(row) for row in best.to_dict("records")]


def _of_row(row: Any) -> Watched:
    numbers = {name: float(row[name]) for name in _NUMBERS}
    return Watched(**{name: row[name] for name in _COLUMNS} | {"closes": f"{row['closes']:%Y-%m-%d}"} | numbers)


def periods(run: StoredRun) -> tuple[str, ...]:
    """Return the as-of date's quarter, then the later ones.

    Parameters
    ----------
    run
        Read for its manifest alone.
    """
    now = quarter_label(decimal_year(run.manifest.as_of))
    return (now, *(period for period in LATER if period > now))


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values, None for a number that is missing."""
    return [
        {str(name): None if isinstance(value, float) and math.isnan(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]


def _filled[Row: (Figure, Change)](kind: type[Row], row: Mapping[str, Any]) -> Row:
    return kind(**{column.name: row[column.name] for column in fields(kind)})


def signed(value: float | None, scale: float) -> str:
    """A change to one decimal; zero has no sign, and what is missing is a dash.

    Parameters
    ----------
    value
        The change; None or NaN where it is missing.
    scale
        By what the change is multiplied: 100 shows a ratio in percent.
    """
    if value is None or math.isnan(value):
        return "-"
    return "0" if abs(scale * value) < _ROUNDS_TO_ZERO else f"{scale * value:+.1f}"


_ROUNDS_TO_ZERO = 0.05
