"""Ranks: ties are broken at random, uniform ones stay within the band as often as it says, others leave it."""

import arviz_stats
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from hbm_model.evaluation.calibration.uniformity import LEVEL, band, by_group, by_quantity, places, rank

N, DRAWS = 100, 99


def toy(scale: float, shift: float, rng: np.random.Generator) -> np.ndarray:
    """Places of the truth in posteriors of a normal mean, of which all draws are exact but for a scale and a shift."""
    truth = rng.normal(size=N)
    seen = truth + rng.normal(size=N)
    posterior = seen / 2 + shift + scale * np.sqrt(0.5) * rng.normal(size=(DRAWS, N))
    ranks = np.array([rank(value, draws, rng) for value, draws in zip(truth, posterior.T, strict=True)])
    return places(ranks, DRAWS, rng)


def test_the_rank_counts_the_draws_below() -> None:
    rng = np.random.default_rng(0)
    assert rank(2.5, np.array([3.0, 1.0, 2.0, 4.0]), rng) == 2
    assert rank(0.0, np.array([3.0, 1.0]), rng) == 0
    assert rank(9.0, np.array([3.0, 1.0]), rng) == 2


def test_among_equal_draws_every_place_is_as_likely() -> None:
    rng = np.random.default_rng(0)
    found = [rank(1.0, np.array([0.0, 1.0, 1.0, 2.0]), rng) for _ in range(3000)]
    assert np.bincount(found, minlength=5) == pytest.approx([0, 1000, 1000, 1000, 0], abs=120)


def test_places_fill_the_unit_interval_evenly() -> None:
    rng = np.random.default_rng(0)
    found = places(np.repeat(np.arange(DRAWS + 1), 50), DRAWS, rng)
    assert found.min() > 0
    assert found.max() < 1
    assert np.histogram(found, bins=DRAWS + 1, range=(0, 1))[0].tolist() == [50] * (DRAWS + 1)


def test_an_exact_posterior_leaves_the_band_as_often_as_it_may() -> None:
    rng = np.random.default_rng(1)
    left = np.mean([band(N).excursion(toy(1.0, 0.0, rng))[0] > 1 for _ in range(600)])
    assert left == pytest.approx(1 - LEVEL, abs=0.03)


@pytest.mark.parametrize(
    ("scale", "shift"), [(0.5, 0.0), (2.0, 0.0), (1.0, 0.6), (1.0, -0.6)], ids=["narrow", "wide", "high", "low"]
)
def test_a_wrong_posterior_leaves_it(scale: float, shift: float) -> None:
    rng = np.random.default_rng(2)
    left = np.mean([band(N).excursion(toy(scale, shift, rng))[0] > 1 for _ in range(50)])
    assert left > 0.9


def test_the_place_is_the_one_that_arviz_gives() -> None:
    """Its probability integral transform of one value is the share of draws at or below it: our rank over all draws."""
    rng = np.random.default_rng(3)
    draws, truth = rng.normal(size=(2, 50, N)), rng.normal(size=N)
    ours = np.array([rank(value, own, rng) for value, own in zip(truth, draws.reshape(-1, N).T, strict=True)]) / 100
    predicted = xr.Dataset({"x": (("chain", "draw", "world"), draws)})
    share = (predicted["x"] <= xr.DataArray(truth, dims="world")).mean(("chain", "draw"))
    assert ours == pytest.approx(share.to_numpy())
    points, ecdf, low, high = arviz_stats.ecdf_utils.ecdf_pit(ours, LEVEL, 4000, rng=np.random.default_rng(0))
    assert band(N).points == pytest.approx(points[1:-1])
    assert band(N).difference(ours) == pytest.approx((ecdf - points)[1:-1])
    assert band(N).low == pytest.approx(low[1:-1])
    assert band(N).high == pytest.approx(high[1:-1])


def test_the_verdict_tells_good_from_bad() -> None:
    rng = np.random.default_rng(4)
    rows = [("good", f"q{i}", place) for i in range(5) for place in toy(1.0, 0.0, rng)]
    rows += [("bad", "narrow", place) for place in toy(0.4, 0.0, rng)]
    quantities = by_quantity(pd.DataFrame(rows, columns=["group", "name", "place"]))
    assert set(quantities["n"]) == {N}
    bad = quantities[quantities["group"] == "bad"].iloc[0]
    assert bad["outside"]
    assert bad["in90"] < 0.75
    groups = by_group(quantities).set_index("group")
    assert groups.loc["good", "quantities"] == 5
    assert groups.loc["good", "outside"] <= 1
    assert groups.loc["good", "in90"] == pytest.approx(0.9, abs=0.06)
    assert groups.loc["bad", "worst"] == bad["excursion"]
