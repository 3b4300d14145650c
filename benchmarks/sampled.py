"""What a sampler has drawn, with what it took, in the same words for all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
import xarray as xr

from hbm_model.core.arrays import Floats
from hbm_model.inference.density import Density
from hbm_model.inference.diagnostics import Gate, diagnose

CHAINS = 4
FEWEST = 10
"""Draws of the shortest chain of which R-hat and the like are said at all."""

Row = Mapping[str, Any]
"""One draw: ``x, energy, diverging``."""


class OutOfTimeError(Exception):
    """The time that a sampler has is over."""


@dataclass
class Tally:
    """Gradients so far, and the moment at which a sampler is stopped.

    Attributes
    ----------
    deadline
        By the monotonic clock.
    gradients
        Counted in all chains, with those of the warm-up.
    warming
        Whether no chain has left its warm-up yet.
    """

    deadline: float
    gradients: int = 0
    warming: bool = True
    _lock: Lock = field(default_factory=Lock)

    def add(self, gradients: int, warming: bool = False) -> None:
        """Count gradients.

        Parameters
        ----------
        gradients
            Number of them.
        warming
            Whether they belong to a warm-up.

        Raises
        ------
        OutOfTimeError
            If the time is over.
        """
        with self._lock:
            self.gradients += int(gradients)
            self.warming = self.warming and warming
        if self.over:
            raise OutOfTimeError

    @property
    def over(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self.deadline


Draw = Callable[[Tally], xr.DataTree | None]
"""Draws from the posterior until all draws are there or the time is over; None where no draws can be had then."""


@dataclass(frozen=True)
class Sampler:
    """A sampler.

    Attributes
    ----------
    package
        That it needs.
    set_up
        Sets it up for a problem, given also a seed and, if not its defaults, ``tune`` and ``draws``.
    gradient
        Measures, in ms, a gradient at a place as this sampler calls it; None where it has a gradient of its own.
    """

    package: str
    set_up: Callable[..., Draw]
    gradient: Callable[[Density, Floats], float] | None


def starts(density: Density, seed: int) -> Floats:
    """(chain, n_dim) places at the priors' centre, each moved aside as PyMC does it: by up to one in each coordinate.

    Parameters
    ----------
    density
        Whose vector's start is the centre.
    seed
        Of the jitter.
    """
    return density.vector.start + np.random.default_rng(seed).uniform(-1.0, 1.0, (CHAINS, density.n_dim))


def tree_of(density: Density, chains: Sequence[Sequence[Row]]) -> xr.DataTree | None:
    """Draws as a fit holds them, of all chains as many as the shortest has; None of too few.

    Parameters
    ----------
    density
        That was sampled.
    chains
        Draws of each chain.
    """
    draws = min(map(len, chains))
    if draws < FEWEST:
        return None
    x = np.array([[row["x"] for row in chain[:draws]] for chain in chains])
    stats = {
        name: (("chain", "draw"), np.array([[row[name] for row in chain[:draws]] for chain in chains]))
        for name in ("energy", "diverging")
    }
    return xr.DataTree.from_dict({"posterior": density.vector.named(x), "sample_stats": xr.Dataset(stats)})


def side_by_side(move: Callable[[int], Sequence[Row]], chains: int = CHAINS) -> list[Sequence[Row]]:
    """Draws of every chain, each in a thread of its own.

    Parameters
    ----------
    move
        Draws one chain, given its number.
    chains
        Number of chains.
    """
    with ThreadPoolExecutor(chains) as pool:
        return list(pool.map(move, range(chains)))


def verdict(tree: xr.DataTree | None) -> dict[str, Any]:
    """How good draws are, by the gate of a published fit.

    Parameters
    ----------
    tree
        Of :func:`tree_of`, or as :func:`hbm_model.inference.sampling.sample` returns it.
    """
    if tree is None:
        return {"draws": 0, "passed": False}
    found = diagnose(tree, Gate())
    figures = {name: getattr(found, name) for name in ("r_hat", "ess_bulk", "ess_tail", "e_bfmi")}
    known = {name: value for name, value in figures.items() if np.isfinite(value)}
    return {
        "draws": tree["posterior"].sizes["draw"],
        "passed": found.passed,
        "divergences": found.divergences,
        "worst": found.worst,
        **known,
    }
