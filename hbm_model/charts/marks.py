"""What is drawn on an Axes: fans of quantiles, and claims as claims."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from hbm_model.charts.style import INK, MUTED, SMALL, midpoints

MARKERS = {"company": "o", "analyst": "s", "insider": "D", "government": "^", "other": "v"}
ORIGIN_NAMES = {
    "company": "company",
    "analyst": "analyst, tracker",
    "insider": "unnamed insider",
    "government": "government",
    "other": "other",
}
"""Who says it, told by the marker's shape."""
_SIZE = 9.0
_WIDE, _NARROW = 0.20, 0.32
_QUARTER = 0.25


def fan(ax: Axes, rows: pd.DataFrame, colour: str, dashes: Any = "-", width: float = 1.1) -> None:
    """Median, and bands of 50 % and 90 %, of one smooth path by quarter."""
    x = midpoints(list(rows["period"]))
    ax.fill_between(x, rows["q05"], rows["q95"], color=colour, alpha=_WIDE, linewidth=0, zorder=2)
    ax.fill_between(x, rows["q25"], rows["q75"], color=colour, alpha=_NARROW, linewidth=0, zorder=2.1)
    ax.plot(x, rows["q50"], color=colour, linewidth=width, linestyle=dashes, zorder=3)


def stepped_fan(ax: Axes, rows: pd.DataFrame, colour: str, bands: bool = True) -> None:
    """The same for a quantity that jumps from draw to draw: quarter by quarter, paler where fewer draws define it.

    Without `bands` the 90 % interval is a thin line: for a quantity whose draws come in clusters, see `regions`.
    """
    x = midpoints(list(rows["period"]))
    strength = 0.25 + 0.75 * (1.0 - rows["prob_never"].to_numpy())
    if bands:
        for low, high, alpha in (("q05", "q95", _WIDE), ("q25", "q75", _NARROW)):
            bars = ax.bar(x, rows[high] - rows[low], _QUARTER, rows[low], color=colour, linewidth=0, zorder=2)
            for bar, share in zip(bars, strength, strict=True):
                bar.set_alpha(alpha * share)
    else:
        ax.vlines(x, rows["q05"], rows["q95"], color=colour, linewidth=0.5, alpha=0.45 * strength, zorder=2)
    ends = np.stack([x - _QUARTER / 2, x + _QUARTER / 2])
    for left, right, middle, share in zip(*ends, rows["q50"], strength, strict=True):
        ax.plot([left, right], [middle] * 2, color=colour, linewidth=1.4, alpha=share, solid_capstyle="butt", zorder=3)


def regions(ax: Axes, rows: pd.DataFrame, colour: str) -> None:
    """Smallest regions that hold 50 % and 90 % of the draws of each quarter: where a quantity really lies."""
    x = midpoints(list(rows["period"]))
    alphas = rows["level"].map({0.9: _WIDE, 0.5: _NARROW}) * (0.25 + 0.75 * (1.0 - rows["prob_never"].astype(float)))
    bars = ax.bar(x, rows["high"] - rows["low"], _QUARTER, rows["low"], color=colour, linewidth=0, zorder=2.1)
    for bar, alpha in zip(bars, alphas, strict=True):
        bar.set_alpha(alpha)


def levels(ax: Axes, claims: pd.DataFrame, colour: str) -> None:
    """Claims of a level: a marker by origin, filled if claimed as so, hollow if a plan or another definition.

    A range is a vertical line, a claimed period a thin horizontal one, a one-sided bound an arrow into its open side.
    """
    if claims.empty:
        return
    bound = claims["bound"]
    low, high = claims["low"].where(bound != "upper"), claims["high"].where(bound != "lower")
    middle = pd.concat([low, high], axis=1).mean(axis=1)
    thin = {"color": colour, "linewidth": 0.6, "zorder": 4}
    ax.hlines(middle, claims["start"], claims["end"], alpha=0.35, **thin)
    ranged = low < high
    ax.vlines(claims["when"][ranged], low[ranged], high[ranged], **thin)
    for side, arrow in (("lower", "lolims"), ("upper", "uplims")):
        rows = bound == side
        if rows.any():
            length = _arrow_lengths(ax, middle[rows], up=side == "lower")
            ax.errorbar(
                claims["when"][rows], middle[rows], yerr=length, fmt="none", ecolor=colour, elinewidth=0.6,
                capsize=1.4, **{arrow: True}, zorder=4,
            )  # fmt: skip
    for (origin, hollow), rows in claims.assign(y=middle).groupby(["origin", "hollow"]):
        face = "white" if hollow else colour
        ax.scatter(
            rows["when"], rows["y"], s=_SIZE, marker=MARKERS[origin], facecolors=face, edgecolors=colour, linewidths=0.6,
            zorder=5,
        )  # fmt: skip


def _arrow_lengths(ax: Axes, middle: pd.Series[float], up: bool) -> pd.Series[float]:
    """A twelfth of the axis, whatever its scale."""
    low, high = ax.get_ylim()
    if ax.get_yscale() == "log":
        factor = (high / low) ** (1 / 12)
        return middle * (factor - 1) if up else middle * (1 - 1 / factor)
    return middle * 0 + (high - low) / 12


def claim_key(origins: Sequence[str], filled: str, hollow: str) -> list[Artist]:
    """Entries of the key for claims: who says it, and what filled and hollow markers mean."""

    def entry(marker: str, face: str, label: str) -> Line2D:
        return Line2D([], [], linestyle="", marker=marker, markersize=3, color=MUTED, markerfacecolor=face, label=label)

    shapes: list[Artist] = [entry(MARKERS[o], MUTED, ORIGIN_NAMES[o]) for o in MARKERS if o in set(origins)]
    fills = [entry("o", MUTED, filled)] if filled else []
    return [*shapes, *fills, *([entry("o", "white", hollow)] if hollow else [])]


def band_key(colour: str) -> list[Artist]:
    """Entries of the key for a fan."""
    return [
        Line2D([], [], color=colour, linewidth=1.2, label="median"),
        Patch(facecolor=colour, alpha=0.55, linewidth=0, label="50 %"),
        Patch(facecolor=colour, alpha=_WIDE, linewidth=0, label="90 %"),
    ]


def key(ax: Axes, entries: Sequence[Artist], columns: int, **place: Any) -> None:
    """A small frameless key."""
    legend = ax.legend(
        handles=list(entries), ncols=columns, frameon=False, fontsize=SMALL, labelcolor=INK, handlelength=1.6,
        handletextpad=0.5, columnspacing=1.0, labelspacing=0.35, borderaxespad=0.0, **place,
    )  # fmt: skip
    legend.set_zorder(6)


def spread(values: Sequence[float], apart: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Positions near `values`, in the same order, at least `apart` from each other: for labels."""
    order = np.argsort(values)
    placed = np.asarray(values, dtype=float)[order]
    for _ in range(100):
        short = apart - np.diff(placed)
        if (short <= 1e-9).all():
            break
        push = np.clip(short, 0, None) / 2
        placed[:-1] -= push
        placed[1:] += push
    back = np.empty_like(placed)
    back[order] = placed
    return back
