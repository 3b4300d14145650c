"""Tables as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain dictionaries by the names of their columns.

    Parameters
    ----------
    table
        Any frame; its index is dropped.
    """
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
