"""The quantities of a forecast: from a simulated world to labelled values, and from those to rows of a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from hbm_model.core.arrays import Floats
from hbm_model.core.industry import BASE_LAYERS, GENERATIONS, RIVALS, TALLER_LAYERS, VENDORS
from hbm_model.core.quantities import BY_NAME, HEADLINES, TABLE_QUANTILES, Quantity
from hbm_model.forecasting import gaps
from hbm_model.inference.draws import NO_DATE
from hbm_model.inference.fit import Fit

COLUMNS = [
    "scenario", "quantity", "vendor", "generation", "layers", "period", "unit",
    "mean", "sd", *TABLE_QUANTILES, "prob_never",
]  # fmt: skip
RIVAL_MAKERS = dict(zip(RIVALS, (gaps.KOREA, gaps.CHINA), strict=True))
WITH_WORLD = {**RIVAL_MAKERS, "world": list(range(len(VENDORS)))}
"""Numbers of the makers that a bloc, or the world, stands for."""
_RARE = 0.02
"""A quantity defined in fewer draws than this is left out rather than summed up from a handful."""


@dataclass(frozen=True)
class QuantityDraws:
    """Draws of one quantity.

    Attributes
    ----------
    name
        As in :data:`hbm_model.core.quantities.QUANTITIES`.
    unit
        Of the values.
    draws
        (draw, ...) with dims out of ``vendor, generation, period``.
    layers
        Stack height by generation, where that matters.
    """

    name: str
    unit: str
    draws: xr.DataArray
    layers: Mapping[str, int] = field(default_factory=dict)


def summarise(quantity: QuantityDraws, more: Mapping[str, xr.DataArray] | None = None) -> pd.DataFrame:
    """Rows of ``forecast.parquet`` for one quantity.

    ``prob_never`` is the share of draws that are ``inf`` (a date beyond the horizon) or NaN (undefined). A quantile
    that falls among the ``inf`` is empty, and so are mean and sd where there is any; NaN draws are left out.

    Parameters
    ----------
    quantity
        The draws to sum up.
    more
        Further columns by name, over the dims of the quantity without ``draw``; None for no more.
    """
    values = quantity.draws
    dims = [dim for dim in values.dims if dim != "draw"]
    stacked = values.transpose("draw", *dims).to_numpy().reshape(values.sizes["draw"], -1).astype(float)
    index = pd.MultiIndex.from_product([values[dim].to_numpy() for dim in dims], names=dims)
    frame = index.to_frame(index=False)
    for column, each in (more or {}).items():
        frame[column] = each.transpose(*dims).to_numpy().ravel()
    undefined = np.isnan(stacked)
    kept = (1.0 - undefined.mean(axis=0)) >= _RARE
    frame, stacked, undefined = frame[kept].reset_index(drop=True), stacked[:, kept], undefined[:, kept]
    never = undefined | np.isinf(stacked)
    frame["prob_never"] = never.mean(axis=0)
    quantiles = _quantiles(stacked, undefined)
    for name, row in zip(TABLE_QUANTILES, quantiles, strict=True):
        frame[name] = np.where(np.isinf(row), np.nan, row)
    endless = np.isinf(stacked).any(axis=0)
    finite = np.where(never, np.nan, stacked)
    with np.errstate(invalid="ignore"):
        some = np.where(endless, 0.0, finite) if len(frame) else finite
        frame["mean"] = np.where(endless, np.nan, np.nanmean(some, axis=0))
        frame["sd"] = np.where(endless, np.nan, np.nanstd(some, axis=0))
    for column in ("vendor", "generation", "period"):
        if column not in frame:
            frame[column] = ""
    frame["layers"] = frame["generation"].map(lambda g: str(quantity.layers.get(g, "")))
    return frame.assign(quantity=quantity.name, unit=quantity.unit)


def _quantiles(values: Floats, undefined: np.ndarray) -> Floats:
    """(quantile, column) order statistics of the defined draws, ``inf`` counted as larger than all."""
    ordered = np.ascontiguousarray(np.where(undefined, np.inf, values).T)
    ordered.sort(axis=1)  # much faster along memory than across it
    defined = len(values) - undefined.sum(axis=0)
    places = [np.clip(np.ceil(q * defined).astype(int) - 1, 0, None) for q in TABLE_QUANTILES.values()]
    return np.stack([ordered[np.arange(len(ordered)), place] for place in places])


def levels(world: xr.Dataset) -> Iterator[QuantityDraws]:
    """Everything that is not a headline gap.

    Parameters
    ----------
    world
        From :func:`hbm_model.forecasting.simulate.evaluate`.
    """
    end, time = world.attrs["end"], world["time"]
    built = (world["volume"] < NO_DATE).any("draw")
    for name, dates in (("volume_date", world["volume"]), ("sample_date", world["sample"])):
        capped = dates.where(dates <= end, np.inf).where(built)
        yield _level(name, _with_blocs(capped, WITH_WORLD, "min"), BASE_LAYERS)
    for step in (1, 2):
        taller = [g for g in GENERATIONS if len(TALLER_LAYERS[g]) >= step]
        dates = (world["volume"] + step * world["taller_step"]).sel(generation=taller)
        capped = dates.where(dates <= end, np.inf).where(built.sel(generation=taller))
        heights = {g: TALLER_LAYERS[g][step - 1] for g in taller}
        yield _level("volume_date", _with_blocs(capped, WITH_WORLD, "min"), heights)
    shipping = world["volume"] <= time
    for quantity, name in (("die_yield", "die"), ("stack_yield", "stack"), ("final_yield", "final")):
        yield _level(quantity, (100 * world[name]).where(shipping), BASE_LAYERS)
    flows = {
        "hbm_wafer_capacity": world["wafers"],
        "dram_wafer_capacity": world["dram_wafers"],
        "bits_shipped": world["bits"].sum("generation"),
    }
    for name, flow in flows.items():
        yield _level(name, _with_blocs(flow, WITH_WORLD, "sum"))


def _level(name: str, draws: xr.DataArray, layers: Mapping[str, int] | None = None) -> QuantityDraws:
    return QuantityDraws(name, BY_NAME[name].unit, draws, layers or {})


def _with_blocs(values: xr.DataArray, blocs: dict[str, list[int]], how: str) -> xr.DataArray:
    """Vendors and, after them, their blocs (sum of flows, first of dates)."""
    extra = [
        getattr(values.isel(vendor=members), how)("vendor").expand_dims(vendor=[bloc])
        for bloc, members in blocs.items()
    ]
    joined: xr.DataArray = xr.concat([values, *extra], dim="vendor")
    return joined.transpose("draw", "vendor", ...)


def headline(world: xr.Dataset, fit: Fit) -> xr.Dataset:
    """Draws of the gaps, each over ``draw`` and the dims that it needs (``vendor`` is whose gap it is).

    Parameters
    ----------
    world
        From :func:`hbm_model.forecasting.simulate.evaluate`.
    fit
        The fit behind it, whose priors hold the bandwidth densities.
    """
    values = gaps.of_world(world, fit.priors.constant("bandwidth_density", GENERATIONS))
    coords = {dim: world[dim].to_numpy() for dim in ("draw", "vendor", "generation", "period")}
    found = {name: _labelled(BY_NAME[name], values[name], coords) for name in HEADLINES}
    one_each = sorted(HEADLINES, key=lambda name: BY_NAME[name].whose != "china")  # tables list makers' gaps last
    return xr.Dataset({name: found[name] for name in one_each}).astype("float32")


def _labelled(quantity: Quantity, values: Floats, coords: Mapping[str, np.ndarray]) -> xr.DataArray:
    makers = () if quantity.whose == "china" else ("vendor",)
    dims = ("draw", *makers, *quantity.dims)
    labelled = xr.DataArray(values, dims=dims, coords={dim: coords[dim] for dim in dims})
    return _with_blocs(labelled, RIVAL_MAKERS, "sum") if makers else labelled


def headline_quantities(draws: xr.Dataset) -> Iterator[QuantityDraws]:
    """The headline gaps; a gap without a maker of its own is China's.

    Parameters
    ----------
    draws
        From :func:`headline`.
    """
    for name in HEADLINES:
        values = draws[name]
        whose = values if "vendor" in values.dims else values.expand_dims(vendor=["china"])
        yield QuantityDraws(name, BY_NAME[name].unit, whose)


def planned(fit: Fit, world: xr.Dataset) -> Iterator[QuantityDraws]:
    """The lags that follow from guidance taken at its word: the same definitions on announced dates.

    Parameters
    ----------
    fit
        Its data hold the announced dates (see :func:`hbm_model.model.announced.planned_dates`).
    world
        From :func:`hbm_model.forecasting.simulate.evaluate`; gives the quarters and the horizon.
    """
    said = np.asarray(fit.data["constant_data"]["planned"])[None]
    dates = np.where(np.isnan(said), np.inf, said)
    times, end = world["time"].to_numpy(), float(world.attrs["end"])
    with np.errstate(invalid="ignore"):
        by_generation = gaps.generation_lag(dates, end)
        over_time = gaps.frontier_lag(dates, times)
    draw, china = {"draw": [0]}, {"vendor": ["china"]}
    generations = xr.DataArray(by_generation, dims=("draw", "generation"), coords={**draw, "generation": GENERATIONS})
    periods = xr.DataArray(over_time, dims=("draw", "period"), coords={**draw, "period": world["period"].to_numpy()})
    yield _level("planned_lag", generations.expand_dims(china))
    yield _level("planned_lag", periods.expand_dims(china))
