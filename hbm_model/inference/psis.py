"""Importance weights, Pareto-smoothed, and one rule on when they may be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.special import logsumexp, softmax

from hbm_model.core.arrays import Floats
from hbm_model.inference.fit import Fit

_FLAT = 0.01
"""Log likelihoods that differ by less than this over all draws weigh the draws alike: there is no tail to smooth."""
_TAIL = 5
"""Fewest draws that make a tail."""


def efficiency(fit: Fit) -> float:
    """Effective draws a draw, on average over all parameters.

    Parameters
    ----------
    fit
        The posterior.
    """
    import arviz as az

    posterior = fit.data["posterior"].to_dataset()
    size = az.ess(posterior, method="mean")
    every = np.concatenate([size[name].to_numpy().ravel() for name in size.data_vars])
    return float(np.nanmean(every)) / (posterior.sizes["chain"] * posterior.sizes["draw"])


def smoothed(claims: xr.DataArray, efficiency: float = 1.0) -> tuple[xr.DataArray, xr.DataArray]:
    """Pareto-smoothed log weights of draws that leave claim groups out, and the Pareto k of each group.

    A group has no tail to smooth where all draws give it the same likelihood (a silence about what is far off), or
    where those that speak most against it do (a report that may be false). Its plain weights then stand, with k = -inf.

    Parameters
    ----------
    claims
        (chain, draw, group) log likelihood; of its negative, the weights take the groups in.
    efficiency
        Effective draws a draw.
    """
    import arviz_stats  # noqa: F401 (arrays have their azstats from it)

    ranked = np.sort(claims.to_numpy().reshape(-1, claims.sizes["group"]), axis=0)
    flat = (ranked[-1] - ranked[0] < _FLAT) | (ranked[_TAIL - 1] == ranked[0])
    log_weights, k = -claims - logsumexp(-claims, axis=(0, 1)), xr.full_like(claims[0, 0], -np.inf)
    if not flat.all():
        smooth, shape = claims.isel(group=~flat).azstats.psislw(r_eff=efficiency, dim=["chain", "draw"])
        log_weights[:, :, ~flat], k[~flat] = smooth.transpose(*claims.dims).to_numpy(), shape.to_numpy()
    return log_weights, k


def reliable_k(draws: int) -> float:
    """Pareto k up to which the weights of so many draws may be trusted.

    ``min(1 - 1/log10(draws), 0.7)``: estimates from weights of a larger k need more draws than there are, and above 0.7
    more than anybody has (Vehtari, Simpson, Gelman, Yao and Gabry 2024, Pareto smoothed importance sampling, JMLR 25).
    ArviZ's ``good_k`` is the same.

    Parameters
    ----------
    draws
        Number of draws.
    """
    return min(1 - 1 / math.log10(draws), _LARGEST_K) if draws > 1 else _LARGEST_K


_LARGEST_K = 0.7
FEWEST = 100
"""Effective draws below which a quantile of weighted draws is a guess, however tame their tail."""


@dataclass(frozen=True)
class Weights:
    """Importance weights of draws.

    Attributes
    ----------
    log
        (draw,) logarithms, of weights that sum up to one.
    k
        Pareto shape of their tail; -inf where all draws weigh alike.
    """

    log: Floats
    k: float

    @property
    def values(self) -> Floats:
        """The weights themselves, (draw,)."""
        return np.asarray(softmax(self.log))

    @property
    def reliable(self) -> bool:
        """Whether the weighted draws may be read: their tail is tame, and they are worth enough draws.

        `k` is at most what so many draws allow (one that is no number is not), and the effective number is at least
        ``FEWEST``, or half of all draws where these are few.
        """
        return bool(self.k <= reliable_k(len(self.log)) and self.effective >= min(FEWEST, 0.5 * len(self.log)))

    @property
    def effective(self) -> float:
        """Effective number of draws: how many of equal weight the weighted ones are worth."""
        return float(np.exp(-logsumexp(2 * self.log)))


def even(draws: int) -> Weights:
    """Equal weights.

    Parameters
    ----------
    draws
        Number of draws.
    """
    return Weights(np.full(draws, -np.log(draws)), -np.inf)


def weights(gained: Floats, efficiency: float = 1.0) -> Weights:
    """Weights of draws by what changed evidence adds to their log likelihood.

    Parameters
    ----------
    gained
        (draw,) differences of log likelihood, chains end to end.
    efficiency
        Effective draws a draw.
    """
    log_weights, k = smoothed(xr.DataArray(-gained[None, :, None], dims=("chain", "draw", "group")), efficiency)
    log = log_weights.to_numpy().reshape(-1)
    return Weights(log - logsumexp(log), float(k[0]))
