"""The revisions between two runs: what moved of the headline gaps and questions, as both published them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hbm_model.core.dates import decimal_year, quarter_label
from hbm_model.core.industry import GENERATIONS_OF_CHINA
from hbm_model.core.quantities import BY_NAME, HEADLINES, LATER, OVER_TIME
from hbm_model.store.stored import StoredRun

NOW, QUESTION = "now", "question"


@dataclass(frozen=True)
class Revision:
    """The revision of one number between two runs.

    Attributes
    ----------
    quantity
        A headline gap, or `question`.
    place
        A generation, or the question's id.
    period
        A quarter, or `now`.
    unit
        Of the number.
    before, now
        Medians, or probabilities; None beyond the horizon.
    change
        Their difference.
    width
        Of the earlier run's 90 % interval (None for a question).
    error
        Monte-Carlo standard error of the change.
    parts
        Its decomposition (see :mod:`hbm_model.store.decomposition`); None where there is none.
    """

    quantity: str
    place: str
    period: str
    unit: str
    before: float | None
    now: float | None
    change: float | None
    width: float | None
    error: float | None = None
    parts: Mapping[str, float] | None = None

    @property
    def in_widths(self) -> float | None:
        """The change in widths of the earlier run's 90 % interval."""
        return self.change / self.width if self.change is not None and self.width else None


def name_of(revision: Revision) -> str:
    """The name of a revision's number.

    Parameters
    ----------
    revision
        Its quantity, place and period make the name.
    """
    return " ".join(filter(None, (revision.quantity, revision.place, revision.period)))


def now_of(run: StoredRun) -> str:
    """The quarter of a run's as-of date.

    Parameters
    ----------
    run
        Read for its manifest alone.
    """
    return quarter_label(decimal_year(run.manifest.as_of))


def revisions(one: StoredRun, other: StoredRun) -> list[Revision]:
    """The revisions of the headline gaps of both runs, and of the questions that both answer.

    Parameters
    ----------
    one
        The earlier run.
    other
        The later run.
    """
    return [*_of_gaps(one, other), *_of_questions(one, other)]


def _of_gaps(one: StoredRun, other: StoredRun) -> Iterator[Revision]:
    rows = [_headline_rows(run.baseline) for run in (one, other)]
    quarters = (now_of(one), now_of(other))
    wanted = [(name, "", period) for name in OVER_TIME for period in (NOW, *LATER)]
    others = [BY_NAME[name] for name in HEADLINES if name not in OVER_TIME]
    wanted += [(gap.name, place, "") for gap in others for place in (GENERATIONS_OF_CHINA if gap.dims else ("",))]
    for quantity, place, period in wanted:
        keys = [(quantity, place, quarters[i] if period == NOW else period) for i in (0, 1)]
        both = [rows[i].get(keys[i]) for i in (0, 1)]
        if both[0] is None and both[1] is None:
            continue
        before, now = (None if row is None else number(row["q50"]) for row in both)
        width = None if both[0] is None else number(both[0]["q95"] - both[0]["q05"])
        unit = str(next(row["unit"] for row in both if row is not None))
        yield Revision(quantity, place, period, unit, before, now, _less(before, now), width)


def _of_questions(one: StoredRun, other: StoredRun) -> Iterator[Revision]:
    tables = [run.answers[run.answers["scenario"] == "baseline"].set_index("question") for run in (one, other)]
    for name in tables[1].index.intersection(tables[0].index):
        before, now = (float(table["probability"][name]) for table in tables)
        yield Revision(QUESTION, str(name), "", "probability", before, now, now - before, None)


def _headline_rows(baseline: pd.DataFrame) -> dict[tuple[str, str, str], dict[Any, Any]]:
    """The baseline's rows of China by quantity, generation and period."""
    china = baseline[baseline["vendor"] == "china"]
    china = china[china["quantity"].isin(HEADLINES)]
    return {(row["quantity"], row["generation"], row["period"]): row for row in china.to_dict("records")}


def number(value: Any) -> float | None:
    """A number of a table; None where it is missing or beyond the horizon.

    Parameters
    ----------
    value
        A cell: NaN or None where it is missing, ``inf`` beyond the horizon.
    """
    return None if pd.isna(value) or np.isinf(value) else float(value)


def _less(before: float | None, now: float | None) -> float | None:
    return None if before is None or now is None else now - before
