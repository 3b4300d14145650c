"""The track record: the published scores of the model on earlier days, wins and losses alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from hbm_model.evaluation import published
from hbm_model.evaluation.baselines import BASELINES
from hbm_model.evaluation.published import ALL
from hbm_model.evaluation.scores import INTERVALS
from hbm_model.report.words import PageWords


@dataclass(frozen=True)
class Skill:
    """Skill against one forecaster, as text.

    Attributes
    ----------
    skill
        Skill score with sign.
    rest
        Its interval and number of claims.
    worse
        Whether the model loses.
    """

    skill: str
    rest: str
    worse: bool


@dataclass(frozen=True)
class Scored:
    """One scored quantity, as text.

    Attributes
    ----------
    quantity
        Its name.
    count
        Number of claims.
    inside
        Share of outcomes inside each interval.
    skills
        Skill against each forecaster (None: not compared).
    """

    quantity: str
    count: str
    inside: tuple[str, ...]
    skills: tuple[Skill | None, ...]


@dataclass(frozen=True)
class Track:
    """The track record: sentences, a table, and what the chart of skill draws.

    Attributes
    ----------
    notes
        Sentences on what was done and found.
    how
        Sentence on how to read the table.
    inside, forecasters
        Heads of the columns.
    rows
        One row per quantity.
    drawn
        Scores that the chart of skill draws, with words for names.
    source
        Source line of that chart.
    """

    notes: tuple[str, ...]
    how: str
    inside: tuple[str, ...]
    forecasters: tuple[str, ...]
    rows: tuple[Scored, ...]
    drawn: pd.DataFrame
    source: str


def track(words: PageWords) -> Track | None:
    """Published scores of the package; None where it has none.

    Parameters
    ----------
    words
        From :func:`hbm_model.report.words.load_words`.
    """
    study = published.read()
    return None if study is None else track_of(study, words)


def track_of(study: Mapping[str, Any], words: PageWords) -> Track:
    """Scores of one study in one language.

    Parameters
    ----------
    study
        From :func:`hbm_model.evaluation.published.told` or :func:`hbm_model.evaluation.published.read`.
    words
        From :func:`hbm_model.report.words.load_words`.
    """
    skills = {(row["quantity"], row["forecaster"]): row for row in study["skill"]}
    asked = [name for name in BASELINES if any(forecaster == name for _, forecaster in skills)]
    held = {row["quantity"]: row for row in study["coverage"]}
    rows = [
        Scored(
            words.say(f"scored.{name}"),
            str(held[name]["n"]),
            tuple(words.chance(held[name][level]) for level in INTERVALS),
            tuple(_skill(skills.get((name, forecaster)), words) for forecaster in asked),
        )
        for name in held
    ]
    drawn = published.compared(study)
    for column, group in (("quantity", "scored"), ("forecaster", "forecaster")):
        drawn[column] = [words.say(f"{group}.{name}") for name in drawn[column]]
    return Track(
        notes=tuple(_notes(study, words)),
        how=words.say("track.how"),
        inside=tuple(words.say("track.inside", level=level[2:]) for level in INTERVALS),
        forecasters=tuple(words.say(f"forecaster.{name}") for name in asked),
        rows=tuple(rows),
        drawn=drawn,
        source=words.say("track.chart", made=study["made"]),
    )


def _notes(study: Mapping[str, Any], words: PageWords) -> list[str]:
    days = [words.day(date.fromisoformat(day)) for day in (study["origins"][0], study["origins"][-1], study["made"])]
    number = len(study["origins"])
    single = [row["skill"] for row in study["skill"] if row["quantity"] != ALL]
    wins, losses = sum(skill > 0 for skill in single), sum(skill < 0 for skill in single)
    notes = [
        words.say("track.intro", origins=number, first=days[0], last=days[1], targets=study["targets"]),
        words.say("track.tally", wins=wins, losses=losses, all=len(single)),
    ]
    asked = study["questions"]
    if asked["n"]:
        brier, base = (f"{asked[name]:.3f}" for name in ("brier", "base"))
        notes.append(words.say("track.questions", n=asked["n"], brier=brier, base=base))
    notes.append(words.say("track.passed", passed=study["passed"], origins=number))
    version = {"version": study["version"]} if study["version"] else {}
    return [*notes, words.say("track.study_version" if version else "track.study", made=days[2], **version)]


def _skill(row: Mapping[str, Any] | None, words: PageWords) -> Skill | None:
    if row is None:
        return None
    rest = words.say("track.count_of", n=row["n"])
    if row["low"] is not None:
        low, high = (words.number(row[name], 2, sign=True) for name in ("low", "high"))
        rest = f"{words.say('unit.range', low=low, high=high)} {rest}"
    return Skill(words.number(row["skill"], 2, sign=True), rest, row["skill"] < 0)
