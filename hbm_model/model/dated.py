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
import pytensor.tensor as pt
from pymc.logprob.transforms import Transform

from hbm_model.core.industry import order, vendor_index
from hbm_model.model import equations

_WIDTH = 0.05
"""Years below which a step between dates is rounded off, so that dates can be any real numbers."""


class DatedSteps(Transform):  # type: ignore[misc]
    """Log steps up to a maker's newest dated generation as years since its chain's start; later ones standardised.

    Parameters
    ----------
    transitions
        ``vendor:generation`` of each step, each maker's in order.
    newest
        (vendor,) number of the newest generation that somebody has reported, -1 for none; data of the graph, so that
        vintages with other dates share what is compiled.
    """

    name = "dated"

    def __init__(self, transitions: Sequence[str], newest: Any) -> None:
        whose = vendor_index(transitions)
        reached = np.array([order(step.split(":")[1]) for step in transitions])
        self._dated = pt.le(reached, newest[whose])
        self._since = np.tril(np.equal.outer(whose, whose)).astype(float)
        self._previous = np.eye(len(whose), k=-1) * self._since

    def forward(self, value: Any, *inputs: Any) -> Any:
        """Log steps to sampling coordinates, given the pace and the spread of the steps.

        Parameters
        ----------
        value
            (transition,) log years of each step.
        *inputs
            Of the random variable; the last two are the pace, (transition,) log years, and the spread.
        """
        pace, spread = inputs[-2:]
        years = pt.exp(value) / _WIDTH
        gap = _WIDTH * (years + pt.log(-pt.expm1(-years)))
        return pt.switch(self._dated, pt.sum(self._since * gap, axis=-1), (value - pace) / spread)

    def backward(self, value: Any, *inputs: Any) -> Any:
        """Sampling coordinates to log steps.

        Parameters
        ----------
        value
            (transition,) coordinates: years since the chain's start up to the newest dated generation, standard scores
            after it.
        *inputs
            As for :meth:`forward`.
        """
        pace, spread = inputs[-2:]
        log_years = pt.log(equations.positive_part(self._gaps(value), pt, _WIDTH))
        return pt.switch(self._dated, log_years, pace + spread * value)

    def log_jac_det(self, value: Any, *inputs: Any) -> Any:
        """Log derivative of :meth:`backward`, step by step (its matrix is triangular).

        Parameters
        ----------
        value
            (transition,) coordinates, as for :meth:`backward`.
        *inputs
            As for :meth:`forward`.
        """
        gap = self._gaps(value)
        slope = -equations.softplus(-gap / _WIDTH, pt) - pt.log(equations.positive_part(gap, pt, _WIDTH))
        return pt.switch(self._dated, slope, pt.log(inputs[-1]))

    def _gaps(self, value: Any) -> Any:
        """Years from one date of a chain to the next; one where there is no date, so that nothing becomes infinite."""
        return pt.switch(self._dated, value - pt.sum(self._previous * value, axis=-1), 1.0)
