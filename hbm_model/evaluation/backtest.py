"""Backtest: what the model would have said on earlier days, scored against what was claimed later.

Each origin is a job of its own. The evidence is cut to that day and the model fitted. The model and the baselines
forecast everything that was claimed later, and the forecasts are scored. A job leaves its fit and its tables in a
folder of its own, so that a study which was stopped goes on where it was.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hbm_model.core import parallel
from hbm_model.core.errors import InputError
from hbm_model.core.progress import ADVANCED, Report, silent, stage
from hbm_model.core.version import __version__
from hbm_model.evaluation import baselines, negative_controls
from hbm_model.evaluation.history import history
from hbm_model.evaluation.scores import Predictive, score
from hbm_model.evaluation.targets import targets
from hbm_model.evidence import Evidence, load_evidence
from hbm_model.evidence.questions import load_outcomes, load_questions
from hbm_model.forecasting.answers import probabilities
from hbm_model.forecasting.forecast import forecast
from hbm_model.inference.fit import Fit, FitSettings, fit, load_fit
from hbm_model.model.observations import observe
from hbm_model.policy.policy import in_force_on, policy_home
from hbm_model.policy.scenarios import read_policy_inputs

MODEL, MODEL_RAW = "model", "model, raw"
"""The model's forecasts of what would be claimed, and of what is so, taken for what would be claimed."""
EARLY = date(2022, 12, 31)
VARIANTS = ("published", "early_priors", *negative_controls.CONTROLS)
"""How an origin is forecast: with the priors as published; with those that could be set at the end of 2022, where a
prior that rests on later knowledge gives way to a vaguer one; and the negative controls, with spoiled evidence."""
HORIZON = "2032Q4"
_DRAWS = 1000
_EARLY_TARGET = 0.97
"""Acceptance target of fits with early priors, which are wide: smaller steps, for fewer divergences."""
_LAST_FILE = "origin.json"
"""Written when everything else stands."""


@dataclass(frozen=True)
class Origin:
    """One job: a day, a variant, and where its results go.

    Attributes
    ----------
    day
        The as-of date of the vintage.
    out
        Folder of the study.
    variant
        One of :data:`VARIANTS`.
    data
        Data folder (None: the bundled one).
    until
        The day up to which later claims are known (None: today).
    settings
        Of the fit.
    """

    day: date
    out: Path
    variant: str = "published"
    data: Path | None = None
    until: date | None = None
    settings: FitSettings = field(default_factory=lambda: FitSettings(cores=1))

    @property
    def folder(self) -> Path:
        """Where this origin's results go."""
        return self.out / self.variant / self.day.isoformat()


def origins(first: date, last: date, months: int) -> list[date]:
    """Month ends from the first day to the last, every so many months.

    Parameters
    ----------
    first, last
        The span, both days included.
    months
        Step, 1 or more.

    Raises
    ------
    InputError
        If no month end lies in the span, or the step is below 1.
    """
    if months < 1:
        raise InputError(f"every {months} months is no step; give 1 or more, such as 6M")
    days = pd.date_range(first, last, freq=pd.offsets.MonthEnd(months))
    if not len(days):
        raise InputError(f"no month end lies between {first} and {last}; give a longer span")
    return [day.date() for day in days]


def backtest(
    jobs: list[Origin],
    number: int | None = None,
    dask: str | None = None,
    report: Report = silent,
) -> list[Path]:
    """Run the jobs side by side; those whose results stand already are not run again.

    Parameters
    ----------
    jobs
        The origins; each writes into its own folder.
    number, dask
        Worker processes, or the address of a Dask scheduler (see :func:`hbm_model.core.parallel.run`).
    report
        Told how many origins are done (default: nobody is).

    Returns
    -------
    list[Path]
        The folders of all jobs, in order.
    """
    open_jobs = [job for job in jobs if not _done(job)]
    report(f"{len(jobs) - len(open_jobs)} of {len(jobs)} origins stand already")
    if open_jobs:
        total = len(open_jobs)
        with stage(report, "origins", f"fitting and scoring {total} origins"):
            for done, folder in enumerate(parallel.run(one_origin, open_jobs, number, dask), start=1):
                words = f"{done} of {total} done, {folder} the last"
                report(words, event=ADVANCED, stage="origins", done=done, total=total)
    return [job.folder for job in jobs]


