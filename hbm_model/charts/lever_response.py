"""How one gap answers to one lever: the gap against the lever's level, from a sweep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from hbm_model.charts.gap import interval_words
from hbm_model.charts.kit import marks, style
from hbm_model.charts.kit.labels import SWEPT
from hbm_model.charts.kit.rows import QUANTILES
from hbm_model.charts.kit.words import lever_words, say, scenario_name, wrapped
from hbm_model.core.errors import InputError
from hbm_model.core.tables import records
from hbm_model.policy.levers import Lever, load_levers

if TYPE_CHECKING:
    from hbm_model.analysis.sweep import Sweep

COLUMNS = [
    "lever", "in_force", "level", "quantity", "period", "mean", *QUANTILES,
    "change_q05", "change_q50", "change_q95", "prob_larger", "prob_never", "usual",
]  # fmt: skip
_ABOVE = 13.0


def lever_response_table(sweep: Sweep, quantity: str = "frontier_lag", period: str | None = None) -> pd.DataFrame:
    """What :func:`lever_response` draws, tidy: the sweep's rows of one gap and quarter.

    Parameters
    ----------
    sweep
        From :func:`hbm_model.analysis.sweep.sweep`.
    quantity
        Gap out of those swept.
    period
        Quarter out of those swept (default: the last one).

    Returns
    -------
    pd.DataFrame
        With ``COLUMNS``; ``in_force`` is the lever's level without the sweep, ``usual`` the gap's median then.

    Raises
    ------
    InputError
        If that gap or quarter was not swept.
    """
    table = sweep.table
    if quantity not in set(table["quantity"]):
        raise InputError(f"{quantity!r} was not swept; there are: {', '.join(table['quantity'].unique())}")
    periods = list(table["period"].unique())
    period = period or max(periods)
    if period not in periods:
        raise InputError(f"{period!r} was not swept; there are: {', '.join(periods)}")
    rows = table[(table["quantity"] == quantity) & (table["period"] == period)].sort_values("level")
    usual = float(np.nanmedian(sweep.baseline[quantity].sel(period=period).to_numpy()))
    return rows.assign(in_force=sweep.in_force, usual=usual)[COLUMNS].reset_index(drop=True)


@style.lettered
def lever_response(
    sweep: Sweep,
    quantity: str = "frontier_lag",
    period: str | None = None,
    levers: Mapping[str, Lever] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw one gap in one quarter against the level of one lever, and how often it is larger than in the baseline.

    Parameters
    ----------
    sweep
        From :func:`hbm_model.analysis.sweep.sweep`.
    quantity
        Gap out of those swept.
    period
        Quarter out of those swept (default: the last one).
    levers
        Levers by name, for title and unit (default: the bundled ones; those of a fit are ``fit.policy.levers``).
    ax
        Axes to draw on (default: a new figure, reached by ``ax.figure``).

    Returns
    -------
    Axes
        The Axes. The level in force is marked, and the baseline's median is a thin line.
    """
    table, look = lever_response_table(sweep, quantity, period), SWEPT[quantity]
    about_levers = load_levers() if levers is None else levers
    about = about_levers.get(sweep.lever)
    title, unit = scenario_name(sweep.lever), say("levers_chart.level")
    if about is not None:
        title, unit = lever_words(sweep.lever, about.title, about.unit)
    ax = style.single(ax, height=8.5)
    style.dress(ax)
    style.titled(ax, "", look.label)
    heading = say("levers_chart.title", gap=look.title, period=table["period"].iloc[0])
    ax.set_title(heading, loc="left", fontsize=style.TITLE, fontweight="bold", color=style.INK, pad=_ABOVE)
    colour, level = style.COLOURS["china"], table["level"].to_numpy(float)
    ax.fill_between(level, table["q05"], table["q95"], color=colour, alpha=0.20, linewidth=0, zorder=2)
    ax.fill_between(level, table["q25"], table["q75"], color=colour, alpha=0.32, linewidth=0, zorder=2.1)
    ax.plot(level, table["q50"], color=colour, linewidth=1.3, zorder=3)
    ax.plot(level, table["mean"], color=style.INK, linewidth=0.9, linestyle=(0, (3, 1.5)), zorder=3.2)
    ax.axhline(float(table["usual"].iloc[0]), color=style.MUTED, linewidth=0.6, zorder=1.8)
    ax.set_xlim(level.min(), level.max())
    ax.set_ylim(min(0.0, 1.05 * float(table["q05"].min())), 1.08 * float(table["q95"].max()))
    ax.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    if look.percent:
        ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    _mark_in_force(ax, sweep.in_force)
    strip = _larger_strip(ax, table)
    strip.set_xlabel("\n".join([title, *wrapped(unit, 60)]), fontsize=style.TEXT, color=style.INK)
    mean = Line2D([], [], color=style.INK, linewidth=0.9, linestyle=(0, (3, 1.5)), label=say("marks.mean"))
    usual = Line2D([], [], color=style.MUTED, linewidth=0.6, label=say("marks.baseline"))
    marks.key(ax, [*marks.band_key(colour), mean, usual], 5, loc="lower left", bbox_to_anchor=(-0.06, 1.01))
    return ax


