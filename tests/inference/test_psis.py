"""One rule for the reliability of importance weights, and what it says of weights whose tail is known."""

import math

import numpy as np
import pytest
import xarray as xr

from hbm_model.inference.psis import Weights, even, reliable_k, weights

DRAWS = 4000


def with_k(k: float, draws: int = DRAWS) -> Weights:
    """Even weights that pass for such a tail."""
    return Weights(even(draws).log, k)


@pytest.mark.parametrize(
    ("draws", "largest"), [(100, 0.5), (1000, 2 / 3), (2000, 1 - 1 / math.log10(2000)), (4000, 0.7), (10**6, 0.7)]
)
def test_fewer_draws_allow_a_smaller_k(draws: int, largest: float) -> None:
    assert reliable_k(draws) == pytest.approx(largest)
    assert with_k(largest - 1e-6, draws).reliable
    assert not with_k(largest + 1e-6, draws).reliable


def test_a_k_that_is_no_number_is_not_reliable() -> None:
    assert not with_k(math.nan).reliable


@pytest.mark.parametrize("draws", [50, 240, 2000, 6000])
def test_it_is_the_rule_of_arviz(draws: int) -> None:
    import arviz as az

    values = np.random.default_rng(2).normal(scale=0.1, size=(2, draws // 2, 3))
    tree = az.from_dict({"posterior": {"x": values[:, :, 0]}, "log_likelihood": {"y": values}})
    assert reliable_k(draws) == pytest.approx(az.loo(tree, pointwise=True).good_k)


def test_all_draws_alike_are_reliable_however_few() -> None:
    for draws in (10, 99, DRAWS):
        assert weights(np.zeros(draws)).reliable
        assert weights(np.zeros(draws)).effective == pytest.approx(draws)


def test_verdicts_that_the_one_rule_changed() -> None:
    """Splits of moves asked for k of at most 0.7 whatever the draws; verdicts on claims asked for no effective draws.

    Of the 4000 draws of a whole run k decides as before. Of the 320 times 4 of a quick run a k between 0.68 and 0.7 no
    longer passes. Fewer than 100 effective draws, or half of all, pass nowhere now, however tame their tail.
    """
    quick = 1280
    assert reliable_k(DRAWS) == 0.7
    assert not with_k(0.69, quick).reliable
    log = np.full(DRAWS, -np.log(50))
    log[50:] = -800.0
    few = Weights(log, 0.2)
    assert few.effective == pytest.approx(50)
    assert not few.reliable


def test_the_mean_under_weights_is_that_of_the_target() -> None:
    """Draws of a standard normal, weighed to one of mean a half: effective draws are as many as theory says."""
    draws = np.random.default_rng(7).standard_normal(50_000)
    found = weights(0.5 * draws)
    assert found.reliable
    assert found.values.sum() == pytest.approx(1.0)
    assert found.values @ draws == pytest.approx(0.5, abs=0.02)
    assert found.effective / len(draws) == pytest.approx(math.exp(-0.25), abs=0.02)


def test_a_heavy_tail_has_the_k_that_it_was_made_with() -> None:
    """Ratios that are Pareto with shape 0.9, and with shape 0.3."""
    u = np.random.default_rng(5).uniform(size=20_000)
    for shape, reliable in ((0.9, False), (0.3, True)):
        found = weights(-shape * np.log(u))
        assert found.k == pytest.approx(shape, abs=0.12)
        assert found.reliable == reliable
    assert isinstance(found.values, np.ndarray)
    assert not isinstance(found.values, xr.DataArray)
