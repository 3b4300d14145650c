"""What scenarios change of one gap: differences from the baseline, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import offset_copy

from hbm_model.charts.kit import marks, style
from hbm_model.charts.kit.labels import over_time
from hbm_model.charts.kit.rows import QUANTILES
from hbm_model.charts.kit.words import say, scenario_name, wrapped
from hbm_model.core.errors import InputError
from hbm_model.core.tables import records

if TYPE_CHECKING:
    from hbm_model.forecasting.forecast import Forecast

COLUMNS = [
    "scenario", "quantity", "vendor", "period", "unit", "mean", *QUANTILES,
    "prob_larger", "prob_same", "prob_smaller", "prob_never", "driver",
]  # fmt: skip
_HALF = 0.17
_MANY = 0.25
"""Share of draws that do not move from which on the median or the 50 % interval may end on zero."""
_ROUND = 0.005
_FIRST_COLUMN, _COLUMN = 17.0, 25.0
"""Where the columns of shares stand, in points right of the Axes."""
_LEFT = 62.0
"""Points left of the Axes at which title and key begin: the room of the scenarios' names."""


def contrast_forest_table(
    forecast: Forecast, quantity: str = "frontier_lag", period: str | None = None
) -> pd.DataFrame:
    """What :func:`contrast_forest` draws, tidy, the scenario with the largest mean difference first.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`, with scenarios beside the baseline.
    quantity
        Name of a gap over time.
    period
        Quarter like ``2028Q4`` (default: the horizon).

    Returns
    -------
    pd.DataFrame
        With ``COLUMNS``, in the gap's own unit; ``prob_same`` is the share of draws in which nothing moves.

    Raises
    ------
    InputError
        If the quantity is no gap over time, no scenario was forecast, or no difference is defined in that quarter.
    """
    over_time(quantity)
    if len(forecast.scenarios) < 2:
        raise InputError(
            "only the baseline was forecast, as in quick runs; run: hbm-model forecast --scenario NAME ..."
        )
    rows = forecast.contrast(quantity)
    period = period or forecast.horizon
    rows = rows[(rows["vendor"] == "china") & (rows["period"] == period)]
    if rows.empty:
        raise InputError(f"no scenario's {quantity} is defined in {period!r}; the last quarter is {forecast.horizon}")
    same = (1.0 - rows["prob_larger"] - rows["prob_smaller"] - rows["prob_never"]).clip(lower=0.0)
    ordered = rows.assign(prob_same=same).sort_values(["mean", "scenario"], ascending=[False, True])
    return ordered[COLUMNS].reset_index(drop=True)


