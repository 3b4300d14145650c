"""Cross-validation over claim groups: claims that the fit has not seen, scored against the tables' own history.

The groups are dealt out to folds, kind by kind; the model is fitted without a fold, and says what it expects of it.
What is held out is missing, not denied (see :func:`hbm_model.model.observations.without`). Folds share the layout of
the whole evidence, and with it one compiled function. Claims of one article are in different groups where they speak of
different things, so that a fold's claims may have siblings among those fitted; this holds for the baseline alike.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from hbm_model.core.arrays import Floats
from hbm_model.core.errors import InputError
from hbm_model.evaluation import table_baseline
from hbm_model.evidence import Evidence, divided, load_evidence
from hbm_model.evidence.selection import usage_table, used_rows
from hbm_model.inference.fit import Fit, FitSettings, fit
from hbm_model.inference.predictive import expect, log_probability, places, within
from hbm_model.model.kinds import KINDS
from hbm_model.model.observations import observe_beside

INTERVALS = {"in50": 0.5, "in80": 0.8, "in90": 0.9}
"""Central intervals of which the coverage is told."""
COLUMNS = [
    *("fold", "id", "table", "kind", "vendor", "origin", "claim_group", "url"),
    *("log_score", "below", "above", "log_score_history", "below_history", "above_history"),
]
_DRIVES = "raise"
"""The part of the evidence that is no claim about the model: money raised moves it."""


@dataclass(frozen=True)
class Job:
    """One fold to be held out, fitted without, and scored.

    Attributes
    ----------
    fold
        Its number, from zero.
    folds
        How many there are.
    as_of
        Day of the evidence.
    data
        Data folder (None: the bundled one).
    settings
        Of the fit.
    seed
        Of :func:`folds`.
    folder
        Where the result is kept.
    """

    fold: int
    folds: int
    as_of: str
    data: Path | None
    settings: FitSettings
    seed: int
    folder: Path


def folds(evidence: Evidence, count: int = 5, seed: int = 0) -> list[list[str]]:
    """Deal the used claim groups out to folds, kind by kind, so that every fold has its part of each table.

    Parameters
    ----------
    evidence
        The vintage; money raised is never held out.
    count
        Number of folds, at least two.
    seed
        Of the order in which they are dealt.

    Raises
    ------
    InputError
        If there are fewer than two folds.
    """
    if count < 2:
        raise InputError(f"folds = {count} must be at least 2")
    usage = usage_table(evidence)
    used = usage[usage["used"] & (usage["part"] != _DRIVES)].drop_duplicates("claim_group")
    rng = np.random.default_rng(seed)
    dealt = [group for _, rows in used.groupby("part") for group in rng.permutation(rows["claim_group"].to_numpy(str))]
    return [sorted(str(group) for group in dealt[first::count]) for first in range(count)]


def score(fit: Fit, evidence: Evidence, held_out: list[str], draws: int = 1000) -> pd.DataFrame:
    """Score what a fit, and the history of the tables, expected of the claim groups that neither has seen.

    Parameters
    ----------
    fit
        Made without these groups.
    evidence
        With them.
    held_out
        Names of the groups.
    draws
        At most so many posterior draws, evenly spread.

    Returns
    -------
    pd.DataFrame
        One row per claim, with ``COLUMNS`` but ``fold``: the log score is the log probability of the claim as an
        interval (higher is better); ``below`` and ``above`` are the values of the predictive distribution at its ends,
        NaN for a report that something has not happened, which is a yes or no.
    """
    training, asked = divided(evidence, held_out)
    expected = expect(fit, asked, draws)
    history = _history(fit, training, asked)
    low, high = expected.low, expected.high
    below, above = places(low, high, expected.centre, expected.scale)
    intervals = expected.about.assign(
        table=expected.about["kind"].map(lambda name: KINDS[name].heading),
        log_score=log_probability(expected, low, high),
        below=below,
        above=above,
        log_score_history=history.log_probability(low, high),
        below_history=history.cdf(low),
        above_history=history.cdf(high),
    )
    reports = expected.denials.assign(
        kind="not_yet", table="milestones", log_score=np.log(expected.denial_prob.mean(axis=0))
    )
    said = reports["id"].isin(used_rows(asked, "milestones", "not_yet")["id"])  # the others are implied by guidance
    rows = pd.concat([intervals, reports[said]], ignore_index=True)
    about = pd.concat(list(asked.tables.values())).drop_duplicates("id").set_index("id")[["claim_group", "url"]]
    return rows.join(about, on="id")[[name for name in COLUMNS if name != "fold"]]


def hold_out(job: Job) -> Path:
    """Fit without one fold, score it, and keep the scores as Parquet; a fold that is kept already is not done again.

    Parameters
    ----------
    job
        The fold, and the folder where its scores are kept.

    Returns
    -------
    Path
        The Parquet file.
    """
    path = job.folder / f"fold-{job.fold}-of-{job.folds}-{_key(job)}.parquet"
    if path.exists():
        return path
    evidence = load_evidence(job.as_of, job.data)
    chosen = folds(evidence, job.folds, job.seed)[job.fold]
    fitted = fit(evidence, job.settings, held_out=chosen, progress=False)
    found = score(fitted, evidence, chosen)
    told = fitted.diagnostics
    found = found.assign(fold=job.fold, r_hat=told.r_hat, divergences=told.divergences)
    job.folder.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    found.to_parquet(unfinished, index=False)
    unfinished.replace(path)
    return path


def summary(scores: pd.DataFrame, by: str) -> pd.DataFrame:
    """Coverage and log score by a column of :func:`score`, and over all.

    Standard errors take the claims of one page as one: what an article says of three makers is no three findings.

    Parameters
    ----------
    scores
        Rows of :func:`score`.
    by
        Column to group by.

    Returns
    -------
    pd.DataFrame
        A row per group and ``all``: `by`, ``n``, ``pages``, coverage ``in50, in80, in90`` with ``in90_se`` (of interval
        claims), ``log_score``, and on the claims that the history has a word on: ``history_n``, ``history_in90``,
        ``gain`` (mean log score of the fit less that of the history) with ``gain_se``.
    """
    groups = [(str(name), rows) for name, rows in scores.groupby(by, observed=True)]
    return pd.DataFrame([{by: name, **_means(rows)} for name, rows in [*groups, ("all", scores)]])


def _means(rows: pd.DataFrame) -> dict[str, float]:
    placed, both = rows[rows["below"].notna()], rows[rows["log_score_history"].notna()]
    ours, theirs = (
        {
            name: within(some[low].to_numpy(float), some[high].to_numpy(float), level)
            for name, level in INTERVALS.items()
        }
        for some, low, high in ((placed, "below", "above"), (both, "below_history", "above_history"))
    )
    gain = (both["log_score"] - both["log_score_history"]).to_numpy(float)
    return {
        "n": len(rows),
        "pages": rows["url"].nunique(),
        **{name: _mean(inside) for name, inside in ours.items()},
        "in90_se": _error(ours["in90"], placed["url"]),
        "log_score": _mean(rows["log_score"].to_numpy(float)),
        "history_n": len(both),
        "history_in90": _mean(theirs["in90"]),
        "gain": _mean(gain),
        "gain_se": _error(gain, both["url"]),
    }


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else np.nan


def _error(values: Floats, pages: pd.Series[str]) -> float:
    """Standard error of a mean of values that come page by page."""
    if pages.nunique() < 2:
        return np.nan
    sums = pd.Series(values - values.mean()).groupby(pages.to_numpy()).sum().to_numpy(float)
    return float(np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1)) / len(values))


def _history(fit: Fit, training: Evidence, asked: Evidence) -> table_baseline.Student:
    (_, earlier), (_, later) = (observe_beside(part, fit.layout, fit.priors, fit.policy) for part in (training, asked))
    return table_baseline.predict(table_baseline.told(earlier, training), table_baseline.told(later, asked))


def _key(job: Job) -> str:
    """What tells folds of other evidence, settings or columns apart."""
    digest = load_evidence(job.as_of, job.data).digest
    told = repr((digest, job.seed, astuple(job.settings), COLUMNS))
    return hashlib.sha256(told.encode()).hexdigest()[:8]
