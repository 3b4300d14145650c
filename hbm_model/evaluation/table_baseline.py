"""A baseline that knows one table: what is said next, going by what was said of each vendor before.

Claims of one quantity are regressed, in the likelihood's own scale, on their vendor and on a trend that all vendors
share. The trend is in the time spoken of, and for dates of events in the generation and the stage. What is said next is
a Student t around that (the textbook predictive of a regression with an unknown spread). The baseline has no structure,
no sources, no policy and no other table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from hbm_model.core.arrays import Floats
from hbm_model.core.dates import decimal_years
from hbm_model.core.industry import VENDORS
from hbm_model.evidence import Evidence
from hbm_model.model.kinds import KINDS
from hbm_model.model.measurement import OPEN
from hbm_model.model.observations import Observations

_DATED = ("event", "claimed")
"""Kinds that are one quantity: dates of what is said to have happened."""
_KNOWN = 2
"""So many earlier claims about a vendor give it a level of its own."""
_LEAST = 3
"""Fewest degrees of freedom that a spread is taken from."""
_TREND = ["trend", "sampled", "qualified"]


@dataclass(frozen=True)
class Student:
    """Student t distributions, (claim,) each; NaN where the table has too little to go by."""

    centre: Floats
    scale: Floats
    freedom: Floats

    def cdf(self, x: Floats) -> Floats:
        """Distribution function: (claim,).

        Parameters
        ----------
        x
            (claim,) in the likelihood's scale.
        """
        return np.asarray(stats.t.cdf((x - self.centre) / self.scale, self.freedom))

    def log_probability(self, low: Floats, high: Floats) -> Floats:
        """Log probability of intervals, (claim,), taken in whichever tail is the smaller one.

        Parameters
        ----------
        low, high
            (claim,) ends in the likelihood's scale.
        """
        a, b = (low - self.centre) / self.scale, (high - self.centre) / self.scale
        right = a > 0
        a, b = np.where(right, -b, a), np.where(right, -a, b)
        with np.errstate(divide="ignore"):
            return np.log(stats.t.cdf(b, self.freedom) - stats.t.cdf(a, self.freedom))


def told(observations: Observations, evidence: Evidence) -> pd.DataFrame:
    """What the baseline reads of interval claims, in the order of ``observations.stacked``.

    Parameters
    ----------
    observations
        The claims as the likelihood reads them.
    evidence
        What they were coded from, which dates them.

    Returns
    -------
    pd.DataFrame
        With columns ``quantity, vendor, value`` (middle of the interval, or its one end), ``trend, sampled,
        qualified``.
    """
    rows = pd.concat([frame for frame in evidence.tables.values() if {"period_start", "period_end"} <= set(frame)])
    middle = (decimal_years(rows["period_start"]) + decimal_years(rows["period_end"])) / 2
    time = dict(zip(rows["id"], middle, strict=True))
    frames = []
    for kind in KINDS:
        claims = observations.claims[kind]
        dated = kind in _DATED
        at = claims.more["generation"] if dated else [0.0 if kind == "guidance" else time[i] for i in claims.ids]
        frame = pd.DataFrame({"vendor": [VENDORS[v] for v in claims.vendor], "trend": np.asarray(at, dtype=float)})
        for name in ("sampled", "qualified"):
            frame[name] = claims.more[name] if dated else 0.0
        frames.append(frame.assign(quantity="event" if dated else kind))
    table = pd.concat(frames, ignore_index=True)
    low, high = observations.stacked.low, observations.stacked.high
    ends = np.where(low <= -OPEN, high, low), np.where(high >= OPEN, low, high)
    return table.assign(value=(ends[0] + ends[1]) / 2)


def predict(training: pd.DataFrame, asked: pd.DataFrame) -> Student:
    """What the training claims lead one to expect of others.

    Parameters
    ----------
    training, asked
        From :func:`told`; of `asked`, the values are not read.
    """
    found = np.full((len(asked), 3), np.nan)
    for place, row in enumerate(asked.to_dict("records")):
        same = training[training["quantity"] == row["quantity"]]
        for by_vendor, trend in ((True, _TREND), (False, _TREND), (False, [])):
            counts = same["vendor"].value_counts()
            known = sorted(counts.index[counts >= _KNOWN]) if by_vendor else []
            if by_vendor and row["vendor"] not in known:
                continue
            used = same[same["vendor"].isin(known)] if by_vendor else same
            student = _regression(_design(used, known, trend), used["value"].to_numpy(float), row, known, trend)
            if student is not None:
                found[place] = student
                break
    return Student(*found.T)


def _design(rows: pd.DataFrame, vendors: list[str], trend: list[str]) -> Floats:
    levels: list[Floats] = [np.asarray(rows["vendor"] == vendor, dtype=float) for vendor in vendors]
    return np.column_stack([*(levels or [np.ones(len(rows))]), *(rows[name].to_numpy(float) for name in trend)])


def _regression(
    design: Floats, values: Floats, row: Mapping[Any, Any], vendors: list[str], trend: list[str]
) -> tuple[float, float, float] | None:
    """Centre, scale and degrees of freedom of the predictive at a row; None where there are too few claims."""
    centred = design.copy()
    inside = len(vendors) or 1
    shift = design[:, inside:].mean(axis=0) if len(design) else np.zeros(design.shape[1] - inside)
    centred[:, inside:] -= shift
    freedom = len(values) - int(np.linalg.matrix_rank(centred)) if len(values) else 0
    if freedom < _LEAST:
        return None
    at = _design(pd.DataFrame([row]), vendors, trend)[0]
    at[inside:] -= shift
    inverse = np.linalg.pinv(centred.T @ centred)
    slopes = inverse @ centred.T @ values
    variance = float(((values - centred @ slopes) ** 2).sum()) / freedom
    if variance == 0:
        return None
    return float(at @ slopes), float(np.sqrt(variance * (1 + at @ inverse @ at))), float(freedom)
