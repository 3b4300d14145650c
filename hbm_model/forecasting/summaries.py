"""The quantities of a forecast: from a simulated world to labelled values, and from those to rows of a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from hbm_model.core.arrays import Floats
from hbm_model.core.industry import BASE_LAYERS, BLOC_OF, GENERATIONS, TALLER_LAYERS, VENDORS
from hbm_model.forecasting import gaps
from hbm_model.inference.draws import NO_DATE
from hbm_model.inference.fit import Fit

QUANTILES = {"q05": 0.05, "q10": 0.10, "q25": 0.25, "q50": 0.50, "q75": 0.75, "q90": 0.90, "q95": 0.95}
COLUMNS = [
    "scenario", "quantity", "vendor", "generation", "layers", "period", "unit",
    "mean", "sd", *QUANTILES, "prob_never",
]  # fmt: skip
HEADLINES = (
    "generation_lag", "frontier_lag", "yield_gap", "yield_gap_same_age",
    "capacity_ratio", "output_ratio", "bandwidth_ratio", "bit_share", "revenue_share", "catch_up",
)  # fmt: skip
"""Quantities whose draws are kept."""
BLOCS = {bloc: [i for i, v in enumerate(VENDORS) if BLOC_OF[v] == bloc] for bloc in ("korea", "china")}
WORLD = {"world": list(range(len(VENDORS)))}
_RARE = 0.02
"""A quantity defined in fewer draws than this is left out rather than summed up from a handful."""


@dataclass(frozen=True)
class Quantity:
    """Draws of one quantity: (draw, ...) with dims out of ``vendor, generation, period``.

    `layers` is the stack height by generation, where that matters.
    """

    name: str
    unit: str
    draws: xr.DataArray
    layers: Mapping[str, int] = field(default_factory=dict)


def summarise(quantity: Quantity, more: Mapping[str, xr.DataArray] | None = None) -> pd.DataFrame:
    """Rows of ``forecast.parquet`` for one quantity.

    ``prob_never`` is the share of draws that are ``inf`` (a date beyond the horizon) or NaN (undefined). A quantile
    that falls among the ``inf`` is empty, and so are mean and sd where there is any; NaN draws are left out.

    Parameters
    ----------
    more : further columns by name, over the dims of the quantity without ``draw``.
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
    for name, row in zip(QUANTILES, quantiles, strict=True):
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
    places = [np.clip(np.ceil(q * defined).astype(int) - 1, 0, None) for q in QUANTILES.values()]
    return np.stack([ordered[np.arange(len(ordered)), place] for place in places])


def levels(world: xr.Dataset) -> Iterator[Quantity]:
    """Everything that is not a headline gap."""
    end, time = world.attrs["end"], world["time"]
    built = (world["volume"] < NO_DATE).any("draw")
    blocs = {**BLOCS, **WORLD}
    for name, dates in (("volume_date", world["volume"]), ("sample_date", world["sample"])):
        capped = dates.where(dates <= end, np.inf).where(built)
        yield Quantity(name, "decimal year", _with_blocs(capped, blocs, "min"), BASE_LAYERS)
    for step in (1, 2):
        taller = [g for g in GENERATIONS if len(TALLER_LAYERS[g]) >= step]
        dates = (world["volume"] + step * world["taller_step"]).sel(generation=taller)
        capped = dates.where(dates <= end, np.inf).where(built.sel(generation=taller))
        heights = {g: TALLER_LAYERS[g][step - 1] for g in taller}
        yield Quantity("volume_date", "decimal year", _with_blocs(capped, blocs, "min"), heights)
    shipping = world["volume"] <= time
    for quantity, name in (("die_yield", "die"), ("stack_yield", "stack"), ("final_yield", "final")):
        yield Quantity(quantity, "percent", (100 * world[name]).where(shipping), BASE_LAYERS)
    monthly = "thousand wafers per month"
    yield Quantity("hbm_wafer_capacity", monthly, _with_blocs(world["wafers"], blocs, "sum"))
    yield Quantity("dram_wafer_capacity", monthly, _with_blocs(world["dram_wafers"], blocs, "sum"))
    yield Quantity("bits_shipped", "billion Gb per quarter", _with_blocs(world["bits"].sum("generation"), blocs, "sum"))


