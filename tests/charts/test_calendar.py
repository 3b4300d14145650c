"""Volume dates by generation and maker, with the claims about them."""

from matplotlib.figure import Figure

from hbm_model import charts
from hbm_model.evidence import Evidence
from hbm_model.evidence.selection import used_rows
from hbm_model.forecasting.forecast import Forecast


def test_the_calendar_shows_the_used_volume_claims(forecast: Forecast, evidence: Evidence) -> None:
    ax = Figure(figsize=(4, 8)).add_subplot()
    assert charts.calendar(forecast, evidence, ax=ax) is ax
    ax.figure.canvas.draw()
    table = charts.calendar_table(forecast, evidence)
    late = table[table["layer"] == "not_yet"]
    used = used_rows(evidence, "milestones", "not_yet")
    assert set(late["id"]) <= set(used["id"])
    assert "m0047" in set(late["id"])
    assert set(table[table["layer"] == "forecast"]["vendor"]) == {"sk_hynix", "samsung", "micron", "cxmt", "ymtc"}
    assert "qualified" not in set(table["quantity"])
    assert [label.get_text() for label in ax.get_yticklabels()].count("CXMT") == 6
