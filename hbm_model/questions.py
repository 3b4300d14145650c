"""Questions: dated events that evidence will settle, each mapped onto a quantity of the forecast."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from hbm_model.calendar import decimal_year, parse_quarter, quarter_end
from hbm_model.errors import InputError
from hbm_model.evidence import Problem, bundled_data, describe
from hbm_model.evidence.check import Checked, check_folder
from hbm_model.evidence.schema import Package, read_package
from hbm_model.model.layout import BASE_LAYERS, TALLER_LAYERS

if TYPE_CHECKING:
    from hbm_model.forecast import Forecast
    from hbm_model.quantities import Quantity

QUESTION_COLUMNS = ["question", "scenario", "as_of", "closes", "probability", "mc_error", "n_draws"]
DATES = ("volume_date", "sample_date", "catch_up")
"""Quantities that are dates: asked for as `before`."""
SHARES = ("bit_share", "revenue_share")
"""Quantities that may be asked for a whole year; its quarters then count by the bits that the world ships."""

_BY_GENERATION = ("volume_date", "sample_date", "generation_lag", "die_yield", "stack_yield", "final_yield")
_WITHOUT_PERIOD = (*DATES, "generation_lag")
_LAYERED = ("volume_date",)
_LAGS = ("frontier_lag", "generation_lag")
_OF_CHINA = (
    *("catch_up", "generation_lag", "frontier_lag", "yield_gap", "yield_gap_same_age"),
    *("capacity_ratio", "output_ratio", "bandwidth_ratio"),
)
_BEFORE = "before"
_COMPARE = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}


@dataclass(frozen=True)
class Question:
    """One question; the fields are the columns of ``questions.csv``, whose schema says what each holds."""

    id: str
    question: str
    criteria: str
    sources: str
    tie_break: str
    opens: date
    closes: date
    quantity: str
    vendor: str
    generation: str
    layers: int | None
    period: str
    comparison: str
    threshold: float | None
    source_url: str
    forecasts: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Settled:
    """How a question came out: `happened`, the day from which that was known, and the claims that show it."""

    question: str
    happened: bool
    resolved: date
    url: str
    claims: tuple[str, ...]


def _no_draws() -> xr.DataArray:
    shape = {"scenario": np.array(["baseline"]), "question": np.array([], dtype=str)}
    return xr.DataArray(np.zeros((1, 0, 0), bool), dims=("scenario", "draw", "question"), coords=shape)


@dataclass(frozen=True)
class Answers:
    """What a forecast says to questions, draw by draw.

    Attributes
    ----------
    draws : whether the event happens, (scenario, draw, question). left_out : reason by question.
    as_of : the day of the vintage behind the forecast; None where nothing was asked.
    """

    draws: xr.DataArray = field(default_factory=_no_draws)
    left_out: Mapping[str, str] = field(default_factory=dict)
    as_of: date | None = None


def load_questions(data: str | Path | None = None) -> tuple[Question, ...]:
    """Read the questions of a data folder, or the bundled ones where it has none.

    Raises
    ------
    InputError
        The tables of questions are wrong, or a question maps onto nothing; its `problems` lists all faults.
    """
    checked, problems = _read(data)
    return tuple(_question(row) for row in _checked_rows(checked, problems, "questions"))


def load_outcomes(data: str | Path | None = None) -> dict[str, Settled]:
    """Read how questions came out, by question, from a data folder or the bundled one.

    Raises
    ------
    InputError
        The tables of questions are wrong; its `problems` lists all faults.
    """
    checked, problems = _read(data)
    return {
        row["question"]: Settled(
            row["question"], row["outcome"] == "yes", row["resolved"], row["url"], tuple(row["claims"].split())
        )
        for row in _checked_rows(checked, problems, "outcomes")
    }


def why_not(question: Question, as_of: date, horizon: str) -> str:
    """Why a forecast of that day and horizon has no answer to a question; empty where it has one."""
    if question.opens > as_of:
        return f"opens on {question.opens}, after the as-of date"
    if question.closes <= as_of:
        return f"closed on {question.closes}"
    last = question.period if "Q" in question.period else f"{question.period}Q4"
    until = quarter_end(last) if question.period else _end_of(question.closes)
    return f"lies beyond the horizon, {horizon}" if until > quarter_end(horizon) else ""


def answer(
    questions: Sequence[Question], quantities: Sequence[Quantity], as_of: date, horizon: str
) -> tuple[xr.DataArray, dict[str, str]]:
    """Say of every draw of one scenario whether each event happens.

    A draw in which the quantity is undefined (nothing is shipped yet) is a no, but a lag that is undefined counts as
    larger than any number: nothing shipped is the largest lag of all.

    Returns
    -------
    Booleans over ``draw, question``, and the reason of each question that is left out.
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


def probabilities(forecast: Forecast, questions: Iterable[Question]) -> pd.DataFrame:
    """Probability of every answered question in every scenario.

    Parameters
    ----------
    forecast : made with these questions.

    Returns
    -------
    DataFrame with ``QUESTION_COLUMNS``. ``mc_error`` is the standard error that comes from the number of draws, at
    their effective sample size; where all draws agree it is that of one more draw each way.

    Raises
    ------
    InputError
        If the forecast was not asked one of them.
    """
    answers = forecast.answers
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


def digest_of(questions: Iterable[Question]) -> dict[str, Any]:
    """Everything of the questions that decides their probabilities, by question."""
    words = {"question", "criteria", "sources", "tie_break", "source_url", "forecasts", "note"}
    return {each.id: {name: value for name, value in asdict(each).items() if name not in words} for each in questions}


# --- from draws to answers ---------------------------------------------------------------------------------------


def _values(question: Question, quantities: Sequence[Quantity]) -> np.ndarray | None:
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


