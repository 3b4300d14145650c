"""Yields by age: each draw at its own volume date, held against plain interpolation of the simulated world."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from hbm_model.core.industry import BASE_LAYERS, TALLER_LAYERS
from hbm_model.core.quantities import TABLE_QUANTILES
from hbm_model.forecasting.simulate import simulate
from hbm_model.forecasting.yield_by_age import COLUMNS, MONTHS, maturity
from hbm_model.inference.fit import Fit

HORIZON = "2029Q4"
KEY = ["vendor", "generation", "layers"]


@pytest.fixture(scope="module")
def ages(made_up_fit: Fit) -> pd.DataFrame:
    return maturity(made_up_fit, HORIZON)


def of(ages: pd.DataFrame, vendor: str, generation: str, layers: int) -> pd.DataFrame:
    wanted = (ages["vendor"] == vendor) & (ages["generation"] == generation) & (ages["layers"] == layers)
    return ages[wanted].set_index("months")


def test_a_row_is_a_maker_a_height_and_an_age(ages: pd.DataFrame) -> None:
    assert list(ages.columns) == COLUMNS
    assert not ages.duplicated([*KEY, "months"]).any()
    assert ages.notna().all(axis=None)
    assert set(ages["months"]) <= set(MONTHS)
    for generation, heights in ages.groupby("generation")["layers"]:
        assert set(heights) == {BASE_LAYERS[str(generation)], *TALLER_LAYERS[str(generation)]}
    quantiles = ages[[name for name in TABLE_QUANTILES if name in ages]].to_numpy()
    assert (np.diff(quantiles, axis=1) >= 0).all()
    assert ((quantiles > 0) & (quantiles < 100)).all()


def test_each_draw_is_read_at_its_own_age(ages: pd.DataFrame, made_up_fit: Fit) -> None:
    """Losses are linear between quarters; what lies before the first quarter or beyond the last does not count."""
    world = simulate(made_up_fit, HORIZON).sel(vendor="sk_hynix", generation="HBM3E")
    times = world["time"].to_numpy()
    found = of(ages, "sk_hynix", "HBM3E", 8)
    for months in (0, 12, 24):
        at = world["volume"].to_numpy() + months / 12
        losses = [
            [np.interp(when, times, -np.log(path)) for when, path in zip(at, world[name].to_numpy(), strict=True)]
            for name in ("die", "stack")
        ]
        final = 100 * np.exp(-np.sum(losses, axis=0))[(at >= times[0]) & (at <= times[-1])]
        assert found.loc[months, "q50"] == pytest.approx(np.median(final), rel=1e-9)
        assert found.loc[months, "reached"] == len(final) / len(at)


def test_a_taller_stack_yields_less_at_every_age(ages: pd.DataFrame) -> None:
    for generation, taller in TALLER_LAYERS.items():
        for low, high in pairwise((BASE_LAYERS[generation], *taller)):
            below, above = (of(ages, "sk_hynix", generation, layers) for layers in (low, high))
            assert below.index.equals(above.index)
            assert (above["q50"] < below["q50"]).all()


def test_ages_that_few_draws_reach_are_left_out(ages: pd.DataFrame, made_up_fit: Fit) -> None:
    assert (ages["reached"] >= 0.5).all()
    sooner = maturity(made_up_fit, "2027Q4")
    assert len(sooner) < len(ages)
    both = sooner.merge(ages, on=[*KEY, "months"], suffixes=("", "_later"))
    assert len(both) == len(sooner)
    assert (both["reached"] <= both["reached_later"]).all()
    assert ages[(ages["vendor"] == "micron") & (ages["generation"] == "HBM3")].empty, "nobody ages in what is not built"
