"""Other samplers at their own defaults, from the priors' centre with jitter, in the model's unconstrained coordinates.

Those that take a function are given the density that our own sampler moves on, so that samplers are compared and not
compilers. Each function here sets its sampler up, and returns what draws.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from benchmarks.gradients import from_python, in_a_loop
from benchmarks.problems import Problem
from benchmarks.sampled import CHAINS, Draw, OutOfTimeError, Row, Sampler, Tally, side_by_side, starts, tree_of
from hbm_model.inference.compile import Program, compiled
from hbm_model.inference.density import Density
from hbm_model.inference.runtime import double_precision

BLOCK = 25
"""Draws between two looks at the clock, where a sampler can be called for some draws at a time."""


def pm_sample(problem: Problem, seed: int, tune: int = 1000, draws: int = 1000) -> Draw:
    """``pm.sample`` on the PyMC model, compiled by PyTensor as it does by itself.

    Parameters
    ----------
    problem
        What is sampled.
    seed
        Of all randomness.
    tune, draws
        Its defaults.
    """
    import pymc as pm

    model = problem.model()
    names = [value.name for value in model.value_vars]

    def draw(tally: Tally) -> xr.DataTree | None:
        chains: list[list[Row]] = [[] for _ in range(CHAINS)]

        def told(*, trace: Any, draw: Any) -> None:
            del trace
            stats = draw.stats[0]
            if not draw.tuning:
                x = np.concatenate([np.ravel(draw.point[name]) for name in names])
                chains[draw.chain].append({"x": x, "energy": stats["energy"], "diverging": stats["diverging"]})
            try:
                tally.add(stats["tree_size"], draw.tuning)
            except OutOfTimeError:
                raise KeyboardInterrupt from None  # how PyMC wants to be stopped

        options = {"progressbar": False, "quiet": True, "compute_convergence_checks": False, "callback": told}
        try:
            pm.sample(draws, tune=tune, chains=CHAINS, model=model, random_seed=seed, nuts_sampler="pymc", **options)
        except ValueError:  # it makes no trace of what it has when it is stopped in its warm-up
            if not tally.over:
                raise
        return tree_of(problem.density, chains)

    return draw


def nutpie(problem: Problem, seed: int, adaptation: str = "diag", **sizes: int) -> Draw:
    """Nutpie on the compiled density, called from its threads through Python.

    Parameters
    ----------
    problem
        What is sampled.
    seed
        Of all randomness.
    adaptation
        Of the mass matrix: ``diag``, its default, or ``low_rank``.
    **sizes
        ``tune`` and ``draws``, if not its defaults.
    """
    import nutpie
    from nutpie.compiled_pyfunc import from_pyfunc

    density = problem.density
    places = iter(starts(density, seed))
    _ = density.gradient_program
    model = from_pyfunc(
        density.n_dim,
        lambda: density.logp_and_gradient,
        lambda *_seeds: lambda x: {"x": x},
        [np.dtype(float)],
        [(density.n_dim,)],
        ["x"],
        make_initial_point_fn=lambda _seed: next(places),
    )

    def draw(tally: Tally) -> xr.DataTree | None:
        options = {"adaptation": adaptation, "progress_bar": False, **sizes}
        sampler = nutpie.sample(model, chains=CHAINS, seed=seed, blocking=False, **options)
        try:
            found = sampler.wait(timeout=max(tally.deadline - time.monotonic(), 0.0))
        except TimeoutError:
            found = sampler.abort()
        return _of_nutpie(density, found, tally)

    return draw


def _of_nutpie(density: Density, found: Any, tally: Tally) -> xr.DataTree | None:
    """What nutpie returned, also where it was stopped and its chains differ in length."""
    for group in ("warmup_sample_stats", "sample_stats"):
        if group in found.children and "n_steps" in found[group]:
            steps = np.asarray(found[group]["n_steps"], dtype=float)
            tally.gradients += int(np.nansum(steps))
            tally.warming = group == "warmup_sample_stats" or not steps.size
    if "posterior" not in found.children or "x" not in found["posterior"]:
        return None
    x, stats = np.asarray(found["posterior"]["x"]), found["sample_stats"]
    energy, diverging = np.asarray(stats["energy"], dtype=float), np.asarray(stats["diverging"]).astype(bool)
    there = np.isfinite(x).all(axis=-1) & np.isfinite(energy)
    chains = [
        [
            {"x": x[chain, draw], "energy": energy[chain, draw], "diverging": diverging[chain, draw]}
            for draw in np.flatnonzero(there[chain])
        ]
        for chain in range(len(x))
    ]
    return tree_of(density, chains)


def numpyro(problem: Problem, seed: int, tune: int = 1000, draws: int = 1000) -> Draw:
    """NumPyro's NUTS at its defaults, called for some draws at a time.

    Parameters
    ----------
    problem
        What is sampled.
    seed
        Of all randomness.
    tune, draws
        It has no defaults of these; its examples take a thousand of each.
    """
    import jax
    from numpyro.infer.hmc import hmc

    density, places = problem.density, starts(problem.density, seed)
    init, step = hmc(potential_fn_gen=lambda data: lambda x: -density.function(x, data), algo="NUTS")

    def begun(key: Any, x: Any, data: Any) -> Any:
        return init(x, num_warmup=tune, rng_key=jax.random.key(key), model_args=(data,))

    def block(state: Any, data: Any) -> Any:
        def moved(state: Any, _nothing: Any) -> Any:
            state = step(state, model_args=(data,))
            row = {"x": state.z, "energy": state.energy, "diverging": state.diverging, "steps": state.num_steps}
            return state, row

        return jax.lax.scan(moved, state, length=BLOCK)

    begin = compiled(begun, (np.uint32(0), places[0], density.on_device), ("numpyro begins", density.form))
    with double_precision():
        states = [begin(np.uint32(seed + chain), place, density.on_device) for chain, place in enumerate(places)]
    program = compiled(block, (states[0], density.on_device), ("numpyro", density.form))

    def chain(tally: Tally, number: int) -> Sequence[Row]:
        return _in_blocks(program, states[number], density.on_device, tune, draws, tally)

    return lambda tally: tree_of(density, side_by_side(partial(chain, tally)))


def blackjax(problem: Problem, seed: int, tune: int = 1000, draws: int = 1000) -> Draw:
    """Blackjax's NUTS after its window adaptation.

    Parameters
    ----------
    problem
        What is sampled.
    seed
        Of all randomness.
    tune
        Its default.
    draws
        It has no default; as many as the warm-up's.
    """
    import blackjax
    import jax
    from jax.experimental import io_callback

    density, places = problem.density, starts(problem.density, seed)
    running: list[Tally] = []

    def counted(steps: Any) -> np.bool:
        running[0].add(int(steps), warming=True)
        return np.bool(True)

    def told(_state: Any, info: Any, _adaptation: Any) -> Any:
        return io_callback(counted, np.bool(True), info.num_integration_steps)

    def warmed(key: Any, x: Any, data: Any) -> Any:
        def logp(place: Any) -> Any:
            return density.function(place, data)

        adaptation = blackjax.window_adaptation(blackjax.nuts, logp, adaptation_info_fn=told)
        (state, parameters), _ = adaptation.run(jax.random.key(key), x, tune)
        return jax.random.key(key + CHAINS), state, parameters

    def block(carried: Any, data: Any) -> Any:
        key, state, parameters = carried
        kernel = blackjax.nuts(lambda x: density.function(x, data), **parameters)

        def moved(state: Any, key: Any) -> Any:
            state, info = kernel.step(key, state)
            row = {"x": state.position, "energy": info.energy, "diverging": info.is_divergent}
            return state, row | {"steps": info.num_integration_steps}

        key, own = jax.random.split(key)
        state, rows = jax.lax.scan(moved, state, jax.random.split(own, BLOCK))
        return (key, state, parameters), rows

    arguments = (np.uint32(0), places[0], density.on_device)
    alone = object()  # in place of a form: it counts into a tally, so that no other call may share it
    warm = compiled(warmed, arguments, alone)
    with double_precision():
        shapes = jax.eval_shape(warmed, *arguments)
    program = compiled(block, (shapes, density.on_device), ("blackjax", density.form))

    def chain(tally: Tally, number: int) -> Sequence[Row]:
        try:
            with double_precision():
                state = warm(np.uint32(seed + number), places[number], density.on_device)
                np.asarray(state[1].position)  # wait here, where an interrupted warm-up fails
        except jax.errors.JaxRuntimeError:
            if not tally.over:
                raise
            return []
        return _in_blocks(program, state, density.on_device, 0, draws, tally)

    def draw(tally: Tally) -> xr.DataTree | None:
        running.append(tally)
        return tree_of(density, side_by_side(partial(chain, tally)))

    return draw


def _in_blocks(program: Program, state: Any, data: Any, tune: int, draws: int, tally: Tally) -> list[Row]:
    """Draws of one chain after its warm-up, as many as there is time for."""
    kept: list[Row] = []
    for done in range(0, tune + draws, BLOCK):
        with double_precision():
            state, rows = program(state, data)
            rows = {name: np.asarray(values) for name, values in rows.items()}
        first = max(tune - done, 0)
        kept += [_row(rows, number) for number in range(first, min(BLOCK, tune + draws - done))]
        try:
            tally.add(rows["steps"].sum(), first > 0)
        except OutOfTimeError:
            break
    return kept


def _row(rows: Mapping[str, Any], number: int) -> Row:
    return {name: rows[name][number] for name in ("x", "energy", "diverging")}


PEERS = {
    "pm.sample": Sampler("pymc", pm_sample, None),
    "nutpie, diagonal": Sampler("nutpie", nutpie, from_python),
    "nutpie, low rank": Sampler("nutpie", partial(nutpie, adaptation="low_rank"), from_python),
    "NumPyro": Sampler("numpyro", numpyro, in_a_loop),
    "blackjax, window adaptation": Sampler("blackjax", blackjax, in_a_loop),
}
"""Samplers by name."""
