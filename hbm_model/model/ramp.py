"""Ramp: how yield of dies and stacks improves after volume start."""

from __future__ import annotations

from typing import Any

import numpy as np

from hbm_model import curves
from hbm_model.curves import Array
from hbm_model.model.layout import GENERATIONS, VENDORS, Layout, vendor_index
from hbm_model.priors import Priors

_LEVELS = ("die_start", "die_floor", "learning_time", "stack_start", "stack_floor")


def declare(priors: Priors, layout: Layout) -> dict[str, Any]:
    """Random variables of the ramp: industry levels, makers' and products' departures (standard normal)."""
    import pymc as pm

    theta = {name: priors.rv(name) for name in (*_LEVELS, "layer_exponent", "hbm_die_ratio")}
    for name in _LEVELS:
        theta[f"{name}_vendor"] = pm.Normal(f"{name}_vendor", 0, 1, dims="vendor", shape=(len(VENDORS),))
    for name in ("die_start", "stack_start"):
        theta[f"{name}_pair"] = pm.Normal(f"{name}_pair", 0, 1, dims="pair", shape=(len(layout.pairs),))
    theta["die_start_node"] = pm.Normal("die_start_node", 0, 1, dims="node", shape=(len(layout.nodes),))
    offset = priors["node_start_offset"]
    theta["node_start"] = pm.Normal(
        "node_start",
        np.array(layout.node_first_report) + offset.values("mean"),
        offset.values("sd"),
        dims="node",
        shape=(len(layout.nodes),),
    )
    return theta


def evaluate(theta: dict[str, Any], layout: Layout, priors: Priors, xp: Any) -> dict[str, Array]:
    """Parameters of every ramp.

    Returns
    -------
    dict with ``die_start``, ``stack_start`` (..., vendor, generation), ``die_floor``, ``stack_floor``, ``tau``
    (..., vendor), ``node_die_start``, ``node_start`` (..., node), ``hbm_die_ratio`` and ``layer_exponent`` (...).
    Losses are ``-log(yield)``; the stack's are those of an 8-high stack; ``tau`` and dates are in years.
    """
    by_vendor, by_series = priors.constant("ramp_vendor_sd"), priors.constant("ramp_series_sd")

    def vendor_level(name: str) -> Array:
        return xp.log(theta[name])[..., None] + by_vendor * theta[f"{name}_vendor"]

    def on_grid(name: str) -> Array:
        departure = curves.fold(by_series * theta[f"{name}_pair"] @ layout.pair_place, (len(VENDORS), len(GENERATIONS)))
        return xp.exp(vendor_level(name)[..., None] + departure)

    node_vendor = vendor_index(layout.nodes)
    ratio = theta["hbm_die_ratio"]
    return {
        "die_start": ratio[..., None, None] * on_grid("die_start"),
        "die_floor": ratio[..., None] * xp.exp(vendor_level("die_floor")),
        "stack_start": on_grid("stack_start"),
        "stack_floor": xp.exp(vendor_level("stack_floor")),
        "tau": xp.exp(vendor_level("learning_time")),
        "layer_exponent": theta["layer_exponent"],
        "node_die_start": xp.exp(vendor_level("die_start")[..., node_vendor] + by_series * theta["die_start_node"]),
        "node_die_floor": xp.exp(vendor_level("die_floor"))[..., node_vendor],
        "node_tau": xp.exp(vendor_level("learning_time"))[..., node_vendor],
        "node_start": theta["node_start"],
    }


def yields(ramp: dict[str, Array], age: Array, layers: Any, xp: Any) -> dict[str, Array]:
    """Die, stack and final yield of HBM by age.

    Parameters
    ----------
    ramp : result of :func:`evaluate`.
    age : (..., vendor, generation, time) years since volume start.
    layers : (generation,) stack height.

    Returns
    -------
    dict of ``die``, ``stack``, ``final`` (..., vendor, generation, time), fractions; ``final = die * stack``.
    """
    left = curves.unlearned(age, ramp["tau"][..., None, None], xp)
    die = curves.loss(left, ramp["die_start"][..., None], ramp["die_floor"][..., None, None])
    stack = curves.stack_loss(
        curves.loss(left, ramp["stack_start"][..., None], ramp["stack_floor"][..., None, None]),
        np.asarray(layers, dtype=float)[:, None],
        ramp["layer_exponent"][..., None, None, None],
        xp,
    )
    return {"die": xp.exp(-die), "stack": xp.exp(-stack), "final": xp.exp(-die - stack)}


def coords(layout: Layout) -> dict[str, list[str]]:
    """Labels of the ramp's own dims."""
    return {"node": list(layout.nodes)}
