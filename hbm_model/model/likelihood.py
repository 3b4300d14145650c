"""Likelihood of each kind of claim, given the world that the structural equations describe."""

from __future__ import annotations

from typing import Any

from hbm_model.core.industry import BLOCS, ORIGINS, VENDORS
from hbm_model.core.priors import Priors
from hbm_model.model import equations
from hbm_model.model import measurement as layer
from hbm_model.model.capacity import hbm_log_wafers
from hbm_model.model.coding import CAPACITY, DEFINITIONS
from hbm_model.model.design import Design
from hbm_model.model.equations import Array
from hbm_model.model.layout import Layout
from hbm_model.model.ramp import learned, unlearned

PLANS = ["dram", "hbm"]
CAPACITY_KINDS = ["installed", "wafer_input", "packaging"]
_NOT_YET_PER_YEAR_AHEAD = 0.3
_NOTHING = 1e-6
"""Bits (billions of gigabits) that keep the log of what is shipped finite where that is nothing."""


def declare(priors: Priors, layout: Layout) -> dict[str, Any]:
    """Random variables of the claims layer: biases, scales, offsets, slips."""
    import pymc as pm

    theta = {
        name: priors.rv(name, "origin", ORIGINS)
        for name in ("event_scale", "guidance_scale", "yield_bias", "yield_scale", "capacity_scale", "share_scale")
    }
    theta |= {name: priors.rv(name, "bloc", BLOCS) for name in ("reporting_delay", "slip_mean", "plan_optimism")}
    theta |= {
        name: priors.rv(name)
        for name in (
            "rumour_lead",
            "mass_production_lead",
            "slip_roadmap_sd",
            "test_yield_offset",
            "tsv_yield_offset",
            "output_scale",
        )
    }
    theta["spending_definition"] = priors.rv("spending_definition", "definition", DEFINITIONS)
    theta["capacity_definition"] = priors.rv("capacity_definition", "capacity_kind", CAPACITY_KINDS)
    theta["slip_roadmap"] = pm.Normal("slip_roadmap", 0, 1, dims="pair", shape=(len(layout.pairs),))
    theta["plan_roadmap"] = pm.Normal("plan_roadmap", 0, 1, dims=("plan", "vendor"), shape=(len(PLANS), len(VENDORS)))
    return theta


def predictions(
    theta: dict[str, Any], world: dict[str, Any], design: Design, layout: Layout, priors: Priors, xp: Any
) -> tuple[Array, Array]:
    """Centre and scale of the logistic distribution of every interval claim, in the claim's own scale.

    The fit, the posterior predictive check and the forecast of what a source would say read this one function.

    Parameters
    ----------
    theta, world : parameters and the structure's results. design : the claims' data (arrays, or data of the graph).

    Returns
    -------
    centre, scale : (..., claim), claims in the order of ``Observations.stacked``.
    """
    blocks = [
        _guidance(design["guidance"], theta, world, xp),
        _reported(design["reported"], theta, world, xp),
        _hbm_yield(design["hbm_yield"], theta, world, layout, xp),
        _node_yield(design["node_yield"], theta, world, layout, xp),
        _capacity(design, theta, world, priors, xp),
        _spending(design["spending"], theta, world, priors, xp),
        _output(design["output"], theta, world, priors, xp),
        *(_share(design[kind], theta, world, kind, priors, xp) for kind in ("bit_share", "revenue_share")),
    ]
    centre, scale = (xp.concatenate([block[i] for block in blocks], axis=-1) for i in (0, 1))
    return centre, scale


def likelihood(
    theta: dict[str, Any], world: dict[str, Any], design: Design, layout: Layout, priors: Priors, xp: Any
) -> dict[str, Array]:
    """Log likelihood, claim by claim.

    Returns
    -------
    dict of (..., claim) arrays: ``claims`` (in the order of ``Observations.stacked``), ``not_yet``, ``silence`` and
    ``first_report``.
    """
    claims, refusal, silence, first = (design[group] for group in ("claims", "not_yet", "silence", "first_report"))
    centre, scale = predictions(theta, world, design, layout, priors, xp)
    right = layer.interval_logp(claims["low"], claims["high"], centre, scale, xp)
    softness = not_yet_scale(refusal, theta)
    quiet, heard = (base_dates(group, world) for group in (silence, first))
    delay = theta["reporting_delay"]
    return {
        "claims": layer.disputed_logp(right, claims["truth"], claims["if_wrong"], xp),
        "not_yet": layer.not_yet_logp(
            true_dates(refusal, theta, world), refusal["seen"], softness, refusal["answer"], xp
        ),
        "silence": layer.silence_logp(quiet, silence["through"], silence["since"], delay[..., silence["bloc"]], xp),
        "first_report": layer.first_report_logp(heard, first["published"], delay[..., first["bloc"]], xp),
    }


# --- clock ------------------------------------------------------------------------------------------------------


def base_dates(at: dict[str, Any], world: dict[str, Any]) -> Array:
    """True sample or volume date of each pair at its base height."""
    here, dates = (..., at["vendor"], at["generation"]), world["dates"]
    return dates["volume"][here] - at["sampled"] * dates["sample_lead"][here]


def true_dates(at: dict[str, Any], theta: dict[str, Any], world: dict[str, Any]) -> Array:
    """True date of what each claim speaks of: its stage, at its stack height."""
    after = at["qualified"] * theta["qualified_after_volume"][..., at["pair"]]
    taller = at["step"] * world["dates"]["taller_step"][..., at["vendor"], at["generation"]]
    return base_dates(at, world) + after + taller


