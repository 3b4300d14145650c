"""The PyMC model, which is the definition: what it refuses. Its density is held against the others in `inference`."""

from typing import Any

import pymc as pm
import pytest

from hbm_model.core.priors import Priors
from hbm_model.model.in_pymc import PymcParameters
from hbm_model.model.joint import model_coords
from hbm_model.model.layout import Layout
from hbm_model.model.observations import Observations


def test_a_constant_is_no_random_variable(layout: Layout, observations: Observations, priors: Priors) -> None:
    coords = model_coords(layout)
    with pm.Model(coords=coords):
        parameters = PymcParameters(priors, layout, coords, observations.design["clock"]["newest"])
        with pytest.raises(ValueError, match="cadence_generation_sd is a constant, not a random variable"):
            parameters.prior("cadence_generation_sd")


def test_each_variable_has_named_dims_of_the_models_labels(model: Any, layout: Layout) -> None:
    labels = model_coords(layout)
    for rv in model.free_RVs:
        dims = model.named_vars_to_dims.get(rv.name, ())
        assert tuple(rv.type.shape) == tuple(len(labels[dim]) for dim in dims), rv.name


def test_the_terms_of_the_likelihood_are_its_potentials(model: Any) -> None:
    assert {term.name for term in model.potentials} == {"claims", "not_yet", "silence", "first_report"}
