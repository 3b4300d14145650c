"""The answer in sentences, each made from numbers of the run alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hbm_model.core.industry import GENERATIONS
from hbm_model.core.quantities import BY_NAME, LEADING
from hbm_model.report.facts import KOREA, Facts
from hbm_model.report.words import PageWords

_MOVES = 0.05
"""Years below which no policy is said to move the lag."""
_LIKELY = 0.6
"""A share of draws that is called more likely than not."""


@dataclass(frozen=True)
class Card:
    """One number of the answer, as text.

    Attributes
    ----------
    label
        Gap and quarter.
    number
        Median with its unit.
    interval
        90 % interval.
    """

    label: str
    number: str
    interval: str


@dataclass(frozen=True)
class Answer:
    """The answer, sentence by sentence.

    Attributes
    ----------
    lead
        Sentences of the paragraph to remember.
    cards
        A few numbers.
    points
        Sentences on what stands behind them.
    """

    lead: tuple[str, ...]
    cards: tuple[Card, ...]
    points: tuple[str, ...]


def answer(facts: Facts, words: PageWords) -> Answer:
    """The answer of a run in one language.

    Parameters
    ----------
    facts
        Tables and dates of the run.
    words
        From :func:`hbm_model.report.words.load_words`.
    """
    points = (*_starts(facts, words), *_flows(facts, words), *_yields(facts, words), *_policy(facts, words))
    return Answer(tuple(_lead(facts, words)), tuple(_cards(facts, words)), (*points, *_catch_up(facts, words)))


def _lead(facts: Facts, words: PageWords) -> Iterator[str]:
    now = facts.row("frontier_lag", facts.now)
    chance = 1.0 if now is None else float(now["prob_never"])
    if chance >= 0.5 or now is None:
        yield words.say("answer.none_yet", day=words.day(facts.as_of), chance=words.chance(chance))
    else:
        lag = words.measure(now["q50"], "years")
        yield words.say("answer.ships", day=words.day(facts.as_of), lag=lag, chance=words.chance(chance))
    later = [(period, row) for period in facts.periods[1:] if (row := facts.row("frontier_lag", period))]
    for index, (period, row) in enumerate(later):
        values = {"when": words.year_end(period), "lag": words.interval(row, "years")}
        if index:
            key, more = _direction(facts, words, later[0][0], period)
            yield words.say(key, **values, **more)
        else:
            yield words.say("answer.later", **values)


def _direction(facts: Facts, words: PageWords, first: str, last: str) -> tuple[str, dict[str, str]]:
    """Whether the lag grows or shrinks between two quarters, draw by draw."""
    change = (facts.drawn("frontier_lag", last) - facts.drawn("frontier_lag", first)).dropna()
    smaller, larger = float((change < 0).mean()), float((change > 0).mean())
    which = "smaller" if smaller >= _LIKELY else "larger" if larger >= _LIKELY else "open"
    chances = {"smaller": words.chance(smaller), "larger": words.chance(larger)}
    return f"answer.then_{which}", {"first": words.year_end(first), **chances}


def _cards(facts: Facts, words: PageWords) -> Iterator[Card]:
    for quantity in LEADING:
        unit = BY_NAME[quantity].unit
        for period in facts.periods[1:]:
            row = facts.row(quantity, period)
            if row is not None:
                label = words.say(f"gap.{quantity}.card", when=words.year_end(period))
                yield Card(label, words.measure(row["q50"], unit), _ends(words, row, unit))


def _ends(words: PageWords, row: dict[str, float], unit: str) -> str:
    scale, digits = (100.0, 1) if unit == "ratio" else (1.0, 1)
    low, high = (words.number(scale * row[name], digits) for name in ("q05", "q95"))
    return words.say("card.interval", low=low, high=high)


def _starts(facts: Facts, words: PageWords) -> Iterator[str]:
    """When China starts each generation that it has not started yet, and how long after Korea."""
    for generation in GENERATIONS:
        start, korea = (facts.row("volume_date", "", generation, vendor) for vendor in ("china", KOREA))
        lag = facts.row("generation_lag", "", generation)
        if start is None or korea is None or lag is None or not start["q50"] > float(facts.now[:4]):
            continue
        if np.isnan(start["q50"]):
            continue
        values = {
            "generation": generation,
            "when": words.when(start["q50"]),
            "low": words.when(start["q05"]),
            "high": words.when(start["q95"]),
            "lag": words.interval(lag, "years"),
        }
        planned = facts.row("planned_lag", "", generation)
        if planned is None or np.isnan(planned["q50"]):
            yield words.say("answer.start", **values)
        else:
            yield words.say("answer.start_planned", **values, planned=words.measure(planned["q50"], "years"))


def _flows(facts: Facts, words: PageWords) -> Iterator[str]:
    period = facts.periods[-1]
    wafers, bits = (facts.row(name, period) for name in ("capacity_ratio", "output_ratio"))
    if wafers is not None and bits is not None:
        ratios = {"wafers": words.interval(wafers, "ratio"), "bits": words.interval(bits, "ratio")}
        yield words.say("answer.flows", when=words.year_end(period), **ratios)


def _yields(facts: Facts, words: PageWords) -> Iterator[str]:
    row, same = (facts.row(name, facts.periods[-1]) for name in ("yield_gap", "yield_gap_same_age"))
    if row is not None and same is not None:
        values = {"gap": words.interval(row, "pp"), "same": words.interval(same, "pp")}
        yield words.say("answer.yields", when=words.year_end(facts.periods[-1]), **values)


def _policy(facts: Facts, words: PageWords) -> Iterator[str]:
    """Which scenario moves the lag most, either way."""
    rows = facts.contrasts
    period = facts.periods[-1]
    rows = rows[(rows["quantity"] == "frontier_lag") & (rows["period"] == period)].dropna(subset="mean")
    if rows.empty:
        return
    ranked = rows.sort_values("mean")
    count = len(facts.manifest.scenarios) - 1
    for rank, name in ((-1, "longer"), (0, "shorter")):
        row = {str(key): value for key, value in ranked.iloc[rank].items()}
        if (row["mean"] if rank else -row["mean"]) >= _MOVES:
            moved = "prob_larger" if rank else "prob_smaller"
            yield words.say(
                f"answer.policy_{name}",
                scenario=title_of(facts, words, row["scenario"]),
                count=count,
                when=words.year_end(period),
                change=words.interval(row, "years", "mean", sign=True),
                chance=words.chance(row[moved]),
            )
    if ranked["mean"].abs().max() < _MOVES:
        yield words.say("answer.policy_none", count=count, when=words.year_end(period))


def _catch_up(facts: Facts, words: PageWords) -> Iterator[str]:
    row = facts.row("catch_up")
    chance = 0.0 if row is None else 1.0 - float(row["prob_never"])
    yield words.say("answer.catch_up", when=words.year_end(facts.horizon), chance=words.chance(chance))


def title_of(facts: Facts, words: PageWords, name: str) -> str:
    """Title of a scenario: the catalogue's, its file's own, or its name.

    Parameters
    ----------
    facts
        Tables and dates of the run.
    words
        From :func:`hbm_model.report.words.load_words`.
    name
        Exact name of the scenario.
    """
    scenario = facts.scenarios.get(name)
    own = scenario.title if scenario else name.replace("_", " ")
    return words.named(f"scenario.{name}", own)
