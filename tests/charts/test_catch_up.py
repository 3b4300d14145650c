"""The date of catching up under every scenario."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from hbm_model import charts
from hbm_model.charts.catch_up import catch_up_words, spread
from hbm_model.charts.kit.words import scenario_name
from hbm_model.core.errors import InputError
from hbm_model.forecasting import gaps
from hbm_model.forecasting.forecast import Forecast

from .conftest import PERIODS, SCENARIOS, TIMES, texts


@pytest.mark.parametrize("threshold", [1.0, 4.0])
def test_probabilities_are_those_of_the_draws(forecast: Forecast, threshold: float) -> None:
    table = charts.catch_up_table(forecast, threshold)
    for name, rows in table.groupby("scenario"):
        lag = forecast.draws("frontier_lag").sel(scenario=name).to_numpy()
        found = gaps.catch_up(lag, TIMES, threshold)
        assert set(rows["prob_never"]) == {np.isinf(found).mean()}
        assert rows["probability"].iloc[-1] == pytest.approx(1 - np.isinf(found).mean())
        assert rows["probability"].is_monotonic_increasing


def test_the_default_is_the_forecast_s_catch_up(forecast: Forecast) -> None:
    never = charts.catch_up_table(forecast).groupby("scenario")["prob_never"].first()
    told = forecast.table("catch_up").set_index("scenario")["prob_never"]
    assert dict(never) == pytest.approx(dict(told))


def test_never_is_named_at_the_right(forecast: Forecast) -> None:
    ax = charts.catch_up(forecast, 4.0, ax=Figure().add_subplot())
    ax.figure.canvas.draw()
    said = texts(ax)
    assert "not by 2032Q4" in said
    for name in SCENARIOS:
        assert any(words.startswith(f"{scenario_name(name)}: ") for words in said)
    assert "below 4 years" in ax.get_ylabel()


def test_a_threshold_that_is_none_is_refused(forecast: Forecast) -> None:
    with pytest.raises(InputError, match="threshold = 0 must be a positive number of years"):
        charts.catch_up(forecast, 0)


def test_it_is_said_in_words(forecast: Forecast) -> None:
    words = catch_up_words(charts.catch_up_table(forecast, 4.0))
    assert f"by {PERIODS[-1]}, never in" in words
    assert "MATCH Act" in words


def test_labels_are_moved_apart_and_no_further() -> None:
    assert list(spread(np.array([0.1, 0.5]), 0.1)) == [0.1, 0.5]
    assert list(spread(np.array([0.5, 0.5, 0.5]), 0.1)) == pytest.approx([0.4, 0.5, 0.6])
    assert list(spread(np.array([0.0, 0.0]), 0.1)) == pytest.approx([0.0, 0.1])
    assert min(np.diff(spread(np.array([0.0, 0.02, 0.05, 0.3, 0.31]), 0.1))) >= 0.1 - 1e-9
