"""Backtest: origins, resumption, and a folder that can be read; fits are replaced by the made-up one."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hbm_model.cli.views import backtest as view
from hbm_model.core.errors import InputError
from hbm_model.evaluation import backtest, baselines
from hbm_model.evaluation import study as made
from hbm_model.inference.fit import Fit

DAYS = [date(2024, 12, 31), date(2025, 6, 30)]


def test_origins_are_month_ends() -> None:
    assert backtest.origins(date(2022, 12, 31), date(2025, 12, 31), 6) == [
        date(2022, 12, 31), date(2023, 6, 30), date(2023, 12, 31), date(2024, 6, 30),
        date(2024, 12, 31), date(2025, 6, 30), date(2025, 12, 31),
    ]  # fmt: skip
    assert len(backtest.origins(date(2022, 12, 31), date(2025, 12, 31), 3)) == 13


def test_a_span_without_a_month_end_is_refused() -> None:
    with pytest.raises(InputError, match="no month end lies between"):
        backtest.origins(date(2024, 1, 5), date(2024, 1, 9), 6)
    with pytest.raises(InputError, match="is no step"):
        backtest.origins(date(2024, 1, 5), date(2025, 1, 9), 0)


def _made_up(fit: Fit, job: backtest.Origin) -> Fit:
    job.folder.mkdir(parents=True)
    return replace(fit, meta={**fit.meta, "as_of": job.day.isoformat()})


@pytest.fixture(scope="module")
def study(made_up_fit: Fit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two origins as published and one control, scored with a fit that is the prior."""
    out = tmp_path_factory.mktemp("study")
    jobs = [backtest.Origin(day, out) for day in DAYS] + [backtest.Origin(DAYS[0], out, "shuffled")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backtest, "_fitted", lambda job, *_: _made_up(made_up_fit, job))
        told: list[str] = []

        def tell(words: str, /, **_facts: Any) -> None:
            told.append(words)

        folders = backtest.backtest(jobs, number=1, report=tell)
        assert folders == [job.folder for job in jobs]
        assert told[0] == "0 of 3 origins stand already"
        assert f"3 of 3 done, {folders[-1]} the last" in told
        backtest.backtest(jobs, number=1, report=tell)
        assert told[-1] == "3 of 3 origins stand already"
    return out


@pytest.mark.slow
def test_a_study_scores_the_model_and_every_baseline(study: Path) -> None:
    read = made.load_study(study)
    published = read.scored[read.scored["variant"] == "published"]
    assert set(published["forecaster"]) == {backtest.MODEL, backtest.MODEL_RAW, *baselines.BASELINES}
    assert len(set(published.groupby("forecaster")["target"].size())) == 1
    ours = published[published["forecaster"] == backtest.MODEL]
    assert ours[["crps", "wis", "log_score", "pit"]].notna().all().all()
    assert ours["pit"].between(0, 1).all()
    assert set(read.scored[read.scored["variant"] == "shuffled"]["forecaster"]) == {backtest.MODEL, backtest.MODEL_RAW}


@pytest.mark.slow
def test_the_tables_of_a_study(study: Path) -> None:
    read = made.load_study(study)
    skill = made.skills(read)
    assert set(skill["baseline"]) <= set(baselines.BASELINES)
    assert (skill["weight"] >= made.LEAST).all()
    assert (skill["skill"] < 1).all()
    held = made.coverage(read)
    assert held["mean"].between(0, 1).all()
    ours = held[(held["forecaster"] == backtest.MODEL) & (held["measure"] == "in90")]
    scored = read.scored[(read.scored["forecaster"] == backtest.MODEL) & (read.scored["variant"] == "published")]
    groups = scored.groupby("quantity")[["origin", "group"]].apply(lambda rows: len(rows.drop_duplicates()))
    assert ours.set_index("quantity")["weight"].to_dict() == pytest.approx(groups.to_dict())
    compared = made.variants(read)
    assert compared["variant"].tolist() == ["shuffled"]
    text = view.as_text(read)
    assert "2 origins" in text
    assert "volume_date" in text
    json.dumps(view.as_json(read), allow_nan=False)


@pytest.mark.slow
def test_past_questions_are_answered_as_of_each_origin(study: Path) -> None:
    asked = made.question_scores(made.load_study(study))
    assert len(asked) > 5
    assert (asked["closes"] > asked["as_of"]).all()
    np.testing.assert_allclose(asked["brier"], (asked["probability"] - asked["happened"]) ** 2)


def test_an_empty_folder_is_no_study(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no finished origin"):
        made.load_study(tmp_path)


def test_leads_fall_into_named_spans() -> None:
    cut = pd.cut([0.0, 0.4, 0.9, 1.5, 3.0], made.HORIZONS, labels=made.HORIZON_NAMES,
                 include_lowest=True)  # fmt: skip
    assert list(cut) == ["to 6 months", "to 6 months", "6 to 12 months", "1 to 2 years", "over 2 years"]
