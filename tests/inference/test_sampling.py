"""Sampling on a density that is known: a whitening is found, and the draws are the density's."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import xarray as xr

from hbm_model.inference.density import Density
from hbm_model.inference.nuts import SamplerSettings
from hbm_model.inference.sampling import Pilot, find_whitening, sample
from hbm_model.inference.whitening import Whitening

N = 4
MEAN = np.array([3.0, -1.0, 0.0, 10.0])
COVARIANCE = np.diag([1.0, 4.0, 0.01, 1.0]) + 0.9 * np.outer([1.0, 2.0, 0.0, 0.0], [1.0, 2.0, 0.0, 0.0])


class Whole:
    """A vector of one variable."""

    start = np.zeros(N)
    parameters = "one variable"

    def __len__(self) -> int:
        return N

    def named(self, x: np.ndarray) -> xr.Dataset:
        return xr.Dataset({"x": (("chain", "draw", "entry"), x)})


def log_density(x: Any, precision: Any) -> Any:
    return -0.5 * (x - MEAN) @ precision @ (x - MEAN)


def normal() -> Density:
    """A correlated normal."""
    return Density(log_density, np.linalg.inv(COVARIANCE), Whole(), "test_sampling")


def settings(draws: int = 500, tune: int = 300, chains: int = 2, seed: int = 1) -> SamplerSettings:
    return SamplerSettings(draws, tune, chains, cores=1, seed=seed, target_accept=0.85)


@pytest.mark.parametrize("pilot", [None, Pilot(draws=30, tune=40, chains=1, points=4)], ids=["mode", "pilot"])
def test_a_normal_is_its_own_whitening(pilot: Pilot | None) -> None:
    whitening = find_whitening(normal(), pilot, replace(settings(), target_accept=0.8))
    np.testing.assert_allclose(whitening.axes @ whitening.axes.T, COVARIANCE, rtol=1e-3, atol=1e-3)
    spread = np.sqrt(np.diag(COVARIANCE))
    assert np.abs((whitening.origin - MEAN) / spread).max() < (0.1 if pilot is None else 1.5)


def test_a_whitening_that_is_given_decides_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "hbm_model.inference.sampling.find_whitening", lambda *_: pytest.fail("a whitening was looked for")
    )
    elsewhere = Whitening(MEAN + 0.5, np.diag([2.0, 1.0, 0.2, 0.5]))
    tree = sample(normal(), settings(seed=3), whitening=elsewhere)
    drawn = np.asarray(tree["posterior"]["x"]).reshape(-1, N)
    spread = np.sqrt(np.diag(COVARIANCE))
    assert np.abs((drawn.mean(axis=0) - MEAN) / spread).max() < 0.15
    np.testing.assert_allclose(drawn.std(axis=0) / spread, 1.0, atol=0.15)


def test_the_draws_depend_on_the_seed_and_not_on_the_number_of_cores() -> None:
    one, two, other = (
        sample(normal(), replace(settings(draws=60, tune=40, chains=3, seed=seed), cores=cores))["posterior"]["x"]
        for seed, cores in ((5, 1), (5, 2), (6, 2))
    )
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)
