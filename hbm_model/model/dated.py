"""A change of variables for the sampler: each step of a maker's clock in the coordinate that the vintage calls for.

Where the dates at both ends of two steps are known and the one between is not, the two steps trade off against each
other along a curved ridge on which a sampler crawls; in dates there is no ridge. Where no date is known, a date that
must lie after another is what makes a sampler stumble, and the step's own prior is the better measure. The model's
variable stays the log step; this only changes the coordinates in which it is sampled.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hbm_model.core.industry import order, vendor_index
from hbm_model.model import equations
from hbm_model.model.equations import Array

_WIDTH = 0.05
"""Years below which a step between dates is rounded off, so that dates can be any real numbers."""


class DatedSteps:
    """Log steps up to a maker's newest dated generation as years since its chain's start; later ones standardised.

    Parameters
    ----------
    transitions
        ``vendor:generation`` of each step, each maker's in order.
    newest
        (vendor,) number of the newest generation that somebody has reported, -1 for none.
    xp
        Array namespace.
    """

    def __init__(self, transitions: Sequence[str], newest: Array, xp: Any) -> None:
        whose = vendor_index(transitions)
        reached = np.array([order(step.split(":")[1]) for step in transitions])
        self._xp = xp
        self._dated = newest[whose] >= reached
        self._since = np.tril(np.equal.outer(whose, whose)).astype(float)
        self._previous = np.eye(len(whose), k=-1) * self._since

    def forward(self, value: Array, location: Array, scale: Array) -> Array:
        """Log steps to sampling coordinates.

        Parameters
        ----------
        value
            (..., transition) log years of each step.
        location, scale
            (..., transition) and (..., 1): the prior of the log steps.
        """
        xp, years = self._xp, self._xp.exp(value) / _WIDTH
        gap = _WIDTH * (years + xp.log(-xp.expm1(-years)))
        return xp.where(self._dated, gap @ self._since.T, (value - location) / scale)

    def backward(self, value: Array, location: Array, scale: Array) -> Array:
        """Sampling coordinates to log steps.

        Parameters
        ----------
        value
            (..., transition) coordinates: years since the chain's start up to the newest dated generation, standard
            scores after it.
        location, scale
            As for :meth:`forward`.
        """
        xp = self._xp
        log_years = xp.log(equations.positive_part(self._gaps(value), xp, _WIDTH))
        return xp.where(self._dated, log_years, location + scale * value)

    def log_jac_det(self, value: Array, scale: Array) -> Array:
        """Log derivative of :meth:`backward`, step by step (its matrix is triangular).

        Parameters
        ----------
        value
            (..., transition) coordinates, as for :meth:`backward`.
        scale
            As for :meth:`forward`.
        """
        xp, gap = self._xp, self._gaps(value)
        slope = -equations.softplus(-gap / _WIDTH, xp) - xp.log(equations.positive_part(gap, xp, _WIDTH))
        return xp.where(self._dated, slope, xp.log(scale))

    def _gaps(self, value: Array) -> Array:
        """Years from one date of a chain to the next; one where there is no date, so that nothing becomes infinite."""
        return self._xp.where(self._dated, value - value @ self._previous.T, 1.0)
