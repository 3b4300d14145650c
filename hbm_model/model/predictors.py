"""What a source of each kind is expected to say, given the world: the centre and scale of its logistic distribution.

Every predictor takes the claims' data, the context and the world that the structural equations describe, and returns
two (..., claim) arrays in the likelihood's own scale. Which predictor serves which kinds is said in ``kinds``.
"""

from __future__ import annotations

from typing import Any

from hbm_model.core.arrays import Floats
from hbm_model.model import equations
from hbm_model.model import measurement as layer
from hbm_model.model.capacity import hbm_log_wafers
from hbm_model.model.coding import CAPACITY
from hbm_model.model.context import Context
from hbm_model.model.equations import Array
from hbm_model.model.ramp import learned, unlearned

Design = dict[str, dict[str, Any]]
"""Arrays by group of claims and name: NumPy's, or data of the graph."""

World = dict[str, Any]
"""Results of the parts, from :func:`hbm_model.model.joint.structure`."""

_NOT_YET_PER_YEAR_AHEAD = 0.3
_NOTHING = 1e-6
"""Bits (billions of gigabits) that keep the log of what is shipped finite where that is nothing."""


# --- clock ------------------------------------------------------------------------------------------------------


def base_dates(at: dict[str, Any], world: World) -> Array:
    """True sample or volume date of each pair at its base height: (..., claim), decimal years.

    Parameters
    ----------
    at
        (claim,) ``vendor``, ``generation`` and ``sampled`` (one for samples, zero for volume).
    world
        Its ``dates`` are read.
    """
    here, dates = (..., at["vendor"], at["generation"]), world["dates"]
    return dates["volume"][here] - at["sampled"] * dates["sample_lead"][here]


def true_dates(at: dict[str, Any], context: Context, world: World) -> Array:
    """True date of what each claim speaks of, its stage at its stack height: (..., claim), decimal years.

    Parameters
    ----------
    at
        (claim,) ``vendor`` and what ``coding.DATES`` names.
    context
        Its ``qualified_after_volume`` is read, years by pair.
    world
        Its ``dates`` are read.
    """
    after = at["qualified"] * context.theta["qualified_after_volume"][..., at["pair"]]
    taller = at["step"] * world["dates"]["taller_step"][..., at["vendor"], at["generation"]]
    return base_dates(at, world) + after + taller


def not_yet_scale(at: dict[str, Any], context: Context) -> Array:
    """Scale, in years, of the logistic error of what is said on whether something has happened: (..., claim).

    Parameters
    ----------
    at
        (claim,) ``origin`` and ``ahead``, the years from publication to the day of which it speaks.
    context
        Its ``event_scale`` is read, years by origin.
    """
    return context.theta["event_scale"][..., at["origin"]] + _NOT_YET_PER_YEAR_AHEAD * at["ahead"]


def guidance(design: Design, context: Context, world: World) -> tuple[Array, Array]:
    """Logs of announced lead times.

    Parameters
    ----------
    design
        Its group ``guidance`` is read.
    context
        Slips and scales are read.
    world
        Its ``dates`` are read.
    """
    at, theta = design["guidance"], context.theta
    slip = theta["slip_mean"][..., at["bloc"]] + (
        theta["slip_roadmap_sd"][..., None] * theta["slip_roadmap"][..., at["pair"]]
    )
    announced = layer.announced_lead(true_dates(at, context, world), at["published"], slip, context.xp)
    return announced, theta["guidance_scale"][..., at["origin"]]


def reported(design: Design, context: Context, world: World) -> tuple[Array, Array]:
    """Reported dates of events, disputed ones among them.

    Parameters
    ----------
    design
        Its group ``reported`` is read.
    context
        Leads and scales are read.
    world
        Its ``dates`` are read.
    """
    at, theta = design["reported"], context.theta
    lead = theta["rumour_lead"][..., None] * at["rumour"] + theta["mass_production_lead"][..., None] * at["declared"]
    return true_dates(at, context, world) - lead, theta["event_scale"][..., at["origin"]]


# --- ramp -------------------------------------------------------------------------------------------------------


def hbm_yield(design: Design, context: Context, world: World) -> tuple[Array, Array]:
    """Logits of HBM yields: of dies, stacks or both, by what the metric counts.

    Parameters
    ----------
    design
        Its group ``hbm_yield`` is read.
    context
        Offsets, biases and scales are read.
    world
        Its ``ramp`` and ``dates`` are read.
    """
    at, theta, xp = design["hbm_yield"], context.theta, context.xp
    ramp, vendor = world["ramp"], at["vendor"]
    here = (..., vendor, at["generation"])
    made = ramp["made"][(*here, slice(None))] if "made" in ramp else None
    known = learned(context, ramp, world["dates"]["volume"][here], at["time"], vendor, made)
    left = unlearned(ramp, known, (..., vendor), xp)
    die = equations.loss(left, ramp["die_start"][here], ramp["die_floor"][..., vendor])
    low_stack = equations.loss(left, ramp["stack_start"][here], ramp["stack_floor"][..., vendor])
    stack = equations.stack_loss(low_stack, at["layers"], ramp["layer_exponent"][..., None], xp)
    centre = layer.logit_of_loss(at["die"] * die + at["stack"] * stack, xp)
    offset = theta["test_yield_offset"][..., None] * at["test"] + theta["tsv_yield_offset"][..., None] * at["tsv"]
    return centre + offset + theta["yield_bias"][..., at["origin"]], theta["yield_scale"][..., at["origin"]]


