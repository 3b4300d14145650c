"""Each chart draws what its table holds, on the Axes it is given."""

from dataclasses import replace
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hbm_model import charts
from hbm_model.charts.catalogue import CHARTS, Material
from hbm_model.charts.gap import GAPS, densest, gap_words
from hbm_model.charts.kit.words import say
from hbm_model.charts.write import harmless
from hbm_model.core.errors import InputError
from hbm_model.evidence import Evidence, load_evidence
from hbm_model.evidence.selection import used_rows
from hbm_model.forecasting.forecast import Forecast

from .conftest import make_forecast, make_material

DRAWN = ["frontier_lag", "generation_lag", "yield_gap", "capacity_ratio", "output_ratio", "bit_share"]
PANELS = {"yield_ramps": 3, "capacity": 6, "shares": 8}
QUANTILES = ["q05", "q25", "q50", "q75", "q95", "prob_never"]


def texts(ax: Axes) -> str:
    return "\n".join(text.get_text() for text in ax.findobj(mpl.text.Text))


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
    assert "China ships none yet" in texts(strip)
    assert not charts.gap(forecast, "capacity_ratio").child_axes


def test_the_planned_lag_stands_beside_the_posterior_one(forecast: Forecast) -> None:
    table = charts.gap_table(forecast, "frontier_lag")
    planned = forecast.table("planned_lag")
    assert set(table[table["layer"] == "planned"]["period"]) == set(planned["period"]) - {""}
    assert "planned: guidance at its word" in texts(charts.gap(forecast, "frontier_lag"))


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
    assert "not defined in any quarter" in texts(charts.gap(empty, "frontier_lag"))
    assert "not defined in any quarter" in gap_words(charts.gap_table(empty, "frontier_lag"), "frontier_lag")


def test_a_date_beyond_the_horizon_is_open(forecast: Forecast) -> None:
    table = charts.gap_table(forecast, "generation_lag").query("layer == 'forecast' and generation == 'HBM5'")
    assert table["q95"].isna().all()
    assert "after 2032Q4" in texts(charts.gap(forecast, "generation_lag"))
    assert "beyond the horizon" in gap_words(charts.gap_table(forecast, "generation_lag"), "generation_lag")


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


@pytest.mark.parametrize("name", PANELS)
def test_panels_are_drawn_on_the_given_axes(forecast: Forecast, evidence: Evidence, name: str) -> None:
    axes = Figure(figsize=(8, 8)).subplots(2, 4).ravel()[: PANELS[name]]
    drawn = getattr(charts, name)(forecast, evidence, ax=axes)
    assert list(drawn.flat) == list(axes)
    axes[0].figure.canvas.draw()
    assert all(ax.has_data() for ax in axes)


def test_panels_want_as_many_axes_as_they_have(forecast: Forecast, evidence: Evidence) -> None:
    with pytest.raises(InputError, match="this chart has 6 panels; 2 Axes were given"):
        charts.capacity(forecast, evidence, ax=list(Figure().subplots(1, 2)))


def test_capacity_tells_plans_from_reports(forecast: Forecast, evidence: Evidence) -> None:
    claims = charts.capacity_table(forecast, evidence).query("layer == 'claim'")
    used = used_rows(evidence, "capacity", "hbm_wafers").set_index("id")
    assert set(claims["id"]) == set(used.index)
    for row in claims.itertuples():
        original = used.loc[row.id]
        assert row.hollow == (original["status"] != "actual")
        if not pd.isna(original["low"]):
            assert row.low == pytest.approx(original["low"] / 1000)


def test_yields_of_dies_are_told_from_final_yields(forecast: Forecast, evidence: Evidence) -> None:
    table = charts.yield_ramps_table(forecast, evidence)
    claims = table[table["layer"] == "claim"]
    assert set(claims[claims["hollow"].astype(bool)]["quantity"]) & {"die_yield", "test_yield"}
    assert set(claims[~claims["hollow"].astype(bool)]["quantity"]) == {"final_yield"}
    assert (table[table["layer"] == "forecast"]["prob_never"] < 0.5).all()


def test_shares_keep_the_basis_of_a_claim(forecast: Forecast, evidence: Evidence) -> None:
    claims = charts.shares_table(forecast, evidence).query("layer == 'claim'")
    assert set(claims[claims["quantity"] == "bit_share"]["basis"]) == {"stated"}
    assert set(claims[claims["quantity"] == "revenue_share"]["basis"]) == {"stated", "unstated"}
    assert claims["high"].dropna().between(0, 1).all()


def test_an_early_vintage_with_hardly_a_claim_is_drawn(forecast: Forecast, fit: Any) -> None:
    made = make_material(load_evidence(as_of="2016-01-20"), fit, forecast)
    drawn = [chart for chart in CHARTS if chart.name in ("calendar", "investment", "plans", *PANELS)]
    assert all(chart.when(made) for chart in drawn)
    for chart in drawn:
        figure = np.ravel(np.asarray(chart.draw(made), dtype=object))[0].figure
        figure.canvas.draw()
        assert chart.words(chart.table(made))
    assert not [chart.name for chart in CHARTS if chart.name.startswith("claims") and chart.when(made)]


OF_NO_FIT = ("investment", "revisions_frontier_lag", "revisions_output_ratio", "skill")
"""Charts of evidence, of several runs and of scores, which no fit's speed can mark."""


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_quick_fit_is_marked_beside_the_other_words(
    evidence: Evidence, fit: Any, scores: pd.DataFrame, lang: str
) -> None:
    quick = make_material(evidence, fit, make_forecast(quick=True), scores)
    for chart in [chart for chart in CHARTS if chart.name not in OF_NO_FIT]:
        with charts.language(lang):
            axes = np.ravel(np.asarray(chart.draw(quick), dtype=object))
            mark = say("style.quick")
        figure = axes[0].figure
        figure.draw_without_rendering()
        boxes = {text: text.get_window_extent() for text in figure.findobj(mpl.text.Text) if text.get_text().strip()}
        marks = [text for text in boxes if text.get_text() == mark]
        assert marks, chart.name
        room = boxes.pop(marks[0]).padded(-1)  # words may stand next to it
        under = [text.get_text() for text, box in boxes.items() if room.overlaps(box)]
        assert not under, (chart.name, under)


def test_charts_of_the_baseline_draw_nothing_else(
    made: Material, alone: Forecast, evidence: Evidence, fit: Any, scores: pd.DataFrame
) -> None:
    less = make_material(evidence, fit, alone, scores)
    for chart in [chart for chart in CHARTS if chart.when(less)]:
        pd.testing.assert_frame_equal(chart.table(made), chart.table(less), obj=chart.name)


def test_text_that_a_spreadsheet_would_run_is_made_harmless() -> None:
    table = pd.DataFrame({"id": ["=1+1", "m1", "+a", "-b", "@c", "\td", None], "low": [-1.0, *[np.nan] * 6]})
    still = harmless(table)
    assert list(still["id"][:6]) == ["'=1+1", "m1", "'+a", "'-b", "'@c", "'\td"]
    assert still["low"][0] == -1.0


def test_the_caller_s_settings_are_left_alone(forecast: Forecast, evidence: Evidence, fit: Any) -> None:
    before = dict(mpl.rcParams)
    charts.shares(forecast, evidence)
    assert dict(mpl.rcParams) == before
