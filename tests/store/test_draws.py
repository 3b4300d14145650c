"""The file of a run's draws is what the forecast of all its scenarios would write."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from hbm_model.forecasting.kept import long_table
from hbm_model.store.draws import DrawsFile

NAMES = ["baseline", "abroad", "walls"]


@pytest.fixture
def draws() -> xr.Dataset:
    values = np.random.default_rng(1).normal(size=(3, 4, 2, 5)).astype("float32")
    periods = ["2029Q1", "2029Q2", "2029Q3", "2029Q4", "2030Q1"]
    coords = {"scenario": NAMES, "draw": np.arange(4), "vendor": ["korea", "china"], "period": periods}
    share = xr.DataArray(values, dims=tuple(coords), coords=coords)
    lag = share.isel(vendor=0, drop=True)
    return xr.Dataset({"frontier_lag": lag.where(lag > -1), "bit_share": share})


def test_scenarios_written_one_by_one_are_read_as_one_table(tmp_path: Path, draws: xr.Dataset) -> None:
    with DrawsFile(tmp_path / "draws.parquet", NAMES, needed=["frontier_lag"]) as file:
        for place in range(len(NAMES)):
            file.keep(draws.isel(scenario=[place]))
    read, whole = pd.read_parquet(tmp_path / "draws.parquet"), long_table(draws)
    order = ["quantity", "scenario", "draw", "vendor", "period"]
    pd.testing.assert_frame_equal(*(frame.sort_values(order, ignore_index=True) for frame in (read, whole)))


def test_what_is_needed_stays_and_all_of_the_baseline(tmp_path: Path, draws: xr.Dataset) -> None:
    with DrawsFile(tmp_path / "draws.parquet", NAMES, needed=["frontier_lag"]) as file:
        kept = [file.keep(draws.isel(scenario=[place])) for place in range(len(NAMES))]
    assert [list(each) for each in kept] == [["frontier_lag"]] * 3
    xr.testing.assert_identical(file.first, draws.isel(scenario=[0]))