def node_yield(design: Design, context: Context, world: World) -> tuple[Array, Array]:
    """Logits of die yields of commodity DRAM by node.

    Parameters
    ----------
    design
        Its group ``node_yield`` is read.
    context
        Offsets, biases and scales are read.
    world
        Its ``ramp`` is read.
    """
    at, theta, xp = design["node_yield"], context.theta, context.xp
    ramp, node, vendor = world["ramp"], at["node"], at["vendor"]
    made = ramp["node_made"][..., node, :] if "node_made" in ramp else None
    known = learned(context, ramp, ramp["node_start"][..., node], at["time"], vendor, made)
    left = unlearned(ramp, known, (..., vendor), xp)
    lost = equations.loss(left, ramp["node_die_start"][..., node], ramp["node_die_floor"][..., node])
    offset = theta["test_yield_offset"][..., None] * at["test"] + theta["yield_bias"][..., at["origin"]]
    return layer.logit_of_loss(lost, xp) + offset, theta["yield_scale"][..., at["origin"]]


# --- capacity, investment, output -------------------------------------------------------------------------------


def _flat(paths: Array) -> Array:
    """(..., vendor, time) as (..., vendor * time), to be met by a claim's weights over both."""
    lead = paths.shape[:-2] if hasattr(paths, "__array__") else ()
    return paths.reshape((*lead, -1))


def capacity(design: Design, context: Context, world: World) -> tuple[Array, Array]:
    """Logs of thousand DRAM and HBM wafers a month, and logits of the HBM share of them.

    Parameters
    ----------
    design
        Its group ``capacity`` and those of the kinds in ``coding.CAPACITY`` are read.
    context
        Definitions, plans' optimism and scales are read.
    world
        Its ``capacity`` is read.
    """
    theta, priors, xp = context.theta, context.priors, context.xp
    paths, at = world["capacity"], design["capacity"]
    hbm = hbm_log_wafers(paths["log_wafers"], paths["hbm_logit"], xp)
    truth = [
        _flat(path) @ design[kind]["weights"]
        for kind, path in zip(CAPACITY, (paths["log_wafers"], hbm, paths["hbm_logit"]), strict=True)
    ]
    spread = [
        theta["share_scale" if kind == "hbm_share" else "capacity_scale"][..., design[kind]["origin"]]
        for kind in CAPACITY
    ]
    roadmap = priors.constant("plan_roadmap_sd") * theta["plan_roadmap"][..., at["plan"], at["vendor"]]
    defined = theta["capacity_definition"] @ at["kind"]
    slip = at["ahead"] * (theta["plan_optimism"][..., at["bloc"]] + roadmap)
    scale = xp.concatenate(spread, axis=-1) + priors.constant("forecast_widening") * at["ahead"]
    return xp.concatenate(truth, axis=-1) + defined + slip, scale


def spending(design: Design, context: Context, world: World) -> tuple[Array, Array]:
    """Logs of billion dollars a year over the years that a figure spans.

    Parameters
    ----------
    design
        Its group ``spending`` is read.
    context
        Definitions, plans' optimism and constants are read.
    world
        Its ``capacity`` is read.
    """
    at, theta, priors, xp = design["spending"], context.theta, context.priors, context.xp
    spent = xp.log(_flat(xp.exp(world["capacity"]["log_spending"])) @ at["weights"])
    slip = at["ahead"] * theta["plan_optimism"][..., at["bloc"]]
    centre = spent + theta["spending_definition"] @ at["definition"] + slip
    scale = priors.constant("spending_scale") * (1.0 + at["guess"]) + priors.constant("forecast_widening") * at["ahead"]
    return centre, scale + xp.zeros_like(centre)


def output(design: Design, context: Context, world: World) -> tuple[Array, Array]:
    """Logs of billion gigabits shipped over a period.

    Parameters
    ----------
    design
        Its group ``output`` is read.
    context
        Scales are read.
    world
        Its ``output`` is read.
    """
    at, xp = design["output"], context.xp
    shipped = _flat(xp.sum(world["output"]["bits"], axis=-2))
    scale = context.theta["output_scale"][..., None] + context.priors.constant("forecast_widening") * at["ahead"]
    return xp.log(shipped @ at["weights"] + _NOTHING), scale


def bit_share(design: Design, context: Context, world: World) -> tuple[Array, Array]:
    """Logits of shares of HBM bits.

    Parameters
    ----------
    design
        Its group ``bit_share`` is read.
    context
        Scales are read.
    world
        Its ``output`` is read.
    """
    return _share(design["bit_share"], context, world, 1.0)


def revenue_share(design: Design, context: Context, world: World) -> tuple[Array, Array]:
    """Logits of shares of HBM revenue.

    Parameters
    ----------
    design
        Its group ``revenue_share`` is read.
    context
        Prices and scales are read.
    world
        Its ``output`` is read.
    """
    price = context.xp.exp(context.theta["price_premium"])[..., None, :, None]
    return _share(design["revenue_share"], context, world, price)


def _share(at: dict[str, Any], context: Context, world: World, price: Array | Floats | float) -> tuple[Array, Array]:
    """Logits of shares of bits times their price, which is (..., 1, generation, 1)."""
    priors, xp = context.priors, context.xp
    flow = _flat(xp.sum(world["output"]["bits"] * price, axis=-2))
    scale = (
        context.theta["share_scale"][..., at["origin"]]
        + priors.constant("forecast_widening") * at["ahead"]
        + priors.constant("unstated_basis_scale") * at["unstated"]
    )
    return xp.log(flow @ at["own"] + _NOTHING) - xp.log(flow @ at["rest"]), scale
