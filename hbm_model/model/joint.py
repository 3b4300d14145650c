"""The joint model: four parts and the claims layer in one PyMC model."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbm_model.core.arrays import Floats
from hbm_model.core.industry import GENERATIONS, ORIGINS
from hbm_model.core.priors import Priors
from hbm_model.model import capacity, clock, controls, experience, likelihood, output, ramp
from hbm_model.model.coding import DEFINITIONS
from hbm_model.model.context import Context
from hbm_model.model.layout import Layout
from hbm_model.model.observations import Observations

SHOCKS = {**capacity.SHOCKS, **output.SHOCKS}
"""Standard normal yearly shocks by name, with their time dim."""

COORDINATES = ("clock.newest",)
"""Data of the graph that decide in which coordinates variables are sampled."""


def structure(context: Context, quarters: Floats | None = None) -> dict[str, Any]:
    """Everything the model says about the world, given its parameters.

    The one place where the parts are put together; the fit evaluates it on tensors, the forecast on posterior draws.

    Parameters
    ----------
    context
        Parameters and what else the equations read; its forces are those beyond what is in force.
    quarters
        (time,) midpoints of the quarters of output, decimal years within the layout's cells; None for all that the fit
        evaluates.

    Returns
    -------
    dict[str, Any]
        Dict with the results of the parts: ``dates`` (clock), ``ramp``, ``capacity``, ``output``.
    """
    layout = context.layout
    quarters = layout.quarters if quarters is None else quarters
    forces = controls.added(controls.in_force(context), context.forces)
    dates = clock.evaluate(context)
    if "clock_speed" in forces:
        dates = clock.retimed(dates, forces["clock_speed"], layout)
    here = context.under(controls.at_quarters(forces, layout, quarters))
    ramps = ramp.evaluate(here, dates["volume"])
    wafers = capacity.evaluate(here)
    if layout.learning == "volume":
        ramps |= experience.evaluate(here, dates["volume"], wafers)
    shipped = output.evaluate(here, dates["volume"], ramps, wafers, quarters)
    return {"dates": dates, "ramp": ramps, "capacity": wafers, "output": shipped}


def build_model(layout: Layout, observations: Observations, priors: Priors) -> Any:
    """The PyMC model of one vintage.

    Parameters
    ----------
    layout
        Index sets, from :func:`hbm_model.model.observations.observe`.
    observations
        The vintage's claims, from the same; they enter as data, without fixed lengths.
    priors
        Numbers; their values enter as data, too.

    Returns
    -------
    Any
        Pymc.Model with named dims; its free variables are the keys of ``theta`` in :func:`structure` and the claims
        layer's own (biases, scales, offsets, slips).
    """
    import pymc as pm
    import pytensor.tensor as pt

    data = {name: _shared(name, value) for name, value in graph_data(observations).items()}
    design = {
        group: {name: data[f"{group}.{name}"] for name in arrays} for group, arrays in observations.design.items()
    }
    drivers = {name: data[f"drivers.{name}"] for name in observations.drivers}
    priors = priors.in_graph()
    with pm.Model(coords=model_coords(layout), check_bounds=False) as model:
        theta = clock.declare(priors, layout, design["clock"]["newest"])
        for part in (ramp, capacity, output, controls, likelihood):
            theta |= part.declare(priors, layout)
        context = Context(theta, layout, priors, pt, drivers)
        for name, logp in likelihood.likelihood(context, structure(context), design).items():
            pm.Potential(name, pt.sum(logp))
    return model


def graph_data(observations: Observations) -> dict[str, NDArray[Any]]:
    """Data of the model's graph by ``group.name``: the design, and what drives the world from outside.

    Parameters
    ----------
    observations
        The vintage's claims and drivers.
    """
    groups = {**observations.design, "drivers": observations.drivers}
    return {f"{group}.{name}": np.asarray(array) for group, arrays in groups.items() for name, array in arrays.items()}


def _shared(name: str, array: NDArray[Any]) -> Any:
    """An array as data of the graph, of no fixed length in any dimension."""
    import pytensor

    return pytensor.shared(array, name=name, shape=(None,) * array.ndim)


def model_coords(layout: Layout) -> dict[str, list[str]]:
    """Labels of every dim of the model.

    Parameters
    ----------
    layout
        Index sets.
    """
    return {
        **clock.coords(layout),
        **ramp.coords(layout),
        **capacity.coords(layout),
        "generation": GENERATIONS,
        "origin": ORIGINS,
        "definition": DEFINITIONS,
        "plan": likelihood.PLANS,
        "capacity_kind": likelihood.CAPACITY_KINDS,
    }
