"""One gap over time or by generation: the table, the fan, its strip of undefined draws, and the words."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from hbm_model import charts
from hbm_model.charts.gap import GAPS, densest, gap_words
from hbm_model.core.errors import InputError
from hbm_model.forecasting.forecast import Forecast

from .conftest import text_of

DRAWN = ["frontier_lag", "generation_lag", "yield_gap", "capacity_ratio", "output_ratio", "bit_share"]


QUANTILES = ["q05", "q25", "q50", "q75", "q95", "prob_never"]


@pytest.mark.parametrize("quantity", DRAWN)
def test_a_gap_is_drawn_on_the_given_axes(forecast: Forecast, quantity: str) -> None:
    ax = Figure().add_subplot()
    assert charts.gap(forecast, quantity, ax=ax) is ax
    ax.figure.canvas.draw()
    assert ax.get_title(loc="left") == GAPS[quantity].title
    assert ax.has_data()


@pytest.mark.parametrize("quantity", DRAWN)
def test_a_gap_s_table_is_the_forecast_s(forecast: Forecast, quantity: str) -> None:
    table = charts.gap_table(forecast, quantity)
    drawn = table[table["layer"] == "forecast"].reset_index(drop=True)
    rows = forecast.table(quantity).query("scenario == 'baseline' and vendor == 'china'").reset_index(drop=True)
    for column in ["generation", "period", *QUANTILES]:
        assert list(drawn[column].fillna(-1.0)) == list(rows[column].fillna(-1.0)), column


def test_a_gap_that_is_none_is_refused(forecast: Forecast) -> None:
    with pytest.raises(InputError, match="'catch_up' is no gap that can be drawn; there are: frontier_lag"):
        charts.gap(forecast, "catch_up")


def test_without_axes_a_figure_of_one_print_column_is_made(forecast: Forecast) -> None:
    width, _ = charts.gap(forecast, "frontier_lag").figure.get_size_inches()
    assert width == pytest.approx(8.4 / 2.54)


def test_the_share_of_undefined_draws_is_shown(forecast: Forecast) -> None:
    ax = charts.gap(forecast, "frontier_lag")
    (strip,) = ax.child_axes
    heights = [bar.get_height() for bar in strip.patches]
    assert heights == list(forecast.table("frontier_lag").query("scenario == 'baseline'")["prob_never"])
    assert "China ships none yet" in text_of(strip)
    assert not charts.gap(forecast, "capacity_ratio").child_axes


def test_the_planned_lag_stands_beside_the_posterior_one(forecast: Forecast) -> None:
    table = charts.gap_table(forecast, "frontier_lag")
    planned = forecast.table("planned_lag")
    assert set(table[table["layer"] == "planned"]["period"]) == set(planned["period"]) - {""}
    assert "planned: guidance at its word" in text_of(charts.gap(forecast, "frontier_lag"))


def test_regions_hold_their_share_of_the_draws_and_leave_gaps_open(forecast: Forecast) -> None:
    values = np.array([4.3] * 60 + [4.4] * 20 + [10.1] * 20)
    assert densest(values, 0.5) == [(4.25, 4.375)]
    assert densest(values, 0.9) == [(4.25, 4.5), (10.0, 10.125)]
    regions = charts.gap_table(forecast, "frontier_lag").query("layer == 'region' and period == '2029Q4'")
    draws = forecast.draws("frontier_lag").sel(period="2029Q4").to_numpy()[0]
    for level, rows in regions.groupby("level"):
        inside = [((draws >= row.low) & (draws < row.high)).sum() for row in rows.itertuples()]
        assert sum(inside) >= float(str(level)) * len(draws)


def test_guides_run_a_year_per_year(forecast: Forecast) -> None:
    guides = charts.gap_table(forecast, "frontier_lag").query("layer == 'guide'")
    assert "HBM3E" in set(guides["generation"])
    assert "HBM2E" not in set(guides["generation"])
    for _, rows in guides.groupby("generation"):
        assert np.diff(rows["q50"].astype(float)) == pytest.approx(0.25)


def test_a_gap_defined_nowhere_is_said_to_be(forecast: Forecast) -> None:
    frame = forecast.frame[forecast.frame["quantity"] != "frontier_lag"]
    empty = replace(forecast, frame=frame)
    assert "not defined in any quarter" in text_of(charts.gap(empty, "frontier_lag"))
    assert "not defined in any quarter" in gap_words(charts.gap_table(empty, "frontier_lag"), "frontier_lag")


def test_a_date_beyond_the_horizon_is_open(forecast: Forecast) -> None:
    table = charts.gap_table(forecast, "generation_lag").query("layer == 'forecast' and generation == 'HBM5'")
    assert table["q95"].isna().all()
    assert "after 2032Q4" in text_of(charts.gap(forecast, "generation_lag"))
    assert "beyond the horizon" in gap_words(charts.gap_table(forecast, "generation_lag"), "generation_lag")
