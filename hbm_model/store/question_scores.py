"""How stored forecasts of dated questions came out, beside other forecasters'."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hbm_model.core.errors import StoreError
from hbm_model.core.tables import records
from hbm_model.evidence import load
from hbm_model.evidence.check import read_folder
from hbm_model.evidence.questions import SHARES, Question, Settled, outcomes_of, question_folder, questions_of
from hbm_model.forecasting.answers import why_not
from hbm_model.store import ledger
from hbm_model.store.disk import Run
from hbm_model.store.stored import StoredRun

LEAST = 5e-4
"""The log score takes no probability for smaller, or larger than one less this: some thousand draws know no better."""


_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": lambda value, threshold: value < threshold,
    "<=": lambda value, threshold: value <= threshold,
    ">": lambda value, threshold: value > threshold,
    ">=": lambda value, threshold: value >= threshold,
}


@dataclass(frozen=True)
class Listed:
    """One question with the baseline's probability in a run.

    Attributes
    ----------
    id, question, closes
        Of the question.
    probability
        Of a yes; None where the run gives none.
    mc_error
        Monte-Carlo standard error of the probability; None without one.
    reason
        Why there is no probability; empty where there is one, or no run.
    outcome
        `yes` or `no`; empty while the question is not settled.
    """

    id: str
    question: str
    closes: date
    probability: float | None
    mc_error: float | None
    reason: str
    outcome: str


@dataclass(frozen=True)
class Score:
    """Mean scores of one forecaster's probabilities over settled questions.

    Attributes
    ----------
    name
        A run, or another forecaster.
    as_of
        The run's as-of date; empty for others.
    n, yes
        How many forecasts were scored, and of how many the question came true.
    brier, log_score
        Smaller is better; a forecast of one half has 0.25 and 0.69. Other forecasters have no log score.
    ours
        Our Brier score of the same questions at the same time, beside another forecaster's.
    """

    name: str
    as_of: str
    n: int
    yes: int
    brier: float
    log_score: float | None
    ours: float | None = None


@dataclass(frozen=True)
class Scores:
    """Scores by run, and of other forecasters.

    Attributes
    ----------
    runs, others
        Scores of the runs, oldest first, and of other forecasters by name.
    chain
        Hash that ends the ledger.
    faults
        What is wrong with the ledger.
    """

    runs: tuple[Score, ...]
    others: tuple[Score, ...]
    chain: str
    faults: tuple[str, ...]


def listed(run: StoredRun | None, data: Path | None = None) -> list[Listed]:
    """Return every question, the next to close first, with the probability of the run's baseline.

    Parameters
    ----------
    run
        Where the probabilities come from; None leaves them out.
    data
        The data folder of questions and outcomes; None for the bundled one.
    """
    folder = question_folder(read_folder(data))
    outcomes, probabilities = outcomes_of(folder), {} if run is None else _probabilities(run)

    def row(question: Question) -> Listed:
        settled = outcomes.get(question.id)
        probability, error = probabilities.get(question.id, (None, None))
        reason = "" if probability is not None else _reason(question, run)
        outcome = "" if settled is None else ("yes" if settled.happened else "no")
        return Listed(question.id, question.question, question.closes, probability, error, reason, outcome)

    in_order = sorted(questions_of(folder), key=lambda question: (question.closes, question.id))
    return [row(question) for question in in_order]


def scores(root: Path, data: Path | None = None) -> Scores:
    """Score every run of a store whose forecasts were made before the outcomes were known.

    The ledger is scored, not the runs' other files. A forecast made on or after the day on which the outcome was known
    does not count. Another forecaster counts with what was published by a run's as-of date: a probability, or a date or
    value at its word, as 0 or 1, where it decides the question.

    Parameters
    ----------
    root
        The store's folder.
    data
        The data folder of questions, outcomes and other forecasts; None for the bundled one.

    Raises
    ------
    InputError
        The questions or the evidence are wrong.
    StoreError
        An entry of the ledger was changed.
    """
    chain = ledger.follow(root)
    folder = read_folder(data)
    asks = question_folder(folder)
    questions = {question.id: question for question in questions_of(asks)}
    outcomes = outcomes_of(asks)
    published = load.vintage_of(folder, folder.read_on).tables["external_forecasts"]
    forecasts = pd.DataFrame(
        [row for run in chain.entries for row in _settled(run, outcomes)],
        columns=["run", "as_of", "question", "ours", "happened"],
    )
    runs = [_score(str(run), str(rows["as_of"].iloc[0]), rows, "ours") for run, rows in forecasts.groupby("run")]
    rivals = pd.DataFrame(
        list(_rivals(forecasts, questions, published)), columns=["forecaster", "question", "ours", "theirs", "happened"]
    )
    others = [_score(str(name), "", rows, "theirs") for name, rows in rivals.groupby("forecaster")]
    return Scores(tuple(runs), tuple(others), chain.end, chain.faults)


def at_its_word(question: Question, forecast: Mapping[str, Any]) -> float | None:
    """Probability that a row of `external_forecasts` gives to a question; None where it leaves the question open.

    A window of dates that ends by the closing day is a yes, one that begins after it a no. A value or range is a yes or
    a no where all of it lies on one side of the threshold.

    Parameters
    ----------
    question
        Its quantity, comparison, threshold and closing day are read.
    forecast
        Row by column: ``probability``, ``target_start`` and ``target_end``, or ``low`` and ``high`` in the table's unit
        (shares in percent).
    """
    if not pd.isna(forecast["probability"]):
        return float(forecast["probability"])
    if question.comparison == "before":
        if forecast["target_end"].date() <= question.closes:
            return 1.0
        return 0.0 if forecast["target_start"].date() > question.closes else None
    unit = 100.0 if question.quantity in SHARES else 1.0
    ends = [forecast[end] / unit for end in ("low", "high") if not pd.isna(forecast[end])]
    if len(ends) < 2 or question.threshold is None:  # an open end leaves one side of the threshold open
        return _one_sided(question, forecast, unit)
    inside = {_COMPARE[question.comparison](end, question.threshold) for end in ends}
    return float(inside.pop()) if len(inside) == 1 else None


def _probabilities(run: StoredRun) -> dict[str, tuple[float, float]]:
    """Probability and Monte-Carlo error of a run's baseline, by question."""
    frame = run.answers[run.answers["scenario"] == "baseline"]
    values = zip(frame["probability"].astype(float), frame["mc_error"].astype(float), strict=True)
    return dict(zip(frame["question"], values, strict=True))


