"""Frames: coordinates in which the posterior is close to a standard normal.

A frame only tells the sampler where to start and in which steps to go; what is sampled is the model's own density. Most
fits find their own by a pilot run. Quick runs start in the frame that the package carries, made once from the bundled
evidence by ``tools/quick_run_frame.py``, if it is one of the same parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

BUNDLED = Path(__file__).with_name("whitening.npz")
"""The frame that quick runs start in."""

FLATTEST = 0.05
"""Least curvature trusted: flatter directions are taken as wide as this, and adapted from there."""


@dataclass(frozen=True)
class Frame:
    """Coordinates ``y`` of an unconstrained vector ``x = origin + axes @ y``.

    Attributes
    ----------
    origin : (n_dim,). axes : (n_dim, n_dim), directions of one standard deviation as columns.
    """

    origin: Vector
    axes: Vector

    @classmethod
    def of_curvature(cls, origin: Vector, curvature: Vector) -> Frame:
        """Principal axes of a matrix of second derivatives of minus the log density."""
        values, vectors = np.linalg.eigh(curvature)
        return cls(origin, np.asarray(vectors / np.sqrt(np.maximum(values, FLATTEST))))


def keep_frame(frame: Frame, parameters: str, path: Path) -> None:
    """Write a frame: axes as the Cholesky factor of its covariance, which is half as large and serves as well.

    Parameters
    ----------
    parameters : digest of what the vector's entries are (:attr:`hbm_model.inference.density.CompiledModel.parameters`).
    """
    factor = np.linalg.cholesky(frame.axes @ frame.axes.T)
    lower = factor[np.tril_indices(len(factor))].astype(np.float32)
    np.savez_compressed(path, parameters=parameters, origin=frame.origin, lower=lower)


def kept_frame(parameters: str, path: Path = BUNDLED) -> Frame | None:
    """The frame in a file (default: the package's), if it is one of these parameters."""
    with np.load(path) as stored:
        if str(stored["parameters"]) != parameters:
            return None
        origin = stored["origin"]
        axes = np.zeros((len(origin), len(origin)))
        axes[np.tril_indices(len(origin))] = stored["lower"]
    return Frame(origin, axes)
