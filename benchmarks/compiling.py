"""From nothing to the first gradient, by each way of compiling, in processes of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.alone import alone
from benchmarks.problems import problem
from benchmarks.size import Size
from benchmarks.timing import compared, cpu_seconds, in_turn, per_call


def by_xla(of: str, sampler: bool, seconds: float) -> dict[str, float]:
    """The gradient as XLA compiles it.

    Parameters
    ----------
    of
        The problem's name.
    sampler
        Whether the sampler around it is compiled too.
    seconds
        That calls of the gradient fill afterwards.
    """
    from hbm_model.inference.compile import side_by_side
    from hbm_model.inference.nuts import block_program

    density = problem(of).density
    tasks = [lambda: density.gradient_program, *([lambda: block_program(density)] if sampler else [])]
    side_by_side(*tasks)
    return _found(lambda: density.logp_and_gradient(density.vector.start), seconds)


def by_numba(of: str, seconds: float) -> dict[str, float]:
    """The gradient of the PyMC model as PyTensor compiles it, by Numba.

    Parameters
    ----------
    of, seconds
        As for :func:`by_xla`.
    """
    model = problem(of).model()
    function = model.logp_dlogp_function(ravel_inputs=True, mode="NUMBA")
    function.set_extra_values({})
    start = np.concatenate([np.ravel(value) for value in model.initial_point().values()])
    return _found(lambda: function(start), seconds)


def _found(gradient: Callable[[], object], seconds: float) -> dict[str, float]:
    """Processor time of this process up to the first gradient, and of each further one."""
    gradient()
    return {"first_cpu": cpu_seconds(), "ms": per_call(gradient, seconds)}


def measure(size: Size) -> dict[str, Any]:
    """Every way, in turn.

    Parameters
    ----------
    size
        How much.
    """
    with TemporaryDirectory() as kept:
        cache = Path(kept)
        each = {"of": size.problem, "seconds": size.seconds}
        both = each | {"sampler": True}
        alone("compiling:by_xla", both, cache)
        cases: dict[str, Callable[[], Mapping[str, Any]]] = {
            "XLA, gradient": partial(alone, "compiling:by_xla", both | {"sampler": False}),
            "XLA, gradient and sampler": partial(alone, "compiling:by_xla", both),
            "XLA, gradient and sampler, kept from before": partial(alone, "compiling:by_xla", both, cache),
            "PyTensor with Numba, gradient": partial(alone, "compiling:by_numba", each),
        }
        costs = in_turn(cases, size.repetitions, size.said)
    return {
        figure: compared({name: [cost.found[figure] for cost in each] for name, each in costs.items()})
        for figure in ("first_cpu", "ms")
    }
