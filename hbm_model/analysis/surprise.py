"""Where new claims lie in what such sources were expected to say, in the units in which they are made."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit, logsumexp

from hbm_model.core.arrays import Floats
from hbm_model.core.quantities import QUANTILES
from hbm_model.inference.predictive import Expected, by_draw
from hbm_model.model.kinds import natural

SURPRISE = {"extreme": 0.01, "strong": 0.05, "mild": 0.2}
"""Grades by the chance of a claim at least as far out, on both sides together: outside the 99, 95 or 80 % interval. Of
claims that the model is right about, 80 % are no surprise, 15 % a mild, 4 % a strong and 1 % an extreme one."""
_HALVINGS = 50


def judge_intervals(expected: Expected, log_weights: Floats, published: Floats) -> pd.DataFrame:
    """Judge interval claims.

    A claim is as surprising as the tail that begins at its nearer end. One that reaches into the middle of what was
    expected is no surprise, however wide; a bound is a surprise only where hardly anything lies within it.

    Parameters
    ----------
    expected
        What the fit expects of the claims, from :func:`hbm_model.inference.predictive.expect`.
    log_weights
        (draw, claim) logarithms of the draws' weights; those of a claim sum up to one.
    published
        (claim,) decimal years.

    Returns
    -------
    pd.DataFrame
        By id with the columns of ``QUANTILES`` in natural units, ``percentile``, ``log_score``, ``surprise``.
    """
    weights = np.exp(log_weights)

    def below(x: Floats) -> Floats:
        return np.asarray((weights * expit((x - expected.centre) / expected.scale)).sum(axis=0))

    at_low, at_high = below(expected.low), below(expected.high)
    found = {
        "percentile": 50 * (at_low + at_high),
        "log_score": logsumexp(by_draw(expected, expected.low, expected.high) + log_weights, axis=0),
        "surprise": grades(2 * np.minimum(at_high, 1 - at_low)),
    }
    for name, level in QUANTILES.items():
        low = (expected.centre - 50 * expected.scale).min(axis=0)
        high = (expected.centre + 50 * expected.scale).max(axis=0)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            under = below(middle) < level
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        found[name] = natural(expected.about["kind"], (low + high) / 2, published)
    return pd.DataFrame(found, index=pd.Index(expected.about["id"], name="id"))


def judge_reports(expected: Expected, log_weights: Floats, dates: Floats) -> pd.DataFrame:
    """Judge reports that something has not happened, which are a yes or a no.

    Parameters
    ----------
    expected
        What the fit expects of the reports, from :func:`hbm_model.inference.predictive.expect`.
    log_weights
        (draw, report) logarithms of the draws' weights; those of a report sum up to one.
    dates
        (draw, report) when it does happen, in decimal years.

    Returns
    -------
    pd.DataFrame
        As :func:`judge_intervals`; percentile, log score and surprise are those of the probability of the report, and
        the quantiles those of the date.
    """
    weights = np.exp(log_weights)
    chance = (weights * expected.denial_prob).sum(axis=0)
    found = {"percentile": 100 * chance, "log_score": np.log(chance), "surprise": grades(chance)}
    for name, level in QUANTILES.items():
        each = [quantile(dates[:, i], level, weights[:, i]) for i in range(dates.shape[1])]
        found[name] = np.array(each, dtype=float)
    return pd.DataFrame(found, index=pd.Index(expected.denials["id"], name="id"))


def grades(chances: Floats) -> list[str]:
    """Grade of surprise of each chance: a key of :data:`SURPRISE`, or ``none``.

    Parameters
    ----------
    chances
        (claim,) probability of a claim at least as far out, or of a report.
    """
    return [next((grade for grade, most in SURPRISE.items() if chance < most), "none") for chance in chances]


def quantile(values: Floats, level: float, weights: Floats) -> float:
    """Quantile of weighted draws, which is one of them.

    Parameters
    ----------
    values
        (draw,) the quantity.
    level
        Probability of the quantile.
    weights
        (draw,) not negative, with any sum.
    """
    return float(np.quantile(values, level, weights=weights, method="inverted_cdf"))
