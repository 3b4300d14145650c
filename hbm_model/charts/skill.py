"""How good forecasts have been: skill against a reference, and how many outcomes their intervals held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from hbm_model.charts.kit import marks, style
from hbm_model.charts.kit.words import named, say, scenario_name, wrapped
from hbm_model.core.errors import InputError
from hbm_model.core.tables import records

LEVELS = (50, 80, 90)
COLUMNS = ["quantity", "forecaster", "skill", "low", "high", "n", *(f"coverage{level}" for level in LEVELS)]
_LOOKS = (("o", "#D55E00"), ("s", "#0072B2"), ("D", "#4D4D4D"), ("v", "#009E73"), ("P", "#A0527F"))
_INSIDE = (("v", "#8a8a8a"), ("s", "#5f5f5f"), ("o", "#1c1c1c"))
"""Marker and grey of each level."""
_HEIGHT = 0.62


def skill_table(scores: pd.DataFrame, quantities: Sequence[str] | None = None) -> pd.DataFrame:
    """What :func:`skill` draws, tidy, in the order of the scores.

    Parameters
    ----------
    scores
        As in :func:`skill`.
    quantities
        Names of the quantities to draw (default: all).

    Raises
    ------
    InputError
        If columns are missing, a wanted quantity was not scored, or there are no scores.
    """
    missing = [name for name in COLUMNS if name not in scores]
    if missing:
        raise InputError(f"the scores lack the columns {', '.join(missing)}")
    scored = list(dict.fromkeys(scores["quantity"]))
    for name in quantities or ():
        if name not in scored:
            raise InputError(f"{name!r} was not scored; there are: {', '.join(scored)}")
    rows = scores[scores["quantity"].isin(scored if quantities is None else list(quantities))]
    if rows.empty:
        raise InputError("there are no scores to draw")
    order = rows["quantity"].map({name: rank for rank, name in enumerate(scored)})
    return rows.assign(_order=order).sort_values("_order", kind="stable")[COLUMNS].reset_index(drop=True)


@style.lettered
def skill(
    scores: pd.DataFrame, quantities: Sequence[str] | None = None, ax: Sequence[Axes] | None = None
) -> style.AxesArray:
    """Draw the skill of forecasters by quantity (left), and the share of outcomes in their intervals (right).

    Parameters
    ----------
    scores
        One row per quantity and forecaster, with ``COLUMNS``; ``low`` and ``high`` are the interval of the skill score.
        Coverages are shares, empty where a forecaster gives no intervals.
    quantities
        Names of the quantities to draw (default: all).
    ax
        Two Axes to draw on (default: a new figure, reached by ``axes[0].figure``).

    Returns
    -------
    style.AxesArray
        The two Axes. Coverage is good where each mark lies on its own dotted line.
    """
    table = skill_table(scores, quantities)
    names = list(dict.fromkeys(table["forecaster"]))
    axes, key = style.panels(ax, 1, 2, height=2.8 + _HEIGHT * len(table), title=say("skill.title"))
    left, right = axes
    places = _places(table)
    for panel in axes:
        style.dress(panel)
        panel.yaxis.grid(visible=False)
        panel.set_ylim(max(places) + 0.7, -0.9)
        panel.tick_params(axis="y", length=0)
        panel.spines["left"].set_visible(False)
    first = ~table["quantity"].duplicated()
    labels = [_label(row) if new else "" for row, new in zip(records(table), first, strict=True)]
    left.set_yticks(places, labels, fontsize=style.SMALL)
    right.set_yticks(places, [say("skill.count", n=int(row["n"])) for row in records(table)], fontsize=style.SMALL)
    right.yaxis.tick_right()
    right.tick_params(axis="y", length=0, labelfontfamily=style.FONT)
    _draw_skill(left, table, places, names)
    _draw_coverage(right, table, places)
    entries = [
        *(_entry(*_LOOKS[index % len(_LOOKS)], name) for index, name in enumerate(names)),
        *(_entry(*look, say("skill.inside", level=level)) for look, level in zip(_INSIDE, LEVELS, strict=True)),
    ]
    marks.key_below(key, axes, entries, columns=3)
    return style.arrayed(axes, 1)[:, 0]


def _entry(marker: str, colour: str, label: str) -> Line2D:
    return Line2D([], [], linestyle="", marker=marker, markersize=3.5, color=colour, label=label)


def _label(row: dict[str, Any]) -> str:
    name = str(row["quantity"])
    return named(f"gap.{name}.title", scenario_name(name))


def _places(table: pd.DataFrame) -> list[float]:
    """Lines from the top, with some room between quantities."""
    change = (table["quantity"] != table["quantity"].shift()).cumsum() - 1
    return [float(line + 0.5 * group) for line, group in enumerate(change)]


def _draw_skill(panel: Axes, table: pd.DataFrame, places: list[float], names: list[str]) -> None:
    panel.set_title(
        say("skill.panel_skill"), loc="left", fontsize=style.TEXT + 0.5, fontweight="bold", color=style.INK, pad=5
    )
    low, high = float(table["low"].min()), float(table["high"].max())
    room = 0.06 * (high - low or 1.0)
    panel.set_xlim(min(low, 0.0) - room, max(high, 0.0) + room)
    panel.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    panel.xaxis.grid(visible=True, color=style.FAINT, linewidth=0.4)
    panel.axvline(0.0, color=style.INK, linewidth=0.8, zorder=2)
    panel.set_xlabel("\n".join(wrapped(say("skill.skill"), 32)), fontsize=style.SMALL, color=style.INK)
    for line, row in zip(places, records(table), strict=True):
        marker, colour = _LOOKS[names.index(row["forecaster"]) % len(_LOOKS)]
        panel.plot([row["low"], row["high"]], [line, line], color=colour, linewidth=1.0, zorder=2.5)
        panel.plot([row["skill"]], [line], marker=marker, markersize=3.5, color=colour, zorder=3)


def _draw_coverage(panel: Axes, table: pd.DataFrame, places: list[float]) -> None:
    panel.set_title(
        say("skill.panel_coverage"), loc="left", fontsize=style.TEXT + 0.5, fontweight="bold", color=style.INK, pad=5
    )
    panel.set_xlim(-0.03, 1.03)
    panel.set_xticks([0.0, *(level / 100 for level in LEVELS)])
    panel.tick_params(axis="x", labelsize=style.SMALL)
    panel.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=""))
    panel.set_xlabel("\n".join(wrapped(say("skill.coverage") + ", %", 32)), fontsize=style.SMALL)
    for (marker, colour), level in zip(_INSIDE, LEVELS, strict=True):
        panel.axvline(level / 100, color=colour, linewidth=0.7, linestyle=(0, (1, 1.5)), zorder=1.8)
        held = table[f"coverage{level}"].to_numpy(float)
        shown = np.isfinite(held)
        panel.plot(
            held[shown], np.array(places)[shown], linestyle="", marker=marker, markersize=3.2, color=colour, zorder=3,
            clip_on=False,
        )  # fmt: skip


def skill_words(table: pd.DataFrame) -> str:
    """Alt text: every score with its interval and coverages.

    Parameters
    ----------
    table
        From :func:`skill_table`.
    """
    parts = []
    for row in records(table):
        held = ", ".join(
            f"{level} %: {style.percent(row[f'coverage{level}'])}"
            for level in LEVELS
            if np.isfinite(row[f"coverage{level}"])
        )
        text = say(
            "skill.alt_row", quantity=_label(row), forecaster=row["forecaster"], skill=f"{row['skill']:.2f}",
            low=f"{row['low']:.2f}", high=f"{row['high']:.2f}", coverage=held or "-", n=int(row["n"]),
        )  # fmt: skip
        parts.append(text)
    return say("skill.alt", rows="; ".join(parts))
