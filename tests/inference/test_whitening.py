"""Frames: written and read, and the one in the package is of the model as it stands."""

from pathlib import Path

import numpy as np
import pytest

from hbm_model.inference.whitening import FLATTEST, Frame, keep_frame, kept_frame


@pytest.fixture
def curvature() -> np.ndarray:
    root = np.random.default_rng(1).normal(size=(6, 6))
    return root @ root.T + np.eye(6)


@pytest.fixture
def frame(curvature: np.ndarray) -> Frame:
    return Frame.of_curvature(np.random.default_rng(2).normal(size=6), curvature)


def test_axes_turn_the_curvature_into_that_of_a_standard_normal(frame: Frame, curvature: np.ndarray) -> None:
    np.testing.assert_allclose(frame.axes.T @ curvature @ frame.axes, np.eye(6), atol=1e-10)


def test_a_flat_or_bent_direction_is_taken_as_wide_as_the_flattest_one_trusted() -> None:
    frame = Frame.of_curvature(np.zeros(3), np.diag([1.0, 1e-9, -4.0]))
    widths = np.sort(np.linalg.norm(frame.axes, axis=0))
    np.testing.assert_allclose(widths, [1.0, FLATTEST**-0.5, FLATTEST**-0.5])


def test_a_kept_frame_has_the_same_covariance(frame: Frame, tmp_path: Path) -> None:
    keep_frame(frame, "these", tmp_path / "frame.npz")
    again = kept_frame("these", tmp_path / "frame.npz")
    assert again is not None
    np.testing.assert_array_equal(again.origin, frame.origin)
    np.testing.assert_allclose(again.axes @ again.axes.T, frame.axes @ frame.axes.T, atol=1e-5)


def test_a_frame_of_other_parameters_is_none(frame: Frame, tmp_path: Path) -> None:
    keep_frame(frame, "these", tmp_path / "frame.npz")
    assert kept_frame("those", tmp_path / "frame.npz") is None
