"""Likelihood of each kind of claim, given the world that the structural equations describe."""

from __future__ import annotations

from typing import Any

import numpy as np

from hbm_model import curves
from hbm_model.curves import Array
from hbm_model.model import claims as layer
from hbm_model.model.capacity import hbm_log_wafers
from hbm_model.model.coding import CAPACITY, SPENDING, Claims
from hbm_model.model.layout import BLOCS, ORIGINS, VENDORS, Layout
from hbm_model.model.observations import Observations
from hbm_model.priors import Priors

PLANS = ["dram", "hbm"]
CAPACITY_KINDS = ["installed", "wafer_input", "packaging"]
_NOT_YET_PER_YEAR_AHEAD = 0.3
_NOTHING = 1e-6
"""Bits (billions of gigabits) that keep the log share of a maker that ships nothing finite."""


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
    theta["spending_definition"] = priors.rv("spending_definition", "definition", list(layout.definitions))
    theta["capacity_definition"] = priors.rv("capacity_definition", "capacity_kind", CAPACITY_KINDS)
    theta["slip_roadmap"] = pm.Normal("slip_roadmap", 0, 1, dims="roadmap", shape=(len(layout.roadmaps),))
    theta["plan_roadmap"] = pm.Normal("plan_roadmap", 0, 1, dims=("plan", "vendor"), shape=(len(PLANS), len(VENDORS)))
    return theta


def predictions(
    theta: dict[str, Any], world: dict[str, Any], layout: Layout, observations: Observations, priors: Priors, xp: Any
) -> tuple[Array, Array]:
    """Centre and scale of the logistic distribution of every interval claim, in the claim's own scale.

    The fit, the posterior predictive check and the forecast of what a source would say read this one function.

    Returns
    -------
    centre, scale : (..., claim), claims in the order of ``observations.stacked``.
    """
    blocks = [
        _milestones(observations, theta, world, xp),
        _hbm_yield(observations.claims["hbm_yield"], theta, world, xp),
        _node_yield(observations.claims["node_yield"], theta, world, xp),
        _capacity(observations.claims, theta, world, layout, priors, xp),
        _spending(observations.claims, theta, world, priors, xp),
        _output(observations.claims, theta, world, priors, xp),
    ]
    centre, scale = (xp.concatenate([block[i] for block in blocks], axis=-1) for i in (0, 1))
    return centre, scale


def likelihood(
    theta: dict[str, Any], world: dict[str, Any], layout: Layout, observations: Observations, priors: Priors, xp: Any
) -> dict[str, Array]:
    """Log likelihood, claim by claim.

    Returns
    -------
    dict of (..., claim) arrays: ``claims`` (in the order of ``observations.stacked``), ``not_yet``, ``silence`` and
    ``first_report``.
    """
    stacked = observations.stacked
    centre, scale = predictions(theta, world, layout, observations, priors, xp)
    right = layer.interval_logp(stacked.low, stacked.high, centre, scale, xp)
    logp = {"claims": layer.disputed_logp(right, stacked.wrong, stacked.truth, xp)}
    refusal = observations.claims["not_yet"]
    if len(refusal):
        softness = theta["event_scale"][..., refusal.origin] + _NOT_YET_PER_YEAR_AHEAD * refusal.more["ahead"]
        date = _dates(refusal, theta, world, xp)
        logp["not_yet"] = layer.not_yet_logp(date, refusal.more["seen"], softness, xp)
    for name, group in (("silence", observations.silence), ("first_report", observations.first_report)):
        if len(group["vendor"]) == 0:
            continue
        delay = theta["reporting_delay"][..., group["bloc"]]
        here = (..., group["vendor"], group["generation"])
        date = world["dates"]["volume"][here] - (group["stage"] == 0) * world["dates"]["sample_lead"][here]
        if name == "silence":
            logp[name] = layer.silence_logp(date, observations.observed_through, delay, xp)
        else:
            logp[name] = layer.first_report_logp(date, group["published"], delay, xp)
    return logp


# --- clock ------------------------------------------------------------------------------------------------------


def _dates(claims: Claims, theta: dict[str, Any], world: dict[str, Any], xp: Any) -> Array:
    """True date of what each claim speaks of: its stage, at its stack height."""
    at, dates = claims.more, world["dates"]
    here = (..., claims.vendor, at["generation"])
    after = theta["qualified_after_volume"] @ at["qualified"] if len(at["qualified"]) else 0.0
    sample = (at["stage"] == 0).astype(float)
    return dates["volume"][here] - sample * dates["sample_lead"][here] + after + at["step"] * dates["taller_step"][here]


def _milestones(
    observations: Observations, theta: dict[str, Any], world: dict[str, Any], xp: Any
) -> tuple[Array, Array]:
    """Reported dates (events, disputed events) and announced lead times (guidance)."""
    claims = observations.milestones
    at = claims.more
    date = _dates(claims, theta, world, xp)
    n = len(observations.claims["guidance"])
    reported = date[..., n:] - (
        theta["rumour_lead"][..., None] * at["rumour"][n:]
        + theta["mass_production_lead"][..., None] * at["declared"][n:]
    )
    event_scale = theta["event_scale"][..., claims.origin[n:]]
    if n == 0:
        return reported, event_scale
    guided = observations.claims["guidance"]
    slip = theta["slip_mean"][..., guided.bloc] + (
        theta["slip_roadmap_sd"][..., None] * theta["slip_roadmap"][..., guided.more["roadmap"]]
    )
    announced = layer.announced_lead(date[..., :n], at["published"][:n], slip, xp)
    scale = theta["guidance_scale"][..., guided.origin]
    return xp.concatenate([announced, reported], axis=-1), xp.concatenate([scale, event_scale], axis=-1)


