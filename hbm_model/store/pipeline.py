"""One forecast from evidence to stored run: the only place that knows the order of the steps."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hbm_model.core import provenance
from hbm_model.core.dates import decimal_year, parse_quarter, quarter_label
from hbm_model.core.errors import GateError, InputError
from hbm_model.core.progress import FINISHED, STARTED, Report, silent
from hbm_model.core.signals import stoppable
from hbm_model.store import alerts, disk, ledger, reuse

if TYPE_CHECKING:
    from hbm_model.core.priors import Priors
    from hbm_model.evidence import Evidence
    from hbm_model.evidence.questions import Question
    from hbm_model.forecasting.forecast import Forecast
    from hbm_model.inference.fit import Fit, FitSettings
    from hbm_model.policy.policy import Policy
    from hbm_model.policy.scenarios import Scenario

FARTHEST_YEARS = 30  # beyond that the draws are extrapolation of extrapolation, and fill the memory


@dataclass(frozen=True)
class ForecastOptions:
    """What a forecast is asked for; None leaves a value to its owner's default.

    For scenarios None means all shipped ones, and in a quick run none beside the baseline.
    """

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
    store: Path = field(default_factory=disk.default_store)
    force: bool = False
    alert_if: tuple[str, ...] = ()

    @property
    def rules(self) -> list[alerts.Rule]:
        """The alerts asked for, read."""
        return [alerts.parse(text, self.horizon) for text in self.alert_if]


@dataclass(frozen=True)
class RunResult:
    """A published run, whether it was there already, and what became of each alert (nothing where it was)."""

    run: disk.Run
    reused: bool
    told: tuple[alerts.Alert, ...] = ()


@dataclass(frozen=True)
class _Work:
    """What is read before a run is made, and `inputs`: everything of it that determines the numbers."""

    options: ForecastOptions
    started: datetime
    request: str
    evidence: "Evidence"
    priors: "Priors"
    policy: "Policy"
    questions: Sequence["Question"]
    settings: "FitSettings"
    inputs: Mapping[str, Any]


class _Stages:
    """Times each step, says what begins, and lets a signal that a step swallowed end the work after it."""

    def __init__(self, report: Report, check_stopped: Callable[[], None]) -> None:
        self.seconds: dict[str, float] = {}
        self._report = report
        self._check_stopped = check_stopped

    @contextmanager
    def __call__(self, name: str, words: str) -> Iterator[None]:
        self._report(words, event=STARTED, stage=name)
        start = time.perf_counter()
        try:
            yield
        finally:  # a step that was cut short may as well fail over what is missing; the signal is the reason to give
            self._check_stopped()
        self.seconds[name] = round(time.perf_counter() - start, 2)
        self._report(f"{name} took {self.seconds[name]} s", event=FINISHED, stage=name, seconds=self.seconds[name])


def run_forecast(options: ForecastOptions, report: Report = silent) -> RunResult:
    """Read the evidence, fit, check, forecast, draw and store.

    The same inputs (evidence, as-of date, priors, code, settings, versions) are not run twice: the published run is
    returned, unless `options.force`. Where the fit alone would read what an earlier one read, that one is used again.

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
    options = replace(options, as_of=options.as_of or date.today())
    with stoppable() as check_stopped:
        stage = _Stages(report, check_stopped)
        request = _request(options)
        if not options.force and (known := reuse.published_as_asked(options.store, request)) is not None:
            return _unchanged(known, report)
        work = _prepared(options, request, stage)
        digest = provenance.digest(work.inputs)
        with disk.locked(options.store):
            known = None if options.force else disk.find_published(options.store, digest)
            if known is not None:
                return _unchanged(known, report)
            with disk.draft(options.store, digest, work.started) as draft:
                run, told = _write_run(draft, stage, work)
                report(f"published run {run.run_id}", event="run_published", run_id=run.run_id)
                return RunResult(run, reused=False, told=tuple(told))


def _unchanged(known: disk.Run, report: Report) -> RunResult:
    words = f"nothing changed since run {known.run_id}; --force fits again"
    report(words, event="run_unchanged", run_id=known.run_id)
    return RunResult(known, reused=True)