def _reason(question: Question, run: StoredRun | None) -> str:
    if run is None:
        return ""
    return why_not(question, run.manifest.as_of, run.manifest.horizon) or "not asked of this run"


def _settled(run: Run, outcomes: Mapping[str, Settled]) -> Iterator[tuple[str, date, str, float, bool]]:
    """Yield the probabilities of an entry that have an outcome which was not known yet."""
    try:
        rows = ledger.read(run)
    except StoreError as fault:
        raise StoreError(f"nothing was scored: {fault}") from None
    yes = rows[(rows["output_type"] == "pmf") & (rows["output_type_id"] == "yes")]
    for row in yes.to_dict("records"):
        name, as_of = str(row["target"]).removeprefix(ledger.QUESTION), row["reference_date"].date()
        settled = outcomes.get(name)
        if settled is not None and as_of < settled.resolved:
            yield run.run_id, as_of, name, float(row["value"]), settled.happened


def _rivals(
    forecasts: pd.DataFrame, questions: Mapping[str, Question], published: pd.DataFrame
) -> Iterator[tuple[str, str, float, float, bool]]:
    by_id: dict[str, Mapping[str, Any]] = {str(row["id"]): row for row in records(published)}
    for row in forecasts.to_dict("records"):
        question = questions[row["question"]]
        for other in (by_id[name] for name in question.forecasts):
            theirs = at_its_word(question, other)
            if theirs is not None and other["published"].date() <= row["as_of"]:
                yield other["forecaster"], row["question"], row["ours"], theirs, row["happened"]


def _one_sided(question: Question, forecast: Mapping[str, Any], unit: float) -> float | None:
    """At least `low`, or at most `high`: it decides where the whole side lies beyond the threshold."""
    if question.threshold is None:
        return None
    if not pd.isna(forecast["low"]) and forecast["low"] / unit >= question.threshold:
        return 1.0 if question.comparison in (">", ">=") else 0.0
    if not pd.isna(forecast["high"]) and forecast["high"] / unit <= question.threshold:
        return 1.0 if question.comparison in ("<", "<=") else 0.0
    return None


def _score(name: str, as_of: str, rows: pd.DataFrame, column: str) -> Score:
    import scoringrules

    happened = rows["happened"].to_numpy(float)
    brier, ours = (
        float(np.mean(scoringrules.brier_score(happened, rows[who].to_numpy(float)))) for who in (column, "ours")
    )
    if column != "ours":  # taken at its word, and wrong once, anybody has a log score without end
        return Score(name, as_of, len(rows), int(happened.sum()), brier, None, ours)
    ours_clipped = np.clip(rows["ours"].to_numpy(float), LEAST, 1.0 - LEAST)
    log_score = float(np.mean(scoringrules.log_score(happened, ours_clipped)))
    return Score(name, as_of, len(rows), int(happened.sum()), brier, log_score)
