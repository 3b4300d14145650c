"""Experience: the wafers of each product that a maker has learned from, for yield learning by volume."""

from __future__ import annotations

import numpy as np

from hbm_model.core.arrays import interpolation
from hbm_model.core.industry import vendor_index
from hbm_model.model import equations
from hbm_model.model.capacity import hbm_log_wafers
from hbm_model.model.context import Context
from hbm_model.model.equations import Array
from hbm_model.model.layout import CYCLE_YEARS
from hbm_model.model.output import mix_at
from hbm_model.policy.response import CELL

_MONTHS = 12.0


def evaluate(context: Context, volume: Array, capacity: dict[str, Array]) -> dict[str, Array]:
    """Wafers a year of every product, quarter by quarter: no yields are needed for them.

    HBM: installed HBM wafers, half a year before they are finished stacks, times the generation's part of the mix.
    A commodity node: the maker's DRAM wafers times a part that rises to the whole after its volume start. Left out are
    that a newer node takes wafers away again, and what other makers' wafers teach. A control that slows learning makes
    wafers teach less. Before the first year of the wafer paths nothing is counted. Before 2022 HBM lines are taken to
    be as large as at the end of 2021.

    Parameters
    ----------
    context
        Of its forces, ``learning_speed`` is read, (..., vendor, cell).
    volume
        (..., vendor, generation) volume dates, decimal years.
    capacity
        Result of :func:`hbm_model.model.capacity.evaluate`.

    Returns
    -------
    dict[str, Array]
        Dict with ``made`` (..., vendor, generation, cell) and ``node_made`` (..., node, cell): thousand wafers a year,
        by the layout's ``learning_cells``.
    """
    theta, layout, priors, forces, xp = context.theta, context.layout, context.priors, context.forces, context.xp
    cells = layout.learning_cells
    middle = cells + CELL / 2
    hbm = hbm_log_wafers(capacity["log_wafers"], capacity["hbm_logit"], xp)
    log_hbm = hbm @ interpolation(layout.hbm_knots, middle - CYCLE_YEARS)
    log_dram = capacity["log_wafers"] @ interpolation(layout.knots, middle)
    if "learning_speed" in forces:
        place = (np.abs(layout.cells[:, None] - cells) < CELL / 2).astype(float)
        speed = forces["learning_speed"] @ place
        log_hbm, log_dram = log_hbm + speed, log_dram + speed
    age = middle - theta["node_start"][..., None]
    moved = equations.sigmoid((age - priors.constant("node_half_time")) / priors.constant("node_width"), xp)
    return {
        "made": _MONTHS * xp.exp(log_hbm)[..., None, :] * mix_at(context, volume, middle),
        "node_made": _MONTHS * xp.exp(log_dram)[..., vendor_index(layout.nodes), :] * moved,
    }
