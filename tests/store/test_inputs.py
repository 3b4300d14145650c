"""Inputs are read once, and what was digested is what is fitted and forecast."""

import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import hbm_model as hbm
from hbm_model.core.errors import InputError
from hbm_model.evidence import bundled_data
from hbm_model.inference.fit import Fit
from hbm_model.store import pipeline, reuse
from hbm_model.store.inputs import read_inputs

DAY = date(2026, 6, 30)
MINE = """name: mine
title: Export rules tighten
assumes: Nothing but this.
settings:
  - lever: LEVER
    level: LEVEL
    start: 2027-01-01
    reason: To see what becomes of it.
"""

_counting: list[Counter[str]] = []


def _count(event: str, args: tuple[Any, ...]) -> None:
    if event == "open" and _counting and isinstance(args[0], str | os.PathLike):
        _counting[-1][str(args[0])] += 1


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count the files that Python opens, by path; an audit hook stays for good, so it counts only in here."""
    if not getattr(counted, "hooked", False):
        sys.addaudithook(_count)
        vars(counted)["hooked"] = True
    _counting.append(Counter())
    try:
        yield _counting[-1]
    finally:
        _counting.pop()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundled_data(), tmp_path / "data"))


@pytest.fixture
def mine(tmp_path: Path, made_up_fit: Fit) -> Callable[[float], Path]:
    """Write a scenario file whose only lever has a level, as a share of the way through its range."""
    lever = made_up_fit.policy.levers["immersion_access"]

    def write(share: float) -> Path:
        level = lever.low + share * (lever.high - lever.low)
        file = tmp_path / "mine.yaml"
        file.write_text(MINE.replace("LEVER", lever.name).replace("LEVEL", f"{level:g}"))
        return file

    return write


@pytest.fixture
def run(made_up_fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., pipeline.RunResult]:
    """Make a run with the made-up fit; `while_fitting` happens in place of the sampling."""
    passed = replace(made_up_fit, diagnostics=replace(made_up_fit.diagnostics, failures=()))

    def go(while_fitting: Callable[[], object] = lambda: None, **options: Any) -> pipeline.RunResult:
        def fit(*_args: Any, policy: Any = None, **_options: Any) -> Fit:
            while_fitting()
            return replace(passed, policy=policy)

        monkeypatch.setattr(sys.modules["hbm_model.inference.fit"], "fit", fit)
        monkeypatch.setattr(pipeline, "_draw", lambda folder, *_args: folder.mkdir())
        asked = {"store": tmp_path / "runs", "as_of": DAY, "horizon": "2028Q4", "quick": True, **options}
        return pipeline.run_forecast(pipeline.ForecastOptions(**asked))

    return go


def test_a_scenario_that_is_saved_while_a_run_fits_belongs_to_the_next_run(
    run: Callable[..., pipeline.RunResult], mine: Callable[[float], Path], made_up_fit: Fit
) -> None:
    file = mine(0.9)
    expected = hbm.forecast(made_up_fit, horizon="2028Q4", files=[file])
    result = run(lambda: mine(0.1), scenario_files=(file,))
    forecast = hbm.load_run(result.run.run_id, result.run.path.parent)
    got = forecast.frame[forecast.frame["scenario"] == "mine"].reset_index(drop=True)
    wanted = expected.frame[expected.frame["scenario"] == "mine"].reset_index(drop=True)
    changed = hbm.forecast(made_up_fit, horizon="2028Q4", files=[file])
    assert got[["q05", "q50", "q95"]].equals(wanted[["q05", "q50", "q95"]])
    assert not got["q50"].equals(changed.frame.loc[changed.frame["scenario"] == "mine", "q50"].reset_index(drop=True))
    again = run(scenario_files=(file,))
    assert again.run.manifest["inputs"] != result.run.manifest["inputs"], "what was saved meanwhile is another input"


def test_every_file_of_inputs_is_read_once(
    run: Callable[..., pipeline.RunResult],
    mine: Callable[[float], Path],
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The request's digest reads the bytes of all of them beforehand, and is not counted."""
    files = [path for path in data.rglob("*") if path.suffix in {".csv", ".toml", ".yaml", ".json"}]
    own = mine(0.9)
    with counted() as hashed:
        request = reuse.request_digest({}, data, (own,))
    assert {str(path) for path in files} <= set(hashed)
    monkeypatch.setattr(reuse, "request_digest", lambda *_asked: request)
    with counted() as opened:
        run(data=data, scenario_files=(own,), scenarios=None, quick=False)
    counts = {str(path): opened[str(path)] for path in (*files, own)}
    assert {path: n for path, n in counts.items() if n > 1} == {}
    unread = {path.relative_to(data).as_posix() for path in files if not opened[str(path)]}
    assert not {name for name in unread if name.startswith(("claims/", "scenarios/", "reference/"))}, unread
    assert {"priors.toml", "policy_priors.toml", "levers.toml", "datapackage.json"}.isdisjoint(unread)
    bundled = {path: n for path, n in opened.items() if path.startswith(f"{bundled_data()}{os.sep}")}
    assert bundled == {str(bundled_data() / "datapackage.json"): 1}, "for the schema that the folder is held against"


def test_the_bundled_files_are_read_once(run: Callable[..., pipeline.RunResult]) -> None:
    run()
    with counted() as opened:
        read_inputs(DAY, None, None, ())
    inputs = {path: n for path, n in opened.items() if path.startswith(f"{bundled_data()}{os.sep}")}
    assert set(inputs.values()) == {1}, inputs


def test_a_folder_without_policy_or_questions_takes_the_bundled_ones(data: Path) -> None:
    whole = read_inputs(DAY, data, None, ())
    shutil.rmtree(data / "scenarios")
    (data / "levers.toml").unlink()
    (data / "policy_priors.toml").unlink()
    assert read_inputs(DAY, data, None, ()).digests == whole.digests


def test_what_a_scenario_includes_is_an_input_of_the_run(data: Path) -> None:
    """Also where only the including one is forecast."""
    outer = data.parent / "outer.yaml"
    outer.write_text("name: outer\ntitle: T\nassumes: A.\ninclude: [match_act]\nsettings: []\n")
    before = read_inputs(DAY, data, (), (outer,))
    assert before.asked == ("baseline", "outer")
    inner = data / "scenarios" / "match_act.yaml"
    inner.write_text(inner.read_text().replace("Allied ban", "Wide ban", 1))
    after = read_inputs(DAY, data, (), (outer,))
    assert before.digests["scenarios"].keys() == {"baseline", "outer", "match_act"}
    assert before.digests != after.digests


def test_a_fault_of_a_scenario_comes_before_that_of_the_evidence(data: Path) -> None:
    (data / "scenarios" / "match_act.yaml").write_text("name: other\n")
    with (data / "claims" / "yields.csv").open("a") as file:
        file.write("x\n")
    with pytest.raises(InputError, match="the scenarios in"):
        read_inputs(DAY, data, None, ())
