"""Drawing from the posterior with nutpie, in coordinates in which it is close to a standard normal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from hbm_model.core.arrays import Floats
from hbm_model.inference.density import Density
from hbm_model.inference.runtime import prepare
from hbm_model.inference.whitening import Whitening

_STATS = ("diverging", "energy", "n_steps", "mean_tree_accept", "step_size")


@dataclass(frozen=True)
class SamplerSettings:
    """How NUTS is run.

    Attributes
    ----------
    draws
        Draws kept per chain.
    tune
        Warm-up draws per chain.
    chains
        Number of chains.
    cores
        Chains that run side by side.
    seed
        Seed of all randomness.
    target_accept
        NUTS acceptance target.
    """

    draws: int
    tune: int
    chains: int
    cores: int
    seed: int
    target_accept: float


@dataclass(frozen=True)
class Pilot:
    """How much work goes into finding the whitening.

    Attributes
    ----------
    draws
        Draws per chain of the pilot run, which are thrown away.
    tune
        Warm-up draws per chain of the pilot run.
    chains
        Chains of the pilot run.
    points
        Draws over which the curvature is averaged.
    """

    draws: int = 100
    tune: int = 150
    chains: int = 2
    points: int = 16


def sample(
    density: Density, settings: SamplerSettings, pilot: Pilot | None = Pilot(), whitening: Whitening | None = None
) -> xr.DataTree:
    """Draw from the posterior with NUTS, chains side by side in threads.

    A short pilot run finds where the posterior lies, in the whitening of the mode's curvature (a Laplace
    approximation). The curvature averaged over its draws makes the whitening of the run itself; the pilot's draws are
    thrown away.

    Parameters
    ----------
    density
        Compiled, with its data.
    settings
        Draws, chains, seed.
    pilot
        How much of a pilot; without one the first whitening serves, with smaller steps: for many short runs.
    whitening
        That of the run, if one is known; then none is looked for.

    Returns
    -------
    xr.DataTree
        With ``posterior`` (every free variable, constrained, with its dims) and ``sample_stats``.
    """
    pilot_seed, run_seed = (int(s) for s in np.random.SeedSequence(settings.seed).generate_state(2))
    with threadpool_limits(1):  # the chains already fill the cores
        if whitening is None:
            whitening = find_whitening(density, pilot, replace(settings, seed=pilot_seed))
        raw = _nuts(density, whitening, replace(settings, seed=run_seed))
    stats = raw["sample_stats"].to_dataset()
    return xr.DataTree.from_dict(
        {
            "posterior": density.named(np.asarray(raw["posterior"]["x"])),
            "sample_stats": stats[[name for name in _STATS if name in stats]],
        }
    )


def find_whitening(density: Density, pilot: Pilot | None, settings: SamplerSettings) -> Whitening:
    """The whitening of the mode's curvature, or the one that a pilot run in it finds.

    Parameters
    ----------
    density
        Compiled, with its data.
    pilot
        Draws and chains of the pilot run; None for the whitening of the mode's curvature.
    settings
        Seed, cores and acceptance target of the pilot run.
    """
    mode = density.mode()
    first = Whitening.of_curvature(mode, density.curvature(mode))
    if pilot is None:
        return first
    size = replace(settings, draws=pilot.draws, tune=pilot.tune, chains=pilot.chains)
    points = np.asarray(_nuts(density, first, size)["posterior"]["x"]).reshape(-1, density.n_dim)
    spread = points[:: max(len(points) // pilot.points, 1)][: pilot.points]
    with ThreadPoolExecutor(settings.cores) as pool:
        average = np.mean(list(pool.map(density.curvature, spread)), axis=0)
    return Whitening.of_curvature(points.mean(axis=0), average)


def _nuts(density: Density, whitening: Whitening, settings: SamplerSettings) -> xr.DataTree:
    """Run nutpie in whitened coordinates; its ``posterior`` has the unconstrained vector ``x``."""
    prepare()
    import nutpie
    from nutpie.compiled_pyfunc import from_pyfunc

    back = np.ascontiguousarray(whitening.axes.T)

    def logp(y: Floats) -> tuple[float, Floats]:
        value, gradient = density.logp_and_gradient(whitening.origin + whitening.axes @ y)
        return value, back @ gradient

    whitened = from_pyfunc(
        density.n_dim,
        lambda: logp,
        lambda *_seeds: lambda y: {"x": whitening.origin + whitening.axes @ y},
        [np.dtype("float64")],
        [(density.n_dim,)],
        ["x"],
        make_initial_point_fn=lambda chain_seed: np.random.default_rng(chain_seed).normal(0, 1, density.n_dim),
    )
    drawn: xr.DataTree = nutpie.sample(
        whitened,
        draws=settings.draws,
        tune=settings.tune,
        chains=settings.chains,
        cores=settings.cores,
        seed=settings.seed,
        target_accept=settings.target_accept,
        adaptation="diag",
        progress_bar=False,
    )
    return drawn
