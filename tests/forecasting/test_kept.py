"""The draws that a forecast keeps, and their long form."""

import numpy as np
import xarray as xr

from hbm_model.forecasting.kept import COLUMNS, fill, long_table, space

NAMES = ("baseline", "abroad")


def headline(shift: float) -> xr.Dataset:
    dims = {"draw": 5, "vendor": 3, "period": 2}
    values = shift + np.arange(30.0, dtype="float32").reshape(5, 3, 2)
    coords = {"draw": np.arange(5), "vendor": ["cxmt", "korea", "china"], "period": ["2030Q1", "2029Q4"]}
    share = xr.DataArray(values, dims=tuple(dims), coords=coords)
    return xr.Dataset({"bit_share": share, "catch_up": share[:, 2, 0].drop_vars(["vendor", "period"])})


def kept() -> xr.Dataset:
    each = [headline(100.0 * place).expand_dims(scenario=[name]) for place, name in enumerate(NAMES)]
    draws = space(each[1], NAMES)
    for place in (1, 0):
        fill(draws, place, each[place])
    return draws


def test_draws_of_scenarios_stand_side_by_side() -> None:
    both = [headline(0.0), headline(100.0)]
    expected = xr.concat(both, dim="scenario", coords="minimal", compat="equals").assign_coords(scenario=list(NAMES))
    xr.testing.assert_equal(kept(), expected)
    assert kept()["bit_share"].dtype == np.float32


def test_the_long_form_names_every_value_of_the_blocs() -> None:
    table = long_table(kept())
    assert list(table.columns) == COLUMNS
    share, date = (table[table["quantity"] == name] for name in ("bit_share", "catch_up"))
    assert (len(share), len(date)) == (2 * 5 * 2 * 2, 2 * 5)
    row = share[(share["scenario"] == "abroad") & (share["draw"] == 3) & (share["vendor"] == "china")]
    assert list(row["period"]) == ["2030Q1", "2029Q4"]
    assert list(row["value"]) == [122.0, 123.0]
    assert list(row["generation"]) == ["", ""]
    assert set(date["vendor"]) == {"china"}
    assert set(date["period"]) == {""}
    assert list(date["value"][:5]) == [4.0, 10.0, 16.0, 22.0, 28.0]


def test_every_second_draw_of_too_many_keeps_its_number() -> None:
    assert list(dict.fromkeys(long_table(kept(), most=3)["draw"])) == [0, 2, 4]
