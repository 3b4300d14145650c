"""Every other subject on tiny sizes, and the file that is left of it."""

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import alone, compiling, forecasts, gradients, growth, side_by_side
from benchmarks.problems import problem
from benchmarks.size import TINY


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks are done here rather than in processes of their own, which take seconds to begin."""

    def called(task: str, given: Mapping[str, Any], *_limits: Any) -> Any:
        module, _, name = task.partition(":")
        return getattr(import_module(f"benchmarks.{module}"), name)(**given)

    for module in (compiling, growth, side_by_side):
        monkeypatch.setattr(module, "alone", called)


def test_a_task_alone_has_its_own_cache_and_can_be_stopped(tmp_path: Path) -> None:
    assert alone.alone("compiling:nowhere", {}, limit=0.0) == {"outcome": "killed"}
    with pytest.raises(RuntimeError, match="compiling:nowhere ended with code 1"):
        alone.alone("compiling:nowhere", {}, tmp_path)


def test_gradients_are_put_beside_their_bound() -> None:
    found = gradients.measure(TINY)
    assert list(found["ms"]) == [
        *("called from Python", "in a compiled loop", "in a compiled loop, whitened", "a step of the sampler")
    ]
    assert all(len(each["each"]) == TINY.repetitions for each in found["ms"].values())
    assert found["bound_ms"][0] < found["bound_ms"][1]


@pytest.mark.usefixtures("in_this_process")
def test_ways_of_compiling_reach_the_same_gradient() -> None:
    found = compiling.measure(TINY)
    assert list(found["first_cpu"]) == list(found["ms"])
    assert len(found["ms"]) == 4


def test_copies_add_up() -> None:
    one, three = problem("tiny").density, growth.copies(problem("tiny").density, 3)
    x = np.arange(9.0)
    logp, slope = three.logp_and_gradient(x)
    parts = [one.logp_and_gradient(part) for part in x.reshape(3, 3)]
    assert logp == pytest.approx(sum(part[0] for part in parts))
    np.testing.assert_allclose(slope, np.concatenate([part[1] for part in parts]))


def test_claims_told_twice_count_twice() -> None:
    """On NumPy, which needs no compiling: what the claims add to the density doubles, priors and silence do not."""
    from hbm_model.inference.joint_density import data_of

    known = growth.vintage()
    once, twice = (
        data_of(known.layout, growth.more_claims(known.observations, times), known.priors) for times in (1, 2)
    )
    assert 2 * once["counted"]["claims"].sum() == twice["counted"]["claims"].sum()
    assert once["counted"]["silence"].sum() == twice["counted"]["silence"].sum()
    assert sum(once["claims"]["low"][once["counted"]["claims"] > 0]) * 2 == pytest.approx(
        sum(twice["claims"]["low"][twice["counted"]["claims"] > 0])
    )


def test_more_quarters_lengthen_the_vector() -> None:
    known = growth.vintage()
    assert growth.more_quarters(known, 1).n_dim < growth.more_quarters(known, 2).n_dim


@pytest.mark.usefixtures("in_this_process")
def test_growth_is_compared_with_the_first_size() -> None:
    found = growth.measure(TINY)
    assert found["compiled"]["model"]["parameters"]["4"]["ratio"]["median"] == 4
    assert list(found["forecast"]["quarters"]) == ["1", "2", "4"]


def test_a_loop_over_draws_finds_the_same_world() -> None:
    assert list(forecasts.measure(TINY)["cpu"]) == ["all draws at once", "a loop over draws"]


@pytest.mark.usefixtures("in_this_process")
def test_a_study_is_run_in_each_place(monkeypatch: pytest.MonkeyPatch) -> None:
    places: list[Any] = []
    monkeypatch.setattr(side_by_side, "study", lambda of, fits, workers=None: places.append((of, fits, workers)))
    found = side_by_side.measure(TINY)
    assert places == [("tiny", 1, workers) for workers in (1, *(1, 2, None) * TINY.repetitions)]
    assert list(found["wall"]) == ["one process", "two processes", "Dask, two processes"]


def test_a_study_makes_its_fits() -> None:
    assert side_by_side.study("tiny", fits=2, workers=1) == {"fits": 2}


def test_the_command_leaves_a_file_for_each_subject(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command.main(["forecasts", "--tiny", "--out", str(tmp_path), "--note", "busy"])
    found = json.loads((tmp_path / "forecasts.json").read_text(encoding="utf-8"))
    assert found["note"] == "busy"
    assert found["versions"]["pymc"]
    assert found["machine"]["cpus"] >= 1
    assert capsys.readouterr().out.startswith("forecasts: all draws at once (1 of 2)")
    with pytest.raises(SystemExit):
        command.main(["nothing", "--out", str(tmp_path)])
