"""The log density of the joint model given a vintage: the priors of the vector, and the likelihood of the claims.

The equations are those of :mod:`hbm_model.model`, evaluated on arrays of JAX. Claims and the numbers of priors are
data: vintages of one layout whose claims are of about the same number share what is compiled.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hbm_model.core.priors import Priors
from hbm_model.inference.density import Density, check_gradient
from hbm_model.inference.packing import Form, Groups, packed
from hbm_model.inference.vector import ParameterVector, VectorParameters
from hbm_model.model.context import Context
from hbm_model.model.equations import Array
from hbm_model.model.joint import declare, model_coords, structure
from hbm_model.model.layout import Layout
from hbm_model.model.likelihood import likelihood
from hbm_model.model.observations import Observations
from hbm_model.model.padding import padded

_CHECKED: set[Any] = set()


def joint_density(layout: Layout, observations: Observations, priors: Priors) -> Density:
    """The joint model's density given a vintage, its gradient checked once for each form.

    Parameters
    ----------
    layout
        Index sets of the model, on which the observations stand.
    observations
        The vintage's claims, from :func:`hbm_model.model.observations.observe`.
    priors
        Priors of the structure and of the claims.

    Raises
    ------
    HbmError
        If the gradient is not the slope of the density.
    """
    density = uncompiled(layout, observations, priors)
    if density.form not in _CHECKED:
        check_gradient(density)
        _CHECKED.add(density.form)
    return density


def uncompiled(layout: Layout, observations: Observations, priors: Priors) -> Density:
    """As :func:`joint_density`, before anything is compiled or checked.

    Parameters
    ----------
    layout, observations, priors
        As for :func:`joint_density`.
    """
    import jax.numpy as jnp

    groups = data_of(layout, observations, priors)
    form, floats, indices = packed(groups)

    def function(x: Any, data: Any) -> Any:
        return log_density(x, form.unpacked(*data), layout, priors, jnp)

    vector = ParameterVector(layout, priors, groups["clock"]["newest"])
    return Density(function, (floats, indices), vector, _key(layout, priors, form))


def data_of(layout: Layout, observations: Observations, priors: Priors) -> Groups:
    """What the density reads: the likelihood's data, which rows count, outside drivers, and the numbers of priors.

    Parameters
    ----------
    layout, observations, priors
        As for :func:`joint_density`.
    """
    longer, counted = padded(observations)
    groups = {**longer.design, "drivers": longer.drivers, "counted": counted}
    read = priors.recording()
    vector = ParameterVector(layout, read, groups["clock"]["newest"])
    log_density(vector.start, groups, layout, read, np)
    return {**groups, "prior": read.numbers}


def log_density(x: Array, groups: Groups, layout: Layout, priors: Priors, xp: Any) -> Array:
    """Log density of the joint model in the sampler's coordinates: (...).

    Parameters
    ----------
    x
        (..., n_dim) unconstrained values.
    groups
        From :func:`data_of`; where they hold no numbers of priors, these are read from `priors`.
    layout, priors
        As for :func:`joint_density`.
    xp
        Array namespace, ``numpy`` or ``jax.numpy``.
    """
    if "prior" in groups:
        priors = priors.reading(groups["prior"])
    declared = VectorParameters(x, xp, priors, layout, model_coords(layout), groups["clock"]["newest"])
    context = Context(declare(declared), layout, priors, xp, groups["drivers"])
    total = declared.logp
    for term, logp in likelihood(
        context, structure(context), {name: dict(arrays) for name, arrays in groups.items()}
    ).items():
        total = total + xp.sum(groups["counted"][term] * logp, axis=-1)
    return total


def _key(layout: Layout, priors: Priors, form: Form) -> tuple[Any, ...]:
    """What decides the function: the layout, which priors there are of what distribution, and the data's form."""
    kinds = tuple((name, prior.dist, prior.index) for name, prior in sorted(priors.table.items()))
    return "joint", layout, kinds, form
