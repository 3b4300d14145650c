"""Sampling steps as dates changes coordinates and nothing else."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from hbm_model.model.dated import DatedSteps
from hbm_model.model.layout import Layout

STEPS = Layout(last_year=2028, last_output_year=2026).transitions


@pytest.fixture(scope="module")
def there_and_back(plain_python: Any) -> Any:
    import pytensor
    import pytensor.tensor as pt

    transform = DatedSteps(STEPS)
    value = pt.dvector("value")
    steps = transform.backward(value)
    jacobian = pytensor.gradient.jacobian(steps, value)
    return pytensor.function(
        [value],
        [steps, transform.forward(steps), transform.log_jac_det(value).sum(), jacobian],
        mode=plain_python,
    )


def coordinates(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.asarray(DatedSteps(STEPS)._to_dates(rng.normal(0.3, 0.5, len(STEPS)), np))


@pytest.mark.parametrize("seed", range(5))
def test_there_and_back_is_the_same_place(there_and_back: Any, seed: int) -> None:
    value = coordinates(seed)
    steps, again, _, _ = there_and_back(value)
    assert_allclose(again, value, rtol=1e-9, atol=1e-9)
    assert_allclose(DatedSteps(STEPS).to_log_steps(value, np), steps, rtol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_change_of_volume_is_the_determinant(there_and_back: Any, seed: int) -> None:
    _, _, log_det, jacobian = there_and_back(coordinates(seed))
    assert_allclose(log_det, np.linalg.slogdet(jacobian)[1], rtol=1e-9)


def test_a_coordinate_is_the_time_since_the_chains_start(there_and_back: Any) -> None:
    value = coordinates(0)
    years = np.exp(there_and_back(value)[0])
    own = [i for i, step in enumerate(STEPS) if step.startswith("sk_hynix:") and step.split(":")[1] <= "HBM4"]
    assert_allclose(value[own], np.cumsum(years[own]), atol=0.01)


def test_coordinates_out_of_order_still_give_finite_steps(there_and_back: Any) -> None:
    steps, _, log_det, _ = there_and_back(coordinates(1)[::-1] * 3 - 5)
    assert np.isfinite(steps).all()
    assert np.isfinite(log_det)