def _request(options: ForecastOptions) -> str:
    """Digest of what is asked for, of which the numbers depend: not of where it is stored."""
    elsewhere = ("data", "scenario_files", "store", "force", "alert_if")
    asked = {name: value for name, value in asdict(options).items() if name not in elsewhere}
    return reuse.request_digest(asked, options.data, options.scenario_files)


def _prepared(options: ForecastOptions, request: str, stage: _Stages) -> _Work:
    """Read and check everything that a run reads, before anything that takes long."""
    started = datetime.now(UTC)
    with stage("evidence", "reading the evidence"):
        from hbm_model.core.priors import load_priors
        from hbm_model.evidence import load_evidence
        from hbm_model.evidence.questions import load_questions
        from hbm_model.policy.policy import policy_home, policy_in_force

        scenarios = _scenarios(options)
        evidence = load_evidence(as_of=options.as_of, data=options.data)
        priors = load_priors(policy_home(options.data))
        questions = load_questions(options.data)
        policy = policy_in_force(options.data, evidence.as_of)
        _check_horizon(options.horizon, evidence.as_of)
        alerts.check_questions(options.rules, [each.id for each in questions])
    with stage("imports", "loading PyMC"):
        settings = _settings(options)
        inputs = _inputs(options, evidence, priors, policy, scenarios, questions, settings)
    return _Work(options, started, request, evidence, priors, policy, questions, settings, inputs)


def check_options(options: ForecastOptions) -> None:
    """Refuse what can be refused before anything is read."""
    parse_quarter(options.horizon)
    _ = options.rules


def _scenarios(options: ForecastOptions) -> dict[str, "Scenario"]:
    """Read the scenarios asked for, the baseline first: a fault in one is told before the fit, not after it."""
    from hbm_model.policy.policy import policy_home
    from hbm_model.policy.scenarios import load_scenarios, select

    known = load_scenarios(policy_home(options.data), options.scenario_files)
    asked = () if options.quick and options.scenarios is None else options.scenarios
    return select(known, asked, options.scenario_files)


def _check_horizon(horizon: str, as_of: date) -> None:
    today = quarter_label(decimal_year(as_of))
    farthest = f"{as_of.year + FARTHEST_YEARS}Q4"
    if not parse_quarter(today) < parse_quarter(horizon) <= parse_quarter(farthest):
        raise InputError(f"--horizon {horizon} must lie after {today}, the as-of date's quarter, and by {farthest}")


def _settings(options: ForecastOptions) -> "FitSettings":
    from hbm_model.inference.fit import FitSettings

    given = {name: getattr(options, name) for name in ("draws", "tune", "chains", "seed")}
    return FitSettings(quick=options.quick, **{name: value for name, value in given.items() if value is not None})


def _inputs(
    options: ForecastOptions,
    evidence: "Evidence",
    priors: "Priors",
    policy: "Policy",
    scenarios: Mapping[str, "Scenario"],
    questions: Sequence["Question"],
    settings: "FitSettings",
) -> dict[str, Any]:
    """Return everything that determines the numbers of a run."""
    from hbm_model.evidence.questions import digest_of

    standing = {name: value for name, value in policy.to_dict().items() if name != "as_of"}
    return {
        "evidence": evidence.digest,
        "as_of": str(evidence.as_of),
        "observed_through": str(evidence.observed_through),
        "priors": priors.digest,
        "code": provenance.code_digest(),
        "settings": asdict(settings),
        "policy": provenance.digest(standing),
        "scenarios": {name: provenance.digest(asdict(replace(each, source=""))) for name, each in scenarios.items()},
        "questions": provenance.digest(digest_of(questions)),
        "horizon": options.horizon,
        "versions": provenance.versions(),
    }


def _write_run(draft: disk.Draft, stage: _Stages, work: _Work) -> tuple[disk.Run, list[alerts.Alert]]:
    from hbm_model.forecasting.forecast import forecast

    fitted, sampled_in = _fit(draft, stage, work)

    def record() -> dict[str, Any]:
        return _manifest(work, stage.seconds, sampled_in)

    with stage("save", "saving the posterior"):
        fitted.save(draft.path / reuse.POSTERIOR)
        _write_json(draft.path / "diagnostics.json", fitted.diagnostics.to_dict())
    if not fitted.diagnostics.passed:
        run = disk.reject(draft, record())
        faults = "; ".join(fitted.diagnostics.failures)
        raise GateError(f"the fit failed its quality gate and was not published: {faults}. It is kept in {run.path}")
    with stage("forecast", f"forecasting to {work.options.horizon}"):
        made = forecast(
            fitted,
            scenarios=list(work.inputs["scenarios"]),
            horizon=work.options.horizon,
            files=work.options.scenario_files,
            data=work.options.data,
            questions=work.questions,
        )
        _write_tables(draft.path, made)
        seal = _write_answers(draft, made, work.questions, work.evidence.as_of)
        told = _write_alerts(draft, work.options.rules)
    with stage("charts", "drawing the charts"):
        _draw(draft.path / "charts", work, fitted, made)
    return disk.publish(draft, record() | {"ledger": seal}), told


