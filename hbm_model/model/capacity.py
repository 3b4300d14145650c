"""Capacity: DRAM wafers per month driven by investment, and the part of them that is HBM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hbm_model.core.industry import VENDORS
from hbm_model.core.priors import Priors
from hbm_model.model import equations
from hbm_model.model.clock import bloc_of_vendor
from hbm_model.model.context import Context
from hbm_model.model.equations import Array
from hbm_model.model.layout import FIRST_HBM_KNOT, FIRST_KNOT, LEAD_YEARS, Layout
from hbm_model.model.parameters import Parameters, Theta

BREAK_EVEN_YEAR = 2024
"""Year at which the prior for ``break_even`` is stated."""

GREENFIELD_UNTIL = 2022
"""Year until which an entrant's capacity comes in the steps of single fabs (CXMT shipped first in late 2019)."""

SHOCKS = {"wafers_shock": "growth_year", "hbm_share_shock": "share_year"}
"""Standard normal yearly shocks and their time dim; a longer horizon continues them."""


def declare(parameters: Parameters) -> Theta:
    """Random variables of spending, wafers and the HBM share.

    Parameters
    ----------
    parameters
        What they are declared to.
    """
    priors = parameters.priors
    start = priors.location("spending_start", VENDORS), priors.scale("spending_start", VENDORS)
    drift = parameters.prior("spending_drift")
    theta = {
        "spending_drift": drift,
        # Centred: spending is reported almost exactly, so that shocks would be tied to one another instead.
        "log_spending": parameters.random_walk(
            "log_spending", start, drift, priors.constant("spending_sd"), ("vendor", "spending_year")
        ),
        "additionality": parameters.prior("additionality", "bloc"),
        "lead_time": parameters.prior("lead_time"),
        "investment_return": parameters.prior("investment_return"),
        "investment_return_vendor": parameters.normal("investment_return_vendor", 0.0, 1.0, ("vendor",)),
        "break_even": parameters.prior("break_even"),
        "break_even_drift": parameters.prior("break_even_drift"),
    }
    theta |= {
        name: parameters.prior(name, "vendor") for name in ("wafers_start", "hbm_share_start", "hbm_share_target")
    }
    theta["hbm_share_speed"] = parameters.prior("hbm_share_speed")
    return theta | {name: parameters.normal(name, 0.0, 1.0, ("vendor", year)) for name, year in SHOCKS.items()}


def evaluate(context: Context) -> dict[str, Array]:
    """Paths of spending and capacity.

    Parameters
    ----------
    context
        Its driver ``raised`` is read: (vendor, spending year) billion dollars raised outside, spread over the years of
        their use. Forces are by calendar year.

    Returns
    -------
    dict[str, Array]
        Dict with ``log_spending`` (..., vendor, spending year) log billion dollars, ``log_wafers`` (..., vendor, knot)
        log thousand wafers per month at year ends, ``hbm_logit`` (..., vendor, HBM knot).
    """
    theta, layout, priors, forces, xp = context.theta, context.layout, context.priors, context.forces, context.xp
    raised = context.drivers["raised"]
    outside = raised + _by_size(theta, forces["capital"]) if "capital" in forces else raised
    spending = xp.exp(theta["log_spending"] + forces.get("investment", 0.0)) + (
        theta["additionality"][..., bloc_of_vendor()][..., None] * outside
    )
    weights = equations.lead_time_weights(theta["lead_time"], LEAD_YEARS, xp)
    arriving = equations.arriving_investment(spending, weights)
    years = np.array(layout.growth_years, dtype=float)
    hurdle = theta["break_even"][..., None] + theta["break_even_drift"][..., None] * (years - BREAK_EVEN_YEAR)
    rate = xp.exp(
        xp.log(theta["investment_return"])[..., None]
        + priors.constant("investment_return_sd") * theta["investment_return_vendor"]
    )
    log_wafers = equations.wafer_path(
        xp.log(theta["wafers_start"]),
        xp.log(arriving),
        rate,
        hurdle[..., None, :] + forces.get("tool_cost", 0.0),
        _unexplained(layout, priors) * theta["wafers_shock"],
        xp,
    )
    hbm_logit = equations.share_path(
        theta["hbm_share_start"],
        theta["hbm_share_target"][..., None] + forces.get("hbm_share", 0.0),
        theta["hbm_share_speed"][..., None] * np.ones(len(VENDORS)),
        priors.constant("hbm_share_sd", VENDORS)[:, None] * theta["hbm_share_shock"],
        xp,
    )
    return {"log_spending": xp.log(spending), "log_wafers": log_wafers, "hbm_logit": hbm_logit}


def _by_size(theta: Mapping[str, Any], money: Array) -> Array:
    """A bloc's outside money (the same figure at each maker) shared out by what its makers spend (NumPy only)."""
    spent = np.exp(theta["log_spending"])
    same = np.equal.outer(bloc_of_vendor(), bloc_of_vendor()).astype(float)
    return money * spent / (same @ spent)


def _unexplained(layout: Layout, priors: Priors) -> Array:
    """(vendor, growth year) spread of growth that investment does not explain, larger in an entrant's first years."""
    entrant = np.array([[v in layout.entrants] for v in VENDORS])
    new = (entrant & (np.array(layout.growth_years) < GREENFIELD_UNTIL)).astype(float)
    return new * priors.constant("greenfield_sd") + (1.0 - new) * priors.constant("wafers_sd", VENDORS)[:, None]


def hbm_log_wafers(log_wafers: Array, hbm_logit: Array, xp: Any) -> Array:
    """Log thousand HBM wafers per month at the HBM knots: (..., vendor, HBM knot).

    Parameters
    ----------
    log_wafers
        (..., vendor, knot) log thousand DRAM wafers per month.
    hbm_logit
        (..., vendor, HBM knot) logit of the HBM share.
    xp
        Array namespace.
    """
    first = int(FIRST_HBM_KNOT - FIRST_KNOT)
    return log_wafers[..., first:] - equations.softplus(-hbm_logit, xp)


def coords(layout: Layout) -> dict[str, list[str]]:
    """Labels of the capacity's time dims.

    Parameters
    ----------
    layout
        Gives the years.
    """
    return {
        "spending_year": [str(y) for y in layout.spending_years],
        "growth_year": [str(y) for y in layout.growth_years],
        "share_year": [str(y) for y in layout.share_years],
    }
