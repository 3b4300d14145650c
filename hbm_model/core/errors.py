"""The errors that a user meets, each with its exit code, and the single problems of an input, each with its mend.

Every one is also a builtin error, so that a notebook can catch `ValueError` without knowing this module.
`str(error)` is the whole message: readable, and naming what to do.
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

SHOWN = 50
"""Problems that one message lists; the error's `problems` holds them all."""

_LONGEST_CELL, _LONGEST_PART = 60, 300


@dataclass(frozen=True)
class Problem:
    """One fault of a data folder.

    Attributes
    ----------
    file
        The file, relative to the data folder.
    row
        Its line number in the file, as an editor counts; None for a fault of the whole file.
    column
        The column, or "" for a fault of the whole row or file.
    value
        The cell as it stands, or "".
    message
        What is wrong.
    mend
        What to do about it.
    """

    file: str
    row: int | None
    column: str
    value: str
    message: str
    mend: str

    def __str__(self) -> str:
        where = [self.file]
        if self.row is not None:
            where.append(f"row {self.row}")
        if self.column:
            where.append(f"column {_short(self.column, _LONGEST_CELL)}")
        shown = f"{quoted(self.value)} " if self.value else ""
        message, mend = (_short(part, _LONGEST_PART) for part in (self.message, self.mend))
        text = f"{', '.join(where)}: {shown}{message}; {mend}."
        return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)  # nothing a terminal obeys


class HbmError(Exception):
    """Base of everything that this package raises on purpose."""

    exit_code = 1


class InputError(HbmError, ValueError):
    """Bad input or usage: the caller can mend it.

    Parameters
    ----------
    message
        What is wrong, where, and how to mend it.
    problems
        The single problems behind the message, where there is a list of them.
    """

    exit_code = 2

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class OlderModelError(InputError):
    """A stored fit is one of an older model: the tables beside it stay readable, its draws do not."""


class GateError(HbmError, RuntimeError):
    """The fit failed its quality gate and was not published."""

    exit_code = 3


class StoreLockedError(HbmError, RuntimeError):
    """Another run holds the store."""

    exit_code = 4


class StoreError(HbmError, OSError):
    """The store cannot be read or written: no space, no permission, not a folder."""

    exit_code = 1


def quoted(text: str) -> str:
    """Return a cell for display, shortened.

    Parameters
    ----------
    text
        The cell as it stands.
    """
    return repr(_short(text, _LONGEST_CELL))


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 3] + "..."


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word of which `word` most likely is a misspelling; None where none is near.

    Parameters
    ----------
    word
        The word as written.
    known
        Words that are allowed.
    """
    names = list(known)
    for spell in (str, str.casefold):  # a slip of the pen first, of the case next: some tables spell a vendor otherwise
        spelt = {spell(name): name for name in reversed(names)}
        found = difflib.get_close_matches(spell(word.strip()), spelt, n=1, cutoff=0.6)
        if found:
            return spelt[found[0]]
    return None


def choice(word: str, known: Sequence[str], otherwise: str) -> str:
    """Return the mend of an unknown word: the near one, or the few that are allowed, or `otherwise`.

    Parameters
    ----------
    word
        The word as written.
    known
        Words that are allowed.
    otherwise
        What to do if no known word is meant.
    """
    near = nearest(word, known)
    if near is not None:
        return f"did you mean {near!r}? Else {otherwise}"
    return f"use one of {', '.join(known)}" if 0 < len(known) <= 12 else otherwise


def describe(problems: Sequence[Problem], shown: int = SHOWN) -> str:
    """Return the problems as lines of text, the first `shown` of them.

    Parameters
    ----------
    problems
        In the order in which they are listed.
    shown
        Most lines of problems; one more line counts the rest.
    """
    lines = [str(problem) for problem in problems[:shown]]
    if len(problems) > shown:
        lines.append(f"... and {len(problems) - shown} more")
    return "\n".join(lines)


def refuse(problems: Sequence[Problem], folder: Path) -> InputError:
    """Return the error that refuses a folder for its problems.

    Parameters
    ----------
    problems
        All that is wrong; the error keeps them.
    folder
        The data folder, named in the message.
    """
    count = "a problem" if len(problems) == 1 else f"{len(problems)} problems"
    return InputError(f"the evidence in {folder} has {count}:\n{describe(problems)}", problems)
