"""The charts of a run: which there are, of what material, and what holds for all of them."""

from dataclasses import replace
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from hbm_model import charts
from hbm_model.charts.catalogue import CHARTS, Material
from hbm_model.charts.kit.words import say
from hbm_model.evidence import Evidence, load_evidence
from hbm_model.forecasting.forecast import Forecast

from .conftest import make_forecast, make_material


def test_a_run_s_charts_are_of_fifteen_kinds_and_more(made: Material) -> None:
    assert all(chart.when(made) for chart in CHARTS)
    assert len({chart.name for chart in CHARTS}) == len(CHARTS) >= 30
    assert not [c.name for c in CHARTS if c.name == "policy_gap" and c.when(replace(made, fit=_without_measures(made)))]


def _without_measures(made: Material) -> Any:
    return type(made.fit)(meta=made.fit.meta, policy=replace(made.fit.policy, levels={}))


def test_an_early_vintage_with_hardly_a_claim_is_drawn(forecast: Forecast, fit: Any) -> None:
    made = make_material(load_evidence(as_of="2016-01-20"), fit, forecast)
    drawn = [
        chart
        for chart in CHARTS
        if chart.name in ("calendar", "investment", "plans", "yield_ramps", "capacity", "shares")
    ]
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
