"""A density given data: a gradient that is wrong is found before anything is drawn with it."""

from typing import Any

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from hbm_model.core.errors import HbmError
from hbm_model.inference import compile as compiling
from hbm_model.inference.density import Density, check_gradient

N = 12


class Line:
    """A vector of one variable."""

    start = np.linspace(-1.0, 1.0, N)
    parameters = "a line"

    def __len__(self) -> int:
        return N

    def named(self, x: np.ndarray) -> xr.Dataset:
        return xr.Dataset({"x": (("chain", "draw", "entry"), x)})


def normal(x: Any, data: Any) -> Any:
    """A normal around numbers that are data."""
    return -0.5 * ((x - data) ** 2).sum()


def with_gradient(gradient: Any, logp: Any = lambda x: -0.5 * x @ x) -> Density:
    """The density of a standard normal with a gradient of one's own, compiled by nobody."""

    class Made(Density):
        def logp_and_gradient(self, x: Any) -> Any:
            return logp(x), gradient(x)

    return Made(normal, None, Line(), "made up")


def test_a_right_gradient_passes() -> None:
    check_gradient(with_gradient(lambda x: -x))


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda x: x, id="sign"),
        pytest.param(lambda x: -1.1 * x, id="factor"),
        pytest.param(lambda x: np.where(np.arange(N) == 3, 0.0, -x), id="one part missing"),
        pytest.param(lambda x: -x + np.where(np.arange(N) == 7, 0.01, 0.0), id="one part a little off"),
        pytest.param(lambda x: -x[::-1], id="order"),
        pytest.param(lambda x: np.zeros(N), id="flat"),
        pytest.param(lambda x: np.full(N, np.nan), id="undefined"),
    ],
)
def test_a_wrong_gradient_is_refused_by_its_coordinate(wrong: Any) -> None:
    with pytest.raises(HbmError, match=r"gradient is wrong in coordinate \d+: \S+ where the density changes by \S+"):
        check_gradient(with_gradient(wrong))


def test_a_density_that_is_undefined_at_the_start_is_refused() -> None:
    with pytest.raises(HbmError, match="the compiled gradient is wrong"):
        check_gradient(with_gradient(lambda x: -x, lambda x: np.nan))


def test_other_data_give_another_density_without_compiling() -> None:
    first = Density(normal, np.zeros(N), Line(), "test_density")
    at = np.full(N, 0.25)
    assert_allclose(first.logp_and_gradient(at)[0], -0.5 * N * 0.25**2, rtol=1e-12)
    known = len(compiling._COMPILED)
    other = Density(normal, np.ones(N), Line(), "test_density")
    assert_allclose(other.logp_and_gradient(at)[0], -0.5 * N * 0.75**2, rtol=1e-12)
    assert_allclose(other.logp_and_gradient(at)[1], np.full(N, 0.75), rtol=1e-12)
    assert_allclose(first.logp_and_gradient(at)[0], -0.5 * N * 0.25**2, rtol=1e-12)
    assert len(compiling._COMPILED) == known


def test_the_mode_and_its_curvature_are_those_of_a_normal() -> None:
    density = Density(normal, np.arange(N, dtype=float), Line(), "test_density")
    mode = density.mode()
    assert_allclose(mode, np.arange(N), atol=1e-4)
    assert_allclose(density.curvature(mode), np.eye(N), atol=1e-6)
