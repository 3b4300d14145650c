"""`hbm-model questions`: what it lists of a run, and how it scores a store."""

import json
import math
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from program import exit_code

from hbm_model.evidence.questions import load_outcomes, load_questions
from hbm_model.store import disk, ledger
from hbm_model.store.question_scores import LEAST, at_its_word, scores
from tests.forecasting.test_answers import ask
from tests.store.test_ledger import publish

Outcome = tuple[int, str, str]
YES, NO, RIVALLED = "samsung-hbm4-volume-2026-03", "samsung-hbm4-volume-2025-12", "cxmt-hbm3-volume-2025-12"


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setenv("HBM_MODEL_STORE", str(tmp_path))

    def run(*words: str) -> Outcome:
        return exit_code(monkeypatch, "questions", *words), *capsys.readouterr()

    return run


def put(root: Path, as_of: str, said: dict[str, float], day: int = 0) -> disk.Run:
    """Publish a run that says these probabilities."""
    entry = pd.DataFrame(
        [
            (pd.Timestamp(as_of), f"question {name}", "x", pd.Timestamp("2026-12-31"), "pmf", word, p)
            for name, value in said.items()
            for word, p in (("yes", value), ("no", 1 - value))
        ],
        columns=ledger.COLUMNS,
    )
    run = publish(root, entry, day, as_of=as_of, options={"horizon": "2032Q4"})
    frame = pd.DataFrame({"question": list(said), "scenario": "baseline", "probability": list(said.values())})
    frame.assign(mc_error=0.01).to_parquet(run.path / "questions.parquet")
    return run


def test_without_a_run_the_questions_are_listed_alone(command: Callable[..., Outcome]) -> None:
    code, out, err = command("list")
    assert (code, err) == (0, "")
    assert out.startswith("No run yet")
    assert all(each.id in out for each in load_questions())


def test_list_shows_the_latest_run_s_probabilities_and_why_some_lack(
    command: Callable[..., Outcome], tmp_path: Path
) -> None:
    first = put(tmp_path, "2026-06-30", {"cxmt-hbm3-volume-2026-12": 0.25})
    put(tmp_path, "2026-07-01", {"cxmt-hbm3-volume-2026-12": 0.375}, day=1)
    code, out, _ = command("list")
    assert code == 0
    (line,) = (line for line in out.splitlines() if line.endswith("cxmt-hbm3-volume-2026-12"))
    assert line.split()[:3] == ["2026-12-31", "37.5", "%"]
    assert "25.0 %" in command("list", "--run", first.run_id)[1]
    rows = {row["id"]: row for row in json.loads(command("list", "--json")[1])}
    assert rows["cxmt-hbm3-volume-2026-12"]["probability"] == 0.375
    assert rows["cxmt-hbm3-volume-2026-12"]["closes"] == "2026-12-31"
    assert rows["catch-up-2030-12"] | {"question": ""} == {
        **{"id": "catch-up-2030-12", "question": "", "closes": "2030-12-31", "probability": None, "mc_error": None},
        **{"reason": "not asked of this run", "outcome": ""},
    }
    assert rows[YES]["outcome"] == "yes"
    assert rows[YES]["reason"] == "closed on 2026-03-31"


def test_an_unknown_run_is_bad_input(command: Callable[..., Outcome]) -> None:
    code, out, err = command("list", "--run", "2019")
    assert (code, out) == (2, "")
    assert "no run '2019'" in err


