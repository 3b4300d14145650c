"""The flat vector that the sampler moves, and the model's variables that stand in it."""

from __future__ import annotations

import math
from typing import Any, override

import numpy as np
import xarray as xr

from hbm_model.core.arrays import Floats
from hbm_model.core.priors import Priors
from hbm_model.core.provenance import digest
from hbm_model.model.dated import DatedSteps
from hbm_model.model.equations import Array
from hbm_model.model.joint import declare, model_coords
from hbm_model.model.layout import Layout
from hbm_model.model.parameters import Coords, Parameters

_LOG_ROOT_TWO_PI = 0.5 * math.log(2.0 * math.pi)


class ParameterVector:
    """How the unconstrained values of a model's variables stand end to end.

    Parameters
    ----------
    layout
        Index sets.
    priors
        Where the start is read.
    newest
        (vendor,) number of the newest reported generation, which sets the coordinates of the makers' clocks.

    Attributes
    ----------
    start
        (n_dim,): every variable at the centre of its prior.
    """

    def __init__(self, layout: Layout, priors: Priors, newest: Floats) -> None:
        self._given = priors, layout, model_coords(layout), newest
        found = _Start(*self._given)
        declare(found)
        self._dims = found.dims
        self.start: Floats = np.concatenate([np.ravel(part) for part in found.start])

    def __len__(self) -> int:
        return len(self.start)

    @property
    def parameters(self) -> str:
        """Digest of what the entries are: variables in order, their labels, and what sets their coordinates."""
        variables = [[name, {dim: list(self._coords[dim]) for dim in dims}] for name, dims in self._dims.items()]
        return digest({"variables": variables, "newest": self._given[-1].tolist()})

    def named(self, x: Floats) -> xr.Dataset:
        """Split unconstrained values into the model's variables, on their own scales.

        Parameters
        ----------
        x
            (chain, draw, n_dim).
        """
        theta = declare(VectorParameters(x, np, *self._given))
        variables = {
            name: xr.DataArray(value, dims=("chain", "draw", *(dims := self._dims[name])), coords=self._labels(dims))
            for name, value in theta.items()
        }
        index = {"chain": np.arange(x.shape[0]), "draw": np.arange(x.shape[1])}
        return xr.Dataset(variables).assign_coords(index)

    @property
    def _coords(self) -> Coords:
        return self._given[2]

    def _labels(self, dims: tuple[str, ...]) -> dict[str, list[str]]:
        return {dim: list(self._coords[dim]) for dim in dims}


class _Start(Parameters):
    """Every variable at the centre of its prior; keeps the unconstrained values and the dims."""

    xp = np

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.start: list[Floats] = []
        self.dims: dict[str, tuple[str, ...]] = {}

    def _put(self, name: str, value: Array, dims: tuple[str, ...]) -> Floats:
        self.dims[name] = dims
        self.start.append(np.broadcast_to(np.asarray(value, dtype=float), self.shape(dims)))
        return self.start[-1]

    @override
    def normal(self, name: str, location: Array, scale: Array, dims: tuple[str, ...] = ()) -> Array:
        return self._put(name, location, dims)

    @override
    def lognormal(self, name: str, location: Array, scale: Array, dims: tuple[str, ...] = ()) -> Array:
        return np.exp(self._put(name, location, dims))

    @override
    def random_walk(
        self, name: str, start: tuple[Array, Array], drift: Array, scale: Array, dims: tuple[str, ...]
    ) -> Array:
        return self._put(name, start[0][:, None] + drift * np.arange(self.shape(dims)[-1]), dims)

    @override
    def log_steps(self, name: str, location: Array, scale: Array, dim: str) -> Array:
        self._put(
            name, DatedSteps(self.coords[dim], self.newest, np).forward(location, location, scale[..., None]), (dim,)
        )
        return location


class VectorParameters(Parameters):
    """Variables that are cut out of a vector of unconstrained values, and their log density in these coordinates.

    Parameters
    ----------
    x
        (..., n_dim).
    xp
        Array namespace of `x`.
    *given
        As for :class:`Parameters`.

    Attributes
    ----------
    logp
        (...) log density of what was declared so far, with the Jacobian of the change of coordinates.
    """

    def __init__(self, x: Array, xp: Any, *given: Any) -> None:
        super().__init__(*given)
        self.xp = xp
        self.logp: Array = 0.0
        self._x, self._place = x, 0

    @override
    def normal(self, name: str, location: Array, scale: Array, dims: tuple[str, ...] = ()) -> Array:
        return self._scored(self._taken(dims), location, scale, len(dims))

    @override
    def lognormal(self, name: str, location: Array, scale: Array, dims: tuple[str, ...] = ()) -> Array:
        return self.xp.exp(self._scored(self._taken(dims), location, scale, len(dims)))

    @override
    def random_walk(
        self, name: str, start: tuple[Array, Array], drift: Array, scale: Array, dims: tuple[str, ...]
    ) -> Array:
        path = self._taken(dims)
        self._scored(path[..., 0], *start, len(dims) - 1)
        self._scored(path[..., 1:] - path[..., :-1], self.xp.asarray(drift)[..., None, None], scale, len(dims))
        return path

    @override
    def log_steps(self, name: str, location: Array, scale: Array, dim: str) -> Array:
        coordinates, steps = self._taken((dim,)), DatedSteps(self.coords[dim], self.newest, self.xp)
        scale = scale[..., None]
        self.logp = self.logp + self.xp.sum(steps.log_jac_det(coordinates, scale), axis=-1)
        return self._scored(steps.backward(coordinates, location, scale), location, scale, 1)

    def _taken(self, dims: tuple[str, ...]) -> Array:
        """The next entries of the vector, in the dims of a variable."""
        shape = self.shape(dims)
        first = self._place
        self._place += math.prod(shape)
        return self._x[..., first : self._place].reshape((*self._x.shape[:-1], *shape))

    def _scored(self, value: Array, location: Array, scale: Array, dims: int) -> Array:
        """A value whose log density as independent normals is added, summed over its last dims."""
        xp = self.xp
        each = -0.5 * ((value - location) / scale) ** 2 - xp.log(scale) - _LOG_ROOT_TWO_PI
        self.logp = self.logp + xp.sum(each, axis=tuple(range(-dims, 0)))
        return value
