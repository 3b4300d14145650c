"""Yields of Korea and China side by side at the same age of what China ships best, on posterior draws."""

from __future__ import annotations

from typing import Any

import numpy as np

from hbm_model.core.arrays import Floats
from hbm_model.core.industry import BASE_LAYERS, GENERATIONS
from hbm_model.forecasting.gaps import CHINA, KOREA, same_age
from hbm_model.model import ramp
from hbm_model.model.context import Context
from hbm_model.policy.response import CELL


def at_same_age(context: Context, parameters: dict[str, Any], volume: Floats, times: Floats) -> tuple[Floats, Floats]:
    """Best final yields of both blocs for China's best generation, at the age that China's first maker has there.

    Parameters
    ----------
    context
        Draws of the parameters, layout and forces.
    parameters
        The ramps (:func:`hbm_model.model.ramp.evaluate`).
    volume
        (draw, vendor, generation) volume dates, decimal years.
    times
        (time,) decimal years.

    Returns
    -------
    tuple[Floats, Floats]
        Korea's and China's, (draw, time) fractions; NaN where China ships none.
    """
    best, age = same_age(volume, times)
    generation = np.maximum(best, 0)
    start = np.take_along_axis(volume, generation[:, None], axis=2)
    learned = _learned(context, parameters, start, start + np.nan_to_num(age)[:, None], generation)
    final = ramp.yields_of(parameters, learned, generation, [BASE_LAYERS[g] for g in GENERATIONS])["final"]
    leader = np.take_along_axis(volume[:, CHINA], generation[:, None], axis=2).argmin(axis=1)
    china = np.take_along_axis(final[:, CHINA], leader[:, None], axis=1)[:, 0]
    none = best < 0
    return np.where(none, np.nan, final[:, KOREA].max(axis=1)), np.where(none, np.nan, china)


def _learned(context: Context, parameters: dict[str, Any], start: Floats, time: Floats, generation: Floats) -> Floats:
    """What there was to learn from (see :func:`hbm_model.model.ramp.learned`): (draw, vendor, time)."""
    if "log_speed" not in parameters or "made" in parameters:
        made = ramp.made_of(parameters, generation)
        return np.asarray(ramp.learned(context, parameters, start, time, made=made))
    cells, log_speed = context.layout.cells, parameters["log_speed"]
    return progressed(time, cells, log_speed) - progressed(start, cells, log_speed)


def progressed(time: Floats, cells: Floats, log_speed: Floats) -> Floats:
    """:func:`hbm_model.model.equations.progressed` of many times on few clocks: (..., event).

    The sum over all cells up to each time is read off running sums, which are taken once for each clock.

    Parameters
    ----------
    time
        (..., event) decimal years.
    cells
        (cell,) starts of the quarters, decimal years.
    log_speed
        (..., cell) log of the clock's speed in each quarter.
    """
    rate = np.expm1(log_speed)
    sums = np.cumsum(rate * CELL, axis=-1)
    place = np.clip((time - cells[0]) / CELL, 0, len(cells))
    cell = np.minimum(place.astype(np.intp), len(cells) - 1)
    here = np.take_along_axis(rate, cell, axis=-1)
    return np.asarray(time + np.take_along_axis(sums, cell, axis=-1) + here * (CELL * (place - cell - 1)))
