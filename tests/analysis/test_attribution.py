"""Splitting a move among claims, held against a case that can be computed by hand."""

import numpy as np
import pytest

from hbm_model.analysis import attribution
from hbm_model.inference.psis import Weights, weights

DRAWS, CHAINS = 20_000, 4


@pytest.fixture(scope="module")
def draws() -> np.ndarray:
    return np.random.default_rng(3).standard_normal(DRAWS)


def told(draws: np.ndarray, values: list[float], spread: float) -> np.ndarray:
    """Log likelihood of normal reports of a standard normal number: the posterior is normal as well."""
    return -0.5 * ((np.array(values)[None] - draws[:, None]) / spread) ** 2


def weigh(items: np.ndarray) -> Weights:
    return weights(items.sum(axis=1))


def test_the_shares_add_up_to_the_median_that_a_normal_posterior_has(draws: np.ndarray) -> None:
    values, spread = [1.0, 0.4, -0.2], 2.0
    items = told(draws, values, spread)
    weighed = weigh(items)
    assert weighed.reliable
    known = sum(values) / spread**2 / (1 + len(values) / spread**2)
    assert attribution.median(draws, weighed.values) == pytest.approx(known, abs=0.03)
    shares = attribution.median_shares(draws, items, weighed)
    assert shares.sum() == pytest.approx(known, abs=0.03)
    assert shares[0] > shares[1] > 0 > shares[2]


def test_the_order_of_the_claims_does_not_matter_and_twins_share_alike(draws: np.ndarray) -> None:
    items = told(draws, [0.5, 0.5, -0.3], 2.0)
    shares = attribution.median_shares(draws, items, weigh(items))
    turned = attribution.median_shares(draws, items[:, ::-1], weigh(items))
    np.testing.assert_allclose(shares, turned[::-1], rtol=1e-9)
    assert shares[0] == pytest.approx(shares[1])


def test_probabilities_and_undefined_draws(draws: np.ndarray) -> None:
    items = told(draws, [1.0], 1.5)
    weighed = weigh(items)
    happens = (draws > 0.5).astype(float)
    (share,) = attribution.probability_shares(happens, items)
    assert share == pytest.approx(weighed.values @ happens - happens.mean(), abs=0.003)
    partly = np.where(draws < -1, np.nan, happens)
    kept = draws >= -1
    (share,) = attribution.probability_shares(partly, items)
    after = weighed.values[kept] @ happens[kept] / weighed.values[kept].sum()
    assert share == pytest.approx(after - happens[kept].mean(), abs=0.003)


def test_no_new_claim_moves_nothing(draws: np.ndarray) -> None:
    for items in (np.zeros((DRAWS, 0)), np.full((DRAWS, 2), -3.0)):
        weighed = weigh(items)
        assert (weighed.k, weighed.reliable) == (-np.inf, True)
        np.testing.assert_allclose(attribution.median_shares(draws, items, weighed), 0.0, atol=1e-12)
        assert attribution.median(draws, weighed.values) == attribution.median(draws)


def test_a_claim_that_leaves_few_draws_says_so(draws: np.ndarray) -> None:
    weighed = weigh(told(draws, [6.0], 0.05))
    assert not weighed.reliable


def test_medians_know_never_and_undefined() -> None:
    values = np.array([1.0, 2.0, np.inf, np.nan, 3.0])
    assert attribution.median(values) == 2.0
    assert attribution.median(values, np.array([0.0, 0.1, 0.9, 0.0, 0.0])) == np.inf
    assert np.isnan(attribution.median(np.full(3, np.nan)))


def test_the_error_of_a_median_is_that_of_as_many_draws(draws: np.ndarray) -> None:
    error = attribution.median_error(draws, CHAINS)
    assert error == pytest.approx(np.sqrt(np.pi / 2 / DRAWS), rel=0.15)
    assert np.isnan(attribution.median_error(np.full(8, np.inf), 2))
    happens = (draws > 0).astype(float)
    assert attribution.mean_error(happens, CHAINS) == pytest.approx(0.5 / np.sqrt(DRAWS), rel=0.15)
    assert 0 < attribution.mean_error(np.ones(98), 2) == 0.01
