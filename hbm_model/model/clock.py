"""Clock: when each maker samples, qualifies and ships each generation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hbm_model.core.industry import BLOC_OF, BLOCS, GENERATIONS, VENDORS, bloc_index, order, vendor_index
from hbm_model.core.priors import Priors
from hbm_model.model import equations
from hbm_model.model.context import Context
from hbm_model.model.equations import Array
from hbm_model.model.layout import Layout
from hbm_model.model.parameters import Parameters, Theta
from hbm_model.policy.response import CELL


def declare(parameters: Parameters) -> Theta:
    """Random variables of the clock.

    Parameters
    ----------
    parameters
        What they are declared to.
    """
    priors, layout, log = parameters.priors, parameters.layout, parameters.xp.log
    theta = {
        "clock_start": parameters.prior("clock_start", "vendor"),
        "cadence_mean": parameters.prior("cadence_mean"),
        "cadence_generation": parameters.normal("cadence_generation", 0.0, 1.0, ("step",)),
        "cadence_vendor": parameters.prior("cadence_vendor", "vendor"),
        "cadence_sd": parameters.prior("cadence_sd"),
        "early_generation_offset": parameters.normal(
            "early_generation_offset",
            priors.location("early_generation_offset"),
            priors.scale("early_generation_offset"),
            ("entrant",),
        ),
        "sample_lead": parameters.prior("sample_lead", "bloc"),
        "qualified_offset": parameters.prior("qualified_offset"),
        "taller_stack_step": parameters.prior("taller_stack_step"),
    }
    expected = pace(theta, layout, priors, parameters.xp)
    lead = log(theta["sample_lead"])[..., bloc_index(layout.pairs)]
    step, offset = log(theta["taller_stack_step"])[..., None], theta["qualified_offset"][..., None]
    theta["log_cadence"] = parameters.log_steps("log_cadence", expected, theta["cadence_sd"], "transition")
    for name, centre, spread in (
        ("log_sample_lead", lead, "sample_lead_sd"),
        ("log_taller_step", step, "taller_stack_step_sd"),
        ("qualified_after_volume", offset, "qualified_offset_sd"),
    ):
        theta[name] = parameters.normal(name, centre, priors.constant(spread), ("pair",))
    return theta


def pace(theta: Mapping[str, Any], layout: Layout, priors: Priors, xp: Any) -> Array:
    """Log years that each step is expected to take: (..., transition).

    Parameters
    ----------
    theta
        Reads ``cadence_mean`` (...), ``cadence_generation`` (..., step) and ``cadence_vendor`` (..., vendor).
    layout
        Gives the transitions.
    priors
        Gives the constant ``cadence_generation_sd``.
    xp
        Array namespace.
    """
    steps = np.array([order(step.split(":")[1]) - 1 for step in layout.transitions])
    return (
        xp.log(theta["cadence_mean"])[..., None]
        + priors.constant("cadence_generation_sd") * theta["cadence_generation"][..., steps]
        + theta["cadence_vendor"][..., vendor_index(layout.transitions)]
    )


def evaluate(context: Context) -> dict[str, Array]:
    """Dates in decimal years.

    Parameters
    ----------
    context
        Parameters, layout and array namespace; forces are not read (see :func:`retimed`).

    Returns
    -------
    dict[str, Array]
        Dict with ``volume`` (..., vendor, generation), ``sample_lead`` (years from first samples to volume) and
        ``taller_step`` (years per step of stack height). Pairs that are not built lie ``NEVER`` years on.
    """
    theta, layout, xp = context.theta, context.layout, context.xp
    shape = (len(VENDORS), len(GENERATIONS))
    volume = (
        theta["clock_start"] @ layout.start
        + xp.exp(theta["log_cadence"]) @ layout.chain
        + theta["early_generation_offset"] @ layout.early
        + layout.never
    )
    return {
        "volume": equations.fold(volume, shape),
        "sample_lead": equations.fold(xp.exp(theta["log_sample_lead"]) @ layout.pair_place, shape),
        "taller_step": equations.fold(xp.exp(theta["log_taller_step"]) @ layout.pair_place, shape),
    }


def retimed(dates: dict[str, Array], log_speed: Array, layout: Layout) -> dict[str, Array]:
    """All dates of :func:`evaluate` under other speeds of the makers' clocks (NumPy only).

    Parameters
    ----------
    dates
        Result of :func:`evaluate`; left as it is.
    log_speed
        (..., vendor, cell) log of the clock's speed in each quarter.
    layout
        Gives the cells.
    """
    volume = moved(dates["volume"], log_speed, layout)
    return {
        "volume": volume,
        "sample_lead": volume - moved(dates["volume"] - dates["sample_lead"], log_speed, layout),
        "taller_step": moved(dates["volume"] + dates["taller_step"], log_speed, layout) - volume,
    }


def moved(years: Array, log_speed: Array, layout: Layout) -> Array:
    """Dates under other speeds of the makers' clocks (NumPy only).

    A generation that is passed over in volume, ``NEVER`` years on, may still have been sampled: its dates are moved as
    if they lay where they would have been.

    Parameters
    ----------
    years
        (..., vendor, event) dates, decimal years.
    log_speed
        (..., vendor, cell) log of the clock's speed in each quarter.
    layout
        Gives the cells.
    """
    put_off = equations.NEVER * (years > layout.cells[0] + equations.NEVER / 2)
    return equations.retimed(years - put_off, layout.cells, CELL, log_speed) + put_off


def coords(layout: Layout) -> dict[str, list[str]]:
    """Labels of the clock's dims.

    Parameters
    ----------
    layout
        Gives the entrants, transitions and pairs.
    """
    return {
        "vendor": VENDORS,
        "bloc": BLOCS,
        "step": GENERATIONS[1:],
        "entrant": layout.entrants,
        "transition": layout.transitions,
        "pair": layout.pairs,
    }


def bloc_of_vendor() -> np.ndarray:
    """Bloc number of each vendor, in order."""
    return np.array([BLOCS.index(BLOC_OF[v]) for v in VENDORS])
