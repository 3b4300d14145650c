"""Which level each lever has at which time: what is in force, and what a scenario makes of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from hbm_model.core.dates import decimal_year
from hbm_model.policy.levers import Lever
from hbm_model.policy.scenario import BASELINE, Scenario, Setting


@dataclass(frozen=True)
class Step:
    """A lever's level from a time on, until the next step.

    Attributes
    ----------
    start
        Decimal year from which the level holds.
    level
        In the lever's unit.
    expected
        Decimal year in which people began to prepare for it; never after `start`.
    """

    start: float
    level: float
    expected: float


Steps = tuple[Step, ...]
Levels = Mapping[str, Steps]
"""Steps of every lever that has any, by name, in order of time."""


def in_force(baseline: Scenario, as_of: date) -> dict[str, Steps]:
    """Levels of the baseline's measures that were announced by a day.

    Each holds until the lever's next one. A measure without a day of announcement counts as announced at its start.

    Parameters
    ----------
    baseline
        The baseline scenario.
    as_of
        The as-of date.
    """
    known = sorted(
        (each for each in baseline.settings if (each.announced or each.start) <= as_of),
        key=lambda each: (each.lever, each.start),
    )
    levels: dict[str, Steps] = {}
    for each in known:
        levels[each.lever] = (*levels.get(each.lever, ()), _step(each, decimal_year(each.start)))
    return levels


def levels_of(
    name: str, scenarios: Mapping[str, Scenario], base: Levels, levers: Mapping[str, Lever], as_of: float
) -> dict[str, Steps]:
    """Levels under a scenario and all that it includes.

    Where two of them set one lever, their differences from the baseline add up, within the lever's range. A setting
    that starts before the as-of date acts, and is anticipated, only from that date on: the past stays as it was.

    Parameters
    ----------
    name
        Name of the scenario.
    scenarios
        Scenarios by name: this one, and all that it includes.
    base
        From :func:`in_force`.
    levers
        Levers by name.
    as_of
        Decimal year.
    """
    sources = [list(scenarios[each].settings) for each in sorted(closure(name, scenarios)) if each != BASELINE]
    levels = dict(base)
    for lever in sorted({setting.lever for settings in sources for setting in settings}):
        own = [[each for each in settings if each.lever == lever] for settings in sources]
        levels[lever] = _combined([each for each in own if each], base.get(lever, ()), levers[lever], as_of)
    return levels


def level_at(steps: Sequence[Step], time: float, reference: float) -> float:
    """Level of a lever at a time.

    Parameters
    ----------
    steps
        The lever's steps, in order of time.
    time
        Decimal year.
    reference
        The level before the first step.
    """
    past = [step.level for step in steps if step.start <= time]
    return past[-1] if past else reference


def closure(name: str, scenarios: Mapping[str, Scenario]) -> set[str]:
    """Names of a scenario and of everything that it includes, directly or through others.

    Parameters
    ----------
    name
        Name of the scenario.
    scenarios
        Scenarios by name.
    """
    found, open_ones = set(), [name]
    while open_ones:
        each = open_ones.pop()
        if each not in found:
            found.add(each)
            open_ones += scenarios[each].include
    return found


def _combined(sources: list[list[Setting]], base: Steps, lever: Lever, as_of: float) -> Steps:
    times = {max(edge, as_of) for settings in sources for each in settings for edge in _edges(each)}
    times |= {step.start for step in base}
    steps: list[Step] = []
    for time in sorted(times):
        usual = level_at(base, time, lever.reference)
        active = [each for settings in sources for each in settings if _acts(each, time, as_of)]
        level = active[0].level if len(active) == 1 else usual + math.fsum(each.level - usual for each in active)
        starting = [
            max(_step(each, time).expected, as_of) for each in active if max(decimal_year(each.start), as_of) == time
        ]
        starting += [step.expected for step in base if step.start == time and not active]
        before = steps[-1].level if steps else lever.reference
        level = min(max(level, lever.low), lever.high)
        if level != before:
            steps.append(Step(time, level, min(starting, default=time)))
    return tuple(steps)


def _edges(setting: Setting) -> Iterator[float]:
    yield decimal_year(setting.start)
    if setting.end is not None:
        yield decimal_year(setting.end)


def _acts(setting: Setting, time: float, as_of: float) -> bool:
    start = max(decimal_year(setting.start), as_of)
    return start <= time and (setting.end is None or time < decimal_year(setting.end))


def _step(setting: Setting, start: float) -> Step:
    expected = decimal_year(setting.expected or setting.announced or setting.start)
    return Step(start, setting.level, min(expected, start))
