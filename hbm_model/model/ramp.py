"""Ramp: how yield of dies and stacks improves after volume start."""

from __future__ import annotations

from typing import Any

import numpy as np

from hbm_model.core.industry import GENERATIONS, VENDORS, vendor_index
from hbm_model.model import equations
from hbm_model.model.context import Context
from hbm_model.model.equations import Array
from hbm_model.model.layout import Layout
from hbm_model.model.parameters import Parameters, Theta
from hbm_model.policy.response import CELL

_STARTS, _FLOORS = ("die_start", "stack_start"), ("die_floor", "stack_floor")
_PACE = {"time": "learning_time", "volume": "learning_exponent"}
"""What sets a maker's pace of learning, by the form of learning."""


def declare(parameters: Parameters) -> Theta:
    """Random variables of the ramp: industry levels, makers' and products' departures (standard normal).

    Parameters
    ----------
    parameters
        What they are declared to.
    """
    layout = parameters.layout
    levels = ("die_start", "die_floor", _PACE[layout.learning], "stack_start", "stack_floor")
    theta = {name: parameters.prior(name) for name in (*levels, "layer_exponent", "hbm_die_ratio")}
    if layout.learning == "volume":
        theta["learning_wafers"] = parameters.prior("learning_wafers")
    departures = [(f"{name}_vendor", "vendor") for name in levels]
    departures += [("die_start_pair", "pair"), ("stack_start_pair", "pair"), ("die_start_node", "node")]
    theta |= {name: parameters.normal(name, 0.0, 1.0, (dim,)) for name, dim in departures}
    offset, spread = parameters.priors.location("node_start_offset"), parameters.priors.scale("node_start_offset")
    start = np.array(layout.node_first_report) + offset
    theta["node_start"] = parameters.normal("node_start", start, spread, ("node",))
    return theta


def evaluate(context: Context, volume: Array) -> dict[str, Array]:
    """Parameters of every ramp.

    Parameters
    ----------
    context
        Of its forces, ``learning_speed`` and ``start_loss`` stand at the layout's cells, ``floor_loss`` at the times of
        output.
    volume
        (..., vendor, generation) volume dates, decimal years.

    Returns
    -------
    dict[str, Array]
        Dict with ``die_start``, ``stack_start`` (..., vendor, generation), ``die_floor``, ``stack_floor`` (...,
        vendor), ``node_die_start``, ``node_die_floor``, ``node_start`` (..., node), and ``layer_exponent`` (...). By
        the form of learning, ``learning_time`` in years, or ``learning_exponent`` and ``learning_wafers`` in thousands
        (..., vendor). Losses are ``-log(yield)``; the stack's are those of an 8-high stack; dates are in years. Where
        policy acts, ``log_speed`` of learning (..., vendor, cell) and ``floor_factor`` of the floors (..., vendor,
        time) as well.
    """
    theta, layout, priors, forces, xp = context.theta, context.layout, context.priors, context.forces, context.xp
    by_vendor, by_series = priors.constant("ramp_vendor_sd"), priors.constant("ramp_series_sd")

    def vendor_level(name: str) -> Array:
        return xp.log(theta[name])[..., None] + by_vendor * theta[f"{name}_vendor"]

    def on_grid(name: str) -> Array:
        departure = equations.fold(
            by_series * theta[f"{name}_pair"] @ layout.pair_place, (len(VENDORS), len(GENERATIONS))
        )
        return xp.exp(vendor_level(name)[..., None] + departure)

    node_vendor = vendor_index(layout.nodes)
    ratio = theta["hbm_die_ratio"]
    grown = {
        "die_start": ratio[..., None, None] * on_grid("die_start"),
        "die_floor": ratio[..., None] * xp.exp(vendor_level("die_floor")),
        "stack_start": on_grid("stack_start"),
        "stack_floor": xp.exp(vendor_level("stack_floor")),
        _PACE[layout.learning]: xp.exp(vendor_level(_PACE[layout.learning])),
        "layer_exponent": theta["layer_exponent"],
        "node_die_start": xp.exp(vendor_level("die_start")[..., node_vendor] + by_series * theta["die_start_node"]),
        "node_die_floor": xp.exp(vendor_level("die_floor"))[..., node_vendor],
        "node_start": theta["node_start"],
    }
    if layout.learning == "volume":
        grown["learning_wafers"] = theta["learning_wafers"][..., None] * np.ones(len(VENDORS))
    if "learning_speed" in forces:
        grown["log_speed"] = forces["learning_speed"]
    if "start_loss" in forces:
        worse = np.exp(_at(volume, forces["start_loss"], layout))
        grown |= {name: grown[name] * worse for name in ("die_start", "stack_start")}
    if "floor_loss" in forces:
        grown["floor_factor"] = np.exp(forces["floor_loss"])
    return grown


def _at(dates: Array, cells: Array, layout: Layout) -> Array:
    """Values of cells (..., vendor, cell) at dates (..., vendor, event), zero before the first (NumPy only)."""
    place = np.floor((dates - layout.cells[0]) / CELL).astype(int)
    place = np.broadcast_to(place, (*cells.shape[:-1], place.shape[-1]))
    values = np.take_along_axis(cells, np.clip(place, 0, cells.shape[-1] - 1), axis=-1)
    return np.where(place < 0, 0.0, values)