def _fit(draft: disk.Draft, stage: _Stages, work: _Work) -> tuple["Fit", str]:
    """Return the fit, and the id of the run that sampled it: this one, or an earlier one that read the same."""
    earlier = None if work.options.force else reuse.earlier_fit(draft.store, reuse.fit_digest(work.inputs))
    if earlier is not None:
        with stage("fit", f"taking the fit of run {earlier.run_id}: nothing that it read has changed"):
            return reuse.take_fit(earlier, work.policy, work.evidence.as_of), reuse.sampled_in(earlier)
    from hbm_model.inference.fit import fit

    with stage("fit", "fitting the joint model"):
        return fit(work.evidence, work.settings, work.priors), draft.run_id


def _write_tables(folder: Path, made: "Forecast") -> None:
    made.frame.to_parquet(folder / "forecast.parquet", index=False)
    made.draws_frame().to_parquet(folder / "draws.parquet", index=False)
    made.contrasts.to_parquet(folder / "contrasts.parquet", index=False)


def _write_answers(draft: disk.Draft, made: "Forecast", questions: Sequence["Question"], as_of: date) -> dict[str, str]:
    """Write the answers to questions, what to watch, and the run's entry of the ledger; returns the entry's seal."""
    from hbm_model.analysis.watch import watch
    from hbm_model.forecasting.answers import probabilities

    asked = probabilities(made.answers, questions)
    asked.to_parquet(draft.path / "questions.parquet", index=False)
    watch(made, questions).to_parquet(draft.path / "watch.parquet", index=False)
    return ledger.write(draft, ledger.dated(made.frame, asked, questions, as_of, made.horizon))


def _write_alerts(draft: disk.Draft, rules: Sequence[alerts.Rule]) -> list[alerts.Alert]:
    """Write what moved since the newest published run, where anybody wants to know; returns it."""
    if not rules:
        return []
    before = disk.newest(draft.store)
    told = alerts.evaluate(rules, before, draft.path)
    alerts.write(draft.path / alerts.FILE, told, before, draft.run_id)
    return told


def _draw(folder: Path, work: _Work, fitted: "Fit", made: "Forecast") -> None:
    from hbm_model.charts import write_charts
    from hbm_model.charts.catalogue import FIRST_LOOK

    folder.mkdir()
    formats, names = (("png",), FIRST_LOOK) if work.options.quick else (("svg", "png"), ())
    write_charts(folder, work.evidence, fitted, made, formats, run_id=folder.parent.name, names=names)


def _manifest(work: _Work, seconds: Mapping[str, float], sampled_in: str) -> dict[str, Any]:
    options, inputs = work.options, work.inputs
    return {
        "quick": options.quick,
        "as_of": inputs["as_of"],
        "observed_through": inputs["observed_through"],
        "seed": work.settings.seed,
        "inputs": provenance.digest(inputs),
        reuse.REQUEST: work.request,
        reuse.FIT: {"inputs": reuse.fit_digest(inputs), "sampled_in": sampled_in},
        "hashes": {name: inputs[name] for name in ("evidence", "priors", "policy", "code")}
        | {
            "config": provenance.digest(
                {name: inputs[name] for name in ("settings", "scenarios", "questions", "horizon")}
            )
        },
        "data": "bundled" if options.data is None else str(options.data),
        "options": {name: inputs[name] for name in ("settings", "horizon")}
        | {"scenarios": list(inputs["scenarios"]), "force": options.force},
        "versions": inputs["versions"],
        "machine": provenance.machine(),
        "started": work.started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": dict(seconds),
        "peak_memory_mb": provenance.peak_memory_mb(),
    }


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
