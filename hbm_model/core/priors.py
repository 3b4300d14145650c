"""Priors are data: TOML files, each prior with a unit, a reason and a source; this module reads them."""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from hbm_model.core.arrays import Floats
from hbm_model.core.data import bundled_data
from hbm_model.core.errors import InputError

FILES = ("priors.toml", "policy_priors.toml")
"""The priors of the industry, and those of what policy does to it."""

_PARAMETERS = {"normal": ("mean", "sd"), "lognormal": ("median", "sd"), "constant": ("value",)}
_VAGUER = 2.0
"""How much wider a prior is before what it rests on was known."""
_POSITIVE = {("lognormal", "median"), ("lognormal", "sd"), ("normal", "sd")}


@dataclass(frozen=True)
class Prior:
    """One prior.

    Attributes
    ----------
    dist
        ``normal`` (mean, sd), ``lognormal`` (median, sd of the log) or ``constant`` (value).
    parameters
        Parameter name to a number, or to a mapping from label to number where `index` is set.
    index
        What the labels are (``vendor``, ``bloc``, ``origin``, ...); None for a single value.
    known_after
        ISO date of the day before which nobody could have set it; None where it always could be.
    claims
        Ids of the claims in the evidence that it rests on.
    judgement
        Whether it is nobody's published figure.
    before
        Parameters to use until `known_after`; None: ``sd`` doubles until then.
    """

    name: str
    dist: str
    parameters: Mapping[str, Any]
    index: str | None
    unit: str
    reason: str
    source: str
    known_after: str | None = None
    claims: tuple[str, ...] = ()
    judgement: bool = False
    before: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "claims", tuple(self.claims))  # a saved fit gives a list

    def values(self, parameter: str, labels: Sequence[str] | None = None) -> Any:
        """A parameter as a float, or as an array over `labels` if the prior is indexed.

        Parameters
        ----------
        parameter
            ``mean``, ``median``, ``sd`` or ``value``.
        labels
            Labels of an indexed prior, in the order of the array; else not read.
        """
        given = self.parameters[parameter]
        if self.index is None:
            return float(given)
        if labels is None:
            raise KeyError(f"prior {self.name} is indexed by {self.index}: labels are needed")
        return np.array([float(given[label]) for label in labels])


@dataclass(frozen=True)
class Priors:
    """All priors by name, with the digest that goes into a run's manifest."""

    table: Mapping[str, Prior]

    def __getitem__(self, name: str) -> Prior:
        return self.table[name]

    def constant(self, name: str, labels: Sequence[str] | None = None) -> Any:
        """Value of a ``constant`` prior: a float, or (label,) where it is indexed.

        Parameters
        ----------
        name, labels
            The prior and, where it is indexed, its entries in order.
        """
        return self._read(name, "value", labels)

    def location(self, name: str, labels: Sequence[str] | None = None) -> Any:
        """Where a prior lies on the scale on which it is normal: its mean, or the log of a lognormal's median.

        Parameters
        ----------
        name
            Of a prior that is no constant.
        labels
            Entries of an indexed prior, in order.
        """
        return self._read(name, "median" if self.table[name].dist == "lognormal" else "mean", labels)

    def scale(self, name: str, labels: Sequence[str] | None = None) -> Any:
        """Standard deviation of a prior on the scale on which it is normal.

        Parameters
        ----------
        name
            Of a prior that is no constant.
        labels
            Entries of an indexed prior, in order.
        """
        return self._read(name, "sd", labels)

    def _read(self, name: str, parameter: str, labels: Sequence[str] | None) -> Any:
        """A parameter as the equations read it: of a lognormal prior the log of the median."""
        value = self.table[name].values(parameter, labels)
        return np.log(value) if parameter == "median" else value

    def recording(self) -> RecordedPriors:
        """The same priors, which keep what is read of them."""
        return RecordedPriors(self.table)

    def reading(self, numbers: Mapping[str, Any]) -> Priors:
        """Priors of the same form whose numbers stand elsewhere, so that what is compiled with them serves all.

        Parameters
        ----------
        numbers
            By the keys of ``RecordedPriors.numbers``.
        """
        return _ReadPriors(self.table, numbers)

    @property
    def digest(self) -> str:
        """SHA-256 of everything that changes a fit (not of reasons and sources)."""
        core = {name: [p.dist, p.parameters] for name, p in sorted(self.table.items())}
        return hashlib.sha256(json.dumps(core, sort_keys=True).encode()).hexdigest()

    def override(self, changes: Mapping[str, Mapping[str, Any]]) -> Priors:
        """A copy with some parameters changed, e.g. ``{"cadence_mean": {"median": 2.2}}``.

        Parameters
        ----------
        changes
            Prior name to its new parameters. Of an indexed parameter, only the labels named change.

        Raises
        ------
        InputError
            For an unknown prior or parameter, or a value that is no number where one is needed.
        """
        table = dict(self.table)
        for name, change in changes.items():
            if name not in table:
                raise InputError(f"unknown prior {name!r}; the priors are {', '.join(sorted(table))}")
            table[name] = _checked(replace(table[name], parameters=_merged(table[name].parameters, change)))
        return Priors(table)

    def as_known(self, day: date) -> Priors:
        """The priors as they could have been set on a day.

        A prior that rests on later knowledge (``known_after``) gives way to its ``before``. Without one, its ``sd``
        doubles about the same centre. A constant without ``before`` stays: it has no width.

        Parameters
        ----------
        day
            The as-of date.
        """
        return Priors({name: _before(prior, day) for name, prior in self.table.items()})


