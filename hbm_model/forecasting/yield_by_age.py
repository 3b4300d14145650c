"""How yields mature: final yield by months since a maker's own volume start, at every stack height of a generation.

A forecast's quarters put makers side by side in calendar time; these put them side by side at the same age, draw by
draw, each draw at its own volume date.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from hbm_model.core.arrays import Floats, evenly
from hbm_model.core.industry import BASE_LAYERS, GENERATIONS, TALLER_LAYERS, VENDORS
from hbm_model.core.quantities import TABLE_QUANTILES
from hbm_model.forecasting.simulate import evaluate, future
from hbm_model.inference.fit import Fit

COLUMNS = ["vendor", "generation", "layers", "months", *TABLE_QUANTILES, "reached"]
MONTHS = np.arange(0, 61, 3)
_DRAWS = 1000
"""Draws looked at: quantiles of yields need no more."""
_FEW = 0.5
"""An age that fewer draws reach before the horizon is left out: those that do are the early ones."""

_NOUGHT = 1e-30
"""A yield that rounds to nought has a loss that ends, so that there is something between it and the next quarter's."""


def maturity(fit: Fit, horizon: str = "2032Q4") -> pd.DataFrame:
    """Final yield by age in the baseline.

    Taller stacks learn with their generation and lose more at every age: ``stack loss`` grows with the height as
    :func:`hbm_model.model.equations.stack_loss` has it. Ages before the first quarter of the output
    grid, and those beyond the horizon, are left out.

    Parameters
    ----------
    fit
        From :func:`hbm_model.fit`.
    horizon
        Last quarter.

    Returns
    -------
    pd.DataFrame
        With ``COLUMNS``: quantiles in percent over the draws that reach the age, ``months`` since the maker's volume
        start of the generation, and the share of draws that ``reached`` it.
    """
    ahead = future(fit, horizon)
    ahead = ahead.some(evenly(ahead.draws, _DRAWS))
    world = evaluate(ahead)
    volume, times = world["volume"].to_numpy(), ahead.times
    die, stack = (-np.log(np.maximum(world[name].to_numpy(), _NOUGHT)) for name in ("die", "stack"))
    exponent = ahead.theta["layer_exponent"][:, None]
    parts = []
    for v, vendor in enumerate(VENDORS):
        for g, generation in enumerate(GENERATIONS):
            place, inside = _places(volume[:, v, g], times)
            base = BASE_LAYERS[generation]
            losses = [_at(loss[:, v, g], place) for loss in (die, stack)]
            for layers in (base, *TALLER_LAYERS[generation]):
                final = 100 * np.exp(-losses[0] - losses[1] * (layers / base) ** exponent)
                rows = _rows(np.where(inside, final, np.nan))
                parts.append(rows.assign(vendor=vendor, generation=generation, layers=layers))
    return pd.concat(parts, ignore_index=True)[COLUMNS].astype({"layers": int, "months": int})


def _places(volume: Floats, times: Floats) -> tuple[Floats, np.ndarray]:
    """Where each age lies between the quarters, (draw, age), and whether it lies on the grid at all."""
    at = volume[:, None] + MONTHS / 12
    place = (at - times[0]) / (times[1] - times[0])
    inside = (place >= 0) & (place <= len(times) - 1)
    return np.clip(place, 0, len(times) - 1), inside


def _at(values: Floats, place: Floats) -> Floats:
    """Values (draw, time) between the quarters, linearly."""
    left = np.minimum(place.astype(int), values.shape[1] - 2)
    low, high = (np.take_along_axis(values, left + step, axis=1) for step in (0, 1))
    return np.asarray(low + (place - left) * (high - low))


def _rows(final: Floats) -> pd.DataFrame:
    reached = np.isfinite(final).mean(axis=0)
    kept = reached >= _FEW
    if not kept.any():
        return pd.DataFrame()
    levels = np.nanquantile(final[:, kept], list(TABLE_QUANTILES.values()), axis=0)
    table = pd.DataFrame(dict(zip(TABLE_QUANTILES, levels, strict=True)))
    return table.assign(months=MONTHS[kept], reached=reached[kept])
