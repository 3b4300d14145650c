"""Skill and coverage of past forecasts."""

import pandas as pd
import pytest

from hbm_model import charts
from hbm_model.core.errors import InputError

from .conftest import text_of


def test_scores_and_coverage_are_drawn(scores: pd.DataFrame) -> None:
    left, right = charts.skill(scores)
    left.figure.canvas.draw()
    drawn = [float(line.get_xdata()[0]) for line in left.lines if line.get_marker() not in ("", "None", None)]
    assert sorted(drawn) == sorted(scores["skill"])
    held = [float(x) for line in right.lines if line.get_marker() not in ("None", None) for x in line.get_xdata()]
    assert sorted(held) == sorted(scores[["coverage50", "coverage80", "coverage90"]].melt()["value"].dropna())
    assert "Frontier lag" in text_of(left)
    assert "My own quantity" in text_of(left)


def test_some_can_be_chosen(scores: pd.DataFrame) -> None:
    assert list(charts.skill_table(scores, ["capacity_ratio"])["quantity"]) == ["capacity_ratio"]
    with pytest.raises(InputError, match="'x' was not scored; there are: frontier_lag"):
        charts.skill_table(scores, ["x"])
    with pytest.raises(InputError, match="the scores lack the columns skill"):
        charts.skill(scores.drop(columns="skill"))
    with pytest.raises(InputError, match="no scores to draw"):
        charts.skill(scores.iloc[:0])
