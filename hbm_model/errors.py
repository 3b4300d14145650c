"""The errors that a user meets, each with the exit code that the command line answers.

Every one is also a builtin error, so that a notebook can catch `ValueError` without knowing this module.
`str(error)` is the whole message: readable, and naming what to do.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hbm_model.evidence import Problem


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

    def __init__(self, message: str, problems: "Sequence[Problem]" = ()) -> None:
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
