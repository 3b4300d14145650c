"""One forecast from evidence to stored run: the only place that knows the order of the steps."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hbm_model import ledger, manifest, store
from hbm_model.calendar import decimal_year, parse_quarter, quarter_label
from hbm_model.errors import GateError, InputError
from hbm_model.stopping import stoppable

if TYPE_CHECKING:
    from hbm_model.evidence import Evidence
    from hbm_model.fit import Fit, FitSettings
    from hbm_model.forecast import Forecast
    from hbm_model.policy.scenario import Scenario
    from hbm_model.priors import Priors
    from hbm_model.questions import Question

FARTHEST_YEARS = 30  # beyond that the draws are extrapolation of extrapolation, and fill the memory

Report = Callable[[str], None]


@dataclass(frozen=True)
class ForecastOptions:
    """What a forecast is asked for; None leaves a value to its owner's default, and for scenarios means all shipped."""

    as_of: date | None = None
    data: Path | None = None
    scenarios: tuple[str, ...] | None = None
    scenario_files: tuple[Path, ...] = ()
    horizon: str = "2032Q4"
    draws: int | None = None
    tune: int | None = None
    chains: int | None = None
    seed: int | None = None
    quick: bool = False
    store: Path = field(default_factory=store.default_store)
    force: bool = False


@dataclass(frozen=True)
class RunResult:
    """A published run, and whether it was there already."""

    run: store.Run
    reused: bool


class _Stages:
    """Times each step, says what begins, and lets a signal that a step swallowed end the work after it."""

    def __init__(self, report: Report, check_stopped: Callable[[], None]) -> None:
        self.seconds: dict[str, float] = {}
        self._report = report
        self._check_stopped = check_stopped

    @contextmanager
    def __call__(self, name: str, words: str) -> Iterator[None]:
        self._report(words)
        start = time.perf_counter()
        try:
            yield
        finally:  # a step that was cut short may as well fail over what is missing; the signal is the reason to give
            self._check_stopped()
        self.seconds[name] = round(time.perf_counter() - start, 2)


def run_forecast(options: ForecastOptions, report: Report = lambda _words: None) -> RunResult:
    """Read the evidence, fit, check, forecast, draw and store.

    The same inputs (evidence, as-of date, priors, code, settings, versions) are not run twice: the published run is
    returned, unless `options.force`.

    Raises
    ------
    InputError
        The options or the evidence are wrong.
    GateError
        The fit failed its quality gate; it is kept under `<store>/rejected/`.
    StoreLockedError, StoreError
        The store is in use, or cannot be written.
    """
    check_options(options)
    started = datetime.now(UTC)
    with stoppable() as check_stopped:
        stage = _Stages(report, check_stopped)
        with stage("evidence", "reading the evidence"):
            from hbm_model.evidence import load_evidence
            from hbm_model.policy.state import policy_home
            from hbm_model.priors import load_priors
            from hbm_model.questions import load_questions

            scenarios = _scenarios(options)
            evidence = load_evidence(as_of=options.as_of, data=options.data)
            priors = load_priors(policy_home(options.data))
            questions = load_questions(options.data)
            _check_horizon(options.horizon, evidence.as_of)
        with stage("imports", "loading PyMC"):
            settings = _settings(options)
            inputs = _inputs(options, evidence, priors, scenarios, questions, settings)
        with store.locked(options.store):
            known = None if options.force else store.find_published(options.store, manifest.digest(inputs))
            if known is not None:
                report(f"nothing changed since run {known.run_id}; --force fits again")
                return RunResult(known, reused=True)
            with store.draft(options.store, manifest.digest(inputs), started) as draft:
                run = _write_run(draft, stage, options, evidence, priors, questions, settings, inputs, started)
                return RunResult(run, reused=False)


def check_options(options: ForecastOptions) -> None:
    """Refuse what can be refused before anything is read."""
    parse_quarter(options.horizon)


def _scenarios(options: ForecastOptions) -> dict[str, "Scenario"]:
    """Read the scenarios asked for, the baseline first: a fault in one is told before the fit, not after it."""
    from hbm_model.policy.scenario import load_scenarios, select
    from hbm_model.policy.state import policy_home

    known = load_scenarios(policy_home(options.data), options.scenario_files)
    return select(known, options.scenarios, options.scenario_files)


def _check_horizon(horizon: str, as_of: date) -> None:
    today = quarter_label(decimal_year(as_of))
    farthest = f"{as_of.year + FARTHEST_YEARS}Q4"
    if not parse_quarter(today) < parse_quarter(horizon) <= parse_quarter(farthest):
        raise InputError(f"--horizon {horizon} must lie after {today}, the as-of date's quarter, and by {farthest}")