def _mark_in_force(ax: Axes, level: float) -> None:
    left, right = ax.get_xlim()
    ax.axvline(level, color=style.INK, linewidth=0.8, linestyle=(0, (1, 1)), zorder=4, clip_on=False)
    late = (level - left) > 0.7 * (right - left)
    ax.annotate(
        say("measures.in_force"), (level, 0.0), xycoords=ax.get_xaxis_transform(), xytext=(-3 if late else 3, 3),
        textcoords="offset points", ha="right" if late else "left", va="bottom", fontsize=style.SMALL, color=style.INK,
        zorder=5, path_effects=style.halo(),
    )  # fmt: skip


def _larger_strip(ax: Axes, table: pd.DataFrame) -> Axes:
    """A strip under the fan: how often the gap is larger than in the baseline."""
    strip = ax.inset_axes((0.0, -0.29, 1.0, 0.18), sharex=ax)
    style.dress(strip)
    strip.plot(table["level"], table["prob_larger"], color=style.INK, linewidth=1.0)
    strip.set_ylim(-0.04, 1.04)
    strip.set_yticks([0, 0.5, 1], ["0", "50", "100 %"], fontsize=style.SMALL)
    strip.annotate(
        say("levers_chart.larger"), (0.0, 1.0), xycoords="axes fraction", xytext=(2, 2),
        textcoords="offset points", fontsize=style.SMALL, color=style.INK,
    )  # fmt: skip
    ax.tick_params(axis="x", labelbottom=False)
    strip.tick_params(axis="x", labelbottom=True)
    return strip


def lever_response_words(table: pd.DataFrame) -> str:
    """Alt text: the gap at the lowest, middle and highest level, and how often it is larger than in the baseline.

    Parameters
    ----------
    table
        From :func:`lever_response_table`.
    """
    first = records(table)[0]
    look = SWEPT[first["quantity"]]
    scale, unit = (100.0, " %") if look.percent else (1.0, "")
    parts = []
    for row in records(table.iloc[sorted({0, len(table) // 2, len(table) - 1})]):
        interval = interval_words(row, lambda value: f"{scale * value:.1f}{unit}")
        share = style.percent(row["prob_larger"])
        parts.append(say("levers_chart.alt_row", level=f"{row['level']:g}", said=interval, share=share))
    return say(
        "levers_chart.alt", gap=look.title, period=first["period"], label=look.inline,
        lever=scenario_name(first["lever"]), rows="; ".join(parts), level=f"{first['in_force']:g}",
        median=f"{scale * first['usual']:.1f}{unit}",
    )  # fmt: skip
