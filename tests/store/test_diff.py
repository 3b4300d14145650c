"""Two runs compared: what moved, parts that add up, and the claims behind it, on a made-up fit."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
import xarray as xr

from hbm_model import cli, evidence
from hbm_model.cli.views import diff as view
from hbm_model.core.errors import InputError
from hbm_model.evidence import Evidence
from hbm_model.evidence.questions import load_questions
from hbm_model.forecasting.answers import probabilities
from hbm_model.forecasting.forecast import Forecast, forecast
from hbm_model.inference.fit import Fit
from hbm_model.store import diff, disk
from hbm_model.store.decomposition import PARTS
from hbm_model.store.moves import QUESTION, Revision

DAYS = ("2026-06-23", "2026-06-30")
START = datetime(2026, 6, 30, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def read_once() -> Iterator[None]:
    """Read evidence and fits once for the whole module, which is what comparing them takes longest over."""
    fitting = sys.modules["hbm_model.inference.fit"]  # the name in the package is the function
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evidence, "load_evidence", cache(evidence.load_evidence))
        patch.setattr(fitting, "load_fit", cache(fitting.load_fit))
        yield


@pytest.fixture(scope="module")
def sure(made_up_fit: Fit) -> Fit:
    """The made-up fit with draws so close together that a few claims do not part them."""
    posterior = made_up_fit.data["posterior"].to_dataset()
    centre = posterior.isel(chain=0, draw=0, drop=True)
    near = centre + 0.01 * (posterior - centre)
    tree = made_up_fit.data.copy()
    tree["posterior"] = xr.DataTree(near.transpose("chain", "draw", ...))
    return replace(made_up_fit, data=tree)


def write_run(root: Path, number: int, fit: Fit, made: Forecast, vintage: Evidence, sampled_in: str) -> disk.Run:
    with disk.locked(root), disk.draft(root, f"{number}" * 64, START + timedelta(days=number)) as staged:
        fit.save(staged.path / "posterior.nc")
        made.frame.to_parquet(staged.path / "forecast.parquet")
        made.draws_frame().to_parquet(staged.path / "draws.parquet")
        made.contrasts.to_parquet(staged.path / "contrasts.parquet")
        probabilities(made.answers, load_questions()).to_parquet(staged.path / "questions.parquet")
        hashes = {name: name for name in ("priors", "policy", "code", "config")} | {"evidence": vintage.digest}
        facts = {"as_of": str(vintage.as_of), "hashes": hashes, "versions": {}, "data": "bundled", "quick": True}
        facts |= {"options": {"horizon": "2028Q4"}, "fit": {"inputs": "", "sampled_in": sampled_in}}
        return disk.publish(staged, facts)


@pytest.fixture(scope="module")
def root(sure: Fit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of two vintages that have the same draws, and a third that took the second's fit over."""
    root = tmp_path_factory.mktemp("runs")
    for number, (day, sampled_in) in enumerate(((DAYS[0], "a"), (DAYS[1], "b"), (DAYS[1], "b"))):
        vintage = evidence.load_evidence(day)
        fit = replace(sure, meta={**sure.meta, "as_of": day, "evidence": vintage.digest})
        made = forecast(fit, horizon="2028Q4", questions=load_questions())
        write_run(root, number, fit, made, vintage, sampled_in)
    return root


@pytest.fixture(scope="module")
def found(root: Path) -> diff.Difference:
    runs = disk.list_runs(root)
    return diff.difference(root, runs[0].run_id, runs[1].run_id)


def test_the_parts_add_up_to_the_change(found: diff.Difference) -> None:
    assert found.why_not == ""
    parted = [each for each in found.moves if each.parts]
    assert {each.quantity for each in parted} >= {"frontier_lag", "capacity_ratio", "bit_share", QUESTION}
    for each in parted:
        assert each.parts is not None
        assert tuple(each.parts) == PARTS
        assert sum(each.parts.values()) == pytest.approx(each.change, abs=1e-6)
    assert any(abs((each.parts or {})["new"]) > 1e-9 for each in parted), "claims of that week moved something"
    assert any(abs((each.parts or {})["time"]) > 1e-9 for each in parted), "a week of silence, too"


def test_the_claims_of_the_week_are_named_with_their_urls(found: diff.Difference) -> None:
    told = [each for each in found.claims if each.url]
    assert found.counts["new"] == sum(each.cause == "new" for each in told) > 0
    assert all(each.url.startswith("http") for each in told)
    assert all(DAYS[0] < each.published <= DAYS[1] for each in told if each.cause == "new")
    weights = [each.weight or 0.0 for each in found.claims]
    assert weights == sorted(weights, reverse=True)
    text = view.as_text(found)
    assert told[0].url in text
    assert "rest: Monte-Carlo error" in text


