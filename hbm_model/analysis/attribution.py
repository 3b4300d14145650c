"""Attribution: how much each claim moved a number between two sets of claims, by reweighting draws along a path.

Importance weights turn draws of the earlier posterior into draws of the one that knows the new claims as well: a draw
weighs as much as the new claims are likely under it. Raised to a power between zero and one, the weights lead from the
first posterior to the second. On that path every claim moves a probability at the rate of its covariance with the
claim's log likelihood. Integrated, these rates add up to the whole move, in whatever order the claims are taken (Aumann
and Shapley 1974; the rates are those of thermodynamic integration).
"""

from __future__ import annotations

import numpy as np
from scipy.special import softmax

from hbm_model.core.arrays import Floats
from hbm_model.inference.psis import Weights

_NODES = 12
_NEAR = 0.05
_FEW = 0.01
"""A median that moved over less than this probability is no measure of the density there."""


def median(values: Floats, weights: Floats | None = None, at: float = 0.5) -> float:
    """Weighted quantile of the defined draws, by default their median; ``inf`` is larger than all, and NaN is left out.

    Parameters
    ----------
    values
        (draw,) the quantity; NaN where it is undefined.
    weights
        (draw,) not negative, with any sum (None: all draws alike).
    at
        Probability of the quantile.

    Returns
    -------
    float
        One of the values; NaN where no draw is defined, or none of the defined ones has weight.
    """
    defined = ~np.isnan(values)
    kept = values[defined]
    mass = np.ones(len(kept)) if weights is None else weights[defined]
    if not mass.sum() > 0:
        return float("nan")
    order = np.argsort(kept, kind="stable")
    reached = np.cumsum(mass[order]) / mass.sum()
    return float(kept[order][min(int(np.searchsorted(reached, at - 1e-12)), len(kept) - 1)])


def probability_shares(happens: Floats, items: Floats) -> Floats:
    """What each item adds to a probability, (item,): the sum is the move.

    Parameters
    ----------
    happens
        (draw,) one or zero; NaN where it is undefined, and then neither.
    items
        (draw, item) differences of log likelihood.
    """
    nodes, lengths = np.polynomial.legendre.leggauss(_NODES)
    defined = ~np.isnan(happens)
    yes = np.where(defined, happens, 0.0)
    total = items.sum(axis=1)
    shares = np.zeros(items.shape[1])
    for power, length in zip((nodes + 1) / 2, lengths / 2, strict=True):
        weights = softmax(power * total)
        mass = float(weights[defined].sum())
        p = float(weights @ yes) / mass
        shares += length * ((weights * np.where(defined, yes - p, 0.0) / mass) @ items)
    return shares


def median_shares(values: Floats, items: Floats, weights: Weights) -> Floats:
    """What each item adds to a median, (item,): by what it adds to the probability of lying below it.

    The slope between the medians before and after turns probabilities into the quantity's own unit. Where the two
    medians all but coincide, the slope is that of the quantiles around the first.

    Parameters
    ----------
    values
        (draw,) the quantity; NaN where it is undefined.
    items
        (draw, item) differences of log likelihood.
    weights
        Of the draws by all items together.
    """
    weight = weights.values
    first, last = median(values), median(values, weight)
    cut = (first + last) / 2
    below = np.where(np.isnan(values), np.nan, (values <= cut).astype(float))
    defined = ~np.isnan(values)
    mass = float(weight[defined].sum())
    move = float(weight[defined] @ below[defined]) / mass - float(below[defined].mean())
    if abs(move) >= _FEW and last != first:
        slope = (last - first) / move
    else:
        low, high = (median(values, at=0.5 + sign * _NEAR) for sign in (-1, 1))
        slope = -(high - low) / (2 * _NEAR)
    return probability_shares(below, items) * slope


def mean_error(happens: Floats, chains: int) -> float:
    """Monte-Carlo standard error of a probability; ``1 / (n + 2)`` for `n` draws that all agree.

    Parameters
    ----------
    happens
        (draw,) one or zero, chains end to end.
    chains
        Number of chains, all of one length.
    """
    import arviz

    p, n = float(happens.mean()), len(happens)
    if p in (0.0, 1.0):
        return 1 / (n + 2)
    effective = float(arviz.ess(happens.reshape(chains, -1), method="mean"))
    return float(np.sqrt(p * (1 - p) / min(effective, n)))


def median_error(values: Floats, chains: int) -> float:
    """Monte-Carlo standard error of a median, at the effective number of draws.

    Parameters
    ----------
    values
        (draw,) the quantity, chains end to end; NaN where it is undefined.
    chains
        Number of chains, all of one length.

    Returns
    -------
    float
        The error in the quantity's unit; NaN where the median or its upper bound is infinite or undefined.
    """
    import arviz

    middle = median(values)
    if not np.isfinite(middle):
        return float("nan")
    below = (values <= middle).astype(float).reshape(chains, -1)
    effective = float(arviz.ess(below, method="mean")) if 0 < below.mean() < 1 else below.size
    step = 0.5 / float(np.sqrt(min(effective, below.size)))
    low, high = (median(values, at=min(max(0.5 + sign * step, 0.0), 1.0)) for sign in (-1, 1))
    return (high - low) / 2 if np.isfinite(high) else float("nan")
