"""What `questions list` and `questions score` print: questions with their probabilities, and how these came out."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any

from hbm_model.store.question_scores import Listed, Scores
from hbm_model.store.stored import StoredRun


def list_text(rows: Iterable[Listed], run: StoredRun | None) -> str:
    """Return the list for people.

    Parameters
    ----------
    rows
        From :func:`hbm_model.store.question_scores.listed`.
    run
        The run that the probabilities are of; None where there is none yet.
    """
    rows = list(rows)
    head = "No run yet: no probabilities." if run is None else f"Run {run.run_id}, as of {run.manifest.as_of}."
    asked = [row for row in rows if row.probability is not None]
    blocks = {"": asked, "Without a probability": [row for row in rows if row.probability is None]}
    lines = [head]
    for title, block in blocks.items():
        if block:
            lines += ["", *filter(None, [title]), f"{'closes':12}{'probability':>12}  question", *map(_line, block)]
    return "\n".join(lines)


def score_text(found: Scores) -> str:
    """Return the scores for people.

    Parameters
    ----------
    found
        From :func:`hbm_model.store.question_scores.scores`.
    """
    if not found.runs:
        lines = ["No run of this store has a forecast that was made before its outcome was known."]
    else:
        lines = [f"{'run':28}{'as of':12}{'n':>4}{'yes':>5}{'Brier':>8}{'log':>8}"]
        lines += [f"{s.name:28}{s.as_of:12}{s.n:4}{s.yes:5}{s.brier:8.3f}{s.log_score:8.3f}" for s in found.runs]
        lines.append("Smaller is better; always one half scores 0.250 and 0.693.")
    if found.others:
        lines += ["", f"{'other forecaster':40}{'n':>4}{'Brier':>8}{'ours':>8}"]
        lines += [f"{s.name[:38]:40}{s.n:4}{s.brier:8.3f}{s.ours:8.3f}" for s in found.others]
    if found.chain:
        lines += ["", f"The ledger ends with {found.chain}."]
    return "\n".join([*lines, *(f"WARNING: {fault}" for fault in found.faults)])


def as_json(value: Any) -> Any:
    """Return rows or scores as plain values, for machines.

    Parameters
    ----------
    value
        A list of rows, or the scores; dates become text.
    """
    if isinstance(value, list):
        return [as_json(each) for each in value]
    return {name: str(each) if isinstance(each, date) else each for name, each in asdict(value).items()}


def _line(row: Listed) -> str:
    said = f"{100 * row.probability:.1f} %" if row.probability is not None else "-"
    more = f" [{row.outcome}]" if row.outcome else (f" ({row.reason})" if row.reason else "")
    return f"{row.closes!s:12}{said:>12}  {row.question}{more}  {row.id}"
