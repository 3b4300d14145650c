"""What is ahead: the events that would tell most, and the questions that close next, in the words of a language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from hbm_model.evidence.questions import Question
from hbm_model.report.evidence_table import makers
from hbm_model.report.facts import Facts
from hbm_model.report.words import PageWords
from hbm_model.store.question_scores import listed
from hbm_model.store.summary import watched as watched_of

_MOST = 15
"""Open questions that are told."""
_SIDES = {"<": "below", "<=": "up_to", ">": "above", ">=": "from"}
_VOLUME = "volume"
"""Begins the name of an event that is no question: a product in volume by a day."""


@dataclass(frozen=True)
class Asked:
    """A dated question with its probability, as text.

    Attributes
    ----------
    text
        The question.
    lang
        Language of `text`.
    closes
        Day on which it closes.
    chance
        Probability in the baseline.
    """

    text: str
    lang: str
    closes: str
    chance: str


@dataclass(frozen=True)
class Watched:
    """An event to watch, as text.

    Attributes
    ----------
    text
        The event.
    lang
        Language of `text`.
    closes
        Day by which it happens or not.
    chance
        Its probability.
    gap
        The gap that its answer tells most of, with generation or quarter.
    yes, no
        Mean and 90 % interval of that gap under either answer.
    explains
        Share by which the answer is expected to reduce the gap's variance.
    """

    text: str
    lang: str
    closes: str
    chance: str
    gap: str
    yes: str
    no: str
    explains: str


def asked(facts: Facts, words: PageWords) -> list[Asked]:
    """The open questions that close next, with the baseline's probabilities.

    Parameters
    ----------
    facts
        Tables and dates of the run.
    words
        From :func:`hbm_model.report.words.load_words`.
    """
    names = makers(facts.stored.evidence, words)
    rows = listed(facts.stored, facts.stored.data)
    rows = [row for row in rows if row.probability is not None and row.closes > facts.as_of and not row.outcome]
    asked_next = []
    for row in rows[:_MOST]:
        text = question_text(facts.question_of[row.id], words, names)
        asked_next.append(Asked(*text, words.day(row.closes), words.chance(row.probability or 0.0)))
    return asked_next


def watched(facts: Facts, words: PageWords) -> list[Watched]:
    """The events that would tell most; none if the run kept none.

    Parameters
    ----------
    facts
        Tables and dates of the run.
    words
        From :func:`hbm_model.report.words.load_words`.
    """
    names = makers(facts.stored.evidence, words)
    events = []
    for event in watched_of(facts.stored):
        unit = "ratio" if event.unit == "ratio" else "years"
        yes, no = (
            words.interval({"mean": mean, "q05": low, "q95": high}, unit, "mean")
            for mean, low, high in (
                (event.mean_yes, event.q05_yes, event.q95_yes),
                (event.mean_no, event.q05_no, event.q95_no),
            )
        )
        title = words.say(f"gap.{event.quantity.removesuffix('_at_least')}.heading")
        gap = " ".join(filter(None, (title, event.generation, event.period and words.year_end(event.period))))
        closes = date.fromisoformat(event.closes[:10])
        question = facts.question_of.get(event.event)
        text = (
            question_text(question, words, names) if question else _event(event.event, event.text, closes, words, names)
        )
        chances = (words.chance(event.probability), gap, yes, no, words.chance(event.reduction))
        events.append(Watched(*text, words.day(closes), *chances))
    return events


def question_text(question: Question, words: PageWords, names: Mapping[str, str]) -> tuple[str, str]:
    """Text of a question and its language: the catalogue's where it has words for such a one, or its own.

    Parameters
    ----------
    question
        A dated question.
    words
        From :func:`hbm_model.report.words.load_words`.
    names
        Names by maker, from :func:`hbm_model.report.evidence_table.makers`.
    """
    if not words.has(f"question.{question.quantity}"):
        return question.question, "en"
    period = question.period
    if period:
        period = words.quarter(period) if "Q" in period else words.say("question.year", year=period)
    threshold = question.threshold or 0.0
    layers = words.say("question.layers", layers=question.layers) if question.layers else ""
    text = words.say(
        f"question.{question.quantity}",
        closes=words.day(question.closes),
        maker=names.get(question.vendor, question.vendor),
        product=f"{question.generation} {layers}".strip(),
        period=period,
        threshold=f"{threshold:g}",
        myriad=f"{threshold / 10:g}",  # of wafers, whose thresholds are in thousands
        percent=f"{100 * threshold:g}",
        side=words.say(f"side.{_SIDES[question.comparison]}") if question.comparison in _SIDES else "",
    )
    return text, words.lang


def _event(name: str, text: str, closes: date, words: PageWords, names: Mapping[str, str]) -> tuple[str, str]:
    parts = name.split(":")
    if parts[0] != _VOLUME or len(parts) != 4:
        return text, "en"
    maker = names.get(parts[1], parts[1])
    return words.say("watch.volume", maker=maker, generation=parts[2], day=words.day(closes)), words.lang
