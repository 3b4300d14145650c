"""What the work is doing, on stderr: a moving line on a terminal, plain lines elsewhere, JSON lines if asked for."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Protocol

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

NOTE, STARTED, FINISHED = "note", "stage_started", "stage_finished"
"""Events: something said, a stage that begins, and its end with the seconds that it took."""


class Report(Protocol):
    """What the work calls to say what it is doing; people read the words, machines the facts as well."""

    def __call__(self, words: str, /, *, event: str = NOTE, **facts: object) -> None:
        """Say it."""


def silent(_words: str, /, *, event: str = NOTE, **_facts: object) -> None:
    """Say nothing.

    Parameters
    ----------
    _words
        Words for people; passed over.
    event
        ``NOTE``, ``STARTED`` or ``FINISHED``; passed over.
    **_facts
        Facts for machines; passed over.
    """


@contextmanager
def reporter(*, as_json: bool = False) -> Iterator[Report]:
    """Yield a function to call with what begins now.

    Parameters
    ----------
    as_json
        Write JSON lines, for `--log-format json`.
    """
    console = Console(stderr=True, highlight=False)
    if as_json:
        yield _json_report
    elif not console.is_terminal:
        start = time.monotonic()

        def say(words: str, /, *, event: str = NOTE, **_facts: object) -> None:
            if event != FINISHED:
                print_line(console, f"{time.monotonic() - start:6.1f} s  {words}")

        yield say
    else:
        with _moving(console) as report:
            yield report


@contextmanager
def _moving(console: Console) -> Iterator[Report]:
    """Yield a report for a terminal: the line that is under way moves, and the ones before it are ticked."""
    columns = (
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:

        def report(words: str, /, *, event: str = NOTE, **_facts: object) -> None:
            if event != FINISHED:
                for task in progress.tasks:
                    progress.update(task.id, total=1, completed=1)
                progress.add_task(words, total=None)

        yield report
        for task in progress.tasks:
            progress.update(task.id, total=1, completed=1)


def log_line(level: str, event: str, message: str, **facts: object) -> None:
    """Write one JSON line on stderr: time in UTC, level, event, message, and the facts that there are.

    Parameters
    ----------
    level
        ``info``, ``warning`` or ``error``.
    event
        Name of what happened, such as ``NOTE``.
    message
        The line for people.
    **facts
        Further keys of the line; what JSON has no form for is written as text.
    """
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"time": now, "level": level, "event": event, "message": message, **facts}
    print(json.dumps(line, ensure_ascii=False, default=str), file=sys.stderr, flush=True)


def _json_report(words: str, /, *, event: str = NOTE, **facts: object) -> None:
    log_line("info", event, words, **facts)


def print_line(console: Console, line: str) -> None:
    """Print one line as it is: no wrapping, no markup.

    Parameters
    ----------
    console
        Where to print.
    line
        Its text.
    """
    console.print(line, markup=False, soft_wrap=True)
