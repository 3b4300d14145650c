"""What the work says, shown: on a terminal or in a notebook as bars, elsewhere as lines, for machines as JSON lines."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from hbm_model.core.progress import ADVANCED, FINISHED, NOTE, STARTED, Report, silent

_BETWEEN_LINES, _BETWEEN_DRAWINGS = 10.0, 0.5
"""Seconds between two lines on how far a stage is, and between two drawings of the bars in a notebook."""


@contextmanager
def reporter(*, as_json: bool = False) -> Iterator[Report]:
    """Yield a function to call with what begins now, shown on stderr.

    Parameters
    ----------
    as_json
        Write JSON lines, for `--log-format json`.
    """
    console = Console(stderr=True, highlight=False)
    if as_json:
        yield _JsonLines()
    elif _moves(console):
        with on_terminal(console) as report:
            yield report
    else:
        yield _Lines(console)


@contextmanager
def shown(progress: bool | Report) -> Iterator[Report]:
    """Yield what a Python function reports to: bars in a notebook and on a terminal, and nothing elsewhere.

    Parameters
    ----------
    progress
        Whether to show any; or what is to be called instead.
    """
    console = Console(stderr=True, highlight=False)
    if not isinstance(progress, bool):
        yield progress
    elif progress and console.is_jupyter:
        with in_notebook() as report:
            yield report
    elif progress and _moves(console):
        with on_terminal(console) as report:
            yield report
    else:
        yield silent


def _moves(console: Console) -> bool:
    """Whether a line can move there: not in a file, also not where colours are wanted of one."""
    return console.is_interactive and console.file.isatty()


class _Lines:
    """Plain lines: what begins, and now and then how far it is."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._start = self._last = time.monotonic()

    def __call__(self, words: str, /, *, event: str = NOTE, **_facts: Any) -> None:
        now = time.monotonic()
        if event == FINISHED or (event == ADVANCED and now - self._last < _BETWEEN_LINES):
            return
        self._last = now
        self._console.print(f"{now - self._start:6.1f} s  {words}", markup=False, soft_wrap=True)


class _JsonLines:
    """JSON lines with all facts; of how far a stage is, one at each tenth."""

    def __init__(self) -> None:
        self._tenths: dict[str, int] = {}

    def __call__(self, words: str, /, *, event: str = NOTE, **facts: Any) -> None:
        name = facts.get("stage", "")
        if event == STARTED:
            self._tenths.pop(name, None)
        elif event == ADVANCED:
            tenth = 10 * facts["done"] // max(facts["total"], 1)
            if self._tenths.get(name) == tenth:
                return
            self._tenths[name] = tenth
        log_line("info", event, words, **facts)


class _Bars:
    """A line for each stage on a progress display: it moves while the stage is under way, and is ticked at its end."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._lines: dict[str, tuple[TaskID, str]] = {}

    def __call__(self, words: str, /, *, event: str = NOTE, **facts: Any) -> None:
        name = facts.get("stage", "")
        if event == STARTED:
            self._lines[name] = self._progress.add_task(words, total=None), words
        elif event == ADVANCED and name in self._lines:
            line, begun = self._lines[name]
            now = {"completed": facts["done"], "total": facts["total"], "description": f"{begun}: {words}"}
            self._progress.update(line, **now)
        else:
            line = self._lines.pop(name)[0] if event == FINISHED else self._progress.add_task(words, total=None)
            total = self._progress.tasks[line].total or 1
            self._progress.update(line, completed=total, total=total)


class _Bar(BarColumn):
    """A bar where it is known how far a stage is, and that is not all of the way."""

    def render(self, task: Task) -> Any:
        return Text() if task.total is None or task.finished else super().render(task)


def _progress(console: Console | None = None) -> Progress:
    words = TextColumn("{task.description}", markup=False)
    columns = (SpinnerColumn(finished_text="[green]✓"), words, _Bar(bar_width=20), TimeElapsedColumn())
    return Progress(*columns, console=console)


@contextmanager
def on_terminal(console: Console) -> Iterator[Report]:
    """Yield what shows bars on a terminal.

    Parameters
    ----------
    console
        Of the terminal.
    """
    with _progress(console) as progress:
        yield _Bars(progress)


@contextmanager
def in_notebook() -> Iterator[Report]:
    """Yield what shows bars in a notebook, in one display that IPython updates.

    Rich's own way into a notebook needs ipywidgets; this needs nothing.
    """
    from IPython.display import display

    progress, over = _progress(), Event()
    drawn: Any = display(progress, display_id=True)  # type: ignore[no-untyped-call]

    def draw() -> None:
        while not over.wait(_BETWEEN_DRAWINGS):
            drawn.update(progress)

    drawing = Thread(target=draw, daemon=True)
    drawing.start()
    try:
        yield _Bars(progress)
    finally:
        over.set()
        drawing.join()
        drawn.update(progress)


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
