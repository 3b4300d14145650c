"""The gap quantities, each by its stated definition, on posterior draws.

:func:`of_world` names them; the definitions below it take plain arrays whose first axis is the draw. Dates are decimal
years; a date that does not come before the horizon is ``inf``; a quantity that is not defined in a draw is NaN.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hbm_model.core.arrays import Floats
from hbm_model.core.industry import MAKERS_OF, RIVALS, VENDORS

KOREA, CHINA = ([VENDORS.index(maker) for maker in MAKERS_OF[bloc]] for bloc in RIVALS)


def of_world(world: Mapping[str, Floats], times: Floats, end: float, bandwidth_density: Floats) -> dict[str, Floats]:
    """Every headline gap of a simulated world.

    Parameters
    ----------
    world
        Arrays by name, as in :func:`hbm_model.forecasting.simulate.evaluate`.
    times
        (period,) quarter midpoints, decimal years.
    end
        Decimal year at which the horizon ends.
    bandwidth_density
        (generation,) bandwidth per capacity of a stack at its base height, GB/s per GB.

    Returns
    -------
    dict[str, Floats]
        By name, over the draw and the dims of the quantity (:data:`hbm_model.core.quantities.QUANTITIES`). Where each
        maker has its own gap, makers are the second axis.
    """
    volume, bits = world["volume"], world["bits"]
    lag = frontier_lag(volume, times)
    korea, china = (best_yield(world["final"], volume, makers, times) for makers in (KOREA, CHINA))
    shipped = bits.sum(axis=2)
    revenue = (bits * world["price"][:, None, :, None]).sum(axis=2)
    bandwidth = (bits * bandwidth_density[:, None]).sum(axis=2)
    return {
        "generation_lag": generation_lag(volume, end),
        "frontier_lag": lag,
        "yield_gap": 100 * (korea - china),
        "yield_gap_same_age": 100 * (world["korea_at_same_age"] - world["china_at_same_age"]),
        "capacity_ratio": ratio(world["wafers"]),
        "output_ratio": ratio(shipped),
        "bandwidth_ratio": ratio(bandwidth),
        "bit_share": world_share(shipped),
        "revenue_share": world_share(revenue),
        "catch_up": catch_up(lag, times),
    }


def first_of(volume: Floats, makers: list[int]) -> Floats:
    """Date at which the first of some makers reaches each generation: (draw, generation).

    Parameters
    ----------
    volume
        (draw, vendor, generation) volume dates of all makers.
    makers
        Numbers of the makers meant.
    """
    return np.asarray(volume[:, makers].min(axis=1))


def beyond(dates: Floats, horizon: float) -> Floats:
    """Dates with everything after the horizon as ``inf`` (never, as far as the forecast goes).

    Parameters
    ----------
    dates
        Decimal years, of any shape.
    horizon
        Decimal year at which the forecast ends.
    """
    return np.where(dates > horizon, np.inf, dates)


def generation_lag(volume: Floats, horizon: float) -> Floats:
    """Years from the first Korean to the first Chinese volume date of each generation: (draw, generation).

    ``inf`` where the Chinese date lies beyond the horizon; NaN where the Korean one does.

    Parameters
    ----------
    volume
        (draw, vendor, generation) volume dates.
    horizon
        Decimal year at which the forecast ends.
    """
    korea, china = first_of(volume, KOREA), first_of(volume, CHINA)
    lag = beyond(china, horizon) - korea
    return np.where(korea > horizon, np.nan, lag)


def best_generation(volume: Floats, makers: list[int], times: Floats) -> np.ndarray:
    """Newest generation that any of the makers ships in volume at each time: (draw, time), -1 for none.

    Parameters
    ----------
    volume
        (draw, vendor, generation) volume dates.
    makers
        Numbers of the makers meant.
    times
        (time,) decimal years.
    """
    shipped = first_of(volume, makers)[:, :, None] <= times
    newest = shipped.shape[1] - 1 - shipped[:, ::-1].argmax(axis=1)
    return np.where(shipped.any(axis=1), newest, -1)


def frontier_lag(volume: Floats, times: Floats) -> Floats:
    """Years since Korea first shipped the best generation that China ships at each time: (draw, time).

    NaN where China ships none yet.

    Parameters
    ----------
    volume
        (draw, vendor, generation) volume dates.
    times
        (time,) decimal years.
    """
    best = best_generation(volume, CHINA, times)
    korea = np.take_along_axis(first_of(volume, KOREA), np.maximum(best, 0), axis=1)
    return np.where(best < 0, np.nan, times - korea)


def best_yield(final: Floats, volume: Floats, makers: list[int], times: Floats) -> Floats:
    """Best final yield among the makers that ship the bloc's best generation: (draw, time), NaN before the first.

    Parameters
    ----------
    final
        (draw, vendor, generation, time) final yields, fractions.
    volume
        (draw, vendor, generation) volume dates.
    makers
        Numbers of the bloc's makers.
    times
        (time,) decimal years.
    """
    best = np.maximum(best_generation(volume, makers, times), 0)[:, None, None, :]
    at_best = np.take_along_axis(final[:, makers], best, axis=2)[:, :, 0]
    since = np.take_along_axis(volume[:, makers], best[:, 0].repeat(len(makers), axis=1), axis=2)
    return _best(np.where(since <= times, at_best, np.nan))


def same_age(volume: Floats, times: Floats) -> tuple[np.ndarray, Floats]:
    """China's best generation at each time and the age of its first maker's volume there.

    Parameters
    ----------
    volume
        (draw, vendor, generation) volume dates.
    times
        (time,) decimal years.

    Returns
    -------
    generation : np.ndarray
        (draw, time) number of the generation, -1 for none.
    age : Floats
        (draw, time) years, NaN for none.
    """
    best = best_generation(volume, CHINA, times)
    start = np.take_along_axis(first_of(volume, CHINA), np.maximum(best, 0), axis=1)
    return best, np.where(best < 0, np.nan, times - start)


def catch_up(lag: Floats, times: Floats, threshold: float = 1.0) -> Floats:
    """First time at which the frontier lag is below a threshold: (draw,), ``inf`` for never before the end.

    Parameters
    ----------
    lag
        (draw, time) years, from :func:`frontier_lag`; NaN while China ships none.
    times
        (time,) decimal years.
    threshold
        Years.
    """
    below = np.nan_to_num(lag, nan=np.inf) < threshold
    return np.where(below.any(axis=1), times[below.argmax(axis=1)], np.inf)


def ratio(flow: Floats) -> Floats:
    """China over Korea: (draw, time).

    Parameters
    ----------
    flow
        (draw, vendor, time) of all makers, in any unit.
    """
    return np.asarray(flow[:, CHINA].sum(axis=1) / flow[:, KOREA].sum(axis=1))


def world_share(flow: Floats) -> Floats:
    """Each maker's share of a flow: (draw, vendor, time).

    Parameters
    ----------
    flow
        (draw, vendor, time) of all makers, in any unit.
    """
    return np.asarray(flow / flow.sum(axis=1, keepdims=True))


def _best(values: Floats) -> Floats:
    """Largest along axis 1, ignoring NaN, NaN where all are."""
    filled = np.nan_to_num(values, nan=-np.inf).max(axis=1)
    return np.where(np.isinf(filled), np.nan, filled)
