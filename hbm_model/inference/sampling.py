"""Drawing from the posterior, in coordinates in which it is close to a standard normal."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from hbm_model.core.progress import ADVANCED, Report, silent, stage
from hbm_model.inference.compile import side_by_side
from hbm_model.inference.density import Density
from hbm_model.inference.nuts import Advance, SamplerSettings, block_program, nuts
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


def compile_programs(density: Density) -> None:
    """Compile all that drawing from a density takes.

    Parameters
    ----------
    density
        With its data.
    """
    side_by_side(lambda: density.gradient_program, lambda: block_program(density))


def sample(
    density: Density,
    settings: SamplerSettings,
    pilot: Pilot | None = Pilot(),
    whitening: Whitening | None = None,
    report: Report = silent,
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
    report
        Told of the stages, and how far they are (default: nobody is).

    Returns
    -------
    xr.DataTree
        With ``posterior`` (every free variable, constrained, with its dims) and ``sample_stats``.
    """
    compile_programs(density)
    pilot_seed, run_seed = (int(s) for s in np.random.SeedSequence(settings.seed).generate_state(2))
    with threadpool_limits(1):  # the chains already fill the cores
        if whitening is None:
            with stage(report, "pilot", "finding where the posterior lies"):
                whitening = find_whitening(density, pilot, replace(settings, seed=pilot_seed), report)
        with stage(report, "sample", f"sampling {settings.chains} chains"):
            drawn = nuts(density, whitening, replace(settings, seed=run_seed), _teller(report, "sample", settings))
    stats = xr.Dataset({name: (("chain", "draw"), values) for name, values in drawn.stats.items()})
    posterior = density.vector.named(drawn.x)
    index = {name: posterior[name] for name in ("chain", "draw")}
    return xr.DataTree.from_dict({"posterior": posterior, "sample_stats": stats.assign_coords(index)})


def find_whitening(
    density: Density, pilot: Pilot | None, settings: SamplerSettings, report: Report = silent
) -> Whitening:
    """The whitening of the mode's curvature, or the one that a pilot run in it finds.

    Parameters
    ----------
    density
        With its data.
    pilot
        Draws and chains of the pilot run; None for the whitening of the mode's curvature.
    settings
        Seed, cores and acceptance target of the pilot run.
    report
        Told how far the pilot run is (default: nobody is).
    """
    mode = density.mode()
    first = Whitening.of_curvature(mode, density.curvature(mode))
    if pilot is None:
        return first
    size = replace(settings, draws=pilot.draws, tune=pilot.tune, chains=pilot.chains)
    points = nuts(density, first, size, _teller(report, "pilot", size)).x.reshape(-1, density.n_dim)
    spread = points[:: max(len(points) // pilot.points, 1)][: pilot.points]
    with ThreadPoolExecutor(settings.cores) as pool:
        average = np.mean(list(pool.map(density.curvature, spread)), axis=0)
    return Whitening.of_curvature(points.mean(axis=0), average)


def _teller(report: Report, name: str, settings: SamplerSettings) -> Callable[[Advance], None]:
    """What tells a report how far the chains are; the time that is left supposes that they go on as they did."""
    start = time.monotonic()

    def tell(now: Advance) -> None:
        if not now.draws:
            return
        seconds = time.monotonic() - start
        left = seconds * (now.total - now.draws) / now.draws
        words = f"draw {now.draws} of {now.total}, {now.divergences} divergences"
        report(
            f"{words}, {left:.0f} s left" if left else words,
            event=ADVANCED,
            stage=name,
            done=now.draws,
            total=now.total,
            chains=settings.chains,
            draws_per_chain=settings.tune + settings.draws,
            divergences=now.divergences,
            gradients=now.gradients,
            seconds=round(seconds, 2),
            seconds_left=round(left, 2),
        )

    return tell
