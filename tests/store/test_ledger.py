"""The ledger: what an entry holds, and that none is altered, swapped, removed or half there without being found out."""

import json
import shutil
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from hbm_model.core.errors import StoreError
from hbm_model.evidence.questions import load_questions
from hbm_model.forecasting.answers import probabilities
from hbm_model.forecasting.forecast import forecast
from hbm_model.inference.fit import Fit
from hbm_model.store import disk, ledger
from hbm_model.store.manifest import Manifest

START = datetime(2026, 7, 1, 6, tzinfo=UTC)
AS_OF, HORIZON = date(2026, 6, 30), "2028Q4"


def rows(value: float = 0.5) -> pd.DataFrame:
    """An entry with one question."""
    words = {"reference_date": pd.Timestamp(AS_OF), "target": "question q", "location": "cxmt:HBM3"}
    more = {"target_end_date": pd.Timestamp("2026-12-31"), "output_type": "pmf", "output_type_id": "yes"}
    return pd.DataFrame([{**words, **more, "value": value}])


def publish(root: Path, entry: pd.DataFrame, day: int = 0, **facts: Any) -> disk.Run:
    inputs = f"{day:x}".rjust(8, "0") * 8
    with disk.locked(root), disk.draft(root, inputs, START + timedelta(days=day)) as staged:
        return disk.publish(staged, {"inputs": inputs, **facts, "ledger": asdict(ledger.write(staged, entry))})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A store with three entries."""
    for day in range(3):
        publish(tmp_path, rows(day / 10), day)
    return tmp_path


# --- the entry of a forecast -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def entry(made_up_fit: Fit) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """A forecast's table, its answers, and the entry made of them."""
    questions = load_questions()
    made = forecast(made_up_fit, ["match_act"], HORIZON, questions=questions)
    asked = probabilities(made.answers, questions)
    return made.frame, asked, ledger.dated(made.frame, asked, questions, AS_OF, HORIZON)


def test_an_entry_has_the_hubs_columns_and_one_value_a_row(entry: Any) -> None:
    made = entry[2]
    assert list(made.columns) == ledger.COLUMNS
    assert not made.drop(columns="value").duplicated().any()
    assert not made.isna().any().any()
    assert set(made["output_type"]) == {"quantile", "pmf"}


def test_an_entry_looks_ahead_only(entry: Any) -> None:
    made = entry[2]
    assert (made["reference_date"] == pd.Timestamp(AS_OF)).all()
    assert (made["target_end_date"] > made["reference_date"]).all()
    dates = made[(made["target"] == "volume_date") & (made["output_type_id"] == "0.95")]
    known = dates[(dates["value"] <= 2026.49)]
    never = made[(made["target"] == "volume_date") & (made["output_type_id"] == "never")]
    assert set(known["location"]) <= set(never["location"]), "a date that is surely over is no forecast"


def test_an_entry_says_what_the_baseline_s_table_says(entry: Any) -> None:
    frame, asked, made = entry
    base = frame[frame["scenario"] == "baseline"].set_index(["quantity", "vendor", "generation", "period"])
    place = (made["target"] == "capacity_ratio") & (made["target_end_date"] == pd.Timestamp("2027-09-30"))
    found = made[place].set_index("output_type_id")["value"]
    expected = base.loc[("capacity_ratio", "china", "", "2027Q3")]
    assert found["0.05"] == expected["q05"].item()
    assert found["0.5"] == expected["q50"].item()
    lag = made[(made["target"] == "frontier_lag") & (made["target_end_date"] == pd.Timestamp("2026-12-31"))]
    never = lag.set_index("output_type_id")["value"]["never"]
    assert never == base.loc[("frontier_lag", "china", "", "2026Q4")]["prob_never"].item()
    assert not made["target"].str.contains("planned").any()
    answers = asked[asked["scenario"] == "baseline"].set_index("question")["probability"]
    yes = made[made["output_type_id"] == "yes"].set_index("target")["value"]
    assert yes.to_dict() == {f"question {name}": value for name, value in answers.items()}
    assert made.loc[made["target"] == "question cxmt-hbm3-volume-2026-12", "location"].unique() == ["cxmt:HBM3"]
    tall = made.loc[(made["target"] == "volume_date") & made["location"].str.endswith(":HBM4:16"), "location"]
    assert "samsung:HBM4:16" in set(tall)


# --- the chain ---------------------------------------------------------------------------------------------------


