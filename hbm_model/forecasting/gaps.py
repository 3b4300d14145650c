"""The gap quantities, each by its stated definition, on posterior draws.

All functions take plain arrays whose first axis is the draw. Dates are decimal years; a date that does not come
before the horizon is ``inf``; a quantity that is not defined in a draw is NaN.
"""

from __future__ import annotations

import numpy as np

from hbm_model.core.arrays import Floats
from hbm_model.core.industry import BLOC_OF, VENDORS

KOREA = [i for i, v in enumerate(VENDORS) if BLOC_OF[v] == "korea"]
CHINA = [i for i, v in enumerate(VENDORS) if BLOC_OF[v] == "china"]


def first_of(volume: Floats, makers: list[int]) -> Floats:
    """Date at which the first of some makers reaches each generation, (draw, generation), from all makers' dates."""
    return np.asarray(volume[:, makers].min(axis=1))


def beyond(dates: Floats, horizon: float) -> Floats:
    """Dates with everything after the horizon as ``inf`` (never, as far as the forecast goes)."""
    return np.where(dates > horizon, np.inf, dates)


def generation_lag(volume: Floats, horizon: float) -> Floats:
    """Years from the first Korean to the first Chinese volume date of each generation: (draw, generation).

    ``inf`` where the Chinese date lies beyond the horizon; NaN where the Korean one does.
    """
    korea, china = first_of(volume, KOREA), first_of(volume, CHINA)
    lag = beyond(china, horizon) - korea
    return np.where(korea > horizon, np.nan, lag)


def best_generation(volume: Floats, makers: list[int], times: Floats) -> np.ndarray:
    """Newest generation that any of the makers ships in volume at each time: (draw, time), -1 for none."""
    shipped = first_of(volume, makers)[:, :, None] <= times
    newest = shipped.shape[1] - 1 - shipped[:, ::-1].argmax(axis=1)
    return np.where(shipped.any(axis=1), newest, -1)


def frontier_lag(volume: Floats, times: Floats) -> Floats:
    """Years since Korea first shipped the best generation that China ships at each time: (draw, time).

    NaN where China ships none yet.
    """
    best = best_generation(volume, CHINA, times)
    korea = np.take_along_axis(first_of(volume, KOREA), np.maximum(best, 0), axis=1)
    return np.where(best < 0, np.nan, times - korea)


def best_yield(final: Floats, volume: Floats, makers: list[int], times: Floats) -> Floats:
    """Best final yield among the makers that ship the bloc's best generation: (draw, time), NaN before the first.

    final : (draw, vendor, generation, time) fractions.
    """
    best = np.maximum(best_generation(volume, makers, times), 0)[:, None, None, :]
    at_best = np.take_along_axis(final[:, makers], best, axis=2)[:, :, 0]
    since = np.take_along_axis(volume[:, makers], best[:, 0].repeat(len(makers), axis=1), axis=2)
    return _best(np.where(since <= times, at_best, np.nan))


def same_age(volume: Floats, times: Floats) -> tuple[np.ndarray, Floats]:
    """China's best generation at each time and the age of its first maker's volume there.

    Returns
    -------
    generation : (draw, time), -1 for none. age : (draw, time) years, NaN for none.
    """
    best = best_generation(volume, CHINA, times)
    start = np.take_along_axis(first_of(volume, CHINA), np.maximum(best, 0), axis=1)
    return best, np.where(best < 0, np.nan, times - start)


def catch_up(lag: Floats, times: Floats, threshold: float = 1.0) -> Floats:
    """First time at which the frontier lag is below `threshold` years: (draw,), ``inf`` for never before the end.

    lag : (draw, time), NaN while China ships none.
    """
    below = np.nan_to_num(lag, nan=np.inf) < threshold
    return np.where(below.any(axis=1), times[below.argmax(axis=1)], np.inf)


def ratio(flow: Floats) -> Floats:
    """China over Korea: (draw, vendor, time) to (draw, time)."""
    return np.asarray(flow[:, CHINA].sum(axis=1) / flow[:, KOREA].sum(axis=1))


def _best(values: Floats) -> Floats:
    """Largest along axis 1, ignoring NaN, NaN where all are."""
    filled = np.nan_to_num(values, nan=-np.inf).max(axis=1)
    return np.where(np.isinf(filled), np.nan, filled)
