"""Arrays: their type, and what is done with them everywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def interpolation(knots: Floats, times: Floats) -> Floats:
    """Weights of linear interpolation, constant beyond the ends: (knot, time).

    Parameters
    ----------
    knots
        (knot,) places of the knots, ascending, at least two; decimal years.
    times
        (time,) decimal years. Beyond the first or last knot, that knot has all the weight.
    """
    at = np.clip(times, knots[0], knots[-1])
    right = np.clip(np.searchsorted(knots, at, side="right"), 1, len(knots) - 1)
    share = (at - knots[right - 1]) / (knots[right] - knots[right - 1])
    weights = np.zeros((len(knots), len(times)))
    weights[right - 1, np.arange(len(times))] = 1.0 - share
    weights[right, np.arange(len(times))] = share
    return weights


def evenly(draws: int, most: int) -> NDArray[np.intp]:
    """Indices of some of the draws, evenly spread from the first to the last.

    Parameters
    ----------
    draws
        Number of draws that there are.
    most
        Number of indices wanted; all draws where there are fewer.
    """
    return np.linspace(0, draws - 1, min(most, draws)).astype(np.intp)
