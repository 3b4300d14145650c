"""What the parts declare their random variables to: a PyMC model, or a flat vector that a sampler moves.

Each part of the model says once which random variables it has, in its ``declare``. Whoever hands it a
:class:`Parameters` decides what comes of that.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from hbm_model.core.priors import Priors
from hbm_model.model.equations import Array
from hbm_model.model.layout import Layout

Coords = Mapping[str, Sequence[str]]
"""Labels by dim."""

Theta = dict[str, Array]
"""Random variables by name, on their own scales."""


class Parameters(ABC):
    """Random variables as they are declared, one after another.

    Parameters
    ----------
    priors
        Where locations and scales are read.
    layout
        Index sets.
    coords
        Labels of every dim, from :func:`hbm_model.model.joint.model_coords`.
    newest
        (vendor,) number of the newest reported generation, -1 for none; decides the sampler's coordinates only.

    Attributes
    ----------
    xp
        Array namespace of what is returned.
    """

    xp: Any

    def __init__(self, priors: Priors, layout: Layout, coords: Coords, newest: Array) -> None:
        self.priors, self.layout, self.coords, self.newest = priors, layout, coords, newest

    def prior(self, name: str, dim: str | None = None) -> Array:
        """A random variable with a prior of its own name.

        Parameters
        ----------
        name
            Of a normal or lognormal prior.
        dim
            By whose labels the prior is indexed; None for a scalar.

        Raises
        ------
        ValueError
            If the prior is a constant.
        """
        dist, labels = self.priors[name].dist, self.coords[dim] if dim else None
        if dist not in ("normal", "lognormal"):
            raise ValueError(f"prior {name} is a {dist}, not a random variable")
        declared = self.normal if dist == "normal" else self.lognormal
        location, scale = self.priors.location(name, labels), self.priors.scale(name, labels)
        return declared(name, location, scale, (dim,) if dim else ())

    def shape(self, dims: Sequence[str]) -> tuple[int, ...]:
        """Lengths of dims.

        Parameters
        ----------
        dims
            Names.
        """
        return tuple(len(self.coords[dim]) for dim in dims)

    @abstractmethod
    def normal(self, name: str, location: Array, scale: Array, dims: tuple[str, ...] = ()) -> Array:
        """Independent normals.

        Parameters
        ----------
        name
            Of the variable.
        location, scale
            Means and standard deviations, which broadcast to the dims.
        dims
            Names.
        """

    @abstractmethod
    def lognormal(self, name: str, location: Array, scale: Array, dims: tuple[str, ...] = ()) -> Array:
        """Independent lognormals.

        Parameters
        ----------
        name
            Of the variable.
        location, scale
            Of the logs, as for :meth:`normal`.
        dims
            Names.
        """

    @abstractmethod
    def random_walk(
        self, name: str, start: tuple[Array, Array], drift: Array, scale: Array, dims: tuple[str, ...]
    ) -> Array:
        """Gaussian random walks along the last dim.

        Parameters
        ----------
        name
            Of the variable.
        start
            Mean and standard deviation of the first value of each walk.
        drift, scale
            Mean and standard deviation of each step; scalars.
        dims
            Names.
        """

    @abstractmethod
    def log_steps(self, name: str, location: Array, scale: Array, dim: str) -> Array:
        """Normal log steps of the makers' clocks, sampled as :class:`hbm_model.model.dated.DatedSteps` says.

        Parameters
        ----------
        name
            Of the variable.
        location, scale
            Means, and one standard deviation.
        dim
            Of ``vendor:generation`` labels, each maker's in order.
        """
