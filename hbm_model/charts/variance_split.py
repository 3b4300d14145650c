"""Where the uncertainty of a gap comes from: its variance, split by source."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MultipleLocator, PercentFormatter

from hbm_model.charts.kit import marks, style
from hbm_model.charts.kit.labels import SWEPT
from hbm_model.charts.kit.words import say, scenario_name
from hbm_model.core.errors import InputError
from hbm_model.core.tables import records

COLUMNS = ["scenario", "quantity", "period", "source", "first", "first_conf", "total", "total_conf"]
KINDS = {"industry": "#4D4D4D", "policy": "#C2578D", "shocks": "#8CC8E8"}
"""Colour of each kind of source; they differ in lightness too."""
_GIVEN, _RANKS = ("scenario", "quantity"), ("_scenario", "_quantity", "_kind")
"""Scenarios and gaps keep the order in which they are given."""
_BAR, _OUTLINE = 0.5, 0.74


def variance_split_table(split: pd.DataFrame, quantities: Sequence[str] | None = None) -> pd.DataFrame:
    """What :func:`variance_split` draws, tidy, industry first and shocks last.

    Parameters
    ----------
    split
        From :func:`hbm_model.analysis.variance.split_variance`, with ``COLUMNS``.
    quantities
        Names of the gaps to draw (default: all).

    Raises
    ------
    InputError
        If columns are missing, or a wanted gap is not in the split.
    """
    missing = [name for name in COLUMNS if name not in split]
    if missing:
        raise InputError(f"the split of the variance lacks the columns {', '.join(missing)}")
    gaps = list(split["quantity"].unique())
    for name in quantities or ():
        if name not in gaps:
            raise InputError(f"{name!r} is not in the split; there are: {', '.join(gaps)}")
    rows = split[split["quantity"].isin(gaps if quantities is None else list(quantities))]
    order = {kind: rank for rank, kind in enumerate(KINDS)}
    keys = {name: {value: rank for rank, value in enumerate(dict.fromkeys(rows[name]))} for name in _GIVEN}
    ranks = [rows[name].map(keys[name]) for name in _GIVEN]
    kind = rows["source"].map(lambda source: order.get(_kind(source), len(order)))
    table = rows.assign(**dict(zip(_RANKS, [*ranks, kind], strict=True)))
    table = table.sort_values([_RANKS[0], _RANKS[1], "period", _RANKS[2], "source"], kind="stable")
    return table[COLUMNS].reset_index(drop=True)


def _kind(source: str) -> str:
    return source.split(":", maxsplit=1)[0]


@style.lettered
def variance_split(
    split: pd.DataFrame, quantities: Sequence[str] | None = None, ax: Sequence[Axes] | None = None
) -> style.AxesArray:
    """Draw Sobol indices of gaps (rows) and quarters (columns), source by source, of one or more scenarios.

    The filled bar is the first-order index: the share of the variance that goes when that source alone becomes known.
    The outline is the total index: the share that stays when all the others become known. Thin lines are the
    confidence intervals of their estimates, and what first-order indices leave of 100 % is interaction.

    Parameters
    ----------
    split
        From :func:`hbm_model.analysis.variance.split_variance`, with ``COLUMNS``.
    quantities
        Names of the gaps to draw (default: all).
    ax
        One Axes per gap and quarter to draw on (default: a new figure, reached by ``axes[0, 0].figure``).

    Returns
    -------
    style.AxesArray
        The Axes, as an array with a row per gap and a column per quarter.
    """
    table = variance_split_table(split, quantities)
    gaps = list(dict.fromkeys(table["quantity"]))
    periods = sorted(table["period"].unique())
    places = _places(table)
    high = 3.4 + len(gaps) * (0.9 + 0.34 * (max(places.values()) + 1.2))
    axes, key = style.panels(ax, len(gaps), len(periods), height=high, title=say("split.title"))
    for index, panel in enumerate(axes):
        row, column = divmod(index, len(periods))
        own = table[(table["quantity"] == gaps[row]) & (table["period"] == periods[column])]
        _draw(panel, own, places, labelled=column == 0)
        title, left = (f"{_title(gaps[row])}, {periods[column]}", -0.5) if column == 0 else (periods[column], 0.0)
        panel.set_title(title, loc="left", x=left, fontsize=style.TEXT + 0.5, fontweight="bold", color=style.INK, pad=5)
        if row == len(gaps) - 1:
            panel.set_xlabel(say("split.label"), fontsize=style.TEXT, color=style.INK)
    entries = [
        *(Patch(facecolor=colour, linewidth=0, label=say(f"split.{kind}")) for kind, colour in KINDS.items()),
        Patch(facecolor="white", edgecolor=style.INK, linewidth=0.6, label=say("split.total")),
    ]
    marks.key_below(key, axes, entries, columns=2)
    return style.arrayed(axes, len(periods))


def _places(table: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Line of each scenario and source, from the top; a heading above each scenario where there are several."""
    places: dict[tuple[str, str], float] = {}
    several, at = len(set(table["scenario"])) > 1, 0.0
    for scenario, rows in table.groupby("scenario", sort=False):
        at += 1.0 if several else 0.0
        for source in rows["source"].unique():
            places[str(scenario), source] = at
            at += 1.0
        at += 0.3
    return places


