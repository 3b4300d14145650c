"""Power-scaling sensitivity: which priors, and which parts of the evidence, drive the headline gaps.

A component of the posterior is a prior, or the likelihood of one table. One component at a time is raised to a power a
little below and above one, by importance weights on the draws, without another fit. Sensitivity is how far the
distribution of a gap moves: a cumulative Jensen-Shannon distance per doubling of the power (Kallioinen, Paananen,
Buerkner and Vehtari 2024). A prior that moves a gap is not wrong for it; it is one to have a reason for.
"""

from __future__ import annotations

from typing import Any, override

import arviz as az
import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import norm

from hbm_model.analysis.watch import gaps_of
from hbm_model.core.arrays import Floats
from hbm_model.core.errors import InputError
from hbm_model.evidence import Evidence
from hbm_model.forecasting.forecast import forecast
from hbm_model.inference.fit import Fit
from hbm_model.inference.pointwise import log_likelihood, terms
from hbm_model.model.equations import Array
from hbm_model.model.joint import declare, model_coords
from hbm_model.model.observations import observe
from hbm_model.model.parameters import Parameters, Theta

COLUMNS = [
    *("kind", "component", "quantity", "generation", "period", "unit", "sensitivity", "noise", "pareto_k"),
    *(f"{number}{power}" for number in ("median", "width") for power in ("", "_weaker", "_stronger")),
]
THRESHOLD = 0.05
"""Sensitivity from which on a component is said to move a gap (Kallioinen et al.)."""
POWERS = {"weaker": 0.8, "stronger": 1.25}
"""Powers at which medians and widths are given: the variance of a normal prior is a quarter larger, a fifth smaller."""
_NEAR = (0.99, 1.01)
_SHIFTS = 10
_DRAWS = ("chain", "draw")
_OF_PRIOR, _OF_FIRST = {"node_start": "node_start_offset"}, {"log_spending": "spending_start"}
"""Priors of another name than the variable's, and of the first values of random walks."""


def sensitivity(fit: Fit, evidence: Evidence) -> pd.DataFrame:
    """How far each headline gap depends on each prior and on each part of the evidence.

    Parameters
    ----------
    fit
        From :func:`hbm_model.fit`.
    evidence
        What it was fitted to.

    Returns
    -------
    pd.DataFrame
        With ``COLUMNS``, a row per component and gap, the strongest first. ``kind`` is ``prior`` (of the priors file),
        ``pooled`` (departures of makers, products and years from a common level, whose spread is part of the model) or
        ``claims`` (a part of the evidence). ``noise`` is the largest of ten sensitivities that the gap has when its
        draws are shifted against the component's, so that the two have nothing to do with each other: below it nothing
        is seen, and one in eleven rises above it by chance. ``median`` and ``width`` (of the 90 % interval) are the
        gap's, then under the powers :data:`POWERS` of the component. ``pareto_k`` is the larger of those two sets of
        weights.

    Raises
    ------
    InputError
        If the fit is not of this evidence.
    """
    if fit.meta["evidence"] != evidence.digest:
        raise InputError(f"the fit is not of this evidence as of {evidence.as_of}: give the evidence it was fitted to")
    gaps = [gap for gap in gaps_of(forecast(fit)) if np.ptp(gap.scored) > 0]
    drawn, scored = (np.stack([getattr(gap, kind) for gap in gaps], axis=1) for kind in ("drawn", "scored"))
    about = pd.DataFrame({name: [getattr(gap, name) for gap in gaps] for name in COLUMNS[2:6]})
    densities = {("prior" if name in fit.priors.table else "pooled", name): d for name, d in log_prior(fit).items()}
    densities |= {("claims", name): density for name, density in log_claims(fit, evidence).items()}
    found = []
    for (kind, component), density in densities.items():
        if np.ptp(density) > 0:  # all powers of what says the same in every draw are one
            rows = power_scaled(density, drawn, scored, fit.data["posterior"].sizes["chain"])
            found.append(pd.concat([about, rows], axis=1).assign(kind=kind, component=component))
    table = pd.concat(found, ignore_index=True)[COLUMNS]
    return table.sort_values("sensitivity", ascending=False, kind="stable").reset_index(drop=True)


