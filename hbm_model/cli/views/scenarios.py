"""Scenarios for people and for machines: which there are, and what one of them says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hbm_model.cli.views import console

if TYPE_CHECKING:
    from hbm_model.policy.levers import Lever
    from hbm_model.policy.scenarios import Measure, Scenario, Setting

_WIDTH = 120
"""Columns of the text where there is no terminal that has its own."""


def list_json(scenarios: Mapping[str, Scenario]) -> list[dict[str, Any]]:
    """Return name, title, number of settings and includes of each scenario.

    Parameters
    ----------
    scenarios
        Scenarios by name.
    """
    return [
        {"name": each.name, "title": each.title, "settings": len(each.settings), "include": list(each.include)}
        for each in scenarios.values()
    ]


def show_json(scenario: Scenario, levers: Mapping[str, Lever]) -> dict[str, Any]:
    """Return everything that a scenario says, with the unit, range and reference level of each lever that it sets.

    Parameters
    ----------
    scenario
        The scenario to show.
    levers
        Levers by name, among them all that it sets.
    """
    shown: dict[str, Any] = _plain(asdict(scenario))
    for setting in shown["settings"]:
        lever = levers[setting["lever"]]
        setting |= {"unit": lever.unit, "range": [lever.low, lever.high], "reference": lever.reference}
    return shown


def print_list(scenarios: Mapping[str, Scenario]) -> None:
    """Print one line for each scenario.

    Parameters
    ----------
    scenarios
        Scenarios by name.
    """
    table = console.table("name", "title", "settings", "includes")
    table.columns[2].justify = "right"
    for each in scenarios.values():
        table.add_row(*map(Text, (each.name, each.title, str(len(each.settings)), ", ".join(each.include))))
    console.put(table, width=_WIDTH)


def print_scenario(scenario: Scenario, scenarios: Mapping[str, Scenario], levers: Mapping[str, Lever]) -> None:
    """Print what a scenario assumes, stands for, would be known by, includes and sets.

    Parameters
    ----------
    scenario
        The scenario to show.
    scenarios
        Scenarios by name, for the titles of those that it includes.
    levers
        Levers by name, for the units of those that it sets.
    """
    parts: list[RenderableType] = [
        Text.assemble((scenario.name, "bold"), ": ", scenario.title),
        Text(""),
        Text(scenario.assumes),
    ]
    parts += _block("Stands for", (line for measure in scenario.stands_for for line in _measure(measure)))
    parts += _block("It is happening if", map(_point, scenario.signs))
    parts += _block("Includes", (Text(f"{name}: {scenarios[name].title}") for name in scenario.include))
    parts += _block("Settings", [_settings(scenario.settings, levers)] if scenario.settings else [])
    parts += _block(
        "Effects changed",
        (
            Text(f"{name}: {', '.join(f'{key} = {value:g}' for key, value in change.items())}")
            for name, change in scenario.effects.items()
        ),
    )
    console.put(*parts, width=_WIDTH)


def _point(words: str) -> RenderableType:
    """Return a point of a list whose further lines stand under its first word."""
    point = Table.grid(padding=(0, 1, 0, 0))
    point.add_row("-", Text(words))
    return point


def _measure(measure: Measure) -> Iterable[RenderableType]:
    events = f" ({', '.join(measure.events)})" if measure.events else ""
    yield Text(f"{measure.date}  {measure.kind}: {measure.measure}{events}")
    yield Text(f"    {measure.url}", no_wrap=True)


def _settings(settings: Iterable[Setting], levers: Mapping[str, Lever]) -> Table:
    table = console.table("lever", "level", "unit", "announced", "start", "end", "reason")
    table.columns[1].justify = "right"
    for place in (0, 1, 3, 4, 5):
        table.columns[place].no_wrap = True
    table.columns[2].ratio, table.columns[6].ratio = 2, 3
    for each in settings:
        days = ("" if day is None else str(day) for day in (each.announced, each.start, each.end))
        reason = each.reason if each.expected is None else f"{each.reason} (expected from {each.expected} on)".lstrip()
        table.add_row(*map(Text, (each.lever, f"{each.level:g}", levers[each.lever].unit, *days, reason)))
    return table


def _block(title: str, lines: Iterable[RenderableType]) -> list[RenderableType]:
    shown = [line if console.whole(line) else Padding(line, (0, 0, 0, 2)) for line in lines]
    return [Text(""), Text(title, style="bold"), *shown] if shown else []


def _plain(value: Any) -> Any:
    """Return nested values with dates as text and tuples as lists."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, date) else value