def _with_blocs(values: xr.DataArray, blocs: dict[str, list[int]], how: str) -> xr.DataArray:
    """Vendors and, after them, their blocs (sum of flows, first of dates)."""
    extra = [
        getattr(values.isel(vendor=members), how)("vendor").expand_dims(vendor=[bloc])
        for bloc, members in blocs.items()
    ]
    joined: xr.DataArray = xr.concat([values, *extra], dim="vendor")
    return joined.transpose("draw", "vendor", ...)


def headline(world: xr.Dataset, fit: Fit) -> xr.Dataset:
    """Draws of the gaps, each over ``draw`` and the dims that it needs (``vendor`` is whose gap it is)."""
    volume, times, end = world["volume"].to_numpy(), world["time"].to_numpy(), float(world.attrs["end"])
    lag = gaps.frontier_lag(volume, times)
    final = world["final"].to_numpy()
    korea, china = (gaps.best_yield(final, volume, makers, times) for makers in (gaps.KOREA, gaps.CHINA))
    bits = world["bits"]
    density = xr.DataArray(
        fit.priors.constant("bandwidth_density", GENERATIONS), dims="generation", coords={"generation": GENERATIONS}
    )
    over_time = ("draw", "period")
    revenue = (bits * world["price"]).sum("generation")
    shipped = bits.sum("generation")
    gap = xr.Dataset(
        {
            "generation_lag": (("draw", "generation"), gaps.generation_lag(volume, end)),
            "frontier_lag": (over_time, lag),
            "yield_gap": (over_time, 100 * (korea - china)),
            "yield_gap_same_age": (
                over_time,
                100 * (world["korea_at_same_age"] - world["china_at_same_age"]).to_numpy(),
            ),
            "capacity_ratio": (over_time, gaps.ratio(world["wafers"].to_numpy())),
            "output_ratio": (over_time, gaps.ratio(shipped.to_numpy())),
            "bandwidth_ratio": (over_time, gaps.ratio((bits * density).sum("generation").to_numpy())),
            "catch_up": (("draw",), gaps.catch_up(lag, times)),
        },
        coords={"draw": world["draw"], "generation": GENERATIONS, "period": world["period"]},
    )
    shares = {
        "bit_share": _with_blocs(shipped / shipped.sum("vendor"), BLOCS, "sum"),
        "revenue_share": _with_blocs(revenue / revenue.sum("vendor"), BLOCS, "sum"),
    }
    return xr.merge([gap, xr.Dataset(shares)], join="exact").drop_vars("time", errors="ignore").astype("float32")


_UNITS = {
    "generation_lag": "years", "frontier_lag": "years", "yield_gap": "pp", "yield_gap_same_age": "pp",
    "capacity_ratio": "ratio", "output_ratio": "ratio", "bandwidth_ratio": "ratio",
    "bit_share": "share", "revenue_share": "share", "catch_up": "decimal year",
}  # fmt: skip


def headline_quantities(draws: xr.Dataset) -> Iterator[Quantity]:
    """The headline gaps; a gap without a maker of its own is China's."""
    for name in HEADLINES:
        values = draws[name]
        yield Quantity(name, _UNITS[name], values if "vendor" in values.dims else values.expand_dims(vendor=["china"]))


def planned(fit: Fit, world: xr.Dataset) -> Iterator[Quantity]:
    """The lags that follow from guidance taken at its word: the same definitions on announced dates."""
    said = np.asarray(fit.data["constant_data"]["planned"])[None]
    dates = np.where(np.isnan(said), np.inf, said)
    times, end = world["time"].to_numpy(), float(world.attrs["end"])
    with np.errstate(invalid="ignore"):
        by_generation = gaps.generation_lag(dates, end)
        over_time = gaps.frontier_lag(dates, times)
    draw, china = {"draw": [0]}, {"vendor": ["china"]}
    generations = xr.DataArray(by_generation, dims=("draw", "generation"), coords={**draw, "generation": GENERATIONS})
    periods = xr.DataArray(over_time, dims=("draw", "period"), coords={**draw, "period": world["period"].to_numpy()})
    yield Quantity("planned_lag", "years", generations.expand_dims(china))
    yield Quantity("planned_lag", "years", periods.expand_dims(china))
