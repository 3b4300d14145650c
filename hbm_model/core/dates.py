"""Dates as decimal years, and quarters."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hbm_model.core.errors import InputError

_QUARTER = re.compile(r"^(\d{4})Q([1-4])$")


def decimal_year(when: date) -> float:
    """A date as a decimal year: 2024-07-01 is 2024.497.

    Parameters
    ----------
    when
        A day; the time of a datetime is dropped.
    """
    start = date(when.year, 1, 1)
    return when.year + (date(when.year, when.month, when.day) - start).days / (366 if _leap(when.year) else 365)


def decimal_years(dates: pd.Series[Any]) -> NDArray[np.float64]:
    """A datetime column as decimal years; missing dates become NaN.

    Parameters
    ----------
    dates
        Column of dtype datetime64.
    """
    days = np.where(dates.dt.is_leap_year, 366.0, 365.0)
    return np.asarray(dates.dt.year + (dates.dt.day_of_year - 1) / days, dtype=float)


def parse_quarter(text: str) -> tuple[int, int]:
    """Year and quarter of ``2032Q4``.

    Parameters
    ----------
    text
        Like ``2032Q4``.

    Raises
    ------
    InputError
        If the text is no quarter.
    """
    match = _QUARTER.match(text)
    if match is None:
        raise InputError(f"{text!r} is no quarter; write it like 2032Q4")
    return int(match[1]), int(match[2])


def quarter_end(text: str) -> float:
    """Decimal year at which a quarter ends.

    Parameters
    ----------
    text
        Like ``2032Q4``; read by :func:`parse_quarter`.
    """
    year, quarter = parse_quarter(text)
    return year + quarter / 4


def quarter_label(midpoint: float) -> str:
    """Label of the quarter in which a decimal year lies, like ``2028Q3``.

    Parameters
    ----------
    midpoint
        Decimal year, such as the quarter's midpoint; a boundary belongs to the quarter that begins there.
    """
    year = int(np.floor(midpoint))
    return f"{year}Q{min(int((midpoint - year) * 4), 3) + 1}"


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
