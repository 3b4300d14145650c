"""One gradient: what it costs from where it is called, and beside the least that its operations could take."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from benchmarks.problems import problem
from benchmarks.size import Size
from benchmarks.timing import compared, in_turn, per_call
from hbm_model.core.arrays import Floats
from hbm_model.inference.compile import compiled
from hbm_model.inference.density import Density
from hbm_model.inference.fit import FitSettings
from hbm_model.inference.nuts import Advance, nuts
from hbm_model.inference.runtime import double_precision
from hbm_model.inference.whitening import Whitening

BOUND_MS = (0.07, 0.15)
"""Least time of one gradient, estimated by hand from the numbers of operations: 8 to 15 thousand transcendental
functions of 3 to 10 ns, and 150 thousand other elements of 0.3 ns."""

_CALLS, _DRAWS = 50, 100
_NUDGE = 1e-9
"""Of the place by the gradient, so that no two gradients of a loop are the same."""


def from_python(density: Density, place: Floats, seconds: float = 1.0) -> float:
    """Processor time of a gradient called from Python, in ms.

    Parameters
    ----------
    density
        Whose gradient it is.
    place
        (n_dim,) where it is taken.
    seconds
        That the calls fill.
    """
    return per_call(lambda: density.logp_and_gradient(place), seconds)


def in_a_loop(density: Density, place: Floats, seconds: float = 1.0, axes: Floats | None = None) -> float:
    """Processor time of a gradient within a loop that is compiled with it, in ms.

    Parameters
    ----------
    density, place, seconds
        As for :func:`from_python`.
    axes
        Those of a whitening around the place, if it is taken in its coordinates.
    """
    import jax

    def along(slope: Callable[[Any], Any], x: Any) -> Any:
        return jax.lax.fori_loop(0, _CALLS, lambda _, y: y + _NUDGE * slope(y), x)

    def plain(x: Any, data: Any) -> Any:
        return along(jax.grad(lambda y: density.function(y, data)), x)

    def whitened(y: Any, data: Any, place: Any, axes: Any) -> Any:
        return along(jax.grad(lambda z: density.function(place + axes @ z, data)), y)

    with double_precision():
        arguments = jax.device_put(
            (place, density.data) if axes is None else (np.zeros(density.n_dim), density.data, place, axes)
        )
    form = ("loop", axes is not None, density.form)
    program = compiled(plain if axes is None else whitened, arguments, form)

    def called() -> None:
        with double_precision():
            np.asarray(program(*arguments))

    return per_call(called, seconds) / _CALLS


def leapfrog(density: Density, whitening: Whitening, seconds: float = 1.0) -> float:
    """Processor time of one step of the sampler, in ms: a gradient with all that is done around it.

    Parameters
    ----------
    density
        What is sampled.
    whitening
        In whose coordinates.
    seconds
        That the calls fill.
    """
    counts: list[int] = []

    def told(advance: Advance) -> None:
        counts.append(advance.gradients)

    settings = FitSettings(draws=_DRAWS, tune=_DRAWS, chains=1, cores=1).sampling
    each = per_call(lambda: nuts(density, whitening, settings, told), seconds)
    return each / counts[-1]


def measure(size: Size) -> dict[str, Any]:
    """Every way of calling the gradient, in turn in this process.

    Parameters
    ----------
    size
        How much.
    """
    made = problem(size.problem)
    density, place, seconds = made.density, made.whitening.origin, size.seconds
    cases = {
        "called from Python": partial(from_python, density, place, seconds),
        "in a compiled loop": partial(in_a_loop, density, place, seconds),
        "in a compiled loop, whitened": partial(in_a_loop, density, place, seconds, made.whitening.axes),
        "a step of the sampler": partial(leapfrog, density, made.whitening, seconds),
    }
    costs = in_turn({name: partial(_as_ms, case) for name, case in cases.items()}, size.repetitions, size.said)
    ms = {name: [cost.found["ms"] for cost in each] for name, each in costs.items()}
    return {"bound_ms": BOUND_MS, "ms": compared(ms)}


def _as_ms(case: Callable[[], float]) -> dict[str, float]:
    return {"ms": case()}
