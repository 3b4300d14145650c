"""Posterior predictive: where each claim falls in what the model expects such a source to say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from hbm_model.evidence import Evidence
from hbm_model.fit import Fit
from hbm_model.model.joint import structure
from hbm_model.model.layout import ORIGINS, VENDORS, Floats
from hbm_model.model.likelihood import predictions
from hbm_model.model.observations import INTERVALS, Observations, observe
from hbm_model.world import evenly

TABLE_OF = {
    **dict.fromkeys(("guidance", "event", "claimed"), "milestones"),
    **dict.fromkeys(("hbm_yield", "node_yield"), "yields"),
    **dict.fromkeys(("dram_wafers", "hbm_wafers", "hbm_share"), "capacity"),
    **dict.fromkeys(("spending", "project"), "investment"),
    "output": "output",
    **dict.fromkeys(("bit_share", "revenue_share"), "shares"),
}
"""What the kinds of claims are counted under."""


def predict(theta: dict[str, Any], fit: Fit, observations: Observations) -> tuple[Floats, Floats]:
    """Centre and scale of every interval claim's logistic distribution: two (draw, claim) arrays."""
    world = structure(theta, fit.layout, fit.priors, observations.drivers, fit.layout.quarters, np)
    centre, scale = predictions(theta, world, observations.design, fit.layout, fit.priors, np)
    return np.asarray(centre), np.broadcast_to(scale, np.shape(centre))


def pit(low: Floats, high: Floats, centre: Floats, scale: Floats, seed: int) -> Floats:
    """Randomised probability integral transform of interval claims, uniform if the model is right: (claim,).

    The predictive distribution is the mixture of the draws' logistics. A claim is an interval, so that its place is
    drawn between the distribution's values at both ends (Smith 1985, Czado et al. 2009).
    """
    below = _cdf((low - centre) / scale).mean(axis=0)
    above = _cdf((high - centre) / scale).mean(axis=0)
    return np.asarray(below + np.random.default_rng(seed).uniform(size=len(low)) * (above - below))


def check(fit: Fit, evidence: Evidence, draws: int = 1000, seed: int = 0) -> pd.DataFrame:
    """Place of every used interval claim in its own posterior predictive distribution.

    Returns
    -------
    DataFrame with columns ``id, kind, table, vendor, origin, pit, in50, in90``.
    """
    _, observations = observe(evidence, fit.priors)
    theta = fit.theta()
    n = len(next(iter(theta.values())))
    chosen = evenly(n, draws)
    centre, scale = predict({name: values[chosen] for name, values in theta.items()}, fit, observations)
    stacked = observations.stacked
    place = pit(stacked.low, stacked.high, centre, scale, seed)
    claims = observations.claims
    return pd.DataFrame(
        {
            "id": stacked.ids,
            "kind": stacked.kinds,
            "table": [TABLE_OF[kind] for kind in stacked.kinds],
            "vendor": [VENDORS[v] for kind in INTERVALS for v in claims[kind].vendor],
            "origin": [ORIGINS[o] for kind in INTERVALS for o in claims[kind].origin],
            "pit": place,
            "in50": np.abs(place - 0.5) <= 0.25,
            "in90": np.abs(place - 0.5) <= 0.45,
        }
    )


def coverage(places: pd.DataFrame, by: str | list[str]) -> pd.DataFrame:
    """Share of claims in their 50 % and 90 % intervals, and how many there are, by a column of :func:`check`."""
    groups = places.groupby(by, observed=True)
    return groups.agg(n=("id", "size"), in50=("in50", "mean"), in90=("in90", "mean")).reset_index()


def _cdf(z: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * z)))
