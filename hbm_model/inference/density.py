"""A log density with its gradient, as a function of one flat vector and of data."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import xarray as xr
from scipy.optimize import minimize

from hbm_model.core.arrays import Floats
from hbm_model.core.errors import HbmError
from hbm_model.inference.compile import Program, compiled
from hbm_model.inference.runtime import double_precision

_STEP, _SLOPE_TOLERANCE, _ASIDE = 1e-5, 1e-3, 0.05


class Vector(Protocol):
    """What the entries of a density's vector are."""

    start: Floats

    def __len__(self) -> int:
        """Length of the vector."""

    @property
    def parameters(self) -> str:
        """Digest of what the entries are."""

    def named(self, x: Floats) -> xr.Dataset:
        """Variables on their own scales.

        Parameters
        ----------
        x
            (chain, draw, n_dim) unconstrained values.
        """


@dataclass(frozen=True)
class Density:
    """A log density over one flat vector of unconstrained parameters.

    Attributes
    ----------
    function
        Log density of a vector and of the data, written for JAX.
    data
        Arrays that it reads.
    vector
        What the vector's entries are.
    form
        Whatever decides the function, but for its data; densities of one form share what is compiled.
    """

    function: Callable[[Any, Any], Any]
    data: Any
    vector: Vector
    form: Hashable

    @property
    def n_dim(self) -> int:
        """Length of the vector."""
        return len(self.vector)

    @cached_property
    def on_device(self) -> Any:
        """The data where the compiled programs read them."""
        import jax

        with double_precision():
            return jax.device_put(self.data)

    @cached_property
    def gradient_program(self) -> Program:
        """Log density and gradient, compiled; takes a vector and the data."""
        import jax

        arguments = (self.vector.start, self.on_device)
        return compiled(jax.value_and_grad(self.function), arguments, ("gradient", self.form))

    def logp_and_gradient(self, x: Floats) -> tuple[float, Floats]:
        """Log density and gradient at an unconstrained vector.

        Parameters
        ----------
        x
            (n_dim,).
        """
        with double_precision():
            logp, gradient = self.gradient_program(x, self.on_device)
            return float(logp), np.asarray(gradient)

    def curvature(self, x: Floats) -> Floats:
        """Hessian of minus the log density, (n_dim, n_dim), from differences of the gradient.

        One-sided: half of the work, and good enough for a whitening.

        Parameters
        ----------
        x
            (n_dim,) unconstrained vector; left as it is.
        """
        step = 1e-4
        here = self.logp_and_gradient(x)[1]
        rows = np.empty((self.n_dim, self.n_dim))
        for i in range(self.n_dim):
            aside = x.copy()
            aside[i] += step
            rows[i] = (here - self.logp_and_gradient(aside)[1]) / step
        return (rows + rows.T) / 2

    def mode(self) -> Floats:
        """The unconstrained vector of highest density, as near as a pilot needs to start."""

        def negative(x: Floats) -> tuple[float, Floats]:
            logp, gradient = self.logp_and_gradient(x)
            return -logp, -gradient

        options = {"maxiter": 5000, "maxfun": 10000, "maxcor": 30, "ftol": 1e-6}
        best: Any = minimize(negative, self.vector.start, jac=True, method="L-BFGS-B", options=options)  # type: ignore[call-overload]
        return np.asarray(best.x)


def check_gradient(density: Density) -> None:
    """Hold the gradient against differences of the log density, coordinate by coordinate, at a point beside the start.

    A wrong one would bend every draw, unseen. The start itself may lie on a kink.

    Parameters
    ----------
    density
        With its data.

    Raises
    ------
    HbmError
        If they differ.
    """
    place = density.vector.start + np.random.default_rng(0).normal(0.0, _ASIDE, density.n_dim)
    _, gradient = density.logp_and_gradient(place)
    for i in range(density.n_dim):
        step = np.zeros(density.n_dim)
        step[i] = _STEP
        ahead, behind = (density.logp_and_gradient(place + sign * step)[0] for sign in (1, -1))
        difference = (ahead - behind) / (2 * _STEP)
        if not abs(gradient[i] - difference) <= _SLOPE_TOLERANCE * max(1.0, abs(difference)):
            raise HbmError(
                f"the compiled gradient is wrong in coordinate {i}: {gradient[i]:.6g} where the density changes by "
                f"{difference:.6g}"
            )
