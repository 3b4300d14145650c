"""What the model is about: vendors, generations, their order, and the time grids."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from hbm_model.core.arrays import Floats
from hbm_model.core.industry import ENTRY, GENERATIONS, NOT_BUILT, VENDORS, order
from hbm_model.model import equations
from hbm_model.policy.response import CELL

Learning = Literal["time", "volume"]
"""What yields are learned from: time since volume start, or wafers made since then."""


FIRST_SPENDING_YEAR = 2016
LEAD_YEARS = 4
"""Years over which spending becomes capacity (0 to 3 years later)."""
FIRST_KNOT = 2019.0
"""First year end of the wafer path (end of 2018)."""
FIRST_HBM_KNOT = 2022.0
"""First year end of the HBM share path (end of 2021)."""
FIRST_QUARTER = 2022.0
CYCLE_YEARS = 0.5
"""Wafer start to finished stack: more than two quarters (TrendForce, March 2024)."""


@dataclass(frozen=True)
class Layout:
    """Index sets of one fit.

    Attributes
    ----------
    last_year
        Last calendar year of the capacity path (its last knot is the end of that year).
    last_output_year
        Last calendar year whose output the fit evaluates.
    nodes
        ``vendor:node`` series of commodity DRAM with yield claims.
    node_first_report
        Decimal year of the first yield report of each node.
    informed
        Structural parameter and prior name of each effect of policy that the evidence informs.
    learning
        Form of yield learning.
    """

    last_year: int
    last_output_year: int
    nodes: tuple[str, ...] = ()
    node_first_report: tuple[float, ...] = ()
    informed: tuple[tuple[str, str], ...] = ()
    learning: Learning = "time"

    @cached_property
    def pairs(self) -> list[str]:
        """``vendor:generation`` of everything that is or may be built."""
        return [
            f"{v}:{g}"
            for v in VENDORS
            for g in GENERATIONS
            if (v, g) not in NOT_BUILT and (order(g) >= order(ENTRY[v]) or g == "HBM2")
        ]

    @cached_property
    def transitions(self) -> list[str]:
        """``vendor:generation`` reached by each step of a maker's chain; a skipped generation takes none."""
        return [
            f"{v}:{g}" for v in VENDORS for g in GENERATIONS if order(g) > order(ENTRY[v]) and (v, g) not in NOT_BUILT
        ]

    @cached_property
    def entrants(self) -> list[str]:
        """Makers whose chain starts after HBM2."""
        return [v for v in VENDORS if ENTRY[v] != "HBM2"]

    @cached_property
    def ships(self) -> Floats:
        """(vendor, generation) one where the pair is built."""
        built = set(self.pairs)
        return np.array([[float(f"{v}:{g}" in built) for g in GENERATIONS] for v in VENDORS])

    @cached_property
    def never(self) -> Floats:
        """(vendor * generation) years added to dates of pairs that are not built."""
        return (1.0 - self.ships).ravel() * equations.NEVER

    @cached_property
    def chain(self) -> Floats:
        """(transition, vendor * generation) one where the step comes before the generation on its maker's chain."""
        return np.array(
            [
                [
                    float(step.split(":")[0] == v and order(step.split(":")[1]) <= order(g))
                    for v in VENDORS
                    for g in GENERATIONS
                ]
                for step in self.transitions
            ]
        )

    @cached_property
    def start(self) -> Floats:
        """(vendor, vendor * generation) one for a maker's own generations."""
        return np.array([[float(u == v) for v in VENDORS for _ in GENERATIONS] for u in VENDORS])

    @cached_property
    def early(self) -> Floats:
        """(entrant, vendor * generation) one for an entrant's HBM2."""
        return np.array([[float(e == v and g == "HBM2") for v in VENDORS for g in GENERATIONS] for e in self.entrants])

    @cached_property
    def pair_place(self) -> Floats:
        """(pair, vendor * generation) one at the pair's place on the grid."""
        return np.array([[float(p == f"{v}:{g}") for v in VENDORS for g in GENERATIONS] for p in self.pairs])

    @property
    def spending_years(self) -> list[int]:
        """Calendar years of capital spending."""
        return list(range(FIRST_SPENDING_YEAR, self.last_year + 1))

    @property
    def growth_years(self) -> list[int]:
        """Calendar years over which wafer capacity grows."""
        return list(range(int(FIRST_KNOT), self.last_year + 1))

    @property
    def share_years(self) -> list[int]:
        """Calendar years over which the HBM share moves."""
        return list(range(int(FIRST_HBM_KNOT), self.last_year + 1))

    @property
    def knots(self) -> Floats:
        """Year ends of the wafer path, in decimal years."""
        return np.arange(FIRST_KNOT, self.last_year + 1.5)

    @property
    def hbm_knots(self) -> Floats:
        """Year ends of the HBM share path."""
        return np.arange(FIRST_HBM_KNOT, self.last_year + 1.5)

    @property
    def cells(self) -> Floats:
        """Starts of the quarters over which policy is taken as constant, from 2022Q1."""
        return np.arange(FIRST_QUARTER, self.last_year + 1, CELL)

    @property
    def learning_cells(self) -> Floats:
        """Starts of the quarters over which wafers are counted that makers learn from, from 2019Q1."""
        return np.arange(FIRST_KNOT, self.last_year + 1, CELL)

    @property
    def quarters(self) -> Floats:
        """Midpoints of the quarters whose output the fit evaluates, from 2022Q1."""
        return np.arange(FIRST_QUARTER + 0.125, self.last_output_year + 1, 0.25)
