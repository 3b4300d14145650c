"""Sampling on a density that is known: a frame is found, and the draws are the density's."""

import numpy as np
import pytest
import xarray as xr

from hbm_model.inference.density import CompiledModel
from hbm_model.inference.sampling import Pilot, found_frame, sample
from hbm_model.inference.whitening import Frame

N = 4
MEAN = np.array([3.0, -1.0, 0.0, 10.0])
COVARIANCE = np.diag([1.0, 4.0, 0.01, 1.0]) + 0.9 * np.outer([1.0, 2.0, 0.0, 0.0], [1.0, 2.0, 0.0, 0.0])


class Normal(CompiledModel):
    """A correlated normal, compiled by nobody."""

    def __init__(self) -> None:
        self.n_dim = N
        self._start = np.zeros(N)
        precision = np.linalg.inv(COVARIANCE)
        self._names, self._data = [], []
        self._call = lambda x: (-0.5 * (x - MEAN) @ precision @ (x - MEAN), -precision @ (x - MEAN))

    def named(self, x: np.ndarray) -> xr.Dataset:
        return xr.Dataset({"x": (("chain", "draw", "entry"), x)})


@pytest.mark.parametrize("pilot", [None, Pilot(draws=30, tune=40, chains=1, points=4)], ids=["mode", "pilot"])
def test_a_normal_is_its_own_frame(pilot: Pilot | None) -> None:
    frame = found_frame(Normal(), pilot, cores=1, seed=1, target_accept=0.8)
    np.testing.assert_allclose(frame.axes @ frame.axes.T, COVARIANCE, rtol=1e-3, atol=1e-3)
    spread = np.sqrt(np.diag(COVARIANCE))
    assert np.abs((frame.origin - MEAN) / spread).max() < (0.1 if pilot is None else 1.5)


def test_a_frame_that_is_given_decides_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hbm_model.inference.sampling.found_frame", lambda *_: pytest.fail("a frame was looked for"))
    elsewhere = Frame(MEAN + 0.5, np.diag([2.0, 1.0, 0.2, 0.5]))
    tree = sample(Normal(), 500, 300, 2, 1, seed=3, target_accept=0.85, frame=elsewhere)
    drawn = np.asarray(tree["posterior"]["x"]).reshape(-1, N)
    spread = np.sqrt(np.diag(COVARIANCE))
    assert np.abs((drawn.mean(axis=0) - MEAN) / spread).max() < 0.15
    np.testing.assert_allclose(drawn.std(axis=0) / spread, 1.0, atol=0.15)