def test_entries_follow_one_another(root: Path) -> None:
    chain = ledger.follow(root)
    runs = disk.list_runs(root)
    assert chain.faults == ()
    assert [run.run_id for run in chain.entries] == [run.run_id for run in runs]
    assert [run.manifest["ledger"]["previous"] for run in runs] == ["", runs[0].run_id, runs[1].run_id]
    assert chain.end == runs[-1].manifest["ledger"]["chain"]
    assert len({run.manifest["ledger"]["chain"] for run in runs}) == 3
    assert ledger.read(runs[1])["value"].tolist() == [0.1]


def test_an_entry_is_written_once(tmp_path: Path) -> None:
    with disk.locked(tmp_path), disk.draft(tmp_path, "a" * 64, START) as staged:
        ledger.write(staged, rows())
        with pytest.raises(StoreError, match="never rewritten"):
            ledger.write(staged, rows(0.9))
        run = disk.publish(staged, {"inputs": "a" * 64})
    assert (run.path / ledger.FILE).stat().st_mode & 0o222 == 0


def test_an_altered_entry_is_found_and_not_read(root: Path) -> None:
    run = disk.list_runs(root)[1]
    (run.path / ledger.FILE).unlink()
    rows(0.99).to_parquet(run.path / ledger.FILE)
    with pytest.raises(StoreError, match=r"is not what was published: its hash differs"):
        ledger.read(run)
    assert [run.run_id in fault for fault in ledger.follow(root).faults] == [True]


def test_an_entry_altered_with_its_own_hash_breaks_the_chain(root: Path) -> None:
    run = disk.list_runs(root)[1]
    (run.path / ledger.FILE).unlink()
    rows(0.99).to_parquet(run.path / ledger.FILE)
    facts = json.loads((run.path / disk.MANIFEST).read_text())
    facts["ledger"]["sha256"] = ledger.file_digest(run.path / ledger.FILE)
    (run.path / disk.MANIFEST).write_text(json.dumps(facts))
    (fault,) = ledger.follow(root).faults
    assert fault == f"the seal of {run.run_id} does not fit the entry before it"


def test_a_lost_entry_and_a_removed_run_are_told(root: Path) -> None:
    first, second, third = disk.list_runs(root)
    (second.path / ledger.FILE).unlink()
    assert "has lost its entry" in ledger.follow(root).faults[0]
    shutil.rmtree(second.path)
    (fault,) = ledger.follow(root).faults
    assert fault == f"the entry of {second.run_id}, which {third.run_id} follows, is missing"
    fourth = publish(root, rows(), 5)
    assert fourth.manifest["ledger"]["previous"] == third.run_id
    assert first.run_id in {run.run_id for run in ledger.follow(root).entries}


def test_two_entries_that_follow_the_same_one_are_told(root: Path) -> None:
    first, second, _ = disk.list_runs(root)
    forged = disk.Run("20270101T000000Z-ffffffff", root / "20270101T000000Z-ffffffff", Manifest())
    shutil.copytree(second.path, forged.path)
    facts = json.loads((forged.path / disk.MANIFEST).read_text())
    digest = ledger.file_digest(forged.path / ledger.FILE)
    facts["ledger"]["chain"] = ledger._chain(first, forged.run_id, digest)
    (forged.path / disk.MANIFEST).write_text(json.dumps(facts))
    assert ledger.follow(root).faults == (f"{forged.run_id} and {second.run_id} follow the same entry",)


def test_a_run_that_is_cut_off_leaves_no_entry(root: Path) -> None:
    end = ledger.follow(root).end
    with pytest.raises(KeyboardInterrupt), disk.locked(root), disk.draft(root, "f" * 64) as staged:
        ledger.write(staged, rows())
        raise KeyboardInterrupt
    assert ledger.follow(root).end == end
    assert publish(root, rows(), 9).manifest["ledger"]["previous"] == ledger.follow(root).entries[2].run_id
    assert ledger.follow(root).faults == ()


def test_runs_from_before_the_ledger_have_no_entry(tmp_path: Path) -> None:
    with disk.locked(tmp_path), disk.draft(tmp_path, "a" * 64, START) as staged:
        disk.publish(staged, {"inputs": "a" * 64})
    assert ledger.follow(tmp_path) == ledger.Chain((), "", ())
    publish(tmp_path, rows(), 1)
    assert ledger.follow(tmp_path).faults == ()
