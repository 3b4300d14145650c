"""Shares of the world's HBM by bits and by revenue, with the claims by basis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from hbm_model.charts.gap import interval_words
from hbm_model.charts.kit import marks, style
from hbm_model.charts.kit.rows import CLAIM, KEYS, QUANTILES, level_claims, quantile_rows, stacked, year_ends
from hbm_model.charts.kit.words import maker, say
from hbm_model.core.dates import quarter_end
from hbm_model.core.industry import MAIN_VENDORS
from hbm_model.core.tables import records

if TYPE_CHECKING:
    from hbm_model.evidence import Evidence
    from hbm_model.forecasting.forecast import Forecast

COLUMNS = [*KEYS, "unit", *QUANTILES, "prob_never", "basis", *CLAIM]
BASES = ("bit_share", "revenue_share")
_SMALL = 0.25
"""A maker whose share stays below this gets its own scale."""
_UNSTATED = "hbm_share_basis_unknown"


def shares_table(forecast: Forecast, evidence: Evidence) -> pd.DataFrame:
    """What :func:`shares` draws, tidy, as fractions; ``basis`` says what is shared, as far as a claim says so.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`.
    evidence
        From :func:`hbm_model.load_evidence`.
    """
    parts = []
    for basis in BASES:
        rows = quantile_rows(forecast, basis)
        claims = level_claims(evidence, "market", basis)
        claims = claims.assign(low=claims["low"] / 100, high=claims["high"] / 100)
        claims["basis"] = claims["quantity"].map(lambda metric: "unstated" if metric == _UNSTATED else "stated")
        parts += [rows, claims.assign(quantity=basis)]
    parts = [part[part["vendor"].isin(MAIN_VENDORS)] for part in parts]
    return stacked(parts, COLUMNS)


@style.lettered
def shares(forecast: Forecast, evidence: Evidence, ax: Sequence[Axes] | None = None) -> style.AxesArray:
    """Draw the shares of four makers (rows) of bits and of revenue (columns).

    A claim that does not say what is shared stands beside the revenue shares, as the model reads it, in grey.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`.
    evidence
        From :func:`hbm_model.load_evidence`.
    ax
        Eight Axes to draw on (default: a new figure, reached by ``axes[0, 0].figure``).

    Returns
    -------
    style.AxesArray
        The eight Axes, as an array of four rows and two columns.
    """
    table = shares_table(forecast, evidence)
    axes, key = style.panels(ax, len(MAIN_VENDORS), len(BASES), height=17.0, title=say("market.title"))
    last = quarter_end(forecast.horizon)
    for row, vendor in enumerate(MAIN_VENDORS):
        for column, basis in enumerate(BASES):
            panel = axes[row * len(BASES) + column]
            own = table[(table["vendor"] == vendor) & (table["quantity"] == basis)]
            style.dress(panel)
            style.years(panel, 2022.0, last, every=4)
            top = table[(table["vendor"] == vendor) & (table["layer"] == "forecast")]["q95"].max()
            panel.set_ylim(0, 0.8 if top > _SMALL else 1.25 * top)
            panel.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
            title = f"{maker(vendor)}, {say(f'market.{basis}')}"
            label = say("market.label" if top > _SMALL else "market.label_own")
            panel.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
            style.titled(panel, title, label if column == 0 else "", style.TEXT + 0.5)
            marks.fan(panel, own[own["layer"] == "forecast"], style.COLOURS[vendor])
            claims = own[own["layer"] == "claim"]
            marks.levels(panel, claims[claims["basis"] == "unstated"], style.MUTED)
            marks.levels(panel, claims[claims["basis"] == "stated"], style.COLOURS[vendor])
            style.mark_observed(panel, evidence.observed_through, label="" if row + column else "bottom")
    style.mark_quick(axes[1], forecast.quick)
    entries = [
        *marks.band_key(style.COLOURS["world"]),
        *marks.claim_key(table[table["layer"] == "claim"], say("marks.claimed"), say("marks.plan")),
        Patch(facecolor=style.MUTED, label=say("market.grey")),
    ]
    marks.key_below(key, axes, entries)
    return style.arrayed(axes, len(BASES))


def shares_words(table: pd.DataFrame) -> str:
    """Alt text: shares at the ends of some years, and the claims by basis.

    Parameters
    ----------
    table
        From :func:`shares_table`.
    """
    rows = year_ends(table[table["layer"] == "forecast"])
    parts = []
    for (basis, vendor), own in rows.groupby(["quantity", "vendor"], sort=False):
        chosen = records(own.iloc[sorted({0, len(own) // 2, len(own) - 1})])
        intervals = ", ".join(f"{row['period']} {interval_words(row, lambda v: f'{100 * v:.0f} %')}" for row in chosen)
        parts.append(f"{maker(str(vendor))}, {say(f'market.{basis}')}: {intervals}")
    drawn = table[table["layer"] == "claim"].groupby(["quantity", "basis"])
    claims = ", ".join(f"{say(f'market.{q}')} ({say(f'market.basis_{b}')}) {len(rows)}" for (q, b), rows in drawn)
    return say("market.alt", parts="; ".join(parts), claims=claims or say("market.none"))