def power_scaled(density: Floats, drawn: Floats, scored: Floats, chains: int) -> pd.DataFrame:
    """Sensitivity of quantities to one component of the posterior.

    Parameters
    ----------
    density
        (draw,) log density of the component, chains end to end.
    drawn
        (draw, quantity) values that medians and widths are of.
    scored
        (draw, quantity) values that the distance is taken on.
    chains
        Number of chains, all of one length.

    Returns
    -------
    pd.DataFrame
        With the columns from ``sensitivity`` on, a row per quantity.
    """
    shifts = [0, *np.linspace(0, len(density), _SHIFTS + 2)[1:-1].astype(int)]
    shifted = np.stack([np.roll(scored, shift, axis=0) for shift in shifts], axis=-1)
    tree = xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset({"gap": _by_chain(shifted, chains, "quantity", "shift")}),
            "log_prior": xr.Dataset({"component": _by_chain(density, chains)}),
        }
    )
    moved = az.psense(tree, group="prior", alphas=_NEAR)["gap"].transpose("quantity", "shift").to_numpy()
    found = {"sensitivity": moved[:, 0], "noise": moved[:, 1:].max(axis=1)}
    weights, k = zip(*(_weights(density, power, chains) for power in POWERS.values()), strict=True)
    found["pareto_k"] = np.full(len(moved), max(k))
    for power, weight in zip(("", *(f"_{power}" for power in POWERS)), (None, *weights), strict=True):
        low, middle, high = _quantiles(drawn, weight)
        found |= {f"median{power}": middle, f"width{power}": high - low}
    return pd.DataFrame(found)


def _weights(density: Floats, power: float, chains: int) -> tuple[Floats, float]:
    """Smoothed importance weights of a power of the component, and the Pareto k of their tail."""
    inverse = _by_chain((1 - power) * density, chains)  # ArviZ takes log likelihoods, and weighs by their inverse
    smoothed, k = inverse.azstats.psislw(dim=list(_DRAWS))
    return np.exp(smoothed.transpose(*_DRAWS).to_numpy().ravel()), float(k)


def _quantiles(drawn: Floats, weights: Floats | None) -> Floats:
    return np.asarray(np.quantile(drawn, [0.05, 0.5, 0.95], axis=0, method="inverted_cdf", weights=weights))


def _by_chain(values: Floats, chains: int, *dims: str) -> xr.DataArray:
    return xr.DataArray(values.reshape(chains, -1, *values.shape[1:]), dims=(*_DRAWS, *dims))


# --- components --------------------------------------------------------------------------------------------------


def log_claims(fit: Fit, evidence: Evidence) -> dict[str, Floats]:
    """Log likelihood of each part of the evidence on every draw: (draw,) by its name.

    Parameters
    ----------
    fit
        From :func:`hbm_model.fit`.
    evidence
        What it was fitted to.
    """
    _, observations = observe(evidence, fit.priors, fit.policy)
    part = terms(evidence, observations)["part"]
    pointwise = log_likelihood(fit, observations).to_numpy()
    pointwise = pointwise.reshape(-1, pointwise.shape[-1])
    return {name: pointwise[:, (part == name).to_numpy()].sum(axis=1) for name in part.unique()}


def log_prior(fit: Fit) -> dict[str, Floats]:
    """Log density of each prior on every draw: (draw,) by the prior's name, or by the variable's for pooled ones.

    A lognormal prior's is that of the logarithm, in which it is a normal: its powers then keep the median and change
    the spread alone.

    Parameters
    ----------
    fit
        From :func:`hbm_model.fit`.
    """
    newest = np.zeros(0)  # sets the sampler's coordinates, which no prior depends on
    declared = _Scored(fit.theta(), fit.priors, fit.layout, model_coords(fit.layout), newest)
    declare(declared)
    return declared.terms


class _Scored(Parameters):
    """Variables whose draws are given, each scored by its prior.

    Parameters
    ----------
    theta
        (draw, ...) draws of every variable by name.
    *given
        As for :class:`Parameters`.

    Attributes
    ----------
    terms
        (draw,) log densities by name.
    """

    xp = np

    def __init__(self, theta: Theta, *given: Any) -> None:
        super().__init__(*given)
        self.terms: dict[str, Floats] = {}
        self._theta = theta

    @override
    def normal(self, name: str, location: Array, scale: Array, dims: tuple[str, ...] = ()) -> Array:
        self._score(_OF_PRIOR.get(name, name), self._theta[name], location, scale)
        return self._theta[name]

    @override
    def lognormal(self, name: str, location: Array, scale: Array, dims: tuple[str, ...] = ()) -> Array:
        self._score(name, np.log(self._theta[name]), location, scale)
        return self._theta[name]

    @override
    def random_walk(
        self, name: str, start: tuple[Array, Array], drift: Array, scale: Array, dims: tuple[str, ...]
    ) -> Array:
        path = self._theta[name]
        self._score(_OF_FIRST[name], path[..., 0], *start)
        self._score(name, np.diff(path), np.asarray(drift)[..., None, None], scale)
        return path

    @override
    def log_steps(self, name: str, location: Array, scale: Array, dim: str) -> Array:
        return self.normal(name, location, scale[..., None], (dim,))

    def _score(self, name: str, value: Floats, location: Array, scale: Array) -> None:
        logp = norm.logpdf(value, location, scale)
        self.terms[name] = logp.reshape(len(logp), -1).sum(axis=1)
