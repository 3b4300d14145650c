"""A value of a file of keys, with its place: what is wrong with it joins a list of problems, and reading goes on."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hbm_model.core.errors import InputError, Problem, choice, describe, nearest
from hbm_model.evidence.cells import CellError, parse_date, read_cell
from hbm_model.evidence.schema import Field

KeyPath = tuple[str | int, ...]

FAULTY = object()
"""Stands for a value whose fault is already in the list."""

_YEARS = (2000, 2100)
_URL = Field("url", "string", "uri", "", {})
_KINDS = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    datetime.date: "a date",
    datetime.datetime: "a time of day",
    list: "a list",
    dict: "a table of keys",
    type(None): "nothing",
}


@dataclass(frozen=True)
class KeyProblem(Problem):
    """One fault of a file of keys: `row` is its line where that is known, `column` its key (``settings[2].level``)."""

    def __str__(self) -> str:
        where = [self.file]
        if self.row is not None:
            where.append(f"line {self.row}")
        if self.column:
            where.append(f"key {self.column}")
        return str(Problem(", ".join(where), None, "", self.value, self.message, self.mend))


@dataclass(frozen=True)
class Entry:
    """One value of a file, and where it stands.

    Every reading method appends what is wrong to `problems` and returns None, or an empty value, so that all faults
    are found in one pass. Whoever reads must not use the result of a file that has problems.

    Attributes
    ----------
    file
        The file as problems name it.
    value
        Plain values only: text, numbers, truth values, dates, lists, tables and None.
    problems
        Where faults are appended; shared by all entries of a reading.
    lines
        Line of each key path, as an editor counts; empty where lines are not known.
    path
        Keys and places in lists that lead from the file to this value.
    required
        Whether None is a fault.
    """

    file: str
    value: Any
    problems: list[Problem] = field(repr=False)
    lines: Mapping[KeyPath, int] = field(default_factory=dict, repr=False)
    path: KeyPath = ()
    required: bool = True

    def fault(self, message: str, mend: str, value: str | None = None) -> None:
        """Append a problem of this value.

        Parameters
        ----------
        message
            What is wrong.
        mend
            What to do about it.
        value
            Shown instead of the value itself; "" for nothing, None for the value.
        """
        known = next((self.path[:end] for end in range(len(self.path), -1, -1) if self.path[:end] in self.lines), None)
        line = None if known is None else self.lines[known]
        value = shown(self.value if value is None else value)
        self.problems.append(KeyProblem(self.file, line, key_text(self.path), value, message, mend))

    def fields(self, required: Mapping[str, str], optional: Sequence[str] = ()) -> dict[str, Entry]:
        """Read a table whose keys are known.

        Every known key has an entry in the result: a missing one is FAULTY if required, and None if not.

        Parameters
        ----------
        required
            Key to what it holds, in words for the mend.
        optional
            Keys that may be missing.
        """
        given = self.value if isinstance(self.value, dict) else {}
        if given is self.value:
            self._hold_keys(required, optional)
        else:
            self._wrong_type("a table of keys", f"write the keys {', '.join(required)}")
        found = {name: self._child(name, given.get(name, FAULTY)) for name in required}
        return found | {name: replace(self._child(name, given.get(name)), required=False) for name in optional}

    def _hold_keys(self, required: Mapping[str, str], optional: Sequence[str]) -> None:
        """Hold the keys against those that are known; a missing and an unknown key of like names are one slip."""
        missing = [name for name in required if name not in self.value]
        absent = [*missing, *(name for name in optional if name not in self.value)]
        for name in self.value:
            if name in required or name in optional:
                continue
            near = nearest(name, missing)
            if near is None:
                message, mend = "is no key here", choice(name, absent, "remove it")
            else:
                missing.remove(near)
                message, mend = f"is no key here, and {near!r} is missing", f"rename it to {near!r}"
            self._child(name, None).fault(message, mend, name)
        for name in missing:
            self.fault(f"lacks the key {name!r}", f"add it: {required[name]}", "")

    def table(self) -> dict[str, Entry]:
        """Read a table whose keys are not known beforehand."""
        if isinstance(self.value, dict):
            return {name: self._child(name, value) for name, value in self.value.items()}
        self._wrong_type("a table of keys", "write it as `name: value`, one a line, or {} for none")
        return {}

    def items(self) -> list[Entry]:
        """Read a list."""
        if isinstance(self.value, list):
            return [self._child(place, value) for place, value in enumerate(self.value)]
        self._wrong_type("a list", "write each of its members on a line after a dash, or [] for none")
        return []

    def text(self) -> str:
        """Read text that is not empty and that a terminal can show; spaces around it are dropped."""
        if not isinstance(self.value, str):
            self._wrong_type("text", "write it in words, in quotes if it looks like something else")
            return ""
        if not self.value.strip():
            self.fault("is empty", "write it in words")
        elif not all(sign.isprintable() or sign == "\n" for sign in self.value):
            self.fault("holds characters that cannot be shown", "remove them")
        return self.value.strip()

    def word(self, known: Sequence[str], what: str, otherwise: str) -> str | None:
        """Read one of the known words; None where it is none of them.

        Parameters
        ----------
        known
            Words that are allowed.
        what
            What such a word is, for the message.
        otherwise
            The mend where no known word is near.
        """
        text, before = self.text(), len(self.problems)
        if text and text not in known:
            self.fault(f"is no {what}", choice(text, known, otherwise))
        return text if text and len(self.problems) == before else None

    def number(self, low: float = -math.inf, high: float = math.inf, mend: str = "look it up again") -> float | None:
        """Read a finite number between two bounds, both included; None where it is none.

        Parameters
        ----------
        low
            Least number allowed.
        high
            Greatest number allowed.
        mend
            What to do about a number outside the bounds.
        """
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            self._wrong_type("a number", "write digits with a point, without quotes and without a unit")
            return None
        try:
            number = float(self.value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            self.fault("is no finite number", mend)
            return None
        if not low <= number <= high:
            self.fault(f"lies outside {low:g} to {high:g}", mend)
            return None
        return number

    def flag(self) -> bool:
        """Read true or false; what is optional and absent is false."""
        if isinstance(self.value, bool):
            return self.value
        self._wrong_type("true or false", "write true or false, without quotes")
        return False

    def date(self) -> datetime.date | None:
        """Read a day, given as a date or as text."""
        value = self.value
        if isinstance(value, str):
            try:
                value = parse_date(value)
            except CellError as error:
                self.fault(error.message, error.mend)
                return None
        if not isinstance(value, datetime.date) or isinstance(value, datetime.datetime):
            self._wrong_type("a date", "write it as YYYY-MM-DD")
            return None
        if not _YEARS[0] <= value.year <= _YEARS[1]:
            self.fault(f"lies outside the years {_YEARS[0]} to {_YEARS[1]}", "look the year up again")
            return None
        return value

    def url(self) -> str:
        """Read the address of a web page."""
        text, before = self.text(), len(self.problems)
        if text and len(self.problems) == before:
            try:
                read_cell(text, _URL)
            except CellError as error:
                self.fault(error.message, error.mend)
        return text

    def _wrong_type(self, wanted: str, mend: str) -> None:
        if self.value is FAULTY or (self.value is None and not self.required):
            return
        kind = _KINDS.get(type(self.value), "something else")
        self.fault(f"is {kind}, where {wanted} is needed", mend)

    def _child(self, key: str | int, value: Any) -> Entry:
        return Entry(self.file, value, self.problems, self.lines, (*self.path, key))


def key_text(path: KeyPath) -> str:
    """Write a key path as people do: ``settings[2].level``.

    Parameters
    ----------
    path
        Keys and places in lists, from the file down.
    """
    return shown("".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix("."))


def shown(value: Any) -> str:
    """Return a single value as text that any output takes; "" for lists, tables and nothing.

    YAML's escapes can write half a character, which is escaped here.

    Parameters
    ----------
    value
        A plain value of a file, or FAULTY.
    """
    if value is None or value is FAULTY or isinstance(value, dict | list):
        return ""
    try:
        return str(value).encode("utf-8", "backslashreplace").decode("utf-8")
    except ValueError:  # a whole number of more digits than Python cares to write
        return ""


def refuse(what: str, problems: Sequence[Problem]) -> InputError:
    """Return the error that refuses a file or folder for its problems.

    Parameters
    ----------
    what
        The file or folder, in words.
    problems
        All that is wrong; the error keeps them.
    """
    count = "a problem" if len(problems) == 1 else f"{len(problems)} problems"
    return InputError(f"{what} has {count}:\n{describe(problems)}", problems)
