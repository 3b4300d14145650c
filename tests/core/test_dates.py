"""Decimal years and quarters, there and back."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hbm_model.core.dates import decimal_year, decimal_years, parse_quarter, quarter_end, quarter_label
from hbm_model.core.errors import InputError

DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2024, 1, 1), 2024.0),
        (date(2024, 7, 1), 2024 + 182 / 366),
        (date(2023, 7, 2), 2023.49863),
        (date(2024, 12, 31), 2024 + 365 / 366),
        (date(2000, 12, 31), 2000 + 365 / 366),
    ],
)
def test_a_day_is_the_part_of_its_year_that_has_gone(day: date, year: float) -> None:
    assert_allclose(decimal_year(day), year, rtol=0, atol=5e-6)


@given(days=st.lists(DAYS, min_size=1, max_size=8))
def test_a_column_of_days_gives_what_its_days_give(days: list[date]) -> None:
    column = pd.to_datetime(pd.Series(days)).astype("datetime64[us]")
    assert_allclose(decimal_years(column), [decimal_year(day) for day in days], rtol=0, atol=1e-9)


def test_a_missing_date_is_no_number() -> None:
    column = pd.Series(pd.to_datetime(["2024-01-01", None]))
    years = decimal_years(column)
    assert years[0] == 2024.0
    assert np.isnan(years[1])
    assert np.isnan(decimal_years(column[1:])).all()
    assert decimal_years(column[:0]).shape == (0,)


@given(days=st.tuples(DAYS, DAYS))
def test_later_days_are_larger_numbers(days: tuple[date, date]) -> None:
    first, last = sorted(days)
    assert (decimal_year(first) < decimal_year(last)) == (first < last)


@given(year=st.integers(1990, 2100), quarter=st.integers(1, 4), inside=st.floats(0.0, 0.2499))
def test_a_quarter_is_named_by_any_moment_within_it(year: int, quarter: int, inside: float) -> None:
    label = quarter_label(year + (quarter - 1) / 4 + inside)
    assert label == f"{year}Q{quarter}"
    assert parse_quarter(label) == (year, quarter)
    assert quarter_end(label) == year + quarter / 4


@pytest.mark.parametrize("text", ["2032", "2032Q5", "2032Q0", "2032q4", "32Q4", " 2032Q4", "2032-Q4", "Q4 2032", ""])
def test_what_is_no_quarter_is_told_with_its_mend(text: str) -> None:
    with pytest.raises(InputError, match="is no quarter; write it like 2032Q4"):
        parse_quarter(text)