def not_yet_scale(at: dict[str, Any], theta: dict[str, Any]) -> Array:
    """Scale, in years, of the logistic error of what is said on whether something has happened."""
    return theta["event_scale"][..., at["origin"]] + _NOT_YET_PER_YEAR_AHEAD * at["ahead"]


def _guidance(at: dict[str, Any], theta: dict[str, Any], world: dict[str, Any], xp: Any) -> tuple[Array, Array]:
    """Announced lead times."""
    slip = theta["slip_mean"][..., at["bloc"]] + (
        theta["slip_roadmap_sd"][..., None] * theta["slip_roadmap"][..., at["pair"]]
    )
    announced = layer.announced_lead(true_dates(at, theta, world), at["published"], slip, xp)
    return announced, theta["guidance_scale"][..., at["origin"]]


def _reported(at: dict[str, Any], theta: dict[str, Any], world: dict[str, Any], xp: Any) -> tuple[Array, Array]:
    """Reported dates of events, disputed ones among them."""
    lead = theta["rumour_lead"][..., None] * at["rumour"] + theta["mass_production_lead"][..., None] * at["declared"]
    return true_dates(at, theta, world) - lead, theta["event_scale"][..., at["origin"]]


# --- ramp -------------------------------------------------------------------------------------------------------


def _hbm_yield(
    at: dict[str, Any], theta: dict[str, Any], world: dict[str, Any], layout: Layout, xp: Any
) -> tuple[Array, Array]:
    ramp, vendor = world["ramp"], at["vendor"]
    here = (..., vendor, at["generation"])
    made = ramp["made"][(*here, slice(None))] if "made" in ramp else None
    known = learned(ramp, world["dates"]["volume"][here], at["time"], layout, xp, vendor, made)
    left = unlearned(ramp, known, (..., vendor), xp)
    die = equations.loss(left, ramp["die_start"][here], ramp["die_floor"][..., vendor])
    low_stack = equations.loss(left, ramp["stack_start"][here], ramp["stack_floor"][..., vendor])
    stack = equations.stack_loss(low_stack, at["layers"], ramp["layer_exponent"][..., None], xp)
    centre = layer.logit_of_loss(at["die"] * die + at["stack"] * stack, xp)
    offset = theta["test_yield_offset"][..., None] * at["test"] + theta["tsv_yield_offset"][..., None] * at["tsv"]
    return centre + offset + theta["yield_bias"][..., at["origin"]], theta["yield_scale"][..., at["origin"]]


def _node_yield(
    at: dict[str, Any], theta: dict[str, Any], world: dict[str, Any], layout: Layout, xp: Any
) -> tuple[Array, Array]:
    ramp, node, vendor = world["ramp"], at["node"], at["vendor"]
    made = ramp["node_made"][..., node, :] if "node_made" in ramp else None
    known = learned(ramp, ramp["node_start"][..., node], at["time"], layout, xp, vendor, made)
    left = unlearned(ramp, known, (..., vendor), xp)
    lost = equations.loss(left, ramp["node_die_start"][..., node], ramp["node_die_floor"][..., node])
    offset = theta["test_yield_offset"][..., None] * at["test"] + theta["yield_bias"][..., at["origin"]]
    return layer.logit_of_loss(lost, xp) + offset, theta["yield_scale"][..., at["origin"]]


# --- capacity, investment, output -------------------------------------------------------------------------------


def _flat(paths: Array) -> Array:
    """(..., vendor, time) as (..., vendor * time), to be met by a claim's weights over both."""
    lead = paths.shape[:-2] if hasattr(paths, "__array__") else ()
    return paths.reshape((*lead, -1))


def _capacity(
    design: Design, theta: dict[str, Any], world: dict[str, Any], priors: Priors, xp: Any
) -> tuple[Array, Array]:
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


def _spending(
    at: dict[str, Any], theta: dict[str, Any], world: dict[str, Any], priors: Priors, xp: Any
) -> tuple[Array, Array]:
    spent = xp.log(_flat(xp.exp(world["capacity"]["log_spending"])) @ at["weights"])
    slip = at["ahead"] * theta["plan_optimism"][..., at["bloc"]]
    centre = spent + theta["spending_definition"] @ at["definition"] + slip
    scale = priors.constant("spending_scale") * (1.0 + at["guess"]) + priors.constant("forecast_widening") * at["ahead"]
    return centre, scale + xp.zeros_like(centre)


def _output(
    at: dict[str, Any], theta: dict[str, Any], world: dict[str, Any], priors: Priors, xp: Any
) -> tuple[Array, Array]:
    shipped = _flat(xp.sum(world["output"]["bits"], axis=-2))
    scale = theta["output_scale"][..., None] + priors.constant("forecast_widening") * at["ahead"]
    return xp.log(shipped @ at["weights"] + _NOTHING), scale


def _share(
    at: dict[str, Any], theta: dict[str, Any], world: dict[str, Any], kind: str, priors: Priors, xp: Any
) -> tuple[Array, Array]:
    """Logits of shares of bits, or of revenue."""
    price = xp.exp(theta["price_premium"])[..., None, :, None] if kind == "revenue_share" else 1.0
    flow = _flat(xp.sum(world["output"]["bits"] * price, axis=-2))
    scale = (
        theta["share_scale"][..., at["origin"]]
        + priors.constant("forecast_widening") * at["ahead"]
        + priors.constant("unstated_basis_scale") * at["unstated"]
    )
    return xp.log(flow @ at["own"] + _NOTHING) - xp.log(flow @ at["rest"]), scale
