"""Evidence drawn anew from the likelihood itself: the same sources speak of the same things in a world that is known.

:mod:`hbm_model.evaluation.calibration.synthetic` writes whole tables as the press would. This module draws the arrays
that the likelihood reads, each from the very term that will judge it. What a fit then finds wrong is wrong in the
sampler or in an equation written twice, never in the telling.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from hbm_model.core.arrays import Floats
from hbm_model.inference.fit import Fit
from hbm_model.model import equations
from hbm_model.model.context import Context
from hbm_model.model.joint import structure
from hbm_model.model.likelihood import predictions
from hbm_model.model.measurement import AHEAD_YEARS, FREE_WINDOW_YEARS, OPEN
from hbm_model.model.observations import Observations, Stacked
from hbm_model.model.predictors import base_dates, not_yet_scale, true_dates


def replicate(truth: Fit, observations: Observations, seed: int) -> Observations:
    """What the sources of a vintage would have said in another world.

    Who speaks of what and when stays; so do money raised and policy. An interval becomes the cell in which the believed
    value lies, out of a partition that was fixed before: cells as wide as the real one, or the two half lines at a
    bound. A disputed report is right as often as the model takes it to be, else it names any window of the decade
    around the real one. "Not yet" may become "already". Every stage that somebody reported, or that the model counts as
    silent, is reported with a delay, or not by the end of the gathering.

    Parameters
    ----------
    truth
        One draw, from :func:`hbm_model.evaluation.calibration.synthetic.draw_truths`.
    observations
        The vintage whose form is copied; not changed.
    seed
        Of all that is drawn.
    """
    rng = np.random.default_rng(seed)
    theta, design = truth.theta(), observations.design
    context = Context(theta, truth.layout, truth.priors, np, observations.drivers)
    world = structure(context)
    centre, scale = predictions(context, world, design)
    believed = (centre + scale * rng.logistic(size=np.shape(centre)))[0]
    not_yet = observations.claims["not_yet"]
    asked = design["not_yet"]
    later = (true_dates(asked, context, world) - asked["seen"]) / not_yet_scale(asked, context)
    answer = np.where(rng.uniform(size=len(not_yet)) < equations.sigmoid(later, np)[0], 1.0, -1.0)
    silence, first_report = _reports(observations, theta, world, rng)
    return replace(
        observations,
        claims={**observations.claims, "not_yet": replace(not_yet, more={**not_yet.more, "answer": answer})},
        stacked=_told(observations.stacked, believed, rng),
        silence=silence,
        first_report=first_report,
    )


def _told(stacked: Stacked, believed: Floats, rng: np.random.Generator) -> Stacked:
    """Intervals around believed values."""
    low, high = stacked.low, stacked.high
    wrong = rng.uniform(size=len(low)) > stacked.truth
    anywhere = (low + high) / 2 + FREE_WINDOW_YEARS * (rng.uniform(size=len(low)) - 0.5)
    value = np.where(wrong, anywhere, believed)
    start = value - rng.uniform(size=len(low)) * (high - low)
    bound = np.where(low > -OPEN, low, high)
    above = value > bound
    two_sided = (low > -OPEN) & (high < OPEN)
    return replace(
        stacked,
        low=np.where(two_sided, start, np.where(above, bound, -OPEN)),
        high=np.where(two_sided, start + (high - low), np.where(above, OPEN, bound)),
    )


def _reports(
    observations: Observations, theta: dict[str, Any], world: dict[str, Any], rng: np.random.Generator
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Silences and first reports: who is counted among either in the real vintage is so here."""
    quiet, heard = observations.silence, observations.first_report
    pairs = {name: np.concatenate([quiet[name], heard[name]]) for name in quiet}
    delay = theta["reporting_delay"][0, pairs["bloc"]]
    late = rng.uniform(size=len(delay)) < delay / (delay + AHEAD_YEARS)
    after = np.where(late, rng.exponential(delay), -rng.exponential(AHEAD_YEARS, size=len(delay)))
    published = base_dates(pairs, world)[0] + after
    known = (published > pairs["since"]) & (published <= observations.observed_through)
    return (
        {name: values[~known] for name, values in pairs.items()},
        {name: values[known] for name, values in pairs.items()} | {"published": published[known]},
    )
