"""Yields as they ramp, with the claims about them."""

from hbm_model import charts
from hbm_model.evidence import Evidence
from hbm_model.forecasting.forecast import Forecast


def test_yields_of_dies_are_told_from_final_yields(forecast: Forecast, evidence: Evidence) -> None:
    table = charts.yield_ramps_table(forecast, evidence)
    claims = table[table["layer"] == "claim"]
    assert set(claims[claims["hollow"].astype(bool)]["quantity"]) & {"die_yield", "test_yield"}
    assert set(claims[~claims["hollow"].astype(bool)]["quantity"]) == {"final_yield"}
    assert (table[table["layer"] == "forecast"]["prob_never"] < 0.5).all()
