"""Levers: what a government or an alliance can move, in which unit, and which parameters of the model that moves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hbm_model.core.data import bundled_data
from hbm_model.core.industry import BLOCS
from hbm_model.core.priors import Priors, load_priors
from hbm_model.evidence import Problem
from hbm_model.policy.entries import Entry, refuse
from hbm_model.policy.files import read_toml

FILE = "levers.toml"

TARGETS: dict[str, str] = {
    "clock_speed": "clock",
    "learning_speed": "ramp",
    "start_loss": "ramp",
    "floor_loss": "ramp",
    "investment": "capacity",
    "capital": "capacity",
    "tool_cost": "capacity",
    "hbm_share": "demand",
    "realised": "demand",
}
"""The structural parameters that a lever may move, and the part of the system to which each belongs."""

WHOM = (*BLOCS, "all")
"""Whose makers an effect acts on."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LEVER = {
    "title": "a few words",
    "unit": "what one unit of its level is",
    "range": "the least and the greatest level, as [low, high]",
    "reference": "the level that means no measure",
    "description": "what is moved, by whom, through what",
    "onset": "the name of a lognormal prior, in years",
    "effects": "one table for each parameter that it moves",
}
_EFFECT = {
    "prior": "the name of the effect's prior",
    "target": f"one of {', '.join(TARGETS)}",
    "bloc": f"one of {', '.join(WHOM)}",
    "sign": "1 or -1",
}
_PAIRS = (("erosion", "lasting"), ("shields", "shield_onset"))


@dataclass(frozen=True)
class Effect:
    """What one unit of a lever, from its reference level, does to one parameter of one bloc.

    Attributes
    ----------
    prior
        Name of the prior of its size; lognormal is a size with `sign`, normal leaves the sign open.
    target
        The parameter, a key of `TARGETS`.
    bloc
        ``korea``, ``us``, ``china`` or ``all``.
    sign
        1 or -1.
    informed
        The fit estimates the size from the evidence.
    anticipation
        Acts between announcement and start of a rise, and is paid back afterwards.
    """

    prior: str
    target: str
    bloc: str
    sign: int
    informed: bool = False
    anticipation: bool = False

    @property
    def part(self) -> str:
        """The part of the system that it moves: clock, ramp, capacity or demand."""
        return TARGETS[self.target]


@dataclass(frozen=True)
class Lever:
    """Something that a government or an alliance can move.

    Attributes
    ----------
    name
        Its key in the file.
    title
        What it is, in a few words.
    unit
        What one unit of its level is.
    low
        Least level.
    high
        Greatest level.
    reference
        The level that means "no measure".
    description
        What is moved, by whom, through what.
    onset
        Prior of the years after which 1 - 1/e of an effect has arrived.
    erosion
        Prior of the years in which work-arounds wear an effect down by 1 - 1/e; None where nothing wears it down.
    lasting
        Prior of the share of an effect that work-arounds cannot wear down; None where nothing wears it down.
    effects
        One for each parameter that it moves.
    shields
        Share by which a unit of this lever takes the force out of another lever, by that lever's name.
    shield_onset
        Prior of the years after which 1 - 1/e of the shield stands; None where it shields from nothing.
    """

    name: str
    title: str
    unit: str
    low: float
    high: float
    reference: float
    description: str
    onset: str
    erosion: str | None
    lasting: str | None
    effects: tuple[Effect, ...]
    shields: Mapping[str, float] = field(default_factory=dict)
    shield_onset: str | None = None

    @property
    def time_paths(self) -> frozenset[str]:
        """Names of the priors of how its effects arrive and fade."""
        paths = (self.onset, self.erosion, self.lasting, self.shield_onset)
        return frozenset(name for name in paths if name is not None)

    @property
    def priors(self) -> frozenset[str]:
        """Names of all priors on which it rests."""
        return self.time_paths | {effect.prior for effect in self.effects}


def load_levers(path: str | Path | None = None, priors: Priors | None = None) -> dict[str, Lever]:
    """Read the levers file.

    Parameters
    ----------
    path
        The file; by default the bundled ``levers.toml``.
    priors
        The priors that the levers may name; by default the bundled ones.

    Returns
    -------
    dict
        Lever by name, in the order of the file.

    Raises
    ------
    InputError
        If the file cannot be read or a key of it is wrong; the message lists all problems.
    """
    file = Path(path) if path is not None else bundled_data() / FILE
    priors = priors or load_priors()
    problems: list[Problem] = []
    root = read_toml(file, file.name, problems)
    entries = root.table() if root is not None else {}
    levers = {name: _lever(name, entry, tuple(entries), priors) for name, entry in entries.items()}
    if root is not None and not entries:
        root.fault("holds no lever", "write a table for each lever")
    if problems:
        raise refuse(str(file), problems)
    return {name: lever for name, lever in levers.items() if lever is not None}


