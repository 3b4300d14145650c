"""A rerun does what is new and nothing else: nothing at all, the forecast alone, or all of it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fakes
import numpy as np
import pytest

from hbm_model.core import provenance
from hbm_model.core.errors import StoreLockedError
from hbm_model.core.priors import Priors
from hbm_model.evidence import bundled_data, load_evidence
from hbm_model.forecasting.forecast import forecast
from hbm_model.inference.fit import Fit, load_fit
from hbm_model.model.observations import observe
from hbm_model.policy.policy import policy_in_force, policy_of
from hbm_model.store import checksums, disk, pipeline, reuse, verify
from hbm_model.store.files import POSTERIOR
from hbm_model.store.manifest import Manifest

Forecasting = Callable[..., pipeline.RunResult]
DAY = date(2026, 10, 29)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]) -> Forecasting:
    """Forecast with the fakes, on the bundled evidence unless told otherwise; `said` collects the words."""
    for name, module in fakes.modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr("hbm_model.evidence.load.vintage_of", fakes.vintage_of)
    monkeypatch.setattr(provenance, "code_digest", lambda: "c" * 64)  # somebody may be at work on the code

    def go(**options: Any) -> pipeline.RunResult:
        said.clear()
        asked = pipeline.ForecastOptions(**{"store": tmp_path / "runs", "as_of": DAY, **options})
        return pipeline.run_forecast(asked, lambda words, /, **_: said.append(words))

    return go


def fitted(said: list[str]) -> bool:
    return "fitting the joint model" in said


def test_the_same_again_reads_nothing(run: Forecasting, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    first = run()
    assert fitted(said)
    monkeypatch.setattr("hbm_model.store.pipeline.read_inputs", None)
    again = run()
    assert (again.reused, again.run) == (True, first.run)
    assert said == [f"nothing changed since run {first.run.run_id}; --force fits again"]


def test_a_comment_in_a_file_is_another_request_and_no_other_input(
    run: Forecasting, said: list[str], tmp_path: Path
) -> None:
    data = shutil.copytree(bundled_data(), tmp_path / "data")
    first = run(data=data)
    with (data / "priors.toml").open("a") as file:
        file.write("# a thought\n")
    again = run(data=data)
    assert (again.reused, again.run) == (True, first.run)
    assert "reading the evidence" in said


@pytest.mark.parametrize(
    "changed",
    [{"horizon": "2033Q4"}, {"scenarios": ("match_act",)}, {"as_of": date(2026, 10, 30)}],
    ids=lambda changed: next(iter(changed)),
)
def test_what_the_fit_does_not_read_leaves_it_as_it_is(
    run: Forecasting, said: list[str], changed: dict[str, Any]
) -> None:
    first = run(scenarios=())
    other = run(**{"scenarios": (), **changed})
    assert (other.reused, fitted(said)) == (False, False)
    assert f"taking the fit of run {first.run.run_id}: nothing that it read has changed" in said
    assert other.run.manifest["fit"] == first.run.manifest["fit"]
    assert other.run.manifest["fit"]["sampled_in"] == first.run.run_id
    assert other.run.manifest["inputs"] != first.run.manifest["inputs"]
    third = run(scenarios=("controls_relaxed",))
    assert third.run.manifest["fit"]["sampled_in"] == first.run.run_id, "the run that sampled it, however far back"
    assert verify.verify(first.run.path.parent).clean


@pytest.mark.parametrize("changed", [{"seed": 8}, {"draws": 10}, {"quick": True}, {"force": True}], ids=str)
def test_what_the_fit_reads_is_fitted_again(run: Forecasting, said: list[str], changed: dict[str, Any]) -> None:
    run()
    other = run(**changed)
    assert fitted(said)
    assert other.run.manifest["fit"]["sampled_in"] == other.run.run_id


def test_other_evidence_is_fitted_again(
    run: Forecasting, said: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data = shutil.copytree(bundled_data(), tmp_path / "data")
    run(data=data)
    (data / "claims" / "yields.csv").touch()
    assert run(data=data).reused
    with (data / "claims" / "yields.csv").open("a") as file:
        file.write("\n")
    known = fakes.vintage_of
    monkeypatch.setattr(
        "hbm_model.evidence.load.vintage_of",
        lambda *asked: SimpleNamespace(**{**vars(known(*asked)), "digest": "f" * 64}),
    )
    assert not run(data=data).reused
    assert fitted(said)


def test_a_damaged_posterior_is_not_taken(run: Forecasting, said: list[str]) -> None:
    first = run(scenarios=())
    with (first.run.path / "posterior.nc").open("ab") as file:
        file.write(b"x")
    assert not checksums.intact(first.run.path, "posterior.nc")
    run()
    assert fitted(said)


def test_a_store_that_is_being_written_refuses_even_what_is_known(run: Forecasting, tmp_path: Path) -> None:
    run()
    with disk.locked(tmp_path / "runs"), pytest.raises(StoreLockedError):
        run()


def test_a_day_on_which_nothing_was_published_changes_nothing_that_the_fit_reads(priors: Priors) -> None:
    """What `fit_digest` rests on: of the day, the model sees the year, the claims and the measures in force."""
    days = [date(2026, 9, 1), date(2026, 9, 2)]
    first, second = (load_evidence(day) for day in days)
    assert (first.digest, first.observed_through) == (second.digest, second.observed_through)
    (one, before), (other, after) = (observe(each, priors, policy_of(each)) for each in (first, second))
    assert one == other
    for group, arrays in before.design.items():
        for name, values in arrays.items():
            np.testing.assert_array_equal(values, after.design[group][name], err_msg=f"{group} {name}")
    for name, values in before.drivers.items():
        np.testing.assert_array_equal(values, after.drivers[name], err_msg=name)
    inputs = {"evidence": first.digest, "observed_through": "2026-07-01", "priors": "", "code": "", "settings": {}}
    inputs |= {"versions": {}, "policy": ""}
    digests = [reuse.fit_digest({**inputs, "as_of": str(day)}) for day in (*days, date(2027, 1, 1))]
    assert digests[0] == digests[1] != digests[2]


def test_a_fit_that_is_taken_stands_on_the_new_day_with_the_same_draws(made_up_fit: Fit, tmp_path: Path) -> None:
    made_up_fit.save(tmp_path / POSTERIOR)
    as_of = date(2026, 7, 20)
    taken = reuse.take_fit(disk.Run("x", tmp_path, Manifest()), policy_in_force(None, as_of), as_of)
    assert taken.meta["as_of"] == "2026-07-20"
    assert taken.policy.as_of == pytest.approx(2026 + 200 / 365)
    days = [forecast(each, horizon="2027Q4").headline for each in (load_fit(tmp_path / POSTERIOR), taken)]
    assert days[0].equals(days[1]), "the baseline's draws do not move with the day"
    assert replace(taken, policy=made_up_fit.policy, meta=made_up_fit.meta).theta().keys() == made_up_fit.theta().keys()


def test_the_request_of_a_run_is_in_its_manifest(run: Forecasting) -> None:
    stored = json.loads((run().run.path / "manifest.json").read_text())
    assert len(stored["request"]) == len(provenance.digest({})) == 64


def test_an_unchanged_rerun_loads_nothing_that_fits(run: Forecasting, tmp_path: Path) -> None:
    run()
    program = (
        "import sys; from hbm_model.core import provenance; from hbm_model.cli import main\n"
        "provenance.code_digest = lambda: 'c' * 64\n"
        f"sys.argv = ['hbm-model', 'forecast', '--as-of', '{DAY}', '--store', {str(tmp_path / 'runs')!r}]\n"
        "heavy = {'pymc', 'pytensor', 'numba', 'arviz', 'scipy', 'xarray', 'matplotlib'}\n"
        "try: main()\n"
        "finally: print('LOADED', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "nothing changed since run" in done.stderr
    assert "LOADED []" in done.stdout
