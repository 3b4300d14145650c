"""Tables and text on a terminal, and the same as plain lines of a fixed width elsewhere."""

from __future__ import annotations

import sys

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text


def table(*heads: str) -> Table:
    """A table without lines, its heads dim.

    Parameters
    ----------
    *heads
        Titles of the columns, in order.
    """
    return Table(*heads, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")


def whole(line: RenderableType) -> bool:
    """Say whether a line may not be broken: half an address leads nowhere.

    Parameters
    ----------
    line
        Text with ``no_wrap`` stays whole; anything else may be broken.
    """
    return isinstance(line, Text) and bool(line.no_wrap)


def put(*parts: RenderableType, width: int) -> None:
    """Print with the terminal's width and styles on a terminal, and as plain text of a fixed width elsewhere.

    Parameters
    ----------
    *parts
        What to print, one after the other.
    width
        Columns of the text where stdout is no terminal.
    """
    console = Console(highlight=False, width=None if sys.stdout.isatty() else width)
    with console.capture() as captured:
        for part in parts:
            console.print(part, soft_wrap=whole(part))
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))