# --- ramp -------------------------------------------------------------------------------------------------------


def _hbm_yield(claims: Claims, theta: dict[str, Any], world: dict[str, Any], xp: Any) -> tuple[Array, Array]:
    at, ramp = claims.more, world["ramp"]
    here = (..., claims.vendor, at["generation"])
    age = at["time"] - world["dates"]["volume"][here]
    left = curves.unlearned(age, ramp["tau"][..., claims.vendor], xp)
    die = curves.loss(left, ramp["die_start"][here], ramp["die_floor"][..., claims.vendor])
    low_stack = curves.loss(left, ramp["stack_start"][here], ramp["stack_floor"][..., claims.vendor])
    stack = curves.stack_loss(low_stack, at["layers"], ramp["layer_exponent"][..., None], xp)
    centre = layer.logit_of_loss(at["die"] * die + at["stack"] * stack, xp)
    offset = theta["test_yield_offset"][..., None] * at["test"] + theta["tsv_yield_offset"][..., None] * at["tsv"]
    return centre + offset + theta["yield_bias"][..., claims.origin], theta["yield_scale"][..., claims.origin]


def _node_yield(claims: Claims, theta: dict[str, Any], world: dict[str, Any], xp: Any) -> tuple[Array, Array]:
    ramp, node = world["ramp"], claims.more["node"]
    age = claims.more["time"] - ramp["node_start"][..., node]
    left = curves.unlearned(age, ramp["node_tau"][..., node], xp)
    lost = curves.loss(left, ramp["node_die_start"][..., node], ramp["node_die_floor"][..., node])
    offset = theta["test_yield_offset"][..., None] * claims.more["test"] + theta["yield_bias"][..., claims.origin]
    return layer.logit_of_loss(lost, xp) + offset, theta["yield_scale"][..., claims.origin]


# --- capacity, investment, output -------------------------------------------------------------------------------


def _flat(paths: Array) -> Array:
    """(..., vendor, time) as (..., vendor * time), to be met by a claim's weights over both."""
    lead = paths.shape[:-2] if hasattr(paths, "__array__") else ()
    return paths.reshape((*lead, -1))


def _capacity(
    claims: dict[str, Claims], theta: dict[str, Any], world: dict[str, Any], layout: Layout, priors: Priors, xp: Any
) -> tuple[Array, Array]:
    paths = world["capacity"]
    hbm = hbm_log_wafers(paths["log_wafers"], paths["hbm_logit"], xp)
    kinds = [claims[kind] for kind in CAPACITY]
    ahead = np.concatenate([c.more["ahead"] for c in kinds])
    vendor, bloc = np.concatenate([c.vendor for c in kinds]), np.concatenate([c.bloc for c in kinds])
    truth = xp.concatenate(
        [
            _flat(path) @ c.more["weights"]
            for path, c in zip((paths["log_wafers"], hbm, paths["hbm_logit"]), kinds, strict=True)
        ],
        axis=-1,
    )
    plan = np.concatenate(
        [np.full(len(c), int(kind != "dram_wafers")) for kind, c in zip(CAPACITY, kinds, strict=True)]
    )
    roadmap = priors.constant("plan_roadmap_sd") * theta["plan_roadmap"][..., plan, vendor]
    defined = theta["capacity_definition"] @ np.concatenate([c.more["kind"] for c in kinds], axis=-1)
    scale = xp.concatenate(
        [
            theta["share_scale" if kind == "hbm_share" else "capacity_scale"][..., claims[kind].origin]
            for kind in CAPACITY
        ],
        axis=-1,
    )
    centre = truth + defined + ahead * (theta["plan_optimism"][..., bloc] + roadmap)
    return centre, scale + priors.constant("forecast_widening") * ahead


def _spending(
    claims: dict[str, Claims], theta: dict[str, Any], world: dict[str, Any], priors: Priors, xp: Any
) -> tuple[Array, Array]:
    kinds = [claims[kind] for kind in SPENDING]
    weights, definition = (np.concatenate([c.more[key] for c in kinds], axis=-1) for key in ("weights", "definition"))
    ahead, guess = (np.concatenate([c.more[key] for c in kinds]) for key in ("ahead", "guess"))
    bloc = np.concatenate([c.bloc for c in kinds])
    spent = xp.log(_flat(xp.exp(world["capacity"]["log_spending"])) @ weights)
    centre = spent + theta["spending_definition"] @ definition + ahead * theta["plan_optimism"][..., bloc]
    scale = priors.constant("spending_scale") * (1.0 + guess) + priors.constant("forecast_widening") * ahead
    return centre, scale + xp.zeros_like(centre)


def _output(
    claims: dict[str, Claims], theta: dict[str, Any], world: dict[str, Any], priors: Priors, xp: Any
) -> tuple[Array, Array]:
    bits = world["output"]["bits"]
    shipped = _flat(xp.sum(bits, axis=-2))
    revenue = _flat(xp.sum(bits * xp.exp(theta["price_premium"])[..., None, :, None], axis=-2))
    widening = priors.constant("forecast_widening")
    c = claims["output"]
    centres = [xp.log(shipped @ c.more["weights"])]
    scales = [theta["output_scale"][..., None] + widening * c.more["ahead"]]
    for kind, flow in (("bit_share", shipped), ("revenue_share", revenue)):
        c = claims[kind]
        own, rest = flow @ c.more["own"], flow @ c.more["rest"]
        centres.append(xp.log(own + _NOTHING) - xp.log(rest))
        scales.append(
            theta["share_scale"][..., c.origin]
            + widening * c.more["ahead"]
            + c.more["unstated"] * priors.constant("unstated_basis_scale")
        )
    return xp.concatenate(centres, axis=-1), xp.concatenate(scales, axis=-1)
