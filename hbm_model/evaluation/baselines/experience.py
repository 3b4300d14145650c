"""Experience curve by least squares: each doubling of the time since the start takes off the same share of the loss."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hbm_model.evaluation.history import PERCENT
from hbm_model.evaluation.scores import Floats

QUANTITIES = ("hbm_yield", "node_yield", "dram_wafers", "hbm_wafers", "output")
"""Quantities that are learned: yields, whose loss is -log(yield), and what is built up."""
_STARTS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Years of experience that a series may have when it is first heard of."""
_SHORT = 0.1
"""Squared log time: claims that lie no farther apart say less than half of a slope."""
_LEAST, _MOST = 1.0, 99.0
"""Yields in points whose loss can still be told."""


def experience_curve(known: pd.DataFrame, wanted: pd.DataFrame) -> tuple[Floats, Floats]:
    """Log loss, or log level, as a line in the log of time since the series' start (a rule, as in ``rules``).

    Slope and experience at the first claim are pooled over the series of the quantity, the offset is each series' own.
    The slope is a ridge estimate, so that claims a few weeks apart make no slope of their own.

    Parameters
    ----------
    known
        History of one quantity.
    wanted
        What is asked of it, with the columns of the history.

    Returns
    -------
    tuple[Floats, Floats]
        (target,) centre in the score scale, and lead in years; NaN where there is nothing to go by.
    """
    silent = np.full(len(wanted), np.nan)
    rows = known[(known["status"] == "actual") & known["quantity"].isin(QUANTITIES)]
    if rows.empty:
        return silent, silent
    percent = bool(rows["quantity"].isin(PERCENT).any())
    series, time = rows["series"].to_numpy(str), rows["time"].to_numpy(float)
    names, of = np.unique(series, return_inverse=True)
    first, latest = (rows.groupby("series")["time"].agg(how)[names].to_numpy(float) for how in ("min", "max"))
    y = _log_loss(rows["value"].to_numpy(float)) if percent else rows["value"].to_numpy(float)
    fits = [_line(np.log(time - first[of] + start), y, of, len(names)) for start in _STARTS]
    best = int(np.argmin([unexplained for *_, unexplained in fits]))
    slope, offsets, _ = fits[best]
    if slope == 0.0:
        return silent, silent
    place = pd.Series(np.arange(len(names)), index=names).reindex(wanted["series"]).to_numpy(float)
    there = ~np.isnan(place)
    at = place[there].astype(int)
    asked = wanted["time"].to_numpy(float)[there]
    line = offsets[at] + slope * np.log(np.maximum(asked - first[at], 0.0) + _STARTS[best])
    centre, lead = silent.copy(), silent.copy()
    centre[there] = 100.0 * np.exp(-np.exp(line)) if percent else line
    lead[there] = np.abs(asked - latest[at])
    return centre, lead


def _line(x: Floats, y: Floats, of: NDArray[np.intp], n: int) -> tuple[float, Floats, float]:
    """Slope, the series' offsets, and the sum of squares left."""
    size = np.bincount(of, minlength=n)
    mean_x, mean_y = np.bincount(of, x, n) / size, np.bincount(of, y, n) / size
    away_x, away_y = x - mean_x[of], y - mean_y[of]
    slope = float((away_x * away_y).sum() / ((away_x**2).sum() + _SHORT))
    return slope, mean_y - slope * mean_x, float(((away_y - slope * away_x) ** 2).sum())


def _log_loss(value: Floats) -> Floats:
    """Log of -log of a yield in points."""
    return np.asarray(np.log(-np.log(np.clip(value, _LEAST, _MOST) / 100.0)))
