"""What the model is about: vendors, generations, their order, and the time grids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hbm_model import curves
from hbm_model.policy.response import CELL

Floats = NDArray[np.float64]
Learning = Literal["time", "volume"]
"""What yields are learned from: time since volume start, or wafers made since then."""

VENDORS = ["sk_hynix", "samsung", "micron", "cxmt", "ymtc"]
BLOC_OF = {"sk_hynix": "korea", "samsung": "korea", "micron": "us", "cxmt": "china", "ymtc": "china"}
BLOCS = ["korea", "us", "china"]
GENERATIONS = ["HBM2", "HBM2E", "HBM3", "HBM3E", "HBM4", "HBM4E", "HBM5"]
ORIGINS = ["company", "insider", "analyst", "government", "other"]

BASE_LAYERS = {"HBM2": 4, "HBM2E": 8, "HBM3": 8, "HBM3E": 8, "HBM4": 12, "HBM4E": 12, "HBM5": 16}
"""Stack height of a generation's first volume product; HBM5 is a convention (no standard exists yet)."""

TALLER_LAYERS = {"HBM2": [8], "HBM2E": [], "HBM3": [12], "HBM3E": [12, 16], "HBM4": [16], "HBM4E": [16], "HBM5": []}

ENTRY = {"sk_hynix": "HBM2", "samsung": "HBM2", "micron": "HBM2", "cxmt": "HBM3", "ymtc": "HBM3"}
"""Where a maker's chain of generations starts. An entrant's HBM2 stands beside the chain, not before it: skipping
it in volume must not delay HBM3."""

NOT_BUILT = [("micron", "HBM3"), ("cxmt", "HBM2E"), ("ymtc", "HBM2E")]
"""Skipped generations: Micron dropped HBM3 in 2022 (claim m0346); no claim has an entrant build HBM2E."""

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
    last_year : last calendar year of the capacity path (its last knot is the end of that year).
    last_output_year : last calendar year whose output the fit evaluates.
    nodes : ``vendor:node`` series of commodity DRAM with yield claims.
    node_first_report : decimal year of the first yield report of each node.
    informed : structural parameter and prior name of each effect of policy that the evidence informs.
    learning : form of yield learning.
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
        return (1.0 - self.ships).ravel() * curves.NEVER

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


def order(generation: str) -> int:
    """Place of a generation in the sequence."""
    return GENERATIONS.index(generation)


def vendor_index(entries: Sequence[str]) -> NDArray[np.intp]:
    """Vendor number of ``vendor:...`` entries."""
    return np.array([VENDORS.index(entry.split(":")[0]) for entry in entries], dtype=np.intp)


def bloc_index(entries: Sequence[str]) -> NDArray[np.intp]:
    """Bloc number of ``vendor:...`` entries."""
    return np.array([BLOCS.index(BLOC_OF[entry.split(":")[0]]) for entry in entries], dtype=np.intp)


def interpolation(knots: Floats, times: Floats) -> Floats:
    """(knot, time) weights of linear interpolation, constant beyond the ends."""
    at = np.clip(times, knots[0], knots[-1])
    right = np.clip(np.searchsorted(knots, at, side="right"), 1, len(knots) - 1)
    share = (at - knots[right - 1]) / (knots[right] - knots[right - 1])
    weights = np.zeros((len(knots), len(times)))
    weights[right - 1, np.arange(len(times))] = 1.0 - share
    weights[right, np.arange(len(times))] = share
    return weights
