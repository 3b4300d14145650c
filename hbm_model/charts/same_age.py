"""Yields at the same age: maker against maker, and taller stacks against lower ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from hbm_model.charts.catch_up import spread
from hbm_model.charts.gap import interval_words
from hbm_model.charts.kit import style
from hbm_model.charts.kit.rows import QUANTILES
from hbm_model.charts.kit.words import maker, say
from hbm_model.core.errors import InputError
from hbm_model.core.industry import BASE_LAYERS, MAIN_VENDORS, NEAR_GENERATIONS, VENDORS
from hbm_model.core.tables import records

COLUMNS = ["vendor", "generation", "layers", "months", *QUANTILES, "reached"]
"""Columns of :func:`same_age_table` and :func:`heights_table`."""
_HEIGHT_LOOKS = (("#1c1c1c", "-"), ("#D55E00", (0, (4, 1.2))), ("#0072B2", (0, (1.2, 0.9))))
"""Colour and dashes of the lowest stack and of taller ones."""
_APART = 7.5
"""Percentage points that a label takes on an axis of 100."""
_END = 60
_SHORT = 48
"""A line that ends before is named there."""
_SPOKEN = (0, 24)
"""Months that the alt text tells."""


def same_age_table(maturity: pd.DataFrame) -> pd.DataFrame:
    """What :func:`same_age` draws, tidy: the base height of ``NEAR_GENERATIONS``.

    Parameters
    ----------
    maturity
        From :func:`hbm_model.forecasting.yield_by_age.maturity`.

    Raises
    ------
    InputError
        If it is no table of :func:`hbm_model.forecasting.yield_by_age.maturity`.
    """
    _check(maturity)
    base = maturity["layers"].astype(int) == maturity["generation"].map(BASE_LAYERS)
    return maturity[base & maturity["generation"].isin(NEAR_GENERATIONS)][COLUMNS].reset_index(drop=True)


@style.lettered
def same_age(maturity: pd.DataFrame, ax: Sequence[Axes] | None = None, quick: bool = False) -> style.AxesArray:
    """Draw each maker's final yield by months since its own volume start, one panel per generation.

    Parameters
    ----------
    maturity
        From :func:`hbm_model.forecasting.yield_by_age.maturity`.
    ax
        Three Axes to draw on (default: a new figure, reached by ``axes[0].figure``).
    quick
        Whether the fit behind the chart was a quick one, which the chart then says.

    Returns
    -------
    style.AxesArray
        The Axes, in the order of ``NEAR_GENERATIONS``.
    """
    table = same_age_table(maturity)
    axes, _ = style.panels(ax, len(NEAR_GENERATIONS), 1, height=15.0, title=say("same_age.title"))
    for panel, generation in zip(axes, NEAR_GENERATIONS, strict=True):
        own = table[table["generation"] == generation]
        title = say("same_age.panel", generation=generation, layers=BASE_LAYERS[generation])
        _axis(panel, title, say("ramps.label"))
        looks = {vendor: (style.COLOURS[vendor], style.DASHES[vendor], maker(vendor)) for vendor in VENDORS}
        _curves(panel, own, "vendor", looks)
    axes[-1].set_xlabel(f"{say('same_age.age')}\n{say('same_age.bands')}", fontsize=style.TEXT, color=style.INK)
    style.mark_quick(axes[0], quick)
    return style.arrayed(axes, 1)[:, 0]


def heights_table(maturity: pd.DataFrame, generation: str = "HBM3E") -> pd.DataFrame:
    """What :func:`heights` draws, tidy: every stack height of one generation.

    Parameters
    ----------
    maturity
        From :func:`hbm_model.forecasting.yield_by_age.maturity`.
    generation
        One that comes in several stack heights.

    Raises
    ------
    InputError
        If it is no table of :func:`hbm_model.forecasting.yield_by_age.maturity`, or the generation comes in one
        height only.
    """
    _check(maturity)
    several = maturity.groupby("generation")["layers"].nunique()
    names = [str(name) for name in several.index[several > 1]]
    if generation not in names:
        raise InputError(f"{generation!r} comes in one stack height; more have: {', '.join(names)}")
    own = maturity[(maturity["generation"] == generation) & maturity["vendor"].isin(MAIN_VENDORS)]
    return own[COLUMNS].reset_index(drop=True)


@style.lettered
def heights(
    maturity: pd.DataFrame, generation: str = "HBM3E", ax: Sequence[Axes] | None = None, quick: bool = False
) -> style.AxesArray:
    """Draw the final yield of each stack height of one generation by its age, one panel per maker.

    Parameters
    ----------
    maturity
        From :func:`hbm_model.forecasting.yield_by_age.maturity`.
    generation
        One that comes in several stack heights.
    ax
        Four Axes to draw on (default: a new figure, reached by ``axes[0, 0].figure``).
    quick
        Whether the fit behind the chart was a quick one, which the chart then says.

    Returns
    -------
    style.AxesArray
        The four Axes, as an array of two rows and two columns.
    """
    table = heights_table(maturity, generation)
    axes, _ = style.panels(ax, 2, 2, height=11.0, title=say("heights.title", generation=generation))
    stacks = sorted(table["layers"].unique())
    looks = {
        str(layers): (colour, dashes, say("heights.height", layers=layers))
        for layers, (colour, dashes) in zip(stacks, _HEIGHT_LOOKS, strict=False)
    }
    for index, (panel, vendor) in enumerate(zip(axes, MAIN_VENDORS, strict=True)):
        own = table[table["vendor"] == vendor].astype({"layers": str})
        _axis(panel, maker(vendor), say("ramps.label") if index % 2 == 0 else "")
        _curves(panel, own, "layers", looks)
        if index >= 2:
            panel.set_xlabel(say("heights.age"), fontsize=style.TEXT, color=style.INK)
    style.mark_quick(axes[1], quick)
    return style.arrayed(axes, 2)


def _check(maturity: pd.DataFrame) -> None:
    missing = [name for name in COLUMNS if name not in maturity]
    if missing:
        raise InputError(f"the table of yields by age lacks the columns {', '.join(missing)}")


def _axis(panel: Axes, title: str, label: str) -> None:
    style.dress(panel)
    style.titled(panel, title, label, size=style.TEXT + 0.5)
    panel.set_xlim(0, _END)
    panel.set_xticks(range(0, _END + 1, 12))
    panel.set_ylim(0, 100)


def _curves(panel: Axes, rows: pd.DataFrame, by: str, looks: Mapping[str, tuple[str, Any, str]]) -> None:
    """Medians with 50 % bands, named at their right ends."""
    ends: list[tuple[float, float, str, str]] = []
    for name, (colour, dashes, label) in looks.items():
        own = rows[rows[by] == name].sort_values("months")
        if own.empty:
            continue
        x = own["months"].to_numpy(float)
        panel.fill_between(x, own["q25"], own["q75"], color=colour, alpha=0.16, linewidth=0, zorder=2)
        panel.plot(x, own["q50"], color=colour, linestyle=dashes, linewidth=1.2, zorder=3)
        ends.append((float(own["q50"].iloc[-1]), float(x[-1]), label, colour))
    ends.sort(key=lambda end: (end[1] < _SHORT, end[0]))
    long = [end[0] for end in ends if end[1] >= _SHORT]
    heights = [*(spread(np.array(long), _APART) if long else ()), *([0.0] * (len(ends) - len(long)))]
    for (y, x_end, label, colour), height in zip(ends, heights, strict=True):
        if x_end < _SHORT:  # a leader across the others' lines would say less than a name at the line's own end
            panel.annotate(
                label, (x_end, y), xytext=(3, -3), textcoords="offset points", fontsize=style.SMALL, color=colour,
                va="center", path_effects=style.halo(), zorder=5,
            )  # fmt: skip
            continue
        panel.annotate(
            label, (x_end, y), xytext=(_END * 1.03, height), textcoords="data", fontsize=style.SMALL, color=colour,
            va="center", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.5, "shrinkA": 1, "shrinkB": 0,
                        "relpos": (0.0, 0.5)},
        )  # fmt: skip


def same_age_words(table: pd.DataFrame) -> str:
    """Alt text: each maker's yield at the start and after two years.

    Parameters
    ----------
    table
        From :func:`same_age_table`.
    """
    return say("same_age.alt", parts="; ".join(_in_words(table, "same_age.alt_row")))


def heights_words(table: pd.DataFrame) -> str:
    """Alt text: each height's yield at the start and after two years.

    Parameters
    ----------
    table
        From :func:`heights_table`.
    """
    rows = "; ".join(_in_words(table, "heights.alt_row"))
    return say("heights.alt", generation=table["generation"].iloc[0], parts=rows)


def _in_words(table: pd.DataFrame, key: str) -> list[str]:
    return [
        say(
            key,
            maker=maker(row["vendor"]),
            generation=row["generation"],
            layers=row["layers"],
            months=row["months"],
            said=interval_words(row, lambda value: f"{value:.0f}"),
        )
        for row in records(table[table["months"].isin(_SPOKEN)])
    ]
