"""The forecast table: what each number means, and what holds between them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal

from hbm_model.core.errors import InputError
from hbm_model.core.industry import GENERATIONS, VENDORS
from hbm_model.core.quantities import HEADLINES, TABLE_QUANTILES
from hbm_model.forecasting import gaps
from hbm_model.forecasting.forecast import Forecast, forecast
from hbm_model.forecasting.simulate import simulate
from hbm_model.forecasting.summaries import QuantityDraws, summarise
from hbm_model.inference.fit import Fit

HORIZON = "2032Q4"


@pytest.fixture(scope="module")
def made(made_up_fit: Fit) -> Forecast:
    return forecast(made_up_fit, horizon=HORIZON)


@pytest.fixture(scope="module")
def world(made_up_fit: Fit) -> xr.Dataset:
    return simulate(made_up_fit, HORIZON)


def one_quantity(values: Any) -> pd.Series:
    """The row that draws of one quarter come to."""
    draws = xr.DataArray(np.asarray(values, float)[:, None], dims=("draw", "period"), coords={"period": ["2030Q1"]})
    (row,) = summarise(QuantityDraws("q", "years", draws)).to_dict("records")
    return pd.Series(row)


# --- how draws are summed up ------------------------------------------------------------------------------------


def test_defined_draws_are_summed_up_by_order() -> None:
    row = one_quantity(np.arange(1, 101))
    assert [row[name] for name in TABLE_QUANTILES] == [5, 10, 25, 50, 75, 90, 95]
    assert_allclose([row["mean"], row["sd"]], [50.5, np.arange(1, 101).std()])
    assert row["prob_never"] == 0.0


def test_a_quantile_beyond_the_horizon_is_empty_and_so_are_mean_and_spread() -> None:
    row = one_quantity([*np.arange(1.0, 61), *[np.inf] * 40])
    assert_array_equal([row[name] for name in TABLE_QUANTILES], [5, 10, 25, 50, np.nan, np.nan, np.nan])
    assert np.isnan([row["mean"], row["sd"]]).all(), "the mean of dates of which some never come"
    assert row["prob_never"] == 0.4


def test_one_draw_beyond_the_horizon_empties_the_mean_and_no_quantile() -> None:
    row = one_quantity([*np.arange(1.0, 100), np.inf])
    assert np.isnan(row["mean"])
    assert row["q95"] == 95
    assert row["prob_never"] == 0.01


def test_undefined_draws_are_left_out_and_counted() -> None:
    row = one_quantity([*np.arange(1.0, 51), *[np.nan] * 50])
    assert row["q50"] == 25
    assert_allclose(row["mean"], 25.5)
    assert row["prob_never"] == 0.5


def test_undefined_and_endless_draws_add_up() -> None:
    row = one_quantity([*np.arange(1.0, 41), *[np.inf] * 40, *[np.nan] * 20])
    assert row["prob_never"] == pytest.approx(0.6)
    assert row["q50"] == 40, "the median of the 80 defined draws"
    assert np.isnan(row["q75"])


def test_what_never_happens_has_a_probability_and_no_date() -> None:
    row = one_quantity(np.full(100, np.inf))
    assert row["prob_never"] == 1.0
    assert np.isnan([row[name] for name in ("mean", "sd", *TABLE_QUANTILES)]).all()


def test_what_is_hardly_ever_defined_is_left_out() -> None:
    values = np.full((200, 3), np.nan)
    values[:, 0] = 1.0
    values[:3, 1] = 1.0
    values[:4, 2] = 1.0
    draws = xr.DataArray(values, dims=("draw", "period"), coords={"period": ["a", "b", "c"]})
    table = summarise(QuantityDraws("q", "years", draws))
    assert list(table["period"]) == ["a", "c"]
    nothing = xr.DataArray(np.full((9, 1), np.nan), dims=("draw", "period"), coords={"period": ["a"]})
    assert summarise(QuantityDraws("q", "years", nothing)).empty


def test_labels_and_stack_heights_stand_beside_the_numbers() -> None:
    values = xr.DataArray(
        np.zeros((4, 2, 2)),
        dims=("draw", "vendor", "generation"),
        coords={"vendor": ["samsung", "cxmt"], "generation": ["HBM3", "HBM4"]},
    )
    table = summarise(QuantityDraws("volume_date", "decimal year", values, {"HBM3": 8}))
    assert list(zip(table["vendor"], table["generation"], table["layers"], table["period"], strict=True)) == [
        ("samsung", "HBM3", "8", ""),
        ("samsung", "HBM4", "", ""),
        ("cxmt", "HBM3", "8", ""),
        ("cxmt", "HBM4", "", ""),
    ]


# --- the table --------------------------------------------------------------------------------------------------


def test_each_row_has_its_own_key(made: Forecast) -> None:
    key = ["scenario", "quantity", "vendor", "generation", "layers", "period"]
    assert not made.frame.duplicated(key).any()
    assert not made.frame[key].isna().any().any()


def test_quantiles_are_in_order_and_probabilities_are_probabilities(made: Forecast) -> None:
    quantiles = made.frame[list(TABLE_QUANTILES)].to_numpy()
    with np.errstate(invalid="ignore"):
        assert not (np.diff(quantiles, axis=1) < 0).any()
    empty = np.isnan(quantiles)
    assert (np.diff(empty.astype(int), axis=1) >= 0).all(), "once a quantile lies beyond the horizon, so do larger ones"
    assert made.frame["prob_never"].between(0, 1).all()
    assert not np.isinf(made.frame.select_dtypes("number").to_numpy()).any()
    assert (made.frame["sd"].dropna() >= 0).all()


def test_dates_end_with_the_horizon(made: Forecast) -> None:
    for quantity in ("volume_date", "sample_date", "catch_up"):
        dates = made.table(quantity)[list(TABLE_QUANTILES)].to_numpy()
        assert np.nanmax(dates) <= 2033.0
    hbm5 = made.table("volume_date").query("vendor == 'ymtc' and generation == 'HBM5'")
    assert hbm5["prob_never"].item() > 0.3


def test_it_goes_by_quarter_to_the_horizon_and_on_to_hbm5(made: Forecast) -> None:
    periods = made.table("hbm_wafer_capacity")["period"].unique()
    assert list(periods) == [f"{year}Q{quarter}" for year in range(2022, 2033) for quarter in range(1, 5)]
    assert set(made.table("volume_date")["generation"]) == set(GENERATIONS)


def test_a_maker_that_skips_a_generation_has_no_date_for_it(made: Forecast) -> None:
    dates = made.table("volume_date")
    assert dates.query("vendor == 'micron' and generation == 'HBM3'").empty
    assert dates.query("vendor == 'cxmt' and generation == 'HBM2E'").empty
    assert not dates.query("vendor == 'cxmt' and generation == 'HBM3'").empty


def test_taller_stacks_come_later(made: Forecast) -> None:
    dates = made.table("volume_date").query("vendor == 'sk_hynix' and generation == 'HBM3E'").set_index("layers")
    assert list(dates.index) == ["8", "12", "16"]
    assert (np.diff(dates["q50"].dropna()) > 0).all()


def test_the_bloc_is_as_early_as_its_first_and_as_large_as_its_sum(made: Forecast) -> None:
    dates = made.table("volume_date").query("generation == 'HBM4' and layers == '12'").set_index("vendor")
    assert dates.loc["korea", "q50"] <= dates.loc[["sk_hynix", "samsung"], "q50"].min()
    wafers = made.table("hbm_wafer_capacity").query("period == '2028Q4'").set_index("vendor")["mean"]
    assert_allclose(wafers["korea"], wafers["sk_hynix"] + wafers["samsung"], rtol=1e-6)
    assert_allclose(wafers["world"], wafers[VENDORS].sum(), rtol=1e-6)


def test_yields_are_percent(made: Forecast) -> None:
    for quantity in ("die_yield", "stack_yield", "final_yield"):
        numbers = made.table(quantity)[["mean", *TABLE_QUANTILES]].to_numpy()
        assert np.nanmin(numbers) > 0
        assert np.nanmax(numbers) < 100
        assert np.nanmax(numbers) > 20, "percent, not fractions"


def test_capacities_and_flows_are_positive(made: Forecast) -> None:
    for quantity in ("hbm_wafer_capacity", "dram_wafer_capacity", "bits_shipped", "capacity_ratio", "output_ratio"):
        assert (made.table(quantity)["q05"] >= 0).all()
    merged = made.table("hbm_wafer_capacity").merge(
        made.table("dram_wafer_capacity"), on=["vendor", "period"], suffixes=("_hbm", "_dram")
    )
    assert (merged["q50_hbm"] < merged["q50_dram"]).all()


def test_an_unknown_quantity_scenario_or_horizon_is_told(made: Forecast, made_up_fit: Fit) -> None:
    with pytest.raises(InputError, match=r"unknown quantity 'frontier'; there are: .*frontier_lag"):
        made.table("frontier")
    with pytest.raises(InputError, match=r"no draws are kept of 'die_yield'; there are: .*generation_lag"):
        made.draws("die_yield")
    with pytest.raises(InputError, match="there is no scenario 'boom'"):
        forecast(made_up_fit, scenarios=("baseline", "boom"))
    with pytest.raises(InputError, match="'2032' is no quarter"):
        forecast(made_up_fit, horizon="2032")


def test_a_quick_fit_marks_its_forecast(made: Forecast) -> None:
    assert made.quick


def test_the_same_fit_gives_the_same_forecast_to_the_bit(made: Forecast, made_up_fit: Fit) -> None:
    again = forecast(made_up_fit, horizon=HORIZON)
    pd.testing.assert_frame_equal(made.frame, again.frame, check_exact=True)
    xr.testing.assert_identical(made.headline, again.headline)


# --- the draws behind it ----------------------------------------------------------------------------------------


def test_shares_sum_to_one_in_every_draw(made: Forecast) -> None:
    for quantity in ("bit_share", "revenue_share"):
        shares = made.draws(quantity).sel(scenario="baseline")
        assert float(shares.min()) >= 0
        assert_allclose(shares.sel(vendor=VENDORS).sum("vendor"), 1.0, rtol=1e-5)
        assert_allclose(shares.sel(vendor="korea"), shares.sel(vendor=["sk_hynix", "samsung"]).sum("vendor"), atol=1e-6)


def test_final_yield_is_die_times_stack(world: xr.Dataset) -> None:
    assert_allclose(world["final"], world["die"] * world["stack"], rtol=1e-5)
    assert ((world["final"] >= 0) & (world["final"] < 1)).all()  # a loss over 103 is no yield at all in 32 bits


def test_the_headline_gaps_follow_from_the_world_by_their_definitions(made: Forecast, world: xr.Dataset) -> None:
    volume, times = world["volume"].to_numpy(), world["time"].to_numpy()
    lag = gaps.frontier_lag(volume, times)
    assert_allclose(made.draws("frontier_lag")[0], lag, rtol=1e-5)
    assert_allclose(made.draws("generation_lag")[0], gaps.generation_lag(volume, 2033.0), rtol=1e-4, atol=1e-4)
    assert_allclose(made.draws("catch_up")[0], gaps.catch_up(lag, times), rtol=1e-6)
    bits = world["bits"].sum("generation")
    expected = bits.sel(vendor=["cxmt", "ymtc"]).sum("vendor") / bits.sel(vendor=["sk_hynix", "samsung"]).sum("vendor")
    assert_allclose(made.draws("output_ratio")[0], expected, rtol=1e-5)


def test_the_table_sums_up_the_kept_draws(made: Forecast) -> None:
    draws = made.draws("frontier_lag").sel(scenario="baseline", period="2032Q4")
    (row,) = made.table("frontier_lag").query("period == '2032Q4'").to_dict("records")
    assert_allclose(row["mean"], float(draws.mean()), rtol=1e-5)
    assert_allclose(row["prob_never"], float(np.isnan(draws).mean()))
    caught = made.draws("catch_up").sel(scenario="baseline")
    (row,) = made.table("catch_up").to_dict("records")
    assert_allclose(row["prob_never"], float(np.isinf(caught).mean()))


def test_draws_are_written_in_long_form_with_every_gap(made: Forecast) -> None:
    frame = made.draws_frame()
    assert set(frame["quantity"].unique()) == set(HEADLINES)
    kept = made.headline.sel(vendor=["korea", "china"])
    assert len(frame) == sum(values.size for values in kept.data_vars.values())
    picked = frame[(frame["quantity"] == "frontier_lag") & (frame["period"] == "2030Q1")].sort_values("draw")
    assert_array_equal(picked["value"], made.draws("frontier_lag").sel(period="2030Q1")[0])
    assert set(frame.loc[frame["quantity"] == "catch_up", "period"]) == {""}


def test_of_many_draws_the_same_few_of_every_gap_are_written(made: Forecast) -> None:
    frame = made.draws_frame(most=50)
    n = made.headline.sizes["draw"]
    taken = list(range(0, n, -(-n // 50)))
    assert 25 < len(taken) <= 50
    for _, rows in frame.groupby("quantity", observed=True):
        assert sorted(rows["draw"].unique()) == taken
    whole = made.draws_frame()
    pd.testing.assert_frame_equal(frame, whole[whole["draw"].isin(taken)].reset_index(drop=True))


# --- the horizon ------------------------------------------------------------------------------------------------


def shared_periods(a: xr.Dataset, b: xr.Dataset) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    n = min(a.sizes["period"], b.sizes["period"])
    for name in a.data_vars:
        cut = {"period": slice(n)} if "period" in a[name].dims else {}
        yield str(name), a[name].isel(cut).to_numpy(), b[name].isel(cut).to_numpy()


@pytest.mark.parametrize(("near", "far"), [("2027Q2", "2030Q4"), ("2030Q4", "2032Q4"), ("2031Q2", "2035Q4")])
def test_a_longer_horizon_leaves_what_comes_before_as_it_is(made_up_fit: Fit, near: str, far: str) -> None:
    short, long = simulate(made_up_fit, near), simulate(made_up_fit, far)
    assert list(long["period"].to_numpy()[: short.sizes["period"]]) == list(short["period"].to_numpy())
    for name, before, after in shared_periods(short, long):
        # Sums of products may differ in their last bits where their number does, and lots of a pilot line learn, in
        # their last bits, at a speed of years beyond the horizon; single precision is kept.
        assert_allclose(before, after, rtol=1e-6 if before.dtype == np.float32 else 1e-10, err_msg=name)


def test_years_after_the_fit_meet_new_shocks_and_wider_intervals(made: Forecast, made_up_fit: Fit) -> None:
    wafers = simulate(made_up_fit, "2036Q4")["wafers"].sel(vendor="sk_hynix")
    last = made_up_fit.layout.last_year
    steps = np.log(wafers).diff("period").sel(period=[f"{last + k}Q3" for k in (2, 3, 4)])
    assert (steps.std("draw") > 0.01).all()
    spread = np.log(wafers).std("draw")
    assert float(spread.sel(period="2036Q4")) > float(spread.sel(period=f"{last}Q4"))


def test_a_horizon_before_the_grid_is_refused(made_up_fit: Fit) -> None:
    with pytest.raises(InputError, match="2021Q4"):
        forecast(made_up_fit, horizon="2021Q4")
