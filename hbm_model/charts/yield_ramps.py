"""Final yield of each maker's generations as they ramp, with the claims about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from hbm_model.charts.gap import interval_words
from hbm_model.charts.kit import marks, style
from hbm_model.charts.kit.rows import CLAIM, KEYS, QUANTILES, level_claims, quantile_rows, stacked, year_ends
from hbm_model.charts.kit.words import maker, say
from hbm_model.core.dates import quarter_end
from hbm_model.core.industry import BASE_LAYERS, NEAR_GENERATIONS, VENDORS
from hbm_model.core.tables import records

if TYPE_CHECKING:
    from hbm_model.evidence import Evidence
    from hbm_model.forecasting.forecast import Forecast

COLUMNS = [*KEYS, "unit", *QUANTILES, "prob_never", *CLAIM]
"""Columns of :func:`yield_ramps_table`."""
_SHIPPING = 0.5


def yield_ramps_table(forecast: Forecast, evidence: Evidence) -> pd.DataFrame:
    """What :func:`yield_ramps` draws, tidy, in percent.

    A ramp starts in the quarter from which on at least half of the draws ship. ``hollow`` claims are about dies, stacks
    or one test, not the final yield.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`.
    evidence
        From :func:`hbm_model.load_evidence`.
    """
    rows = quantile_rows(forecast, "final_yield")
    ramps = rows[rows["generation"].isin(NEAR_GENERATIONS) & (rows["prob_never"] < _SHIPPING)]
    claims = level_claims(evidence, "yields", "hbm_yield")
    claims = claims[claims["generation"].isin(NEAR_GENERATIONS)]
    return stacked([ramps, claims.assign(hollow=claims["quantity"] != "final_yield")], COLUMNS)


@style.lettered
def yield_ramps(forecast: Forecast, evidence: Evidence, ax: Sequence[Axes] | None = None) -> style.AxesArray:
    """Draw the ramps of HBM3, HBM3E and HBM4, one panel each.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`.
    evidence
        From :func:`hbm_model.load_evidence`.
    ax
        Three Axes to draw on (default: a new figure, reached by ``axes[0, 0].figure``).

    Returns
    -------
    style.AxesArray
        The three Axes, as an array of three rows.
    """
    table = yield_ramps_table(forecast, evidence)
    axes, key = style.panels(ax, len(NEAR_GENERATIONS), 1, height=16.0, title=say("ramps.title"))
    last = quarter_end(forecast.horizon)
    for panel, generation in zip(axes, NEAR_GENERATIONS, strict=True):
        style.dress(panel)
        rows = table[table["generation"] == generation]
        style.years(panel, 2022.0, last)
        panel.set_ylim(0, 100)
        title = say("ramps.panel", generation=generation, layers=BASE_LAYERS[generation])
        style.titled(panel, title, say("ramps.label"), size=style.TEXT + 0.5)
        for vendor in VENDORS:
            own = rows[rows["vendor"] == vendor]
            ramp = own[own["layer"] == "forecast"]
            if len(ramp):
                marks.fan(panel, ramp, style.COLOURS[vendor], style.DASHES[vendor])
            marks.levels(panel, own[own["layer"] == "claim"], style.COLOURS[vendor])
        style.mark_observed(panel, evidence.observed_through, label="bottom" if panel is axes[0] else "")
    style.mark_quick(axes[0], forecast.quick)
    makers = [
        Line2D([], [], color=style.COLOURS[v], linestyle=style.DASHES[v], linewidth=1.2, label=maker(v))
        for v in VENDORS
    ]
    claims = marks.claim_key(table[table["layer"] == "claim"], "", say("ramps.other"))
    entries = [*makers, *marks.band_key(style.COLOURS["world"])[1:], *claims]
    marks.key_below(key, axes, entries)
    return style.arrayed(axes, 1)


def yield_ramps_words(table: pd.DataFrame) -> str:
    """Alt text: yields at the first and last year's end, and the number of claims.

    Parameters
    ----------
    table
        From :func:`yield_ramps_table`.
    """
    rows = table[table["layer"] == "forecast"]
    parts = []
    for (generation, vendor), own in rows.groupby(["generation", "vendor"], sort=False):
        chosen = records(year_ends(own).iloc[[0, -1]])
        intervals = dict.fromkeys(f"{row['period']} {interval_words(row, lambda v: f'{v:.0f}')}" for row in chosen)
        parts.append(f"{generation} {maker(str(vendor))} {', '.join(intervals)}")
    count = int((table["layer"] == "claim").sum())
    return say("ramps.alt", parts="; ".join(parts), count=count)
