"""One quiet look for all charts: made for a column of print, for colour-blind readers and for a grey printer.

Hues follow the bloc (Korea blue, United States green, China orange), darkness and dashes tell the makers of a bloc
apart. Nothing here touches pyplot or the caller's settings: a chart dresses the Axes it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import cache, wraps
from pathlib import Path
from typing import Any

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.patheffects import AbstractPathEffect, withStroke
from matplotlib.text import Text
from matplotlib.ticker import MultipleLocator
from numpy.typing import NDArray

from hbm_model.charts.kit.words import say, wrapped
from hbm_model.core.dates import decimal_year, parse_quarter
from hbm_model.core.errors import InputError

CM = 1 / 2.54
WIDTH = 8.4 * CM
"""One column of print; no lettering is smaller than 5 points at this width."""
TITLE, TEXT, SMALL = 8.0, 6.5, 5.5
INK, MUTED, FAINT = "#1c1c1c", "#5f5f5f", "#d4d4d4"

COLOURS = {
    "sk_hynix": "#004B87",
    "samsung": "#56A5DC",
    "micron": "#00876A",
    "cxmt": "#D55E00",
    "ymtc": "#E3A008",
    "korea": "#004B87",
    "us": "#00876A",
    "china": "#D55E00",
    "world": "#4D4D4D",
}
"""After Okabe and Ito, the blues and the orange pulled apart in lightness."""
DASHES: dict[str, Any] = {
    "sk_hynix": "-",
    "samsung": (0, (5, 1.2)),
    "micron": (0, (1, 0.9)),
    "cxmt": "-",
    "ymtc": (0, (4, 1, 1, 1)),
}
SCENARIOS: list[tuple[str, Any]] = [
    ("#D55E00", "-"), ("#0072B2", "-"), ("#009E73", (0, (4, 1.2))), ("#A0527F", (0, (4, 1.2))), ("#56B4E9", "-"),
    ("#E69F00", (0, (1.2, 0.9))), ("#D55E00", (0, (1.2, 0.9))), ("#0072B2", (0, (5, 1, 1, 1))),
    ("#009E73", (0, (5, 1, 1, 1))), ("#A0527F", "-"),
]  # fmt: skip
"""Colour and dashes of scenarios drawn in one Axes, after Okabe and Ito; further ones start over."""
AxesArray = NDArray[np.object_]

LETTERING = Path(__file__).parents[1] / "lettering"
"""The folder of the packaged font."""
FONT = ["HBM Sans KR", "DejaVu Sans"]
"""The packaged font, which has Hangul, and matplotlib's own for whatever else data may bring."""
_FIRST_SYLLABLE, _LAST_SYLLABLE = "\uac00", "\ud7a3"
_HANGUL_LINES = 1.45
"""Line spacing of Hangul, whose syllables fill their line from top to bottom and touch the next at the usual one."""


@cache
def _font() -> list[str]:
    """The font, made known to matplotlib once."""
    for path in sorted(LETTERING.glob("*.otf")):
        fontManager.addfont(path)
    return FONT


def lettered[**P, Drawn: (Axes, AxesArray)](draw: Callable[P, Drawn]) -> Callable[P, Drawn]:
    """Make a chart use the packaged font, whatever the font of the Axes that it is given.

    Parameters
    ----------
    draw
        Function that draws a chart and returns its Axes.
    """

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Drawn:
        axes = draw(*args, **kwargs)
        for ax in np.ravel(np.asarray(axes, dtype=object)):
            letter(ax)
        return axes

    return drawn


def letter(artist: Any) -> None:
    """Set an Axes or a legend, and all text in it, in the packaged font.

    Parameters
    ----------
    artist
        Axes or legend; its texts are changed.
    """
    for text in artist.findobj(Text):
        text.set_fontfamily(_font())
        if any(_FIRST_SYLLABLE <= character <= _LAST_SYLLABLE for character in text.get_text()):
            text.set_linespacing(_HANGUL_LINES)


def percent(share: float) -> str:
    """Write a share of draws in whole percent, in tenths close to none and to all: ``99.3 %``, ``<0.1 %``.

    Parameters
    ----------
    share
        Fraction from 0 to 1.
    """
    if 0 < share < 0.001 or 0.999 < share < 1:
        return "<0.1 %" if share < 0.5 else ">99.9 %"
    near = 0 < share < 0.0095 or 0.9905 < share < 1
    return f"{100 * share:.{1 if near else 0}f} %"


def single(ax: Axes | None, height: float) -> Axes:
    """Axes of a chart of one panel: the given one, or the only one of a new figure.

    Parameters
    ----------
    ax
        The caller's Axes (None: a new figure).
    height
        Height of a new figure, in centimetres.
    """
    if ax is None:
        ax = Figure(figsize=(WIDTH, height * CM), layout="constrained").add_subplot()
    return ax


def panels(
    given: Sequence[Axes] | AxesArray | None, rows: int, columns: int, height: float, title: str, count: int = 0
) -> tuple[list[Axes], Axes | None]:
    """Axes of a chart of several panels, row by row, and the Axes of the key (None in the caller's own figure).

    Parameters
    ----------
    given
        The caller's Axes, as many as there are panels (None: a new figure).
    rows, columns
        Grid of a new figure, without the row of the key.
    height
        Height of a new figure, in centimetres.
    title
        Title of a new figure.
    count
        Panels to fill, row by row (0: all places of the grid).

    Raises
    ------
    InputError
        If the given Axes are not as many as the panels.
    """
    count = count or rows * columns
    if given is not None:
        axes: list[Axes] = list(np.asarray(given, dtype=object).flat)
        if len(axes) != count:
            raise InputError(f"this chart has {count} panels; {len(axes)} Axes were given")
        return axes, None
    figure = Figure(figsize=(WIDTH, height * CM), layout="constrained")
    grid = figure.add_gridspec(rows + 1, columns, height_ratios=[*[1.0] * rows, 0.02])
    axes = [figure.add_subplot(grid[divmod(index, columns)]) for index in range(count)]
    for ax in axes[:-columns]:
        ax.tick_params(axis="x", labelbottom=False)
    key = figure.add_subplot(grid[rows, :])
    key.axis("off")
    figure.suptitle(title, x=0.01, ha="left", fontsize=TITLE, fontweight="bold", color=INK, fontfamily=_font())
    return axes, key


