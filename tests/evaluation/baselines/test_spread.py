"""The spread of past errors, and the distribution made of it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from hbm_model.evaluation.baselines.spread import USUAL, Errors, Outlook, Spread, learn, predictive
from tests.evaluation.baselines.worlds import ORIGIN, asked, date, level

NONE = Errors(np.zeros(0), np.zeros(0), np.zeros(0, dtype=bool), np.zeros(0))


def drawn(scale: float, n: int = 400, lead: float = 1.0) -> Errors:
    error = scale * stats.norm.ppf((np.arange(n) + 0.5) / n)
    return Errors(error, np.full(n, lead), np.zeros(n, dtype=bool), np.ones(n))


def outlook(centre: float, scale: float, tails: float = 3.0, n: int = 1) -> Outlook:
    return Outlook(np.full(n, centre), np.full(n, scale), np.full(n, tails))


@pytest.mark.parametrize("quantity", USUAL)
def test_without_errors_the_spread_is_the_usual_one(quantity: str) -> None:
    noise, growth = USUAL[quantity]
    found = learn(NONE, quantity)
    assert found.noise == pytest.approx(noise)
    assert found.growth == pytest.approx(growth, rel=0.2)
    assert found.tails == 3.0


@pytest.mark.parametrize("scale", [10.0, 25.0])
def test_many_errors_set_the_spread(scale: float) -> None:
    found = learn(drawn(scale), "hbm_yield")
    assert found.scale(np.array([1.0])) == pytest.approx(scale, rel=0.12)
    assert found.tails == 30.0


def test_the_noise_is_never_less_than_a_rounding_step() -> None:
    assert learn(drawn(0.01, lead=0.0), "hbm_yield").noise == pytest.approx(USUAL["hbm_yield"][0])


def test_errors_that_grow_with_the_lead_are_found_to_grow() -> None:
    near, far = drawn(6.0, 200, 0.25), drawn(40.0, 200, 4.0)
    both = Errors(*(np.concatenate([getattr(each, name) for each in (near, far)]) for name in Errors.__annotations__))
    assert_allclose(learn(both, "hbm_yield").scale(np.array([0.25, 4.0])), [6.0, 40.0], rtol=0.2)


def test_what_has_not_come_makes_the_spread_wider() -> None:
    came = drawn(0.2, 10)
    late = Errors(
        np.append(came.error, [2.0] * 3),
        np.append(came.lead, [1.0] * 3),
        np.append(came.open, [True] * 3),
        np.append(came.weight, [1.0] * 3),
    )
    at = np.array([1.0])
    assert learn(late, "volume_date").scale(at) > 1.5 * learn(came, "volume_date").scale(at)


def test_samples_and_probabilities_are_of_the_same_student_t() -> None:
    target = asked(level(2025.0, 60.0, low=55.0, high=70.0))
    made = predictive(outlook(50.0, 8.0, 6.0), target, 4000)
    expected = stats.t(6.0, 50.0, 8.0)
    assert made.log_prob[0] == pytest.approx(np.log(expected.cdf(70.0) - expected.cdf(55.0)))
    assert_allclose(np.quantile(made.samples[0], [0.1, 0.5, 0.9]), expected.ppf([0.1, 0.5, 0.9]), atol=0.02)


def test_the_probability_of_the_far_tail_is_not_lost_in_rounding() -> None:
    target = asked(level(2025.0, 0.0, quantity="dram_wafers", low=40.0, high=41.0))
    made = predictive(outlook(0.0, 1.0, 6.0), target, 10)
    expected = stats.t(6.0).sf(40.0) - stats.t(6.0).sf(41.0)
    assert made.log_prob[0] == pytest.approx(np.log(expected), rel=1e-6)


def test_percentages_stay_between_nothing_and_all() -> None:
    target = asked(level(2025.0, 99.0, low=95.0, high=100.0), level(2025.0, 1.0, low=0.0, high=5.0))
    made = predictive(outlook(97.0, 20.0, n=2), target, 500)
    assert made.samples.max() == 100.0
    assert made.samples.min() == 0.0
    t = stats.t(3.0, 97.0, 20.0)
    assert_allclose(np.exp(made.log_prob), [t.sf(95.0), t.cdf(5.0)])


def test_a_date_that_nobody_has_reported_is_hardly_past() -> None:
    """Half of the Student-t lies before the origin less the time that reports take: a tenth of that half is left."""
    edge = ORIGIN - 0.25
    before = date("cxmt", "HBM3", 0.0, low=-np.inf, high=edge)
    after = date("cxmt", "HBM3", 0.0, low=edge, high=np.inf)
    made = predictive(outlook(edge, 0.5, n=2), asked(before, after), 1000)
    assert_allclose(np.exp(made.log_prob), [0.1 / 1.1, 1.0 / 1.1])
    assert (made.samples[0] < edge).mean() == pytest.approx(0.1 / 1.1, abs=0.002)
    assert (np.diff(made.samples[0]) > 0).all()


def test_nothing_said_stays_nothing() -> None:
    made = predictive(outlook(np.nan, np.nan, np.nan), asked(date("cxmt", "HBM3", 0.0, low=2024.0)), 10)
    assert np.isnan(made.samples).all()
    assert np.isnan(made.log_prob).all()


def test_the_scale_grows_from_the_noise() -> None:
    spread = Spread(3.0, 4.0, 1.0, 3.0)
    assert_allclose(spread.scale(np.array([-1.0, 0.0, 1.0])), [3.0, 3.0, 5.0])
