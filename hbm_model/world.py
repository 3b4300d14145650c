"""The world on posterior draws: the structural equations evaluated to the horizon, as labelled arrays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from hbm_model.calendar import quarter_end, quarter_label
from hbm_model.curves import NEVER
from hbm_model.errors import InputError
from hbm_model.fit import Fit
from hbm_model.gaps import CHINA, KOREA, same_age
from hbm_model.model import ramp
from hbm_model.model.joint import SHOCKS, structure
from hbm_model.model.layout import BASE_LAYERS, FIRST_QUARTER, GENERATIONS, VENDORS, Floats, Layout, interpolation

_SKIP_STREAM = 99
NO_DATE = 2500.0
"""Dates after this year are none: not built, or passed over."""
_BLOCK = 500
"""Draws evaluated at once, which bounds the memory."""


def simulate(fit: Fit, horizon: str) -> xr.Dataset:
    """Evaluate the model on every posterior draw, quarter by quarter to the horizon.

    Shocks of years after the fitted ones are drawn from their prior with the fit's own seed: the same draw meets the
    same future whatever is asked of it.

    Returns
    -------
    Dataset over ``draw, vendor, generation, period``: ``volume`` and ``sample`` (decimal years), ``taller_step``
    (years), ``die``, ``stack``, ``final`` (yields at base height, fractions, before volume start too), ``wafers`` and
    ``dram_wafers`` (thousand a month), ``bits`` (billion Gb a quarter), ``price`` (per bit, HBM3E = 1), and
    ``korea_at_same_age``, ``china_at_same_age`` (final yield of China's best generation and Korea's at its age).
    """
    end = quarter_end(horizon)
    if end <= FIRST_QUARTER:
        raise InputError(f"the horizon {horizon} lies before {quarter_label(FIRST_QUARTER)}, where output starts")
    times = np.arange(FIRST_QUARTER + 0.125, end, 0.25)
    theta = fit.theta()
    layout, theta, raised = _extended(fit, theta, int(np.ceil(end)) - 1)
    theta = _with_skips(theta, fit)
    n = len(next(iter(theta.values())))
    blocks = [
        _evaluate({name: values[i : i + _BLOCK] for name, values in theta.items()}, layout, fit, raised, times)
        for i in range(0, n, _BLOCK)
    ]
    coords = {
        "draw": np.arange(n),
        "vendor": VENDORS,
        "generation": GENERATIONS,
        "period": [quarter_label(t) for t in times],
        "time": ("period", times),
    }
    variables = {
        name: (("draw", *dims), np.concatenate([block[name][1] for block in blocks]))
        for name, (dims, _) in blocks[0].items()
    }
    return xr.Dataset(variables, coords=coords, attrs={"horizon": horizon, "end": end})


def _extended(fit: Fit, theta: dict[str, Any], last_year: int) -> tuple[Layout, dict[str, Any], Floats]:
    """Layout, parameters and money raised, with the yearly shocks continued to `last_year`."""
    more = last_year - fit.layout.last_year
    if more <= 0:
        return fit.layout, theta, fit.raised
    theta = dict(theta)
    n = len(theta["log_spending"])

    def fresh(stream: int) -> Floats:
        """(draw, vendor, year) standard normals; time is drawn first, so that a longer horizon only appends."""
        rng = np.random.default_rng([fit.meta["settings"]["seed"], stream])
        return np.moveaxis(rng.standard_normal((more, n, len(VENDORS))), 0, -1)

    for stream, name in enumerate(sorted(SHOCKS), start=1):
        theta[name] = np.concatenate([theta[name], fresh(stream)], axis=-1)
    steps = theta["spending_drift"][:, None, None] + fit.priors.constant("spending_sd") * fresh(0)
    path = theta["log_spending"][..., -1:] + np.cumsum(steps, axis=-1)
    theta["log_spending"] = np.concatenate([theta["log_spending"], path], axis=-1)
    raised = np.pad(fit.raised, ((0, 0), (0, more)))
    return replace(fit.layout, last_year=last_year), theta, raised


def _with_skips(theta: dict[str, Any], fit: Fit) -> dict[str, Any]:
    """Parameters in which entrants pass over HBM2 in volume in part of the draws."""
    offset = theta["early_generation_offset"]
    rng = np.random.default_rng([fit.meta["settings"]["seed"], _SKIP_STREAM])
    skipped = rng.uniform(size=offset.shape) < fit.priors.constant("early_generation_skipped")
    return {**theta, "early_generation_offset": offset + NEVER * skipped}


def _evaluate(
    theta: dict[str, Any], layout: Layout, fit: Fit, raised: Floats, times: Floats
) -> dict[str, tuple[tuple[str, ...], Floats]]:
    world = structure(theta, layout, fit.priors, raised, times, np)
    volume = world["dates"]["volume"]
    skipped = (volume > NO_DATE) & (layout.ships > 0)  # samples of a generation may exist without any volume
    base = [BASE_LAYERS[g] for g in GENERATIONS]
    yields = ramp.yields(world["ramp"], times - volume[..., None], base, np)
    log_dram = world["capacity"]["log_wafers"]
    dram = np.exp(log_dram @ interpolation(layout.knots, times))
    korea, china = _at_same_age(world["ramp"], volume, times)
    pair, full = ("vendor", "generation"), ("vendor", "generation", "period")
    return {
        "volume": (pair, volume),
        "sample": (pair, np.where(skipped, volume - NEVER, volume) - world["dates"]["sample_lead"]),
        "taller_step": (pair, world["dates"]["taller_step"]),
        **{name: (full, yields[name].astype("float32")) for name in ("die", "stack", "final")},
        "wafers": (("vendor", "period"), world["output"]["wafers"]),
        "dram_wafers": (("vendor", "period"), dram),
        "bits": (full, world["output"]["bits"]),
        "price": (("generation",), np.exp(theta["price_premium"])),
        "korea_at_same_age": (("period",), korea),
        "china_at_same_age": (("period",), china),
    }


def _at_same_age(parameters: dict[str, Any], volume: Floats, times: Floats) -> tuple[Floats, Floats]:
    """Best final yields of both blocs for China's best generation, at the age that China's first maker has there."""
    best, age = same_age(volume, times)
    base = [BASE_LAYERS[g] for g in GENERATIONS]
    ages = np.broadcast_to(np.nan_to_num(age)[:, None, None, :], (*volume.shape, len(times)))
    final = ramp.yields(parameters, ages, base, np)["final"]
    picked = np.take_along_axis(final, np.maximum(best, 0)[:, None, None, :], axis=2)[:, :, 0]
    leader = np.take_along_axis(volume[:, CHINA], np.maximum(best, 0)[:, None, :], axis=2).argmin(axis=1)
    china = np.take_along_axis(picked[:, CHINA], leader[:, None, :], axis=1)[:, 0]
    none = best < 0
    return np.where(none, np.nan, picked[:, KOREA].max(axis=1)), np.where(none, np.nan, china)
