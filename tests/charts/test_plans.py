"""Plans against what came, by hand: which claims are plans that have come due, and what is said of them."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from hbm_model import charts
from hbm_model.charts.kit import style
from hbm_model.charts.kit.rows import CLAIM, KEYS
from hbm_model.charts.kit.words import say
from hbm_model.charts.plans import COLUMNS, plans, plans_table, plans_words
from hbm_model.evidence import Evidence
from hbm_model.evidence.selection import used_rows
from hbm_model.forecasting.forecast import Forecast

GATHERED: Any = SimpleNamespace(observed_through=date(2026, 7, 1))
CLAIMS = {
    "due": ("samsung", "plan", "analyst", 100e3, 140e3, 2024.997),
    "at_least": ("samsung", "forecast", "company", 50e3, np.nan, 2025.997),
    "as_planned": ("cxmt", "target", "insider", 30e3, 30e3, 2025.997),
    "report": ("samsung", "reported", "company", 90e3, 90e3, 2024.997),
    "not_due": ("samsung", "plan", "analyst", 200e3, 200e3, 2026.997),
    "no_number": ("samsung", "plan", "analyst", np.nan, np.nan, 2024.997),
    "of_a_bloc": ("korea", "plan", "analyst", 300e3, 300e3, 2024.997),
    "before_the_grid": ("samsung", "plan", "analyst", 20e3, 20e3, 2020.997),
}


@pytest.fixture
def claims(monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    columns = ["vendor", "status", "origin", "low", "high", "end"]
    frame = pd.DataFrame.from_dict(CLAIMS, orient="index", columns=columns).rename_axis("id").reset_index()
    frame["hollow"] = frame["status"] != "reported"
    frame = frame.reindex(columns=[*KEYS, *CLAIM])
    monkeypatch.setitem(plans_table.__globals__, "level_claims", lambda *_args: frame)
    return frame


@pytest.fixture
def said() -> Any:
    """A forecast in which 96 and then 60 thousand come at Samsung, and 30 at CXMT."""
    keys = {"scenario": "baseline", "quantity": "hbm_wafer_capacity"}
    came = {("samsung", "2024Q4"): 96.0, ("samsung", "2025Q4"): 60.0, ("samsung", "2026Q4"): 99.0}
    came |= {("cxmt", "2025Q4"): 30.0, ("korea", "2024Q4"): 99.0}
    rows = [
        keys | {"vendor": vendor, "period": period, "q05": 0.5 * middle, "q50": middle, "q95": 2.0 * middle}
        for (vendor, period), middle in came.items()
    ]
    rows += [rows[0] | {"scenario": "match_act", "q50": 1.0}]
    return SimpleNamespace(frame=pd.DataFrame(rows), quick=False)


def words(ax: Axes) -> set[str]:
    return {text.get_text() for text in ax.findobj(mpl.text.Text)}


def test_a_plan_stands_at_the_middle_of_what_was_said_against_the_quarter_in_which_it_ends(
    said: Any, claims: pd.DataFrame
) -> None:
    table = plans_table(said, GATHERED)
    assert list(table.columns) == COLUMNS
    assert list(zip(table["id"], table["period"], table["planned"], table["q50"], strict=True)) == [
        ("as_planned", "2025Q4", 30.0, 30.0),
        ("due", "2024Q4", 120.0, 96.0),
        ("at_least", "2025Q4", 50.0, 60.0),
    ]


def test_words_count_what_fell_short_and_what_came_by_maker(said: Any, claims: pd.DataFrame) -> None:
    text = plans_words(plans_table(said, GATHERED))
    assert "3 claims; in 1 of them the median is below the plan." in text
    assert "CXMT: 1 claims, what came is 100 % of the plan in the median claim" in text
    assert "Samsung: 2 claims, what came is 100 % of the plan" in text, "the middle of 80 and 120 %"


def test_points_stand_by_the_diagonal_in_the_colour_of_the_maker(said: Any, claims: pd.DataFrame) -> None:
    ax = plans(said, GATHERED)
    marks = [each for each in ax.collections if hasattr(each, "get_sizes")]
    points = {(*at, to_hex(mark.get_facecolor()[0])) for mark in marks for at in mark.get_offsets().tolist()}
    samsung, cxmt = (style.COLOURS[maker].lower() for maker in ("samsung", "cxmt"))
    assert points == {(30.0, 30.0, cxmt), (50.0, 60.0, samsung), (120.0, 96.0, samsung)}
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert ax.get_xlim() == ax.get_ylim()
    assert (ax.lines[0].get_xdata() == ax.lines[0].get_ydata()).all()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        *("CXMT", "Samsung"),
        *(say(f"origins.{origin}") for origin in ("company", "analyst", "insider")),
    ]
    assert "no plan has come due yet" not in words(ax)


def test_where_no_plan_has_come_due_that_is_said(said: Any, claims: pd.DataFrame) -> None:
    early: Any = SimpleNamespace(observed_through=date(2020, 6, 30))
    table = plans_table(said, early)
    assert table.empty
    assert "no plan has come due yet" in words(plans(said, early))
    assert plans_words(table).endswith("0 claims; in 0 of them the median is below the plan. no plan has come due yet.")


def test_a_quick_fit_is_marked(said: Any, claims: pd.DataFrame) -> None:
    marked = words(plans(SimpleNamespace(frame=said.frame, quick=True), GATHERED))  # type: ignore[arg-type]
    assert marked - words(plans(said, GATHERED))


def test_only_plans_that_have_come_due_stand_against_their_quarter(evidence: Evidence, forecast: Forecast) -> None:
    table = charts.plans_table(forecast, evidence)
    rows = used_rows(evidence, "capacity", "hbm_wafers").set_index("id").loc[table["id"]]
    assert len(table)
    assert set(rows["status"]) <= {"plan", "forecast", "target"}
    assert (rows["period_end"] <= pd.Timestamp(evidence.observed_through)).all()
    wafers = forecast.table("hbm_wafer_capacity").query("scenario == 'baseline'").set_index(["vendor", "period"])
    for row in table.to_dict("records"):
        assert row["q50"] == wafers.loc[(row["vendor"], row["period"]), "q50"]
        said = evidence.tables["capacity"].set_index("id").loc[row["id"]]
        assert row["planned"] == pytest.approx(np.nanmean([said["low"], said["high"]]) / 1000)


def test_every_plan_is_a_point(evidence: Evidence, forecast: Forecast) -> None:
    ax = charts.plans(forecast, evidence)
    points = sum(len(each.get_offsets()) for each in ax.collections if hasattr(each, "get_sizes"))
    assert points == len(charts.plans_table(forecast, evidence))
