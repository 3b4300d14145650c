"""Simulated evidence has the real one's form, passes its checks, is used whole, and speaks of the world it is about."""

import filecmp
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from hbm_model.core.dates import decimal_year
from hbm_model.evaluation.calibration.synthetic import write_evidence
from hbm_model.evidence import Evidence, check_data, load_evidence
from hbm_model.evidence.questions import load_outcomes, load_questions
from hbm_model.evidence.selection import usage_table
from hbm_model.inference.fit import Fit
from hbm_model.inference.predictive import predict
from hbm_model.model.kinds import KINDS
from hbm_model.model.measurement import OPEN
from hbm_model.model.observations import observe

WORLDS = (0, 7, 31)
FIGURES = sorted({table for kind in KINDS.values() for table in kind.tables} - {"milestones"})
"""Tables of figures."""
ABOUT = ["vendor", "generation", "metric", "period_start", "period_end", "status", "bound", "currency", "unit"]
"""The columns that say what a claim is about, besides who made it and when."""
SPEAKER = ["publisher", "published", "origin", "kind", "claim_group"]


@pytest.fixture(scope="module")
def truths(made_up_fit: Fit, vintage: Evidence) -> list[Fit]:
    """Worlds: single draws of the prior."""
    posterior = made_up_fit.data["posterior"].to_dataset()
    constant = made_up_fit.data["constant_data"].to_dataset()
    meta = {**made_up_fit.meta, "observed_through": decimal_year(vintage.observed_through)}

    def world(draw: int) -> Fit:
        one = posterior.isel(chain=[draw % 2], draw=[draw // 2])
        return replace(
            made_up_fit, data=xr.DataTree.from_dict({"posterior": one, "constant_data": constant}), meta=meta
        )

    return [world(draw) for draw in WORLDS]


@pytest.fixture(scope="module")
def folders(truths: list[Fit], vintage: Evidence, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    parent = tmp_path_factory.mktemp("worlds")
    return [write_evidence(truth, vintage, parent / str(k), seed=k) for k, truth in enumerate(truths)]


@pytest.fixture(scope="module")
def written(folders: list[Path], vintage: Evidence) -> list[Evidence]:
    return [load_evidence(vintage.as_of, folder) for folder in folders]


@pytest.fixture(scope="module")
def used(vintage: Evidence) -> set[str]:
    """The ids of the real claims that the model uses."""
    usage = usage_table(vintage)
    return set(usage.loc[usage["used"], "id"])


def test_a_written_folder_has_no_problems(folders: list[Path]) -> None:
    assert [check_data(folder) for folder in folders] == [[]] * len(WORLDS)


def test_every_written_claim_is_used(written: list[Evidence], used: set[str]) -> None:
    for evidence in written:
        usage = usage_table(evidence)
        own = usage[usage["table"].isin([*FIGURES, "milestones"])]
        assert own["used"].all(), own[~own["used"]]
        assert set(own.loc[own["table"].isin(FIGURES), "id"]) <= used


@pytest.mark.parametrize("table", FIGURES)
def test_the_same_speakers_say_other_figures_of_the_same_things(
    table: str, written: list[Evidence], vintage: Evidence, used: set[str]
) -> None:
    real = vintage.tables[table]
    real = real[real["id"].isin(used)].reset_index(drop=True)
    kept = [column for column in ("id", *SPEAKER, *ABOUT) if column in real]
    assert {"id", "publisher", "published", "vendor", "metric"} <= set(kept)
    for evidence in written:
        own = evidence.tables[table]
        pd.testing.assert_frame_equal(own[kept], real[kept])
        for end in ("low", "high"):
            assert (own[end].isna() == real[end].isna()).all()
        raised = (real["metric"] == "equity_raise").to_numpy()  # money raised is known, not claimed
        pd.testing.assert_frame_equal(own.loc[raised, ["low", "high"]], real.loc[raised, ["low", "high"]])
        claimed = ~raised & (real["low"] > 0).to_numpy()
        assert np.mean(own.loc[claimed, "low"].to_numpy() == real.loc[claimed, "low"].to_numpy()) < 0.2


def test_milestones_are_the_real_speakers_or_first_reports(
    written: list[Evidence], vintage: Evidence, used: set[str]
) -> None:
    real = vintage.tables["milestones"].set_index("id")
    for evidence in written:
        rows = evidence.tables["milestones"].set_index("id")
        first = rows.index.str.startswith("first-")
        assert set(rows.index[~first]) <= used
        about = ["publisher", "published", "vendor", "generation", "stage", "origin", "claim_group"]
        pd.testing.assert_frame_equal(rows.loc[~first, about], real.loc[rows.index[~first], about])
        assert first.any()
        assert set(rows.loc[first, "status"]) == {"occurred"}
        assert not rows[first].duplicated(["vendor", "generation", "stage"]).any()


def test_figures_lie_around_the_truth_of_their_world(written: list[Evidence], truths: list[Fit]) -> None:
    """Half of the figures lie above what their source is expected to believe, and they differ by as much as it says."""
    deviations = []
    for evidence, truth in zip(written, truths, strict=True):
        _, observations = observe(evidence, truth.priors, truth.policy)
        stacked = observations.stacked
        centre, scale = predict(truth.theta(), truth, observations)
        figures = (stacked.low > -OPEN) & (stacked.high < OPEN) & ~np.isin(stacked.kinds, ["event", "guidance"])
        middle = (stacked.low + stacked.high) / 2
        deviations.append(((middle - centre[0]) / scale[0])[figures])
    pooled = np.concatenate(deviations)
    assert len(pooled) > 300
    assert np.mean(pooled > 0) == pytest.approx(0.5, abs=0.08)
    quartile = np.log(3)  # of the standard logistic
    assert np.mean(np.abs(pooled) < quartile) == pytest.approx(0.5, abs=0.1)


def test_the_rest_is_as_it_was_but_for_how_questions_came_out(folders: list[Path], vintage: Evidence) -> None:
    real = vintage.source
    for table in ("external_forecasts", "policy_events", "policy_effects", "specs", "accelerators"):
        assert filecmp.cmp(folders[0] / "claims" / f"{table}.csv", real / "claims" / f"{table}.csv", shallow=False)
    assert load_questions(folders[0]) == load_questions(real)
    assert list(load_outcomes(folders[0])) == []


def test_the_same_seed_writes_the_same_world(
    truths: list[Fit], vintage: Evidence, written: list[Evidence], tmp_path: Path
) -> None:
    again = load_evidence(vintage.as_of, write_evidence(truths[0], vintage, tmp_path / "again", seed=0))
    other = load_evidence(vintage.as_of, write_evidence(truths[0], vintage, tmp_path / "other", seed=1))
    assert again.digest == written[0].digest
    assert other.digest != again.digest
