"""A study of calibration: each simulation is kept as it is done, a stopped study goes on, another one is refused."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from hbm_model.cli.views.calibrate import study_json, study_text
from hbm_model.core.errors import InputError
from hbm_model.core.priors import Priors
from hbm_model.evaluation.calibration import sbc
from hbm_model.evaluation.calibration.quantities import compared
from hbm_model.evaluation.calibration.sbc import Prepared, Study, one_simulation, ranked, read_study, run_study
from hbm_model.evaluation.calibration.synthetic import draw_truths
from hbm_model.evidence import Evidence
from hbm_model.inference.fit import Fit
from hbm_model.model.observations import Observations

STUDY = Study("2026-06-30", draws=30, tune=30, ranked=19)
GROUPS = ["dates", "capacities", "yields", "gaps", "parameters", "levers"]


def single(fit: Fit, draw: int) -> Fit:
    """One draw of a fit as a world that is known."""
    posterior = fit.data["posterior"].to_dataset().isel(chain=[0], draw=[draw])
    tree = xr.DataTree.from_dict({"posterior": posterior, "constant_data": fit.data["constant_data"].to_dataset()})
    return replace(fit, data=tree, meta={**fit.meta, "settings": {"seed": draw, "quick": False}})


@pytest.fixture(scope="module")
def compared_draws(made_up_fit: Fit) -> pd.DataFrame:
    return compared(made_up_fit)


def test_everything_is_compared(compared_draws: pd.DataFrame, made_up_fit: Fit) -> None:
    assert list(dict.fromkeys(compared_draws["group"])) == GROUPS
    assert compared_draws["name"].is_unique
    draws = np.stack(compared_draws["draws"].to_list())
    assert draws.shape[1] == 120
    assert np.isfinite(draws).all()
    names = set(compared_draws["name"])
    assert {
        "volume cxmt HBM4",
        "DRAM wafers samsung 2024Q4",
        "final yield cxmt HBM3 2027Q4",
        "yield_gap 2028Q4",
    } <= names
    assert "volume cxmt HBM2" not in names  # a coin decides whether it is passed over
    free = sum(int(np.prod(v.shape[2:])) for v in made_up_fit.data["posterior"].to_dataset().data_vars.values())
    assert (compared_draws["group"] == "parameters").sum() == free - len(made_up_fit.layout.informed)
    assert {f"size of {name}" for _, name in made_up_fit.layout.informed} <= names


def test_scenarios_have_effects_that_are_compared(compared_draws: pd.DataFrame) -> None:
    rows = compared_draws.set_index("name")["draws"]
    assert (rows["china_push: capacity_ratio 2030Q4"] > 0).mean() > 0.9
    assert (rows["match_act: generation_lag HBM5"] > 0).mean() > 0.5


def test_ranks_of_draws_among_their_like_are_uniform(compared_draws: pd.DataFrame) -> None:
    """The made-up posterior is the prior, of which a truth is one more draw."""
    draws = np.stack(compared_draws["draws"].to_list())
    rest = compared_draws.assign(draws=list(draws[:, 20:120]))
    places = [
        ranked(compared_draws.assign(draws=list(draws[:, [k]])), rest, STUDY, k)["place"].to_numpy() for k in range(20)
    ]
    assert np.mean(places) == pytest.approx(0.5, abs=0.03)
    assert np.std(places) == pytest.approx(np.sqrt(1 / 12), abs=0.03)


def test_a_simulation_ranks_every_quantity(
    monkeypatch: pytest.MonkeyPatch, made_up_fit: Fit, observations: Observations, compared_draws: pd.DataFrame
) -> None:
    """Compiling and sampling stand in; what the fit is given is evidence of that world, not the real one."""
    given: list[Any] = []
    fakes = Prepared(made_up_fit.layout, observations, made_up_fit.priors, cast(Any, "compiled once"))
    monkeypatch.setattr(sbc, "prepared", lambda _study: fakes)

    def other(layout: Any, told: Observations, priors: Any) -> str:
        assert (layout, priors) == (made_up_fit.layout, made_up_fit.priors)
        given.append(told.stacked)
        return "on these data"

    monkeypatch.setattr("hbm_model.inference.joint_density.uncompiled", other)

    def sample(density: Any, settings: Any, pilot: Any) -> xr.DataTree:
        assert density == "on these data"
        assert pilot is None
        assert settings.seed == STUDY.seed + sbc.FITTED + 7
        return made_up_fit.data.copy()

    monkeypatch.setattr("hbm_model.inference.sampling.sample", sample)
    found = one_simulation(STUDY, (7, single(made_up_fit, 3)))
    assert list(found["name"]) == list(compared_draws["name"])
    assert set(found["simulation"]) == {7}
    assert found["rank"].between(0, 19).all()
    assert found["place"].between(0, 1).all()
    assert {"truth", "ess", "r_hat", "ess_bulk", "divergences", "seconds"} <= set(found)
    real = observations.stacked
    assert not np.array_equal(given[0].low, real.low)
    assert given[0].truth == pytest.approx(real.truth)


def test_a_longer_study_begins_with_the_same_worlds(vintage: Evidence, priors: Priors) -> None:
    short, long = (draw_truths(vintage, priors, n, seed=5) for n in (1, 2))
    for name, values in short[0].theta().items():
        assert np.array_equal(values, long[0].theta()[name]), name
    assert not np.array_equal(long[0].theta()["clock_start"], long[1].theta()["clock_start"])


@pytest.fixture
def quick_study(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Worlds that are numbers, and a simulation that takes no time: the numbers of those that were run."""
    done: list[int] = []

    def simulate(study: Study, job: tuple[int, Any]) -> pd.DataFrame:
        number, world = job
        assert world == f"world {number}"
        done.append(number)
        rng = np.random.default_rng(number)
        rows = [("gaps", f"gap {i}", int(rng.integers(20)), rng.uniform()) for i in range(5)]
        table = pd.DataFrame(rows, columns=["group", "name", "rank", "place"])
        return table.assign(simulation=number, r_hat=1.01, ess_bulk=60.0, divergences=0, seconds=10.0)

    monkeypatch.setattr(sbc, "one_simulation", simulate)
    monkeypatch.setattr(sbc, "draw_truths", lambda _evidence, _priors, n, _seed: [f"world {k}" for k in range(n)])
    return done


