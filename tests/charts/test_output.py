"""Bits shipped, and China's share of Korea's."""

from hbm_model import charts
from hbm_model.forecasting.forecast import Forecast

from .conftest import text_of


def test_bits_and_ratios_are_the_forecast_s(forecast: Forecast) -> None:
    table = charts.output_table(forecast)
    for name in ("output_ratio", "bandwidth_ratio"):
        rows = forecast.table(name).query("scenario == 'baseline'")
        assert list(table[table["quantity"] == name]["q50"]) == list(rows["q50"])


def test_lines_are_named_at_their_ends(forecast: Forecast) -> None:
    below = charts.output(forecast)[1]
    assert {"bits", "weighted by bandwidth"} <= set(text_of(below).splitlines())
