"""A run in a few lines: quantiles beyond the horizon stay empty, and never is said."""

import json
from pathlib import Path
from typing import Any

import fakes
import pandas as pd
import pytest

from hbm_model.cli.views import runs as view
from hbm_model.store import summary
from hbm_model.store.disk import Run
from hbm_model.store.manifest import Manifest
from hbm_model.store.stored import StoredRun


@pytest.fixture
def run(tmp_path: Path) -> StoredRun:
    made = fakes.forecast(fakes.Fit(fakes.FitSettings()), ("baseline", "match_act"))
    made.contrasts.to_parquet(tmp_path / "contrasts.parquet")
    frame = made.frame[made.frame["scenario"] == "baseline"].reset_index(drop=True)
    late = frame["generation"] == "HBM3E"
    frame.loc[late & (frame["quantity"] == "generation_lag"), ["q50", "q95"]] = float("nan")
    other = frame.assign(scenario="match_act", q50=99.0)
    pd.concat([frame, other]).to_parquet(tmp_path / "forecast.parquet")
    figures = fakes.Diagnostics(passed=True).to_dict()
    (tmp_path / "diagnostics.json").write_text(json.dumps(figures))
    facts: dict[str, Any] = {"status": "published", "as_of": "2026-11-22", "observed_through": "2026-07-01"}
    facts |= {"quick": False, "seconds": {"fit": 98.4, "charts": 0.2}, "peak_memory_mb": 1911.4}
    return StoredRun(Run("20261122T054500Z-01234567", tmp_path, Manifest(facts)))


def test_a_quantile_beyond_the_horizon_is_a_dash(run: StoredRun) -> None:
    (line,) = (line for line in view.as_text(run).splitlines() if line.startswith("China's volume start"))
    assert line.split("  ")[-1].strip() == "- (2.8 to -)"


def test_only_the_baseline_is_summed_up(run: StoredRun) -> None:
    assert "99.0" not in view.as_text(run)
    assert json.loads(json.dumps(view.as_json(run), allow_nan=False))["figures"]


def test_the_as_of_quarter_comes_first(run: StoredRun) -> None:
    heads = [line.split() for line in view.as_text(run).splitlines() if line.strip().startswith("2026Q4")]
    assert heads == [["2026Q4", "2028Q4", "2032Q4"]]


def test_where_the_time_went(run: StoredRun) -> None:
    assert view.as_text(run).splitlines()[-1] == "Took 99 s (fit 98), 1911 MB at most."


@pytest.mark.parametrize(
    ("unit", "numbers", "words"),
    [
        ("years", (4.04, 2.2, 5.8), "4.0 (2.2 to 5.8)"),
        ("ratio", (0.051, 0.01, 0.2), "5.1 (1.0 to 20.0)"),
        ("years", (3.0, 3.0, 3.0), "3.0"),
        ("years", (None, None, None), "-"),
    ],
)
def test_figures_in_words(unit: str, numbers: tuple[float | None, ...], words: str) -> None:
    figure = summary.Figure("x", "", "2028Q4", unit, *numbers, prob_never=None)
    assert figure.words == words