@style.lettered
def contrast_forest(
    forecast: Forecast, quantity: str = "frontier_lag", period: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw every scenario's difference from the baseline, draw by draw, in one gap and one quarter.

    Bars are 50 % and 90 % intervals with the median, and the diamond is the mean: where most draws do not move at all,
    the median and often the 50 % interval lie on zero, and the mean and the share that moves tell the rest.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`, with scenarios beside the baseline.
    quantity
        Name of a gap over time.
    period
        Quarter like ``2028Q4`` (default: the horizon).
    ax
        Axes to draw on (default: a new figure, reached by ``ax.figure``).

    Returns
    -------
    Axes
        The Axes.
    """
    table, look = contrast_forest_table(forecast, quantity, period), over_time(quantity)
    ax = style.single(ax, height=3.0 + 0.72 * len(table))
    style.dress(ax)
    scale = 100.0 if look.percent else 1.0
    rows = [{k: scale * v if k in ("mean", *QUANTILES) else v for k, v in row.items()} for row in records(table)]
    ends = np.array([[row[name] for name in ("q05", "q95", "mean")] for row in rows])
    low, high = min(0.0, float(ends.min())), max(0.0, float(ends.max()))
    room = 0.06 * ((high - low) or 1.0)
    ax.set_xlim(low - room, high + room)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.yaxis.grid(visible=False)
    ax.xaxis.grid(visible=True, color=style.FAINT, linewidth=0.4)
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(lambda value, _place: f"{value:+g}".replace("-", "\u2212") if value else "0")
    ax.axvline(0.0, color=style.INK, linewidth=0.9, zorder=2.2)
    ax.set_yticks(range(len(rows)), [scenario_name(row["scenario"]) for row in rows])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    for line, row in enumerate(rows):
        _draw(ax, line, row)
    _columns(ax, rows)
    unit = say("units.pp" if look.percent else f"units.{rows[0]['unit']}")
    definition = "\n".join(wrapped(f"{look.title}: {look.label}", 68))
    label = f"{say('forest.label', unit=unit)}\n{definition}"
    if table["prob_same"].between(_MANY, 1, inclusive="left").any():
        label += f"\n{say('forest.on_zero')}"
    ax.set_xlabel(label, fontsize=style.SMALL + 0.5, color=style.INK)
    ax.annotate(
        say("forest.title", gap=look.title, period=rows[0]["period"]), (0.0, 1.0), xycoords="axes fraction",
        xytext=(-_LEFT, 36), textcoords="offset points", fontsize=style.TITLE, fontweight="bold", color=style.INK,
    )  # fmt: skip
    mean = Line2D(
        [], [], linestyle="", marker="D", markersize=3, color=style.INK, markerfacecolor="white",
        label=say("marks.mean"),
    )  # fmt: skip
    above = offset_copy(ax.transAxes, ax.get_figure(root=True), x=-_LEFT, y=23, units="points")
    entries = [*marks.bar_key(style.COLOURS["china"]), mean]
    marks.key(ax, entries, 4, loc="lower left", bbox_to_anchor=(0.0, 1.0), bbox_transform=above)
    style.mark_quick(ax, forecast.quick, pad=36.0, beyond=_FIRST_COLUMN + 2.5 * _COLUMN)  # the title is a long one
    return ax


def _draw(ax: Axes, line: int, row: dict[str, Any]) -> None:
    colour = style.COLOURS["china"]
    driver = say(f"forest.through.{row['driver']}") if row["driver"] else say("forest.nothing")
    ax.annotate(
        driver, (0.0, line), xycoords=("axes fraction", "data"),
        xytext=(-2, -8), textcoords="offset points", ha="right", va="center", fontsize=style.SMALL, color=style.MUTED,
    )  # fmt: skip
    for left, right, strength in (("q05", "q95", 0.3), ("q25", "q75", 0.8)):
        width = row[right] - row[left]
        ax.barh(line, width, 2 * _HALF, row[left], color=colour, alpha=strength, linewidth=0, zorder=2.5)
    ax.plot([row["q50"]] * 2, [line - 1.7 * _HALF, line + 1.7 * _HALF], color=style.INK, linewidth=2.0, zorder=4)
    ax.plot(
        [row["mean"]], [line], marker="D", markersize=3, color=style.INK, markerfacecolor="white",
        markeredgewidth=0.7, zorder=5,
    )  # fmt: skip


def _columns(ax: Axes, rows: list[dict[str, Any]]) -> None:
    """How often the gap is larger, the same and smaller, right of the intervals."""
    across = ax.get_yaxis_transform()
    small: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "fontsize": style.SMALL}
    headings = [(name, say(f"forest.{name}")) for name in ("prob_larger", "prob_same", "prob_smaller")]
    for column, (name, heading) in enumerate(headings):
        x = _FIRST_COLUMN + _COLUMN * column
        ax.annotate(heading, (1.0, 1.0), xycoords="axes fraction", xytext=(x, 3), color=style.MUTED, **small)
        for line, row in enumerate(rows):
            words = style.percent(row[name]).replace(" %", "")
            ax.annotate(words, (1.0, line), xycoords=across, xytext=(x, 0), va="center", color=style.INK, **small)
    x = _FIRST_COLUMN + _COLUMN
    ax.annotate(
        say("forest.of_draws"), (1.0, 1.0), xycoords="axes fraction", xytext=(x, 12), color=style.MUTED, **small
    )


def contrast_forest_words(table: pd.DataFrame) -> str:
    """Alt text: each scenario's difference with its interval, the shares of larger, same and smaller, and its driver.

    Parameters
    ----------
    table
        From :func:`contrast_forest_table`.
    """
    first = records(table)[0]
    look = over_time(first["quantity"])
    scale, unit = (100.0, say("units.pp")) if look.percent else (1.0, say(f"units.{first['unit']}"))
    parts = []
    for row in records(table):
        numbers = (scale * float(row[name]) for name in ("q05", "q50", "q95", "mean"))
        low, middle, high, mean = (f"{number:+.2f}" if abs(number) >= _ROUND else "0" for number in numbers)
        shares = {name: style.percent(row[name]) for name in ("prob_larger", "prob_same", "prob_smaller")}
        words = say("forest.alt_row", name=scenario_name(row["scenario"]), median=middle, low=low, high=high, mean=mean,
                    **shares)  # fmt: skip
        parts.append(words + (f", {say(f'forest.through.{row["driver"]}')}" if row["driver"] else ""))
    return say("forest.alt", gap=look.title, period=first["period"], unit=unit, rows=". ".join(parts))
