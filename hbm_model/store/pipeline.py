"""One forecast from evidence to stored run: the only place that knows the order of the steps."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hbm_model.core import progress, provenance
from hbm_model.core.dates import decimal_year, parse_quarter, quarter_label
from hbm_model.core.errors import GateError, InputError
from hbm_model.core.progress import Report, silent
from hbm_model.core.signals import stoppable
from hbm_model.store import alerts, disk, files, ledger, reuse
from hbm_model.store.alerts import Alert
from hbm_model.store.inputs import Inputs, read_inputs
from hbm_model.store.manifest import Manifest, Record, Seal
from hbm_model.store.stored import StoredRun

if TYPE_CHECKING:
    import pandas as pd

    from hbm_model.forecasting.forecast import Forecast
    from hbm_model.inference.fit import Fit, FitSettings

FARTHEST_YEARS = 30  # beyond that the draws are extrapolation of extrapolation, and fill the memory


@dataclass(frozen=True)
class ForecastOptions:
    """What a forecast is asked for; None leaves a value to its owner's default.

    Attributes
    ----------
    as_of
        Only claims published by this day are read (default: today).
    data
        A data folder; None for the bundled one.
    scenarios
        Names beside the baseline; None for all of the folder, and in a quick run for none.
    scenario_files
        Scenario files of one's own, all of which are forecast.
    horizon
        The last quarter.
    draws, tune, chains, seed
        Of the sampler, as in :class:`hbm_model.inference.fit.FitSettings`.
    quick
        Whether to fit with few draws and a looser gate.
    store
        Where the run is kept.
    force
        Whether to fit again though nothing changed.
    alert_if
        Expressions of :mod:`hbm_model.store.alerts`.
    workers
        Processes that draw the charts, as in :func:`hbm_model.charts.write_charts`.
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
    workers: int = 1

    @property
    def rules(self) -> list[alerts.Rule]:
        """The alerts asked for, read."""
        return [alerts.parse(text, self.horizon) for text in self.alert_if]


@dataclass(frozen=True)
class RunResult:
    """A published run, whether it was there already, and what became of each alert (nothing where it was)."""

    run: disk.Run
    reused: bool
    alerts: tuple[Alert, ...] = ()


@dataclass(frozen=True)
class _Work:
    """What is read before a run is made, and `decisive`: everything that determines its numbers, as plain values."""

    options: ForecastOptions
    started: datetime
    request: str
    inputs: Inputs
    settings: "FitSettings"
    decisive: Mapping[str, Any]


class _Stages:
    """Times each step, hands on what is said, and lets a signal that a step swallowed end the work at the next word."""

    def __init__(self, report: Report, check_stopped: Callable[[], None]) -> None:
        self.seconds: dict[str, float] = {}
        self._report = report
        self._check_stopped = check_stopped

    @contextmanager
    def __call__(self, name: str, words: str) -> Iterator[None]:
        with progress.stage(self._report, name, words) as took:
            try:
                yield
            finally:  # a step cut short may as well fail over what is missing; the signal is the reason to give
                self._check_stopped()
        self.seconds[name] = took.seconds

    def report(self, words: str, /, *, event: str = progress.NOTE, **facts: Any) -> None:
        """Hand on what a step says."""
        self._check_stopped()
        self._report(words, event=event, **facts)