def _draw(panel: Axes, rows: pd.DataFrame, places: dict[tuple[str, str], float], labelled: bool) -> None:
    style.dress(panel)
    panel.yaxis.grid(visible=False)
    panel.xaxis.grid(visible=True, color=style.FAINT, linewidth=0.4)
    panel.set_xlim(-0.04, 1.04)
    panel.set_ylim(max(places.values()) + 0.7, min(places.values()) - (1.6 if min(places.values()) > 0 else 0.7))
    panel.xaxis.set_major_locator(MultipleLocator(0.5))
    panel.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    panel.set_yticks(list(places.values()), [_source_name(source) for _, source in places], fontsize=style.SMALL)
    panel.tick_params(axis="y", length=0, labelleft=labelled)
    for row in records(rows):
        line, colour = places[row["scenario"], row["source"]], KINDS.get(_kind(row["source"]), style.MUTED)
        panel.barh(line, row["total"], _OUTLINE, facecolor="none", edgecolor=style.INK, linewidth=0.6, zorder=3)
        panel.barh(line, row["first"], _BAR, color=colour, linewidth=0, zorder=2.5)
        for name, shift in (("first", 0.1), ("total", -0.1)):
            ends = [row[name] - row[f"{name}_conf"], row[name] + row[f"{name}_conf"]]
            panel.plot(ends, [line + shift] * 2, color=style.INK if name == "total" else style.MUTED, linewidth=0.5)
    for scenario in {name for name, _ in places} if min(places.values()) > 0 else ():
        first = min(at for (name, _), at in places.items() if name == scenario)
        panel.text(0.0, first - 0.9, scenario_name(scenario), fontsize=style.SMALL, va="center", fontweight="bold")


def _title(quantity: str) -> str:
    return SWEPT[quantity].title if quantity in SWEPT else scenario_name(quantity)


def _source_name(source: str) -> str:
    kind, _, lever = source.partition(":")
    if kind == "policy" and not lever:
        return say("split.all_levers")
    return scenario_name(lever.strip() or kind)


def variance_split_words(table: pd.DataFrame) -> str:
    """Alt text: first-order and total index of every source.

    Parameters
    ----------
    table
        From :func:`variance_split_table`.
    """
    parts = []
    for (scenario, quantity, period), rows in table.groupby(["scenario", "quantity", "period"], sort=False):
        shares = ", ".join(
            say(
                "split.alt_row",
                source=_source_name(row["source"]),
                first=f"{100 * row['first']:.0f}",
                total=f"{100 * row['total']:.0f}",
            )
            for row in records(rows)
        )
        under = scenario_name(str(scenario))
        parts.append(say("split.alt_part", gap=_title(str(quantity)), period=period, scenario=under, rows=shares))
    return say("split.alt", parts=". ".join(parts))
