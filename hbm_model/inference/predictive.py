"""Posterior predictive: where each claim falls in what the model expects such a source to say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import logsumexp

from hbm_model.core.arrays import Floats, evenly
from hbm_model.core.industry import ORIGINS, VENDORS
from hbm_model.evidence import Evidence
from hbm_model.inference.draws import extended
from hbm_model.inference.fit import Fit
from hbm_model.model.context import Context
from hbm_model.model.design import SURE
from hbm_model.model.joint import structure
from hbm_model.model.kinds import KINDS
from hbm_model.model.likelihood import likelihood, predictions
from hbm_model.model.measurement import disputed_logp, interval_logp
from hbm_model.model.observations import Observations, observe, observe_beside

SHIFTS = (
    *("rumour_lead", "mass_production_lead", "slip_mean", "slip_roadmap"),
    *("yield_bias", "test_yield_offset", "tsv_yield_offset"),
    *("capacity_definition", "plan_optimism", "plan_roadmap"),
)
"""Parameters of the claims layer that set what is said apart from what is so."""


@dataclass(frozen=True)
class Expected:
    """What sources like those of given claims would say of the same things, draw by draw.

    Interval claims in the order of ``observations.stacked``, in the likelihood's own scale.

    Attributes
    ----------
    about
        One row per interval claim: ``id, kind, vendor, origin``.
    low
        (claim,) lower end of what was claimed.
    high
        (claim,) upper end of what was claimed.
    right
        (claim,) probability that the claim is no false report.
    wrong
        (claim,) log probability of the claim if it is a false report.
    centre
        (draw, claim) centre of the logistic distribution of what would be said.
    scale
        (draw, claim) scale of that distribution.
    truth
        (draw, claim) what is so.
    denials
        One row per report that something has not happened: ``id, vendor, origin``.
    denial_prob
        (draw, denial) probability of that report.
    """

    about: pd.DataFrame
    low: Floats
    high: Floats
    right: Floats
    wrong: Floats
    centre: Floats
    scale: Floats
    truth: Floats
    denials: pd.DataFrame
    denial_prob: Floats

    def some(self, claims: Any, denials: Any = slice(None)) -> Expected:
        """What is expected of chosen claims.

        Parameters
        ----------
        claims
            Places or mask of interval claims.
        denials
            Places or mask of reports that something has not happened; all by default.
        """
        return Expected(
            about=self.about.iloc[claims],
            **{name: getattr(self, name)[claims] for name in ("low", "high", "right", "wrong")},
            **{name: getattr(self, name)[:, claims] for name in ("centre", "scale", "truth")},
            denials=self.denials.iloc[denials],
            denial_prob=self.denial_prob[:, denials],
        )


def expect(fit: Fit, evidence: Evidence, draws: int = 1000) -> Expected:
    """Posterior predictive of claims that a fit has not seen.

    Parameters
    ----------
    fit
        The posterior.
    evidence
        The claims alone (:func:`hbm_model.evidence.unseen`); rows without a place in the model are left out.
    draws
        At most so many posterior draws, evenly spread.
    """
    layout, observations = observe_beside(evidence, fit.layout, fit.priors, fit.policy)
    theta = extended(fit, fit.theta(), layout)  # all draws, so that each meets the future that a forecast gives it
    chosen = evenly(len(theta["log_spending"]), draws)
    theta = {name: values[chosen] for name, values in theta.items()}
    context, design = fit.context(theta, layout), observations.design
    world = structure(context)
    centre, scale = predictions(context, world, design)
    unshifted = {**theta, **{name: np.zeros_like(theta[name]) for name in SHIFTS}}
    truth, _ = predictions(replace(context, theta=unshifted), world, design)
    stacked, denials = observations.stacked, observations.claims["not_yet"]
    return Expected(
        about=_about(observations),
        low=stacked.low,
        high=stacked.high,
        right=stacked.truth,
        wrong=stacked.wrong,
        centre=np.asarray(centre),
        scale=np.broadcast_to(scale, np.shape(centre)),
        truth=np.asarray(truth),
        denials=pd.DataFrame(
            {
                "id": denials.ids,
                "vendor": [VENDORS[v] for v in denials.vendor],
                "origin": [ORIGINS[o] for o in denials.origin],
            }
        ),
        denial_prob=np.exp(likelihood(context, world, design)["not_yet"]),
    )


def predict(theta: dict[str, Any], fit: Fit, observations: Observations) -> tuple[Floats, Floats]:
    """Centre and scale of every interval claim's logistic distribution: two (draw, claim) arrays.

    Parameters
    ----------
    theta
        (draw, ...) draws of the fit's parameters, by name.
    fit
        Whose layout and priors the draws are on.
    observations
        Coded claims, on the fit's layout.
    """
    context = Context(theta, fit.layout, fit.priors, np, observations.drivers)
    centre, scale = predictions(context, structure(context), observations.design)
    return np.asarray(centre), np.broadcast_to(scale, np.shape(centre))


def log_probability(expected: Expected, low: Floats, high: Floats) -> Floats:
    """Log probability that what is said lies in intervals: (claim,), over all draws.

    Parameters
    ----------
    expected
        Posterior predictive of the claims.
    low
        (claim,) lower ends, in the scale of :class:`Expected`.
    high
        (claim,) upper ends, likewise.
    """
    said = by_draw(expected, low, high)
    return np.asarray(logsumexp(said, axis=0) - np.log(len(said)))


def by_draw(expected: Expected, low: Floats, high: Floats) -> Floats:
    """Log probability that what is said lies in intervals, on each draw: (draw, claim).

    Parameters
    ----------
    expected
        Posterior predictive of the claims.
    low
        (claim,) lower ends, in the scale of :class:`Expected`.
    high
        (claim,) upper ends, likewise.
    """
    right = interval_logp(low, high, expected.centre, expected.scale, np)
    with np.errstate(divide="ignore"):
        wrong = np.maximum(np.log1p(-expected.right) + expected.wrong, SURE)
    return np.asarray(disputed_logp(right, expected.right, wrong, np))


def places(low: Floats, high: Floats, centre: Floats, scale: Floats) -> tuple[Floats, Floats]:
    """Predictive distribution function at both ends of claims: two (claim,) arrays.

    The distribution is the mixture of the draws' logistics.

    Parameters
    ----------
    low
        (claim,) lower ends, in the likelihood's own scale.
    high
        (claim,) upper ends, likewise.
    centre
        (draw, claim) from :func:`predict`.
    scale
        (draw, claim), likewise.
    """
    return _cdf((low - centre) / scale).mean(axis=0), _cdf((high - centre) / scale).mean(axis=0)


def within(below: Floats, above: Floats, level: float) -> Floats:
    """Share of each claim that lies in the central predictive interval of a level: (claim,).

    A claim is an interval, so its probability integral transform (PIT) is an interval too. The share is the mean over
    places drawn evenly in it: a randomised PIT (Smith 1985, Czado et al. 2009) without its noise. For claims with one
    end, such as that at least so much was spent, the drawing alone would decide.

    Parameters
    ----------
    below
        (claim,) distribution function at the lower ends, from :func:`places`.
    above
        (claim,) distribution function at the upper ends.
    level
        Probability of the interval, such as 0.9.
    """
    common = np.minimum(above, 0.5 + level / 2) - np.maximum(below, 0.5 - level / 2)
    width = above - below
    point = (np.abs(below - 0.5) <= level / 2).astype(float)
    return np.where(width > 0, np.clip(common, 0.0, None) / np.where(width > 0, width, 1.0), point)


def check(fit: Fit, evidence: Evidence, draws: int = 1000) -> pd.DataFrame:
    """How much of every used interval claim lies in its own posterior predictive intervals.

    Parameters
    ----------
    fit
        The posterior.
    evidence
        The vintage that the fit was made from.
    draws
        At most so many posterior draws, evenly spread.

    Returns
    -------
    pd.DataFrame
        With columns ``id, kind, table, vendor, origin, in50, in90``.
    """
    _, observations = observe(evidence, fit.priors, fit.policy)
    theta = fit.theta()
    n = len(next(iter(theta.values())))
    chosen = evenly(n, draws)
    centre, scale = predict({name: values[chosen] for name, values in theta.items()}, fit, observations)
    ends = places(observations.stacked.low, observations.stacked.high, centre, scale)
    about = _about(observations)
    about.insert(2, "table", about["kind"].map(lambda name: KINDS[name].heading))
    return about.assign(in50=within(*ends, 0.5), in90=within(*ends, 0.9))


def coverage(places: pd.DataFrame, by: str | list[str]) -> pd.DataFrame:
    """Share of claims in their 50 % and 90 % intervals, and how many there are, by group.

    Parameters
    ----------
    places
        From :func:`check`.
    by
        Column or columns that make the groups.

    Returns
    -------
    pd.DataFrame
        With the columns `by`, and ``n, in50, in90``.
    """
    groups = places.groupby(by, observed=True)
    return groups.agg(n=("id", "size"), in50=("in50", "mean"), in90=("in90", "mean")).reset_index()


def _about(observations: Observations) -> pd.DataFrame:
    """Who says each interval claim, about whom."""
    stacked, claims = observations.stacked, observations.claims
    return pd.DataFrame(
        {
            "id": stacked.ids,
            "kind": stacked.kinds,
            "vendor": [VENDORS[v] for kind in KINDS for v in claims[kind].vendor],
            "origin": [ORIGINS[o] for kind in KINDS for o in claims[kind].origin],
        }
    )


def _cdf(z: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * z)))
