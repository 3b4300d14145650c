"""Wafers of each maker, with reports and plans."""

import pandas as pd
import pytest

from hbm_model import charts
from hbm_model.evidence import Evidence
from hbm_model.evidence.selection import used_rows
from hbm_model.forecasting.forecast import Forecast


def test_capacity_tells_plans_from_reports(forecast: Forecast, evidence: Evidence) -> None:
    claims = charts.capacity_table(forecast, evidence).query("layer == 'claim'")
    used = used_rows(evidence, "capacity", "hbm_wafers").set_index("id")
    assert set(claims["id"]) == set(used.index)
    for row in claims.itertuples():
        original = used.loc[row.id]
        assert row.hollow == (original["status"] != "actual")
        if not pd.isna(original["low"]):
            assert row.low == pytest.approx(original["low"] / 1000)