def one_origin(job: Origin) -> Path:
    """Fit, forecast and score one origin; returns its folder.

    Parameters
    ----------
    job
        The origin. A fit of the same evidence, priors and settings in its folder is read, not made again.
    """
    evidence = load_evidence(job.until, job.data)
    seen = load_evidence(job.day, job.data)
    spoil = negative_controls.CONTROLS.get(job.variant)
    fitted = _fitted(job, seen if spoil is None else spoil(seen), evidence)
    seed = job.settings.seed
    asked, ours = targets(fitted, seen, evidence, _DRAWS, seed)
    known = history(seen)
    forecasts = {
        MODEL: Predictive(ours.claimed, ours.log_prob_claimed),
        MODEL_RAW: Predictive(ours.latent, ours.log_prob_latent),
    }
    if job.variant == "published":
        forecasts |= baselines.all_of(known, asked, seen.tables["external_forecasts"])
    scored = pd.concat(
        [score(asked, made, seed).assign(forecaster=name) for name, made in forecasts.items()], ignore_index=True
    )
    scored.to_parquet(job.folder / "scores.parquet", index=False)
    _answers(job, fitted).to_parquet(job.folder / "questions.parquet", index=False)
    facts = {
        "as_of": job.day.isoformat(),
        "variant": job.variant,
        "made": datetime.now(UTC).date().isoformat(),
        "version": __version__,
        "evidence": seen.digest,
        **_facts(fitted),
    }
    (job.folder / "origin.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return job.folder


def _done(job: Origin) -> bool:
    return (job.folder / _LAST_FILE).is_file()


def _fitted(job: Origin, evidence: Evidence, today: Evidence) -> Fit:
    """The job's fit: the one that a stopped study left, if it is of the same evidence, priors and settings.

    All origins are laid out for what is spoken of today, so that they share one compiled function. That says which
    years and DRAM nodes there are to be claims of, and nothing about them.
    """
    inputs, settings = read_policy_inputs(policy_home(job.data)), job.settings
    priors, policy = inputs.priors, in_force_on(inputs, evidence.as_of)
    if job.variant == "early_priors":
        priors, settings = priors.as_known(EARLY), replace(settings, target_accept=_EARLY_TARGET)
    path = job.folder / "posterior.nc"
    wanted = {"evidence": evidence.digest, "priors": priors.digest, "settings": asdict(settings)}
    if path.is_file():
        found = load_fit(path)
        if {**found.meta, "priors": found.priors.digest}.items() >= wanted.items():
            return found
    job.folder.mkdir(parents=True, exist_ok=True)
    layout = replace(
        observe(today, priors, in_force_on(inputs, today.as_of))[0],
        informed=observe(evidence, priors, policy)[0].informed,
    )
    made = fit(evidence, settings, priors, layout=layout, policy=policy, progress=False)
    made.save(unfinished := path.with_suffix(".part"))
    unfinished.replace(path)
    return made


def _answers(job: Origin, fitted: Fit) -> pd.DataFrame:
    """Probabilities of the questions that were open on the day, beside how they came out so far."""
    questions = load_questions(job.data)
    made = forecast(fitted, horizon=HORIZON, data=job.data, questions=questions)
    frame = probabilities(made.answers, questions)
    outcomes = load_outcomes(job.data)
    happened = [outcomes[q].happened if q in outcomes else None for q in frame["question"]]
    return frame.assign(happened=pd.array(happened, dtype="boolean"))


def _facts(fitted: Fit) -> dict[str, Any]:
    """What the record keeps of a fit: its gate, and what it thinks of each class of source."""
    posterior = fitted.data["posterior"]
    bias = {
        str(origin): [float(x) for x in np.quantile(posterior["yield_bias"].sel(origin=origin), [0.05, 0.5, 0.95])]
        for origin in posterior["origin"].to_numpy()
    }
    return {"diagnostics": fitted.diagnostics.to_dict(), "yield_bias": bias}
