"""Assessing new claims: on the made-up fit, from the frame to the command line."""

import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import hbm_model as hbm
from hbm_model.analysis.assess import COLUMNS, MOVES, Assessment, assess
from hbm_model.cli import app, main
from hbm_model.cli.views import assess as view
from hbm_model.evidence import Evidence
from hbm_model.inference.fit import Fit
from hbm_model.policy.policy import Policy

CONTRACT = [
    *("id", "quantity", "claimed_low", "claimed_high", "q05", "q25", "q50", "q75", "q95"),
    *("percentile", "log_score", "surprise", "used"),
]
YIELDS = """vendor,generation,layers,metric,period_start,period_end,low,high,status,origin,published,note
samsung,HBM4,12,final_yield,2026-06-01,2026-07-31,99,99,actual,company,2026-08-05,=1+1
cxmt,HBM2E,8,final_yield,2026-06-01,2026-07-31,50,60,actual,insider,2026-08-05,
cxmt,HBM3,8,final_yield,2026-06-01,2026-07-31,20,60,actual,insider,2026-08-05,
"""
MILESTONES = """vendor,generation,stage,status,date_start,date_end,origin,published
cxmt,HBM3E,volume_shipment,target,2027-01-01,2027-12-31,company,2026-08-05
cxmt,HBM3,volume_shipment,delayed,2026-07-01,,analyst,2026-08-05
huawei,HBM3,volume_shipment,occurred,2026-01-01,2026-02-01,other,2026-08-05
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "claims.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def yields(made_up_fit: Fit, vintage: Evidence, tmp_path_factory: pytest.TempPathFactory) -> Assessment:
    return hbm.assess(written(tmp_path_factory.mktemp("yields"), YIELDS), made_up_fit, evidence=vintage)


@pytest.fixture(scope="module")
def milestones(made_up_fit: Fit, vintage: Evidence, tmp_path_factory: pytest.TempPathFactory) -> Assessment:
    return assess(written(tmp_path_factory.mktemp("dates"), MILESTONES), made_up_fit, evidence=vintage)


def test_the_contracts_columns_come_first(yields: Assessment, milestones: Assessment) -> None:
    for found in (yields, milestones):
        assert list(found.claims.columns) == COLUMNS
        assert COLUMNS[: len(CONTRACT)] == CONTRACT
        assert list(found.claims["id"]) == ["new1", "new2", "new3"], "in the order of the file"


def test_a_claim_without_a_place_is_returned_with_the_reason(yields: Assessment, milestones: Assessment) -> None:
    assert list(yields.claims["used"]) == [True, False, True]
    assert yields.claims["reason"].iloc[1] == "no product that the model has its maker build"
    assert yields.claims[["q50", "percentile", "log_score"]].iloc[1].isna().all()
    assert milestones.claims["reason"].iloc[2] == "who makes Huawei's memory is not stated"


def test_verdicts_are_in_order_and_in_the_claims_units(yields: Assessment, milestones: Assessment) -> None:
    for found, low, high in ((yields, 0, 100), (milestones, 2010, 2060)):
        used = found.claims[found.claims["used"]]
        quantiles = used[["q05", "q25", "q50", "q75", "q95"]].to_numpy()
        assert (np.diff(quantiles, axis=1) >= 0).all()
        assert ((quantiles >= low) & (quantiles <= high)).all()
        assert (used["log_score"] <= 0).all()
        assert used["percentile"].between(0, 100).all()
    assert yields.claims["surprise"].iloc[0] in ("strong", "extreme"), "99 % is beyond what anybody says of HBM4"
    assert yields.claims["surprise"].iloc[2] == "none"
    assert (milestones.claims["q05"].iloc[0] >= 2026.5) & (milestones.claims["claimed_low"].iloc[0] == 2027.0)


def test_moves_rest_on_weights_or_are_empty(yields: Assessment) -> None:
    used = yields.claims[yields.claims["used"]]
    assert used["ess"].between(1, 120).all()
    trusted = used["k"] <= 0.7
    assert used.loc[~trusted, MOVES].isna().all(axis=None)
    head = yields.headlines
    assert list(head["period"]) == ["2028Q4", "2032Q4", "2028Q4"]
    assert set(head["by"]) <= {"weights", "refit is needed"}
    assert (head["q50_with"].isna() == (head["by"] == "refit is needed")).all()


def test_a_fit_does_not_judge_what_it_has_seen(made_up_fit: Fit, vintage: Evidence) -> None:
    table = vintage.tables["market"]
    row = table[(table["metric"] == "hbm_revenue_share") & (table["kind"] == "primary")].head(1)
    again = row.drop(columns=["id", "claim_group"])  # known by its page and what it says
    for claims in (row, again):
        found = assess(claims, made_up_fit, evidence=vintage).claims.iloc[0]
        seen_through = found["judged_by"] == "fit without its group"
        assert seen_through if found["used"] else "the fit has seen it" in found["reason"]
        assert np.isnan(found[MOVES].astype(float)).all()
    other = dataclasses.replace(made_up_fit, meta={**made_up_fit.meta, "evidence": "0" * 64})
    told = assess(row, other, evidence=vintage)
    assert not told.claims["used"].iloc[0]
    assert "has changed since the fit" in told.notes[0]


def test_a_refit_is_made_on_request_of_all_evidence(
    made_up_fit: Fit, vintage: Evidence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def again(evidence: Evidence, *_: object, policy: Policy, progress: bool) -> Fit:
        assert policy is made_up_fit.policy
        assert not progress
        asked.append(evidence)
        return made_up_fit

    monkeypatch.setattr(sys.modules["hbm_model.analysis.assess"], "fit_again", again)
    found = assess(written(tmp_path, YIELDS), made_up_fit, evidence=vintage, refit=True, progress=False)
    assert list(asked[0].tables["yields"]["id"])[-2:] == ["new1", "new3"]
    assert len(asked[0].tables["capacity"]) == len(vintage.tables["capacity"])
    assert set(found.headlines["by"]) == {"refit"}
    assert np.allclose(found.headlines["q50_with"], found.headlines["q50"])
    assert "the refit failed its gate" in found.notes[0], "the made-up fit has not mixed"


def test_the_notebook_shows_words_as_words(yields: Assessment) -> None:
    claims = yields.claims.assign(reason="<script>alert(1)</script>")
    shown = dataclasses.replace(yields, claims=claims)._repr_html_()
    assert "<script>" not in shown
    assert "move_capacity_ratio_2028Q4" in shown


def test_the_text_says_each_verdict(
    yields: Assessment, milestones: Assessment, capsys: pytest.CaptureFixture[str]
) -> None:
    view.print_assessment(yields)
    text = capsys.readouterr().out
    assert "samsung HBM4 12-high final_yield actual 2026-07-31" in text
    assert "new2: no product that the model has its maker build" in text
    view.print_assessment(milestones)
    text = capsys.readouterr().out
    assert "2027-01-01 to 2027-12-31" in text
    assert "the percentile is the chance of that report" in text
    assert max(map(len, text.splitlines())) <= 140


def test_machines_get_plain_json(yields: Assessment) -> None:
    told = json.loads(json.dumps(view.as_json(yields), allow_nan=False))
    assert told["claims"][1]["q50"] is None
    assert told["claims"][0]["claimed_low"] == 99


# --- the command line -------------------------------------------------------------------------------------------


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["hbm-model", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(str(ended.value.code)), capsys.readouterr().err

    return run


def test_the_verb_judges_by_a_stored_run_and_writes_a_harmless_csv(made_up_store: Path, tmp_path: Path) -> None:
    text = YIELDS.replace("layers,metric", "layers,id,metric").replace(",12,", ",12,row-1,").replace(",8,", ",8,,")
    out = tmp_path / "verdicts.csv"
    words = ["assess", str(written(tmp_path, text)), "--store", str(made_up_store), "--out", str(out)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert "row-1" in result.output
    table = pd.read_csv(out)
    assert list(table.columns) == COLUMNS
    assert list(table["used"]) == [True, False, True]


def test_a_store_without_runs_says_to_make_one(refused: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    code, told = refused("assess", str(written(tmp_path, YIELDS)), "--store", str(tmp_path / "runs"))
    assert code == 2
    assert "make one with: hbm-model forecast" in told


def test_bad_claims_are_told_with_exit_code_2(
    refused: Callable[..., tuple[int, str]], made_up_store: Path, tmp_path: Path
) -> None:
    bad = written(tmp_path, YIELDS.replace("cxmt", "cxmtt"))
    code, told = refused("assess", str(bad), "--store", str(made_up_store))
    assert code == 2
    assert "2 problems" in told
    assert "row 3, column vendor: 'cxmtt' is no known vendor" in told
