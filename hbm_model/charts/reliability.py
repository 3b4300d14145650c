"""Calibration of past forecasts: how often came true what was given a probability, and where outcomes lay."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from hbm_model.charts.kit import style
from hbm_model.charts.kit.words import say
from hbm_model.core.errors import InputError
from hbm_model.core.tables import records

COLUMNS = ["forecast", "rate", "low", "high", "n"]
_TENTHS = np.linspace(0.0, 1.0, 11)


def reliability_table(answers: pd.DataFrame) -> pd.DataFrame:
    """What the left panel draws: the bins of :func:`hbm_model.evaluation.events.reliability`.

    Parameters
    ----------
    answers
        From :func:`hbm_model.evaluation.events.reliability`.

    Raises
    ------
    InputError
        If columns are missing, or there are no answers.
    """
    missing = [name for name in COLUMNS if name not in answers]
    if missing:
        raise InputError(f"the answers lack the columns {', '.join(missing)}")
    if answers.empty:
        raise InputError("there are no settled answers to draw")
    return answers[COLUMNS].reset_index(drop=True)


@style.lettered
def reliability(
    answers: pd.DataFrame, places: Sequence[float], weights: Sequence[float], ax: Sequence[Axes] | None = None
) -> style.AxesArray:
    """Draw the reliability of probabilities (left), and where outcomes lay in their forecasts (right).

    Parameters
    ----------
    answers
        Bins of probabilities, from :func:`hbm_model.evaluation.events.reliability`.
    places
        (target,) probability integral transforms of the outcomes.
    weights
        (target,) weights of the targets; they need not sum to one.
    ax
        Two Axes to draw on (default: a new figure, reached by ``axes[0].figure``).

    Returns
    -------
    style.AxesArray
        The two Axes. Well calibrated are points on the diagonal, and bars on the dotted line.
    """
    table = reliability_table(answers)
    axes, _ = style.panels(ax, 1, 2, height=5.4, title=say("reliability.title"))
    left, right = axes
    for panel in axes:
        style.dress(panel)
        panel.set_xlim(-0.03, 1.03)
        panel.xaxis.set_major_formatter(PercentFormatter(1.0, symbol=""))
        panel.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=""))
    left.plot([0, 1], [0, 1], color=style.MUTED, linewidth=0.7, linestyle=(0, (1, 1.5)))
    left.vlines(table["forecast"], table["low"], table["high"], color=style.COLOURS["korea"], linewidth=1.0)
    left.plot(table["forecast"], table["rate"], linestyle="", marker="o", markersize=3.5, color=style.COLOURS["korea"])
    for row in records(table):
        left.annotate(
            say("skill.count", n=int(row["n"])), (row["forecast"], row["high"]), xytext=(0, 2),
            textcoords="offset points", ha="center", va="bottom", fontsize=style.SMALL, color=style.MUTED,
        )  # fmt: skip
    left.set_ylim(-0.03, 1.15)
    left.set_yticks(np.linspace(0, 1, 6))
    left.set_xlabel(say("reliability.said"), fontsize=style.SMALL)
    left.set_ylabel(say("reliability.came"), fontsize=style.SMALL)
    share = np.histogram(places, bins=_TENTHS, weights=weights)[0] / np.sum(weights)
    right.bar(_TENTHS[:-1], share, width=0.1, align="edge", color=style.COLOURS["samsung"], edgecolor="white", lw=0.5)
    right.axhline(0.1, color=style.INK, linewidth=0.7, linestyle=(0, (1, 1.5)))
    right.set_ylim(0, max(0.2, 1.1 * float(share.max())))
    right.set_xlabel(say("reliability.place"), fontsize=style.SMALL)
    right.set_ylabel(say("reliability.share"), fontsize=style.SMALL)
    return style.arrayed(axes, 1)[:, 0]


def reliability_words(table: pd.DataFrame) -> str:
    """Alt text: each bin with its mean probability and the rate at which its events happened.

    Parameters
    ----------
    table
        From :func:`reliability_table`.
    """
    rows = "; ".join(
        say(
            "reliability.alt_row", said=style.percent(row["forecast"]), came=style.percent(row["rate"]), n=int(row["n"])
        )
        for row in records(table)
    )
    return say("reliability.alt", rows=rows)
