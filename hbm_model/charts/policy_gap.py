"""A gap over time with the measures in force below it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from hbm_model.charts.gap import gap_words
from hbm_model.charts.kit import marks, style
from hbm_model.charts.kit.labels import over_time
from hbm_model.charts.kit.rows import QUANTILES, quantile_rows, stacked
from hbm_model.charts.kit.words import lever_words, say
from hbm_model.charts.policy_timeline import policy_timeline_table, policy_timeline_words
from hbm_model.policy.policy import Policy

if TYPE_CHECKING:
    from hbm_model.forecasting.forecast import Forecast

COLUMNS = ["layer", "quantity", "vendor", "period", *QUANTILES, "prob_never", "lever", "start", "level", "unit"]
_LEFT = 2018.0
_TALL = 0.5
"""Height of a lever at its strongest, in lines."""


def policy_gap_table(forecast: Forecast, policy: Policy, quantity: str = "capacity_ratio") -> pd.DataFrame:
    """What :func:`policy_gap` draws, tidy: the layers ``forecast`` and ``measure`` (one row per step of a lever).

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`.
    policy
        Measures and levers of the fit, ``fit.policy``.
    quantity
        Name of a gap over time.

    Raises
    ------
    InputError
        If the quantity is no gap over time, or nothing is in force.
    """
    over_time(quantity)
    rows = quantile_rows(forecast, quantity)
    steps = policy_timeline_table(policy)
    return stacked([rows[rows["vendor"] == "china"], steps.assign(layer="measure")], COLUMNS)


@style.lettered
def policy_gap(
    forecast: Forecast,
    policy: Policy,
    quantity: str = "capacity_ratio",
    ax: Sequence[Axes] | None = None,
    observed_through: date | None = None,
) -> style.AxesArray:
    """Draw one gap over time, and below it since when each measure has been in force, and how strongly.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`.
    policy
        Measures and levers of the fit, ``fit.policy``.
    quantity
        Name of a gap over time.
    ax
        Two Axes to draw on (default: a new figure, reached by ``axes[0].figure``).
    observed_through
        Day on which the evidence ends, marked by a thin line (default: no mark).

    Returns
    -------
    style.AxesArray
        The two Axes, on one time axis.
    """
    table, look = policy_gap_table(forecast, policy, quantity), over_time(quantity)
    rows, steps = table[table["layer"] == "forecast"], table[table["layer"] == "measure"]
    levers = list(steps["lever"].unique())
    axes, _ = style.panels(ax, 2, 1, height=7.0 + 0.85 * len(levers), title=say("policy_gap.title", gap=look.title))
    above, below = axes
    last = float(np.ceil(style.midpoints(list(rows["period"]))[-1])) if len(rows) else policy.as_of
    for panel in axes:
        style.dress(panel)
        style.years(panel, max(_LEFT, np.floor(steps["start"].min())), last)
    style.titled(above, "", look.label)
    if (rows["prob_never"] > 0).any():
        marks.stepped_fan(above, rows, style.COLOURS["china"])
    elif len(rows):
        marks.fan(above, rows, style.COLOURS["china"])
    if len(rows):
        above.set_ylim(min(0.0, 1.05 * float(rows["q05"].min())), 1.08 * float(rows["q95"].max()))
    if look.percent:
        above.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    above.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    for start in sorted(set(steps["start"].dropna())):
        above.axvline(start, color=style.MUTED, linewidth=0.3, linestyle=(0, (1, 2.5)), zorder=1.4)
    _draw_measures(below, steps, levers, policy, last)
    style.mark_observed(above, observed_through, label="top")
    style.mark_observed(below, observed_through)
    marks.key(above, marks.band_key(style.COLOURS["china"]), 3, loc="lower left", bbox_to_anchor=(0.0, 1.01))
    style.mark_quick(above, forecast.quick)
    return style.arrayed(axes, 1)[:, 0]


def _draw_measures(panel: Axes, steps: pd.DataFrame, levers: list[str], policy: Policy, last: float) -> None:
    panel.yaxis.grid(visible=False)
    panel.set_ylim(len(levers) - 0.5, -0.65)
    panel.set_yticks([])
    panel.spines["left"].set_visible(False)
    panel.set_xlabel(say("policy_gap.measures"), fontsize=style.SMALL, color=style.INK)
    for line, lever in enumerate(levers):
        about = policy.levers[lever]
        own = steps[steps["lever"] == lever].dropna(subset=["start"]).sort_values("start")
        starts, levels = own["start"].to_numpy(float), own["level"].to_numpy(float)
        reach = max(about.high - about.reference, about.reference - about.low)
        for start, end, level in zip(starts, np.append(starts[1:], last), levels, strict=True):
            height = _TALL * abs(level - about.reference) / reach
            panel.fill_between([start, end], line + 0.4 - height, line + 0.4, color=style.INK, alpha=0.55, linewidth=0)
        panel.plot([panel.get_xlim()[0], last], [line + 0.4] * 2, color=style.MUTED, linewidth=0.4, zorder=1.5)
        title, _ = lever_words(lever, about.title, about.unit)
        panel.annotate(
            title, (0.0, line + 0.4 - _TALL), xycoords=panel.get_yaxis_transform(), xytext=(1, 0),
            textcoords="offset points", va="bottom", fontsize=style.SMALL, color=style.INK,
            path_effects=style.halo(), zorder=5,
        )  # fmt: skip


def policy_gap_words(table: pd.DataFrame) -> str:
    """Alt text: the gap at the ends of some years, and every step of every lever in force.

    Parameters
    ----------
    table
        From :func:`policy_gap_table`.
    """
    rows, steps = table[table["layer"] == "forecast"], table[table["layer"] == "measure"]
    fan = gap_words(rows, str(rows["quantity"].iloc[0])) if len(rows) else say("fan.undefined")
    measures = policy_timeline_words(steps.assign(scenario="baseline"))
    return say("policy_gap.alt", fan=fan, measures=measures)
