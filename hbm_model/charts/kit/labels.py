"""How each gap is titled, and its axis with unit and definition."""

from __future__ import annotations

from dataclasses import dataclass

from hbm_model.charts.kit.words import say
from hbm_model.core.errors import InputError


@dataclass(frozen=True)
class Gap:
    """How a gap is titled, its axis with unit and definition, and whether it is shown in percent."""

    name: str
    percent: bool = False

    @property
    def title(self) -> str:
        """A few words."""
        return say(f"gaps.{self.name}.title")

    @property
    def label(self) -> str:
        """Unit and definition."""
        return say(f"gaps.{self.name}.label")

    @property
    def inline(self) -> str:
        """The same on one line."""
        return self.label.replace("\n", " ")


GAPS = {
    gap.name: gap
    for gap in (
        Gap("frontier_lag"),
        Gap("generation_lag"),
        Gap("yield_gap"),
        Gap("yield_gap_same_age"),
        Gap("capacity_ratio", percent=True),
        Gap("output_ratio", percent=True),
        Gap("bandwidth_ratio", percent=True),
        Gap("bit_share", percent=True),
        Gap("revenue_share", percent=True),
    )
}
"""The gaps that can be drawn."""

SWEPT = {**GAPS, "frontier_lag_at_least": Gap("frontier_lag_at_least")}
"""The same, with what only a sweep has."""


def over_time(quantity: str) -> Gap:
    """How a gap over time is titled and labelled.

    Raises
    ------
    InputError
        If the quantity is no gap over time.
    """
    known = [name for name in GAPS if name != "generation_lag"]
    if quantity not in known:
        raise InputError(f"{quantity!r} is no gap over time; there are: {', '.join(known)}")
    return GAPS[quantity]
