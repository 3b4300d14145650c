"""Stored runs as they are used."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hbm_model as hbm
from hbm_model.inference.fit import Fit
from hbm_model.store.stored import published


@pytest.fixture(scope="module")
def run(made_up_store: Path) -> hbm.StoredRun:
    return hbm.load_run(store=made_up_store)


@pytest.fixture(scope="module")
def fresh(made_up_fit: Fit) -> hbm.Forecast:
    return hbm.forecast(made_up_fit, ["match_act", "china_push"])


def test_the_forecast_is_the_published_one(run: hbm.StoredRun, fresh: hbm.Forecast) -> None:
    pd.testing.assert_frame_equal(run.forecast.frame, fresh.frame, check_dtype=False)
    pd.testing.assert_frame_equal(run.forecast.contrasts, fresh.contrasts, check_dtype=False)
    assert [each.title for each in run.forecast.scenarios] == [each.title for each in fresh.scenarios]
    assert (run.forecast.horizon, run.forecast.quick) == ("2032Q4", True)


@pytest.mark.parametrize("quantity", ["frontier_lag", "generation_lag", "catch_up", "bit_share"])
def test_draws_are_those_of_the_forecast(run: hbm.StoredRun, fresh: hbm.Forecast, quantity: str) -> None:
    stored, drawn = run.forecast.draws(quantity), fresh.draws(quantity)
    if "vendor" in drawn.dims:
        drawn = drawn.sel(vendor=["korea", "china"])
    np.testing.assert_array_equal(stored.transpose(*drawn.dims), drawn.astype("float32"))
    assert list(stored["scenario"].to_numpy()) == ["baseline", "china_push", "match_act"]


def test_fit_and_evidence_are_read_when_asked_for(run: hbm.StoredRun, made_up_fit: Fit) -> None:
    assert run.fit.data["posterior"].equals(made_up_fit.data["posterior"])
    assert run.evidence.digest == run.manifest["hashes"]["evidence"]


def test_runs_are_listed(made_up_store: Path, run: hbm.StoredRun, tmp_path: Path) -> None:
    table = hbm.runs(made_up_store)
    assert list(table["run_id"]) == [run.run_id]
    assert table["as_of"][0] == "2026-06-30"
    assert table["quick"][0]
    assert hbm.runs(tmp_path).empty
    with pytest.raises(hbm.InputError, match="no published run yet"):
        hbm.load_run(store=tmp_path)


def test_a_run_without_its_tables_is_refused_in_words(run: hbm.StoredRun, tmp_path: Path) -> None:
    folder = tmp_path / run.run_id
    folder.mkdir()
    (folder / "manifest.json").write_bytes((run.run.path / "manifest.json").read_bytes())
    with pytest.raises(hbm.InputError, match=r"\.parquet: cannot be read"):
        _ = hbm.load_run(store=tmp_path).forecast


def test_published_runs_end_with_the_run_itself(made_up_store: Path, run: hbm.StoredRun) -> None:
    assert [each.run_id for each in published(run, made_up_store)] == [run.run_id]