@dataclass(frozen=True)
class RecordedPriors(Priors):
    """Priors that keep what is read of them.

    Attributes
    ----------
    numbers
        What was read, by name and parameter: () or (label,).
    """

    numbers: dict[str, Floats] = field(default_factory=dict)

    def _read(self, name: str, parameter: str, labels: Sequence[str] | None) -> Any:
        value = super()._read(name, parameter, labels)
        self.numbers[f"{name}.{parameter}"] = np.asarray(value, dtype=float)
        return value


@dataclass(frozen=True)
class _ReadPriors(Priors):
    """Priors whose numbers stand elsewhere."""

    numbers: Mapping[str, Any] = field(default_factory=dict)

    def _read(self, name: str, parameter: str, labels: Sequence[str] | None) -> Any:
        return self.numbers[f"{name}.{parameter}"]


def load_priors(path: str | Path | None = None) -> Priors:
    """Read the priors of a data folder (by default the bundled one), or of one file alone.

    Parameters
    ----------
    path
        A data folder or one TOML file; None for the bundled folder.

    Raises
    ------
    InputError
        If a file is missing, is no TOML, a prior lacks a distribution, parameter, unit, reason or source, or stands
        in both files of the folder.
    """
    place = Path(path) if path is not None else bundled_data()
    table: dict[str, Prior] = {}
    for file in [place / name for name in FILES] if place.is_dir() else [place]:
        if file.name == FILES[1] and place.is_dir() and not file.exists():
            continue  # a folder without policy
        for name, entry in _entries(file).items():
            if name in table:
                raise InputError(f"{file}: prior {name} stands already in {FILES[0]}; remove one, or rename it")
            table[name] = _parsed(file, name, entry)
    return Priors(table)


def _entries(file: Path) -> dict[str, Mapping[str, Any]]:
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); give a priors file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: is no TOML file ({error})") from error
    bare = [name for name, entry in raw.items() if not isinstance(entry, Mapping)]
    if bare:
        raise InputError(
            f"{file}: {bare[0]} is no prior; write it as a table [{bare[0]}] with dist, unit, reason, source"
        )
    return raw


def _parsed(file: Path, name: str, entry: Mapping[str, Any]) -> Prior:
    missing = [key for key in ("dist", "unit", "reason", "source") if not entry.get(key)]
    if missing:
        raise InputError(f"{file}: prior {name}: missing {', '.join(missing)}")
    dist = entry["dist"]
    if dist not in _PARAMETERS:
        raise InputError(f"{file}: prior {name}: unknown dist {dist!r}; use one of {', '.join(_PARAMETERS)}")
    absent = [key for key in _PARAMETERS[dist] if key not in entry]
    if absent:
        raise InputError(f"{file}: prior {name}: a {dist} prior needs {', '.join(absent)}")
    claims, judgement = entry.get("claims", []), entry.get("judgement", False)
    if not isinstance(claims, list) or not all(isinstance(claim, str) for claim in claims):
        raise InputError(f'{file}: prior {name}: claims is no list of ids; write it like ["eff001"]')
    if not isinstance(judgement, bool):
        raise InputError(f"{file}: prior {name}: judgement is {judgement!r}; write true or false")
    return _checked(
        Prior(
            name=name,
            dist=dist,
            parameters={key: entry[key] for key in _PARAMETERS[dist]},
            index=entry.get("index"),
            unit=entry["unit"],
            reason=entry["reason"],
            source=entry["source"],
            known_after=entry.get("known_after"),
            claims=tuple(claims),
            judgement=judgement,
            before=_earlier(file, name, entry),
        )
    )


def _earlier(file: Path, name: str, entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What a prior names as ``before``, if anything."""
    before, day = entry.get("before"), entry.get("known_after")
    if day is not None and not _is_date(day):
        raise InputError(f'{file}: prior {name}: known_after = {day!r} is no date; write it like "2024-01-01"')
    if before is None:
        return None
    if not isinstance(before, Mapping) or set(before) - set(_PARAMETERS[entry["dist"]]) or day is None:
        raise InputError(f"{file}: prior {name}: before needs known_after, and parameters of the prior's own dist")
    return before


def _is_date(text: Any) -> bool:
    try:
        return isinstance(text, str) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _before(prior: Prior, day: date) -> Prior:
    if prior.known_after is None or date.fromisoformat(prior.known_after) <= day:
        return prior
    if prior.before is not None:
        return _checked(replace(prior, parameters=_merged(prior.parameters, prior.before)))
    if prior.dist == "constant":
        return prior
    sd = prior.parameters["sd"]
    wide = {label: _VAGUER * value for label, value in sd.items()} if isinstance(sd, Mapping) else _VAGUER * sd
    return _checked(replace(prior, parameters={**prior.parameters, "sd": wide}))


def _merged(old: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters with some values changed; of an indexed one, label by label."""
    merged = dict(old)
    for key, value in change.items():
        if isinstance(old.get(key), Mapping) and isinstance(value, Mapping):
            unknown = [label for label in value if label not in old[key]]
            if unknown:
                raise InputError(f"unknown label {unknown[0]!r} in {key}; there are: {', '.join(old[key])}")
            merged[key] = {**old[key], **value}
        else:
            merged[key] = value
    return merged


def _checked(prior: Prior) -> Prior:
    for key, given in prior.parameters.items():
        if key not in _PARAMETERS[prior.dist]:
            raise InputError(f"prior {prior.name}: {prior.dist} has no parameter {key!r}")
        if isinstance(given, Mapping) != (prior.index is not None):
            form = f"a value for each {prior.index}" if prior.index else "one number"
            raise InputError(f"prior {prior.name}: {key} needs {form}")
        for value in given.values() if isinstance(given, Mapping) else (given,):
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise InputError(f"prior {prior.name}: {key} = {value!r} is no number")
            if (prior.dist, key) in _POSITIVE and value <= 0:
                raise InputError(f"prior {prior.name}: {key} = {value} must be positive")
    return prior