def run_forecast(options: ForecastOptions, report: Report = silent) -> RunResult:
    """Read the evidence, fit, check, forecast, draw and store.

    The same inputs (evidence, as-of date, priors, code, settings, versions) are not run twice: the published run is
    returned, unless `options.force`. Where the fit would read what an earlier one read, the earlier fit is used again.

    Parameters
    ----------
    options
        What is asked for.
    report
        Called as each step begins and ends (default: says nothing).

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
        if not options.force and (earlier := reuse.published_as_asked(options.store, request)) is not None:
            return _unchanged(earlier, report)
        work = _prepared(options, request, stage)
        digest = provenance.digest(work.decisive)
        with disk.locked(options.store):
            earlier = None if options.force else disk.find_published(options.store, digest)
            if earlier is not None:
                return _unchanged(earlier, report)
            with disk.draft(options.store, digest, work.started) as draft:
                run, outcomes = _write_run(draft, stage, work)
                report(f"published run {run.run_id}", event="run_published", run_id=run.run_id)
                return RunResult(run, reused=False, alerts=tuple(outcomes))


def _unchanged(run: disk.Run, report: Report) -> RunResult:
    words = f"nothing changed since run {run.run_id}; --force fits again"
    report(words, event="run_unchanged", run_id=run.run_id)
    return RunResult(run, reused=True)


def _request(options: ForecastOptions) -> str:
    """Digest of what is asked for, of which the numbers depend: not of where it is stored."""
    elsewhere = ("data", "scenario_files", "store", "force", "alert_if", "workers")
    asked = {name: value for name, value in asdict(options).items() if name not in elsewhere}
    return reuse.request_digest(asked, options.data, options.scenario_files)


def _prepared(options: ForecastOptions, request: str, stage: _Stages) -> _Work:
    """Read and check everything that a run reads, before anything that takes long."""
    started = datetime.now(UTC)
    with stage("evidence", "reading the evidence"):
        names = () if options.quick and options.scenarios is None else options.scenarios
        as_of = options.as_of or date.today()
        inputs = read_inputs(as_of, options.data, names, options.scenario_files)
        _check_horizon(options.horizon, inputs.evidence.as_of)
        alerts.check_questions(options.rules, [question.id for question in inputs.questions])
    with stage("imports", "loading the model"):
        settings = _settings(options)
        decisive = {
            **inputs.digests,
            "code": provenance.code_digest(),
            "settings": asdict(settings),
            "horizon": options.horizon,
            "versions": provenance.versions(),
        }
    return _Work(options, started, request, inputs, settings, decisive)


def check_options(options: ForecastOptions) -> None:
    """Refuse what can be refused before anything is read.

    Parameters
    ----------
    options
        Only the form of its horizon and alerts is checked.

    Raises
    ------
    InputError
        The horizon is no quarter, or an alert names no number of a forecast to it.
    """
    parse_quarter(options.horizon)
    _ = options.rules


def _check_horizon(horizon: str, as_of: date) -> None:
    today = quarter_label(decimal_year(as_of))
    farthest = f"{as_of.year + FARTHEST_YEARS}Q4"
    if not parse_quarter(today) < parse_quarter(horizon) <= parse_quarter(farthest):
        raise InputError(f"--horizon {horizon} must lie after {today}, the as-of date's quarter, and by {farthest}")


def _settings(options: ForecastOptions) -> "FitSettings":
    from hbm_model.inference.fit import FitSettings

    given = {name: getattr(options, name) for name in ("draws", "tune", "chains", "seed")}
    return FitSettings(quick=options.quick, **{name: value for name, value in given.items() if value is not None})


def _write_run(draft: disk.Draft, stage: _Stages, work: _Work) -> tuple[disk.Run, list[Alert]]:
    from hbm_model.charts.catalogue import DRAWN
    from hbm_model.forecasting.answers import probabilities
    from hbm_model.forecasting.forecast import forecast_from
    from hbm_model.store.draws import DrawsFile

    inputs = work.inputs
    fitted, sampled_in = _fit(draft, stage, work)

    def manifest() -> Manifest:
        return _manifest(work, stage.seconds, sampled_in)

    with stage("save", "saving the posterior"):
        fitted.save(draft.path / files.POSTERIOR)
        _write_json(draft.path / files.DIAGNOSTICS, fitted.diagnostics.to_dict())
    if not fitted.diagnostics.passed:
        run = disk.reject(draft, manifest())
        faults = "; ".join(fitted.diagnostics.failures)
        raise GateError(f"the fit failed its quality gate and was not published: {faults}. It is kept in {run.path}")
    with stage("forecast", f"forecasting to {work.options.horizon}"):
        horizon, report = work.options.horizon, stage.report
        with DrawsFile(draft.path / files.DRAWS, inputs.asked, needed=DRAWN) as drawn:
            forecast = forecast_from(
                fitted, inputs.scenarios, inputs.asked, horizon, inputs.questions, report, drawn.keep
            )
        _write_tables(draft.path, forecast)
        answers = probabilities(forecast.answers, inputs.questions)
        seal = _write_answers(draft, replace(forecast, headline=drawn.first), answers, inputs)
        outcomes = _write_alerts(draft, work.options.rules, forecast.frame, answers)
    with stage("charts", "drawing the charts"):
        _draw(draft.path / files.CHARTS, work, fitted, forecast, stage.report)
    return disk.publish(draft, manifest().with_seal(seal)), outcomes


def _fit(draft: disk.Draft, stage: _Stages, work: _Work) -> tuple["Fit", str]:
    """Return the fit, and the id of the run that sampled it: this one, or an earlier one that read the same."""
    inputs = work.inputs
    earlier = None if work.options.force else reuse.earlier_fit(draft.store, reuse.fit_digest(work.decisive))
    if earlier is not None:
        with stage("fit", f"taking the fit of run {earlier.run_id}: nothing that it read has changed"):
            return reuse.take_fit(earlier, inputs.policy, inputs.evidence.as_of), reuse.sampled_in(earlier)
    from hbm_model.inference.fit import fit

    with stage("fit", "fitting the joint model"):
        made = fit(inputs.evidence, work.settings, inputs.priors, policy=inputs.policy, progress=stage.report)
        return made, draft.run_id


def _write_tables(folder: Path, forecast: "Forecast") -> None:
    forecast.frame.to_parquet(folder / files.FORECAST, index=False)
    forecast.contrasts.to_parquet(folder / files.CONTRASTS, index=False)


def _write_answers(draft: disk.Draft, forecast: "Forecast", answers: "pd.DataFrame", inputs: Inputs) -> Seal:
    """Write the answers to questions, what to watch, and the run's entry of the ledger; returns the entry's seal."""
    from hbm_model.analysis.watch import watch

    answers.to_parquet(draft.path / files.QUESTIONS, index=False)
    watch(forecast, inputs.questions).to_parquet(draft.path / files.WATCH, index=False)
    entry = ledger.dated(forecast.frame, answers, inputs.questions, inputs.evidence.as_of, forecast.horizon)
    return ledger.write(draft, entry)


def _write_alerts(
    draft: disk.Draft, rules: Sequence[alerts.Rule], frame: "pd.DataFrame", answers: "pd.DataFrame"
) -> list[Alert]:
    """Write what moved since the newest published run, where anybody wants to know; returns it."""
    if not rules:
        return []
    newest = disk.newest(draft.store)
    before = None if newest is None else StoredRun(newest)
    outcomes = alerts.evaluate(rules, before, frame, answers)
    alerts.write(draft.path / files.ALERTS, outcomes, before, draft.run_id)
    return outcomes


def _draw(folder: Path, work: _Work, fitted: "Fit", forecast: "Forecast", report: Report) -> None:
    from hbm_model.charts import write_charts
    from hbm_model.charts.catalogue import FIRST_LOOK

    folder.mkdir()
    formats, names = (("png",), FIRST_LOOK) if work.options.quick else (("svg", "png"), ())
    write_charts(
        folder, work.inputs.evidence, fitted, forecast, formats, run_id=folder.parent.name, names=names,
        report=report, workers=work.options.workers,
    )  # fmt: skip


def _manifest(work: _Work, seconds: Mapping[str, float], sampled_in: str) -> Manifest:
    return Record(
        decisive=work.decisive,
        request=work.request,
        fit_inputs=reuse.fit_digest(work.decisive),
        sampled_in=sampled_in,
        scenarios=work.inputs.asked,
        data=work.options.data,
        force=work.options.force,
        started=work.started,
        seconds=seconds,
    ).manifest()


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
