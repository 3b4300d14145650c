"""Drawing from the posterior, in coordinates in which it is close to a standard normal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from hbm_model.inference.compile import side_by_side
from hbm_model.inference.density import Density
from hbm_model.inference.nuts import SamplerSettings, block_program, nuts
from hbm_model.inference.whitening import Whitening


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
        With its data.
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
    side_by_side(lambda: density.gradient_program, lambda: block_program(density))
    pilot_seed, run_seed = (int(s) for s in np.random.SeedSequence(settings.seed).generate_state(2))
    with threadpool_limits(1):  # the chains already fill the cores
        if whitening is None:
            whitening = find_whitening(density, pilot, replace(settings, seed=pilot_seed))
        drawn = nuts(density, whitening, replace(settings, seed=run_seed))
    stats = xr.Dataset({name: (("chain", "draw"), values) for name, values in drawn.stats.items()})
    posterior = density.vector.named(drawn.x)
    index = {name: posterior[name] for name in ("chain", "draw")}
    return xr.DataTree.from_dict({"posterior": posterior, "sample_stats": stats.assign_coords(index)})


def find_whitening(density: Density, pilot: Pilot | None, settings: SamplerSettings) -> Whitening:
    """The whitening of the mode's curvature, or the one that a pilot run in it finds.

    Parameters
    ----------
    density
        With its data.
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
    points = nuts(density, first, size).x.reshape(-1, density.n_dim)
    spread = points[:: max(len(points) // pilot.points, 1)][: pilot.points]
    with ThreadPoolExecutor(settings.cores) as pool:
        average = np.mean(list(pool.map(density.curvature, spread)), axis=0)
    return Whitening.of_curvature(points.mean(axis=0), average)
