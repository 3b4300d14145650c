"""Levels of levers over time: what is in force, and what a scenario makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from hbm_model.charts.kit import marks, style
from hbm_model.charts.kit.words import lever_words, say, scenario_name, wrapped
from hbm_model.core.errors import InputError
from hbm_model.core.tables import records
from hbm_model.policy.levels import levels_of
from hbm_model.policy.policy import Policy
from hbm_model.policy.scenarios import BASELINE, Scenario, find_scenario, load_scenarios

COLUMNS = ["lever", "scenario", "start", "expected", "level", "unit"]
_END = 2033.0
_ROOM = 0.12
_LINE = 7.0
"""Points that a line of a unit takes."""


def policy_timeline_table(
    policy: Policy,
    scenario: str | None = None,
    levers: Sequence[str] | None = None,
    scenarios: Mapping[str, Scenario] | None = None,
) -> pd.DataFrame:
    """What :func:`policy_timeline` draws, tidy: one row per step of a lever in the baseline and in a scenario.

    Parameters
    ----------
    policy
        Measures and levers of a fit, ``fit.policy``.
    scenario
        Name of a scenario (default: only what is in force).
    levers
        Names of the levers (default: those that the scenario changes; without one, those that any measure set).
    scenarios
        Scenarios by name, out of which the scenario and what it includes are taken (default: the bundled ones).

    Returns
    -------
    pd.DataFrame
        With ``COLUMNS``; ``start`` and ``expected`` (since when people prepared for it) are decimal years, and a
        lever's first row, without either, is its reference level.

    Raises
    ------
    InputError
        For an unknown scenario or lever, or if nothing is in force or set.
    """
    base = {name: tuple(steps) for name, steps in policy.levels.items()}
    paths = {BASELINE: base}
    if scenario is not None and scenario != BASELINE:
        choices = load_scenarios() if scenarios is None else scenarios
        name = find_scenario(choices, scenario).name
        paths[name] = levels_of(name, choices, base, policy.levers, policy.as_of)
    for lever in levers or ():
        if lever not in policy.levers:
            raise InputError(f"unknown lever {lever!r}; there are: {', '.join(policy.levers)}")
    last = list(paths.values())[-1]
    moved = {name for name, steps in last.items() if steps and (len(paths) == 1 or steps != base.get(name, ()))}
    chosen = [name for name in policy.levers if name in (moved if levers is None else levers)]
    if not chosen:
        raise InputError("no lever is set to anything, so that there is nothing to draw")
    rows = []
    for lever in chosen:
        about = policy.levers[lever]
        for name, levels in paths.items():
            steps = [(np.nan, np.nan, about.reference)]
            steps += [(step.start, step.expected, step.level) for step in levels.get(lever, ())]
            rows += [(lever, name, start, expected, level, about.unit) for start, expected, level in steps]
    return pd.DataFrame(rows, columns=COLUMNS)


@style.lettered
def policy_timeline(
    policy: Policy,
    scenario: str | None = None,
    levers: Sequence[str] | None = None,
    scenarios: Mapping[str, Scenario] | None = None,
    until: float = _END,
    ax: Sequence[Axes] | None = None,
) -> style.AxesArray:
    """Draw the levels of levers over time, one panel each: in force, and under a scenario.

    Parameters
    ----------
    policy
        Measures and levers of a fit, ``fit.policy``.
    scenario
        Name of a scenario (default: only what is in force).
    levers
        Names of the levers (default: those that the scenario changes; without one, those that any measure set).
    scenarios
        Scenarios by name, out of which the scenario and what it includes are taken (default: the bundled ones).
    until
        Right end of the time axis, decimal years.
    ax
        One Axes per lever to draw on (default: a new figure, reached by ``axes[0].figure``).

    Returns
    -------
    style.AxesArray
        The Axes, in the order of the levers. A dot is the day from which a step was expected, joined to its start.
    """
    table = policy_timeline_table(policy, scenario, levers, scenarios)
    names = list(table["lever"].unique())
    usual = set(table["scenario"]) == {BASELINE}
    title = say("measures.title") if usual else say("measures.title_under", scenario=scenario_name(str(scenario)))
    axes, key = style.panels(ax, len(names), 1, height=2.2 + 2.6 * len(names), title=title)
    starts = table["start"].dropna()
    first = np.floor(min([starts.min() if len(starts) else policy.as_of, policy.as_of - 2.0])) - 1.0
    for panel, name in zip(axes, names, strict=True):
        about, own = policy.levers[name], table[table["lever"] == name]
        style.dress(panel)
        style.years(panel, first, until, every=2)
        span = about.high - about.low
        panel.set_ylim(about.low - _ROOM * span, about.high + _ROOM * span)
        panel.axhline(about.reference, color=style.MUTED, linewidth=0.5, linestyle=(0, (1, 1.5)), zorder=1.7)
        heading, unit_words = lever_words(name, about.title, about.unit)
        unit = wrapped(unit_words, 72)
        panel.set_title(heading, loc="left", fontsize=style.TEXT + 0.5, fontweight="bold", pad=4 + _LINE * len(unit))
        panel.annotate(
            "\n".join(unit), (0.0, 1.0), xycoords="axes fraction", xytext=(0, 3), textcoords="offset points",
            fontsize=style.SMALL, color=style.MUTED, va="bottom", in_layout=False,
        )  # fmt: skip
        for other, steps in own.groupby("scenario", sort=False):
            _draw(panel, steps, str(other), policy.as_of, until)
        panel.axvline(policy.as_of, color=style.MUTED, linewidth=0.5, linestyle=(0, (2, 2)), zorder=1.5)
    marks.key_below(key, axes, _key(table), columns=2)
    return style.arrayed(axes, 1)[:, 0]


def _draw(panel: Axes, steps: pd.DataFrame, name: str, as_of: float, until: float) -> None:
    usual = name == BASELINE
    colour, width = (style.INK, 1.0) if usual else (style.COLOURS["china"], 1.6)
    start = steps["start"].fillna(panel.get_xlim()[0]).to_numpy(float)
    level = steps["level"].to_numpy(float)
    x, y = np.append(start, until), np.append(level, level[-1])
    if not usual:  # the past is the baseline's
        at = float(level[start <= as_of][-1])
        x, y = np.append(as_of, x[x > as_of]), np.append(at, y[x > as_of])
    panel.step(x, y, where="post", color=colour, linewidth=width, zorder=3 if usual else 2.8, clip_on=False)
    for row in records(steps.dropna(subset=["start"])):
        if row["expected"] < row["start"] and (usual or row["start"] > as_of):
            ends = [row["expected"], row["start"]]
            panel.plot(ends, [row["level"]] * 2, color=colour, linewidth=0.6, linestyle=(0, (1, 1.2)), zorder=2.6)
            panel.plot(ends[:1], [row["level"]], marker="o", markersize=2.4, color=colour, markerfacecolor="white")


def _key(table: pd.DataFrame) -> list[Line2D]:
    entries = [Line2D([], [], color=style.INK, linewidth=1.0, label=say("measures.in_force"))]
    for name in table["scenario"].unique()[1:]:
        label = say("measures.under", scenario=scenario_name(name))
        entries.append(Line2D([], [], color=style.COLOURS["china"], linewidth=1.6, label=label))
    look: dict[str, Any] = {"linestyle": (0, (1, 1.2)), "linewidth": 0.6, "color": style.INK}
    entries.append(
        Line2D([], [], marker="o", markersize=2.4, markerfacecolor="white", label=say("measures.expected"), **look)
    )
    none = Line2D([], [], color=style.MUTED, linewidth=0.5, linestyle=(0, (1, 1.5)), label=say("measures.none"))
    now = Line2D([], [], color=style.MUTED, linewidth=0.5, linestyle=(0, (2, 2)), label=say("measures.as_of"))
    return [*entries, none, now]


def policy_timeline_words(table: pd.DataFrame) -> str:
    """Alt text: every step of every lever.

    Parameters
    ----------
    table
        From :func:`policy_timeline_table`.
    """
    parts = []
    for (lever, scenario), rows in table.groupby(["lever", "scenario"], sort=False):
        steps = [
            say("measures.alt_step", level=f"{row['level']:g}", start=f"{row['start']:.1f}")
            for row in records(rows.dropna(subset=["start"]))
        ]
        base = scenario == BASELINE
        words = say("measures.in_force") if base else say("measures.under", scenario=scenario_name(str(scenario)))
        start = say("measures.alt_before" if steps else "measures.alt_throughout", level=f"{rows['level'].iloc[0]:g}")
        _, unit = lever_words(str(lever), "", str(rows["unit"].iloc[0]))
        parts.append(f"{scenario_name(str(lever))} ({unit}), {words}: {', '.join([start, *steps])}")
    return say("measures.alt", parts=". ".join(parts))
