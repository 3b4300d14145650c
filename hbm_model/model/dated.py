"""A change of variables for the sampler: chains of steps between known dates, as the dates themselves.

Where the dates at both ends of two steps are known and the one between is not, the two steps trade off against each
other along a curved ridge on which a sampler crawls. In dates there is no ridge. The model's variable stays the log
step; this only changes the coordinates in which it is sampled.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pymc.logprob.transforms import Transform

from hbm_model import curves
from hbm_model.model.layout import ENTRY, order

_LAST_KNOWN = "HBM4"
_WIDTH = 0.05
"""Years below which a step between dates is rounded off, so that dates can be any real numbers."""


class DatedSteps(Transform):  # type: ignore[misc]
    """Log steps of incumbents' chains up to HBM4 as years since the chain's start; other log steps as they are.

    Parameters
    ----------
    transitions : ``vendor:generation`` of each step, each maker's in order.
    """

    name = "dated"

    def __init__(self, transitions: Sequence[str]) -> None:
        split = [step.split(":") for step in transitions]
        dated = [ENTRY[v] == "HBM2" and order(g) <= order(_LAST_KNOWN) for v, g in split]
        n = len(split)
        self._dated = np.array(dated, dtype=float)
        self._difference = np.eye(n)
        for i in range(1, n):
            if dated[i] and dated[i - 1] and split[i][0] == split[i - 1][0]:
                self._difference[i, i - 1] = -1.0
        self._accumulate = np.linalg.inv(self._difference)

    def forward(self, value: Any, *_inputs: Any) -> Any:
        """Log steps to sampling coordinates."""
        return self._to_dates(value, pt)

    def backward(self, value: Any, *_inputs: Any) -> Any:
        """Sampling coordinates to log steps."""
        return self.to_log_steps(value, pt)

    def log_jac_det(self, value: Any, *_inputs: Any) -> Any:
        """Log derivative of :meth:`backward`, step by step (its matrix is triangular)."""
        gap = self._gaps(value)
        slope = -curves.softplus(-gap / _WIDTH, pt) - pt.log(curves.positive_part(gap, pt, _WIDTH))
        return pt.switch(self._dated > 0, slope, 0.0)

    def to_log_steps(self, value: Any, xp: Any) -> Any:
        """:meth:`backward` on arrays with any leading axes."""
        gap = self._gaps(value)
        return xp.where(self._dated > 0, xp.log(curves.positive_part(gap, xp, _WIDTH)), gap)

    def _gaps(self, value: Any) -> Any:
        return value @ self._difference.T

    def _to_dates(self, log_steps: Any, xp: Any) -> Any:
        years = xp.exp(log_steps) / _WIDTH
        gap = _WIDTH * (years + xp.log(-xp.expm1(-years)))
        return xp.where(self._dated > 0, gap, log_steps) @ self._accumulate.T
