"""What a scenario does beyond what is in force: paths of effects on the draws of a fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hbm_model.core.arrays import Floats
from hbm_model.forecasting.simulate import Future
from hbm_model.inference.fit import Fit
from hbm_model.policy.levels import Levels, closure, levels_of
from hbm_model.policy.response import CELL, Acting, acting, medians, probabilities, quantile
from hbm_model.policy.scenarios import Scenario

PARTS = ("clock", "ramp", "capacity", "demand")
"""Parts of the system through which a scenario works, in the order in which they are told."""


def policy_values(
    ahead: Future, uniform: Mapping[str, Floats], overrides: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Floats]:
    """Sizes and time paths of every effect, (draw,) by prior name.

    Sizes that the fit estimates are its posterior draws. All others are draws of their prior, which the evidence leaves
    as it is. A scenario that overrides the prior of an estimated size replaces the estimate.

    Parameters
    ----------
    ahead
        The future whose draws are meant.
    uniform
        (draw,) probabilities by prior name, for the draws of `ahead`.
    overrides
        Changed parameters of priors, by prior name; None for no change.
    """
    priors = ahead.fit.priors.override(overrides or {})
    values = {name: quantile(priors[name], u) for name, u in uniform.items()}
    known = {effect.prior for _, effect in ahead.fit.policy.informed} - set(overrides or {})
    return values | {name: np.asarray(ahead.theta[name]) for name in known}


def policy_draws(fit: Fit, n: int) -> dict[str, Floats]:
    """(draw,) probabilities for every prior on which the levers rest, the same for every scenario.

    Parameters
    ----------
    fit
        Its policy names the priors, and its seed fixes the numbers.
    n
        Number of draws.
    """
    names = {name for lever in fit.policy.levers.values() for name in lever.priors}
    return probabilities(names, n, fit.meta["settings"]["seed"])


def beyond_baseline(ahead: Future, levels: Levels, values: Mapping[str, Floats]) -> list[Acting]:
    """Effects under given levels less those of the levels in force; effects that are the same under both are left out.

    Parameters
    ----------
    ahead
        The future whose draws and quarters are meant.
    levels
        Steps of the levers under the scenario, by lever name.
    values
        From :func:`policy_values`, for the draws of `ahead`.
    """
    fit, times = ahead.fit, ahead.layout.cells + CELL / 2
    policy = fit.policy
    moved = {name for name in {*levels, *policy.levels} if levels.get(name) != policy.levels.get(name)}
    moved |= {other for name in moved for other in policy.levers[name].shields}
    wanted = [(lever, effect) for lever, effect in policy.effects if lever.name in moved]
    paths: list[Acting] = []
    for informed in (False, True):
        some = [each for each in wanted if each[1].informed == informed]
        if not some:
            continue
        known = dict(values)
        if informed:  # the fit took the past at the median time paths, and the future goes on from there
            known |= medians(policy.time_paths, fit.priors)
        new, old = (acting(policy.levers, each, known, times, some) for each in (levels, policy.levels))
        paths += [replace(n, path=n.path - o.path) for n, o in zip(new, old, strict=True)]
    shape = (ahead.draws, len(times))
    return [replace(path, path=np.broadcast_to(path.path, shape)) for path in paths if path.path.any()]


def paths_of(
    name: str, scenarios: Mapping[str, Scenario], ahead: Future, uniform: Mapping[str, Floats]
) -> list[Acting]:
    """Paths of effects of a scenario with all that it includes.

    Parameters
    ----------
    name
        Name of the scenario.
    scenarios
        By name: this one, and whatever it includes.
    ahead
        The future whose draws and quarters are meant.
    uniform
        (draw,) probabilities by prior name, for the draws of `ahead`.
    """
    policy = ahead.fit.policy
    levels = levels_of(name, scenarios, policy.levels, policy.levers, policy.as_of)
    own = [scenarios[each].effects for each in sorted(closure(name, scenarios))]
    overrides = {prior: change for effects in own for prior, change in effects.items()}
    return beyond_baseline(ahead, levels, policy_values(ahead, uniform, overrides))


def through(paths: Sequence[Acting], part: str) -> list[Acting]:
    """Only the effects that work through one part of the system.

    Parameters
    ----------
    paths
        Effects of a scenario.
    part
        One of ``PARTS``.
    """
    return [path for path in paths if path.effect.part == part]
