"""The baseline of a table's history: against regressions that are known."""

import numpy as np
import pandas as pd
from numpy.testing import assert_allclose
from scipy import stats

from hbm_model.evaluation.table_baseline import Student, predict, told
from hbm_model.evidence import Evidence
from hbm_model.model.observations import Observations


def claims(vendor: str, values: list[float], trend: list[float], quantity: str = "spending") -> pd.DataFrame:
    frame = pd.DataFrame({"value": values, "trend": trend})
    return frame.assign(vendor=vendor, quantity=quantity, sampled=0.0, qualified=0.0)


def test_a_vendor_is_expected_at_its_level_on_the_common_trend() -> None:
    years = np.arange(2020.0, 2026.0)
    noise = np.array([0.1, -0.1, 0.05, -0.05, 0.1, -0.1])
    training = pd.concat(
        [claims("a", list(years - 2020 + noise), list(years)), claims("b", list(years - 2010 + noise), list(years))]
    )
    found = predict(training, pd.concat([claims("a", [0.0], [2026.0]), claims("b", [0.0], [2026.0])]))
    assert_allclose(found.centre, [6.0, 16.0], atol=0.15)
    assert (found.freedom == 12 - 3).all()
    assert (found.scale > 0.1).all()


def test_one_level_is_the_textbook_predictive() -> None:
    values = [1.0, 2.0, 4.0, 5.0]
    found = predict(claims("a", values, [0.0] * 4), claims("a", [9.0], [0.0]))
    assert_allclose([found.centre[0], found.freedom[0]], [3.0, 3.0])
    assert_allclose(found.scale[0], np.std(values, ddof=1) * np.sqrt(1 + 1 / 4))


def test_an_unknown_vendor_is_like_the_others_and_an_unknown_quantity_like_nothing() -> None:
    training = pd.concat([claims(v, [x, x + 1], [0.0, 0.0]) for v, x in (("a", 0.0), ("b", 10.0))])
    found = predict(training, pd.concat([claims("c", [0.0], [0.0]), claims("a", [0.0], [0.0], "output")]))
    assert_allclose(found.centre[0], 5.5)
    assert found.scale[0] > 5
    assert np.isnan(found.centre[1])


def test_values_asked_for_are_not_read() -> None:
    training = claims("a", [1.0, 2.0, 4.0, 5.0], [0.0] * 4)
    one, other = (predict(training, claims("a", [value], [0.0])) for value in (0.0, 1e6))
    assert_allclose(one.centre, other.centre)


def test_probabilities_keep_their_digits_in_both_tails() -> None:
    student = Student(np.zeros(2), np.ones(2), np.full(2, 200.0))
    found = student.log_probability(np.array([-31.0, 30.0]), np.array([-30.0, 31.0]))
    assert_allclose(found[0], found[1])
    assert_allclose(found[0], np.log(stats.t.cdf(-30.0, 200) - stats.t.cdf(-31.0, 200)))


def test_everything_that_is_claimed_has_a_finite_value(observations: Observations, vintage: Evidence) -> None:
    table = told(observations, vintage)
    assert len(table) == len(observations.stacked.ids)
    numbers = table[["value", "trend", "sampled", "qualified"]].to_numpy()
    assert np.isfinite(numbers).all()
    assert (np.abs(table["value"]) < 3000).all(), "no open end is taken for a value"
