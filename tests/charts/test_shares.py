"""Shares of bits and of revenue, with the claims by basis."""

from hbm_model import charts
from hbm_model.evidence import Evidence
from hbm_model.forecasting.forecast import Forecast


def test_shares_keep_the_basis_of_a_claim(forecast: Forecast, evidence: Evidence) -> None:
    claims = charts.shares_table(forecast, evidence).query("layer == 'claim'")
    assert set(claims[claims["quantity"] == "bit_share"]["basis"]) == {"stated"}
    assert set(claims[claims["quantity"] == "revenue_share"]["basis"]) == {"stated", "unstated"}
    assert claims["high"].dropna().between(0, 1).all()
