"""Scenarios: who sets which lever to which level and when, read from YAML files that name the real measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hbm_model.core.data import bundled_data
from hbm_model.core.errors import InputError, choice
from hbm_model.core.priors import Priors, load_priors
from hbm_model.evidence import Problem
from hbm_model.evidence.check import DataFolder
from hbm_model.evidence.schema import read_package
from hbm_model.evidence.sheet import read_sheet
from hbm_model.policy.entries import Entry, KeyProblem, refuse
from hbm_model.policy.files import read_yaml
from hbm_model.policy.levers import FILE as LEVERS
from hbm_model.policy.levers import Lever, load_levers
from hbm_model.policy.scenario import BASELINE, Known, Measure, Scenario, Setting, read_scenario

__all__ = [
    "BASELINE",
    "FOLDER",
    "Measure",
    "PolicyInputs",
    "Scenario",
    "Setting",
    "check_scenario_file",
    "find_scenario",
    "load_scenarios",
    "read_policy_inputs",
    "scenario_levers",
    "select",
]

FOLDER = "scenarios"


@dataclass(frozen=True)
class PolicyInputs:
    """What the files of a data folder say of policy, and the priors, each file read once.

    Attributes
    ----------
    priors
        All priors of the folder.
    levers
        Levers by name.
    scenarios
        Scenarios by name: the baseline, the others of the folder, then those of further files.
    """

    priors: Priors
    levers: Mapping[str, Lever]
    scenarios: dict[str, Scenario]


def read_policy_inputs(
    folder: str | Path | None = None, extra: Sequence[str | Path] = (), evidence: DataFolder | None = None
) -> PolicyInputs:
    """Read priors, levers and scenarios of a data folder, and further scenario files.

    Parameters
    ----------
    folder
        A data folder with ``scenarios/``, ``levers.toml`` and the priors; by default the bundled one.
    extra
        Scenario files of one's own. They may include those of the folder, and one another.
    evidence
        The same folder's evidence, where it was read already; otherwise its policy events are read here.

    Raises
    ------
    InputError
        If anything is wrong with any of them; the message lists all problems.
    """
    home = _folder(folder)
    events = _events(home) if evidence is None else evidence.policy_events
    inputs, problems = _gather(home, [Path(path) for path in extra], events)
    if problems:
        raise refuse(f"the scenarios in {home}" if not extra else "the scenarios", problems)
    return inputs


def load_scenarios(folder: str | Path | None = None, extra: Sequence[str | Path] = ()) -> dict[str, Scenario]:
    """Read the scenarios of a data folder, and further files.

    Parameters
    ----------
    folder
        A data folder with ``scenarios/``, ``levers.toml`` and the priors; by default the bundled one.
    extra
        Scenario files of one's own. They may include those of the folder, and one another.

    Returns
    -------
    dict
        Scenario by name: the baseline, the others of the folder by name, then the extra ones.

    Raises
    ------
    InputError
        If anything is wrong with any of them; the message lists all problems.
    """
    return read_policy_inputs(folder, extra).scenarios


def select(
    known: Mapping[str, Scenario], names: Sequence[str] | None = None, files: Sequence[str | Path] = ()
) -> dict[str, Scenario]:
    """Return the baseline and the chosen scenarios, in the order of `known`.

    Parameters
    ----------
    known
        Scenarios by name, among them the baseline and those of `files`.
    names
        Names of the chosen ones; None for all.
    files
        Scenario files of one's own, which are always chosen.

    Raises
    ------
    InputError
        If there is none of a name.
    """
    own = [Path(path).stem for path in files]
    asked = {BASELINE, *own, *(find_scenario(known, name).name for name in (known if names is None else names))}
    return {name: each for name, each in known.items() if name in asked}


def find_scenario(scenarios: Mapping[str, Scenario], name: str) -> Scenario:
    """Return a scenario by its name.

    Parameters
    ----------
    scenarios
        Scenarios by name.
    name
        Name of the one wanted.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    if name not in scenarios:
        raise InputError(f"there is no scenario {name!r}; {choice(name, list(scenarios), 'see `scenarios list`')}")
    return scenarios[name]


def scenario_levers(folder: str | Path | None = None) -> dict[str, Lever]:
    """Return the levers of a data folder by name, which its scenarios set.

    Parameters
    ----------
    folder
        A data folder; None for the bundled one.
    """
    place = _folder(folder)
    return load_levers(place / LEVERS, load_priors(place))


def check_scenario_file(path: str | Path, folder: str | Path | None = None) -> list[Problem]:
    """List everything that is wrong with one scenario file, beside those of a data folder.

    Parameters
    ----------
    path
        The file; it may be one of the folder's own.
    folder
        A data folder; None for the bundled one.

    Raises
    ------
    InputError
        If the folder's own levers or priors cannot be read.
    """
    place, file = _folder(folder), Path(path)
    own = [each for each in _files(place) if _same(each, file)]
    label = _label(own[0], place) if own else str(file)
    problems = _gather(place, [] if own else [file], _events(place))[1]
    return [problem for problem in problems if problem.file == label]


