"""The flat vector, and the variables that stand in it."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from hbm_model.core.priors import Priors
from hbm_model.inference.density import Density
from hbm_model.inference.vector import ParameterVector
from hbm_model.inference.whitening import load_whitening
from hbm_model.model.layout import Layout
from hbm_model.model.observations import Observations


def test_runs_have_a_whitening_of_the_model_as_it_stands(uncompiled: Density) -> None:
    """If this fails, the parameters have changed: tools/whitening.py makes the whitening anew."""
    whitening = load_whitening(uncompiled.vector.parameters)
    assert whitening is not None
    assert whitening.axes.shape == (uncompiled.n_dim, uncompiled.n_dim)
    assert np.isfinite(whitening.axes).all()


def test_the_variables_are_the_models_in_its_order(uncompiled: Density, model: Any) -> None:
    split = uncompiled.vector.named(uncompiled.vector.start[None, None])
    assert list(split.data_vars) == [rv.name for rv in model.free_RVs]
    for rv in model.free_RVs:
        assert split[rv.name].dims[2:] == tuple(model.named_vars_to_dims.get(rv.name, ()))


def test_the_start_is_the_centre_of_every_prior(uncompiled: Density, priors: Priors) -> None:
    at = uncompiled.vector.named(uncompiled.vector.start[None, None]).squeeze(("chain", "draw"))
    assert float(at["cadence_mean"]) == priors["cadence_mean"].values("median")
    assert_allclose(at["slip_roadmap"], 0.0)
    assert_allclose(at["spending_drift"], priors["spending_drift"].values("mean"))


def test_positive_parameters_are_sampled_as_logs(uncompiled: Density) -> None:
    split = uncompiled.vector.named(np.zeros((1, 2, uncompiled.n_dim)))
    assert float(split["cadence_mean"][0, 0]) == 1.0
    assert float(split["etch_deposition_tool_cost"][0, 0]) == 1.0


def test_a_vintage_with_other_dates_has_other_coordinates(
    layout: Layout, observations: Observations, priors: Priors
) -> None:
    newest = observations.design["clock"]["newest"]
    now, same, earlier = (ParameterVector(layout, priors, each) for each in (newest, newest.copy(), newest - 1))
    assert earlier.parameters != now.parameters
    assert same.parameters == now.parameters
    at = np.random.default_rng(0).normal(size=(1, 2, len(now)))
    split, other = now.named(at), earlier.named(at)
    changed = (split["log_cadence"] != other["log_cadence"]).any(("chain", "draw"))
    assert changed.any()
    assert not changed.sel(transition="ymtc:HBM5")
    assert split.drop_vars("log_cadence").equals(other.drop_vars("log_cadence"))


def test_a_longer_layout_has_a_longer_vector_and_other_parameters(
    layout: Layout, observations: Observations, priors: Priors
) -> None:
    newest = observations.design["clock"]["newest"]
    usual, longer = (
        ParameterVector(each, priors, newest) for each in (layout, replace(layout, last_year=layout.last_year + 1))
    )
    assert len(longer) > len(usual)
    assert longer.parameters != usual.parameters
    assert_array_equal(usual.start, ParameterVector(layout, priors, newest).start)
