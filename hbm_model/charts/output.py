"""HBM bits shipped, and China's share of Korea's by bits and by bandwidth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, PercentFormatter

from hbm_model.charts.catch_up import spread
from hbm_model.charts.gap import interval_words
from hbm_model.charts.kit import marks, style
from hbm_model.charts.kit.rows import KEYS, QUANTILES, quantile_rows, stacked, year_ends
from hbm_model.charts.kit.words import maker, say
from hbm_model.core.dates import quarter_end
from hbm_model.core.industry import MAIN_VENDORS
from hbm_model.core.tables import records

if TYPE_CHECKING:
    from datetime import date

    from hbm_model.forecasting.forecast import Forecast

COLUMNS = [*KEYS, "unit", *QUANTILES, "prob_never"]
RATIOS = ("output_ratio", "bandwidth_ratio")
_LEAST = 0.01
"""Billion Gb a quarter under which nothing is drawn: a pilot line."""
_RATIO_LOOKS = (("#D55E00", "-"), ("#1c1c1c", (0, (3, 1.5))))


def output_table(forecast: Forecast) -> pd.DataFrame:
    """What :func:`output` draws, tidy: bits shipped by maker, and China's share of Korea's bits and bandwidth.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`.
    """
    bits = quantile_rows(forecast, "bits_shipped")
    return stacked(
        [bits[bits["vendor"].isin(MAIN_VENDORS)], *(quantile_rows(forecast, name) for name in RATIOS)], COLUMNS
    )


@style.lettered
def output(
    forecast: Forecast, ax: Sequence[Axes] | None = None, observed_through: date | None = None
) -> style.AxesArray:
    """Draw the bits that each maker ships (above), and China's share of Korea's by bits and by bandwidth (below).

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`.
    ax
        Two Axes to draw on (default: a new figure, reached by ``axes[0].figure``).
    observed_through
        Day on which the evidence ends, marked by a thin line (default: no mark).

    Returns
    -------
    style.AxesArray
        The two Axes.
    """
    table = output_table(forecast)
    axes, _ = style.panels(ax, 2, 1, height=12.0, title=say("output.title"))
    above, below = axes
    last = quarter_end(forecast.horizon)
    for panel in axes:
        style.dress(panel)
        style.years(panel, 2022.0, last)
    style.titled(above, say("output.bits"), say("output.bits_label"), size=style.TEXT + 0.5)
    bits = table[table["quantity"] == "bits_shipped"]
    above.set_yscale("log")
    top = float(bits["q95"].max()) if len(bits) else 1.0
    above.set_ylim(_LEAST, 2 * top)
    above.yaxis.set_major_locator(LogLocator(10))
    above.yaxis.set_minor_locator(NullLocator())
    above.yaxis.set_major_formatter(lambda value, _place: f"{value:g}")
    ends = []
    for vendor in MAIN_VENDORS:
        own = bits[(bits["vendor"] == vendor) & (bits["q50"] > _LEAST)]
        if len(own):
            marks.fan(above, own.assign(q05=own["q05"].clip(lower=_LEAST)), style.COLOURS[vendor], style.DASHES[vendor])
            ends.append((float(own["q50"].iloc[-1]), maker(vendor), style.COLOURS[vendor]))
    _name_ends(above, ends)
    style.titled(below, say("output.ratios"), say("output.ratios_label"), size=style.TEXT + 0.5)
    ends = []
    for name, (colour, dashes) in zip(RATIOS, _RATIO_LOOKS, strict=True):
        own = table[table["quantity"] == name]
        x = style.midpoints(list(own["period"]))
        if name == RATIOS[0]:
            below.fill_between(x, own["q05"], own["q95"], color=colour, alpha=0.2, linewidth=0, zorder=2)
        else:
            for end in ("q05", "q95"):
                below.plot(x, own[end], color=colour, linestyle=dashes, linewidth=0.5, zorder=2.5)
        below.plot(x, own["q50"], color=colour, linestyle=dashes, linewidth=1.2, zorder=3)
        if len(own):
            ends.append((float(own["q50"].iloc[-1]), say(f"output.{name}"), colour))
    below.set_ylim(0, 1.08 * float(table[table["quantity"].isin(RATIOS)]["q95"].max()))
    below.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    below.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    _name_ends(below, ends)
    style.mark_observed(above, observed_through, label="bottom")
    style.mark_observed(below, observed_through)
    style.mark_quick(above, forecast.quick)
    return style.arrayed(axes, 1)[:, 0]


def _name_ends(panel: Axes, ends: list[tuple[float, str, str]]) -> None:
    """Names at the right ends of lines, apart from one another."""
    to_axes = panel.transScale + panel.transLimits
    placed = sorted((float(to_axes.transform((panel.get_xlim()[1], y))[1]), name, colour) for y, name, colour in ends)
    heights = spread(np.array([end[0] for end in placed]), 0.085) if placed else np.array([])
    for (_, name, colour), height in zip(placed, heights, strict=True):
        panel.annotate(
            name, (1.0, height), xycoords="axes fraction", xytext=(3, 0), textcoords="offset points", va="center",
            fontsize=style.SMALL, color=colour, annotation_clip=False,
        )  # fmt: skip


def output_words(table: pd.DataFrame) -> str:
    """Alt text: bits of each maker and both ratios, half-way and at the end.

    Parameters
    ----------
    table
        From :func:`output_table`.
    """

    def intervals(rows: pd.DataFrame, scale: float, unit: str) -> str:
        few = records(year_ends(rows).iloc[sorted({len(year_ends(rows)) // 2, len(year_ends(rows)) - 1})])
        return ", ".join(f"{row['period']} {interval_words(row, lambda v: f'{scale * v:.3g}{unit}')}" for row in few)

    bits = table[table["quantity"] == "bits_shipped"]
    makers = [f"{maker(str(vendor))} {intervals(own, 1.0, '')}" for vendor, own in bits.groupby("vendor", sort=False)]
    ratios = [f"{say(f'output.{name}')} {intervals(table[table['quantity'] == name], 100.0, ' %')}" for name in RATIOS]
    return say("output.alt", bits="; ".join(makers), ratios="; ".join(ratios))
