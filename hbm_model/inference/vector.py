"""The flat vector that the sampler moves, and the model's variables that stand in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from hbm_model.core.arrays import Floats
from hbm_model.core.provenance import digest
from hbm_model.model.joint import COORDINATES

if TYPE_CHECKING:
    import pymc as pm

Data = Mapping[str, Any]
"""Arrays of the model's data by name."""


class ParameterVector:
    """How the unconstrained values of a model's variables stand end to end.

    Parameters
    ----------
    model
        The PyMC model.

    Attributes
    ----------
    start
        (n_dim,) where the model's own initial point lies.
    """

    def __init__(self, model: pm.Model) -> None:
        self._model = model
        point = model.initial_point()
        self._shapes = {name: np.shape(value) for name, value in point.items()}
        self.start: Floats = np.concatenate([np.ravel(point[v.name]) for v in model.value_vars])

    def __len__(self) -> int:
        return len(self.start)

    def parameters(self, data: Data) -> str:
        """Digest of what the entries are: variables in order, their labels, and the data that set their coordinates.

        Parameters
        ----------
        data
            The model's data, of which the coordinates count.
        """
        variables = {rv.name: [self._shapes[v.name], self._labels(rv.name)] for rv, v in self._variables()}
        coordinates = {name: np.asarray(array).tolist() for name, array in data.items() if name in COORDINATES}
        return digest({**variables, **coordinates})

    def named(self, x: Floats, data: Data) -> xr.Dataset:
        """Split unconstrained values into the model's variables, on their own scales.

        Parameters
        ----------
        x
            (chain, draw, n_dim).
        data
            The model's data, of which transforms may read.
        """
        shapes = [self._shapes[value.name] for value in self._model.value_vars]
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
        parts = np.split(x, ends[:-1], axis=-1)
        values = [part.reshape(*x.shape[:2], *shape) for part, shape in zip(parts, shapes, strict=True)]
        variables: dict[str, xr.DataArray] = {}
        for rv, own in zip(self._model.free_RVs, self._on_own_scales(values, data), strict=True):
            coords = self._labels(rv.name)
            variables[rv.name] = xr.DataArray(own, dims=("chain", "draw", *coords), coords=coords)
        index = {"chain": np.arange(x.shape[0]), "draw": np.arange(x.shape[1])}
        return xr.Dataset(variables).assign_coords(index)

    def _on_own_scales(self, values: list[Floats], data: Data) -> list[Floats]:
        """(chain, draw, ...) values of all variables, from those that the sampler moves.

        The model's own transforms on all draws at once, in plain Python: there is nothing worth compiling.
        """
        import pytensor
        import pytensor.tensor as pt
        from pytensor.compile.sharedvalue import SharedVariable
        from pytensor.graph.replace import vectorize_graph
        from pytensor.graph.traversal import graph_inputs

        sampled = self._model.value_vars
        many = [pt.tensor(dtype=each.dtype, shape=(None, None, *each.type.shape)) for each in sampled]
        scales = self._model.replace_rvs_by_values(self._model.free_RVs)
        scales = vectorize_graph(scales, dict(zip(sampled, many, strict=True)))
        shared = [each for each in graph_inputs(scales) if isinstance(each, SharedVariable)]
        given = {each: each.type() for each in shared}
        function = pytensor.function(
            [*many, *given.values()], scales, givens=given, mode="FAST_COMPILE", on_unused_input="ignore"
        )
        own: list[Floats] = function(*values, *(data[each.name] for each in shared))
        return own

    def _variables(self) -> Iterator[tuple[Any, Any]]:
        """Random variables with the parts of the vector that stand for them, in order."""
        return zip(self._model.free_RVs, self._model.value_vars, strict=True)

    def _labels(self, variable: str) -> dict[str, list[Any]]:
        """Labels of a variable's dims, in order."""
        return {dim: list(self._model.coords[dim]) for dim in self._model.named_vars_to_dims.get(variable, ())}
