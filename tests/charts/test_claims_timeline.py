"""Every claim about one date by when it was made, and what came of it."""

import pytest
from matplotlib.figure import Figure

from hbm_model import charts
from hbm_model.core.errors import InputError
from hbm_model.evidence import Evidence
from hbm_model.evidence.selection import used_rows
from hbm_model.forecasting.forecast import Forecast


def test_it_has_every_claim_of_the_date_and_says_why_one_is_not_used(evidence: Evidence, forecast: Forecast) -> None:
    table = charts.claims_timeline_table(evidence, forecast, "cxmt", "HBM3")
    claims = table[table["layer"] == "claim"]
    used = set(claims[claims["used"].astype(bool)]["id"])
    rows = evidence.tables["milestones"].set_index("id").loc[claims["id"]]
    assert set(rows["stage"]) <= {"volume_shipment", "mass_production"}
    assert used <= set(used_rows(evidence, "milestones", "guidance")["id"]) | set(
        used_rows(evidence, "milestones", "not_yet")["id"]
    ) | set(used_rows(evidence, "milestones", "claimed")["id"])
    assert (claims[~claims["used"].astype(bool)]["reason"] != "").all()
    assert claims["said"].is_monotonic_increasing
    assert (claims["start"] <= claims["end"]).all()


def test_what_came_is_the_forecast_s_date(evidence: Evidence, forecast: Forecast) -> None:
    table = charts.claims_timeline_table(evidence, forecast, "sk_hynix", "HBM4")
    (came,) = table[table["layer"] == "forecast"].to_dict("records")
    rows = forecast.table("volume_date").query("scenario == 'baseline' and vendor == 'sk_hynix'")
    expected = rows[(rows["generation"] == "HBM4") & (rows["layers"].astype(str) == "12")]["q50"].iloc[0]
    assert came["q50"] == expected


def test_each_claim_is_a_mark(evidence: Evidence, forecast: Forecast) -> None:
    ax = Figure(figsize=(4, 4)).add_subplot()
    assert charts.claims_timeline(evidence, forecast, ax=ax) is ax
    ax.figure.canvas.draw()
    claims = charts.claims_timeline_table(evidence, forecast).query("layer == 'claim'")
    marked = [each for each in ax.collections if hasattr(each, "get_sizes")]
    assert len(marked) == len(claims)


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"vendor": "intel"}, "unknown maker 'intel'"),
        ({"generation": "HBM9"}, "unknown generation 'HBM9'"),
        ({"stage": "rumour"}, "unknown stage 'rumour'"),
        ({"vendor": "ymtc", "generation": "HBM2E"}, "nothing is said of the volume"),
    ],
)
def test_what_nobody_spoke_of_is_refused(
    evidence: Evidence, forecast: Forecast, about: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        charts.claims_timeline(evidence, forecast, **about)  # type: ignore[arg-type]
