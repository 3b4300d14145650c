"""Scores of probabilities, against hand values and textbook cases."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hbm_model.evaluation.events import reliability, wilson

some = settings(max_examples=40)


def test_the_reliability_table_by_hand() -> None:
    table = reliability([0.0, 0.05, 0.95, 1.0, 0.93], [0, 1, 1, 1, 0])
    assert table["n"].tolist() == [2, 3]
    assert_allclose(table[["from", "to"]], [[0.0, 0.1], [0.9, 1.0]])
    assert_allclose(table["forecast"], [0.025, 0.96])
    assert table["happened"].tolist() == [1, 2]
    assert_allclose(table["rate"], [1 / 2, 2 / 3])
    assert (table["low"] < table["rate"]).all()
    assert (table["high"] > table["rate"]).all()


def test_wilsons_interval_against_its_textbook_case() -> None:
    """81 of 263 at 95 %: 0.2553 to 0.3662 (Newcombe 1998, Statistics in Medicine 17, table I)."""
    low, high = wilson(81, 263, 0.95)
    assert (float(low), float(high)) == pytest.approx((0.2553, 0.3662), abs=1e-4)


@some
@given(n=st.integers(1, 1000), share=st.floats(0, 1))
def test_wilsons_interval_holds_the_rate(n: int, share: float) -> None:
    count = round(n * share)
    low, high = wilson(count, n)
    assert -1e-12 <= low <= count / n + 1e-12
    assert count / n - 1e-12 <= high <= 1 + 1e-12
