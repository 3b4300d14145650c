"""Capacity as it was planned against what came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from hbm_model.charts.kit import marks, style
from hbm_model.charts.kit.rows import QUANTILES, level_claims, quantile_rows
from hbm_model.charts.kit.words import maker, say
from hbm_model.core.dates import decimal_year, quarter_label
from hbm_model.core.industry import VENDORS
from hbm_model.core.tables import records

if TYPE_CHECKING:
    from hbm_model.evidence import Evidence
    from hbm_model.forecasting.forecast import Forecast

COLUMNS = ["id", "vendor", "origin", "status", "published", "period", "planned", *QUANTILES]
_RANGE = (8.0, 400.0)
_TICKS = (10, 30, 100, 300)


def plans_table(forecast: Forecast, evidence: Evidence) -> pd.DataFrame:
    """What :func:`plans` draws, tidy, in thousand wafers per month.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`.
    evidence
        From :func:`hbm_model.load_evidence`.

    Returns
    -------
    pd.DataFrame
        With ``COLUMNS``: one row per used plan or forecast of HBM wafers whose time has come; ``planned`` is the middle
        of what was said, the quantiles are the model's for the quarter in which its ``period`` ends.
    """
    claims = level_claims(evidence, "capacity", "hbm_wafers")
    due = claims["hollow"].astype(bool) & (claims["end"] <= decimal_year(evidence.observed_through))
    claims = claims[due & claims["vendor"].isin(VENDORS)]
    planned = claims[["low", "high"]].mean(axis=1) / 1000
    period = [quarter_label(end - 1e-6) for end in claims["end"]]
    dated = claims.assign(planned=planned, period=period).dropna(subset=["planned"])
    rows = quantile_rows(forecast, "hbm_wafer_capacity")[["vendor", "period", *QUANTILES]]
    joined = dated.merge(rows.astype({"vendor": str, "period": str}), on=["vendor", "period"], how="inner")
    return joined.sort_values(["vendor", "period", "id"])[COLUMNS].reset_index(drop=True)


@style.lettered
def plans(forecast: Forecast, evidence: Evidence, ax: Axes | None = None) -> Axes:
    """Draw what was planned or forecast of HBM wafers against what came by then, both on one logarithmic scale.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`.
    evidence
        From :func:`hbm_model.load_evidence`.
    ax
        Axes to draw on (default: a new figure, reached by ``ax.figure``).

    Returns
    -------
    Axes
        The Axes. A point under the diagonal is a plan of which less came, or came later.
    """
    table = plans_table(forecast, evidence)
    ax = style.single(ax, height=8.4)
    style.dress(ax)
    style.titled(ax, say("plans.title"), say("plans.came"))
    ax.set_xlabel(say("plans.said"), fontsize=style.TEXT, color=style.INK)
    ax.xaxis.grid(visible=True, color=style.FAINT, linewidth=0.4)
    for axis, scale, limits in ((ax.xaxis, ax.set_xscale, ax.set_xlim), (ax.yaxis, ax.set_yscale, ax.set_ylim)):
        scale("log")
        limits(*_RANGE)
        axis.set_major_locator(FixedLocator(_TICKS))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(lambda value, _place: f"{value:g}")
    ax.plot(_RANGE, _RANGE, color=style.MUTED, linewidth=0.6, zorder=1.8)
    for key, at, side in (("plans.more", (0.04, 0.93), "left"), ("plans.less", (0.97, 0.06), "right")):
        ax.text(*at, say(key), transform=ax.transAxes, ha=side, fontsize=style.SMALL, color=style.MUTED)
    if table.empty:
        ax.text(0.5, 0.5, say("plans.none"), transform=ax.transAxes, ha="center", fontsize=style.TEXT)
    entries = []
    for vendor, own in table.groupby("vendor", sort=False):
        colour = style.COLOURS[str(vendor)]
        ax.vlines(own["planned"], own["q05"], own["q95"], color=colour, linewidth=0.6, alpha=0.5, zorder=2.5)
        for origin, rows in own.groupby("origin"):
            ax.scatter(
                rows["planned"], rows["q50"], s=13, marker=marks.MARKERS[str(origin)], facecolors=colour,
                edgecolors="white", linewidths=0.4, zorder=3,
            )  # fmt: skip
        entries.append(Line2D([], [], color=colour, marker="o", markersize=3, linewidth=0.8, label=maker(str(vendor))))
    marks.key(ax, [*entries, *marks.claim_key(table, "", "")], 3, loc="upper left", bbox_to_anchor=(-0.12, -0.17))
    style.mark_quick(ax, forecast.quick)
    return ax


def plans_words(table: pd.DataFrame) -> str:
    """Alt text: number of plans that came due, number that fell short, and each maker's median ratio of what came.

    Parameters
    ----------
    table
        From :func:`plans_table`.
    """
    parts = []
    for vendor, own in table.groupby("vendor", sort=False):
        ratio = float(np.median(own["q50"].to_numpy(float) / own["planned"].to_numpy(float)))
        text = say("plans.alt_row", maker=maker(str(vendor)), count=len(own), ratio=f"{100 * ratio:.0f} %")
        parts.append(text)
    less = sum(row["q50"] < row["planned"] for row in records(table))
    return say("plans.alt", count=len(table), less=less, parts="; ".join(parts) or say("plans.none"))
