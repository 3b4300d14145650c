"""Sweeps: the numbers of a forecast of the same measure, at any number of settings."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from hbm_model.analysis.sweep import UNITS, at_least, evaluate_settings, in_force, sweep
from hbm_model.core.errors import InputError
from hbm_model.core.quantities import LAG_AT_LEAST, SWEPT_HEADLINES
from hbm_model.forecasting import gaps
from hbm_model.forecasting.contrasts import gap_draws
from hbm_model.forecasting.counterfactual import beyond_baseline, policy_draws, policy_values
from hbm_model.forecasting.simulate import future
from hbm_model.inference.fit import Fit
from hbm_model.policy.levels import Step

PERIODS = ("2028Q4", "2032Q4")
START = date(2027, 7, 1)


def by_forecast(fit: Fit, levels: dict[str, float], start: float) -> xr.Dataset:
    """The headline gaps by the way of a forecast: every quarter, every quantity."""
    ahead = future(fit, PERIODS[-1])
    values = policy_values(ahead, policy_draws(fit, ahead.draws))
    steps = dict(fit.policy.levels)
    for name, level in levels.items():
        steps[name] = (*(s for s in steps.get(name, ()) if s.start < start), Step(start, level, start))
    return gap_draws(ahead, beyond_baseline(ahead, steps, values))


@pytest.mark.parametrize(
    "levels",
    [
        {},
        {"immersion_access": 0.9},
        {"tool_servicing": 1.0, "talent_flow": 1.6},
        {"china_capital": 20.0, "domestic_tools": 0.5, "hbm_sales": 1.0, "ai_demand": 5.0},
    ],
)
def test_a_setting_gives_what_a_forecast_gives(made_up_fit: Fit, levels: dict[str, float]) -> None:
    full = by_forecast(made_up_fit, levels, 2027 + 181 / 365)
    rows = pd.DataFrame([{"immersion_access": np.nan}, levels, {"korea_capital": 40.0}])
    lean = evaluate_settings(made_up_fit, rows, SWEPT_HEADLINES, PERIODS, start=START, draws=10_000)
    for name in SWEPT_HEADLINES:
        np.testing.assert_allclose(lean[name].isel(setting=1), full[name].sel(period=list(PERIODS)), rtol=2e-6)


def test_draws_are_those_of_the_forecast_thinned(made_up_fit: Fit) -> None:
    full, thin = (
        evaluate_settings(made_up_fit, [{"ai_fabs": 1.0}], ["capacity_ratio"], PERIODS, draws=n)["capacity_ratio"]
        for n in (120, 3)
    )
    np.testing.assert_array_equal(thin, full.isel(draw=[0, 59, 119]))


def test_each_quantity_alone_gives_the_same(made_up_fit: Fit) -> None:
    rows = [{"etch_deposition_access": 0.8}, {"etch_deposition_access": 0.0}]
    together = evaluate_settings(made_up_fit, rows, list(UNITS), PERIODS, draws=30)
    for name in UNITS:
        alone = evaluate_settings(made_up_fit, rows, [name], PERIODS[::-1], draws=30)[name]
        np.testing.assert_array_equal(alone.sel(period=list(PERIODS)), together[name])


def test_the_level_in_force_and_no_level_are_the_baseline_to_the_bit(made_up_fit: Fit) -> None:
    held = {name: in_force(made_up_fit, name) for name in made_up_fit.policy.levers}
    got = evaluate_settings(made_up_fit, pd.DataFrame([held, dict.fromkeys(held, np.nan)]), draws=40)
    for name in SWEPT_HEADLINES:
        np.testing.assert_array_equal(got[name][0], got[name][1])


def test_a_lever_that_starts_after_the_last_quarter_changes_nothing(made_up_fit: Fit) -> None:
    late = sweep(made_up_fit, "immersion_access", [1.0], periods=["2028Q4"], start="2029-01-01", draws=40)
    for name in SWEPT_HEADLINES:
        np.testing.assert_array_equal(late.draws[name].isel(level=0), late.baseline[name])


def test_answers_are_monotone_in_the_level_of_a_lever_with_signed_effects(made_up_fit: Fit) -> None:
    answer = sweep(made_up_fit, "immersion_access", np.linspace(0.3, 1, 8), periods=["2032Q4"], draws=40).draws
    assert (np.diff(answer["capacity_ratio"], axis=0) <= 1e-12).all()
    assert (np.diff(answer["capacity_ratio"], axis=0) < 0).any()


def test_the_table_sums_up_the_draws(made_up_fit: Fit) -> None:
    got = sweep(made_up_fit, "talent_flow", [2.0, 0.0, 2.0], quantities=["frontier_lag", "capacity_ratio"], draws=60)
    assert list(got.table["level"].unique()) == [0.0, 2.0]
    assert list(got.table.columns[:4]) == ["lever", "level", "quantity", "period"]
    assert set(got.table["lever"]) == {"talent_flow"}
    assert got.in_force == in_force(made_up_fit, "talent_flow")
    assert got.draws["frontier_lag"].dims == ("level", "draw", "period")
    assert got.baseline["frontier_lag"].dims == ("draw", "period")
    row = got.table.query("level == 0 and quantity == 'frontier_lag' and period == '2032Q4'").squeeze()
    draws = got.draws["frontier_lag"].sel(level=0, period="2032Q4").to_numpy()
    base = got.baseline["frontier_lag"].sel(period="2032Q4").to_numpy()
    assert row["prob_never"] == pytest.approx(np.isnan(draws).mean())
    assert row["prob_larger"] == pytest.approx((draws > base).mean())
    assert row["q50"] == pytest.approx(np.nanquantile(draws, 0.5, method="inverted_cdf"))
    assert row["change_q95"] == pytest.approx(np.nanquantile(draws - base, 0.95, method="inverted_cdf"))
    assert (got.table["q05"] <= got.table["q95"]).all()


def test_default_levels_span_the_range(made_up_fit: Fit) -> None:
    lever = made_up_fit.policy.levers["ai_demand"]
    levels = sweep(made_up_fit, "ai_demand", quantities=["capacity_ratio"], draws=5).draws["level"].to_numpy()
    assert (len(levels), levels[0], levels[-1]) == (21, lever.low, lever.high)


def test_the_lag_at_least_is_defined_in_every_draw() -> None:
    far = 3000.0
    volume = np.full((2, 5, 7), far)
    volume[:, 0, :2] = [2016.0, 2020.0]
    volume[1, 3, 0] = 2024.0
    times = np.array([2025.0, 2026.0])
    np.testing.assert_allclose(at_least(volume, times), [[9.0, 10.0], [9.0, 10.0]])
    volume[1, 3, 1] = 2025.5
    np.testing.assert_allclose(at_least(volume, times)[1], [9.0, 6.0])
    assert np.isnan(gaps.frontier_lag(volume, times)[0]).all()


def test_the_lag_at_least_equals_the_lag_where_there_is_one(made_up_fit: Fit) -> None:
    got = evaluate_settings(made_up_fit, [{"talent_flow": 0.0}], ["frontier_lag", LAG_AT_LEAST], PERIODS)
    lag, bound = got["frontier_lag"].to_numpy(), got[LAG_AT_LEAST].to_numpy()
    assert np.isfinite(bound).all()
    np.testing.assert_array_equal(bound[np.isfinite(lag)], lag[np.isfinite(lag)])


def test_settings_do_not_depend_on_their_neighbours(made_up_fit: Fit) -> None:
    rng = np.random.default_rng(1)
    levers = made_up_fit.policy.levers
    rows = pd.DataFrame({name: rng.uniform(lever.low, lever.high, 45) for name, lever in levers.items()})
    many = evaluate_settings(made_up_fit, rows, SWEPT_HEADLINES, PERIODS, draws=50)
    for name in SWEPT_HEADLINES:
        one = evaluate_settings(made_up_fit, rows.iloc[[44]], [name], PERIODS, draws=50)[name]
        np.testing.assert_allclose(one[0], many[name][44], rtol=1e-12)
        assert np.isfinite(many["capacity_ratio"]).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lever": "magic"}, "unknown lever 'magic'; there are: immersion_access"),
        ({"levels": [0.5, 1.5]}, "level 1.5 of immersion_access lies outside its range, 0 to 1"),
        ({"quantities": ["catch_up"]}, "no sweep of catch_up; there are: frontier_lag"),
        ({"periods": ["2032"]}, "'2032' is no quarter"),
        ({"periods": []}, "name at least one quarter"),
        ({"periods": ["2019Q1"]}, "none before 2022Q1"),
        ({"start": "2020-01-01"}, "lies before the as-of date"),
        ({"start": "soon"}, "'soon' is no day"),
    ],
)
def test_wrong_questions_are_refused(made_up_fit: Fit, change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        sweep(made_up_fit, **{"lever": "immersion_access", "draws": 2, **change})  # type: ignore[arg-type]


def test_no_setting_is_refused(made_up_fit: Fit) -> None:
    with pytest.raises(InputError, match="no setting"):
        evaluate_settings(made_up_fit, pd.DataFrame({"ai_fabs": []}))
