"""One gap under every scenario."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from hbm_model import charts
from hbm_model.charts.kit.words import scenario_name
from hbm_model.charts.scenario_fans import scenario_fans_words
from hbm_model.core.errors import InputError
from hbm_model.forecasting.forecast import Forecast

from .conftest import SCENARIOS

OVER_TIME = ["frontier_lag", "yield_gap", "capacity_ratio", "bit_share"]


@pytest.mark.parametrize("quantity", OVER_TIME)
def test_each_scenario_has_a_panel_on_one_scale(forecast: Forecast, quantity: str) -> None:
    axes = charts.scenario_fans(forecast, quantity)
    assert [ax.get_title(loc="left") for ax in axes] == [scenario_name(name) for name in SCENARIOS]
    assert len({ax.get_ylim() for ax in axes}) == 1
    assert all(ax.has_data() for ax in axes)
    assert len(axes[0].figure.axes) == len(axes) + 1, "no empty panels: one Axes each, and the key's"


def test_its_rows_are_the_forecast_s(forecast: Forecast) -> None:
    table = charts.scenario_fans_table(forecast, "frontier_lag").query("layer == 'forecast'")
    rows = forecast.table("frontier_lag")
    assert list(table["scenario"]) == list(rows["scenario"])
    assert list(table["q50"].astype(float)) == list(rows["q50"])


def test_regions_are_each_scenario_s_own(forecast: Forecast) -> None:
    table = charts.scenario_fans_table(forecast, "frontier_lag")
    region = table.query("layer == 'region' and period == '2030Q4' and scenario == 'match_act' and level == 0.9")
    draws = forecast.draws("frontier_lag").sel(scenario="match_act", period="2030Q4").to_numpy()
    inside = sum(((draws >= row.low) & (draws < row.high)).sum() for row in region.itertuples())
    assert inside >= 0.9 * len(draws)


def test_the_baseline_s_median_stands_in_every_other_panel(forecast: Forecast) -> None:
    axes = charts.scenario_fans(forecast, "capacity_ratio")
    usual = forecast.table("capacity_ratio").query("scenario == 'baseline'")["q50"].to_numpy()
    for ax in axes[1:]:
        assert any(np.array_equal(line.get_ydata(), usual) for line in ax.lines)


def test_it_is_drawn_on_given_axes(forecast: Forecast) -> None:
    given = list(Figure().subplots(1, 3))
    assert list(charts.scenario_fans(forecast, ax=given)) == given
    with pytest.raises(InputError, match="this chart has 3 panels; 2 Axes were given"):
        charts.scenario_fans(forecast, ax=given[:2])


def test_some_scenarios_can_be_chosen(forecast: Forecast) -> None:
    axes = charts.scenario_fans(forecast, scenarios=["controls_relaxed"])
    assert [ax.get_title(loc="left") for ax in axes] == ["Baseline", "Controls relaxed"]
    with pytest.raises(InputError, match="scenario 'korea_walls' was not forecast; there are: baseline, match_act"):
        charts.scenario_fans(forecast, scenarios=["korea_walls"])


def test_what_is_no_path_is_refused(forecast: Forecast) -> None:
    with pytest.raises(InputError, match="'generation_lag' is no gap over time; there are: frontier_lag"):
        charts.scenario_fans(forecast, "generation_lag")


def test_it_is_said_in_words(forecast: Forecast) -> None:
    words = scenario_fans_words(charts.scenario_fans_table(forecast, "capacity_ratio"), "capacity_ratio")
    assert "MATCH Act 2027Q4" in words
    assert "2032Q4" in words
