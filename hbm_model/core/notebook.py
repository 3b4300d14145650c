"""How results show themselves in a notebook: small HTML tables, in which everything that comes from data is text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

_CELL = "text-align: left; padding: 0.1em 1em 0.1em 0"


def view(title: str, header: Sequence[str], rows: Iterable[Sequence[object]], note: str = "") -> str:
    """A titled HTML table.

    Parameters
    ----------
    title
        Line above the table.
    header
        Names of the columns; none for a table of facts.
    rows
        Cells, escaped here.
    note
        Line below the table; "" for none.
    """
    head = _row("th", header) if header else ""
    body = "".join(_row("td", row) for row in rows)
    below = f"<div>{escape(note)}</div>" if note else ""
    return f"<div><strong>{escape(title)}</strong><table>{head}{body}</table>{below}</div>"


def _row(tag: str, cells: Sequence[object]) -> str:
    return "<tr>" + "".join(f'<{tag} style="{_CELL}">{escape(str(cell))}</{tag}>' for cell in cells) + "</tr>"
