"""A cell of text becomes a value, or a fault that says how to mend it.

Only the plain spelling of a value is taken: `float` would also read "1_000", "nan", " 7" and digits of other scripts,
and `date.fromisoformat` also "20250131" and "2025-W05-5", none of which anybody means in these tables.
"""

import datetime
import math
import re
from collections.abc import Callable
from functools import cache
from urllib.parse import urlsplit

from hbm_model.core.errors import choice
from hbm_model.evidence.schema import DESCRIPTOR, Field

Value = str | float | bool | datetime.date

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_YEAR = re.compile(r"[0-9]{4}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BOOLEANS = {"true": True, "false": False}


class CellError(ValueError):
    """What is wrong with a cell, and the mend.

    Parameters
    ----------
    message
        What is wrong, as the rest of a sentence that begins with the cell.
    mend
        What to do about it.
    """

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.message, self.mend = message, mend


def parse_date(text: str) -> datetime.date:
    """Read an ISO date, and nothing else.

    Parameters
    ----------
    text
        Like ``2026-06-30``.

    Raises
    ------
    CellError
        If it is no such date, or no day of the calendar.
    """
    if not _DATE.fullmatch(text):
        raise CellError("is no date", "write it as YYYY-MM-DD")
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise CellError("is a day that the calendar does not have", "look the date up again") from error


def parse_number(text: str) -> float:
    """Read a plain decimal number.

    Parameters
    ----------
    text
        Digits with a point, a sign or an exponent.

    Raises
    ------
    CellError
        If it is no such number, or not finite.
    """
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(number):
        raise CellError("is no number", "write digits with a point, without unit, sign of percent or thousands' commas")
    return number


def _parse_integer(text: str) -> float:
    if not _INTEGER.fullmatch(text):
        raise CellError("is no whole number", "write digits only")
    return parse_number(text)


def _parse_year(text: str) -> float:
    if not _YEAR.fullmatch(text):
        raise CellError("is no year", "write it as YYYY")
    return float(text)


def _parse_boolean(text: str) -> bool:
    if text not in _BOOLEANS:
        raise CellError("is neither true nor false", "write true or false")
    return _BOOLEANS[text]


def _parse_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and "." in (parts.hostname or "")
        _ = parts.port
    except ValueError:
        good = False
    if not good or re.search(r"[\s\x00-\x1f\x7f<>\"]", text):
        raise CellError("is no web address", "write the page's full address, beginning with https:// or http://")
    return text


_PARSERS: dict[str, Callable[[str], Value]] = {
    "string": str,
    "number": parse_number,
    "integer": _parse_integer,
    "year": _parse_year,
    "boolean": _parse_boolean,
    "date": parse_date,
}


@cache
def _bound(field_type: str, bound: str | float) -> Value:
    """Return a limit of the schema, which holds dates as text, as a value of the column's type."""
    return parse_date(str(bound)) if field_type == "date" else float(bound)


def read_cell(text: str, field: Field) -> Value | None:
    """Read one cell of a column; None where it is empty.

    Parameters
    ----------
    text
        The cell as it stands.
    field
        Its column in the schema.

    Raises
    ------
    CellError
        When the cell breaks the column's type or a constraint.
    """
    if text == "":
        if field.required:
            raise CellError("an empty cell, where the column needs a value", "fill it in, or leave the row out")
        return None
    if field.allowed and field.type == "string":
        if text not in field.allowed:
            otherwise = f"add the word to the column's enum in {DESCRIPTOR}"
            raise CellError(f"is no known {field.name}", choice(text, field.allowed, otherwise))
        return text
    parser = _parse_url if field.format == "uri" else _PARSERS[field.type]
    value = parser(text)
    _hold(text, value, field)
    return value


def _hold(text: str, value: Value, field: Field) -> None:
    """Hold a value against the limits of its column."""
    for name, limit in field.constraints.items():
        if name in _LIMITS:
            breaks, message = _LIMITS[name]
            if breaks(value, _bound(field.type, limit)):  # type: ignore[arg-type]
                raise CellError(f"{message} {limit}", "look the value and its unit up again")
        elif name == "pattern" and not re.fullmatch(limit, text):
            raise CellError("is not of the form that the column takes", f"write it as {limit}")
        elif name == "enum" and value not in limit:
            raise CellError(f"is no known {field.name}", f"use one of {', '.join(field.allowed)}")


_LIMITS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "minimum": (lambda value, limit: value < limit, "lies below the least possible value"),
    "maximum": (lambda value, limit: value > limit, "lies above the greatest possible value"),
    "exclusiveMinimum": (lambda value, limit: value <= limit, "must lie above"),
}
