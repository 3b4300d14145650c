"""Yields by age: maker against maker, and height against height."""

import pandas as pd
import pytest

from hbm_model import charts
from hbm_model.core.errors import InputError

from .conftest import make_ages, text_of


def test_makers_are_at_base_height() -> None:
    table = charts.same_age_table(make_ages())
    assert set(zip(table["generation"], table["layers"], strict=True)) == {("HBM3", 8), ("HBM3E", 8), ("HBM4", 12)}
    axes = charts.same_age(make_ages())
    axes[0].figure.canvas.draw()
    assert all("CXMT" in text_of(ax) for ax in axes)


def test_heights_are_drawn_by_maker() -> None:
    table = charts.heights_table(make_ages(), "HBM3E")
    assert sorted(table["layers"].unique()) == [8, 12, 16]
    axes = charts.heights(make_ages(), "HBM3E")
    assert all("16 layers" in text_of(ax) for ax in axes.flat)
    with pytest.raises(InputError, match="'HBM5' comes in one stack height; more have: HBM2, HBM3, HBM3E"):
        charts.heights(make_ages(), "HBM5")


def test_another_table_is_refused() -> None:
    with pytest.raises(InputError, match="lacks the columns vendor, generation"):
        charts.same_age(pd.DataFrame({"months": [1]}))
