"""What the work is doing, on stderr: a line that moves on a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@contextmanager
def reporter() -> Iterator[Callable[[str], None]]:
    """Yield a function to call with what begins now."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        start = time.monotonic()
        yield lambda words: print_line(console, f"{time.monotonic() - start:6.1f} s  {words}")
        return
    columns = (
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:

        def report(words: str) -> None:
            for task in progress.tasks:
                progress.update(task.id, total=1, completed=1)
            progress.add_task(words, total=None)

        yield report
        for task in progress.tasks:
            progress.update(task.id, total=1, completed=1)


def print_line(console: Console, line: str) -> None:
    """Print one line as it is: no wrapping, no markup."""
    console.print(line, markup=False, soft_wrap=True)
