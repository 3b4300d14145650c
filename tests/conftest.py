"""What the tests of the model share: one vintage of the bundled evidence, its model, and a made-up posterior.

Nothing here is compiled by Numba or C: graphs are evaluated by Python, node by node, which takes milliseconds.
"""

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import settings

from hbm_model.core.priors import Priors, load_priors
from hbm_model.evidence import Evidence, load_evidence
from hbm_model.inference.diagnostics import QUICK_GATE, diagnose
from hbm_model.inference.fit import Fit, FitSettings
from hbm_model.model.announced import planned_dates
from hbm_model.model.layout import Layout
from hbm_model.model.observations import Observations, observe
from hbm_model.policy.policy import policy_of

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run of CI in which a test was skipped: a check that nobody runs is none."""
    if skipped_in_ci(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(config: pytest.Config) -> None:
    """Say why CI failed although no test did."""
    if number := skipped_in_ci(config):
        reporter = config.pluginmanager.getplugin("terminalreporter")
        reporter.write_sep("=", f"CI fails: {number} skipped, and there every test must run", red=True)


def skipped_in_ci(config: pytest.Config) -> int:
    """The number of skipped tests and modules; 0 outside CI, and in a worker, which does not report."""
    reporter = config.pluginmanager.getplugin("terminalreporter")
    return len(reporter.stats.get("skipped", ())) if reporter and os.environ.get("CI") == "true" else 0


AS_OF = "2026-06-30"
CHAINS, DRAWS = 2, 60


@pytest.fixture(scope="session")
def vintage() -> Evidence:
    """The bundled evidence as it stood on the last day before the end of gathering."""
    return load_evidence(AS_OF)


@pytest.fixture(scope="session")
def priors() -> Priors:
    return load_priors()


@pytest.fixture(scope="session")
def observed(vintage: Evidence, priors: Priors) -> tuple[Layout, Observations]:
    return observe(vintage, priors, policy_of(vintage))


@pytest.fixture(scope="session")
def layout(observed: tuple[Layout, Observations]) -> Layout:
    return observed[0]


@pytest.fixture(scope="session")
def observations(observed: tuple[Layout, Observations]) -> Observations:
    return observed[1]


@pytest.fixture(scope="session")
def model(layout: Layout, observations: Observations, priors: Priors) -> Any:
    from hbm_model.model.in_pymc import build_model

    return build_model(layout, observations, priors)


@pytest.fixture(scope="session")
def plain_python() -> Any:
    """How PyTensor evaluates a graph here: as written, without rewriting or compiling it."""
    from pytensor.compile.mode import Mode

    return Mode(linker="py", optimizer=None)


@pytest.fixture(scope="session")
def prior_draws(model: Any, plain_python: Any) -> Mapping[str, np.ndarray]:
    """Draws of every free variable from the model's own prior: (draw, ...) by name."""
    import pymc as pm

    drawn = pm.draw(model.free_RVs, draws=CHAINS * DRAWS, random_seed=20260630, mode=plain_python)
    return {rv.name: values for rv, values in zip(model.free_RVs, drawn, strict=True)}


