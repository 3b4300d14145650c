"""The joint model: four parts and the claims layer in one PyMC model."""

from __future__ import annotations

from typing import Any

from hbm_model.model import capacity, clock, likelihood, output, ramp
from hbm_model.model.layout import GENERATIONS, ORIGINS, Floats, Layout
from hbm_model.model.observations import Observations
from hbm_model.priors import Priors

SHOCKS = {**capacity.SHOCKS, **output.SHOCKS}
"""Standard normal yearly shocks by name, with their time dim."""


def structure(
    theta: dict[str, Any], layout: Layout, priors: Priors, raised: Floats, quarters: Floats, xp: Any
) -> dict[str, Any]:
    """Everything the model says about the world, given its parameters.

    The one place where the parts are put together; the fit evaluates it on tensors, the forecast on posterior draws.

    Parameters
    ----------
    theta : free parameters by name, each with its own dims after any draw dims.
    raised : (vendor, spending year) billions of dollars raised outside.
    quarters : (time,) quarter midpoints in decimal years.
    xp : ``numpy`` or ``pytensor.tensor``.

    Returns
    -------
    dict with the results of the parts: ``dates`` (clock), ``ramp``, ``capacity``, ``output``.
    """
    dates = clock.evaluate(theta, layout, xp)
    ramps = ramp.evaluate(theta, layout, priors, xp)
    wafers = capacity.evaluate(theta, layout, priors, raised, xp)
    shipped = output.evaluate(theta, dates["volume"], ramps, wafers, layout, priors, quarters, xp)
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

    with pm.Model(coords=model_coords(layout), check_bounds=False) as model:
        theta: dict[str, Any] = {}
        for part in (clock, ramp, capacity, output, likelihood):
            theta |= part.declare(priors, layout)
        world = structure(theta, layout, priors, observations.raised, layout.quarters, pt)
        for name, logp in likelihood.likelihood(theta, world, layout, observations, priors, pt).items():
            pm.Potential(name, pt.sum(logp))
    return model


def model_coords(layout: Layout) -> dict[str, list[str]]:
    """Labels of every dim of the model."""
    return {
        **clock.coords(layout),
        **ramp.coords(layout),
        **capacity.coords(layout),
        "generation": GENERATIONS,
        "origin": ORIGINS,
        "definition": list(layout.definitions),
        "roadmap": list(layout.roadmaps),
        "plan": likelihood.PLANS,
        "capacity_kind": likelihood.CAPACITY_KINDS,
    }
