"""What makers are said to invest, year by year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator

from hbm_model.charts.kit import marks, style
from hbm_model.charts.kit.rows import CLAIM
from hbm_model.charts.kit.words import maker, say
from hbm_model.core.dates import decimal_years
from hbm_model.core.industry import MAIN_VENDORS
from hbm_model.evidence.selection import used_rows
from hbm_model.model.claim_dates import is_ahead
from hbm_model.model.coding import DOLLARS

if TYPE_CHECKING:
    from hbm_model.evidence import Evidence

COLUMNS = ["part", "vendor", "metric", *CLAIM]
PARTS = ("spending", "project", "raise")
_RANGE = (0.1, 200.0)


def investment_table(evidence: Evidence) -> pd.DataFrame:
    """What :func:`investment` draws, tidy, in billion US dollars a year.

    Parameters
    ----------
    evidence
        From :func:`hbm_model.load_evidence`.

    Returns
    -------
    pd.DataFrame
        With ``COLUMNS``: the used claims; ``part`` is ``spending``, ``project`` (its total over its years) or ``raise``
        (money raised, within a year), and ``hollow`` rows are plans or forecasts. Other currencies are converted at the
        model's rates.
    """
    parts = []
    for part in PARTS:
        rows = used_rows(evidence, "investment", part)
        start, end = decimal_years(rows["period_start"]), decimal_years(rows["period_end"])
        rate = rows["currency"].map(DOLLARS).to_numpy(float) / np.maximum(end - start, 1.0)
        parts.append(
            rows.assign(
                part=part,
                vendor=rows["maker"],
                low=rows["low"] * rate,
                high=rows["high"] * rate,
                start=start,
                end=end,
                when=(start + end) / 2,
                hollow=is_ahead(rows),
            )
        )
    whole = pd.concat(parts, ignore_index=True)
    return whole[whole["vendor"].isin(MAIN_VENDORS)][COLUMNS].reset_index(drop=True)


@style.lettered
def investment(evidence: Evidence, ax: Sequence[Axes] | None = None) -> style.AxesArray:
    """Draw the claims of investment that the model uses, one panel per maker, all on one logarithmic scale.

    Parameters
    ----------
    evidence
        From :func:`hbm_model.load_evidence`.
    ax
        Four Axes to draw on (default: a new figure, reached by ``axes[0, 0].figure``).

    Returns
    -------
    style.AxesArray
        The four Axes, as an array of two rows and two columns. A horizontal line is the time that a claim speaks of.
    """
    table = investment_table(evidence)
    axes, key = style.panels(ax, 2, 2, height=11.0, title=say("investment.title"))
    first = float(np.floor(table["start"].min())) if len(table) else 2016.0
    last = float(np.ceil(table["end"].max())) if len(table) else 2027.0
    for index, (panel, vendor) in enumerate(zip(axes, MAIN_VENDORS, strict=True)):
        style.dress(panel)
        panel.set_yscale("log")
        panel.set_ylim(*_RANGE)
        panel.yaxis.set_major_locator(FixedLocator([0.1, 1, 10, 100]))
        panel.yaxis.set_minor_locator(NullLocator())
        panel.yaxis.set_major_formatter(lambda value, _place: f"{value:g}")
        style.years(panel, first, last, every=4)
        style.titled(panel, maker(vendor), say("investment.label") if index % 2 == 0 else "", size=style.TEXT + 0.5)
        own = table[table["vendor"] == vendor]
        for part, colour in zip(PARTS, _colours(vendor), strict=True):
            marks.levels(panel, own[own["part"] == part], colour)
        style.mark_observed(panel, evidence.observed_through, label="" if index else "bottom")
    entries = [
        *marks.claim_key(table, say("investment.spent"), say("investment.ahead")),
        *(marks.patch(colour, say(words)) for colour, words in zip(_colours("world")[1:], _OTHER, strict=True)),
    ]
    marks.key_below(key, axes, entries, columns=2)
    return style.arrayed(axes, 2)


_OTHER = ("investment.project", "investment.raised")


def _colours(vendor: str) -> tuple[str, str, str]:
    """Of spending the maker's own; of projects and money raised, which are no spending of a year, greys."""
    return (style.COLOURS[vendor], "#7a7a7a", "#b0b0b0")


def investment_words(table: pd.DataFrame) -> str:
    """Alt text: number of claims of each maker, their range and their years.

    Parameters
    ----------
    table
        From :func:`investment_table`.
    """
    parts = []
    for vendor, own in table.groupby("vendor", sort=False):
        middle = own[["low", "high"]].mean(axis=1)
        text = say(
            "investment.alt_row", maker=maker(str(vendor)), count=len(own), low=f"{middle.min():.1f}",
            high=f"{middle.max():.1f}", first=f"{own['start'].min():.0f}", last=f"{own['end'].max():.0f}",
        )  # fmt: skip
        parts.append(text)
    return say("investment.alt", parts="; ".join(parts))
