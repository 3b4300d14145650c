"""Coded claims: what every coder makes of rows, and what coders share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hbm_model.core.arrays import Floats
from hbm_model.core.dates import decimal_years
from hbm_model.core.industry import BLOC_OF, BLOCS, ORIGINS, VENDORS
from hbm_model.model.claim_dates import is_ahead
from hbm_model.model.measurement import OPEN

Ints = NDArray[np.intp]
ROUNDING = {"yield": 0.025, "log": 0.03, "share": 0.01}
"""Half of the step to which figures of a kind are rounded: 5 points of yield, 6 % of a capacity, 2 points of share."""
HALF_DAY = 0.5 / 365.25


@dataclass(frozen=True)
class CodedClaims:
    """Claims of one kind as parallel arrays.

    Attributes
    ----------
    ids
        Row ids.
    low, high
        (claim,) interval in the likelihood's own scale, ends ``+-OPEN`` where open.
    vendor, origin
        (claim,) index numbers.
    more
        Further (..., claim) arrays by name; which ones depends on the kind.
    """

    ids: list[str]
    low: Floats
    high: Floats
    vendor: Ints
    origin: Ints
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def bloc(self) -> Ints:
        """Bloc number of each claim's vendor."""
        return np.array([BLOCS.index(BLOC_OF[VENDORS[v]]) for v in self.vendor], dtype=np.intp)

    def __len__(self) -> int:
        return len(self.ids)


def log_interval(rows: pd.DataFrame, factor: Floats | float = 1.0) -> tuple[Floats, Floats]:
    """Log interval of amounts, widened by rounding; a bound is open on its other side.

    Parameters
    ----------
    rows
        With ``low``, ``high`` and ``bound``.
    factor
        From the rows' unit to the likelihood's.
    """
    low, high = rows["low"].to_numpy(float) * factor, rows["high"].to_numpy(float) * factor
    edge = ROUNDING["log"]
    bound = rows["bound"].to_numpy(str)
    with np.errstate(divide="ignore", invalid="ignore"):
        lower = np.where((bound == "upper") | ~(low > 0), -OPEN, np.log(low) - edge)
        upper = np.where((bound == "lower") | ~(high > 0), OPEN, np.log(high) + edge)
    return lower, upper


def share_interval(rows: pd.DataFrame) -> tuple[Floats, Floats]:
    """Logit interval of shares in percent; a claim of nothing is an upper bound of the rounding step.

    Parameters
    ----------
    rows
        With ``low``, ``high`` and ``bound``.
    """
    low, high = rows["low"].to_numpy(float) / 100, rows["high"].to_numpy(float) / 100
    edge = ROUNDING["share"]
    bound = rows["bound"].to_numpy(str)
    below, above = np.clip(low - edge, 1e-4, 1 - 1e-4), np.clip(high + edge, 1e-4, 1 - 1e-4)
    lower = np.where((bound == "upper") | ~(low - edge > 0), -OPEN, np.log(below / (1 - below)))
    upper = np.where(bound == "lower", OPEN, np.log(above / (1 - above)))
    return lower, upper


def lead_of_plans(rows: pd.DataFrame, time: Floats) -> Floats:
    """Lead of plans and forecasts: (claim,) years, zero for what is claimed as so.

    Parameters
    ----------
    rows
        With ``status`` and ``published``.
    time
        (claim,) decimal years at which claims hold.
    """
    return np.where(is_ahead(rows), np.maximum(time - decimal_years(rows["published"]), 0.0), 0.0)


def middle_of(rows: pd.DataFrame) -> Floats:
    """Middle of each claim's period: (claim,) decimal years.

    Parameters
    ----------
    rows
        With ``period_start`` and ``period_end``.
    """
    return (decimal_years(rows["period_start"]) + decimal_years(rows["period_end"])) / 2


def own_weights(rows: pd.DataFrame, weights: Floats) -> Floats:
    """Weights on the path of a claim's own maker, or of every maker for industry claims: (vendor * time, claim).

    Parameters
    ----------
    rows
        With ``maker``.
    weights
        (time, claim) weights.
    """
    whose = np.array([rows["maker"].isin([v, "industry"]).to_numpy(float) for v in VENDORS])
    return (whose[:, None, :] * weights[None, :, :]).reshape(len(VENDORS) * len(weights), len(rows))


def codes_of(values: pd.Series[str], labels: Sequence[str]) -> Ints:
    """Place of each value among labels: (claim,).

    Parameters
    ----------
    values
        (claim,) words, each one of the labels.
    labels
        In order.
    """
    place = {label: i for i, label in enumerate(labels)}
    return np.array([place[value] for value in values], dtype=np.intp)


def coded(rows: pd.DataFrame, low: Floats, high: Floats, at: dict[str, Any]) -> CodedClaims:
    """Claims with who speaks about whom.

    Parameters
    ----------
    rows
        With ``id``, ``maker`` and ``origin``.
    low, high
        (claim,) interval in the likelihood's own scale.
    at
        Further arrays that the kind's equation reads.
    """
    vendor = np.array([VENDORS.index(m) if m in VENDORS else 0 for m in rows["maker"]], dtype=np.intp)
    return CodedClaims(list(rows["id"]), low, high, vendor, codes_of(rows["origin"], ORIGINS), at)
