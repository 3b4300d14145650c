"""Options that several verbs share, and how a verb prints."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from hbm_model.core.progress import Report

DRAWING = min(os.cpu_count() or 1, 4)
"""Processes that draw charts; each holds the forecast's draws, and more of them would hardly be quicker."""


def day(text: str) -> date:
    """A date as the user writes it.

    Parameters
    ----------
    text
        ``YYYY-MM-DD``.

    Raises
    ------
    typer.BadParameter
        It is no date.
    """
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write it like 2026-06-30") from None


AsOf = Annotated[
    date | None,
    typer.Option(parser=day, metavar="DATE", help="Use only claims published by this date. (default: today)"),
]
Data = Annotated[Path | None, typer.Option(metavar="DIR", help="A data folder. (default: the bundled evidence)")]
Store = Annotated[
    Path | None,
    typer.Option(metavar="DIR", envvar="HBM_MODEL_STORE", help="Where runs are kept. (default: ./runs)"),
]
Json = Annotated[bool, typer.Option("--json", help="Print a machine-readable result on stdout.")]


def print_version(asked: bool) -> None:
    """Print the program's name and version, and end.

    Parameters
    ----------
    asked
        Whether ``--version`` was given; nothing happens where it was not.

    Raises
    ------
    typer.Exit
        The version was printed.
    """
    if asked:
        from hbm_model.core.version import __version__

        show(f"hbm-model {__version__}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", is_eager=True, callback=print_version, help="Print the version and exit.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
LogFormat = Annotated[
    Literal["text", "json"],
    typer.Option("--log-format", help="What stderr says of the work: lines for people, or JSON lines."),
]


@dataclass(frozen=True)
class Output:
    """How a call wants to be answered; the object of its :class:`typer.Context`.

    Attributes
    ----------
    debug
        Whether errors show their traceback.
    as_json
        Whether stdout is for machines.
    json_logs
        Whether stderr is for machines.
    """

    debug: bool = False
    as_json: bool = False
    json_logs: bool = False

    @classmethod
    def of(cls, words: Sequence[str]) -> Output:
        """Read how a call wants to be answered from its words.

        The parser cannot tell: it may be the parser that fails, and the options may stand before the verb or after it.

        Parameters
        ----------
        words
            Of the call, without the program's name.
        """
        json_logs = "--log-format=json" in words or ("--log-format", "json") in pairwise(words)
        return cls("--debug" in words, "--json" in words, json_logs)

    def complain(self, event: str, message: str, **facts: object) -> None:
        """Say on stderr what went wrong, or is not as it was.

        Parameters
        ----------
        event
            Its name in JSON lines: ``failed`` makes an error of it, any other a warning.
        message
            For people.
        **facts
            Further fields of the JSON line; people are not told them.
        """
        if self.json_logs:
            from hbm_model.core.reporters import log_line

            log_line("error" if event == "failed" else "warning", event, message, **facts)
        else:
            print(f"hbm-model: {message}", file=sys.stderr)


def output_of(context: typer.Context) -> Output:
    """How the call of a verb wants to be answered.

    Parameters
    ----------
    context
        Of the verb; an :class:`Output` of defaults is set where it has none.
    """
    return context.ensure_object(Output)


def reporting(context: typer.Context) -> AbstractContextManager[Report]:
    """What the work of a verb reports to, on stderr, as the call wants it.

    Parameters
    ----------
    context
        Of the verb.
    """
    from hbm_model.core.reporters import reporter

    return reporter(as_json=output_of(context).json_logs)


def where(store: Path | None) -> Path:
    """The store that is meant: the one given, or the default.

    Parameters
    ----------
    store
        The option's value; None for ``HBM_MODEL_STORE``, or ``./runs``.
    """
    from hbm_model.store.disk import default_store

    return store or default_store()


def show(result: Any) -> None:
    """Print text as it is, and anything else as JSON.

    Parameters
    ----------
    result
        Text, or plain values without NaN or infinity.
    """
    print(result if isinstance(result, str) else json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False))
