"""Whether the inference is right: ranks of the truth over simulated worlds, less what uniform ones would show."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from hbm_model.charts.kit import marks, style
from hbm_model.charts.kit.words import say
from hbm_model.core.errors import InputError
from hbm_model.evaluation.calibration.uniformity import LEVEL, band, by_group, by_quantity

GROUPS = ("dates", "yields", "capacities", "gaps", "parameters", "levers")
COLUMNS = ["group", "name", "place"]
_INSIDE, _OUTSIDE = "#56A5DC", "#D55E00"


def rank_ecdf_table(ranks: pd.DataFrame) -> pd.DataFrame:
    """What :func:`rank_ecdf` draws, tidy: ``group, name, at, difference, low, high, outside``.

    Parameters
    ----------
    ranks
        One row per quantity and simulated world, with ``COLUMNS``; ``place`` is the rank as a fraction.

    Raises
    ------
    InputError
        If columns are missing, there are no ranks, or a group is unknown.
    """
    missing = [name for name in COLUMNS if name not in ranks]
    if missing:
        raise InputError(f"the ranks lack the columns {', '.join(missing)}")
    unknown = set(ranks["group"]) - set(GROUPS)
    if ranks.empty or unknown:
        raise InputError(f"there are no ranks of {', '.join(sorted(unknown)) or 'anything'} to draw")
    outside = by_quantity(ranks).set_index(["group", "name"])["outside"]
    parts = []
    for key, own in ranks.groupby(["group", "name"], sort=False):
        group, name = map(str, key)
        limits = band(len(own))
        columns = {
            "at": limits.points,
            "difference": limits.difference(own["place"].to_numpy(float)),
            "low": limits.low - limits.points,
            "high": limits.high - limits.points,
        }
        parts.append(pd.DataFrame(columns).assign(group=group, name=name, outside=bool(outside[group, name])))
    table = pd.concat(parts, ignore_index=True)
    order = table["group"].map({group: index for index, group in enumerate(GROUPS)})
    table = table.assign(_order=order).sort_values("_order", kind="stable").reset_index(drop=True)
    return table[["group", "name", "at", "difference", "low", "high", "outside"]]


@style.lettered
def rank_ecdf(ranks: pd.DataFrame, ax: Sequence[Axes] | None = None) -> style.AxesArray:
    """Draw, group by group, each quantity's distribution of ranks less a uniform one, and the band that holds it.

    A line that rises first and falls then belongs to a posterior that lies too high (the truth ranks low); one that
    falls, rises and falls to a posterior that is too wide.

    Parameters
    ----------
    ranks
        From :func:`hbm_model.evaluation.calibration.sbc.read_study`, with ``COLUMNS``.
    ax
        One Axes per group of the ranks to draw on (default: a new figure, reached by ``axes[0, 0].figure``).

    Returns
    -------
    style.AxesArray
        The Axes, row by row.
    """
    table = rank_ecdf_table(ranks)
    groups = list(dict.fromkeys(table["group"]))
    columns = min(2, len(groups))
    rows = -(-len(groups) // columns)
    title = say("calibration.title")
    axes, key = style.panels(ax, rows, columns, height=2.6 + 3.0 * rows, title=title, count=len(groups))
    for index, (panel, group) in enumerate(zip(axes, groups, strict=True)):
        own = table[table["group"] == group]
        style.dress(panel)
        first = own[own["name"] == own["name"].iloc[0]]
        panel.fill_between(first["at"], first["low"], first["high"], color=style.FAINT, linewidth=0, zorder=1)
        for _, line in own.groupby("name", sort=False):
            out = bool(line["outside"].iloc[0])
            panel.plot(
                line["at"], line["difference"], color=_OUTSIDE if out else _INSIDE, linewidth=0.8 if out else 0.5,
                alpha=0.9 if out else 0.45, zorder=3 if out else 2,
            )  # fmt: skip
        panel.set_xlim(0, 1)
        named = say(f"calibration.groups.{group}")
        count, left = own["name"].nunique(), own.loc[own["outside"], "name"].nunique()
        heading = say("calibration.panel", group=named, n=count, outside=left)
        panel.set_title(heading, loc="left", fontsize=style.TEXT, fontweight="bold", color=style.INK, pad=3)
        if index >= len(groups) - columns:
            panel.set_xlabel(say("calibration.rank"), fontsize=style.TEXT, color=style.INK)
    axes[0].set_ylabel(say("calibration.label"), fontsize=style.TEXT, color=style.INK)
    entries = [
        Line2D([], [], color=_INSIDE, linewidth=1.0, label=say("calibration.inside")),
        Line2D([], [], color=_OUTSIDE, linewidth=1.0, label=say("calibration.outside")),
        Patch(facecolor=style.FAINT, linewidth=0, label=say("calibration.band", level=f"{100 * LEVEL:.0f}")),
    ]
    marks.key_below(key, axes, entries, columns=2)
    return style.arrayed(axes, columns) if len(groups) == rows * columns else style.arrayed(axes, 1)


def rank_ecdf_words(ranks: pd.DataFrame) -> str:
    """Alt text: number of quantities of each group that leave their band.

    Parameters
    ----------
    ranks
        As in :func:`rank_ecdf`.
    """
    groups = by_group(by_quantity(ranks))
    parts = [
        say("calibration.alt_part", group=say(f"calibration.groups.{group}"), outside=int(outside), n=int(count))
        for group, outside, count in zip(groups["group"], groups["outside"], groups["quantities"], strict=True)
    ]
    return say("calibration.alt", parts=", ".join(parts), level=f"{100 * LEVEL:.0f}")
