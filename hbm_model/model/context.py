"""Where the equations are evaluated: parameters, index sets, priors, outside drivers, and the array namespace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hbm_model.core.priors import Priors
from hbm_model.model.equations import Array
from hbm_model.model.layout import Layout

Forces = dict[str, Array]
"""(..., vendor, time) sums of effects by structural parameter; what nothing acts on is missing."""


@dataclass(frozen=True)
class Context:
    """What every equation reads.

    Attributes
    ----------
    theta
        Free parameters by name, each with its own dims after any draw dims.
    layout
        Index sets.
    priors
        Constants are read from them.
    xp
        Array namespace: ``numpy``, ``jax.numpy`` or ``pytensor.tensor``.
    drivers
        What moves the world from outside: ``raised``, (vendor, spending year) billions of dollars, and the exposure to
        each informed effect of policy (see :func:`hbm_model.model.controls.history`).
    forces
        (..., vendor, time) effects of policy by structural parameter. :func:`hbm_model.model.joint.structure` takes
        those beyond what is in force (NumPy only), and hands each part all of them.
    """

    theta: Mapping[str, Any]
    layout: Layout
    priors: Priors
    xp: Any
    drivers: Mapping[str, Any] = field(default_factory=dict)
    forces: Forces = field(default_factory=dict)

    def under(self, forces: Forces) -> Context:
        """The same context under other forces.

        Parameters
        ----------
        forces
            (..., vendor, time) by structural parameter; they replace the context's own.
        """
        return replace(self, forces=forces)
