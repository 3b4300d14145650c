"""The published scores: what is kept of a study, where, and what is drawn of it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hbm_model import charts
from hbm_model.core.errors import InputError
from hbm_model.evaluation import published
from hbm_model.evaluation.backtest import MODEL
from hbm_model.evaluation.study import Study

DAYS = {2024.99: "2024-12-31", 2025.49: "2025-06-30"}


@pytest.fixture
def study() -> Study:
    """Two origins at which the model beats the last value on dates, and loses to it on wafers."""
    rng = np.random.default_rng(0)
    rows = []
    for origin in DAYS:
        for quantity, ours, theirs in (("volume_date", 1.0, 2.0), ("dram_wafers", 2.0, 1.0)):
            for claim in range(6):
                target = f"{quantity} {origin} {claim}"
                about = {
                    "origin": origin,
                    "quantity": quantity,
                    "target": target,
                    "group": target,
                    "variant": "published",
                }
                held = {"in50": rng.random() < 0.5, "in80": True, "in90": True}
                rows += [
                    {**about, **held, "forecaster": MODEL, "wis": ours},
                    {**about, **held, "forecaster": "last", "wis": theirs},
                ]
    asked = pd.DataFrame({"variant": "published", "probability": [0.2, 0.8], "happened": [False, True]})
    facts = [
        {"as_of": day, "variant": "published", "made": "2026-11-25", "version": "0.1.0", "diagnostics": {"passed": ok}}
        for day, ok in zip(DAYS.values(), (True, False), strict=True)
    ]
    return Study(pd.DataFrame(rows), asked, tuple(facts))


def test_what_is_kept_has_wins_and_losses_and_their_study(study: Study, tmp_path: Path) -> None:
    found = published.told(study)
    assert (found["made"], found["version"], found["origins"]) == ("2026-11-25", "0.1.0", list(DAYS.values()))
    assert (found["passed"], found["targets"]) == (1, 24)
    skill = {row["quantity"]: row["skill"] for row in found["skill"]}
    assert skill["volume_date"] == 0.5
    assert skill["dram_wafers"] == -1.0
    assert [row["quantity"] for row in found["coverage"]] == ["volume_date", "dram_wafers", "all"]
    assert found["questions"] == {"n": 2, "brier": 0.04, "base": 0.25}
    path = published.write(found, tmp_path)
    assert path == tmp_path / "scores" / "backtest.json"
    assert published.read(tmp_path) == json.loads(json.dumps(found))


def test_the_chart_draws_them(study: Study) -> None:
    drawn = published.compared(published.told(study))
    assert list(drawn["quantity"]) == ["volume_date", "dram_wafers"]
    assert list(charts.skill_table(drawn)["skill"]) == [0.5, -1.0]


def test_a_folder_without_scores_has_none_and_a_broken_file_is_told(tmp_path: Path) -> None:
    assert published.read(tmp_path) is None
    (tmp_path / "scores").mkdir()
    (tmp_path / "scores" / "backtest.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        published.read(tmp_path)


def test_the_package_s_own_are_of_one_study() -> None:
    found = published.read()
    assert found is not None
    assert {"made", "version", "origins", "passed", "targets", "skill", "coverage", "questions"} == set(found)
    assert min(row["skill"] for row in found["skill"]) < 0 < max(row["skill"] for row in found["skill"])