def arrayed(axes: Sequence[Axes], columns: int) -> AxesArray:
    """Panels as an array of rows and columns, as matplotlib's own ``subplots`` gives them.

    Parameters
    ----------
    axes
        Panels, row by row.
    columns
        Panels in a row; divides their number.
    """
    return np.array(axes, dtype=object).reshape(-1, columns)


def dress(ax: Axes) -> None:
    """Give an Axes a thin frame, small lettering and faint horizontal lines behind the data.

    Parameters
    ----------
    ax
        Axes to change.
    """
    sns.despine(ax=ax)
    for spine in ax.spines.values():
        spine.set_color(MUTED)
        spine.set_linewidth(0.5)
    ax.tick_params(labelsize=TEXT, labelcolor=INK, color=MUTED, width=0.5, length=2.5, pad=2, labelfontfamily=_font())
    ax.grid(visible=False)
    ax.yaxis.grid(visible=True, color=FAINT, linewidth=0.4)
    ax.set_axisbelow(True)


def titled(ax: Axes, title: str, label: str, size: float = TITLE) -> None:
    """Set the title at the left, and unit and definition on the vertical axis.

    Parameters
    ----------
    ax
        Axes to change.
    title
        A few words (empty: none).
    label
        Unit and definition (empty: none).
    size
        Size of the title, in points.
    """
    ax.set_title(title, loc="left", fontsize=size, fontweight="bold", color=INK, pad=5)
    ax.set_ylabel(label, fontsize=TEXT, color=INK)


def years(ax: Axes, first: float, last: float, every: int = 2) -> None:
    """Make the horizontal axis one of years.

    Parameters
    ----------
    ax
        Axes to change.
    first, last
        Limits, decimal years.
    every
        Years between ticks.
    """
    ax.set_xlim(first, last)
    ax.xaxis.set_major_locator(MultipleLocator(every))
    ax.xaxis.set_major_formatter(lambda value, _place: f"{value:.0f}")


def mark_observed(ax: Axes, observed_through: date | None, label: str = "") -> None:
    """Draw a thin line where the evidence ends, if that lies within the axis.

    Parameters
    ----------
    ax
        Axes to draw on, their time axis already set.
    observed_through
        Day on which the evidence ends, marked by a thin line (default: no mark).
    label
        Where the line is labelled: ``top``, ``bottom`` or ``below`` the axis (empty: not labelled).
    """
    if observed_through is None or not ax.get_xlim()[0] <= decimal_year(observed_through) <= ax.get_xlim()[1]:
        return
    at = decimal_year(observed_through)
    ax.axvline(at, color=MUTED, linewidth=0.5, linestyle=(0, (2, 2)), zorder=1.5)
    places: dict[str, dict[str, Any]] = {
        "top": {"xy": (at, 1.0), "xytext": (-2, -2), "ha": "right", "va": "top", "rotation": 90},
        "bottom": {"xy": (at, 0.0), "xytext": (-2, 3), "ha": "right", "va": "bottom", "rotation": 90},
        "below": {"xy": (at, 0.0), "xytext": (0, -2), "ha": "center", "va": "top"},
    }
    if label in places:
        ax.annotate(
            say("style.evidence_ends"), xycoords=ax.get_xaxis_transform(), textcoords="offset points", fontsize=SMALL,
            color=MUTED, **places[label],
        )  # fmt: skip


def mark_quick(ax: Axes, quick: bool, pad: float = 5.0, beyond: float = 0.0) -> None:
    """Say above the Axes that the fit behind a chart was a quick one.

    Parameters
    ----------
    ax
        Axes to draw on.
    quick
        Whether the fit behind the chart was a quick one, which the chart then says.
    pad
        Height above the Axes, in points.
    beyond
        Distance beyond their right end, in points.
    """
    if quick:
        ax.annotate(
            say("style.quick"), (1.0, 1.0), xycoords="axes fraction", xytext=(beyond, pad), textcoords="offset points",
            ha="right", va="baseline", fontsize=TEXT, fontweight="bold", color=COLOURS["china"],
        )  # fmt: skip


def halo(width: float = 1.5) -> list[AbstractPathEffect]:
    """White edge that keeps lettering legible over marks.

    Parameters
    ----------
    width
        Line width of the edge, in points.
    """
    return [withStroke(linewidth=width, foreground="white")]


def sign(figure: Figure, source: str) -> None:
    """Set the source line at the foot of a figure.

    Parameters
    ----------
    figure
        Figure to change.
    source
        From :func:`hbm_model.charts.write.source_line`.
    """
    source = "\n".join(wrapped(source, 92))
    figure.supxlabel(source, x=0.01, ha="left", fontsize=5.0, color=MUTED, fontfamily=_font())


def midpoints(periods: Sequence[str]) -> NDArray[np.float64]:
    """Midpoints of quarters, decimal years, at which the forecast is evaluated.

    Parameters
    ----------
    periods
        Quarters like ``2028Q4``.
    """
    return np.array([year + (quarter - 0.5) / 4 for year, quarter in map(parse_quarter, periods)])
