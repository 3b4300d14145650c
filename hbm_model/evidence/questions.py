"""Dated questions and their outcomes, as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from hbm_model.core.dates import parse_quarter
from hbm_model.core.errors import InputError
from hbm_model.core.industry import BASE_LAYERS, TALLER_LAYERS
from hbm_model.core.quantities import ASKED, BY_NAME
from hbm_model.evidence import Problem, describe
from hbm_model.evidence.check import Checked, DataFolder, read_folder
from hbm_model.evidence.schema import DESCRIPTOR

_ASKED = tuple(BY_NAME[name] for name in ASKED)

DATES = tuple(each.name for each in _ASKED if each.date)
"""Quantities that are dates: asked for as `before`."""
SHARES = tuple(each.name for each in _ASKED if each.unit == "share")
"""Quantities that may be asked for a whole year; its quarters then count by the bits that the world ships."""
LAGS = tuple(each.name for each in _ASKED if each.lag)
"""Quantities of which an undefined value is the largest: nothing is shipped."""
BEFORE = "before"
"""What dates are compared by."""
_BY_GENERATION = tuple(each.name for each in _ASKED if each.by_generation)
_WITHOUT_PERIOD = tuple(each.name for each in _ASKED if not each.over_time)


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
    """How a question came out.

    Attributes
    ----------
    question
        Id of the question.
    happened
        Whether it came out as yes.
    resolved
        Day from which that was known.
    url
        Page that shows it.
    claims
        Ids of the claims that show it.
    """

    question: str
    happened: bool
    resolved: date
    url: str
    claims: tuple[str, ...]


def load_questions(data: str | Path | None = None) -> tuple[Question, ...]:
    """Read the questions of a data folder, or the bundled ones where it has none.

    Parameters
    ----------
    data
        A data folder; None for the bundled one.

    Raises
    ------
    InputError
        The tables of questions are wrong, or a question maps onto nothing; its `problems` lists all faults.
    """
    return questions_of(question_folder(read_folder(data)))


def load_outcomes(data: str | Path | None = None) -> dict[str, Settled]:
    """Read how questions came out, by question, from a data folder or the bundled one.

    Parameters
    ----------
    data
        A data folder; None for the bundled one.

    Raises
    ------
    InputError
        The tables of questions are wrong; its `problems` lists all faults.
    """
    return outcomes_of(question_folder(read_folder(data)))


def question_folder(folder: DataFolder) -> DataFolder:
    """Return the folder whose questions hold: this one, or the bundled one if it has none.

    Parameters
    ----------
    folder
        From :func:`hbm_model.evidence.check.read_folder`.
    """
    has_none = folder.checked is not None and not folder.checked.package.of_role("questions")
    return read_folder() if has_none else folder


def questions_of(folder: DataFolder) -> tuple[Question, ...]:
    """Return the questions of a folder that was read.

    Parameters
    ----------
    folder
        From :func:`question_folder`.

    Raises
    ------
    InputError
        As :func:`load_questions`.
    """
    return tuple(_question(row) for row in _rows(_sound(folder), "questions"))


def outcomes_of(folder: DataFolder) -> dict[str, Settled]:
    """Return how questions came out, by question, from a folder that was read.

    Parameters
    ----------
    folder
        From :func:`question_folder`.

    Raises
    ------
    InputError
        As :func:`load_outcomes`.
    """
    return {
        row["question"]: Settled(
            row["question"], row["outcome"] == "yes", row["resolved"], row["url"], tuple(row["claims"].split())
        )
        for row in _rows(_sound(folder), "outcomes")
    }


def digest_of(questions: Iterable[Question]) -> dict[str, Any]:
    """Fields of the questions that decide their probabilities, by question id.

    Parameters
    ----------
    questions
        From :func:`load_questions`.
    """
    words = {"question", "criteria", "sources", "tie_break", "source_url", "forecasts", "note"}
    return {each.id: {name: value for name, value in asdict(each).items() if name not in words} for each in questions}


def _sound(folder: DataFolder) -> Checked:
    """Return the contents of a folder whose questions have no fault; those of its evidence do not matter here."""
    checked = folder.checked
    if checked is None:
        raise _refuse(folder.problems)
    paths = {table.path for table in checked.package.of_role("questions")}
    if not {"questions", "outcomes"} <= checked.package.tables.keys():
        paths.add(DESCRIPTOR)  # which lacks one of the two
    problems = [problem for problem in folder.problems if problem.file in paths]
    problems = problems or [*_mapping_problems(checked), *_outcome_problems(checked)]
    if problems:
        raise _refuse(problems)
    return checked


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
    if name not in ASKED:
        yield "quantity", "is no quantity of the forecast", f"name one of {', '.join(ASKED)}"
        return
    if (question.comparison == BEFORE) != (name in DATES):
        yield "comparison", f"does not fit {name}", f"ask a date as {BEFORE}, and anything else against a threshold"
    if (question.threshold is None) != (question.comparison == BEFORE):
        filled = "is filled" if question.threshold is not None else "is empty"
        yield "threshold", f"{filled}, where comparison is {question.comparison}", f"only {BEFORE} has no threshold"
    if (question.generation == "") == (name in _BY_GENERATION):
        yield "generation", f"does not fit {name}", f"only {', '.join(_BY_GENERATION)} have a generation"
    if (period == "") != (name in _WITHOUT_PERIOD):
        yield "period", f"does not fit {name}", f"only {', '.join(_WITHOUT_PERIOD)} have no period"
    elif period and "Q" not in period and name not in SHARES:
        yield "period", f"is a year, which {name} is not asked for", f"name a quarter, as in {period}Q4"
    if BY_NAME[name].whose == "china" and question.vendor != "china":
        yield "vendor", f"does not fit {name}", "write china, whose gap it is"
    heights = [BASE_LAYERS.get(question.generation), *TALLER_LAYERS.get(question.generation, ())]
    if question.layers is not None and (not BY_NAME[name].stacked or question.layers not in heights):
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
