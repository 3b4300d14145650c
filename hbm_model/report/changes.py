"""What changed since the last run: the headline gaps of two runs of one store, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from hbm_model.report.facts import Facts
from hbm_model.report.sections import HEADLINE_UNITS
from hbm_model.report.words import Words
from hbm_model.store import list_runs
from hbm_model.stored import load_run


@dataclass(frozen=True)
class Move:
    """One headline, before and now."""

    label: str
    before: str
    now: str
    change: str


@dataclass(frozen=True)
class Changes:
    """The run before, and what moved; `same_settings` is false where other samplers or horizons were at work."""

    run_id: str
    as_of: str
    quick: bool
    same_settings: bool
    moves: tuple[Move, ...]


def changes(facts: Facts, words: Words) -> Changes | None:
    """Against the published run before this one; None where this is the first of its store."""
    earlier = [run for run in list_runs(facts.run.path.parent) if run.run_id < facts.run.run_id]
    if not earlier:
        return None
    before = Facts(load_run(earlier[-1].run_id, facts.run.path.parent))
    settings = [{k: v for k, v in each.manifest["options"].items() if k != "force"} for each in (before, facts)]
    return Changes(
        before.run.run_id,
        words.day(date.fromisoformat(str(before.manifest["as_of"]))),
        bool(before.manifest["quick"]),
        settings[0] == settings[1],
        tuple(_moves(before, facts, words)),
    )


def _moves(before: Facts, facts: Facts, words: Words) -> Iterator[Move]:
    for quantity, unit in HEADLINE_UNITS.items():
        for period in facts.periods[1:]:
            old, new = before.row(quantity, period), facts.row(quantity, period)
            if old is None or new is None:
                continue
            label = f"{words.say(f'gap.{quantity}.title')}, {words.year_end(period)}"
            change = words.measure(new["q50"] - old["q50"], "change_points" if unit == "ratio" else unit, sign=True)
            yield Move(label, words.interval(old, unit), words.interval(new, unit), change)
