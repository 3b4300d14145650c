"""HBM wafers per month of each maker, with what was reported and what was planned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator

from hbm_model.charts.gap import interval_words
from hbm_model.charts.kit import marks, style
from hbm_model.charts.kit.rows import CLAIM, KEYS, QUANTILES, level_claims, quantile_rows, stacked, year_ends
from hbm_model.charts.kit.words import maker, say
from hbm_model.core.dates import quarter_end
from hbm_model.core.industry import VENDORS
from hbm_model.core.tables import records

if TYPE_CHECKING:
    from hbm_model.evidence import Evidence
    from hbm_model.forecasting.forecast import Forecast

COLUMNS = [*KEYS, "unit", *QUANTILES, "prob_never", *CLAIM]
SHOWN = (*VENDORS, "world")
_RANGE = (0.5, 2000.0)
"""Thousand wafers a month shown: less than a pilot line, and more than any forecast."""


def capacity_table(forecast: Forecast, evidence: Evidence) -> pd.DataFrame:
    """What :func:`capacity` draws, tidy, in thousand wafers per month; ``hollow`` claims are plans or forecasts.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`.
    evidence
        From :func:`hbm_model.load_evidence`.
    """
    rows = quantile_rows(forecast, "hbm_wafer_capacity")
    claims = level_claims(evidence, "capacity", "hbm_wafers")
    claims = claims.assign(low=claims["low"] / 1000, high=claims["high"] / 1000)
    hollow = claims["hollow"] | (claims["quantity"] == "fab_project_wpm")
    return stacked([rows[rows["vendor"].isin(SHOWN)], claims.assign(hollow=hollow)], COLUMNS)


@style.lettered
def capacity(forecast: Forecast, evidence: Evidence, ax: Sequence[Axes] | None = None) -> style.AxesArray:
    """Draw the HBM wafer capacity of each maker and of the world, one panel each, on one logarithmic scale.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`.
    evidence
        From :func:`hbm_model.load_evidence`.
    ax
        Six Axes to draw on (default: a new figure, reached by ``axes[0, 0].figure``).

    Returns
    -------
    style.AxesArray
        The six Axes, as an array of three rows and two columns.
    """
    table = capacity_table(forecast, evidence)
    axes, key = style.panels(ax, 3, 2, height=14.0, title=say("wafers.title"))
    last = quarter_end(forecast.horizon)
    for index, (panel, vendor) in enumerate(zip(axes, SHOWN, strict=True)):
        style.dress(panel)
        own = table[table["vendor"] == vendor]
        panel.set_yscale("log")
        panel.set_ylim(*_RANGE)
        panel.yaxis.set_major_locator(FixedLocator([1, 10, 100, 1000]))
        panel.yaxis.set_minor_locator(NullLocator())
        panel.yaxis.set_major_formatter(lambda value, _place: f"{value:g}")
        style.years(panel, 2022.0, last, every=4)
        label = say("wafers.label") if index % 2 == 0 else ""
        style.titled(panel, maker(vendor), label, size=style.TEXT + 0.5)
        marks.fan(panel, own[own["layer"] == "forecast"], style.COLOURS[vendor])
        marks.levels(panel, own[own["layer"] == "claim"], style.COLOURS[vendor])
        style.mark_observed(panel, evidence.observed_through, label="" if index else "bottom")
    style.mark_quick(axes[1], forecast.quick)
    entries = [
        *marks.band_key(style.COLOURS["world"]),
        *marks.claim_key(table[table["layer"] == "claim"], say("wafers.installed"), say("marks.plan")),
    ]
    marks.key_below(key, axes, entries)
    return style.arrayed(axes, 2)


def capacity_words(table: pd.DataFrame) -> str:
    """Alt text: each maker's capacity at the ends of some years.

    Parameters
    ----------
    table
        From :func:`capacity_table`.
    """
    rows = year_ends(table[table["layer"] == "forecast"])
    parts = []
    for vendor, own in rows.groupby("vendor", sort=False):
        chosen = records(own.iloc[sorted({0, len(own) // 2, len(own) - 1})])
        intervals = ", ".join(f"{row['period']} {interval_words(row, lambda v: f'{v:.0f}')}" for row in chosen)
        parts.append(f"{maker(str(vendor))} {intervals}")
    claims = table[table["layer"] == "claim"]
    planned = int(claims["hollow"].astype(bool).sum())
    return say("wafers.alt", parts="; ".join(parts), count=len(claims), planned=planned)
