"""Claims layer: how what is said relates to what is true.

A claim is an interval (a window of dates, a range, a rounded number, a bound) around a truth that is shifted by
definition, bias of its kind of source, and slip, with heavy-tailed (logistic) noise. Nothing is taken at a midpoint.
"""

from __future__ import annotations

from typing import Any

from hbm_model.model import equations
from hbm_model.model.equations import Array

LEAD_FLOOR = 0.15
"""Years added to lead times before logs are taken: dates in the press are not better than this."""

OPEN = 1e4
"""Stands for an open end of an interval; far beyond any scale used, and finite, so that gradients stay so."""

_REPORT_WIDTH = 0.02
"""Rounding of reporting delays, in years: finer than the delays, else reports would push events later."""

AHEAD_YEARS = 0.06
"""How far, on average, a first report may run ahead of the event as defined here (three weeks)."""

GATHERED_FROM = 2023.0
"""Since when first reports are gathered systematically: 12 events were reported in the evidence in 2015 to 2022, 7 in
2023, then 25 to 42 a year."""

EVER = -OPEN
"""Since when first reports are on record of what nobody could have shipped unnoticed before ``GATHERED_FROM``."""

FREE_WINDOW_YEARS = 10.0
"""A wrong report of an occurrence could have named a window anywhere in about a decade."""


def interval_logp(low: Array, high: Array, centre: Array, scale: Array, xp: Any) -> Array:
    """Log probability that a logistic variable falls in ``[low, high]``.

    ``log(F(b) - F(a))`` with F logistic equals ``-softplus(-b) - softplus(a) + log(1 - exp(a - b))``, which is finite
    with finite gradients in both tails. The width ``a - b`` is taken from the ends alone, lest a far centre swallow it.

    Parameters
    ----------
    low, high
        (claim,) ends of the interval, ``+-OPEN`` where open; `low` must be below `high`.
    centre, scale
        (..., claim) of the logistic distribution, in the claim's scale.
    xp
        Array namespace.
    """
    a = (low - centre) / scale
    b = (high - centre) / scale
    return (
        -equations.softplus(-b, xp)
        - equations.softplus(a, xp)
        + xp.log(-xp.expm1(xp.maximum((low - high) / scale, -OPEN)))
    )


def announced_lead(date: Array, published: Array, slip: Array, xp: Any) -> Array:
    """Log of the lead time that guidance names, given the true date: the true lead shortened by a slip.

    Parameters
    ----------
    date
        (..., claim) true dates, decimal years.
    published
        (claim,) days of publication, decimal years.
    slip
        (..., claim) log ratio of the true to the announced lead time.
    xp
        Array namespace.
    """
    return xp.log(equations.positive_part(date - published, xp) + LEAD_FLOOR) - slip


def not_yet_logp(date: Array, seen: Array, scale: Array, answer: Array, xp: Any) -> Array:
    """Log probability of what is said on whether something has happened by a day, given the date it did.

    Parameters
    ----------
    date
        (..., claim) true dates, decimal years.
    seen
        (claim,) days of which the claims speak, decimal years.
    scale
        (..., claim) scale of the logistic error, in years.
    answer
        One for "not yet"; minus one for "already", which only simulated evidence says in this form.
    xp
        Array namespace.
    """
    return -equations.softplus(-answer * (date - seen) / scale, xp)


def silence_logp(date: Array, observed_through: Array, since: Array, delay: Array, xp: Any) -> Array:
    """Log probability that no first report of an event is among the evidence, given the event's date.

    Either nobody had reported it by `observed_through` (the survival function of :func:`first_report_logp`), or
    somebody had before `since`, where the evidence does not look: that nobody is on record for the volume start of a
    product of 2018 says nothing.

    Parameters
    ----------
    date
        (..., stage) true dates, decimal years.
    observed_through
        Decimal year up to which evidence was gathered.
    since
        (stage,) decimal year from which on first reports of the stage are on record, or ``EVER``.
    delay
        (..., stage) mean years from an event to its first report.
    xp
        Array namespace.
    """
    ahead = AHEAD_YEARS / (delay + AHEAD_YEARS)
    late = xp.maximum(observed_through - date, 0.0)
    early = xp.maximum(date - observed_through, 0.0)
    unheard = xp.log1p(-ahead * xp.exp(-early / AHEAD_YEARS)) - late / delay
    since = xp.minimum(observed_through, since)
    late = xp.maximum(since - date, 0.0)
    early = xp.maximum(date - since, 0.0)
    before = xp.log1p((ahead - 1.0) * xp.exp(-late / delay)) - early / AHEAD_YEARS
    return xp.logaddexp(unheard, before)


def first_report_logp(date: Array, reported: Array, delay: Array, xp: Any) -> Array:
    """Log density of the first report's date, given the event's; the companion of :func:`silence_logp`.

    Exponential with mean `delay` after the event and, since reports run ahead of an event loosely worded, with mean
    ``AHEAD_YEARS`` before it.

    Parameters
    ----------
    date
        (..., stage) true dates, decimal years.
    reported
        (stage,) days of the first reports, decimal years.
    delay
        (..., stage) mean years from an event to its first report.
    xp
        Array namespace.
    """
    late = equations.positive_part(reported - date, xp, _REPORT_WIDTH) / delay
    early = equations.positive_part(date - reported, xp, _REPORT_WIDTH) / AHEAD_YEARS
    return -late - early - xp.log(delay + AHEAD_YEARS)


def disputed_logp(right: Array, truth: Array, if_wrong: Array, xp: Any) -> Array:
    """Log probability of a report that is right with probability `truth`, else says nothing about the event.

    Parameters
    ----------
    right
        (..., claim) log probability if right.
    truth
        (claim,) probability of being right; one for an undisputed claim.
    if_wrong
        (claim,) log of the probability of being wrong and saying this.
    xp
        Array namespace.
    """
    if_right = right + xp.log(truth)
    top = xp.maximum(if_right, if_wrong)
    return top + xp.log1p(xp.exp(-xp.abs(if_right - if_wrong)))


def logit_of_loss(loss: Array, xp: Any) -> Array:
    """``logit(exp(-loss))``, exact for small losses and finite for large ones.

    Parameters
    ----------
    loss
        Loss rate ``-log(yield)``, positive, of any shape.
    xp
        Array namespace.
    """
    return -loss - xp.log(-xp.expm1(-loss))
