"""Differences of scenarios from the baseline."""

import pandas as pd
import pytest

from hbm_model import charts
from hbm_model.charts.contrast_forest import contrast_forest_words
from hbm_model.core.errors import InputError
from hbm_model.forecasting.forecast import Forecast

from .conftest import make_forecast, texts


@pytest.fixture(scope="module")
def table(forecast: Forecast) -> pd.DataFrame:
    return charts.contrast_forest_table(forecast, "frontier_lag", "2031Q4")


def test_its_rows_are_the_forecast_s_differences(forecast: Forecast, table: pd.DataFrame) -> None:
    rows = forecast.contrast("frontier_lag").query("period == '2031Q4'").set_index("scenario")
    for row in table.itertuples():
        assert row.mean == rows.loc[row.scenario, "mean"]
        assert row.prob_larger == rows.loc[row.scenario, "prob_larger"]
    assert list(table["mean"]) == sorted(table["mean"], reverse=True)


def test_the_shares_add_up(table: pd.DataFrame) -> None:
    whole = table[["prob_larger", "prob_same", "prob_smaller", "prob_never"]].sum(axis=1)
    assert list(whole) == pytest.approx([1.0] * len(table))


def test_zero_mean_and_shares_are_there(forecast: Forecast, table: pd.DataFrame) -> None:
    ax = charts.contrast_forest(forecast, "frontier_lag", "2031Q4")
    assert any(list(line.get_xdata()) == [0.0, 0.0] for line in ax.lines)
    diamonds = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "D"]
    assert diamonds == list(table["mean"])
    said = texts(ax)
    assert {"larger", "same", "smaller", "% of draws", "through clock"} <= set(said)
    assert "the median lies on zero" in ax.get_xlabel()


def test_shares_are_told_in_percentage_points(forecast: Forecast) -> None:
    ax = charts.contrast_forest(forecast, "capacity_ratio")
    table = charts.contrast_forest_table(forecast, "capacity_ratio")
    assert "difference in percentage points" in ax.get_xlabel()
    diamonds = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "D"]
    assert diamonds == pytest.approx(list(100 * table["mean"]))


def test_a_scenario_without_effect_is_drawn() -> None:
    same = make_forecast(names=("baseline", "match_act"))
    still = same.contrasts.assign(prob_larger=0.0, prob_smaller=0.0, driver="")
    still[["mean", "q05", "q25", "q50", "q75", "q95"]] = 0.0
    ax = charts.contrast_forest(Forecast(same.frame, same.headline, still, same.scenarios, same.horizon))
    ax.figure.canvas.draw()
    assert "nothing moves" in texts(ax)
    words = contrast_forest_words(charts.contrast_forest_table(same, "frontier_lag"))
    assert "MATCH Act median" in words


def test_what_cannot_be_compared_is_refused(forecast: Forecast, alone: Forecast) -> None:
    with pytest.raises(InputError, match="only the baseline was forecast"):
        charts.contrast_forest(alone)
    with pytest.raises(InputError, match="frontier_lag is defined in '2040Q4'; the last quarter is 2032Q4"):
        charts.contrast_forest(forecast, "frontier_lag", "2040Q4")
