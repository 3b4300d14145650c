"""Importance weights, Pareto-smoothed, and one rule on when they may be trusted."""

from __future__ import annotations

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
    """Effective draws a draw, on average over all parameters."""
    import arviz as az

    posterior = fit.data["posterior"].to_dataset()
    size = az.ess(posterior, method="mean")
    every = np.concatenate([size[name].to_numpy().ravel() for name in size.data_vars])
    return float(np.nanmean(every)) / (posterior.sizes["chain"] * posterior.sizes["draw"])


def smoothed(claims: xr.DataArray, efficiency: float = 1.0) -> tuple[xr.DataArray, xr.DataArray]:
    """Pareto-smoothed log weights of draws that leave claim groups out, and the Pareto k of each group.

    Where all draws give a group the same likelihood (a silence about what is far off), or those do that speak most
    against it (a report that may be false), there is no tail to smooth, and nothing wrong: the plain weights stand,
    with k = -inf.

    Parameters
    ----------
    claims : (chain, draw, group) log likelihood; of its negative, the weights take the groups in.
    """
    import arviz_stats  # noqa: F401 (arrays have their azstats from it)

    ranked = np.sort(claims.to_numpy().reshape(-1, claims.sizes["group"]), axis=0)
    flat = (ranked[-1] - ranked[0] < _FLAT) | (ranked[_TAIL - 1] == ranked[0])
    log_weights, k = -claims - logsumexp(-claims, axis=(0, 1)), xr.full_like(claims[0, 0], -np.inf)
    if not flat.all():
        found, shape = claims.isel(group=~flat).azstats.psislw(r_eff=efficiency, dim=["chain", "draw"])
        log_weights[:, :, ~flat], k[~flat] = found.transpose(*claims.dims).to_numpy(), shape.to_numpy()
    return log_weights, k


MOST_K = 0.7
"""Pareto k above which no number of draws makes the weights trustworthy."""


@dataclass(frozen=True)
class Weights:
    """Weights of draws.

    Attributes
    ----------
    log : (draw,) logarithms, of weights that sum up to one. k : Pareto shape of their tail.
    """

    log: Floats
    k: float

    @property
    def reliable(self) -> bool:
        """Whether `k` lies below what so many draws allow."""
        return bool(self.k <= min(1 - 1 / np.log10(len(self.log)), MOST_K))

    @property
    def size(self) -> float:
        """Effective number of draws."""
        return float(np.exp(-logsumexp(2 * self.log)))


def even(draws: int) -> Weights:
    """All draws alike."""
    return Weights(np.full(draws, -np.log(draws)), -np.inf)


def weights(gained: Floats) -> Weights:
    """Weights of draws by what claims add to their log likelihood: (draw,)."""
    log_weights, k = smoothed(xr.DataArray(-gained[None, :, None], dims=("chain", "draw", "group")))
    log = log_weights.to_numpy().reshape(-1)
    return Weights(log - logsumexp(log), float(k[0]))


RELIABLE_K = 0.7
"""Pareto k above which reweighted draws are no guide (Vehtari, Simpson, Gelman, Yao and Gabry 2024)."""


FEWEST = 100
"""Effective draws below which a median of weighted draws is a guess."""


@dataclass(frozen=True)
class Weighed:
    """Draws and what their weights come from.

    Attributes
    ----------
    items : (draw, item) differences of log likelihood. weights : (draw,) of all items together, smoothed.
    k : Pareto k of the weights, -inf where all draws weigh alike.
    """

    items: Floats
    weights: Floats
    k: float

    @property
    def effective(self) -> float:
        """How many draws of equal weight the weighted ones are worth."""
        return float(1.0 / np.square(self.weights).sum())

    @property
    def reliable(self) -> bool:
        """Whether the weighted draws may be read: their tail is tame, and they are enough (or all weigh alike)."""
        return self.k <= RELIABLE_K and self.effective >= min(FEWEST, 0.5 * len(self.weights))


def weigh(items: Floats, chains: int, efficiency: float = 1.0) -> Weighed:
    """Weigh draws by the items together.

    Parameters
    ----------
    items : (draw, item), chains end to end. efficiency : effective draws a draw.
    """
    import arviz  # noqa: F401  # brings the accessor that the smoothing calls

    total = items.sum(axis=1).reshape(chains, -1, 1)
    log_weights, k = smoothed(xr.DataArray(-total, dims=("chain", "draw", "group")), efficiency)
    return Weighed(items, np.asarray(softmax(log_weights.to_numpy().ravel())), float(k.to_numpy()[0]))
