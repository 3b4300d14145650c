"""Questions: dated events that evidence will settle, each mapped onto a quantity of the forecast."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from hbm_model.core.dates import decimal_year, quarter_end
from hbm_model.core.errors import InputError
from hbm_model.evidence.questions import BEFORE, DATES, LAGS, Question

if TYPE_CHECKING:
    from hbm_model.forecasting.summaries import QuantityDraws

QUESTION_COLUMNS = ["question", "scenario", "as_of", "closes", "probability", "mc_error", "n_draws"]

_COMPARE = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}


def _no_draws() -> xr.DataArray:
    shape = {"scenario": np.array(["baseline"]), "question": np.array([], dtype=str)}
    return xr.DataArray(np.zeros((1, 0, 0), bool), dims=("scenario", "draw", "question"), coords=shape)


@dataclass(frozen=True)
class Answers:
    """What a forecast says to questions, draw by draw.

    Attributes
    ----------
    draws
        Whether the event happens, (scenario, draw, question).
    left_out
        Reason by question.
    as_of
        The day of the vintage behind the forecast; None where nothing was asked.
    """

    draws: xr.DataArray = field(default_factory=_no_draws)
    left_out: Mapping[str, str] = field(default_factory=dict)
    as_of: date | None = None


def why_not(question: Question, as_of: date, horizon: str) -> str:
    """Why a forecast of that day and horizon has no answer to a question; empty where it has one.

    Parameters
    ----------
    question
        What is asked, with the days on which it opens and closes.
    as_of
        Day of the vintage behind the forecast.
    horizon
        Last quarter of the forecast, like ``2032Q4``.
    """
    if question.opens > as_of:
        return f"opens on {question.opens}, after the as-of date"
    if question.closes <= as_of:
        return f"closed on {question.closes}"
    last = question.period if "Q" in question.period else f"{question.period}Q4"
    until = quarter_end(last) if question.period else _end_of(question.closes)
    return f"lies beyond the horizon, {horizon}" if until > quarter_end(horizon) else ""


def answer(
    questions: Sequence[Question], quantities: Sequence[QuantityDraws], as_of: date, horizon: str
) -> tuple[xr.DataArray, dict[str, str]]:
    """Say of every draw of one scenario whether each event happens.

    Where the quantity is undefined in a draw (nothing is shipped yet), the answer is no. An undefined lag counts as
    larger than any number: nothing shipped is the largest lag of all.

    Parameters
    ----------
    questions
        From :func:`hbm_model.evidence.questions.load_questions`.
    quantities
        All quantities of the scenario, ``bits_shipped`` among them: it weights the quarters of a yearly mean.
    as_of
        Day of the vintage behind the forecast.
    horizon
        Last quarter of the forecast, like ``2032Q4``.

    Returns
    -------
    tuple[xr.DataArray, dict[str, str]]
        Booleans over ``draw, question``, and the reason for each question that is left out.
    """
    left_out, found = {}, {}
    for each in questions:
        reason = why_not(each, as_of, horizon)
        values = None if reason else _values(each, quantities)
        if values is None:
            left_out[each.id] = reason or "the model has no such product"
        else:
            found[each.id] = _happens(each, values)
    if not found:
        return _no_draws().isel(scenario=0, drop=True), left_out
    return xr.DataArray(
        np.stack(list(found.values()), axis=1), dims=("draw", "question"), coords={"question": list(found)}
    ), left_out


def probabilities(answers: Answers, questions: Iterable[Question]) -> pd.DataFrame:
    """Probability of every answered question in every scenario.

    Parameters
    ----------
    answers
        ``forecast.answers`` of a forecast that was asked these questions.
    questions
        Those wanted; the ones that the forecast left out are passed over.

    Returns
    -------
    pd.DataFrame
        With ``QUESTION_COLUMNS``. ``mc_error`` is the Monte-Carlo standard error at the effective sample size of the
        draws. Where all draws agree, it is taken as if one more draw had fallen each way.

    Raises
    ------
    InputError
        If the forecast was not asked one of them.
    """
    asked = [each for each in questions if each.id not in answers.left_out]
    known = set(answers.draws["question"].to_numpy().tolist())
    if unknown := [each.id for each in asked if each.id not in known]:
        raise InputError(f"the forecast was not asked {', '.join(unknown)}; pass them to forecast(questions=...)")
    rows = [
        (each.id, str(name), answers.as_of, each.closes, *_of_draws(happens.sel(question=each.id).to_numpy()))
        for name, happens in zip(answers.draws["scenario"].to_numpy(), answers.draws, strict=True)
        for each in asked
    ]
    frame = pd.DataFrame(rows, columns=QUESTION_COLUMNS)
    types = {"question": "str", "scenario": "str", "as_of": "datetime64[us]", "closes": "datetime64[us]"}
    return frame.astype(types)


# --- from draws to answers ---------------------------------------------------------------------------------------


def _values(question: Question, quantities: Sequence[QuantityDraws]) -> np.ndarray | None:
    """(draw,) values of the quantity asked for; None where the model does not have it."""
    for each in quantities:
        if each.name != question.quantity:
            continue
        if question.layers is not None and each.layers.get(question.generation) != question.layers:
            continue
        labels = {"vendor": question.vendor, "generation": question.generation}
        labels = {dim: label for dim, label in labels.items() if dim in each.draws.dims}
        if any(label not in each.draws[dim].to_numpy() for dim, label in labels.items()):
            return None
        values = each.draws.sel(labels, drop=True)
        if "period" in values.dims:
            values = _in_period(question, values, quantities)
        drawn = np.asarray(values.to_numpy(), dtype=float)
        return None if question.quantity in DATES and np.isnan(drawn).all() else drawn
    return None


def _in_period(question: Question, values: xr.DataArray, quantities: Sequence[QuantityDraws]) -> xr.DataArray:
    if "Q" in question.period:
        return values.sel(period=question.period)
    quarters = [f"{question.period}Q{number}" for number in (1, 2, 3, 4)]
    (bits,) = (each.draws.sel(vendor="world", drop=True) for each in quantities if each.name == "bits_shipped")
    return values.sel(period=quarters).weighted(bits.sel(period=quarters)).mean("period")


def _end_of(day: date) -> float:
    """Decimal year at which a day ends."""
    return decimal_year(day + timedelta(days=1))


def _happens(question: Question, values: np.ndarray) -> np.ndarray:
    if question.comparison == BEFORE:
        return np.asarray(values < _end_of(question.closes))
    known = np.where(np.isnan(values), np.inf, values) if question.quantity in LAGS else values
    return np.asarray(_COMPARE[question.comparison](known, float(question.threshold or 0.0)))


def _of_draws(happens: np.ndarray) -> tuple[float, float, int]:
    """Probability, its Monte-Carlo standard error and the number of draws."""
    n, p = len(happens), float(happens.mean())
    if p in (0.0, 1.0):
        near = 1 / (n + 2)
        return p, float(np.sqrt(near * (1 - near) / n)), n
    import arviz

    effective = float(arviz.ess(happens.astype(float)[None], method="mean"))
    return p, float(np.sqrt(p * (1 - p) / min(effective, n))), n


# --- reading -----------------------------------------------------------------------------------------------------
