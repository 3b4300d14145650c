"""From levels to effects: how a measure is awaited, arrives, is worked around and is lifted.

An effect on a structural parameter is ``sign * size * exposure(t)``. The exposure follows the level's distance from the
lever's reference: a rise arrives as ``1 - exp(-u / onset)`` in the time ``u`` since it took force and is worn down by
work-arounds to its lasting share as ``exp(-u / erosion)``. A fall removes its share of what is left of earlier rises,
as fast as a rise arrives. Before it takes force, a measure acts only through what is declared as anticipation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from hbm_model.core.priors import Prior, Priors
from hbm_model.policy.levels import Levels, Step
from hbm_model.policy.levers import Effect, Lever

Floats = NDArray[np.float64]

CELL = 0.25
"""Years over which policy is taken as constant."""
PAYBACK_YEARS = 2.0
"""What was bought ahead of a measure is not bought in the two years after it."""


@dataclass(frozen=True)
class Acting:
    """One effect over time.

    Attributes
    ----------
    lever
        Name of the lever.
    effect
        What it does to which parameter.
    path
        (draw, cell) change of the parameter, with size and sign.
    """

    lever: str
    effect: Effect
    path: Floats

    def some(self, draws: slice | NDArray[np.intp]) -> Acting:
        """The same effect on chosen draws.

        Parameters
        ----------
        draws
            Slice or indices of the draws.
        """
        return replace(self, path=self.path[draws])


def quantile(prior: Prior, u: Floats) -> Floats:
    """Quantiles of a prior without index, in the shape of `u`.

    Parameters
    ----------
    prior
        The prior.
    u
        Probabilities, between 0 and 1.
    """
    if prior.dist == "constant":
        return np.full(np.shape(u), prior.values("value"))
    z = ndtri(u)  # scipy.stats has the same function, and takes half a second to import
    if prior.dist == "normal":
        return np.asarray(prior.values("mean") + prior.values("sd") * z)
    return np.asarray(prior.values("median") * np.exp(prior.values("sd") * z))


def probabilities(names: Iterable[str], n: int, seed: int) -> dict[str, Floats]:
    """Uniform numbers for each name: (draw,) by name.

    Those of one name do not depend on which others there are.

    Parameters
    ----------
    names
        Names of priors; repeated ones count once.
    n
        Number of draws.
    seed
        Seed of the numbers, not negative.
    """
    return {name: np.random.default_rng([seed, crc32(name.encode())]).uniform(size=n) for name in sorted(set(names))}


def exposure(
    lever: Lever, levels: Levels, levers: Mapping[str, Lever], values: Mapping[str, Floats], times: Floats
) -> Floats:
    """Distance of a lever from its reference as it is felt, less what other levers shield from.

    Parameters
    ----------
    lever
        The lever.
    levels
        Steps of every lever, by name.
    levers
        All levers by name, for those that shield from this one.
    values
        (draw,) values of the priors of time paths, by name.
    times
        (cell,) midpoints in decimal years.

    Returns
    -------
    Floats
        (draw, cell), in the lever's unit.
    """
    erosion = values[lever.erosion] if lever.erosion else None
    lasting = values[lever.lasting] if lever.lasting else None
    felt = _felt(levels.get(lever.name, ()), lever.reference, values[lever.onset], erosion, lasting, times)
    for other in levers.values():
        if lever.name in other.shields and other.shield_onset:
            onset = values[other.shield_onset]
            built = _felt(levels.get(other.name, ()), other.reference, onset, None, None, times)
            felt = felt * (1.0 - other.shields[lever.name] * built)
    return felt


def anticipation(steps: Sequence[Step], reference: float, times: Floats) -> Floats:
    """Purchases ahead of rises of a lever, per unit of size: (cell,).

    They are negative while they are paid back.

    Parameters
    ----------
    steps
        The lever's steps, in order of time.
    reference
        The lever's reference level, in its unit.
    times
        (cell,) midpoints in decimal years.
    """
    total = np.zeros(len(times))
    before = reference
    for step in steps:
        rise = abs(step.level - reference) - abs(before - reference)
        ahead = step.start - step.expected
        if rise > 0 and ahead > 0:
            total += rise * ((times >= step.expected) & (times < step.start))
            total -= rise * (ahead / PAYBACK_YEARS) * ((times >= step.start) & (times < step.start + PAYBACK_YEARS))
        before = step.level
    return total


def acting(
    levers: Mapping[str, Lever],
    levels: Levels,
    values: Mapping[str, Floats],
    times: Floats,
    effects: Iterable[tuple[Lever, Effect]],
) -> list[Acting]:
    """Paths of effects under given levels.

    Parameters
    ----------
    levers
        All levers by name.
    levels
        Steps of every lever, by name.
    values
        (draw,) values of every prior that the effects and their time paths name.
    times
        (cell,) midpoints in decimal years.
    effects
        Those wanted, each with its lever.
    """
    felt: dict[str, Floats] = {}
    found = []
    for lever, effect in effects:
        if effect.anticipation:
            path = anticipation(levels.get(lever.name, ()), lever.reference, times)[None]
        else:
            if lever.name not in felt:
                felt[lever.name] = exposure(lever, levels, levers, values, times)
            path = felt[lever.name]
        found.append(Acting(lever.name, effect, effect.sign * values[effect.prior][:, None] * path))
    return found


def medians(names: Iterable[str], priors: Priors) -> dict[str, Floats]:
    """Medians of priors, as a single draw of each: (1,) by name.

    Parameters
    ----------
    names
        Names of priors without index.
    priors
        Priors that hold them.
    """
    return {name: quantile(priors[name], np.array([0.5])) for name in names}


def _felt(
    steps: Sequence[Step],
    reference: float,
    onset: Floats,
    erosion: Floats | None,
    lasting: Floats | None,
    times: Floats,
) -> Floats:
    """(draw, cell) distance from the reference with onset, erosion and lifting."""
    parts: list[Floats] = []
    before = 0.0
    for step in steps:
        since = np.maximum(times - step.start, 0.0)
        arrived = -np.expm1(-since / onset[:, None])
        now = step.level - reference
        kept = now / before if before and now / before > 0 else 0.0
        if before and kept < 1:
            parts = [part * (1.0 - (1.0 - kept) * arrived) for part in parts]
            before *= kept
        if now != before:
            worn: Floats | float = 1.0
            if erosion is not None and lasting is not None:
                worn = lasting[:, None] + (1.0 - lasting[:, None]) * np.exp(-since / erosion[:, None])
            parts.append((now - before) * arrived * worn)
        before = now
    return np.asarray(sum(parts, np.zeros((len(onset), len(times)))))