def _lever(name: str, entry: Entry, names: Sequence[str], priors: Priors) -> Lever | None:
    if not _NAME.fullmatch(name):
        entry.fault("is no name of a lever", "write it in small letters, digits and underscores", name)
    optional = tuple(key for pair in _PAIRS for key in pair)
    fields = entry.fields(_LEVER, optional)
    if isinstance(entry.value, dict):
        for one, other in (*_PAIRS, *(pair[::-1] for pair in _PAIRS)):
            if one in entry.value and other not in entry.value:
                fields[one].fault(f"stands without {other!r}", f"add {other!r}, or remove it", "")
    title, unit, description = (fields[key].text() for key in ("title", "unit", "description"))
    low, high, reference = _range(fields["range"], fields["reference"])
    onset = _prior(fields["onset"], priors, ("lognormal",))
    erosion = _prior(fields["erosion"], priors, ("lognormal",))
    lasting = _share(fields["lasting"], priors)
    shield_onset = _prior(fields["shield_onset"], priors, ("lognormal",))
    shields = _shields(name, fields["shields"], names)
    found = [_effect(each, priors) for each in fields["effects"].items()]
    if fields["effects"].value == []:
        fields["effects"].fault("is empty", "say what the lever moves")
    effects = tuple(effect for effect in found if effect is not None)
    if low is None or high is None or reference is None or onset is None:
        return None
    return Lever(
        name=name,
        title=title,
        unit=unit,
        low=low,
        high=high,
        reference=reference,
        description=description,
        onset=onset,
        erosion=erosion,
        lasting=lasting,
        effects=effects,
        shields=shields,
        shield_onset=shield_onset,
    )


def _range(span: Entry, reference: Entry) -> tuple[float | None, float | None, float | None]:
    ends = [end.number() for end in span.items()]
    level = reference.number()
    if isinstance(span.value, list) and len(ends) != 2:
        span.fault(f"has {len(ends)} numbers, where two are needed", "write it as [low, high]")
    low, high = ends if len(ends) == 2 else (None, None)
    if low is None or high is None:
        return None, None, level
    if not low < high:
        span.fault(f"does not rise from {low:g} to {high:g}", "write the lower end first")
    elif level is not None and not low <= level <= high:
        reference.fault(f"lies outside the range, {low:g} to {high:g}", "take a level of the range")
    return low, high, level


def _prior(entry: Entry, priors: Priors, dists: Sequence[str]) -> str | None:
    name = entry.word(tuple(priors.table), "prior", "add it to policy_priors.toml")
    if name is None:
        return None
    prior = priors[name]
    if prior.dist not in dists:
        entry.fault(f"is a {prior.dist} prior", f"name one that is {' or '.join(dists)}")
    if prior.index is not None:
        entry.fault(f"is a prior by {prior.index}", "name one that has a single value")
    return name


def _share(entry: Entry, priors: Priors) -> str | None:
    name = _prior(entry, priors, ("constant",))
    if name is not None and priors[name].dist == "constant" and priors[name].index is None:
        value = priors.constant(name)
        if not 0 <= value <= 1:
            entry.fault(f"is {value:g}, which is no share", "name a prior between 0 and 1")
    return name


def _shields(name: str, entry: Entry, names: Sequence[str]) -> dict[str, float]:
    shields = {}
    for other, share in entry.table().items():
        if other == name:
            share.fault("is the lever itself", "name another lever", other)
        elif other not in names:
            share.fault("is no lever", "use the name of another lever of this file", other)
        value = share.number(0, 1, "write a share between 0 and 1")
        if value is not None:
            shields[other] = value
    return shields


def _effect(entry: Entry, priors: Priors) -> Effect | None:
    fields = entry.fields(_EFFECT, ("informed", "anticipation"))
    prior = _prior(fields["prior"], priors, ("lognormal", "normal", "constant"))
    target = fields["target"].word(tuple(TARGETS), "target", "use one of the targets")
    bloc = fields["bloc"].word(WHOM, "bloc", "use one of the blocs")
    sign = fields["sign"].number()
    if sign not in (1, -1, None):
        fields["sign"].fault("is no sign", "write 1 or -1")
    if sign == -1 and prior is not None and priors[prior].dist == "normal":
        fields["sign"].fault("does not go with a normal prior, which leaves the sign open", "write 1")
    informed, anticipation = fields["informed"].flag(), fields["anticipation"].flag()
    if prior is None or target is None or bloc is None or sign is None:
        return None
    return Effect(prior, target, bloc, int(sign), informed, anticipation)
