"""Output: from wafers, mix, density and yield to bits, bandwidth and shares."""

from __future__ import annotations

from typing import Any

import numpy as np

from hbm_model.core.arrays import Floats, interpolation
from hbm_model.core.industry import BASE_LAYERS, BLOC_OF, GENERATIONS, VENDORS
from hbm_model.model import equations
from hbm_model.model import ramp as ramp_part
from hbm_model.model.capacity import hbm_log_wafers
from hbm_model.model.context import Context
from hbm_model.model.equations import Array
from hbm_model.model.layout import CYCLE_YEARS, Layout
from hbm_model.model.parameters import Parameters, Theta

SHOCKS = {"realisation_shock": "share_year"}

_IN_CHINA = np.array([float(BLOC_OF[v] == "china") for v in VENDORS])
_MONTHS = 3.0
_GIGABITS_PER_BILLION = 1e6
"""Thousand wafers times gigabits per wafer, in billions of gigabits."""


def declare(parameters: Parameters) -> Theta:
    """Random variables of density, mix, realisation and price.

    Parameters
    ----------
    parameters
        What they are declared to.
    """
    return {
        "gross_bits_per_wafer": parameters.prior("gross_bits_per_wafer", "generation"),
        "china_density": parameters.prior("china_density"),
        "mix_half_time": parameters.prior("mix_half_time"),
        "mix_width": parameters.prior("mix_width"),
        "realisation": parameters.prior("realisation", "vendor"),
        "realisation_shock": parameters.normal("realisation_shock", 0.0, 1.0, ("vendor", "share_year")),
        "price_premium": parameters.prior("price_premium", "generation"),
    }


def evaluate(
    context: Context, volume: Array, ramp: dict[str, Array], capacity: dict[str, Array], quarters: Floats
) -> dict[str, Array]:
    """Output by quarter.

    Parameters
    ----------
    context
        Of its forces, ``realised`` is read, (..., vendor, time) at the quarters.
    volume
        (..., vendor, generation) volume dates, decimal years.
    ramp, capacity
        The other parts' results.
    quarters
        (time,) quarter midpoints in decimal years.

    Returns
    -------
    dict[str, Array]
        Dict with ``mix`` and ``bits`` (..., vendor, generation, time; billions of gigabits shipped in the quarter),
        ``wafers`` (..., vendor, time; thousand HBM wafers per month installed), and ``yields`` at base height
        (:func:`hbm_model.model.ramp.yields`).
    """
    theta, layout, priors, forces, xp = context.theta, context.layout, context.priors, context.forces, context.xp
    started_at = interpolation(layout.hbm_knots, quarters - CYCLE_YEARS)
    log_hbm = hbm_log_wafers(capacity["log_wafers"], capacity["hbm_logit"], xp)
    installed = installed_wafers(capacity, layout, quarters, xp)
    mix = mix_at(context, volume, quarters)
    learned = ramp_part.learned_on_grid(context, ramp, volume, quarters)
    yields = ramp_part.yields(ramp, learned, [BASE_LAYERS[g] for g in GENERATIONS], xp)
    year = np.clip(np.floor(quarters).astype(int) - layout.share_years[0], 0, len(layout.share_years) - 1)
    willing = theta["realisation"][..., None] + priors.constant("realisation_sd") * theta["realisation_shock"]
    pull = forces.get("realised", 0.0)
    realised = equations.sigmoid(willing[..., year] + pull, xp)
    started = _MONTHS * realised * xp.exp(log_hbm @ started_at)
    density = (
        theta["gross_bits_per_wafer"][..., None, :] * xp.exp(theta["china_density"][..., None] * _IN_CHINA)[..., None]
    )
    bits = mix * yields["final"] * (started[..., None, :] * density[..., None] / _GIGABITS_PER_BILLION)
    return {"mix": mix, "bits": bits, "wafers": installed, "yields": yields}


def mix_at(context: Context, volume: Array, times: Floats) -> Array:
    """Share of a maker's HBM wafers on each generation: (..., vendor, generation, time).

    Parameters
    ----------
    context
        Reads ``mix_half_time`` and ``mix_width``, years, and which pairs the layout ships.
    volume
        (..., vendor, generation) volume dates, decimal years.
    times
        (time,) decimal years.
    """
    theta = context.theta
    return equations.generation_mix(
        times - volume[..., None],
        theta["mix_half_time"][..., None, None, None],
        theta["mix_width"][..., None, None, None],
        context.layout.ships[:, :, None],
        context.xp,
    )


def installed_wafers(capacity: dict[str, Array], layout: Layout, quarters: Floats, xp: Any) -> Array:
    """Thousand HBM wafers per month installed, (..., vendor, time).

    Parameters
    ----------
    capacity
        Result of :func:`hbm_model.model.capacity.evaluate`.
    layout
        Gives the knots.
    quarters
        (time,) decimal years.
    xp
        Array namespace.
    """
    log_hbm = hbm_log_wafers(capacity["log_wafers"], capacity["hbm_logit"], xp)
    return xp.exp(log_hbm @ interpolation(layout.hbm_knots, quarters))
