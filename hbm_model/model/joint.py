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
from hbm_model.model.layout import Layout
from hbm_model.model.observations import Observations

SHOCKS = {**capacity.SHOCKS, **output.SHOCKS}
"""Standard normal yearly shocks by name, with their time dim."""

COORDINATES = ("clock.newest",)
"""Data of the graph that decide in which coordinates variables are sampled."""


def structure(
    theta: dict[str, Any],
    layout: Layout,
    priors: Priors,
    drivers: dict[str, Any],
    quarters: Floats,
    xp: Any,
    scenario: controls.Forces | None = None,
) -> dict[str, Any]:
    """Everything the model says about the world, given its parameters.

    The one place where the parts are put together; the fit evaluates it on tensors, the forecast on posterior draws.

    Parameters
    ----------
    theta : free parameters by name, each with its own dims after any draw dims.
    drivers : what moves the world from outside: ``raised``, (vendor, spending year) billions of dollars, and the
        exposure to each informed effect of policy (see :func:`hbm_model.model.controls.history`).
    quarters : (time,) quarter midpoints in decimal years, any of the layout's.
    xp : ``numpy`` or ``pytensor.tensor``.
    scenario : what a scenario does beyond what is in force (NumPy only).

    Returns
    -------
    dict with the results of the parts: ``dates`` (clock), ``ramp``, ``capacity``, ``output``.
    """
    forces = controls.added(controls.in_force(theta, layout, drivers), scenario or {})
    dates = clock.evaluate(theta, layout, xp)
    if "clock_speed" in forces:
        dates = clock.retimed(dates, forces["clock_speed"], layout)
    forces = controls.at_quarters(forces, layout, quarters)
    ramps = ramp.evaluate(theta, dates["volume"], layout, priors, forces, xp)
    wafers = capacity.evaluate(theta, layout, priors, drivers["raised"], forces, xp)
    if layout.learning == "volume":
        ramps |= experience.evaluate(theta, dates["volume"], wafers, layout, priors, forces, xp)
    shipped = output.evaluate(theta, dates["volume"], ramps, wafers, layout, priors, quarters, forces, xp)
    return {"dates": dates, "ramp": ramps, "capacity": wafers, "output": shipped}


def build_model(layout: Layout, observations: Observations, priors: Priors) -> Any:
    """The PyMC model of one vintage.

    Returns
    -------
    pymc.Model with named dims; its free variables are the keys of ``theta`` in :func:`structure` and the claims
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
        world = structure(theta, layout, priors, drivers, layout.quarters, pt)
        for name, logp in likelihood.likelihood(theta, world, design, layout, priors, pt).items():
            pm.Potential(name, pt.sum(logp))
    return model


def graph_data(observations: Observations) -> dict[str, NDArray[Any]]:
    """What is data of the model's graph, by ``group.name``: the design, and what drives the world from outside."""
    groups = {**observations.design, "drivers": observations.drivers}
    return {f"{group}.{name}": np.asarray(array) for group, arrays in groups.items() for name, array in arrays.items()}


def _shared(name: str, array: NDArray[Any]) -> Any:
    """An array as data of the graph, of no fixed length in any dimension."""
    import pytensor

    return pytensor.shared(array, name=name, shape=(None,) * array.ndim)


def model_coords(layout: Layout) -> dict[str, list[str]]:
    """Labels of every dim of the model."""
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
