"""Sampling steps as dates, or standardised, changes coordinates and nothing else."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from hbm_model.core.industry import GENERATIONS, VENDORS
from hbm_model.inference.runtime import double_precision
from hbm_model.model.dated import DatedSteps
from hbm_model.model.layout import Layout

STEPS = Layout(last_year=2028, last_output_year=2026).transitions
VINTAGES = {
    "nothing": [-1, -1, -1, -1, -1],
    "2022": [2, 0, 0, -1, -1],
    "2026": [4, 4, 4, -1, -1],
    "entrants_too": [6, 5, 4, 3, 2],
}
SPREAD = np.array([0.4])


@pytest.fixture(scope="module", params=VINTAGES)
def newest(request: Any) -> np.ndarray:
    return np.array(VINTAGES[request.param])


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Log steps and their pace."""
    rng = np.random.default_rng(seed)
    pace = rng.normal(0.5, 0.2, len(STEPS))
    return rng.normal(pace, SPREAD), pace


def dated(newest: np.ndarray) -> np.ndarray:
    return np.array(
        [GENERATIONS.index(g) <= newest[VENDORS.index(v)] for v, g in (step.split(":") for step in STEPS)], dtype=bool
    )


def jacobian(newest: np.ndarray, value: np.ndarray, pace: np.ndarray) -> np.ndarray:
    """Derivatives of the log steps by the coordinates, (transition, transition)."""
    import jax
    import jax.numpy as jnp

    steps = DatedSteps(STEPS, newest, jnp)
    with double_precision():
        return np.asarray(jax.jacobian(lambda x: steps.backward(x, pace, SPREAD))(value))


@pytest.mark.parametrize("seed", range(3))
def test_there_and_back_is_the_same_place(newest: np.ndarray, seed: int) -> None:
    transform, (steps, pace) = DatedSteps(STEPS, newest, np), drawn(seed)
    value = transform.forward(steps, pace, SPREAD)
    there = transform.backward(value, pace, SPREAD)
    assert_allclose(there, steps, rtol=1e-9)
    assert_allclose(transform.forward(there, pace, SPREAD), value, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_change_of_volume_is_the_determinant(newest: np.ndarray, seed: int) -> None:
    transform, (steps, pace) = DatedSteps(STEPS, newest, np), drawn(seed)
    value = transform.forward(steps, pace, SPREAD)
    _, expected = np.linalg.slogdet(jacobian(newest, value, pace))
    assert_allclose(transform.log_jac_det(value, SPREAD).sum(), expected, rtol=1e-9)


def test_draws_side_by_side_are_each_as_alone(newest: np.ndarray) -> None:
    transform, (steps, pace) = DatedSteps(STEPS, newest, np), drawn(0)
    both, spreads = np.stack([steps, steps + 0.1]), np.array([[0.4], [0.2]])
    value = transform.forward(both, pace, spreads)
    for i in range(2):
        assert_allclose(value[i], transform.forward(both[i], pace, spreads[i]))
        assert_allclose(transform.log_jac_det(value, spreads)[i], transform.log_jac_det(value[i], spreads[i]))


def test_a_coordinate_is_the_time_since_the_chains_start_or_deviations_from_the_pace(newest: np.ndarray) -> None:
    steps, pace = drawn(0)
    value = DatedSteps(STEPS, newest, np).forward(steps, pace, SPREAD)
    known = dated(newest)
    assert_allclose(value[~known], ((steps - pace) / SPREAD)[~known])
    for maker in VENDORS:
        own = [i for i, step in enumerate(STEPS) if step.startswith(f"{maker}:") and known[i]]
        assert_allclose(value[own], np.cumsum(np.exp(steps[own])), atol=0.01)


def test_coordinates_out_of_order_still_give_finite_steps(newest: np.ndarray) -> None:
    _, pace = drawn(1)
    value = np.random.default_rng(2).normal(-5, 5, len(STEPS))
    transform = DatedSteps(STEPS, newest, np)
    assert np.isfinite(transform.backward(value, pace, SPREAD)).all()
    assert np.isfinite(transform.log_jac_det(value, SPREAD)).all()
    assert np.isfinite(jacobian(newest, value, pace)).all()
