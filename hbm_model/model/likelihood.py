"""Likelihood of each kind of claim, given the world that the structural equations describe."""

from __future__ import annotations

from typing import Any

from hbm_model.core.industry import BLOCS, ORIGINS, VENDORS
from hbm_model.core.priors import Priors
from hbm_model.model import measurement as layer
from hbm_model.model.coding import DEFINITIONS
from hbm_model.model.context import Context
from hbm_model.model.equations import Array
from hbm_model.model.kinds import BLOCKS
from hbm_model.model.layout import Layout
from hbm_model.model.predictors import Design, World, base_dates, not_yet_scale, true_dates

PLANS = ["dram", "hbm"]
CAPACITY_KINDS = ["installed", "wafer_input", "packaging"]


def declare(priors: Priors, layout: Layout) -> dict[str, Any]:
    """Random variables of the claims layer: biases, scales, offsets, slips.

    Parameters
    ----------
    priors
        Data of the graph, from ``Priors.in_graph()``.
    layout
        Its pairs have a slip of their own each.
    """
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


def predictions(context: Context, world: World, design: Design) -> tuple[Array, Array]:
    """Centre and scale of the logistic distribution of every interval claim, in the claim's own scale.

    The fit, the posterior predictive check and the forecast of what a source would say read this one function.

    Parameters
    ----------
    context
        Parameters and what else the equations read.
    world
        From :func:`hbm_model.model.joint.structure`.
    design
        The claims' data (arrays, or data of the graph).

    Returns
    -------
    centre, scale : Array
        (..., claim), claims in the order of ``Observations.stacked``.
    """
    blocks = [block.predict(design, context, world) for block in BLOCKS]
    centre, scale = (context.xp.concatenate([block[i] for block in blocks], axis=-1) for i in (0, 1))
    return centre, scale


def likelihood(context: Context, world: World, design: Design) -> dict[str, Array]:
    """Log likelihood, claim by claim.

    Parameters
    ----------
    context, world, design
        As for :func:`predictions`.

    Returns
    -------
    dict[str, Array]
        Dict of (..., claim) arrays: ``claims`` (in the order of ``Observations.stacked``), ``not_yet``, ``silence`` and
        ``first_report``.
    """
    xp = context.xp
    claims, denials, silence, first = (design[group] for group in ("claims", "not_yet", "silence", "first_report"))
    centre, scale = predictions(context, world, design)
    right = layer.interval_logp(claims["low"], claims["high"], centre, scale, xp)
    softness = not_yet_scale(denials, context)
    quiet, heard = (base_dates(group, world) for group in (silence, first))
    delay = context.theta["reporting_delay"]
    dates = true_dates(denials, context, world)
    return {
        "claims": layer.disputed_logp(right, claims["truth"], claims["if_wrong"], xp),
        "not_yet": layer.not_yet_logp(dates, denials["seen"], softness, denials["answer"], xp),
        "silence": layer.silence_logp(quiet, silence["through"], silence["since"], delay[..., silence["bloc"]], xp),
        "first_report": layer.first_report_logp(heard, first["published"], delay[..., first["bloc"]], xp),
    }
