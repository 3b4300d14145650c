"""The structural equations, each written once.

Every function takes an array namespace ``xp`` (``numpy`` for posterior draws, ``jax.numpy`` in the density that is
sampled, ``pytensor.tensor`` in the PyMC model) and works on the *last* axes of its arguments, so that the same line of
code serves one point and a posterior with draws in front. Nothing here knows of PyMC, vendors or claims.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any
"""An array of NumPy or JAX or a PyTensor tensor; they share the operators used here."""

NEVER = 1000.0
"""Years added to a date to say that the event does not take place."""

PILOT_YEARS = 0.75
"""How long before volume start a yield ramp is followed back; earlier lots are engineering samples."""

_SMOOTH_YEARS = 0.1
"""Width over which smooth maxima and steps in time are rounded (about five weeks: finer than any claim)."""


def _length(x: Array, axis: int) -> int:
    """Static length of an axis of an array or a tensor."""
    return int(x.shape[axis] if hasattr(x, "__array__") else x.type.shape[axis])


def sigmoid(x: Array, xp: Any) -> Array:
    """Logistic function, written with ``tanh`` so that neither tail overflows.

    Parameters
    ----------
    x
        Values of any shape.
    xp
        Array namespace.
    """
    return 0.5 * (1.0 + xp.tanh(0.5 * x))


def softplus(x: Array, xp: Any) -> Array:
    """``log(1 + exp(x))``, finite in both tails.

    Parameters
    ----------
    x, xp
        As for :func:`sigmoid`.
    """
    return xp.maximum(x, 0.0) + xp.log1p(xp.exp(-xp.abs(x)))


def positive_part(x: Array, xp: Any, width: float = _SMOOTH_YEARS) -> Array:
    """Smooth ``max(x, 0)``, whose gradient exists everywhere.

    Parameters
    ----------
    x, xp
        As for :func:`sigmoid`.
    width
        Over which the kink is rounded, in the unit of `x`.
    """
    return width * softplus(x / width, xp)


# --- ramp -------------------------------------------------------------------------------------------------------


def unlearned(age: Array, tau: Array, xp: Any) -> Array:
    """Part of the excess loss that is left at an age since volume start: ``exp(-age / tau)``.

    The exponential form of learning, used for defect density since the 1980s. Ages stop at ``-PILOT_YEARS``.

    Parameters
    ----------
    age, tau
        Years since volume start, and learning time in years; they broadcast.
    xp
        Array namespace.
    """
    followed = positive_part(age + PILOT_YEARS, xp) - PILOT_YEARS
    return xp.exp(-followed / tau)


def unlearned_by_volume(made: Array, brought: Array, exponent: Array, xp: Any) -> Array:
    """Part of the excess loss that is left after a number of wafers: ``(1 + made / brought) ** -exponent``.

    Wright's experience curve, in which every doubling of all that was ever made takes off the same part
    (``1 - 2 ** -exponent``; a fifth in the DRAM of Irwin and Klenow, 1994).

    Parameters
    ----------
    made, brought, exponent
        Thousand wafers since volume start, thousand of experience that a line starts with, and the power of both.
    xp
        Array namespace.
    """
    return xp.exp(-exponent * xp.log1p(made / brought))


def loss(unlearned: Array, start: Array, floor: Array) -> Array:
    """Loss rate ``-log(yield)``: a floor that learning does not remove, plus what is left of the excess.

    Parameters
    ----------
    unlearned, start, floor
        Part of the excess that is left, excess at volume start, and floor; they broadcast.
    """
    return floor + start * unlearned


def stack_loss(base: Array, layers: Array, exponent: Array, xp: Any) -> Array:
    """Loss of an assembled stack from the loss of an 8-high one: ``base * (layers / 8) ** exponent``.

    ``exponent = 1`` means independent layers (yield of n layers = per-layer yield ** n). With a positive
    exponent a taller stack never yields better than a lower one of the same age.

    Parameters
    ----------
    base, layers, exponent
        Loss of an 8-high stack, stack height, and its power; they broadcast.
    xp
        Array namespace.
    """
    return base * xp.exp(exponent * xp.log(layers / 8.0))


def accumulated(time: Array, starts: Any, width: float, rate: Array, xp: Any) -> Array:
    """Sum up to a time of what comes at a constant rate within each cell: ``sum of rate * time in the cell``.

    Parameters
    ----------
    time
        (...) decimal years.
    starts, width
        (cell,) starts of cells, and their length in years.
    rate
        (..., cell) per year.
    xp
        Array namespace.
    """
    return xp.sum(rate * xp.minimum(xp.maximum(time[..., None] - starts, 0.0), width), axis=-1)


def accumulated_at(times: Any, starts: Any, width: float, rate: Array) -> Array:
    """:func:`accumulated` up to times that are the same for all rates: (..., time).

    Parameters
    ----------
    times
        (time,) known decimal years.
    starts, width, rate
        As for :func:`accumulated`.
    """
    return rate @ np.clip(times - starts[:, None], 0.0, width)


def progressed(time: Array, starts: Any, width: float, log_speed: Array, xp: Any) -> Array:
    """Time as shown by a clock whose speed differs in some cells: ``t + sum of (speed - 1) * time in the cell``.

    Parameters
    ----------
    time, starts, width
        As for :func:`accumulated`; outside the cells the speed is one.
    log_speed
        (..., cell) log of the speed in each cell.
    xp
        Array namespace.
    """
    return time + accumulated(time, starts, width, xp.expm1(log_speed), xp)


def progressed_at(times: Any, starts: Any, width: float, log_speed: Array, xp: Any) -> Array:
    """:func:`progressed` at times that are the same for all clocks: (..., time).

    Parameters
    ----------
    times
        (time,) known decimal years.
    starts, width, log_speed, xp
        As for :func:`progressed`.
    """
    return times + accumulated_at(times, starts, width, xp.expm1(log_speed))


def retimed(dates: Array, starts: Any, width: float, log_speed: Array) -> Array:
    """Dates at which a clock of another speed reaches what the usual one reaches on `dates`.

    The inverse of :func:`progressed`; exactly the same dates where the speed is one. NumPy only.

    Parameters
    ----------
    dates
        (..., event) decimal years.
    starts, width, log_speed
        As for :func:`progressed`.
    """
    speed = np.exp(log_speed)
    ahead = np.cumsum((speed - 1.0) * width, axis=-1)
    edges = np.append(starts, starts[-1] + width)
    lead = np.concatenate([np.zeros_like(ahead[..., :1]), ahead], axis=-1)
    shown = edges + lead
    cell = np.sum(dates[..., None] >= shown[..., None, :], axis=-1) - 1
    inside = np.clip(cell, 0, len(starts))
    pace = np.concatenate([speed, np.ones_like(speed[..., :1])], axis=-1)
    here = np.take_along_axis(lead, inside, axis=-1)
    since = dates - np.take_along_axis(shown, inside, axis=-1)
    later = dates - here + since * (1.0 / np.take_along_axis(pace, inside, axis=-1) - 1.0)
    return np.where(cell < 0, dates, later)


# --- clock ------------------------------------------------------------------------------------------------------


def generation_mix(since_volume: Array, half: Array, width: Array, ships: Any, xp: Any) -> Array:
    """Share of HBM wafers on each generation by substitution after volume start: (..., generation, time).

    Each generation takes over a logistic share of what newer ones leave; the shares sum to less than one only
    before the first generation is up, which is when a maker ships nothing.

    Parameters
    ----------
    since_volume
        (..., generation, time) years since volume start, generations in order.
    half, width
        Years from volume start to half of the mix, and logistic width in years.
    ships
        (..., generation, 1) one where the maker builds the generation, else zero.
    xp
        Array namespace.
    """
    x = (since_volume - half) / width
    passed_on = softplus(x, xp)
    newer = np.triu(np.ones((ships.shape[-2],) * 2), k=1)
    return ships * xp.exp(x - passed_on - newer @ (ships * passed_on))


# --- capacity ---------------------------------------------------------------------------------------------------


def lead_time_weights(mean_years: Array, n: int, xp: Any) -> Array:
    """Share of a year's capital spending that becomes capacity 0, 1, ... ``n-1`` years later: (..., n), summing to one.

    A discretised gamma(3) delay (construction takes 620-700 days, tools 9-12 months; see the prior ``lead_time``).

    Parameters
    ----------
    mean_years, n
        (...) mean of the delay, and number of lags.
    xp
        Array namespace.
    """
    lags = np.arange(n) + 0.5
    rate = lags / mean_years[..., None]
    density = xp.exp(2.0 * xp.log(rate) - 3.0 * rate)
    return density / xp.sum(density, axis=-1, keepdims=True)


def arriving_investment(spending: Array, weights: Array) -> Array:
    """Capital that comes on stream in each year for which all lags are known: (..., vendor, year - lags + 1).

    Parameters
    ----------
    spending
        (..., vendor, year) billions of US dollars a year; they are convolved with the weights.
    weights
        (..., lag) from :func:`lead_time_weights`.
    """
    n_lags, n_years = _length(weights, -1), _length(spending, -1)
    parts = [weights[..., k, None, None] * spending[..., n_lags - 1 - k : n_years - k] for k in range(n_lags)]
    return sum(parts[1:], parts[0])


def partial_adjustment(start: Array, rate: Array, push: Array, xp: Any) -> Array:
    """Path of ``x[n+1] = exp(-rate) * x[n] + push[n]``, in closed form: (..., vendor, step + 1).

    ``x[n] = exp(-n * rate) * start + sum over k < n of exp(-(n - 1 - k) * rate) * push[k]``

    Parameters
    ----------
    start, rate, push
        (..., vendor), (..., vendor) positive and per step, and (..., vendor, step).
    xp
        Array namespace.
    """
    n = _length(push, -1)
    steps = np.arange(n + 1)
    behind = steps[:, None] - 1 - np.arange(n)
    kernel = (behind >= 0) * xp.exp(-rate[..., None, None] * np.maximum(behind, 0))
    return xp.exp(-rate[..., None] * steps) * start[..., None] + xp.sum(kernel * push[..., None, :], axis=-1)


def wafer_path(log_start: Array, log_investment: Array, rate: Array, break_even: Array, shock: Array, xp: Any) -> Array:
    """Log wafer capacity at year ends, driven by the investment that comes on stream: (..., vendor, year + 1).

    ``log W[y+1] = log W[y] + (1 - exp(-rate)) * (log(I[y] / W[y]) - break_even[y]) + shock[y]``: capacity grows when
    the capital arriving per wafer exceeds what keeping and migrating a line costs, more slowly as the line gets larger.

    Parameters
    ----------
    log_start
        (..., vendor) log thousand wafers per month at the first year end.
    log_investment
        (..., vendor, year) log billion dollars a year.
    rate
        (..., vendor) return on investment, per year.
    break_even
        (..., vendor, year) log(billion dollars a year per thousand wafers per month).
    shock
        (..., vendor, year) log growth that investment does not explain.
    xp
        Array namespace.
    """
    push = -xp.expm1(-rate)[..., None] * (log_investment - break_even) + shock
    return partial_adjustment(log_start, rate, push, xp)


def share_path(start: Array, target: Array, rate: Array, shock: Array, xp: Any) -> Array:
    """Logit of the HBM share of DRAM wafers at year ends, adjusting to a long-run target: (..., vendor, year + 1).

    Parameters
    ----------
    start, target
        (..., vendor) logit at the first year end, and (..., vendor, year or 1) logit to which it adjusts.
    rate, shock
        (..., vendor) speed of adjustment per year, and (..., vendor, year) logits.
    xp
        Array namespace.
    """
    return partial_adjustment(start, rate, -xp.expm1(-rate)[..., None] * target + shock, xp)


# --- shape ------------------------------------------------------------------------------------------------------


def fold(x: Array, shape: tuple[int, ...]) -> Array:
    """Split the last axis into axes of the given shape, keeping any draw axes in front.

    Parameters
    ----------
    x, shape
        Array (..., length) or tensor (length,), and the lengths of the new axes.
    """
    if hasattr(x, "__array__"):
        return x.reshape((*x.shape[:-1], *shape))
    return x.reshape(shape)
