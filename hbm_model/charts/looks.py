"""How each gap is titled, and its axis with unit and definition."""

from __future__ import annotations

from dataclasses import dataclass

from hbm_model.errors import InputError


@dataclass(frozen=True)
class Gap:
    """How a gap is titled, its axis with unit and definition, and whether it is shown in percent."""

    title: str
    label: str
    percent: bool = False


GAPS = {
    "frontier_lag": Gap("Frontier lag", "years since Korea first shipped in volume\nthe best generation China ships"),
    "generation_lag": Gap("Generation lag", "years from Korea's first volume shipment to China's"),
    "yield_gap": Gap(
        "Yield gap", "percentage points of final yield, Korea's best\nless China's, each on its best generation"
    ),
    "yield_gap_same_age": Gap(
        "Yield gap at the same age", "percentage points of final yield, same\ngeneration and months since volume start"
    ),
    "capacity_ratio": Gap("Capacity ratio", "China's HBM wafers per month\nas a share of Korea's", percent=True),
    "output_ratio": Gap("Output ratio", "China's HBM bits shipped\nas a share of Korea's", percent=True),
    "bandwidth_ratio": Gap(
        "Bandwidth ratio", "China's HBM bits weighted by bandwidth,\nas a share of Korea's", percent=True
    ),
    "bit_share": Gap(
        "China's share of bits", "HBM bits shipped by Chinese makers\nas a share of the world's", percent=True
    ),
    "revenue_share": Gap(
        "China's share of revenue", "HBM revenue of Chinese makers\nas a share of the world's", percent=True
    ),
}
"""The gaps that can be drawn."""

SWEPT = {
    **GAPS,
    "frontier_lag_at_least": Gap(
        "Frontier lag (at least)",
        "years since Korea first shipped in volume\nthe best generation China ships, or HBM2\nwhile China ships none",
    ),
}
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
