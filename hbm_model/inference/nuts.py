"""NUTS in whitened coordinates, by blackjax: blocks of draws in one compiled program, chains side by side in threads.

A program that draws a whole block returns to Python a few times a second: often enough to say how far it is and to
stop, and seldom enough to cost nothing. Whoever asked for the draws only waits, and can be interrupted. Step size,
acceptance target and number of draws are arguments, so that pilots, warm-up and runs of any size share the program.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from functools import partial
from threading import Event, Semaphore
from typing import Any

import numpy as np

from hbm_model.core.arrays import Floats
from hbm_model.core.background import in_background
from hbm_model.inference.compile import Program, compiled
from hbm_model.inference.density import Density
from hbm_model.inference.runtime import double_precision
from hbm_model.inference.whitening import Whitening

BLOCK = 25
"""Most draws in one call."""
_BETWEEN = 0.1
"""Seconds between two words on how far the chains are."""

_FIRST_STEP = 0.1
STATS = ("diverging", "energy", "n_steps", "mean_tree_accept", "step_size")
"""What is kept of every draw beside its place."""


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
class Drawn:
    """Draws of some chains.

    Attributes
    ----------
    x
        (chain, draw, n_dim) unconstrained values.
    stats
        (chain, draw) arrays by the names of ``STATS``.
    """

    x: Floats
    stats: dict[str, Any]


@dataclass(frozen=True)
class Advance:
    """How far all chains are together.

    Attributes
    ----------
    draws
        Draws so far, with those of the warm-up.
    total
        Draws at the end, with those of the warm-up.
    divergences
        After the warm-up.
    gradients
        Evaluated so far.
    """

    draws: int
    total: int
    divergences: int
    gradients: int


@dataclass
class _Chain:
    """Where a chain is: its place in whitened coordinates with log density and slope there, and its step size."""

    number: int
    seed: np.uint32
    state: tuple[Any, Any, Any]
    adaptation: tuple[Any, ...]
    draws: int = 0
    divergences: int = 0
    gradients: int = 0


def nuts(
    density: Density,
    whitening: Whitening,
    settings: SamplerSettings,
    said: Callable[[Advance], None] = lambda _: None,
) -> Drawn:
    """Draws of every chain after its warm-up.

    Each chain starts at a draw from the standard normal of the whitened coordinates. After the first half of the
    warm-up the coordinates are stretched to the spread of all chains' draws. Nothing else passes between chains, so
    that the draws depend on the seed alone, and not on how many chains run side by side.

    Parameters
    ----------
    density
        With its data.
    whitening
        Coordinates in which the posterior is close to a standard normal.
    settings
        Draws, chains, seed.
    said
        Called again and again while chains are at work, by the caller's own thread.
    """
    run = _Run(density, block_program(density), settings, said)
    chains = [_started(density, whitening, settings.seed, number) for number in range(settings.chains)]
    half = settings.tune // 2
    rows = run.drawn(chains, whitening, half, tuning=True)
    scale = _spread(rows)
    for chain in chains:
        y, logp, slope = chain.state
        chain.state, chain.adaptation = (np.asarray(y) / scale, logp, np.asarray(slope) * scale), _first_adaptation()
    stretched = Whitening(whitening.origin, whitening.axes * scale)
    run.drawn(chains, stretched, settings.tune - half, tuning=True)
    rows = run.drawn(chains, stretched, settings.draws, tuning=False)
    x = stretched.origin + rows["y"] @ stretched.axes.T
    return Drawn(x, {name: rows[name] for name in STATS})


def _started(density: Density, whitening: Whitening, seed: int, number: int) -> _Chain:
    """A chain at its start."""
    place, keys = np.random.SeedSequence([seed, number]).spawn(2)
    y = np.random.default_rng(place).standard_normal(density.n_dim)
    logp, slope = density.logp_and_gradient(whitening.origin + whitening.axes @ y)
    state = (y, np.float64(logp), whitening.axes.T @ slope)
    return _Chain(number, np.uint32(keys.generate_state(1)[0]), state, _first_adaptation())


def _spread(rows: dict[str, Any]) -> Floats:
    """(n_dim,) scale of each coordinate: the fourth root of the ratio of the draws' variance to their slopes'.

    For a normal it is the standard deviation; slopes make it far less noisy than the draws alone (Seyboldt, Carlson and
    Carpenter 2026, the estimate of nutpie).
    """
    variance, steepness = (rows[name].reshape(-1, rows[name].shape[-1]).var(axis=0) for name in ("y", "slope"))
    return np.asarray(np.sqrt(np.sqrt(variance / steepness)))


@dataclass(frozen=True)
class _Run:
    """What is the same for all chains of a run."""

    density: Density
    program: Program
    settings: SamplerSettings
    said: Callable[[Advance], None]

    def drawn(self, chains: list[_Chain], whitening: Whitening, draws: int, tuning: bool) -> dict[str, Any]:
        """Move every chain on by some draws; (chain, draw, ...) arrays of what came of it."""
        import jax

        with double_precision():
            place = jax.device_put((whitening.origin, whitening.axes))
        stopped, places = Event(), Semaphore(self.settings.cores)

        def moved(chain: _Chain) -> list[dict[str, Any]]:
            counts = [min(BLOCK, draws - first) for first in range(0, draws, BLOCK)]
            with places:
                return [self._block(chain, place, count, tuning) for count in counts if not stopped.is_set()]

        try:
            begun = [in_background(partial(moved, chain)) for chain in chains]
            blocks = [self._awaited(each, chains) for each in begun]
        finally:
            stopped.set()
        names = blocks[0][0]
        return {name: np.stack([np.concatenate([b[name] for b in chain]) for chain in blocks]) for name in names}

    def _awaited(self, begun: Future[list[dict[str, Any]]], chains: list[_Chain]) -> list[dict[str, Any]]:
        """Blocks of one chain, once there; meanwhile it is said how far all of them are."""
        while wait([begun], _BETWEEN).not_done:
            self._say(chains)
        self._say(chains)
        return begun.result()

    def _say(self, chains: list[_Chain]) -> None:
        draws, divergences, gradients = (
            sum(getattr(chain, name) for chain in chains) for name in ("draws", "divergences", "gradients")
        )
        total = self.settings.chains * (self.settings.tune + self.settings.draws)
        self.said(Advance(draws, total, divergences, gradients))

    def _block(self, chain: _Chain, place: Any, count: int, tuning: bool) -> dict[str, Any]:
        """Move one chain on by one block."""
        target, data = self.settings.target_accept, self.density.on_device
        with double_precision():
            chain.state, chain.adaptation, rows = self.program(
                chain.seed,
                np.uint32(chain.draws),
                chain.state,
                chain.adaptation,
                count,
                tuning,
                target,
                *place,
                data,
            )
            block = {name: np.asarray(values)[:count] for name, values in rows.items()}
        chain.draws += count
        chain.gradients += int(block["n_steps"].sum())
        chain.divergences += 0 if tuning else int(block["diverging"].sum())
        return block


def block_program(density: Density) -> Program:
    """The program that draws one block, compiled.

    Parameters
    ----------
    density
        With its data.
    """
    n = density.n_dim
    state = (np.zeros(n), np.zeros(()), np.zeros(n))
    arguments = (np.uint32(0), np.uint32(0), state, _first_adaptation(), 0, False, 0.8)
    place = (np.zeros(n), np.zeros((n, n)), density.on_device)
    return compiled(_block_of(density.function), (*arguments, *place), ("block", density.form))


def _first_adaptation() -> tuple[Any, ...]:
    """State of the dual averaging of the step size before the first draw."""
    return (np.log(_FIRST_STEP), 0.0, 1, 0.0, np.log(10 * _FIRST_STEP))


def _block_of(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """The function that draws one block, written for JAX."""

    def block(
        seed: Any,
        done: Any,
        state: Any,
        adaptation: Any,
        count: Any,
        tuning: Any,
        target: Any,
        origin: Any,
        axes: Any,
        data: Any,
    ) -> Any:
        import jax
        import jax.numpy as jnp
        from blackjax.adaptation.step_size import DualAveragingAdaptationState, dual_averaging_adaptation
        from blackjax.mcmc.hmc import HMCState
        from blackjax.mcmc.nuts import build_kernel

        kernel = build_kernel()
        _, updated, _ = dual_averaging_adaptation(target)
        key = jax.random.key(seed)
        unit = jnp.ones_like(origin)

        def whitened(y: Any) -> Any:
            return function(origin + axes @ y, data)

        def draw(i: Any, carried: Any) -> Any:
            state, adaptation, rows = carried
            step = jnp.exp(jnp.where(tuning, adaptation.log_step_size, adaptation.log_step_size_avg))
            state, info = kernel(jax.random.fold_in(key, done + i), state, whitened, step, unit)
            new = updated(adaptation, info.acceptance_rate)
            adaptation = jax.tree.map(lambda then, now: jnp.where(tuning, now, then), adaptation, new)
            row = {
                "y": state.position,
                "slope": state.logdensity_grad,
                "diverging": info.is_divergent,
                "energy": info.energy,
                "n_steps": info.num_integration_steps,
                "mean_tree_accept": info.acceptance_rate,
                "step_size": step,
            }
            return state, adaptation, {name: rows[name].at[i].set(row[name]) for name in row}

        rows = {
            "y": jnp.zeros((BLOCK, len(origin))),
            "slope": jnp.zeros((BLOCK, len(origin))),
            "diverging": jnp.zeros(BLOCK, bool),
            "energy": jnp.zeros(BLOCK),
            "n_steps": jnp.zeros(BLOCK, int),
            "mean_tree_accept": jnp.zeros(BLOCK),
            "step_size": jnp.zeros(BLOCK),
        }
        carried = (HMCState(*state), DualAveragingAdaptationState(*adaptation), rows)
        state, adaptation, rows = jax.lax.fori_loop(0, count, draw, carried)
        return tuple(state), tuple(adaptation), rows

    return block