@pytest.fixture(scope="session")
def unconstrained(model: Any, plain_python: Any) -> Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]:
    """The sampler's values, by its names, of a point given as values of all variables on their own scales."""
    import pytensor
    import pytensor.tensor as pt
    from pytensor.graph.replace import clone_replace

    here = {rv: pt.tensor(f"{rv.name}_", shape=rv.type.shape, dtype="float64") for rv in model.free_RVs}
    transforms = [model.rvs_to_transforms[rv] for rv in here]
    there = [
        rv if transform is None else transform.forward(rv, *rv.owner.inputs)
        for rv, transform in zip(here, transforms, strict=True)
    ]
    function = pytensor.function([*here.values()], clone_replace(there, here), mode=plain_python)

    def sampled(point: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        values = function(*(point[rv.name] for rv in here))
        return {var.name: value for var, value in zip(model.value_vars, values, strict=True)}

    return sampled


@pytest.fixture(scope="session")
def uncompiled(layout: Layout, observations: Observations, priors: Priors) -> Any:
    """The bundled model's log density; its gradient is compiled where a test asks for it."""
    from hbm_model.inference import joint_density

    return joint_density.uncompiled(layout, observations, priors)


@pytest.fixture(scope="session")
def made_up_fit(
    vintage: Evidence, model: Any, prior_draws: Mapping[str, np.ndarray], observed: Any, priors: Priors
) -> Fit:
    """A fit whose posterior is the prior: everything downstream of sampling, without sampling."""
    layout, observations = observed
    posterior = xr.Dataset(
        {
            name: xr.DataArray(
                values.reshape(CHAINS, DRAWS, *values.shape[1:]),
                dims=("chain", "draw", *model.named_vars_to_dims.get(name, ())),
                coords={dim: list(model.coords[dim]) for dim in model.named_vars_to_dims.get(name, ())},
            )
            for name, values in prior_draws.items()
        },
        coords={"chain": np.arange(CHAINS), "draw": np.arange(DRAWS)},
    )
    rng = np.random.default_rng(1)
    stats = xr.Dataset(
        {
            "diverging": (("chain", "draw"), np.zeros((CHAINS, DRAWS), bool)),
            "energy": (("chain", "draw"), rng.normal(size=(CHAINS, DRAWS))),
        }
    )
    constant = xr.Dataset(
        {"raised": (("vendor", "spending_year"), observations.drivers["raised"]), "planned": planned_dates(vintage)}
    )
    tree = xr.DataTree.from_dict({"posterior": posterior, "sample_stats": stats, "constant_data": constant})
    settings = FitSettings(draws=DRAWS, tune=DRAWS, chains=CHAINS, quick=True)
    meta = {
        "as_of": vintage.as_of.isoformat(),
        "observed_through": vintage.observed_through.isoformat(),
        "evidence": vintage.digest,
        "settings": vars(settings),
    }
    return Fit(tree, diagnose(tree, QUICK_GATE), layout, priors, observations.policy, meta)


@pytest.fixture(scope="session")
def made_up_store(made_up_fit: Fit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one published run of the made-up fit, written by the pipeline itself but for its charts."""
    from hbm_model.store.pipeline import ForecastOptions, run_forecast

    folder = tmp_path_factory.mktemp("made_up") / "runs"
    passed = replace(made_up_fit, diagnostics=replace(made_up_fit.diagnostics, failures=()))
    options = ForecastOptions(
        as_of=date.fromisoformat(AS_OF), scenarios=("match_act", "china_push"), quick=True, store=folder
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["hbm_model.inference.fit"], "fit", lambda *_args, **_options: passed)
        patch.setattr("hbm_model.store.pipeline._draw", lambda folder, *_args: folder.mkdir())
        run_forecast(options)
    return folder


@pytest.fixture
def older_store(made_up_store: Path, tmp_path: Path) -> Path:
    """A copy of that store, its fit as before 25 November 2026, when makers took a step for a skipped generation."""
    folder = shutil.copytree(made_up_store, tmp_path / "older", symlinks=True)
    posterior_file = folder / "latest" / "posterior.nc"
    with xr.open_datatree(posterior_file, engine="h5netcdf") as stored:
        tree = stored.load()
    posterior = tree["posterior"].to_dataset()
    steps = [*posterior["transition"].to_numpy(), "micron:HBM3"]
    tree["posterior"] = xr.DataTree(posterior.reindex(transition=steps, fill_value=0.0))
    posterior_file.unlink()
    tree.to_netcdf(posterior_file, engine="h5netcdf")
    return folder


@pytest.fixture(scope="session")
def facts(made_up_store: Path) -> Any:
    """The made-up run with one chart that has a title which acts if it is not kept from it."""
    from matplotlib.figure import Figure

    from hbm_model.charts.write import save
    from hbm_model.report.facts import Facts
    from hbm_model.store.stored import load_run

    found = load_run(store=made_up_store)
    figure = Figure(figsize=(3, 2))
    axes = figure.add_subplot(title="a < b & c")
    axes.plot([2026, 2028, 2032], [4, 3, 5])
    for name in ("frontier_lag", "mystery"):
        save(figure, found.run.path / "charts" / f"{name}.svg", "words")
        text = f"Title of {name}: <b>a line</b> & more.\nsource of {name}\n"
        (found.run.path / "charts" / f"{name}.txt").write_text(text, encoding="utf-8")
    return Facts(found)


@pytest.fixture(scope="session")
def emulated(facts: Any) -> Any:
    """The emulator of the made-up run, made on few settings and draws."""
    from hbm_model.analysis import emulator

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(emulator, "_SETTINGS", 32)
        patch.setattr(emulator, "_UNSEEN", 4)
        patch.setattr(emulator, "_DRAWS", 60)
        patch.setattr(emulator, "_UNSEEN_DRAWS", 60)
        return emulator.emulate(facts.stored.fit, facts.baseline, facts.draws, facts.horizon)
