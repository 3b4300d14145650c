"""The quantities of a forecast: from a simulated world to labelled values, and from those to rows of a table."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from hbm_model.core.arrays import Floats
from hbm_model.core.dates import quarter_label
from hbm_model.core.industry import GENERATIONS, RIVALS, VENDORS
from hbm_model.core.quantities import BY_NAME, HEADLINES, TABLE_QUANTILES
from hbm_model.forecasting import gaps
from hbm_model.forecasting.simulate import Future, World
from hbm_model.forecasting.statistics import Columns, Numbers, summed_up

SUMMED = ("mean", "sd", *TABLE_QUANTILES, "prob_never")
"""The statistics of a forecast's rows."""
COLUMNS = ["scenario", "quantity", "vendor", "generation", "layers", "period", "unit", *SUMMED]
RIVAL_MAKERS = dict(zip(RIVALS, (gaps.KOREA, gaps.CHINA), strict=True))
WITH_WORLD = {**RIVAL_MAKERS, "world": list(range(len(VENDORS)))}
"""Numbers of the makers that a bloc, or the world, stands for."""
_MAKERS = {
    "china": ["china"],
    "makers": VENDORS,
    "blocs": [*VENDORS, *RIVALS],
    "world": [*VENDORS, *WITH_WORLD],
}
"""What stands in the column ``vendor``, by whose a quantity is."""


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

    @property
    def dims(self) -> list[Hashable]:
        """Dims without the draw."""
        return [dim for dim in self.draws.dims if dim != "draw"]

    @property
    def columns(self) -> Columns:
        """(column, draw) values, as the rows of a table follow one another."""
        values = self.draws.transpose(*self.dims, "draw").to_numpy()
        return np.ascontiguousarray(values).reshape(-1, values.shape[-1])


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
    frame, numbers = labels(quantity), summed_up([quantity.columns])
    for column, each in (more or {}).items():
        frame[column] = each.transpose(*quantity.dims).to_numpy().ravel()
    return numbered(frame, numbers)


def labels(quantity: QuantityDraws) -> pd.DataFrame:
    """What each column of draws is of: one row for each, with every column of the tables that is text.

    Parameters
    ----------
    quantity
        Its coordinates name the columns.
    """
    dims = quantity.dims
    index = pd.MultiIndex.from_product([quantity.draws[dim].to_numpy() for dim in dims], names=dims)
    frame = index.to_frame(index=False)
    for column in ("vendor", "generation", "period"):
        if column not in frame:
            frame[column] = ""
    frame["layers"] = frame["generation"].map(lambda g: str(quantity.layers.get(g, "")))
    return frame.assign(quantity=quantity.name, unit=quantity.unit)


def numbered(frame: pd.DataFrame, numbers: Numbers, names: Sequence[str] = SUMMED) -> pd.DataFrame:
    """The labelled rows with their statistics, without those that hardly any draw defines.

    Parameters
    ----------
    frame
        From :func:`labels`, one row for each column of draws.
    numbers
        Statistics of the same columns.
    names
        Which statistics are wanted.
    """
    kept = numbers.kept
    return frame[kept].reset_index(drop=True).assign(**{name: numbers[name][kept] for name in names})


def labelled(name: str, values: Floats, times: Floats, layers: Mapping[str, int] | None = None) -> QuantityDraws:
    """A quantity's draws with the names of makers, generations and quarters.

    Parameters
    ----------
    name
        As in :data:`hbm_model.core.quantities.QUANTITIES`, which says whose it is.
    values
        (draw, ...) over its dims; of China's gaps, without makers.
    times
        (period,) quarter midpoints, decimal years.
    layers
        Stack height of the generations, which may be some of all; None where that does not matter.
    """
    quantity = BY_NAME[name]
    known = {"generation": list(layers or GENERATIONS), "period": [quarter_label(t) for t in times]}
    coords = {"draw": np.arange(len(values)), "vendor": _MAKERS[quantity.whose]}
    coords |= {dim: known[dim] for dim in quantity.dims}
    if quantity.whose == "china":
        values = values[:, None]
    return QuantityDraws(name, quantity.unit, xr.DataArray(values, dims=tuple(coords), coords=coords), layers or {})


def with_sums(values: Floats, blocs: Mapping[str, list[int]]) -> Floats:
    """Makers and, after them, the sums of their blocs: (draw, vendor, ...).

    Parameters
    ----------
    values
        (draw, vendor, ...) of the makers.
    blocs
        Numbers of the makers of each.
    """
    sums = (values[:, makers].sum(axis=1, keepdims=True) for makers in blocs.values())
    return np.concatenate([values, *sums], axis=1)


def gap_values(world: World, ahead: Future) -> World:
    """The headline gaps of the world of some draws, (draw, ...) by name; makers' gaps with their blocs.

    Parameters
    ----------
    world
        As in :func:`hbm_model.forecasting.simulate.evaluate`.
    ahead
        Gives the quarters, the horizon and the bandwidth densities.
    """
    density = ahead.fit.priors.constant("bandwidth_density", GENERATIONS)
    found = gaps.of_world(world, ahead.times, ahead.end, density)
    whole = {
        name: values if BY_NAME[name].whose == "china" else with_sums(values, RIVAL_MAKERS)
        for name, values in found.items()
    }
    return {name: values.astype("float32") for name, values in whole.items()}


def headline(values: World, times: Floats) -> xr.Dataset:
    """Draws of the gaps, each over ``draw`` and the dims that it needs (``vendor`` is whose gap it is).

    Parameters
    ----------
    values
        From :func:`gap_values`, of all draws.
    times
        (period,) quarter midpoints, decimal years.
    """
    one_each = sorted(HEADLINES, key=lambda name: BY_NAME[name].whose != "china")  # tables list makers' gaps last
    found = {name: labelled(name, values[name], times).draws for name in one_each}
    return xr.Dataset(
        {
            name: draws.isel(vendor=0, drop=True) if BY_NAME[name].whose == "china" else draws
            for name, draws in found.items()
        }
    )


def headline_quantities(draws: xr.Dataset) -> Iterator[QuantityDraws]:
    """The headline gaps; a gap without a maker of its own is China's.

    Parameters
    ----------
    draws
        From :func:`headline`.
    """
    for name in HEADLINES:
        values = draws[name]
        whose = values if "vendor" in values.dims else values.expand_dims(vendor=["china"], axis=1)
        yield QuantityDraws(name, BY_NAME[name].unit, whose)


def planned(ahead: Future) -> Iterator[QuantityDraws]:
    """The lags that follow from guidance taken at its word: the same definitions on announced dates.

    Parameters
    ----------
    ahead
        Its fit's data hold the announced dates (see :func:`hbm_model.model.announced.planned_dates`).
    """
    said = np.asarray(ahead.fit.data["constant_data"]["planned"])[None]
    dates = np.where(np.isnan(said), np.inf, said)
    with np.errstate(invalid="ignore"):
        by_generation = gaps.generation_lag(dates, ahead.end)
        over_time = gaps.frontier_lag(dates, ahead.times)
    names = {"generation": GENERATIONS, "period": [quarter_label(t) for t in ahead.times]}
    for dim, values in (("generation", by_generation), ("period", over_time)):
        coords = {"draw": [0], "vendor": ["china"], dim: names[dim]}
        draws = xr.DataArray(values[:, None], dims=tuple(coords), coords=coords)
        yield QuantityDraws("planned_lag", BY_NAME["planned_lag"].unit, draws)
