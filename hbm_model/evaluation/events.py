"""Scores of probabilities: the Brier score, reliability, and intervals of shares."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from hbm_model.core.arrays import Floats

WITHIN = 0.9
"""Probability of the intervals around means, skills and rates."""


def brier(probability: ArrayLike, happened: ArrayLike) -> Floats:
    """Brier score of each event, (probability - outcome) squared.

    Parameters
    ----------
    probability, happened
        (event,) forecast, and one or zero.
    """
    import scoringrules

    outcome = np.asarray(happened, dtype=float)
    return np.asarray(scoringrules.brier_score(outcome, np.asarray(probability, dtype=float)), dtype=float)


def reliability(probability: ArrayLike, happened: ArrayLike, bins: int = 10) -> pd.DataFrame:
    """How often happened what was given a probability: one row per bin that has events.

    Parameters
    ----------
    probability, happened, bins
        (event,) forecast, (event,) one or zero, and the number of bins, all of one width.

    Returns
    -------
    pd.DataFrame
        With columns ``from, to`` (the bin; the last one holds 1), ``n``, ``forecast`` (mean probability), ``happened``
        (count), ``rate``, and ``low``, ``high``: its 90 % Wilson interval.
    """
    p, y = np.asarray(probability, dtype=float), np.asarray(happened, dtype=float)
    at = np.minimum((p * bins).astype(int), bins - 1)
    rows = pd.DataFrame({"bin": at, "forecast": p, "happened": y}).groupby("bin")
    table = rows.agg(n=("happened", "size"), forecast=("forecast", "mean"), happened=("happened", "sum")).reset_index()
    low, high = wilson(table["happened"].to_numpy(float), table["n"].to_numpy(float))
    table = table.assign(
        **{"from": table["bin"] / bins, "to": (table["bin"] + 1) / bins},
        happened=table["happened"].astype(int),
        rate=table["happened"] / table["n"],
        low=low,
        high=high,
    )
    return table[["from", "to", "n", "forecast", "happened", "rate", "low", "high"]]


def wilson(successes: ArrayLike, n: ArrayLike, within: float = WITHIN) -> tuple[Floats, Floats]:
    """Interval of a rate that keeps its sense for small counts and rates near 0 and 1 (Wilson 1927).

    Parameters
    ----------
    successes, n, within
        (rate,) counts, (rate,) totals, and the probability of the interval.
    """
    from scipy.special import ndtri

    z = ndtri((1 + within) / 2)
    count, total = np.asarray(successes, dtype=float), np.asarray(n, dtype=float)
    rate = count / total
    centre = (rate + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z / (1 + z**2 / total) * np.sqrt(rate * (1 - rate) / total + z**2 / (4 * total**2))
    return centre - half, centre + half
