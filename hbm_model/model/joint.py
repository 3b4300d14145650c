"""The joint model: four parts and the claims layer put together."""

from __future__ import annotations

from typing import Any

from hbm_model.core.arrays import Floats
from hbm_model.core.industry import GENERATIONS, ORIGINS
from hbm_model.model import capacity, clock, controls, experience, likelihood, output, ramp
from hbm_model.model.coding import DEFINITIONS
from hbm_model.model.context import Context
from hbm_model.model.layout import Layout
from hbm_model.model.parameters import Parameters, Theta

SHOCKS = {**capacity.SHOCKS, **output.SHOCKS}
"""Standard normal yearly shocks by name, with their time dim."""


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


def declare(parameters: Parameters) -> Theta:
    """All random variables of the model, part by part.

    Parameters
    ----------
    parameters
        What they are declared to.
    """
    theta: Theta = {}
    for part in (clock, ramp, capacity, output, controls, likelihood):
        theta |= part.declare(parameters)
    return theta


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
