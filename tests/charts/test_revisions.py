"""A headline by vintage."""

from typing import Any

import pytest

from hbm_model import charts
from hbm_model.charts.catalogue import Material
from hbm_model.core.errors import InputError

from .conftest import text_of


def test_each_vintage_is_a_row_and_a_later_run_replaces_an_earlier_one(material: Material) -> None:
    first: Any = material.runs[0]
    again = type(first)(run_id="run9", manifest=first.manifest, frame=first.frame)
    table = charts.revisions_table([*material.runs, again])
    assert list(table["as_of"]) == ["2025-06-30", "2025-12-31", "2026-06-30"]
    assert table["run_id"].iloc[0] == "run9"
    ax = charts.revisions(table)
    ax.figure.canvas.draw()
    assert "2026-06" in text_of(ax)


def test_a_generation_has_no_period(material: Material) -> None:
    table = charts.revisions_table(material.runs, "generation_lag", generation="HBM3")
    assert set(table["period"]) == {""}
    assert "Generation lag, HBM3" in charts.revisions(table).get_title(loc="left")


def test_what_no_run_has_is_refused(material: Material) -> None:
    with pytest.raises(InputError, match="no run has frontier_lag in 1999Q1"):
        charts.revisions_table(material.runs, "frontier_lag", "1999Q1")
    with pytest.raises(InputError, match="the revisions lack any row"):
        charts.revisions(charts.revisions_table(material.runs).iloc[:0])
