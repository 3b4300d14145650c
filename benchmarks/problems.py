"""What is sampled: the model of the bundled evidence, and a small one on which the harness itself is tested."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import xarray as xr

from hbm_model.core.arrays import Floats
from hbm_model.core.priors import Priors, load_priors
from hbm_model.evidence import Evidence, load_evidence
from hbm_model.inference.density import Density
from hbm_model.inference.whitening import Whitening, load_whitening
from hbm_model.model.layout import Layout
from hbm_model.model.observations import Observations, observe
from hbm_model.policy.policy import policy_of

AS_OF = "2026-11-22"
"""Vintage of the bundled evidence that everything is measured on."""


@dataclass(frozen=True)
class Problem:
    """A posterior to be sampled.

    Attributes
    ----------
    density
        Its log density, nothing compiled yet.
    whitening
        Coordinates that our sampler takes as known.
    model
        Makes the same as a PyMC model.
    """

    density: Density
    whitening: Whitening
    model: Callable[[], Any]


@dataclass(frozen=True)
class Vintage:
    """The bundled evidence as the model reads it."""

    evidence: Evidence
    priors: Priors
    layout: Layout
    observations: Observations


def problem(name: str) -> Problem:
    """A problem by name.

    Parameters
    ----------
    name
        ``bundled`` or ``tiny``.
    """
    return {"bundled": _bundled, "tiny": _tiny}[name]()


@cache
def vintage() -> Vintage:
    """The bundled evidence, read and coded once for each process."""
    evidence, priors = load_evidence(as_of=AS_OF), load_priors()
    return Vintage(evidence, priors, *observe(evidence, priors, policy_of(evidence)))


def packaged(density: Density) -> Whitening:
    """The whitening that the package carries.

    Parameters
    ----------
    density
        Of the bundled evidence.

    Raises
    ------
    ValueError
        If it is one of other parameters, so that it has to be made anew.
    """
    found = load_whitening(density.vector.parameters)
    if found is None:
        raise ValueError("the packaged whitening is one of other parameters; run tools/whitening.py first")
    return found


def _bundled() -> Problem:
    from hbm_model.inference.joint_density import uncompiled

    known = vintage()
    density = uncompiled(known.layout, known.observations, known.priors)

    def model() -> Any:
        from hbm_model.model.in_pymc import build_model

        return build_model(known.layout, known.observations, known.priors)

    return Problem(density, packaged(density), model)


class _TinyVector:
    """Three entries of one variable."""

    start: Floats = np.zeros(3)
    parameters = "tiny"

    def __len__(self) -> int:
        return len(self.start)

    def named(self, x: Floats) -> xr.Dataset:
        return xr.Dataset({"x": (("chain", "draw", "entry"), x)})


def _tiny() -> Problem:
    """Independent normals."""
    spread = np.array([1.0, 2.0, 0.5])

    def function(x: Any, data: Any) -> Any:
        return -0.5 * ((x / data) ** 2).sum()

    def model() -> Any:
        import pymc as pm

        with pm.Model() as made:
            pm.Normal("x", 0.0, spread, shape=3)
        return made

    return Problem(Density(function, spread, _TinyVector(), "tiny"), Whitening(np.zeros(3), np.diag(spread)), model)
