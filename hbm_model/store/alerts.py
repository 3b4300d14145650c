"""Alerts: rules that fire when a headline gap or a question moves by more than a threshold between published runs.

An expression names a number and how far it may move from one published run to the next:

    frontier_lag@2028Q4>0.5            the median of a gap at a quarter
    generation_lag:HBM3>0.5            of a generation
    bit_share:china@2028Q4>0.02        of a maker or bloc
    question:cxmt-hbm3-volume>0.1      a question's probability
"""

import difflib
import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hbm_model.core.dates import parse_quarter, quarter_end
from hbm_model.core.errors import InputError
from hbm_model.core.industry import GENERATIONS, RIVALS, VENDORS
from hbm_model.core.quantities import BY_NAME, QUANTITIES
from hbm_model.store.stored import StoredRun

if TYPE_CHECKING:
    import pandas as pd

PLACES = {
    gap.name: ":" * (gap.by_generation or gap.whose != "china") + "@" * gap.over_time
    for gap in QUANTITIES
    if gap.headline
}
"""The headline gaps, and what names one number of each: a generation or maker after a colon, a quarter after an at."""

_QUESTION = "question"
_FORM = re.compile(r"([a-z_]+)(?::([A-Za-z0-9_-]+))?(?:@(\d{4}Q[1-4]))?\s*>\s*(\d+(?:\.\d*)?|\.\d+)")
_HOW = "write it like 'frontier_lag@2028Q4>0.5', 'generation_lag:HBM3>0.5' or 'question:ID>0.1'"
_SMALL = 1e-9
"""Differences of floating-point numbers below this are none."""


@dataclass(frozen=True)
class Rule:
    """A parsed expression.

    Attributes
    ----------
    text
        The expression as it was written.
    quantity
        A headline gap, or `question`.
    place
        A generation, maker or bloc, or the id of a question; empty where the gap has none.
    period
        A quarter; empty where the gap is not one over time.
    threshold
        In the gap's unit, or in probability.
    """

    text: str
    quantity: str
    place: str
    period: str
    threshold: float


@dataclass(frozen=True)
class Alert:
    """What became of one rule.

    Attributes
    ----------
    rule
        The expression.
    before, now
        The number in the run before and in this one; None where it lies beyond the horizon or is not there.
    change
        Their difference; None where one of them is.
    fired
        Whether it moved by more than the threshold.
    """

    rule: str
    before: float | None
    now: float | None
    change: float | None
    fired: bool

    @property
    def words(self) -> str:
        """The move as a line."""
        ends = ["beyond the horizon or not there" if x is None else f"{x:.3g}" for x in (self.before, self.now)]
        return f"{self.rule}: from {ends[0]} to {ends[1]}"


