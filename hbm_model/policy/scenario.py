"""What a scenario is, and the reading of one from its file: every key checked, every fault found in one pass."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hbm_model.core.errors import InputError, choice
from hbm_model.core.priors import Priors
from hbm_model.policy.entries import Entry
from hbm_model.policy.levers import FILE, Lever

BASELINE = "baseline"

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SCENARIO = {
    "name": "the file's name without its ending",
    "title": "what it is, in a line",
    "assumes": "what it assumes, in a paragraph",
    "settings": "a list of levers with level, start and reason ([] where `include` says it all)",
}
_MORE = ("stands_for", "signs", "include", "effects")
_MEASURE = {
    "measure": "the name of the bill, regulation or programme",
    "kind": "what it is: bill, regulation, programme",
    "date": "its day, as YYYY-MM-DD",
    "url": "the page that speaks of it",
}
_SETTING = {
    "lever": "the name of a lever",
    "level": "its level, in the lever's unit",
    "start": "the day from which it acts, as YYYY-MM-DD",
    "reason": "why this level and this day",
}


@dataclass(frozen=True)
class Measure:
    """A real measure for which a scenario stands.

    Attributes
    ----------
    measure
        Name of the bill, regulation or programme.
    kind
        What it is: bill, regulation, programme.
    date
        Its day.
    url
        The page that speaks of it.
    events
        Ids of rows in the evidence's table of policy events.
    """

    measure: str
    kind: str
    date: date
    url: str
    events: tuple[str, ...] = ()


@dataclass(frozen=True)
class Setting:
    """One lever at one level from `start` up to, not including, `end`.

    At `end` the lever goes back to its baseline level. In the baseline a later setting replaces an earlier one.

    Attributes
    ----------
    lever
        Name of the lever.
    level
        In the lever's unit.
    start
        Day from which it acts.
    announced
        Day on which the measure was made known; None: its start counts.
    end
        Day on which it ends; None: it stays.
    reason
        Why this level and this day.
    events
        Ids of rows in the evidence's table of policy events.
    expected
        Day from which people prepared for it, where that was before it was made known; else None.
    """

    lever: str
    level: float
    start: date
    announced: date | None = None
    end: date | None = None
    reason: str = ""
    events: tuple[str, ...] = ()
    expected: date | None = None


@dataclass(frozen=True)
class Scenario:
    """A set of levers with levels and times.

    Attributes
    ----------
    name
        Its file's name without the ending.
    title
        What it is, in a line.
    assumes
        The paragraph that says what it assumes.
    stands_for
        The real measures behind it.
    signs
        What would show that it is happening.
    include
        Other scenarios whose settings hold as well.
    settings
        Its own settings, in the order of the file.
    effects
        Prior name to the parameters that it changes, for :meth:`hbm_model.core.priors.Priors.override`.
    source
        The file.
    """

    name: str
    title: str
    assumes: str
    stands_for: tuple[Measure, ...]
    signs: tuple[str, ...]
    include: tuple[str, ...]
    settings: tuple[Setting, ...]
    effects: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True)
class Known:
    """What a scenario file may name.

    Attributes
    ----------
    levers
        Levers by name.
    priors
        Priors whose parameters it may change.
    scenarios
        Names of the scenarios that it may include.
    events
        Ids of the policy events; None where the evidence cannot be read, and then any id passes.
    """

    levers: Mapping[str, Lever]
    priors: Priors
    scenarios: tuple[str, ...]
    events: frozenset[str] | None


def read_scenario(stem: str, entry: Entry, known: Known) -> Scenario | None:
    """Read a scenario from its file; None where something is wrong with it.

    Parameters
    ----------
    stem
        The file's name without its ending, which must be the scenario's name.
    entry
        Contents of the file; faults are appended to its ``problems``.
    known
        What the file may name.
    """
    before = len(entry.problems)
    base = stem == BASELINE
    fields = entry.fields(_SCENARIO, _MORE)
    name, title, assumes = (fields[key].text() for key in ("name", "title", "assumes"))
    if name and name != stem:
        fields["name"].fault(f"is not the name of the file, {stem}", "make the two the same")
    elif name and not _NAME.fullmatch(name):
        fields["name"].fault("is no name of a scenario", "write it in small letters, digits and underscores")
    measures = [_measure(each, known) for each in fields["stands_for"].items()]
    signs = tuple(each.text() for each in fields["signs"].items())
    include = _include(stem, fields["include"], known)
    entries = fields["settings"].items()
    settings = [_setting(each, known, base) for each in entries]
    _refuse_overlaps(entries, settings, base)
    effects = _effects(fields["effects"], known)
    if len(entry.problems) > before:
        return None
    return Scenario(
        name=name,
        title=title,
        assumes=" ".join(assumes.split()),
        stands_for=tuple(measure for measure in measures if measure is not None),
        signs=signs,
        include=include,
        settings=tuple(setting for setting in settings if setting is not None),
        effects=effects,
        source=entry.file,
    )


def _measure(entry: Entry, known: Known) -> Measure | None:
    fields = entry.fields(_MEASURE, ("event",))
    measure, kind = fields["measure"].text(), fields["kind"].text()
    day, url = fields["date"].date(), fields["url"].url()
    events = _ids(fields["event"], known)
    return None if day is None else Measure(measure, kind, day, url, events)


def _ids(entry: Entry, known: Known) -> tuple[str, ...]:
    """Read ids of policy events: one, or a list of them."""
    each = [entry] if isinstance(entry.value, str) else entry.items()
    ids = tuple(one.text() for one in each)
    for one, name in zip(each, ids, strict=True):
        if name and known.events is not None and name not in known.events:
            one.fault("is no id of policy_events.csv", choice(name, sorted(known.events), "look it up there"))
    return ids


def _include(stem: str, entry: Entry, known: Known) -> tuple[str, ...]:
    each = entry.items()
    names = tuple(one.text() for one in each)
    if stem == BASELINE and each:
        entry.fault("is not for the baseline", "remove it, and write the settings themselves", "")
        return ()
    for place, (one, name) in enumerate(zip(each, names, strict=True)):
        if name == BASELINE:
            one.fault("holds in every scenario and is not included", "remove it")
        elif name and name not in known.scenarios:
            others = [other for other in known.scenarios if other not in (BASELINE, stem)]
            one.fault("is no scenario", choice(name, others, "give its file as well"))
        elif name and name in names[:place]:
            one.fault("is included twice", "remove one of the two")
    return names


def _setting(entry: Entry, known: Known, base: bool) -> Setting | None:
    fields = entry.fields(_SETTING, ("announced", "expected", "end", "event"))
    lever = fields["lever"].word(tuple(known.levers), "lever", f"see {FILE}")
    level = fields["level"].number()
    if lever is not None and level is not None:
        scale = known.levers[lever]
        fields["level"].number(scale.low, scale.high, f"the unit is: {scale.unit}")
    start, end, announced, expected = (fields[key].date() for key in ("start", "end", "announced", "expected"))
    if start is not None and end is not None and end <= start:
        fields["end"].fault(f"does not lie after the start, {start}", "mend one of the two, or leave the end out")
    if start is not None and announced is not None and announced > start:
        fields["announced"].fault(f"lies after the start, {start}", "mend one of the two")
    public = announced or start
    if public is not None and expected is not None and expected > public:
        fields["expected"].fault(f"lies after {public}, when it was made known", "mend one of the two, or leave it out")
    if base and fields["announced"].value is None:
        mend = "add it: an earlier as-of date needs to know what was not known yet"
        entry.fault("lacks the key 'announced'", mend, "")
    reason, events = fields["reason"].text(), _ids(fields["event"], known)
    if lever is None or level is None or start is None:
        return None
    return Setting(lever, level, start, announced, end, reason, events, expected)


def _refuse_overlaps(entries: Sequence[Entry], settings: Sequence[Setting | None], base: bool) -> None:
    """Find settings of one lever that hold at the same time; in the baseline a later one ends an open one."""
    pairs = [(each, entry) for each, entry in zip(settings, entries, strict=True) if each is not None]
    for lever in dict.fromkeys(each.lever for each, _ in pairs):
        steps = sorted((pair for pair in pairs if pair[0].lever == lever), key=lambda pair: pair[0].start)
        for place, (later, entry) in enumerate(steps):
            for earlier, _ in steps[:place]:
                ends = earlier.end or (earlier.start if base else date.max)
                if later.start < ends or later.start == earlier.start:
                    until = f"to {earlier.end}" if earlier.end else "on"
                    message = f"sets {lever} from {later.start}, as another setting does from {earlier.start} {until}"
                    entry.fault(message, "let the earlier one end before, or remove one", "")
                    break


def _effects(entry: Entry, known: Known) -> dict[str, dict[str, Any]]:
    """Read changes of the priors of effects; a prior that no lever rests on would change nothing."""
    named = sorted(frozenset().union(*(lever.priors for lever in known.levers.values())))
    effects: dict[str, dict[str, Any]] = {}
    for name, each in entry.table().items():
        if name not in named:
            each.fault("is no prior of a lever", choice(name, named, f"see {FILE}"), name)
            continue
        before = len(each.problems)
        change = {key: value.number() for key, value in each.table().items()}
        if each.value == {}:
            each.fault("changes nothing", "name a parameter and its value, or remove it", "")
        if len(each.problems) > before:
            continue
        try:
            known.priors.override({name: change})
        except InputError as error:
            each.fault(str(error).removeprefix(f"prior {name}: "), "see the prior's own entry for its parameters", "")
        effects[name] = change
    return effects
