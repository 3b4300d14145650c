"""Where claims lie in what was expected of them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from hbm_model.evidence import Evidence
from hbm_model.inference.fit import Fit
from hbm_model.inference.predictive import check, coverage, places, within
from hbm_model.model.measurement import OPEN


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_the_part_within_is_what_a_drawn_place_does_on_average(level: float) -> None:
    rng = np.random.default_rng(0)
    ends = np.sort(rng.uniform(size=(200, 2)), axis=1)
    below, above = ends.T
    drawn = below + rng.uniform(size=(4000, 200)) * (above - below)
    inside = (np.abs(drawn - 0.5) <= level / 2).mean(axis=0)
    assert_allclose(within(below, above, level), inside, atol=5 * np.sqrt(0.25 / 4000))


def test_a_point_is_inside_or_not() -> None:
    at = np.array([0.04, 0.06, 0.5, 0.94, 0.96])
    assert_allclose(within(at, at, 0.9), [0, 1, 1, 1, 0])


def test_a_claim_without_ends_counts_as_the_level() -> None:
    ends = places(np.array([-OPEN]), np.array([OPEN]), np.zeros((10, 1)), np.ones((10, 1)))
    assert_allclose(within(*ends, 0.9), 0.9)


def test_every_used_interval_claim_is_counted_once(made_up_fit: Fit, vintage: Evidence) -> None:
    found = check(made_up_fit, vintage, draws=20)
    assert not found["id"].duplicated().any()
    assert found[["in50", "in90"]].stack().between(0, 1).all()
    assert (found["in50"] <= found["in90"] + 1e-12).all()
    assert coverage(found, ["table"])["n"].sum() == len(found)
