"""The charts of a run: which there are, of what material, and what holds for all of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib.figure import Figure

from hbm_model import charts
from hbm_model.charts import catalogue
from hbm_model.charts.catalogue import CHARTS, DRAWN, Material
from hbm_model.charts.kit.words import say
from hbm_model.evidence import Evidence, load_evidence
from hbm_model.forecasting.forecast import Forecast

from .conftest import make_ages, make_material


def test_a_run_s_charts_are_of_fifteen_kinds_and_more(material: Material) -> None:
    assert all(chart.when(material) for chart in CHARTS)
    assert len({chart.name for chart in CHARTS}) == len(CHARTS) >= 30
    assert not [
        c.name for c in CHARTS if c.name == "policy_gap" and c.when(replace(material, fit=_without_measures(material)))
    ]


def _without_measures(material: Material) -> Any:
    return type(material.fit)(meta=material.fit.meta, policy=replace(material.fit.policy, levels={}))


def test_an_early_vintage_with_hardly_a_claim_is_drawn(forecast: Forecast, fit: Any) -> None:
    material = make_material(load_evidence(as_of="2016-01-20"), fit, forecast)
    drawn = [
        chart
        for chart in CHARTS
        if chart.name in ("calendar", "investment", "plans", "yield_ramps", "capacity", "shares")
    ]
    assert all(chart.when(material) for chart in drawn)
    for chart in drawn:
        chart.figure(material).canvas.draw()
        assert chart.words(chart.table(material))
    assert not [chart.name for chart in CHARTS if chart.name.startswith("claims") and chart.when(material)]


def test_charts_need_the_draws_of_no_other_gaps_than_they_say(
    material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "maturity", lambda *_: make_ages())
    few = replace(material.forecast, headline=material.forecast.headline[list(DRAWN)])
    for chart in CHARTS:
        chart.figure(replace(material, forecast=few))
        table = chart.table(replace(material, forecast=few))
        pd.testing.assert_frame_equal(table, chart.table(material), obj=chart.name)


OF_NO_FIT = ("investment", "revisions_frontier_lag", "revisions_output_ratio", "skill")
"""Charts of evidence, of several runs and of scores, which no fit's speed can mark."""


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_quick_fit_is_marked_beside_the_other_words(quick_figure: Callable[[str, str], Figure], lang: str) -> None:
    with charts.language(lang):
        mark = say("style.quick")
    for chart in [chart for chart in CHARTS if chart.name not in OF_NO_FIT]:
        figure = quick_figure(chart.name, lang)
        boxes = {text: text.get_window_extent() for text in figure.findobj(mpl.text.Text) if text.get_text().strip()}
        marks = [text for text in boxes if text.get_text() == mark]
        assert marks, chart.name
        room = boxes.pop(marks[0]).padded(-1)  # words may stand next to it
        under = [text.get_text() for text, box in boxes.items() if room.overlaps(box)]
        assert not under, (chart.name, under)


def test_charts_of_the_baseline_draw_nothing_else(
    material: Material, alone: Forecast, evidence: Evidence, fit: Any, scores: pd.DataFrame
) -> None:
    less = make_material(evidence, fit, alone, scores)
    for chart in [chart for chart in CHARTS if chart.when(less)]:
        pd.testing.assert_frame_equal(chart.table(material), chart.table(less), obj=chart.name)
