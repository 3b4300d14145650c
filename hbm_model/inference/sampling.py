"""Drawing from the posterior with nutpie, in coordinates in which it is close to a standard normal."""

from __future__ import annotations

from hbm_model.inference.density import (
    CompiledModel,  # first: it sets Numba's options, which are read when nutpie comes
)

# isort: split

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import nutpie
import xarray as xr
from nutpie.compiled_pyfunc import from_pyfunc
from threadpoolctl import threadpool_limits

from hbm_model.inference.whitening import Frame, Vector

_STATS = ("diverging", "energy", "n_steps", "mean_tree_accept", "step_size")


@dataclass(frozen=True)
class Pilot:
    """How much work goes into finding the frame.

    Attributes
    ----------
    draws, tune, chains : of the run whose draws are thrown away. points : draws over which the curvature is averaged.
    """

    draws: int = 100
    tune: int = 150
    chains: int = 2
    points: int = 16


def sample(
    compiled: CompiledModel,
    draws: int,
    tune: int,
    chains: int,
    cores: int,
    seed: int,
    target_accept: float,
    pilot: Pilot | None = Pilot(),
    frame: Frame | None = None,
) -> xr.DataTree:
    """Draw from the posterior with NUTS, chains side by side in threads.

    A short pilot in the frame of the mode's curvature (a Laplace approximation) finds where the posterior lies; the
    curvature averaged over its draws then makes the frame of the run itself. The pilot's draws are thrown away. Without
    a pilot the first frame is that of the run, which then takes smaller steps: for many short runs. A frame that is
    given is the run's, and nothing is looked for.

    Returns
    -------
    DataTree with ``posterior`` (every free variable, constrained, with its dims) and ``sample_stats``.
    """
    pilot_seed, run_seed = (int(s) for s in np.random.SeedSequence(seed).generate_state(2))
    with threadpool_limits(1):  # the chains already fill the cores
        if frame is None:
            frame = found_frame(compiled, pilot, cores, pilot_seed, target_accept)
        raw = _nuts(compiled, frame, (draws, tune, chains), cores, run_seed, target_accept)
    stats = raw["sample_stats"].to_dataset()
    return xr.DataTree.from_dict(
        {
            "posterior": compiled.named(np.asarray(raw["posterior"]["x"])),
            "sample_stats": stats[[name for name in _STATS if name in stats]],
        }
    )


def found_frame(compiled: CompiledModel, pilot: Pilot | None, cores: int, seed: int, target_accept: float) -> Frame:
    """The frame of the mode's curvature, or the one that a pilot run in that frame finds."""
    mode = compiled.mode()
    first = Frame.of_curvature(mode, compiled.curvature(mode))
    if pilot is None:
        return first
    found = _nuts(compiled, first, (pilot.draws, pilot.tune, pilot.chains), cores, seed, target_accept)
    points = np.asarray(found["posterior"]["x"]).reshape(-1, compiled.n_dim)
    spread = points[:: max(len(points) // pilot.points, 1)][: pilot.points]
    with ThreadPoolExecutor(cores) as pool:
        average = np.mean(list(pool.map(compiled.curvature, spread)), axis=0)
    return Frame.of_curvature(points.mean(axis=0), average)


def _nuts(
    compiled: CompiledModel, frame: Frame, size: tuple[int, int, int], cores: int, seed: int, target_accept: float
) -> xr.DataTree:
    """Run nutpie in a frame; `size` is draws, warm-up draws and chains."""
    draws, tune, chains = size
    back = np.ascontiguousarray(frame.axes.T)

    def logp(y: Vector) -> tuple[float, Vector]:
        value, gradient = compiled.logp_and_gradient(frame.origin + frame.axes @ y)
        return value, back @ gradient

    framed = from_pyfunc(
        compiled.n_dim,
        lambda: logp,
        lambda *_seeds: lambda y: {"x": frame.origin + frame.axes @ y},
        [np.dtype("float64")],
        [(compiled.n_dim,)],
        ["x"],
        make_initial_point_fn=lambda chain_seed: np.random.default_rng(chain_seed).normal(0, 1, compiled.n_dim),
    )
    drawn: xr.DataTree = nutpie.sample(
        framed,
        draws=draws,
        tune=tune,
        chains=chains,
        cores=cores,
        seed=seed,
        target_accept=target_accept,
        adaptation="diag",
        progress_bar=False,
    )
    return drawn
