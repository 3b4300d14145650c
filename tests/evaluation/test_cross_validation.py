"""Holding out: whole groups, missing rather than denied, and scored by what is known to be right."""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from hbm_model.core.errors import InputError
from hbm_model.core.priors import Priors
from hbm_model.evaluation import cross_validation
from hbm_model.evaluation.cross_validation import COLUMNS, Job, folds, hold_out, score, summary
from hbm_model.evidence import Evidence
from hbm_model.evidence.selection import usage_table
from hbm_model.inference.fit import Fit, FitSettings
from hbm_model.model.kinds import KINDS
from hbm_model.model.observations import Observations, without


def test_every_used_group_is_held_out_once_and_each_table_in_every_fold(vintage: Evidence) -> None:
    usage = usage_table(vintage)
    used = usage[usage["used"] & (usage["part"] != "raise")]
    dealt = folds(vintage, 5)
    assert Counter(group for fold in dealt for group in fold) == Counter(used["claim_group"].unique())
    parts = used.drop_duplicates("claim_group").set_index("claim_group")["table"]
    counts = pd.DataFrame([parts[fold].value_counts() for fold in dealt])
    assert (counts.max() - counts.min() <= 4).all(), "a table has several kinds, each dealt out on its own"
    assert folds(vintage, 5) == dealt
    assert folds(vintage, 5, seed=1) != dealt
    with pytest.raises(InputError, match="folds = 1"):
        folds(vintage, 1)


def test_what_is_held_out_is_missing_and_not_denied(
    vintage: Evidence, observations: Observations, priors: Priors
) -> None:
    dealt = folds(vintage, 5)
    for fold in dealt:
        left = without(observations, vintage, priors, fold)
        inside = {i for rows in vintage.tables.values() for i in rows.loc[rows["claim_group"].isin(fold), "id"]}
        for kind, claims in observations.claims.items():
            assert left.claims[kind].ids == [i for i in claims.ids if i not in inside]
        assert left.stacked.ids == [i for kind in KINDS for i in left.claims[kind].ids]
        for name, array in observations.silence.items():
            assert_array_equal(left.silence[name], array)
        assert len(left.first_report["published"]) <= len(observations.first_report["published"])
        assert set(left.first_report["published"]) <= set(observations.first_report["published"])
    kept = [len(without(observations, vintage, priors, fold).first_report["published"]) for fold in dealt]
    assert sum(kept) == 4 * len(observations.first_report["published"])


def test_no_group_held_out_leaves_all_as_it_is(vintage: Evidence, observations: Observations, priors: Priors) -> None:
    left = without(observations, vintage, priors, [])
    for group, arrays in observations.design.items():
        for name, array in arrays.items():
            assert_array_equal(left.design[group][name], array)


@pytest.fixture(scope="module")
def scores(made_up_fit: Fit, vintage: Evidence) -> pd.DataFrame:
    return score(made_up_fit, vintage, folds(vintage, 8)[0])


def test_each_claim_of_the_fold_is_scored_once(vintage: Evidence, scores: pd.DataFrame) -> None:
    usage = usage_table(vintage)
    used = usage[usage["used"] & (usage["part"] != "raise") & usage["claim_group"].isin(folds(vintage, 8)[0])]
    assert Counter(zip(scores["id"], scores["kind"], strict=True)) == Counter(
        zip(used["id"], used["part"], strict=True)
    )
    assert list(scores.columns) == [name for name in COLUMNS if name != "fold"]
    assert (scores["log_score"] <= 0).all()
    placed = scores["kind"] != "not_yet"
    assert (
        scores.loc[placed, ["below", "above", "below_history", "above_history", "log_score_history"]]
        .notna()
        .all(axis=None)
    )
    assert (scores.loc[placed, "below"] >= 0).all()
    assert (scores.loc[placed, "below"] <= scores.loc[placed, "above"]).all()
    assert (scores.loc[placed, "above"] <= 1).all()


def test_coverage_and_gain_are_counted_by_page() -> None:
    rows = pd.DataFrame(
        {
            "table": ["yields"] * 4 + ["milestones"],
            "url": ["a", "a", "b", "c", "c"],
            "below": [0.5, 0.0, 0.99, 0.03, np.nan],
            "above": [0.5, 1.0, 0.99, 0.04, np.nan],
            "below_history": [0.5, 0.5, 0.5, 0.5, np.nan],
            "above_history": [0.5, 0.5, 0.5, 0.5, np.nan],
            "log_score": [-1.0, -1.0, -2.0, -2.0, -0.1],
            "log_score_history": [-2.0, -2.0, -2.0, -2.0, np.nan],
        }
    )
    found = summary(rows, "table").set_index("table")
    assert_allclose(
        found.loc["yields", ["in50", "in80", "in90"]].to_numpy(float), [(1 + 0.5) / 4, (1 + 0.8) / 4, (1 + 0.9) / 4]
    )
    assert_allclose(found.loc["yields", ["gain", "history_in90"]].to_numpy(float), [0.5, 1.0])
    sums = np.array([1.0, -0.5, -0.5])  # of the gain less its mean, page by page
    assert_allclose(found.loc["yields", "gain_se"], np.sqrt((sums**2).sum() * 3 / 2) / 4)
    assert found.loc["all", "n"] == 5
    assert found.loc["all", "history_n"] == 4
    assert found.loc["milestones", "log_score"] == -0.1
    assert np.isnan(found.loc["milestones", "in90"])


def test_a_fold_is_kept_and_not_done_again(
    made_up_fit: Fit, vintage: Evidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def fitted(_evidence: Evidence, _settings: FitSettings, held_out: list[str], progress: bool) -> Fit:
        assert not progress, "jobs are silent"
        asked.append(held_out)
        return made_up_fit

    monkeypatch.setattr(cross_validation, "fit", fitted)
    settings = FitSettings(draws=10, tune=10, chains=2, cores=1)
    job = Job(1, 8, vintage.as_of.isoformat(), None, settings, 0, tmp_path / "kept")
    path = hold_out(job)
    found = pd.read_parquet(path)
    assert set(found["fold"]) == {1}
    assert set(COLUMNS) <= set(found.columns)
    assert asked == [folds(vintage, 8)[1]]
    assert hold_out(job) == path
    assert len(asked) == 1
    assert [each.name for each in path.parent.iterdir()] == [path.name], "nothing unfinished is left"
    other = Job(1, 8, vintage.as_of.isoformat(), None, FitSettings(draws=11), 0, tmp_path / "kept")
    assert hold_out(other) != path, "other settings are another study"
