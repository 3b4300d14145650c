"""What to watch: which of the next checkable events would tell most about the headline gaps.

An event is a yes or a no in every draw. Once it is known, the draws that said otherwise drop out, and the spread of a
gap shrinks as far as the answer and the gap go together. The expected reduction of variance is
``1 - E[Var(gap | answer)] / Var(gap)``. By the law of total variance it is, for a yes or a no, the squared correlation
of answer and gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hbm_model.analysis.sweep import at_least
from hbm_model.core.arrays import Floats
from hbm_model.core.dates import decimal_year, quarter_end
from hbm_model.core.industry import BASE_LAYERS, GENERATIONS, RIVALS, VENDORS
from hbm_model.core.quantities import BY_NAME, LAG_AT_LEAST, LATER, SWEPT_HEADLINES
from hbm_model.evidence.questions import Question
from hbm_model.policy.scenarios import BASELINE

if TYPE_CHECKING:
    from hbm_model.forecasting.forecast import Forecast

WATCH_COLUMNS = [
    *("event", "text", "about", "closes", "probability", "information"),
    *("quantity", "generation", "period", "unit", "reduction", "mc_error", "noise"),
    *(f"{number}_{answer}" for answer in ("yes", "no") for number in ("mean", "q05", "q95")),
]
GENERATION = "HBM3E"
"""Generation whose lag is among the gaps: the newest that China is at."""
WITHIN_YEARS = 2
"""Later events are not the next ones."""
REPORT_YEARS = 1
"""Products are asked whether they ship in volume by so many years from the as-of date."""
_RARE = 0.01
"""An answer in fewer of the draws than this leaves too few of them to say what it would mean."""
_LEAST_RATIO = 1e-4
"""Ratios below a hundredth of a percent are none: their logarithms tell makers apart that all ship next to nothing."""
_NOISE = 0.99
_BLOCKS = 20
"""Stretches of draws that are left out in turn for the Monte-Carlo error."""


@dataclass(frozen=True)
class _Event:
    """`about` names what is asked, whatever the day: of several events about one thing a reader needs one."""

    name: str
    text: str
    about: str
    closes: date
    happens: np.ndarray


@dataclass(frozen=True)
class Gap:
    """A headline gap: `drawn` as it is reported and `scored` as its spread is measured, both (draw,).

    `begins` is the decimal year in which its quarter does, ``inf`` for a gap of no quarter.
    """

    quantity: str
    generation: str
    period: str
    unit: str
    begins: float
    drawn: Floats
    scored: Floats


def watch(forecast: Forecast, questions: Sequence[Question] = ()) -> pd.DataFrame:
    """Rank the events of the next two years by what their answers would tell of the headline gaps of the baseline.

    Events are the open questions and, of every product that may come, whether it ships in volume within a year. Gaps
    are frontier lag, capacity ratio and output ratio at the ends of 2028 and 2032, and the generation lag of HBM3E.
    Where China ships none, a frontier lag is what :func:`hbm_model.analysis.sweep.at_least` says; a generation lag
    takes dates beyond the horizon for its end. Variance is that of the logarithm for ratios. An event tells of a gap
    only if it closes before the gap's quarter begins.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`, made with these questions.
    questions
        From :func:`hbm_model.evidence.questions.load_questions`; those that the forecast does not answer are passed
        over.

    Returns
    -------
    pd.DataFrame
        With ``WATCH_COLUMNS``, a row per event and gap, the most informative event first. ``about`` is the same for
        events about the same thing at other days. ``reduction`` is the expected reduction of the gap's variance with
        its Monte-Carlo standard error (a jackknife over stretches of draws). ``noise`` is what 99 % of the reductions
        stay below when the answers are shifted against the draws: they then have nothing to do with them, but follow
        one another as before. ``information`` is the event's mean reduction over all gaps, those up to their noise
        counted as none. The gap's mean and 90 % interval under either answer are in its unit.
    """
    gaps, events = list(gaps_of(forecast)), list(_events(forecast, questions))
    rows = _rows(events, gaps) if events and gaps else []
    types = dict.fromkeys(("event", "text", "about", "quantity", "generation", "period", "unit"), "str")
    frame = pd.DataFrame(rows, columns=WATCH_COLUMNS).astype({**types, "closes": "datetime64[us]"})
    ranked = frame.sort_values(["information", "closes", "event"], ascending=[False, True, True], kind="stable")
    return ranked.reset_index(drop=True)


# --- events and gaps ---------------------------------------------------------------------------------------------


def _events(forecast: Forecast, questions: Sequence[Question]) -> Iterator[_Event]:
    answers, today = forecast.answers, forecast.answers.as_of
    if today is None:
        return
    asked = {each.id: each for each in questions if each.id not in answers.left_out}
    for name in answers.draws["question"].to_numpy().tolist():
        question = asked.get(name)
        if question is not None and (question.closes - today).days <= 365.25 * WITHIN_YEARS:
            happens = answers.draws.sel(scenario=BASELINE, question=name).to_numpy()
            yield from _open(name, question.question, _about(question), question.closes, happens)
    by = today + timedelta(days=round(365.25 * REPORT_YEARS))
    for vendor in VENDORS:
        for generation in GENERATIONS:
            dates = forecast.dates.sel(vendor=vendor, generation=generation).to_numpy()
            product = f"{vendor}:{generation}"
            text = f"Will {product} ship in volume by {by}?"
            about = f"volume_date {product}:{BASE_LAYERS[generation]}"
            yield from _open(f"volume:{product}:{by}", text, about, by, dates < decimal_year(by))


def _open(name: str, text: str, about: str, closes: date, happens: np.ndarray) -> Iterator[_Event]:
    """The event, if both answers are in enough of the draws."""
    if _RARE <= happens.mean() <= 1 - _RARE:
        yield _Event(name, text, about, closes, happens.astype(float))


def _about(question: Question) -> str:
    product = ":".join(filter(None, (question.vendor, question.generation)))
    if question.quantity == "volume_date":
        product += f":{question.layers or BASE_LAYERS[question.generation]}"
    return f"{question.quantity} {product}"


def gaps_of(forecast: Forecast) -> Iterator[Gap]:
    """The headline gaps of the baseline that the horizon reaches, as :func:`watch` counts them.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`.
    """
    base = forecast.headline.sel(scenario=BASELINE)
    end = quarter_end(forecast.horizon)
    dates = np.fmin(forecast.dates.to_numpy(), end)  # what comes later, or never, has not come by any quarter asked
    place = {vendor: i for i, vendor in enumerate(forecast.dates["vendor"].to_numpy().tolist())}
    for period in (each for each in LATER if each in base["period"]):
        begins = quarter_end(period) - 0.25
        lag = at_least(dates[:, [place[vendor] for vendor in VENDORS]], np.array([begins + 0.125]))[:, 0]
        yield Gap(LAG_AT_LEAST, "", period, "years", begins, lag, lag)
        for other in (BY_NAME[name] for name in SWEPT_HEADLINES if name != "frontier_lag"):
            drawn = base[other.name].sel(period=period).to_numpy().astype(float)
            scored = np.log(np.maximum(drawn, _LEAST_RATIO)) if other.percent else drawn
            yield Gap(other.name, "", period, other.unit, begins, drawn, scored)
    korea, china = (dates[:, place[bloc], GENERATIONS.index(GENERATION)] for bloc in RIVALS)
    years = china - korea
    yield Gap("generation_lag", GENERATION, "", "years", np.inf, years, years)


# --- what an answer tells ----------------------------------------------------------------------------------------


def _rows(events: Sequence[_Event], gaps: Sequence[Gap]) -> list[dict[str, Any]]:
    answers = np.stack([each.happens for each in events], axis=1)
    scored = np.stack([each.scored for each in gaps], axis=1)
    found, error, noise = reduction(answers, scored), _mc_error(answers, scored), _noise(answers, scored)
    counts = np.array([[decimal_year(e.closes) < gap.begins for gap in gaps] for e in events])
    information = np.where(counts & (found > noise), found, 0.0).mean(axis=1)
    rows = []
    for i, event in enumerate(events):
        about = {"event": event.name, "text": event.text, "about": event.about, "closes": event.closes}
        about |= {"probability": float(event.happens.mean()), "information": float(information[i])}
        yes = event.happens > 0
        for k, gap in ((k, gap) for k, gap in enumerate(gaps) if counts[i, k]):
            what = {name: getattr(gap, name) for name in ("quantity", "generation", "period", "unit")}
            told = {"reduction": found[i, k], "mc_error": error[i, k], "noise": noise[i, k]}
            rows.append({**about, **what, **told, **_given(gap.drawn[yes], "yes"), **_given(gap.drawn[~yes], "no")})
    return rows


def _given(values: Floats, answer: str) -> dict[str, float]:
    low, high = np.quantile(values, [0.05, 0.95])
    return {f"mean_{answer}": float(values.mean()), f"q05_{answer}": float(low), f"q95_{answer}": float(high)}


def reduction(answers: Floats, values: Floats) -> Floats:
    """Expected reduction of variance of each column of `values` once each column of `answers` is known.

    Parameters
    ----------
    answers
        (draw, event) zeros and ones.
    values
        (draw, gap).

    Returns
    -------
    Floats
        (event, gap) shares between 0 and 1; 0 where a column does not vary.
    """
    return _squared(_standard(answers).T @ _standard(values) / len(values))


def _standard(columns: Floats) -> Floats:
    centred = columns - columns.mean(axis=0)
    spread = np.sqrt((centred**2).mean(axis=0))
    return np.asarray(np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0))


def _squared(correlation: Floats) -> Floats:
    return np.minimum(correlation**2, 1.0)


def _mc_error(answers: Floats, values: Floats) -> Floats:
    """Standard error of the reduction: jackknife over stretches of draws, since neighbours resemble one another."""
    place = np.arange(len(values)) * _BLOCKS // len(values)
    without = np.stack([reduction(answers[place != b], values[place != b]) for b in range(_BLOCKS)])
    return np.asarray(np.sqrt((_BLOCKS - 1) * without.var(axis=0)))


def _noise(answers: Floats, values: Floats) -> Floats:
    """The largest reductions, but for 1 %, over all shifts of the answers around the circle of draws."""
    spectra = (np.fft.rfft(_standard(columns), axis=0) for columns in (answers, values))
    a, v = spectra
    every = np.fft.irfft(a.conj()[:, :, None] * v[:, None, :], n=len(values), axis=0) / len(values)
    near = len(values) // (2 * _BLOCKS)
    return np.asarray(np.quantile(_squared(every[near : len(values) - near]), _NOISE, axis=0))