def test_a_stopped_study_goes_on(tmp_path: Path, quick_study: list[int]) -> None:
    first = run_study(STUDY, 3, tmp_path, workers=1)
    assert quick_study == [0, 1, 2]
    (tmp_path / "simulation-0001.parquet").unlink()
    (tmp_path / "simulation-0002.draft").write_text("killed while it was written")
    more = run_study(STUDY, 4, tmp_path, workers=1)
    assert quick_study == [0, 1, 2, 1, 3]
    assert more[more["simulation"] < 3].reset_index(drop=True).equals(first)
    run_study(STUDY, 4, tmp_path, workers=1)
    assert len(quick_study) == 5
    told, ranks = read_study(tmp_path)
    assert told["draws"] == 30
    assert sorted(set(ranks["simulation"])) == [0, 1, 2, 3]


def test_another_study_is_refused(tmp_path: Path, quick_study: list[int]) -> None:
    run_study(STUDY, 1, tmp_path, workers=1)
    with pytest.raises(InputError, match="holds another study"):
        run_study(replace(STUDY, seed=1), 1, tmp_path, workers=1)


def test_a_folder_without_a_study_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no calibration"):
        read_study(tmp_path)


def test_the_report_names_the_worst(tmp_path: Path, quick_study: list[int]) -> None:
    ranks = run_study(STUDY, 60, tmp_path, workers=1)
    ranks.loc[ranks["name"] == "gap 3", "place"] *= 0.3
    text, plain = study_text(ranks), study_json(ranks)
    assert "60 simulated worlds, 5 quantities" in text
    assert text.split("Furthest from uniform")[1].index("gap 3") < text.split("Furthest from uniform")[1].index("gap 0")
    assert plain["groups"][0]["quantities"] == 5
    assert [row["name"] for row in plain["quantities"] if row["outside"]] == ["gap 3"]
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain


def test_the_verb_runs_a_study(tmp_path: Path, quick_study: list[int]) -> None:
    from hbm_model.cli import app

    words = ["calibrate", "--as-of", "2026-06-30", "--simulations", "30", "--workers", "1", "--out", str(tmp_path)]
    result = CliRunner().invoke(app, [*words, "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["simulations"] == 30
    assert len(quick_study) == 30
    assert "30 simulated worlds" in CliRunner().invoke(app, words).stdout
