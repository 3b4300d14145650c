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
from hbm_model.policy.response import CELL


def declare(priors: Priors, layout: Layout, newest: Any) -> dict[str, Any]:
    """Random variables of the clock, in the PyMC model in context.

    Parameters
    ----------
    priors
        Data of the graph, from ``Priors.in_graph()``.
    layout
        Sizes the dims of pairs, steps and entrants.
    newest
        (vendor,) number of the newest reported generation, -1 for none; data of the graph. Decides the sampler's
        coordinates only.
    """
    import pymc as pm

    from hbm_model.model.dated import DatedSteps

    def pooled(name: str, centre: Any, sd: Any, dim: str, n: int) -> Any:
        return pm.Normal(name, centre, sd, dims=dim, shape=(n,))

    theta = {
        "clock_start": priors.rv("clock_start", "vendor", VENDORS),
        "cadence_mean": priors.rv("cadence_mean"),
        "cadence_generation": pm.Normal("cadence_generation", 0, 1, dims="step", shape=(len(GENERATIONS) - 1,)),
        "cadence_vendor": priors.rv("cadence_vendor", "vendor", VENDORS),
        "cadence_sd": priors.rv("cadence_sd"),
        "early_generation_offset": pm.Normal(
            "early_generation_offset",
            priors.location("early_generation_offset"),
            priors.scale("early_generation_offset"),
            dims="entrant",
            shape=(len(layout.entrants),),
        ),
        "sample_lead": priors.rv("sample_lead", "bloc", BLOCS),
        "qualified_offset": priors.rv("qualified_offset"),
        "taller_stack_step": priors.rv("taller_stack_step"),
    }
    # The zero adds nothing: PyMC lets a transform read only what its variable reads.
    theta["log_cadence"] = pm.Normal(
        "log_cadence",
        pace(theta, layout, priors, pm.math) + 0.0 * newest[vendor_index(layout.transitions)],
        theta["cadence_sd"],
        dims="transition",
        shape=(len(layout.transitions),),
        transform=DatedSteps(layout.transitions, newest),
    )
    n = len(layout.pairs)
    theta["log_sample_lead"] = pooled(
        "log_sample_lead",
        pm.math.log(theta["sample_lead"])[bloc_index(layout.pairs)],
        priors.constant("sample_lead_sd"),
        "pair",
        n,
    )
    theta["log_taller_step"] = pooled(
        "log_taller_step",
        pm.math.log(theta["taller_stack_step"]),
        priors.constant("taller_stack_step_sd"),
        "pair",
        n,
    )
    theta["qualified_after_volume"] = pooled(
        "qualified_after_volume",
        theta["qualified_offset"],
        priors.constant("qualified_offset_sd"),
        "pair",
        n,
    )
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
        Namespace with ``log``: ``pymc.math`` in the model.
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