def test_the_same_fit_on_the_same_evidence_moves_nothing(root: Path) -> None:
    found = diff.difference(root)
    assert [found.before, found.after] == [run.run_id for run in disk.list_runs(root)[1:]]
    assert (found.k, found.claims) == (None, ())
    for each in found.moves:
        assert not each.change
        assert each.error in {0.0, None}
        assert not any((each.parts or {}).values())


def test_draws_that_are_too_far_off_give_one_total(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hbm_model.inference.psis.reliable_k", lambda _draws: -1.0)
    runs = disk.list_runs(root)
    found = diff.difference(root, runs[0].run_id, runs[1].run_id)
    assert "too far from what was claimed since" in found.why_not
    parted = [each for each in found.moves if each.parts]
    assert all(set(each.parts or {}) == {"code", "time", "rest"} for each in parted)
    assert all(sum((each.parts or {}).values()) == pytest.approx(each.change, abs=1e-6) for each in parted)
    surprises = [each.surprise for each in found.claims]
    assert surprises == sorted(surprises, reverse=True)
    text = view.as_text(found)
    assert "rest: new and changed claims and Monte-Carlo error" in text
    assert "the most surprising first" in text


def test_evidence_that_is_no_longer_the_same_gives_the_moves_alone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = evidence.load_evidence
    monkeypatch.setattr(evidence, "load_evidence", lambda *asked: replace(known(*asked), digest="f" * 64))
    found = diff.difference(root)
    assert "the evidence at hand is not what" in found.why_not
    assert found.moves
    assert not any(each.parts for each in found.moves)
    assert "Note: the evidence at hand" in view.as_text(found)


def test_a_terminal_shows_the_table_in_columns(found: diff.Difference) -> None:
    lines = view.as_text(found).splitlines()
    head, *rows = [line for line in lines if line.startswith((" " * 30, "frontier_lag", "generation_lag"))]
    names = ["before", "now", "change", "widths", "equations", "time", "new", "changed", "rest", "error"]
    assert head.split() == names
    ends = [head.index(name) + len(name) for name in names]
    assert rows
    for row in rows:
        assert all(row[:end].endswith(cell) for cell, end in zip(row.split()[-len(names) :], ends, strict=True)), row
    prose = [line for line in lines if "http" not in line]
    assert max(len(line) for line in prose) <= 180


def test_the_verb_gives_machines_the_same_as_json(
    root: Path, found: diff.Difference, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("runs", "diff", found.before, found.after, "--json", "--store", str(root))
    monkeypatch.setattr("sys.argv", ["hbm-model", *words])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert not end.value.code
    whole = json.loads(capsys.readouterr().out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert [each["parts"] for each in whole["moves"]] == [dict(each.parts or {}) or None for each in found.moves]
    assert [each["url"] for each in whole["claims"]] == [each.url for each in found.claims]
    assert whole["rest_is"] == "Monte-Carlo error"


def test_small_ratios_are_told_apart_from_nothing() -> None:
    small = Revision("bit_share", "", "2028Q4", "share", 0.00042, 0.00047, 0.00005, 0.001, 0.0)
    nothing = replace(small, quantity="output_ratio", change=0.0, now=0.00042)
    text = view.as_text(diff.Difference("a", "b", ("2026-06-23", "2026-06-30"), (), (small, nothing)))
    rows = {line.split()[0]: line.split()[2:5] for line in text.splitlines() if "2028Q4" in line}
    assert rows == {"bit_share": ["0.00042", "0.00047", "+0.00005"], "output_ratio": ["0.00042", "0.00042", "+0.00000"]}


def test_the_verb_wants_two_runs(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, _ = (run.run_id for run in disk.list_runs(root))
    for words, message in (
        ((first, first), "is named twice"),
        ((first,), "no published run before"),
        ((first, second, second), "are more than two runs"),
        (("1999", second), "no run '1999'"),
    ):
        monkeypatch.setattr("sys.argv", ["hbm-model", "runs", "diff", *words, "--store", str(root)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        assert (end.value.code, message in capsys.readouterr().err) == (2, True)
    with pytest.raises(InputError, match="no published run yet"):
        diff.difference(root / "nowhere")
