"""What is drawn on an Axes: fans of quantiles, and claims as claims."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import blended_transform_factory

from hbm_model.charts.kit.style import INK, MUTED, SMALL, letter, midpoints
from hbm_model.charts.kit.words import say
from hbm_model.core.arrays import Floats

MARKERS = {"company": "o", "analyst": "s", "insider": "D", "government": "P", "other": "v"}
"""Marker of each origin of claims."""
_SIZE = 9.0
_WIDE, _NARROW = 0.20, 0.32
_QUARTER = 0.25


def fan(ax: Axes, rows: pd.DataFrame, colour: str, dashes: Any = "-", width: float = 1.1) -> None:
    """Draw the median and the bands of 50 % and 90 % of a smooth path by quarter.

    Parameters
    ----------
    ax
        Axes to draw on.
    rows
        One row per quarter, with ``period`` and the quantiles.
    colour
        Colour of the maker or bloc.
    dashes
        Line style of the median, as matplotlib takes it.
    width
        Line width of the median, in points.
    """
    x = midpoints(list(rows["period"]))
    ax.fill_between(x, rows["q05"], rows["q95"], color=colour, alpha=_WIDE, linewidth=0, zorder=2)
    ax.fill_between(x, rows["q25"], rows["q75"], color=colour, alpha=_NARROW, linewidth=0, zorder=2.1)
    ax.plot(x, rows["q50"], color=colour, linewidth=width, linestyle=dashes, zorder=3)


def stepped_fan(ax: Axes, rows: pd.DataFrame, colour: str, bands: bool = True) -> None:
    """Draw a fan quarter by quarter, paler where fewer draws define the quantity.

    For a quantity that jumps from draw to draw.

    Parameters
    ----------
    ax
        Axes to draw on.
    rows
        One row per quarter, with ``period``, the quantiles and ``prob_never``.
    colour
        Colour of the maker or bloc.
    bands
        Whether to draw bands; without, the 90 % interval is a thin line, for draws in clusters (see :func:`regions`).
    """
    x = midpoints(list(rows["period"]))
    strength = np.asarray(0.25 + 0.75 * (1.0 - rows["prob_never"]), dtype=np.float64)
    if bands:
        for low, high, alpha in (("q05", "q95", _WIDE), ("q25", "q75", _NARROW)):
            _boxes(ax, x, rows[low], rows[high], colour, np.asarray(alpha * strength, np.float64))
    else:
        ax.vlines(x, rows["q05"], rows["q95"], color=colour, linewidth=0.5, alpha=0.45 * strength, zorder=2)
    left, right = x - _QUARTER / 2, x + _QUARTER / 2
    ax.hlines(rows["q50"], left, right, color=colour, linewidth=1.4, alpha=strength, capstyle="butt", zorder=3)


def regions(ax: Axes, rows: pd.DataFrame, colour: str) -> None:
    """Draw the smallest regions that hold 50 % and 90 % of the draws of each quarter.

    Parameters
    ----------
    ax
        Axes to draw on.
    rows
        One row per region, with ``period, level, low, high, prob_never`` (:func:`hbm_model.charts.gap.regions`).
    colour
        Colour of the maker or bloc.
    """
    alphas = rows["level"].map({0.9: 0.3, 0.5: 0.35}) * (0.25 + 0.75 * (1.0 - rows["prob_never"].astype(float)))
    _boxes(ax, midpoints(list(rows["period"])), rows["low"], rows["high"], colour, np.asarray(alphas, np.float64))


def _boxes(ax: Axes, x: Floats, low: pd.Series[float], high: pd.Series[float], colour: str, alphas: Floats) -> None:
    """One box a quarter, each as strong as its alpha; as one collection, which draws many times faster than bars."""
    left, right = x - _QUARTER / 2, x + _QUARTER / 2
    bottom, top = low.to_numpy(float), high.to_numpy(float)
    corners = np.stack([[left, bottom], [right, bottom], [right, top], [left, top]]).transpose(2, 0, 1)
    faces = [to_rgba(colour, float(alpha)) for alpha in alphas]
    ax.add_collection(PolyCollection(list(corners), facecolors=faces, linewidths=0, zorder=2.05))
    ax.autoscale_view()


def levels(ax: Axes, claims: pd.DataFrame, colour: str) -> None:
    """Draw claims of a level: a marker by origin, filled if claimed as so, hollow if a plan or another definition.

    A range is a vertical line, a claimed period a thin horizontal one, a one-sided bound an arrow into its open side.

    Parameters
    ----------
    ax
        Axes to draw on, their vertical scale and limits already set: arrows are a twelfth of it.
    claims
        Rows with the columns ``CLAIM`` (:func:`hbm_model.charts.kit.rows.level_claims`).
    colour
        Colour of the maker or bloc.
    """
    if claims.empty:
        return
    bound = claims["bound"]
    low, high = claims["low"].where(bound != "upper"), claims["high"].where(bound != "lower")
    middle = pd.concat([low, high], axis=1).mean(axis=1)
    thin: dict[str, Any] = {"color": colour, "linewidth": 0.6, "zorder": 4}
    ax.hlines(middle, claims["start"], claims["end"], alpha=0.35, **thin)
    ranged = low < high
    ax.vlines(claims["when"][ranged], low[ranged], high[ranged], **thin)
    for side in ("lower", "upper"):
        open_ended = bound == side
        if open_ended.any():
            up = side == "lower"
            at, length = claims["when"][open_ended], _arrow_lengths(ax, middle[open_ended], up)
            ax.errorbar(
                at, middle[open_ended], yerr=length, fmt="none", ecolor=colour, elinewidth=0.6, capsize=1.0, zorder=4,
                lolims=up, uplims=not up,
            )  # fmt: skip
    for (origin, hollow), rows in claims.assign(y=middle).groupby(["origin", "hollow"]):
        face, edge = ("white", colour) if hollow else (colour, "white")
        ax.scatter(
            rows["when"], rows["y"], s=_SIZE * (0.8 if hollow else 1.2), marker=MARKERS[str(origin)], facecolors=face,
            edgecolors=edge, linewidths=0.6 if hollow else 0.3, zorder=5,
        )  # fmt: skip


def _arrow_lengths(ax: Axes, middle: pd.Series[float], up: bool) -> Floats:
    """A twelfth of the axis, whatever its scale."""
    low, high = ax.get_ylim()
    if ax.get_yscale() == "log":
        factor = (high / low) ** (1 / 12)
        return np.asarray(middle, dtype=np.float64) * float(factor - 1 if up else 1 - 1 / factor)
    return np.full(len(middle), (high - low) / 12)


def claim_key(claims: pd.DataFrame, filled: str, hollow: str) -> list[Artist]:
    """Entries of the key for claims: origins, filled and hollow markers, and arrows if there are any.

    Parameters
    ----------
    claims
        The drawn claims; only their origins and bounds are keyed.
    filled, hollow
        Labels of the two kinds of markers (empty: no entry).
    """

    def entry(marker: str, face: str, label: str) -> Line2D:
        return Line2D([], [], linestyle="", marker=marker, markersize=3, color=MUTED, markerfacecolor=face, label=label)

    shapes: list[Artist] = [
        entry(MARKERS[o], MUTED, say(f"origins.{o}")) for o in MARKERS if o in set(claims["origin"])
    ]
    fills = [entry("o", face, label) for face, label in ((MUTED, filled), ("white", hollow)) if label]
    bounded = "bound" in claims and claims["bound"].isin(["lower", "upper"]).any()
    arrow = Line2D([], [], linestyle="", marker="$\u2191$", markersize=5, color=MUTED, label=say("marks.bound"))
    return [*shapes, *fills, *([arrow] if bounded else [])]


def band_key(colour: str, of_draws: bool = False) -> list[Artist]:
    """Entries of the key for a fan.

    Parameters
    ----------
    colour
        Colour of the fan.
    of_draws
        Whether the bands are regions of draws and no intervals.
    """
    unit = say("marks.of_draws") if of_draws else ""
    return [
        Line2D([], [], color=colour, linewidth=1.2, label=say("marks.median")),
        Patch(facecolor=colour, alpha=0.55, linewidth=0, label=f"50 %{unit}"),
        Patch(facecolor=colour, alpha=_WIDE, linewidth=0, label=f"90 %{unit}"),
    ]


def bar_key(colour: str) -> list[Artist]:
    """Entries of the key for intervals drawn as bars.

    Parameters
    ----------
    colour
        Colour of the bars.
    """
    return [
        Line2D([], [], color=INK, linestyle="", marker="|", markersize=6, label=say("marks.median")),
        Patch(facecolor=colour, alpha=0.8, linewidth=0, label="50 %"),
        Patch(facecolor=colour, alpha=0.3, linewidth=0, label=say("marks.interval90")),
    ]


def patch(colour: str, label: str) -> Artist:
    """An entry of the key for a colour.

    Parameters
    ----------
    colour
        Colour of the patch.
    label
        What it stands for.
    """
    return Patch(facecolor=colour, linewidth=0, label=label)


def key_below(
    own: Axes | None, axes: Sequence[Axes], entries: Sequence[Artist], columns: int = 3, inset: bool = False
) -> None:
    """Draw the key of a chart of panels: at the foot of its own figure, or in the last of the caller's Axes.

    Parameters
    ----------
    own
        Axes of the key, from :func:`hbm_model.charts.kit.style.panels` (None: the caller's own figure).
    axes
        The panels.
    entries
        What the key lists.
    columns
        Columns of a key at the foot; one in the caller's Axes has two.
    inset
        Whether the figure has a label at its left edge, which the key must not push inwards.
    """
    if own is None:
        key(axes[-1], entries, 2, loc="upper left")
    elif inset:
        key(own, entries, columns, loc="upper left", bbox_to_anchor=(0.0, 1.0))
    else:
        across = blended_transform_factory(own.figure.transFigure, own.transAxes)
        key(own, entries, columns, loc="upper left", bbox_to_anchor=(0.01, 1.0), bbox_transform=across)


def key(ax: Axes, entries: Sequence[Artist], columns: int, **anchor: Any) -> None:
    """Draw a small frameless key.

    Parameters
    ----------
    ax
        Axes that the key belongs to.
    entries
        What the key lists.
    columns
        Columns of the key.
    **anchor
        Where it stands (``loc``, ``bbox_to_anchor``), passed on to ``Axes.legend``.
    """
    legend = ax.legend(
        handles=list(entries), ncols=columns, frameon=False, fontsize=SMALL, labelcolor=INK, handlelength=1.6,
        handletextpad=0.5, columnspacing=1.0, labelspacing=0.35, borderaxespad=0.0, **anchor,
    )  # fmt: skip
    legend.set_zorder(6)
    letter(legend)
