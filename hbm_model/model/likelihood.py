"""Likelihood of each kind of claim, given the world that the structural equations describe."""

from __future__ import annotations

from hbm_model.model import measurement as layer
from hbm_model.model.context import Context
from hbm_model.model.equations import Array
from hbm_model.model.kinds import BLOCKS
from hbm_model.model.parameters import Parameters, Theta
from hbm_model.model.predictors import Design, World, base_dates, not_yet_scale, true_dates

PLANS = ["dram", "hbm"]
CAPACITY_KINDS = ["installed", "wafer_input", "packaging"]


def declare(parameters: Parameters) -> Theta:
    """Random variables of the claims layer: biases, scales, offsets, slips.

    Parameters
    ----------
    parameters
        What they are declared to.
    """
    dims = {
        "origin": ("event_scale", "guidance_scale", "yield_bias", "yield_scale", "capacity_scale", "share_scale"),
        "bloc": ("reporting_delay", "slip_mean", "plan_optimism"),
        None: (
            "rumour_lead",
            "mass_production_lead",
            "slip_roadmap_sd",
            "test_yield_offset",
            "tsv_yield_offset",
            "output_scale",
        ),
        "definition": ("spending_definition",),
        "capacity_kind": ("capacity_definition",),
    }
    theta = {name: parameters.prior(name, dim) for dim, names in dims.items() for name in names}
    theta["slip_roadmap"] = parameters.normal("slip_roadmap", 0.0, 1.0, ("pair",))
    theta["plan_roadmap"] = parameters.normal("plan_roadmap", 0.0, 1.0, ("plan", "vendor"))
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
