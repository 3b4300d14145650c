"""The joint density as it is sampled: that of the PyMC model, of NumPy and of XLA, and its gradient."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from hbm_model.core.errors import HbmError
from hbm_model.core.priors import Priors
from hbm_model.evidence import Evidence, load_evidence
from hbm_model.inference import joint_density
from hbm_model.inference.density import Density
from hbm_model.inference.joint_density import data_of, log_density
from hbm_model.model.layout import Layout
from hbm_model.model.observations import Observations, observe, without
from hbm_model.policy.policy import policy_of

POINTS, ASIDE, STEP = 3, 0.3, 1e-4


@pytest.fixture(scope="module")
def points(uncompiled: Density) -> np.ndarray:
    """(point, n_dim) at random around the start."""
    return uncompiled.vector.start + np.random.default_rng(8).normal(0.0, ASIDE, (POINTS, uncompiled.n_dim))


@pytest.fixture(scope="module")
def on_arrays(layout: Layout, observations: Observations, priors: Priors) -> Any:
    """The density evaluated by NumPy, on any number of points at once."""
    groups = data_of(layout, observations, priors)
    return lambda x: log_density(x, groups, layout, priors, np)


def test_the_density_is_that_of_the_pymc_model(
    on_arrays: Any, model: Any, prior_draws: Mapping[str, np.ndarray], unconstrained: Any, plain_python: Any
) -> None:
    """PyMC writes the priors down by its own distributions, and holds every claim as it is, without rows added."""
    import operator
    from functools import reduce

    import pytensor

    total = reduce(operator.add, [term.sum() for term in model.logp(sum=False)])
    by_pymc = pytensor.function(model.value_vars, total, mode=plain_python)
    for i in range(5):
        point = unconstrained({name: values[i] for name, values in prior_draws.items()})
        x = np.concatenate([np.ravel(part) for part in point.values()])
        assert_allclose(on_arrays(x), by_pymc(**point), rtol=1e-9)


def test_points_side_by_side_are_each_as_alone(on_arrays: Any, points: np.ndarray) -> None:
    assert_allclose(on_arrays(points), [on_arrays(x) for x in points], rtol=1e-12)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_xla_computes_the_same_density_and_its_slope_in_every_coordinate(
    uncompiled: Density, on_arrays: Any, points: np.ndarray
) -> None:
    """Against differences of the density that NumPy evaluates, which XLA had no part in."""
    aside = STEP * np.concatenate([np.eye(uncompiled.n_dim), -np.eye(uncompiled.n_dim)])
    for x in points:
        logp, gradient = uncompiled.logp_and_gradient(x)
        assert_allclose(logp, on_arrays(x), rtol=1e-10)
        ahead, behind = np.split(on_arrays(x + aside), 2)
        slope = (ahead - behind) / (2 * STEP)
        assert_allclose(gradient, slope, rtol=1e-4, atol=1e-3)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_same_place_has_the_same_gradient_to_the_bit(uncompiled: Density, points: np.ndarray) -> None:
    first, second = (uncompiled.logp_and_gradient(points[0]) for _ in range(2))
    assert first[0] == second[0]
    assert_array_equal(first[1], second[1])


def test_a_few_claims_more_or_less_are_data(
    uncompiled: Density, vintage: Evidence, layout: Layout, observations: Observations, priors: Priors
) -> None:
    """A vintage of a week before, and one without a group of claims, are of the same form: nothing is compiled."""
    past = load_evidence("2026-06-25")
    own, before = observe(past, priors, policy_of(past))
    assert joint_density.uncompiled(own, before, priors).form == uncompiled.form
    group = str(vintage.tables["capacity"]["claim_group"].iloc[-1])
    fewer = joint_density.uncompiled(layout, without(observations, vintage, priors, [group]), priors)
    assert fewer.form == uncompiled.form
    assert [np.shape(each) for each in fewer.data] == [np.shape(each) for each in uncompiled.data]


def test_other_numbers_of_a_prior_are_data(
    uncompiled: Density, layout: Layout, observations: Observations, priors: Priors, points: np.ndarray
) -> None:
    wider = priors.override({"cadence_mean": {"sd": 2.0}})
    other = joint_density.uncompiled(layout, observations, wider)
    assert other.form == uncompiled.form
    ours, theirs = (
        log_density(points[0], data_of(layout, observations, each), layout, priors, np) for each in (priors, wider)
    )
    assert ours != theirs, "the numbers are read from the data"


def test_another_layout_is_of_another_form(
    uncompiled: Density, layout: Layout, observations: Observations, priors: Priors
) -> None:
    assert joint_density.uncompiled(replace(layout, learning="volume"), observations, priors).form != uncompiled.form


def test_the_gradient_of_each_form_is_checked_once(
    uncompiled: Density, layout: Layout, observations: Observations, priors: Priors, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[Any] = []
    monkeypatch.setattr(joint_density, "_CHECKED", set())
    monkeypatch.setattr(joint_density, "check_gradient", lambda density: checked.append(density.form))
    for _ in range(2):
        joint_density.joint_density(layout, observations, priors)
    assert checked == [uncompiled.form]

    def wrong(_density: Density) -> None:
        raise HbmError("wrong")

    monkeypatch.setattr(joint_density, "_CHECKED", set())
    monkeypatch.setattr(joint_density, "check_gradient", wrong)
    for _ in range(2):
        with pytest.raises(HbmError, match="wrong"):
            joint_density.joint_density(layout, observations, priors)
