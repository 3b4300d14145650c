"""Frames: written and read, and the one in the package is of the model as it stands."""

from pathlib import Path

import numpy as np
import pytest

from hbm_model.inference.whitening import FLATTEST, Whitening, load_whitening, save_whitening


@pytest.fixture
def curvature() -> np.ndarray:
    root = np.random.default_rng(1).normal(size=(6, 6))
    return root @ root.T + np.eye(6)


@pytest.fixture
def whitening(curvature: np.ndarray) -> Whitening:
    return Whitening.of_curvature(np.random.default_rng(2).normal(size=6), curvature)


def test_axes_turn_the_curvature_into_that_of_a_standard_normal(whitening: Whitening, curvature: np.ndarray) -> None:
    np.testing.assert_allclose(whitening.axes.T @ curvature @ whitening.axes, np.eye(6), atol=1e-10)


def test_a_flat_or_bent_direction_is_taken_as_wide_as_the_flattest_one_trusted() -> None:
    whitening = Whitening.of_curvature(np.zeros(3), np.diag([1.0, 1e-9, -4.0]))
    widths = np.sort(np.linalg.norm(whitening.axes, axis=0))
    np.testing.assert_allclose(widths, [1.0, FLATTEST**-0.5, FLATTEST**-0.5])


def test_a_load_whitening_has_the_same_covariance(whitening: Whitening, tmp_path: Path) -> None:
    save_whitening(whitening, "these", tmp_path / "frame.npz")
    again = load_whitening("these", tmp_path / "frame.npz")
    assert again is not None
    np.testing.assert_array_equal(again.origin, whitening.origin)
    np.testing.assert_allclose(again.axes @ again.axes.T, whitening.axes @ whitening.axes.T, atol=1e-5)


def test_a_frame_of_other_parameters_is_none(whitening: Whitening, tmp_path: Path) -> None:
    save_whitening(whitening, "these", tmp_path / "frame.npz")
    assert load_whitening("those", tmp_path / "frame.npz") is None
