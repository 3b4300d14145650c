"""A small world made by hand: plausible dates and paths without any fit, summed up by the forecast's own code."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import hbm_model as hbm
from hbm_model import gaps
from hbm_model.calendar import quarter_label
from hbm_model.evidence import Evidence
from hbm_model.forecast import BLOCS, COLUMNS, WORLD, Forecast, summarise
from hbm_model.model.layout import BASE_LAYERS, GENERATIONS, VENDORS

N = 60
HORIZON, END = "2032Q4", 2033.0
STARTS = {
    "sk_hynix": [2017.4, 2020.6, 2022.6, 2024.3, 2026.1, 2027.2, 2029.4],
    "samsung": [2016.3, 2020.4, 2023.9, 2024.7, 2026.2, 2027.2, 2029.1],
    "micron": [2020.0, 2021.6, np.inf, 2024.3, 2026.2, 2027.5, 2029.3],
    "cxmt": [2026.5, np.inf, 2027.0, 2028.3, 2030.1, 2031.3, 2033.2],
    "ymtc": [2030.4, np.inf, 2030.4, 2031.5, 2033.0, 2034.5, 2036.0],
}
SIZES = {"sk_hynix": 160.0, "samsung": 160.0, "micron": 70.0, "cxmt": 25.0, "ymtc": 1.0}
UNITS = {"yield_gap": "pp", "yield_gap_same_age": "pp", "frontier_lag": "years", "generation_lag": "years"}


@pytest.fixture(scope="session")
def evidence() -> Evidence:
    return hbm.load_evidence(as_of="2026-06-30")


@pytest.fixture(scope="session")
def forecast() -> Forecast:
    return make_forecast()


@pytest.fixture(scope="session")
def fit(evidence: Evidence) -> Any:
    """What the charts read of a fit."""
    meta = {"as_of": "2026-06-30", "observed_through": "2026-06-30", "evidence": evidence.digest}
    return SimpleNamespace(meta={**meta, "settings": {"quick": False}})


def make_forecast(quick: bool = False) -> Forecast:
    rng = np.random.default_rng(1)
    times = np.arange(2022.125, END, 0.25)
    periods = [quarter_label(t) for t in times]
    volume = np.array([STARTS[v] for v in VENDORS]) + rng.normal(0, 0.3, (N, len(VENDORS), len(GENERATIONS)))
    draw = {"draw": np.arange(N)}
    pair = {**draw, "vendor": VENDORS, "generation": GENERATIONS}
    flow = {**draw, "vendor": VENDORS, "period": periods}
    growth = np.exp(rng.normal(0.1, 0.05, (N, len(VENDORS), 1)) * (times - 2026.5))
    wafers = xr.DataArray(np.array([SIZES[v] for v in VENDORS])[:, None] * growth, dims=tuple(flow), coords=flow)
    age = times - volume[..., None]
    final = np.where(age >= 0, 0.9 - 0.5 * np.exp(-np.maximum(age, 0)), np.nan)
    lag = gaps.frontier_lag(volume, times)
    dated = xr.DataArray(gaps.beyond(volume, END), dims=tuple(pair), coords=pair).where(np.isfinite(volume))
    full = {**pair, "period": periods}
    rows = [
        summarise("volume_date", "decimal year", blocs(dated, "min"), BASE_LAYERS),
        summarise("volume_date", "decimal year", dated.sel(generation=["HBM4"]) + 0.5, {"HBM4": 16}),
        summarise("final_yield", "percent", xr.DataArray(100 * final, dims=tuple(full), coords=full), BASE_LAYERS),
        summarise("hbm_wafer_capacity", "thousand wafers per month", blocs(wafers, "sum")),
    ]
    over = {**draw, "period": periods}
    gone = np.isnan(lag)
    spread = rng.normal(20, 10, (N, 1))
    headline = {
        "frontier_lag": xr.DataArray(lag, dims=tuple(over), coords=over),
        "generation_lag": xr.DataArray(
            gaps.generation_lag(volume, END), dims=("draw", "generation"), coords={**draw, "generation": GENERATIONS}
        ),
        "yield_gap": xr.DataArray(np.where(gone, np.nan, spread - times + 2026), dims=tuple(over), coords=over),
        "capacity_ratio": xr.DataArray(gaps.ratio(wafers.to_numpy()), dims=tuple(over), coords=over),
        "output_ratio": xr.DataArray(0.5 * gaps.ratio(wafers.to_numpy()), dims=tuple(over), coords=over),
        "bit_share": blocs(wafers / wafers.sum("vendor"), "sum").sel(vendor=[*VENDORS, *BLOCS]),
    }
    headline["revenue_share"] = headline["bit_share"]
    for name, values in headline.items():
        rows.append(summarise(name, UNITS.get(name, "ratio"), with_china(values)))
    planned = volume[:1].copy()
    planned[:, :, GENERATIONS.index("HBM4") :] = np.inf
    quarterly = xr.DataArray(
        gaps.frontier_lag(planned, times), dims=("draw", "period"), coords={"draw": [0], "period": periods}
    )
    with np.errstate(invalid="ignore"):
        lags = gaps.generation_lag(planned, END)
    by_generation = xr.DataArray(lags, dims=("draw", "generation"), coords={"draw": [0], "generation": GENERATIONS})
    rows += [summarise("planned_lag", "years", with_china(values)) for values in (by_generation, quarterly)]
    frame = pd.concat(rows, ignore_index=True).assign(scenario="baseline")[COLUMNS]
    draws = xr.Dataset({"frontier_lag": headline["frontier_lag"]}).expand_dims(scenario=["baseline"])
    return Forecast(frame, draws, HORIZON, quick)


def with_china(values: xr.DataArray) -> xr.DataArray:
    return values if "vendor" in values.dims else values.expand_dims(vendor=["china"])


def blocs(values: xr.DataArray, how: str) -> xr.DataArray:
    """Vendors and after them their blocs and the world."""
    members = {**BLOCS, **WORLD}
    extra = [getattr(values.isel(vendor=m), how)("vendor").expand_dims(vendor=[name]) for name, m in members.items()]
    return xr.concat([values, *extra], dim="vendor").transpose("draw", "vendor", ...)
