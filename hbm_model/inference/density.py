"""The model's log density with its gradient, as a function of one flat vector and of the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from scipy.optimize import minimize

from hbm_model.core.arrays import Floats
from hbm_model.core.errors import HbmError
from hbm_model.core.priors import IN_GRAPH, Priors
from hbm_model.core.provenance import code_digest, digest, versions
from hbm_model.inference.vector import ParameterVector
from hbm_model.model.joint import build_model, graph_data
from hbm_model.model.layout import Layout
from hbm_model.model.observations import Observations

if TYPE_CHECKING:
    import pymc as pm

_STEP, _SLOPE_TOLERANCE = 1e-5, 1e-3


def compiled_joint(layout: Layout, observations: Observations, priors: Priors) -> Density:
    """The joint model's density given a vintage.

    Fits of the same layout and code share what is compiled, whatever their claims and the numbers of their priors.

    Parameters
    ----------
    layout
        Index sets of the model, on which the observations stand.
    observations
        The vintage's claims, from :func:`hbm_model.model.observations.observe`.
    priors
        Priors of the structure and of the claims.
    """
    form = {
        "code": code_digest(),
        "versions": versions(),
        "layout": asdict(layout),
        "priors": {name: prior.form for name, prior in priors.table.items()},
        "data": {name: array.ndim for name, array in graph_data(observations).items()},
    }
    return compiled(build_model(layout, observations, priors), digest(form))


def compiled(model: pm.Model, form: str | None = None) -> Density:
    """A model's density, compiled, with its gradient checked.

    Parameters
    ----------
    model
        The PyMC model.
    form
        Digest of whatever decides the model's graph, but for its data; models of one form share what is compiled, in
        this process and later ones. Without it nothing is kept.

    Raises
    ------
    HbmError
        If the gradient is not the slope of the density.
    """
    from hbm_model.inference.compile import compile_density, model_data

    call, names = compile_density(model, form)
    arrays = model_data(model)
    density = Density(call, {name: arrays[name] for name in names}, ParameterVector(model))
    check_gradient(density)
    return density


@dataclass(frozen=True)
class Density:
    """A log density with gradient over one flat vector of unconstrained parameters.

    Attributes
    ----------
    call
        Function of the vector and of the data, in order; returns log density and gradient.
    data
        Arrays that it reads, by name, in order.
    vector
        What the vector's entries are.
    """

    call: Callable[..., tuple[Any, Floats]]
    data: Mapping[str, Any]
    vector: ParameterVector

    @property
    def n_dim(self) -> int:
        """Length of the vector."""
        return len(self.vector)

    @property
    def parameters(self) -> str:
        """Digest of what the vector's entries are: see :meth:`ParameterVector.parameters`."""
        return self.vector.parameters(self.data)

    def named(self, x: Floats) -> xr.Dataset:
        """Split unconstrained values into the model's variables, on their own scales.

        Parameters
        ----------
        x
            (chain, draw, n_dim) unconstrained values.
        """
        return self.vector.named(x, self.data)

    def logp_and_gradient(self, x: Floats) -> tuple[float, Floats]:
        """Log density and gradient at an unconstrained vector.

        Parameters
        ----------
        x
            (n_dim,).
        """
        logp, gradient = self.call(x, *self.data.values())
        return float(logp), gradient

    def given(self, data: Mapping[str, Any]) -> Density:
        """The same density given other data, without compiling anything.

        Parameters
        ----------
        data
            Arrays by the name of the graph's data (:func:`hbm_model.model.joint.graph_data`), of the same numbers of
            dimensions. Lengths may differ; what the density does not read is passed over. Priors stay as they are.

        Raises
        ------
        ValueError
            If an array is missing, or has another number of dimensions.
        """
        other = {}
        for name, old in self.data.items():
            if name.startswith(IN_GRAPH):
                other[name] = old
                continue
            if name not in data or np.ndim(data[name]) != old.ndim:
                raise ValueError(f"the density needs data {name!r} in {old.ndim} dimensions")
            # A copy: for an array that is read-only or laid out otherwise, Numba would compile everything anew.
            other[name] = np.array(data[name], dtype=old.dtype, order="C")
        return replace(self, data=other)

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
    """Hold the gradient against a difference of the log density: a wrong one would bend every draw, unseen.

    Parameters
    ----------
    density
        Compiled, with its data.

    Raises
    ------
    HbmError
        If they differ along a random direction at the start.
    """
    start, size = density.vector.start, density.n_dim
    direction = np.random.default_rng(0).normal(size=size) / np.sqrt(size)
    ahead, behind = (density.logp_and_gradient(start + sign * _STEP * direction)[0] for sign in (1, -1))
    slope, difference = density.logp_and_gradient(start)[1] @ direction, (ahead - behind) / (2 * _STEP)
    if not abs(slope - difference) <= _SLOPE_TOLERANCE * max(1.0, abs(difference)):
        raise HbmError(f"the compiled gradient is wrong: {slope:.6g} where the density changes by {difference:.6g}")
