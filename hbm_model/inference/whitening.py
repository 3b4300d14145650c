"""Whitening: coordinates in which the posterior is close to a standard normal.

A whitening only tells the sampler where to start and in which steps to go; what is sampled is the model's own density.
Most fits find their own by a pilot run. Quick runs start in the one that the package carries, made once from the
bundled evidence by ``tools/whitening.py``, if it is one of the same parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hbm_model.core.arrays import Floats

BUNDLED = Path(__file__).with_name("whitening.npz")
"""The whitening that quick runs start in."""

FLATTEST = 0.05
"""Least curvature trusted: flatter directions are taken as wide as this, and adapted from there."""


@dataclass(frozen=True)
class Whitening:
    """Coordinates ``y`` of an unconstrained vector ``x = origin + axes @ y``.

    Attributes
    ----------
    origin
        (n_dim,).
    axes
        (n_dim, n_dim), directions of one standard deviation as columns.
    """

    origin: Floats
    axes: Floats

    @classmethod
    def of_curvature(cls, origin: Floats, curvature: Floats) -> Whitening:
        """Whitening along the principal axes of a Hessian.

        Parameters
        ----------
        origin
            (n_dim,) unconstrained vector that becomes zero.
        curvature
            (n_dim, n_dim) Hessian of minus the log density; eigenvalues below ``FLATTEST`` are raised to it.
        """
        values, vectors = np.linalg.eigh(curvature)
        return cls(origin, np.asarray(vectors / np.sqrt(np.maximum(values, FLATTEST))))


def save_whitening(whitening: Whitening, parameters: str, path: Path) -> None:
    """Write a whitening: axes as the Cholesky factor of its covariance, which is half as large and serves as well.

    Parameters
    ----------
    whitening
        What is written.
    parameters
        Digest of what the vector's entries are (:attr:`hbm_model.inference.vector.ParameterVector.parameters`).
    path
        The npz file.
    """
    factor = np.linalg.cholesky(whitening.axes @ whitening.axes.T)
    lower = factor[np.tril_indices(len(factor))].astype(np.float32)
    np.savez_compressed(path, parameters=parameters, origin=whitening.origin, lower=lower)


def load_whitening(parameters: str, path: Path = BUNDLED) -> Whitening | None:
    """Read a whitening; None where the file's is one of other parameters.

    Parameters
    ----------
    parameters
        Digest of what the vector's entries are (:attr:`hbm_model.inference.vector.ParameterVector.parameters`).
    path
        The npz file; the package's by default.
    """
    with np.load(path) as stored:
        if str(stored["parameters"]) != parameters:
            return None
        origin = stored["origin"]
        axes = np.zeros((len(origin), len(origin)))
        axes[np.tril_indices(len(origin))] = stored["lower"]
    return Whitening(origin, axes)