def learned(
    context: Context, ramp: dict[str, Array], start: Array, time: Array, vendor: Any = None, made: Array | None = None
) -> Array:
    """What there was to learn from between `start` and `time`, in the unit of the form of learning.

    That is years (calendar years where no control changes the speed of learning), or thousand wafers.

    Parameters
    ----------
    context
        Gives the layout and the array namespace.
    ramp
        Result of :func:`evaluate`.
    start, time
        (..., event) where `vendor` is given, else (..., vendor, event); decimal years.
    vendor
        (event,) index of whose clock it is; None where the makers have an axis of their own.
    made
        Thousand wafers a year of the product, cell by cell after the dims of `time`; read by the volume form alone.
    """
    layout, xp = context.layout, context.xp
    if layout.learning == "volume":
        return equations.accumulated(time, layout.learning_cells, CELL, made, xp)
    if "log_speed" not in ramp:
        return time - start
    speed = ramp["log_speed"][..., None, :] if vendor is None else ramp["log_speed"][..., vendor, :]
    first, last = (equations.progressed(t, layout.cells, CELL, speed, xp) for t in (start, time))
    return last - first


def made_of(ramp: dict[str, Array], generation: Array) -> Array | None:
    """Wafers a year of one generation at each time, (draw, vendor, time, cell); none but by volume (NumPy only).

    Parameters
    ----------
    ramp
        Result of :func:`evaluate`; in the volume form, joined with :func:`hbm_model.model.experience.evaluate`'s.
    generation
        (draw, time) index.
    """
    if "made" not in ramp:
        return None
    place = generation[:, None, None, :, None]
    return np.take_along_axis(ramp["made"][:, :, :, None], place, axis=2)[:, :, 0]


def learned_on_grid(context: Context, ramp: dict[str, Array], volume: Array, times: Array) -> Array:
    """What there was to learn from (see :func:`learned`) up to given times: (..., vendor, generation, time).

    Parameters
    ----------
    context
        Gives the layout and the array namespace.
    ramp
        Result of :func:`evaluate`; in the volume form, joined with :func:`hbm_model.model.experience.evaluate`'s.
    volume
        (..., vendor, generation) volume dates, decimal years.
    times
        (time,) decimal years.
    """
    layout, xp = context.layout, context.xp
    if layout.learning == "volume":
        return equations.accumulated_at(times, layout.learning_cells, CELL, ramp["made"])
    if "log_speed" not in ramp:
        return times - volume[..., None]
    speed = ramp["log_speed"]
    since = equations.progressed(volume, layout.cells, CELL, speed[..., None, :], xp)
    return equations.progressed_at(times, layout.cells, CELL, speed, xp)[..., None, :] - since[..., None]


def unlearned(ramp: dict[str, Array], learned: Array, at: Any, xp: Any) -> Array:
    """Part of the excess loss that is left after what was :func:`learned`.

    Parameters
    ----------
    ramp
        Result of :func:`evaluate`.
    learned
        Years or thousand wafers.
    at
        Index that brings (..., vendor) to the dims of `learned`.
    xp
        Array namespace.
    """
    if "learning_time" in ramp:
        return equations.unlearned(learned, ramp["learning_time"][at], xp)
    return equations.unlearned_by_volume(learned, ramp["learning_wafers"][at], ramp["learning_exponent"][at], xp)


def yields(ramp: dict[str, Array], learned: Array, layers: Any, xp: Any) -> dict[str, Array]:
    """Die, stack and final yield of HBM by what was learned.

    Parameters
    ----------
    ramp
        Result of :func:`evaluate`.
    learned
        (..., vendor, generation, time) from :func:`learned_on_grid`: years, or thousand wafers.
    layers
        (generation,) stack height.
    xp
        Array namespace.

    Returns
    -------
    dict[str, Array]
        Dict of ``die``, ``stack``, ``final`` (..., vendor, generation, time), fractions; ``final = die * stack``.
    """
    left = unlearned(ramp, learned, (..., None, None), xp)
    floor = {name: ramp[name][..., None, None] for name in _FLOORS}
    if "floor_factor" in ramp:
        worse = ramp["floor_factor"][..., None, :]
        floor = {name: value * worse for name, value in floor.items()}
    start = {name: ramp[name][..., None] for name in _STARTS}
    exponent = ramp["layer_exponent"][..., None, None, None]
    return _yields(left, start, floor, np.asarray(layers, dtype=float)[:, None], exponent, xp)


def yields_of(ramp: dict[str, Array], learned: Array, generation: Array, layers: Any) -> dict[str, Array]:
    """Yields of one generation at each time, each maker at what it has learned of it (NumPy only).

    Parameters
    ----------
    ramp
        Result of :func:`evaluate`.
    learned
        (draw, vendor, time) years or thousand wafers.
    generation
        (draw, time) index.
    layers
        (generation,) stack height.

    Returns
    -------
    dict[str, Array]
        Dict of ``die``, ``stack``, ``final`` (draw, vendor, time), fractions.
    """
    left = unlearned(ramp, learned, (..., None), np)
    worse = ramp.get("floor_factor", 1.0)
    floor = {name: ramp[name][..., None] * worse for name in _FLOORS}
    start = {name: np.take_along_axis(ramp[name], generation[:, None], axis=2) for name in _STARTS}
    height = np.asarray(layers, dtype=float)[generation][:, None]
    return _yields(left, start, floor, height, ramp["layer_exponent"][:, None, None], np)


def _yields(
    left: Array, start: dict[str, Array], floor: dict[str, Array], layers: Array, exponent: Array, xp: Any
) -> dict[str, Array]:
    die = equations.loss(left, start["die_start"], floor["die_floor"])
    low_stack = equations.loss(left, start["stack_start"], floor["stack_floor"])
    stack = equations.stack_loss(low_stack, layers, exponent, xp)
    return {"die": xp.exp(-die), "stack": xp.exp(-stack), "final": xp.exp(-die - stack)}


def coords(layout: Layout) -> dict[str, list[str]]:
    """Labels of the ramp's own dims.

    Parameters
    ----------
    layout
        Gives the nodes.
    """
    return {"node": list(layout.nodes)}
