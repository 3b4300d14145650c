"""The joint model as a PyMC model: what the density that is sampled is held against, and what users of PyMC know."""

from __future__ import annotations

from typing import Any, override

import pymc as pm
import pytensor.tensor as pt
from pymc.logprob.transforms import Transform

from hbm_model.core.priors import Priors
from hbm_model.model import likelihood
from hbm_model.model.context import Context
from hbm_model.model.dated import DatedSteps
from hbm_model.model.equations import Array
from hbm_model.model.joint import declare, model_coords, structure
from hbm_model.model.layout import Layout
from hbm_model.model.observations import Observations
from hbm_model.model.parameters import Parameters


def build_model(layout: Layout, observations: Observations, priors: Priors) -> pm.Model:
    """The PyMC model of one vintage.

    Parameters
    ----------
    layout
        Index sets, from :func:`hbm_model.model.observations.observe`.
    observations
        The vintage's claims, from the same.
    priors
        Numbers.

    Returns
    -------
    pm.Model
        With named dims; its free variables are the keys of ``theta`` in :func:`hbm_model.model.joint.structure` and the
        claims layer's own (biases, scales, offsets, slips). Its potentials are the terms of the likelihood.
    """
    coords, design = model_coords(layout), observations.design
    with pm.Model(coords=coords, check_bounds=False) as model:
        theta = declare(PymcParameters(priors, layout, coords, design["clock"]["newest"]))
        context = Context(theta, layout, priors, pt, observations.drivers)
        for name, logp in likelihood.likelihood(context, structure(context), design).items():
            pm.Potential(name, pt.sum(logp))
    return model


class PymcParameters(Parameters):
    """Random variables of the PyMC model in context."""

    xp = pt

    @override
    def normal(self, name: str, location: Array, scale: Array, dims: tuple[str, ...] = ()) -> Any:
        return pm.Normal(name, location, scale, dims=dims, shape=self.shape(dims))

    @override
    def lognormal(self, name: str, location: Array, scale: Array, dims: tuple[str, ...] = ()) -> Any:
        return pm.LogNormal(name, location, scale, dims=dims, shape=self.shape(dims))

    @override
    def random_walk(
        self, name: str, start: tuple[Array, Array], drift: Array, scale: Array, dims: tuple[str, ...]
    ) -> Any:
        first = pm.Normal.dist(*start)
        shape = self.shape(dims)
        return pm.GaussianRandomWalk(name, mu=drift, sigma=scale, init_dist=first, dims=dims, shape=shape)

    @override
    def log_steps(self, name: str, location: Array, scale: Array, dim: str) -> Any:
        steps = _Coordinates(DatedSteps(self.coords[dim], self.newest, pt))
        return pm.Normal(name, location, scale[..., None], dims=dim, shape=self.shape((dim,)), transform=steps)


class _Coordinates(Transform):  # type: ignore[misc]
    """PyMC's view of :class:`DatedSteps`: the last two inputs of the variable are its location and scale."""

    name = "dated"

    def __init__(self, steps: DatedSteps) -> None:
        self._steps = steps

    def forward(self, value: Any, *inputs: Any) -> Any:
        return self._steps.forward(value, *inputs[-2:])

    def backward(self, value: Any, *inputs: Any) -> Any:
        return self._steps.backward(value, *inputs[-2:])

    def log_jac_det(self, value: Any, *inputs: Any) -> Any:
        return self._steps.log_jac_det(value, inputs[-1])
