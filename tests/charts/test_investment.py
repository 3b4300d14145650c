"""What makers invest by the claims."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

from hbm_model import charts
from hbm_model.evidence import Evidence
from hbm_model.evidence.selection import used_rows


def test_its_claims_are_those_that_the_model_uses_in_dollars_a_year(evidence: Evidence) -> None:
    table = charts.investment_table(evidence).set_index("id")
    used = pd.concat([used_rows(evidence, "investment", part) for part in ("spending", "project", "raise")])
    assert set(table.index) == set(used[used["maker"].isin(["sk_hynix", "samsung", "micron", "cxmt"])]["id"])
    plain = used.set_index("id").loc[table.index]
    dollars = plain[(plain["currency"] == "USD") & ((plain["period_end"] - plain["period_start"]).dt.days < 367)]
    assert len(dollars)
    for name in dollars.index:
        assert table.loc[name, "high"] == pytest.approx(dollars.loc[name, "high"], rel=0.01, nan_ok=True)


def test_it_is_drawn_on_four_axes(evidence: Evidence) -> None:
    given = list(Figure(figsize=(6, 6)).subplots(2, 2).flat)
    assert list(charts.investment(evidence, ax=given).flat) == given
    given[0].figure.canvas.draw()
