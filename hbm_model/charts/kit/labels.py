"""How each gap is titled, and its axis with unit and definition."""

from __future__ import annotations

from dataclasses import dataclass

from hbm_model.charts.kit.words import say
from hbm_model.core import quantities
from hbm_model.core.errors import InputError
from hbm_model.core.quantities import BY_NAME, LAG_AT_LEAST


@dataclass(frozen=True)
class Gap:
    """Title and axis label of a gap.

    Attributes
    ----------
    name
        Its exact name.
    percent
        Whether it is shown in percent.
    """

    name: str
    percent: bool = False

    @property
    def title(self) -> str:
        """A few words."""
        return say(f"gap.{self.name}.title")

    @property
    def label(self) -> str:
        """Unit and definition."""
        return say(f"gap.{self.name}.label")

    @property
    def inline(self) -> str:
        """Unit and definition on one line."""
        return self.label.replace("\n", " ")


GAPS = {name: Gap(name, BY_NAME[name].percent) for name in quantities.GAPS}
"""The gaps that can be drawn."""

SWEPT = {**GAPS, LAG_AT_LEAST: Gap(LAG_AT_LEAST)}
"""These gaps, and the one that only a sweep has."""


def over_time(quantity: str) -> Gap:
    """Title and axis label of a gap over time.

    Parameters
    ----------
    quantity
        Name of the gap.

    Raises
    ------
    InputError
        If the quantity is no gap over time.
    """
    if quantity not in quantities.OVER_TIME:
        raise InputError(f"{quantity!r} is no gap over time; there are: {', '.join(quantities.OVER_TIME)}")
    return GAPS[quantity]
