"""How the forecast of one headline moved from vintage to vintage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from hbm_model.charts.gap import interval_words
from hbm_model.charts.kit import marks, style
from hbm_model.charts.kit.labels import GAPS
from hbm_model.charts.kit.rows import QUANTILES, quantile_rows
from hbm_model.charts.kit.words import say
from hbm_model.core.dates import decimal_years
from hbm_model.core.errors import InputError
from hbm_model.core.tables import records

if TYPE_CHECKING:
    from hbm_model.charts.kit.rows import StoredForecast

COLUMNS = ["run_id", "as_of", "quantity", "generation", "period", *QUANTILES, "prob_never", "quick"]
_LEAST_YEARS = 0.5


def revisions_table(
    runs: Sequence[StoredForecast], quantity: str = "frontier_lag", period: str = "2032Q4", generation: str = ""
) -> pd.DataFrame:
    """What :func:`revisions` draws, tidy: one row per as-of date, that of the newest run made for it.

    Parameters
    ----------
    runs
        From :func:`hbm_model.load_run`, in any order.
    quantity
        Name of a gap.
    period
        Quarter of a gap over time, like ``2032Q4``; not used where `generation` is given.
    generation
        Generation of a gap by generation (empty: a gap over time).

    Raises
    ------
    InputError
        If the quantity is no gap, or no run has it in that quarter or generation.
    """
    if quantity not in GAPS:
        raise InputError(f"{quantity!r} is no gap that can be drawn; there are: {', '.join(GAPS)}")
    at = "" if generation else period
    parts = []
    for run in sorted(runs, key=lambda stored: stored.run_id):
        rows = quantile_rows(run, quantity)
        own = (rows["vendor"] == "china") & (rows["period"] == at) & (rows["generation"] == generation)
        as_of, quick = str(run.manifest["as_of"]), bool(run.manifest["quick"])
        parts.append(rows[own].assign(run_id=run.run_id, as_of=as_of, quick=quick))
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)
    if whole.empty:
        raise InputError(f"no run has {quantity} in {generation or period}")
    return whole.drop_duplicates("as_of", keep="last").sort_values("as_of")[COLUMNS].reset_index(drop=True)


@style.lettered
def revisions(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw what was forecast of one headline at each as-of date.

    Parameters
    ----------
    table
        From :func:`revisions_table`, or any with its ``COLUMNS``.
    ax
        Axes to draw on (default: a new figure, reached by ``ax.figure``).

    Returns
    -------
    Axes
        The Axes. Bars are 50 % and 90 % intervals with the median, joined from vintage to vintage.

    Raises
    ------
    InputError
        If columns are missing, or there is no row.
    """
    missing = [name for name in COLUMNS if name not in table]
    if missing or table.empty:
        raise InputError(f"the revisions lack {'the columns ' + ', '.join(missing) if missing else 'any row'}")
    look = GAPS[str(table["quantity"].iloc[0])]
    ax = style.single(ax, height=7.0)
    style.dress(ax)
    style.titled(ax, _title(table), look.label)
    ax.set_title(_title(table), loc="left", fontsize=style.TITLE, fontweight="bold", color=style.INK, pad=13)
    x = decimal_years(pd.to_datetime(table["as_of"]))
    span = max(float(x[-1] - x[0]), _LEAST_YEARS)
    ax.set_xlim(x[0] - 0.08 * span, x[-1] + 0.12 * span)
    ax.set_xticks(x, [_day(day) for day in table["as_of"]], fontsize=style.SMALL)
    if len(table) > 5:
        ax.tick_params(axis="x", labelrotation=45)
    colour, width = style.COLOURS["china"], 0.035 * span
    edge = float(table[["q50", "q95"]].max().max()) * 1.1
    for when, row in zip(x, records(table), strict=True):
        for low, high, strength in (("q05", "q95", 0.3), ("q25", "q75", 0.8)):
            if row[low] == row[low]:
                top = row[high] if row[high] == row[high] else edge
                ax.bar(when, top - row[low], width, row[low], color=colour, alpha=strength, linewidth=0, zorder=2.5)
    ax.plot(x, table["q50"], color=style.INK, linewidth=0.7, marker="_", markersize=7, markeredgewidth=1.2, zorder=4)
    ax.set_ylim(min(0.0, 1.05 * float(table["q05"].min())), edge)
    ax.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    if look.percent:
        ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    ax.set_xlabel(say("revisions.as_of"), fontsize=style.TEXT, color=style.INK)
    marks.key(ax, marks.bar_key(colour), 3, loc="lower left", bbox_to_anchor=(0.0, 1.01))
    style.mark_quick(ax, bool(table["quick"].any()), pad=13.0)
    return ax


def _day(as_of: str) -> str:
    return as_of[:7]


def _title(table: pd.DataFrame) -> str:
    row = records(table)[0]
    gap = GAPS[row["quantity"]].title
    if row["generation"]:
        return say("revisions.title_generation", gap=gap, generation=row["generation"])
    return say("revisions.title", gap=gap, period=row["period"])


def revisions_words(table: pd.DataFrame) -> str:
    """Alt text: the median and interval of every vintage.

    Parameters
    ----------
    table
        From :func:`revisions_table`.
    """
    scale, unit = (100.0, " %") if GAPS[str(table["quantity"].iloc[0])].percent else (1.0, "")
    rows = [
        f"{row['as_of']} {interval_words(row, lambda value: f'{scale * value:.1f}{unit}')}" for row in records(table)
    ]
    return say("revisions.alt", title=_title(table), rows="; ".join(rows))
