"""Charts that set scenarios beside the baseline."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hbm_model import charts
from hbm_model.charts.catch_up import catch_up_words, spread
from hbm_model.charts.contrast_forest import contrast_forest_words
from hbm_model.charts.kit import style
from hbm_model.charts.kit.words import scenario_name
from hbm_model.charts.scenario_fans import scenario_fans_words
from hbm_model.core.errors import InputError
from hbm_model.forecasting import gaps
from hbm_model.forecasting.forecast import Forecast

from .conftest import PERIODS, SCENARIOS, TIMES, make_forecast

OVER_TIME = ["frontier_lag", "yield_gap", "capacity_ratio", "bit_share"]


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.findobj(mpl.text.Text)]


class TestScenarioFans:
    @pytest.mark.parametrize("quantity", OVER_TIME)
    def test_each_scenario_has_a_panel_on_one_scale(self, forecast: Forecast, quantity: str) -> None:
        axes = charts.scenario_fans(forecast, quantity)
        assert [ax.get_title(loc="left") for ax in axes] == [scenario_name(name) for name in SCENARIOS]
        assert len({ax.get_ylim() for ax in axes}) == 1
        assert all(ax.has_data() for ax in axes)
        assert len(axes[0].figure.axes) == len(axes) + 1, "no empty panels: one Axes each, and the key's"

    def test_its_rows_are_the_forecast_s(self, forecast: Forecast) -> None:
        table = charts.scenario_fans_table(forecast, "frontier_lag").query("layer == 'forecast'")
        rows = forecast.table("frontier_lag")
        assert list(table["scenario"]) == list(rows["scenario"])
        assert list(table["q50"].astype(float)) == list(rows["q50"])

    def test_regions_are_each_scenario_s_own(self, forecast: Forecast) -> None:
        table = charts.scenario_fans_table(forecast, "frontier_lag")
        region = table.query("layer == 'region' and period == '2030Q4' and scenario == 'match_act' and level == 0.9")
        draws = forecast.draws("frontier_lag").sel(scenario="match_act", period="2030Q4").to_numpy()
        inside = sum(((draws >= row.low) & (draws < row.high)).sum() for row in region.itertuples())
        assert inside >= 0.9 * len(draws)

    def test_the_baseline_s_median_stands_in_every_other_panel(self, forecast: Forecast) -> None:
        axes = charts.scenario_fans(forecast, "capacity_ratio")
        usual = forecast.table("capacity_ratio").query("scenario == 'baseline'")["q50"].to_numpy()
        for ax in axes[1:]:
            assert any(np.array_equal(line.get_ydata(), usual) for line in ax.lines)

    def test_it_is_drawn_on_given_axes(self, forecast: Forecast) -> None:
        given = list(Figure().subplots(1, 3))
        assert list(charts.scenario_fans(forecast, ax=given)) == given
        with pytest.raises(InputError, match="this chart has 3 panels; 2 Axes were given"):
            charts.scenario_fans(forecast, ax=given[:2])

    def test_some_scenarios_can_be_chosen(self, forecast: Forecast) -> None:
        axes = charts.scenario_fans(forecast, scenarios=["controls_relaxed"])
        assert [ax.get_title(loc="left") for ax in axes] == ["Baseline", "Controls relaxed"]
        with pytest.raises(InputError, match="scenario 'korea_walls' was not forecast; there are: baseline, match_act"):
            charts.scenario_fans(forecast, scenarios=["korea_walls"])

    def test_what_is_no_path_is_refused(self, forecast: Forecast) -> None:
        with pytest.raises(InputError, match="'generation_lag' is no gap over time; there are: frontier_lag"):
            charts.scenario_fans(forecast, "generation_lag")

    def test_it_is_said_in_words(self, forecast: Forecast) -> None:
        words = scenario_fans_words(charts.scenario_fans_table(forecast, "capacity_ratio"), "capacity_ratio")
        assert "MATCH Act 2027Q4" in words
        assert "2032Q4" in words


class TestContrasts:
    @pytest.fixture(scope="class")
    @staticmethod
    def table(forecast: Forecast) -> pd.DataFrame:
        return charts.contrast_forest_table(forecast, "frontier_lag", "2031Q4")

    def test_its_rows_are_the_forecast_s_differences(self, forecast: Forecast, table: pd.DataFrame) -> None:
        rows = forecast.contrast("frontier_lag").query("period == '2031Q4'").set_index("scenario")
        for row in table.itertuples():
            assert row.mean == rows.loc[row.scenario, "mean"]
            assert row.prob_larger == rows.loc[row.scenario, "prob_larger"]
        assert list(table["mean"]) == sorted(table["mean"], reverse=True)

    def test_the_shares_add_up(self, table: pd.DataFrame) -> None:
        whole = table[["prob_larger", "prob_same", "prob_smaller", "prob_never"]].sum(axis=1)
        assert list(whole) == pytest.approx([1.0] * len(table))

    def test_zero_mean_and_shares_are_there(self, forecast: Forecast, table: pd.DataFrame) -> None:
        ax = charts.contrast_forest(forecast, "frontier_lag", "2031Q4")
        assert any(list(line.get_xdata()) == [0.0, 0.0] for line in ax.lines)
        diamonds = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "D"]
        assert diamonds == list(table["mean"])
        said = texts(ax)
        assert {"larger", "same", "smaller", "% of draws", "through clock"} <= set(said)
        assert "the median lies on zero" in ax.get_xlabel()

    def test_shares_are_told_in_percentage_points(self, forecast: Forecast) -> None:
        ax = charts.contrast_forest(forecast, "capacity_ratio")
        table = charts.contrast_forest_table(forecast, "capacity_ratio")
        assert "difference in percentage points" in ax.get_xlabel()
        diamonds = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "D"]
        assert diamonds == pytest.approx(list(100 * table["mean"]))

    def test_a_scenario_without_effect_is_drawn(self) -> None:
        same = make_forecast(names=("baseline", "match_act"))
        still = same.contrasts.assign(prob_larger=0.0, prob_smaller=0.0, driver="")
        still[["mean", "q05", "q25", "q50", "q75", "q95"]] = 0.0
        ax = charts.contrast_forest(Forecast(same.frame, same.headline, still, same.scenarios, same.horizon))
        ax.figure.canvas.draw()
        assert "nothing moves" in texts(ax)
        words = contrast_forest_words(charts.contrast_forest_table(same, "frontier_lag"))
        assert "MATCH Act median" in words

    def test_what_cannot_be_compared_is_refused(self, forecast: Forecast, alone: Forecast) -> None:
        with pytest.raises(InputError, match="only the baseline was forecast"):
            charts.contrast_forest(alone)
        with pytest.raises(InputError, match="frontier_lag is defined in '2040Q4'; the last quarter is 2032Q4"):
            charts.contrast_forest(forecast, "frontier_lag", "2040Q4")


class TestCatchUp:
    @pytest.mark.parametrize("threshold", [1.0, 4.0])
    def test_probabilities_are_those_of_the_draws(self, forecast: Forecast, threshold: float) -> None:
        table = charts.catch_up_table(forecast, threshold)
        for name, rows in table.groupby("scenario"):
            lag = forecast.draws("frontier_lag").sel(scenario=name).to_numpy()
            found = gaps.catch_up(lag, TIMES, threshold)
            assert set(rows["prob_never"]) == {np.isinf(found).mean()}
            assert rows["probability"].iloc[-1] == pytest.approx(1 - np.isinf(found).mean())
            assert rows["probability"].is_monotonic_increasing

    def test_the_default_is_the_forecast_s_catch_up(self, forecast: Forecast) -> None:
        never = charts.catch_up_table(forecast).groupby("scenario")["prob_never"].first()
        told = forecast.table("catch_up").set_index("scenario")["prob_never"]
        assert dict(never) == pytest.approx(dict(told))

    def test_never_is_named_at_the_right(self, forecast: Forecast) -> None:
        ax = charts.catch_up(forecast, 4.0, ax=Figure().add_subplot())
        ax.figure.canvas.draw()
        said = texts(ax)
        assert "not by 2032Q4" in said
        for name in SCENARIOS:
            assert any(words.startswith(f"{scenario_name(name)}: ") for words in said)
        assert "below 4 years" in ax.get_ylabel()

    def test_a_threshold_that_is_none_is_refused(self, forecast: Forecast) -> None:
        with pytest.raises(InputError, match="threshold = 0 must be a positive number of years"):
            charts.catch_up(forecast, 0)

    def test_it_is_said_in_words(self, forecast: Forecast) -> None:
        words = catch_up_words(charts.catch_up_table(forecast, 4.0))
        assert f"by {PERIODS[-1]}, never in" in words
        assert "MATCH Act" in words


def test_labels_are_moved_apart_and_no_further() -> None:
    assert list(spread(np.array([0.1, 0.5]), 0.1)) == [0.1, 0.5]
    assert list(spread(np.array([0.5, 0.5, 0.5]), 0.1)) == pytest.approx([0.4, 0.5, 0.6])
    assert list(spread(np.array([0.0, 0.0]), 0.1)) == pytest.approx([0.0, 0.1])
    assert min(np.diff(spread(np.array([0.0, 0.02, 0.05, 0.3, 0.31]), 0.1))) >= 0.1 - 1e-9


def test_names_and_shares_are_words() -> None:
    assert scenario_name("match_act") == "MATCH Act"
    assert scenario_name("hbm_sales_allowed") == "HBM sales allowed"
    assert scenario_name("my_own_one") == "My own one"
    assert [style.percent(share) for share in (0.0, 0.0004, 0.006, 0.41, 0.993, 0.9999, 1.0)] == [
        *("0 %", "<0.1 %", "0.6 %", "41 %", "99.3 %", ">99.9 %", "100 %"),
    ]
