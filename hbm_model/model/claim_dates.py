"""When a claim holds: the one rule by which the likelihood reads claims of levels, and charts draw them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hbm_model.core.arrays import Floats
from hbm_model.core.dates import decimal_years

AHEAD = ("plan", "forecast", "target")
"""Statuses of claims about what is still to come."""
_FRESH_DAYS = 45
"""Days between the end of a window and publication within which a claim is about that end."""


def claim_time(rows: pd.DataFrame, start: str = "period_start", end: str = "period_end") -> Floats:
    """When a level is claimed to hold: near the end of a window that runs up to publication, else its middle.

    Parameters
    ----------
    rows
        Claims with days of ``published`` and of the two columns.
    start, end
        Names of the columns with the window's first and last day.

    Returns
    -------
    Floats
        (claim,) decimal years.
    """
    first, last = decimal_years(rows[start]), decimal_years(rows[end])
    fresh = ((rows["published"] - rows[end]).dt.days.abs() <= _FRESH_DAYS).to_numpy()
    return np.asarray(np.where(fresh, last - np.minimum(last - first, 0.25) / 2, (first + last) / 2), dtype=float)


def capacity_time(rows: pd.DataFrame, kind: str) -> Floats:
    """When a claim of wafers holds: a plan, and what a project adds up to, by the end of its period.

    Parameters
    ----------
    rows
        Used claims of one kind.
    kind
        Out of ``coding.CAPACITY``; plans count as such for ``hbm_wafers`` alone.

    Returns
    -------
    Floats
        (claim,) decimal years.
    """
    plan = rows["status"].isin(["plan", "forecast"]) & (kind == "hbm_wafers")
    by_then = (plan | (rows["metric"] == "fab_project_wpm")).to_numpy()
    return np.asarray(np.where(by_then, decimal_years(rows["period_end"]), claim_time(rows)), dtype=float)


def is_ahead(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Which claims are about what is still to come.

    Parameters
    ----------
    rows
        Claims of a table with a ``status``.
    """
    return np.asarray(rows["status"].isin(AHEAD), dtype=bool)