def _in_period(question: Question, values: xr.DataArray, quantities: Sequence[Quantity]) -> xr.DataArray:
    if "Q" in question.period:
        return values.sel(period=question.period)
    quarters = [f"{question.period}Q{number}" for number in (1, 2, 3, 4)]
    (bits,) = (each.draws.sel(vendor="world", drop=True) for each in quantities if each.name == "bits_shipped")
    return values.sel(period=quarters).weighted(bits.sel(period=quarters)).mean("period")


def _end_of(day: date) -> float:
    """Decimal year at which a day ends."""
    return decimal_year(day + timedelta(days=1))


def _happens(question: Question, values: np.ndarray) -> np.ndarray:
    if question.comparison == _BEFORE:
        return np.asarray(values < _end_of(question.closes))
    known = np.where(np.isnan(values), np.inf, values) if question.quantity in _LAGS else values
    return np.asarray(_COMPARE[question.comparison](known, float(question.threshold or 0.0)))


def _of_draws(happens: np.ndarray) -> tuple[float, float, int]:
    """Probability, its Monte-Carlo standard error and the number of draws."""
    import arviz

    n, p = len(happens), float(happens.mean())
    if p in (0.0, 1.0):
        near = 1 / (n + 2)
        return p, float(np.sqrt(near * (1 - near) / n)), n
    effective = float(arviz.ess(happens.astype(float)[None], method="mean"))
    return p, float(np.sqrt(p * (1 - p) / min(effective, n))), n


# --- reading -----------------------------------------------------------------------------------------------------


def _read(data: str | Path | None) -> tuple[Checked, list[Problem]]:
    """The checked folder and the faults of its questions."""
    folder = bundled_data() if data is None else Path(data)
    package = read_package(folder)
    if data is not None and isinstance(package, Package) and not package.of_role("questions"):
        folder = bundled_data()
    checked, problems = check_folder(folder, date.today())
    if checked is None:
        raise _refuse(problems)
    asked = {table.path for table in checked.package.of_role("questions")}
    found = [problem for problem in problems if problem.file in asked]
    if not found:
        found = [*_mapping_problems(checked), *_outcome_problems(checked)]
    return checked, found


def _checked_rows(checked: Checked, problems: Sequence[Problem], name: str) -> Iterator[dict[str, Any]]:
    if problems:
        raise _refuse(problems)
    return _rows(checked, name)


def _refuse(problems: Sequence[Problem]) -> InputError:
    return InputError(f"the questions cannot be used:\n{describe(problems)}", problems)


def _rows(checked: Checked, name: str) -> Iterator[dict[str, Any]]:
    """The rows of a table, text cells that are empty as ""."""
    fields = checked.package.tables[name].fields
    columns = checked.columns[name]
    for cells in zip(*(columns[column] for column in fields), strict=True):
        yield {
            column: "" if cell is None and fields[column].type == "string" else cell
            for column, cell in zip(fields, cells, strict=True)
        }


def _question(row: Mapping[str, Any]) -> Question:
    layers = None if row["layers"] is None else int(row["layers"])
    return Question(**{**row, "layers": layers, "forecasts": tuple(row["forecasts"].split())})


def _mapping_problems(checked: Checked) -> Iterator[Problem]:
    """Yield the questions that map onto nothing."""
    path = checked.package.tables["questions"].path
    for line, row in enumerate(_rows(checked, "questions"), start=2):
        for column, message, mend in _faults(_question(row)):
            yield Problem(path, line, column, str(row[column] or ""), message, f"{mend} (question {row['id']})")


def _faults(question: Question) -> Iterator[tuple[str, str, str]]:
    """Yield column, fault and mend of what does not fit together in a question."""
    name, period = question.quantity, question.period
    if (question.comparison == _BEFORE) != (name in DATES):
        yield "comparison", f"does not fit {name}", f"ask a date as {_BEFORE}, and anything else against a threshold"
    if (question.threshold is None) != (question.comparison == _BEFORE):
        filled = "is filled" if question.threshold is not None else "is empty"
        yield "threshold", f"{filled}, where comparison is {question.comparison}", f"only {_BEFORE} has no threshold"
    if (question.generation == "") == (name in _BY_GENERATION):
        yield "generation", f"does not fit {name}", f"only {', '.join(_BY_GENERATION)} have a generation"
    if (period == "") != (name in _WITHOUT_PERIOD):
        yield "period", f"does not fit {name}", f"only {', '.join(_WITHOUT_PERIOD)} have no period"
    elif period and "Q" not in period and name not in SHARES:
        yield "period", f"is a year, which {name} is not asked for", f"name a quarter, as in {period}Q4"
    if name in _OF_CHINA and question.vendor != "china":
        yield "vendor", f"does not fit {name}", "write china, whose gap it is"
    heights = [BASE_LAYERS.get(question.generation), *TALLER_LAYERS.get(question.generation, ())]
    if question.layers is not None and (name not in _LAYERED or question.layers not in heights):
        yield "layers", f"is no height of {question.generation} that has a {name}", "empty it"
    if period and "Q" in period:
        parse_quarter(period)


def _outcome_problems(checked: Checked) -> Iterator[Problem]:
    """Yield outcomes that were known before their question opened, or are of the future."""
    path = checked.package.tables["outcomes"].path
    opens = {row["id"]: row["opens"] for row in _rows(checked, "questions")}
    for line, row in enumerate(_rows(checked, "outcomes"), start=2):
        resolved = row["resolved"]
        if resolved < opens[row["question"]]:
            yield Problem(path, line, "resolved", str(resolved), "lies before the question opens", "mend either date")
        elif resolved > date.today():
            yield Problem(path, line, "resolved", str(resolved), "lies in the future", "add outcomes when known")