def _folder(given: str | Path | None) -> Path:
    folder = Path(given) if given is not None else bundled_data()
    if not folder.is_dir():
        raise InputError(f"{folder}: is no data folder; name one that holds {FOLDER}/, {LEVERS} and priors")
    return folder


def _gather(folder: Path, extra: Sequence[Path], events: frozenset[str] | None) -> tuple[PolicyInputs, list[Problem]]:
    """Read all files; nothing is left out of the list of problems."""
    priors = load_priors(folder)
    levers = load_levers(folder / LEVERS, priors)
    own, problems = _files(folder), list(_stray(folder))
    entries: dict[str, Entry] = {}
    files: dict[str, str] = {}
    for path in [*own, *extra]:
        file = _label(path, folder) if path in own else str(path)
        entry = read_yaml(path, file, problems)
        if path.stem in files:
            message, mend = f"has the name of {files[path.stem]}", "give it a name of its own"
            if path.stem == BASELINE:
                mend = "give it another: the baseline is what all scenarios are compared with"
            problems.append(KeyProblem(file, None, "", "", message, mend))
            continue
        files[path.stem] = file
        if entry is not None:
            entries[path.stem] = entry
    if files.get(BASELINE) != f"{FOLDER}/{BASELINE}.yaml":
        mend = "take it over from the bundled ones"
        problems.append(KeyProblem(f"{FOLDER}/{BASELINE}.yaml", None, "", "", "the file is missing", mend))
    known = Known(levers, priors, tuple(files), events)
    found = {stem: read_scenario(stem, entry, known) for stem, entry in entries.items()}
    scenarios = {stem: scenario for stem, scenario in found.items() if scenario is not None}
    _refuse_cycles(entries)
    _refuse_conflicts(entries, scenarios)
    return PolicyInputs(priors, levers, scenarios), problems


def _files(folder: Path) -> list[Path]:
    """Return the scenario files of a folder, the baseline first."""
    return sorted((folder / FOLDER).glob("*.yaml"), key=lambda path: (path.stem != BASELINE, path.stem))


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):  # there is no such file, or its name can be none
        return False


def _label(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _stray(folder: Path) -> Iterator[Problem]:
    """Yield files that are never read, for their names."""
    for path in sorted((folder / FOLDER).glob("*.yml")):
        yield KeyProblem(_label(path, folder), None, "", "", "is not read", f"rename it to {path.stem}.yaml")


def _events(folder: Path) -> frozenset[str] | None:
    """Return the ids of the policy events in the evidence; None where the evidence cannot be read."""
    package = read_package(folder)
    if isinstance(package, Problem) or "policy_events" not in package.tables:
        return None
    sheet = read_sheet(folder, package.tables["policy_events"], [])
    return frozenset(sheet.cells.get("id", ())) if sheet is not None else None


def _refuse_cycles(entries: Mapping[str, Entry]) -> None:
    """Find scenarios that include themselves, by whatever way."""
    include = {}
    for stem, entry in entries.items():
        given = entry.value.get("include")
        include[stem] = [name for name in given if isinstance(name, str)] if isinstance(given, list) else []
    for stem, entry in entries.items():
        cycle = _ways(stem, include).get(stem)
        if cycle:
            message = f"leads back to itself: {' -> '.join(cycle)}"
            _at(entry, "include").fault(message, "remove one of these from its include", "")


def _refuse_conflicts(entries: Mapping[str, Entry], scenarios: Mapping[str, Scenario]) -> None:
    """Find scenarios that change one parameter of a prior to two values: which one holds may not hang on the order."""
    include = {stem: scenario.include for stem, scenario in scenarios.items()}
    for stem in scenarios:
        values: dict[tuple[str, str], tuple[float, str]] = {}
        for other in sorted({stem, *_ways(stem, include)} & set(scenarios)):
            for prior, change in scenarios[other].effects.items():
                for parameter, value in change.items():
                    first, where = values.setdefault((prior, parameter), (value, other))
                    if value != first:
                        message = f"makes {parameter} of {prior} both {first:g} ({where}) and {value:g} ({other})"
                        _at(entries[stem], "include").fault(message, "change it in one of them only", "")


def _at(entry: Entry, key: str) -> Entry:
    return Entry(entry.file, None, entry.problems, entry.lines, (key,))


def _ways(start: str, include: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return every scenario that one includes, in steps too, with the shortest chain of includes that leads there."""
    ways: dict[str, tuple[str, ...]] = {}
    ends: list[tuple[str, ...]] = [(start,)]
    for way in ends:  # grows while it is walked: breadth first
        for name in include.get(way[-1], ()):
            if name not in ways:
                ways[name] = (*way, name)
                ends.append(ways[name])
    return ways
