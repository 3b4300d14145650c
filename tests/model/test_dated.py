"""Sampling steps as dates, or standardised, changes coordinates and nothing else."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from hbm_model.core.industry import GENERATIONS, VENDORS
from hbm_model.model.dated import DatedSteps
from hbm_model.model.layout import Layout

STEPS = Layout(last_year=2028, last_output_year=2026).transitions
VINTAGES = {
    "nothing": [-1, -1, -1, -1, -1],
    "2022": [2, 0, 0, -1, -1],
    "2026": [4, 4, 4, -1, -1],
    "entrants_too": [6, 5, 4, 3, 2],
}


@pytest.fixture(scope="module", params=VINTAGES)
def newest(request: Any) -> np.ndarray:
    return np.array(VINTAGES[request.param])


@pytest.fixture(scope="module")
def transformed(plain_python: Any) -> Any:
    """Steps, the coordinates of these again, the log determinant and the Jacobian, of coordinates in a vintage."""
    import pytensor
    import pytensor.tensor as pt

    value, pace, spread, newest = pt.dvector("value"), pt.dvector("pace"), pt.dscalar("spread"), pt.lvector("newest")
    transform, parents = DatedSteps(STEPS, newest), (pace, spread)
    steps = transform.backward(value, *parents)
    jacobian = pytensor.gradient.jacobian(steps, value)
    log_det = transform.log_jac_det(value, *parents).sum()
    return pytensor.function(
        [value, newest, pace, spread],
        [steps, transform.forward(steps, *parents), log_det, jacobian],
        mode=plain_python,
    )


@pytest.fixture(scope="module")
def coordinates(plain_python: Any) -> Any:
    """Coordinates of given log steps."""
    import pytensor
    import pytensor.tensor as pt

    steps, pace, spread, newest = pt.dvector("steps"), pt.dvector("pace"), pt.dscalar("spread"), pt.lvector("newest")
    there = DatedSteps(STEPS, newest).forward(steps, pace, spread)
    return pytensor.function([steps, newest, pace, spread], there, mode=plain_python)


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Log steps, their pace and their spread."""
    rng = np.random.default_rng(seed)
    pace = rng.normal(0.5, 0.2, len(STEPS))
    return rng.normal(pace, 0.4), pace, 0.4


def dated(newest: np.ndarray) -> np.ndarray:
    return np.array(
        [GENERATIONS.index(g) <= newest[VENDORS.index(v)] for v, g in (step.split(":") for step in STEPS)], dtype=bool
    )


@pytest.mark.parametrize("seed", range(3))
def test_there_and_back_is_the_same_place(transformed: Any, coordinates: Any, newest: np.ndarray, seed: int) -> None:
    steps, *parents = drawn(seed)
    value = coordinates(steps, newest, *parents)
    there, again, _, _ = transformed(value, newest, *parents)
    assert_allclose(there, steps, rtol=1e-9)
    assert_allclose(again, value, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_change_of_volume_is_the_determinant(
    transformed: Any, coordinates: Any, newest: np.ndarray, seed: int
) -> None:
    steps, *parents = drawn(seed)
    _, _, log_det, jacobian = transformed(coordinates(steps, newest, *parents), newest, *parents)
    assert_allclose(log_det, np.linalg.slogdet(jacobian)[1], rtol=1e-9)


def test_a_coordinate_is_the_time_since_the_chains_start_or_deviations_from_the_pace(
    coordinates: Any, newest: np.ndarray
) -> None:
    steps, pace, spread = drawn(0)
    value = coordinates(steps, newest, pace, spread)
    known = dated(newest)
    assert_allclose(value[~known], ((steps - pace) / spread)[~known])
    for maker in VENDORS:
        own = [i for i, step in enumerate(STEPS) if step.startswith(f"{maker}:") and known[i]]
        assert_allclose(value[own], np.cumsum(np.exp(steps[own])), atol=0.01)


def test_coordinates_out_of_order_still_give_finite_steps(transformed: Any, newest: np.ndarray) -> None:
    _, *parents = drawn(1)
    value = np.random.default_rng(2).normal(-5, 5, len(STEPS))
    steps, _, log_det, jacobian = transformed(value, newest, *parents)
    assert np.isfinite(steps).all()
    assert np.isfinite(log_det)
    assert np.isfinite(jacobian).all()