def _settings(options: ForecastOptions) -> "FitSettings":
    from hbm_model.fit import FitSettings

    given = {name: getattr(options, name) for name in ("draws", "tune", "chains", "seed")}
    return FitSettings(quick=options.quick, **{name: value for name, value in given.items() if value is not None})


def _inputs(
    options: ForecastOptions,
    evidence: "Evidence",
    priors: "Priors",
    scenarios: Mapping[str, "Scenario"],
    questions: Sequence["Question"],
    settings: "FitSettings",
) -> dict[str, Any]:
    """Return everything that determines the numbers of a run."""
    from hbm_model.policy.state import policy_in_force
    from hbm_model.questions import digest_of

    policy = policy_in_force(options.data, evidence.as_of)
    return {
        "evidence": evidence.digest,
        "as_of": str(evidence.as_of),
        "observed_through": str(evidence.observed_through),
        "priors": priors.digest,
        "code": manifest.code_digest(),
        "settings": asdict(settings),
        "policy": manifest.digest(policy.to_dict()),
        "scenarios": {name: manifest.digest(asdict(replace(each, source=""))) for name, each in scenarios.items()},
        "questions": manifest.digest(digest_of(questions)),
        "horizon": options.horizon,
        "versions": manifest.versions(),
    }


def _write_run(
    draft: store.Draft,
    stage: _Stages,
    options: ForecastOptions,
    evidence: "Evidence",
    priors: "Priors",
    questions: Sequence["Question"],
    settings: "FitSettings",
    inputs: Mapping[str, Any],
    started: datetime,
) -> store.Run:
    from hbm_model.fit import fit
    from hbm_model.forecast import forecast

    def record() -> dict[str, Any]:
        return _manifest(options, inputs, settings, started, stage.seconds)

    with stage("fit", "fitting the joint model"):
        fitted = fit(evidence, settings, priors)
    with stage("save", "saving the posterior"):
        fitted.save(draft.path / "posterior.nc")
        _write_json(draft.path / "diagnostics.json", fitted.diagnostics.to_dict())
    if not fitted.diagnostics.passed:
        run = store.reject(draft, record())
        faults = "; ".join(fitted.diagnostics.failures)
        raise GateError(f"the fit failed its quality gate and was not published: {faults}. It is kept in {run.path}")
    with stage("forecast", f"forecasting to {options.horizon}"):
        made = forecast(
            fitted,
            scenarios=list(inputs["scenarios"]),
            horizon=options.horizon,
            files=options.scenario_files,
            data=options.data,
            questions=questions,
        )
        _write_tables(draft.path, made)
        seal = _write_answers(draft, made, questions, evidence.as_of)
    with stage("charts", "drawing the charts"):
        _draw(draft.path / "charts", evidence, fitted, made)
    return store.publish(draft, record() | {"ledger": seal})


def _write_tables(folder: Path, made: "Forecast") -> None:
    made.frame.to_parquet(folder / "forecast.parquet", index=False)
    made.draws_frame().to_parquet(folder / "draws.parquet", index=False)
    made.contrasts.to_parquet(folder / "contrasts.parquet", index=False)


def _write_answers(
    draft: store.Draft, made: "Forecast", questions: Sequence["Question"], as_of: date
) -> dict[str, str]:
    """Write the answers to questions, what to watch, and the run's entry of the ledger; returns the entry's seal."""
    from hbm_model.questions import probabilities
    from hbm_model.watch import watch

    asked = probabilities(made, questions)
    asked.to_parquet(draft.path / "questions.parquet", index=False)
    watch(made, questions).to_parquet(draft.path / "watch.parquet", index=False)
    return ledger.write(draft, ledger.dated(made.frame, asked, questions, as_of, made.horizon))


def _draw(folder: Path, evidence: "Evidence", fitted: "Fit", made: "Forecast") -> None:
    from hbm_model.charts import write_charts

    folder.mkdir()
    write_charts(folder, evidence, fitted, made)


def _manifest(
    options: ForecastOptions,
    inputs: Mapping[str, Any],
    settings: "FitSettings",
    started: datetime,
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    return {
        "quick": options.quick,
        "as_of": inputs["as_of"],
        "observed_through": inputs["observed_through"],
        "seed": settings.seed,
        "inputs": manifest.digest(inputs),
        "hashes": {name: inputs[name] for name in ("evidence", "priors", "policy", "code")}
        | {
            "config": manifest.digest(
                {name: inputs[name] for name in ("settings", "scenarios", "questions", "horizon")}
            )
        },
        "data": "bundled" if options.data is None else str(options.data),
        "options": {name: inputs[name] for name in ("settings", "horizon")}
        | {"scenarios": list(inputs["scenarios"]), "force": options.force},
        "versions": inputs["versions"],
        "machine": manifest.machine(),
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": dict(seconds),
        "peak_memory_mb": manifest.peak_memory_mb(),
    }


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
