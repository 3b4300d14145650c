"""Our sampler beside others on the same posterior: time, gradients, and how good the draws are."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from functools import partial
from importlib.util import find_spec
from itertools import count
from typing import Any

import xarray as xr

from benchmarks.alone import alone
from benchmarks.gradients import in_a_loop
from benchmarks.peers import PEERS
from benchmarks.problems import Problem, problem
from benchmarks.sampled import Draw, OutOfTimeError, Sampler, Tally, verdict
from benchmarks.size import Size
from benchmarks.timing import compared, in_turn, measured
from hbm_model.core.arrays import Floats
from hbm_model.core.progress import ADVANCED, NOTE
from hbm_model.inference.density import Density
from hbm_model.inference.fit import FitSettings
from hbm_model.inference.sampling import Pilot, compile_programs, sample

_GRACE = 120.0
"""Seconds in which a sampler that is stopped must have said what it has."""


def own(problem: Problem, seed: int, pilot: bool = False, **sizes: int) -> Draw:
    """Our sampler at the settings of a published fit.

    Parameters
    ----------
    problem
        What is sampled.
    seed
        Of all randomness.
    pilot
        Whether it looks for the whitening by a pilot run, as it does for a model whose parameters are new.
    **sizes
        ``tune`` and ``draws``, if not those of a published fit.
    """
    density = _Counted(problem.density)
    settings = FitSettings(seed=seed, tune=sizes.get("tune"), draws=sizes.get("draws")).sampling
    first = Pilot(**{name: sizes[name] for name in ("tune", "draws") if name in sizes})
    compile_programs(density)

    def draw(tally: Tally) -> xr.DataTree | None:
        counted = {"pilot": 0, "sample": 0}

        def told(_words: str, /, *, event: str = NOTE, **facts: Any) -> None:
            if event == ADVANCED:
                run, so_far = facts["stage"], facts["gradients"]
                new, counted[run] = so_far - counted[run], so_far
                tally.add(new, run == "pilot" or facts["done"] <= settings.chains * settings.tune)

        try:
            return sample(density, settings, first, None if pilot else problem.whitening, told)
        except OutOfTimeError:
            return None
        finally:
            tally.gradients += density.calls

    return draw


class _Counted(Density):
    """A density that counts the gradients which are taken of it from Python."""

    def __init__(self, density: Density) -> None:
        super().__init__(density.function, density.data, density.vector, density.form)
        object.__setattr__(self, "calls", 0)

    calls: int

    def logp_and_gradient(self, x: Floats) -> tuple[float, Floats]:
        object.__setattr__(self, "calls", self.calls + 1)
        return super().logp_and_gradient(x)


SAMPLERS = {
    "hbm_model, packaged whitening": Sampler("blackjax", own, in_a_loop),
    "hbm_model, own pilot": Sampler("blackjax", partial(own, pilot=True), in_a_loop),
    **PEERS,
}
"""Samplers by name; the others are compared with the first."""


def one(sampler: str, of: str, seed: int, limit: float, sizes: Mapping[str, int]) -> dict[str, Any]:
    """Set one sampler up and draw with it, until it is done or its time is over.

    Parameters
    ----------
    sampler
        Of ``SAMPLERS``.
    of
        The problem's name.
    seed
        Of all randomness.
    limit
        Seconds for setting up and drawing.
    sizes
        ``tune`` and ``draws``, if not its defaults.
    """
    tally, made, chosen = Tally(time.monotonic() + limit), problem(of), SAMPLERS[sampler]
    ready: list[Draw] = []
    trees: list[xr.DataTree | None] = []
    set_up = measured(lambda: ready.append(chosen.set_up(made, seed, **sizes)))
    drawing = measured(lambda: trees.append(ready[0](tally)))
    over = "stopped in warm-up" if tally.warming else "stopped"
    return {
        "outcome": over if tally.over else "finished",
        "cpu": set_up.cpu + drawing.cpu,
        "wall": set_up.wall + drawing.wall,
        "drawing_cpu": drawing.cpu,
        "gradients": tally.gradients,
        "gradient_ms": chosen.gradient and chosen.gradient(made.density, made.whitening.origin),
        **verdict(trees[0]),
    }


def measure(size: Size) -> dict[str, Any]:
    """Every sampler in turn, each time with another seed and each in a process that finds nothing compiled.

    Parameters
    ----------
    size
        How much.
    """
    sizes = {"tune": 30, "draws": 30} if size.tiny else {}

    def started(sampler: str, seeds: Iterator[int]) -> dict[str, Any]:
        if find_spec(SAMPLERS[sampler].package) is None:
            return {"outcome": "not installed"}
        given = {"sampler": sampler, "of": size.problem, "seed": next(seeds), "limit": size.limit, "sizes": sizes}
        try:
            return alone("samplers:one", given, limit=size.limit + _GRACE)
        except RuntimeError as error:
            return {"outcome": f"failed: {error}"}

    cases = {name: partial(started, name, count(1)) for name in SAMPLERS}
    costs = in_turn(cases, size.repetitions, size.said)
    return {
        "limit": size.limit,
        "cpu": compared({name: [cost.found.get("cpu", cost.cpu) for cost in each] for name, each in costs.items()}),
        "wall": compared({name: [cost.found.get("wall", cost.wall) for cost in each] for name, each in costs.items()}),
        "runs": {name: [cost.found for cost in each] for name, each in costs.items()},
    }
