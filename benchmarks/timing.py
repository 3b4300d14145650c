"""Costs of tasks, measured in turn, so that what else the machine does meets all of them alike."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Cost:
    """What one task took.

    Attributes
    ----------
    cpu
        Seconds of processor time, with those of processes that it started and waited for.
    wall
        Seconds by the clock.
    found
        What the task returned: figures of its own.
    """

    cpu: float
    wall: float
    found: Mapping[str, Any] = field(default_factory=dict)


def measured(task: Callable[[], Mapping[str, Any] | None]) -> Cost:
    """What a task takes.

    Parameters
    ----------
    task
        Done once; what it returns is kept.
    """
    cpu, wall = cpu_seconds(), time.perf_counter()
    found = task()
    return Cost(cpu_seconds() - cpu, time.perf_counter() - wall, found or {})


def in_turn(
    cases: Mapping[str, Callable[[], Mapping[str, Any] | None]],
    repetitions: int,
    said: Callable[[str], None] = lambda _words: None,
) -> dict[str, list[Cost]]:
    """Costs of cases, one after another, and all of them again for each repetition.

    Parameters
    ----------
    cases
        Tasks by name.
    repetitions
        How often each is done.
    said
        Called with a line after each.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in cases}
    for number in range(repetitions):
        for name, task in cases.items():
            costs[name].append(measured(task))
            cost = costs[name][-1]
            said(f"{name} ({number + 1} of {repetitions}): {cost.cpu:.2f} CPU s, {cost.wall:.2f} s")
    return costs


def per_call(function: Callable[[], object], seconds: float) -> float:
    """Processor time of one call, in ms, of as many calls as fill a span of time.

    Parameters
    ----------
    function
        Called once before, so that what is done only once is left out.
    seconds
        Of processor time that are filled.
    """
    function()
    calls, spent, start = 0, 0.0, time.process_time()
    while not calls or spent < seconds:
        function()
        calls, spent = calls + 1, time.process_time() - start
    return 1e3 * spent / calls


def compared(cases: Mapping[str, Sequence[float]]) -> dict[str, dict[str, Any]]:
    """Median and range of each case, and of its ratio to the first case, turn by turn.

    Parameters
    ----------
    cases
        Values of every turn, by name.

    Returns
    -------
    dict[str, dict[str, Any]]
        By name ``each`` value, and ``median, low, high`` of the values and of the ``ratio``.
    """
    first = next(iter(cases.values()))
    return {
        name: {
            "each": list(values),
            **_spread(values),
            "ratio": _spread([value / base for value, base in zip(values, first, strict=True)]),
        }
        for name, values in cases.items()
    }


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": float(np.median(values)), "low": float(min(values)), "high": float(max(values))}


def cpu_seconds() -> float:
    """Processor time of this process so far, with that of processes which it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