def parse(text: str, horizon: str) -> Rule:
    """Read one expression.

    Parameters
    ----------
    text
        The expression, in one of the forms that this module lists.
    horizon
        The last quarter of the forecast, such as ``2032Q4``.

    Raises
    ------
    InputError
        The text is no expression, or names no number of a forecast to that horizon.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise InputError(f"--alert-if {text!r} is no alert; {_HOW}")
    quantity, place, period, threshold = match.groups(default="")
    needs = ":" if quantity == _QUESTION else PLACES.get(quantity)
    if needs is None:
        near = ", ".join(difflib.get_close_matches(quantity, PLACES, n=3, cutoff=0.5) or PLACES)
        raise InputError(f"--alert-if {text!r}: there is no headline gap {quantity!r}; near: {near}")
    if needs != (":" if place else "") + ("@" if period else ""):
        wanted = {
            "": "nothing",
            ":": "':' and a name",
            "@": "'@' and a quarter",
            ":@": "':' and a maker, '@' and a quarter",
        }
        raise InputError(f"--alert-if {text!r}: after {quantity} stands {wanted[needs]}; {_HOW}")
    if quantity != _QUESTION and place not in _names(quantity):
        raise InputError(f"--alert-if {text!r}: there is no {place!r}; there are: {', '.join(_names(quantity))}")
    if period:
        parse_quarter(period)
        if quarter_end(period) > quarter_end(horizon):
            raise InputError(f"--alert-if {text!r}: {period} lies beyond the horizon, {horizon}")
    return Rule(text.strip(), quantity, place, period, float(threshold))


def check_questions(rules: Iterable[Rule], questions: Sequence[str]) -> None:
    """Refuse rules about questions that nobody asks.

    Parameters
    ----------
    rules
        Rules about questions or gaps; those about gaps pass.
    questions
        Ids of the questions that are asked.

    Raises
    ------
    InputError
        A rule names another id; the message names the nearest ones.
    """
    for rule in rules:
        if rule.quantity == _QUESTION and rule.place not in questions:
            near = ", ".join(difflib.get_close_matches(rule.place, questions, n=3, cutoff=0.3) or questions[:10])
            raise InputError(f"--alert-if {rule.text!r}: there is no question {rule.place!r}; near: {near}")


def evaluate(
    rules: Sequence[Rule], before: StoredRun | None, frame: "pd.DataFrame", answers: "pd.DataFrame"
) -> list[Alert]:
    """Hold a forecast against that of the run before it.

    A number that went beyond the horizon, or came back from there, has moved by more than any threshold. Where there is
    no run before, nothing has moved.

    Parameters
    ----------
    rules
        What to look at, from :func:`parse`.
    before
        The newest published run; None where there is none.
    frame
        The forecast's quantiles (``Forecast.frame``).
    answers
        Probabilities of the questions by scenario, from :func:`hbm_model.forecasting.answers.probabilities`.

    Returns
    -------
    list[Alert]
        One alert for each rule, in their order.
    """
    now = _values(rules, frame, answers)
    if before is None:
        return [Alert(rule.text, None, value, None, fired=False) for rule, value in zip(rules, now, strict=True)]
    earlier = _values(rules, before.baseline, before.answers)
    return [_alert(*compared) for compared in zip(rules, earlier, now, strict=True)]


def write(path: Path, alerts: Sequence[Alert], before: StoredRun | None, run_id: str) -> None:
    """Write what became of the rules as JSON.

    Parameters
    ----------
    path
        The file, which is created or replaced.
    alerts
        From :func:`evaluate`.
    before
        The run that they compare with; None where there was none.
    run_id
        Id of the run that is being written.
    """
    content = {
        "run_id": run_id,
        "before": before.run_id if before else None,
        "fired": sum(alert.fired for alert in alerts),
        "alerts": [asdict(alert) for alert in alerts],
    }
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _names(quantity: str) -> tuple[str, ...]:
    """What may stand after the colon; nothing but the empty name where nothing may."""
    if BY_NAME[quantity].by_generation:
        return tuple(GENERATIONS)
    return (*RIVALS, *VENDORS) if PLACES[quantity] == ":@" else ("",)


def _alert(rule: Rule, before: float | None, now: float | None) -> Alert:
    change = now - before if before is not None and now is not None else None
    moved = (before is None) != (now is None) if change is None else abs(change) > rule.threshold + _SMALL
    return Alert(rule.text, before, now, change, fired=moved)


def _values(rules: Sequence[Rule], frame: "pd.DataFrame", answers: "pd.DataFrame") -> list[float | None]:
    """The numbers of a run that rules are about."""
    baseline, answered = (table[table["scenario"] == "baseline"] for table in (frame, answers))
    return [_value(rule, baseline, answered) for rule in rules]


def _value(rule: Rule, frame: "pd.DataFrame", answers: "pd.DataFrame") -> float | None:
    """The number that a rule is about; None where it is beyond the horizon, or there is none."""
    if rule.quantity == _QUESTION:
        rows = answers[answers["question"] == rule.place]["probability"]
    else:
        mine = (frame["quantity"] == rule.quantity) & (frame["period"] == rule.period)
        if rule.place:
            mine &= (frame["vendor"] == rule.place) | (frame["generation"] == rule.place)
        rows = frame[mine]["q50"]
    return float(rows.iloc[0]) if len(rows) and not math.isnan(rows.iloc[0]) else None
