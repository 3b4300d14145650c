"""How wrong a baseline's rule has been so far, and what it therefore says: a Student-t around its point.

The spread of a rule is learned from the history alone, by letting the rule forecast parts of the history from earlier
parts. Its variance is ``noise^2 + growth^2 * lead^power``, with the lead in years. Few errors say little: their
posterior mode is drawn to ``USUAL``, and noise is never less than one rounding step.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln, stdtr, stdtrit

from hbm_model.evaluation.history import PERCENT
from hbm_model.evaluation.scores import Floats, Predictive
from hbm_model.model.kinds import KINDS

USUAL = {
    "volume_date": (0.125, 0.4),
    "sample_date": (0.125, 0.4),
    "hbm_yield": (5.0, 10.0),
    "node_yield": (5.0, 10.0),
    "dram_wafers": (0.06, 0.15),
    "hbm_wafers": (0.06, 0.4),
    "output": (0.06, 0.4),
    "hbm_share": (2.0, 4.0),
    "bit_share": (2.0, 6.0),
    "revenue_share": (2.0, 6.0),
    "lag": (0.5, 0.5),
}
"""By quantity, in the score scale: the step to which claims are rounded, and the error that a year adds where the
history has too few errors to tell. Round numbers by judgement, the same at all origins."""
_OF_SCALE = {"percent": (2.0, 6.0), "wafers": (0.06, 0.4), "gigabits": (0.06, 0.4)}
"""The same for a kind of claims that is not named above."""
DATES = ("volume_date", "sample_date")
"""Quantities that are dates."""
REPORTED_LATE = 0.25
"""Years until most of what happens has been reported."""
_UNREPORTED = 0.1
"""What is left of the density of dates that should have been reported by the origin, and were not."""
_PRIOR_SD = 0.7
"""How far, in logs, noise and growth may be from the usual before errors have spoken."""
_NOISE = np.geomspace(1.0, 8.0, 10)
_GROWTH = np.geomspace(0.1, 8.0, 16)
_TAILS = (3.0, 6.0, 30.0)
_POWERS = (1.0, 2.0)
_LEAST_PROBABILITY = 1e-12


def usual(quantity: str) -> tuple[float, float]:
    """Rounding step of a quantity, and the error that a year usually adds, both in its score scale.

    Parameters
    ----------
    quantity
        A key of :data:`USUAL`, or a kind of claim in percent, wafers or gigabits.
    """
    return USUAL[quantity] if quantity in USUAL else _OF_SCALE[KINDS[quantity].scale]


@dataclass(frozen=True)
class Errors:
    """What became of a rule's forecasts of the past.

    Attributes
    ----------
    error
        (forecast,) outcome less forecast; of an outcome that has not come, the least that it will be.
    lead
        (forecast,) years ahead.
    open
        (forecast,) whether the outcome has not come.
    weight
        (forecast,) so that an outcome which was foretold from several days counts once.
    """

    error: Floats
    lead: Floats
    open: NDArray[np.bool_]
    weight: Floats


@dataclass(frozen=True)
class Spread:
    """Scale of the errors by lead, and the degrees of freedom of their Student-t."""

    noise: float
    growth: float
    power: float
    tails: float

    def scale(self, lead: Floats) -> Floats:
        """Scale of the errors, (target,).

        Parameters
        ----------
        lead
            (target,) years; a negative one counts as zero.
        """
        return np.asarray(np.sqrt(self.noise**2 + self.growth**2 * np.maximum(lead, 0.0) ** self.power))


@dataclass(frozen=True)
class Outlook:
    """A Student-t for each target: centre, scale and degrees of freedom, all (target,); NaN where nothing is said."""

    centre: Floats
    scale: Floats
    tails: Floats


def learn(errors: Errors, quantity: str) -> Spread:
    """The spread that fits the errors best, given what is usual of the quantity (posterior mode on a grid).

    Parameters
    ----------
    errors
        From :func:`hbm_model.evaluation.baselines.rules.past_errors`; may be of no forecast.
    quantity
        As for :func:`usual`.
    """
    step, growth = usual(quantity)
    grid = np.array([[noise, grown, power, v] for v, power, noise, grown in product(_TAILS, _POWERS, _NOISE, _GROWTH)])
    noise, grown, power, tails = (grid[:, i : i + 1] for i in range(4))
    scale = np.sqrt((step * noise) ** 2 + (growth * grown) ** 2 * np.maximum(errors.lead, 0.0) ** power)
    held = _log_density(errors, scale, tails) - (np.log(noise) ** 2 + np.log(grown) ** 2)[:, 0] / (2 * _PRIOR_SD**2)
    best = grid[int(np.argmax(held))]
    return Spread(step * best[0], growth * best[1], best[2], best[3])


def _log_density(errors: Errors, scale: Floats, tails: Floats) -> Floats:
    """Weighted log density of what came, and log probability of what has not: (grid, error) to (grid,)."""
    z = errors.error / scale
    norm = gammaln((tails + 1) / 2) - gammaln(tails / 2) - 0.5 * np.log(tails * np.pi)
    held = norm - np.log(scale) - (tails + 1) / 2 * np.log1p(z**2 / tails)
    held[:, errors.open] = np.log(np.maximum(stdtr(tails, -z[:, errors.open]), _LEAST_PROBABILITY))
    return np.asarray(held @ errors.weight)


def predictive(outlook: Outlook, targets: pd.DataFrame, m: int) -> Predictive:
    """Samples and log probabilities of the Student-t's, within what is possible.

    Percentages are held between 0 and 100. A date is unlikely to lie before the origin, or it would have been reported:
    of the density before, less the time that a report takes, a tenth is left. Samples are quantiles evenly spaced in
    probability, so that nothing is random.

    Parameters
    ----------
    outlook
        A Student-t for each target; NaN where nothing is said.
    targets
        With the columns ``quantity, origin, low, high``.
    m
        Samples per target.
    """
    dates = targets["quantity"].isin(DATES).to_numpy()
    edge = np.where(dates, targets["origin"].to_numpy(float) - REPORTED_LATE, -np.inf)
    at_edge = np.nan_to_num(stdtr(outlook.tails, (edge - outlook.centre) / outlook.scale), nan=0.0)[:, None]
    total = 1 - (1 - _UNREPORTED) * at_edge
    p = (np.arange(m) + 0.5) / m * total
    early = _UNREPORTED * at_edge
    level = np.where(p < early, p / _UNREPORTED, p - early + at_edge)
    tails, centre, scale = (each[:, None] for each in (outlook.tails, outlook.centre, outlook.scale))
    samples = centre + scale * stdtrit(tails, level)
    percent = targets["quantity"].isin(PERCENT).to_numpy()
    samples[percent] = np.clip(samples[percent], 0.0, 100.0)
    low, high = targets["low"].to_numpy(float), targets["high"].to_numpy(float)
    low, high = np.where(percent & (low <= 0), -np.inf, low), np.where(percent & (high >= 100), np.inf, high)
    early_part = _between(outlook, np.minimum(low, edge), np.minimum(high, edge))
    late_part = _between(outlook, np.maximum(low, edge), np.maximum(high, edge))
    held = (_UNREPORTED * early_part + late_part) / total[:, 0]
    return Predictive(samples, np.log(np.maximum(held, _LEAST_PROBABILITY)))


def _between(outlook: Outlook, low: Floats, high: Floats) -> Floats:
    """Probability between two ends, computed in the tail where it is small."""
    with np.errstate(invalid="ignore"):
        below, above = (low - outlook.centre) / outlook.scale, (high - outlook.centre) / outlook.scale
    upper = below > 0
    first, last = np.where(upper, -above, below), np.where(upper, -below, above)
    return np.asarray(stdtr(outlook.tails, last) - stdtr(outlook.tails, first))
