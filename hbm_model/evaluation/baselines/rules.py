"""Rules of thumb that give a point from what is known, and what they would have given in the past.

A rule takes what is known of one quantity and what is asked (``wanted``, with the columns of the history), and gives
the centre of its forecast and the lead in years over which it reaches; NaN where it has nothing to go by.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from hbm_model.core.industry import order
from hbm_model.evaluation.baselines.spread import DATES, Errors
from hbm_model.evaluation.scores import Floats

Rule = Callable[[pd.DataFrame, pd.DataFrame], tuple[Floats, Floats]]
Dates = dict[int, float]
"""Decimal years by place in the order of generations."""

CADENCE = 2.0
"""Years between generations while fewer than two are known."""
_NEAR = 0.5
"""Years between the time that is asked for and that of an announced level which still speaks of it."""
_SAME = 0.25
"""Claims of one series this near to each other in time are averaged: they disagree more than the world moves."""
_SHORT = 0.25
"""Years squared. Claims that lie no farther apart than half a year say less than half of a slope."""
_MOST_DAYS = 20
"""Days of the past from which a rule is tried."""
_COLUMNS = ["time", "value", "published"]
_TIME, _VALUE, _PUBLISHED = range(3)
_NOTHING = np.zeros((0, 3))


def guidance(known: pd.DataFrame, wanted: pd.DataFrame) -> tuple[Floats, Floats]:
    """What was announced last, taken at its word.

    Of levels: the plan or forecast for about that time, at most half a year from it; being half a year nearer in time
    is worth as much as being half a year fresher. The lead is the time from the announcement to what it announces.

    Parameters
    ----------
    known
        History of one quantity.
    wanted
        What is asked of it, with the columns of the history.
    """
    told = _series(known[known["status"] == "guidance"])

    def one(asked: Any) -> tuple[float, float]:
        rows = told.get(asked.series, _NOTHING)
        if asked.quantity in DATES:
            away, rank = np.zeros(len(rows)), rows[:, _PUBLISHED]
        else:
            away = np.abs(rows[:, _TIME] - asked.time)
            rank = np.where(away <= _NEAR, rows[:, _PUBLISHED] - away, -np.inf)
        if not np.isfinite(rank).any():
            return np.nan, np.nan
        last = rows[np.argmax(rank)]
        ahead = last[_VALUE] if asked.quantity in DATES else asked.time
        return last[_VALUE], ahead - last[_PUBLISHED]

    return _each(one, wanted)


def last(known: pd.DataFrame, wanted: pd.DataFrame) -> tuple[Floats, Floats]:
    """The last known value stays; of dates, the last known lag.

    A maker who brought its latest generation so many years after the first maker brings the next one as late after the
    first. Where nobody has brought that one, the maker's latest date is continued by the industry's mean cadence.

    Parameters
    ----------
    known
        History of one quantity.
    wanted
        What is asked of it, with the columns of the history.
    """

    def level(time: float, rows: Floats) -> tuple[float, float]:
        then, value = _latest(rows, time)
        return value, abs(time - then)

    def date(generation: int, own: Dates, first: Dates) -> float:
        newest = max(own)
        if generation in first:
            return first[generation] + own[newest] - first[newest]
        return own[newest] + (generation - newest) * _cadence(first)

    return _by_kind(known, wanted, level, date)


def drift(known: pd.DataFrame, wanted: pd.DataFrame) -> tuple[Floats, Floats]:
    """The series goes on as it went; of dates, with the maker's own mean cadence from generation to generation.

    The slope is that of a ridge regression of the series' claims on time, which shrinks slopes between claims that lie
    close together; it starts from the last known value. A maker with one generation has the industry's cadence.

    Parameters
    ----------
    known
        History of one quantity.
    wanted
        What is asked of it, with the columns of the history.
    """

    def level(time: float, rows: Floats) -> tuple[float, float]:
        if np.ptp(rows[:, _TIME]) < _SAME:
            return np.nan, np.nan
        then, value = _latest(rows, time)
        away = rows[:, _TIME] - rows[:, _TIME].mean()
        slope = (away * rows[:, _VALUE]).sum() / ((away**2).sum() + _SHORT)
        return value + slope * (time - then), abs(time - then)

    def date(generation: int, own: Dates, first: Dates) -> float:
        newest = max(own)
        return own[newest] + (generation - newest) * _cadence(own if len(own) > 1 else first)

    return _by_kind(known, wanted, level, date)


def past_errors(rule: Rule, history: pd.DataFrame, now: float) -> Errors:
    """What the rule would have forecast of one quantity on days of the past, and how far off.

    Dates that were announced and have not come by `now` count as what they are: later than that.

    Parameters
    ----------
    rule
        The rule that is tried.
    history
        Of one quantity, as known at `now`.
    now
        Decimal year up to which outcomes are known.
    """
    came = history[history["status"] == "actual"]
    asked = came
    if history["quantity"].isin(DATES).any():
        announced = history[~history["series"].isin(came["series"])].drop_duplicates("series")
        asked = pd.concat([came, announced.assign(value=now, published=np.inf, status="open")])
    days = np.unique(history["published"])
    days = days[np.unique(np.linspace(0, len(days) - 1, _MOST_DAYS).round().astype(int))] if len(days) else days
    found = [made for day in days if len(made := _forecast_on(day, rule, history, asked))]
    if not found:
        return Errors(np.zeros(0), np.zeros(0), np.zeros(0, dtype=bool), np.zeros(0))
    rows = pd.concat(found)
    error, lead = (rows[name].to_numpy(float) for name in ("error", "lead"))
    is_open = (rows["status"] == "open").to_numpy()
    times = rows.groupby(level=0)["error"].transform("size").to_numpy(float)
    return Errors(error, lead, is_open, 1.0 / times)


def _forecast_on(day: float, rule: Rule, history: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """Errors and leads of what was foretold on a day; the index is that of the outcome."""
    later = asked[asked["published"] > day]
    if later.empty:
        return later
    centre, lead = rule(history[history["published"] <= day], later)
    rows = later.assign(error=later["value"].to_numpy(float) - centre, lead=lead)
    return rows[rows["error"].notna()]


def _each(one: Callable[[Any], tuple[float, float]], wanted: pd.DataFrame) -> tuple[Floats, Floats]:
    found = np.array([one(asked) for asked in wanted.itertuples()], dtype=float).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _series(rows: pd.DataFrame) -> dict[str, Floats]:
    """(claim, column) of each series."""
    return {str(name): each[_COLUMNS].to_numpy(float) for name, each in rows.groupby("series")}


def _by_kind(
    known: pd.DataFrame,
    wanted: pd.DataFrame,
    level: Callable[[float, Floats], tuple[float, float]],
    date: Callable[[int, Dates, Dates], float],
) -> tuple[Floats, Floats]:
    """A rule of levels, which gets the time and the series, and one of dates, which gets those of the maker and all."""
    came = known[known["status"] == "actual"]
    if not wanted["quantity"].isin(DATES).any():
        series = _series(came)

        def of_level(asked: Any) -> tuple[float, float]:
            return level(asked.time, series[asked.series]) if asked.series in series else (np.nan, np.nan)

        return _each(of_level, wanted)
    first, own = _dates(came), {str(maker): _dates(rows) for maker, rows in came.groupby("vendor")}

    def of_date(asked: Any) -> tuple[float, float]:
        generation = order(asked.generation)
        before = {g: when for g, when in own.get(asked.vendor, {}).items() if g < generation}
        if not before:
            return np.nan, np.nan
        centre = date(generation, before, first)
        return centre, max(centre - before[max(before)], 0.0)

    return _each(of_date, wanted)


def _dates(came: pd.DataFrame) -> Dates:
    """First date by place of the generation in their order."""
    return {
        order(str(generation)): float(when) for generation, when in came.groupby("generation")["value"].min().items()
    }


def _cadence(dates: Dates) -> float:
    """Mean years from generation to generation."""
    if len(dates) < 2:
        return CADENCE
    return (dates[max(dates)] - dates[min(dates)]) / (max(dates) - min(dates))


def _latest(rows: Floats, time: float) -> tuple[float, float]:
    """Time and mean of the claims about the last time up to the one asked for, or else about the first time."""
    then = rows[:, _TIME]
    past = then[then <= time]
    near = (then > past.max() - _SAME) & (then <= time) if len(past) else then < then.min() + _SAME
    return float(then[near].mean()), float(rows[near, _VALUE].mean())