def test_scores_by_hand(command: Callable[..., Outcome], tmp_path: Path) -> None:
    put(tmp_path, "2025-07-31", {YES: 0.8, NO: 0.3, "cxmt-hbm3-volume-2026-12": 0.5})
    put(tmp_path, "2025-12-15", {YES: 1.0, NO: 0.0}, day=1)
    code, out, err = command("score", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    first, second = found["runs"]
    assert (first["n"], first["yes"], first["as_of"]) == (2, 1, "2025-07-31")
    assert first["brier"] == pytest.approx((0.2**2 + 0.3**2) / 2)
    assert first["log_score"] == pytest.approx(-(math.log(0.8) + math.log(0.7)) / 2)
    assert second["brier"] == 0.0
    assert second["log_score"] == pytest.approx(-math.log(1 - LEAST))
    assert found["chain"] == ledger.follow(tmp_path).end
    text = command("score")[1]
    assert first["name"] in text
    assert "0.065" in text
    assert found["chain"] in text


def test_what_was_known_already_is_not_scored(tmp_path: Path) -> None:
    resolved = load_outcomes()[YES].resolved
    put(tmp_path, str(resolved), {YES: 1.0})
    assert scores(tmp_path).runs == ()


def test_others_are_scored_on_what_they_had_said_by_then(tmp_path: Path) -> None:
    put(tmp_path, "2025-06-01", {RIVALLED: 0.4})  # before Counterpoint's note of 2025-06-15
    assert scores(tmp_path).others == ()
    put(tmp_path, "2025-06-30", {RIVALLED: 0.2}, day=1)
    (other,) = scores(tmp_path).others
    assert (other.name, other.n, other.brier) == ("Counterpoint Research", 1, 1.0)
    assert other.ours == pytest.approx(0.2**2)
    assert other.log_score is None


def test_a_changed_entry_stops_the_scoring(command: Callable[..., Outcome], tmp_path: Path) -> None:
    run = put(tmp_path, "2025-07-31", {YES: 0.1})
    file = run.path / ledger.FILE
    entry = pd.read_parquet(file)
    file.unlink()
    entry.assign(value=1 - entry["value"]).to_parquet(file)
    code, out, err = command("score")
    assert (code, out) == (1, "")
    assert "nothing was scored" in err
    assert str(file) in err


def test_a_removed_run_is_told_beside_the_scores(command: Callable[..., Outcome], tmp_path: Path) -> None:
    import shutil

    shutil.rmtree(put(tmp_path, "2025-07-31", {YES: 0.1}).path)
    put(tmp_path, "2025-08-31", {YES: 0.1}, day=1)
    shutil.rmtree(put(tmp_path, "2025-09-30", {YES: 0.1}, day=2).path)
    put(tmp_path, "2025-10-31", {YES: 0.1}, day=3)
    code, out, _ = command("score")
    assert code == 0
    assert "WARNING" not in out, "nothing followed the removed ones"
    middle = disk.list_runs(tmp_path)[0]
    shutil.rmtree(middle.path)
    assert f"WARNING: the entry of {middle.run_id}" in command("score")[1]


def test_an_empty_store_has_no_scores(command: Callable[..., Outcome]) -> None:
    code, out, _ = command("score")
    assert code == 0
    assert "No run of this store" in out


SHARE = {"quantity": "revenue_share", "generation": "", "period": "2026", "comparison": ">", "threshold": 0.3}


@pytest.mark.parametrize(
    ("asked", "said", "expected"),
    [
        ({"closes": date(2026, 12, 31)}, {"start": "2026-01-01", "end": "2026-12-31"}, 1.0),
        ({"closes": date(2026, 12, 31)}, {"start": "2027-01-01", "end": "2027-12-31"}, 0.0),
        ({"closes": date(2026, 12, 31)}, {"start": "2026-07-01", "end": "2027-06-30"}, None),
        ({"closes": date(2026, 12, 31)}, {"start": "2026-07-01", "end": "2027-06-30", "p": 0.4}, 0.4),
        (SHARE, {"low": 35.0, "high": 35.0}, 1.0),
        (SHARE, {"low": 28.0, "high": 28.0}, 0.0),
        (SHARE, {"low": 28.0, "high": 35.0}, None),
        (SHARE, {"low": 30.0}, 1.0),
        (SHARE, {"low": 20.0}, None),
        (SHARE, {"high": 25.0}, 0.0),
        (SHARE | {"comparison": "<"}, {"high": 25.0}, 1.0),
        (SHARE | {"quantity": "hbm_wafer_capacity", "threshold": 50.0}, {"low": 60.0, "high": 60.0}, 1.0),
    ],
)
def test_a_forecast_at_its_word(asked: dict[str, Any], said: dict[str, Any], expected: float | None) -> None:
    row = {
        "probability": said.get("p", float("nan")),
        "low": said.get("low", float("nan")),
        "high": said.get("high", float("nan")),
        "target_start": pd.Timestamp(said.get("start", "2026-01-01")),
        "target_end": pd.Timestamp(said.get("end", "2026-12-31")),
    }
    assert at_its_word(ask(**asked), row) == expected
