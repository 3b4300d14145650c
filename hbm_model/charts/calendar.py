"""When each maker started, or will start, to ship each generation in volume, with what was claimed about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from hbm_model.charts.gap import interval_words, open_bar
from hbm_model.charts.kit import marks, style
from hbm_model.charts.kit.rows import KEYS, QUANTILES, quantile_rows, stacked
from hbm_model.charts.kit.words import maker, say
from hbm_model.core.dates import decimal_year, decimal_years, quarter_end
from hbm_model.core.industry import BASE_LAYERS, GENERATIONS, VENDORS
from hbm_model.core.tables import records
from hbm_model.evidence.selection import STAGES, used_rows

if TYPE_CHECKING:
    from hbm_model.evidence import Evidence
    from hbm_model.forecasting.forecast import Forecast

COLUMNS = [*KEYS, "unit", *QUANTILES, "prob_never", "id", "origin", "status", "published", "start", "end"]
PARTS = ("event", "claimed", "guidance", "not_yet")
_FIRST = 2015.7
_HEADER = 1.15
_SEEN = 0.005
"""A share of draws below this is not worth a word."""


def calendar_table(forecast: Forecast, evidence: Evidence) -> pd.DataFrame:
    """What :func:`calendar` draws, tidy: posterior volume dates at base height, and the used claims about them.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`.
    evidence
        From :func:`hbm_model.load_evidence`.

    Returns
    -------
    pd.DataFrame
        ``layer`` is ``forecast``, or the part of the model that uses a claim: ``event``, ``claimed``
        (disputed), ``guidance`` or ``not_yet`` (reported as not having happened by ``end``).
    """
    rows = quantile_rows(forecast, "volume_date")
    base = rows["layers"].astype(str) == rows["generation"].map(BASE_LAYERS).astype(str)
    built = rows["vendor"].isin(VENDORS) & base
    return stacked([rows[built], *(_claims(evidence, part) for part in PARTS)], COLUMNS)


def _claims(evidence: Evidence, part: str) -> pd.DataFrame:
    rows = used_rows(evidence, "milestones", part)
    rows = rows[rows["stage"].map(STAGES) == "volume"]
    rows = rows[rows["layers"].isna() | (rows["layers"] <= rows["generation"].map(BASE_LAYERS).astype(float))]
    start, end = decimal_years(rows["date_start"]), decimal_years(rows["date_end"])
    published = rows["published"].dt.date.astype(str)
    rows = rows.assign(layer=part, quantity="volume_date", vendor=rows["maker"], period="", published=published)
    return rows.assign(start=start, end=np.where(np.isnan(end), start, end))[
        [*KEYS, "id", "origin", "status", "published", "start", "end"]
    ]


@style.lettered
def calendar(forecast: Forecast, evidence: Evidence, ax: Axes | None = None) -> Axes:
    """Draw the volume start of every generation of every maker.

    Bars are 50 % and 90 % intervals with the median; a bar that goes on as an arrow ends beyond the horizon, with the
    share of draws in which it does. Above a bar stands what was reported, below it what was announced.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`.
    evidence
        From :func:`hbm_model.load_evidence`.
    ax
        Axes to draw on (default: a new figure, reached by ``ax.figure``).

    Returns
    -------
    Axes
        The Axes.
    """
    table = calendar_table(forecast, evidence)
    ax = style.single(ax, height=17.0)
    style.dress(ax)
    rows = table[table["layer"] == "forecast"]
    places = _places(rows)
    style.years(ax, _FIRST, quarter_end(forecast.horizon), every=4)
    ax.yaxis.grid(visible=False)
    ax.xaxis.grid(visible=True, color=style.FAINT, linewidth=0.4)
    ax.set_ylim(max(places.values()) + 0.8, -1.3)
    ax.set_yticks(list(places.values()), [maker(vendor) for _, vendor in places], fontsize=style.SMALL)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    for row in records(rows):
        line = places[row["generation"], row["vendor"]]
        open_bar(ax, line, row, style.COLOURS[row["vendor"]], 0.36)
        if row["prob_never"] >= _SEEN:
            share = style.percent(row["prob_never"])
            ax.annotate(
                share, (1.0, line), xycoords=ax.get_yaxis_transform(), xytext=(5, 0), textcoords="offset points",
                va="center", fontsize=style.SMALL, color=style.MUTED,
            )  # fmt: skip
    for generation in rows["generation"].unique():
        first = min(place for (g, _), place in places.items() if g == generation)
        ax.text(_FIRST + 0.1, first - 0.8, generation, fontsize=style.TEXT, fontweight="bold", va="center")
    ax.annotate(
        say("timeline.after", horizon=forecast.horizon), (1.0, -0.35), xycoords=ax.get_yaxis_transform(), xytext=(5, 0),
        textcoords="offset points", va="center", fontsize=style.SMALL, color=style.MUTED, linespacing=1.0,
    )  # fmt: skip
    _draw_claims(ax, table[table["layer"] != "forecast"], places)
    style.mark_observed(ax, evidence.observed_through, label="")
    at = decimal_year(evidence.observed_through)
    ax.annotate(
        say("style.evidence_ends"), (at, 1.0), xycoords=ax.get_xaxis_transform(), xytext=(0, 1),
        textcoords="offset points", ha="center", va="bottom", fontsize=style.SMALL, color=style.MUTED,
    )  # fmt: skip
    ax.set_xlabel(say("timeline.label"), fontsize=style.TEXT, color=style.INK)
    ax.set_title(say("timeline.title"), loc="left", fontsize=style.TITLE, fontweight="bold", color=style.INK, pad=12)
    _key(ax, table)
    style.mark_quick(ax, forecast.quick, pad=12.0)
    return ax


def _places(rows: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Line of each generation and maker, from the top, with room for a heading above each generation."""
    places: dict[tuple[str, str], float] = {}
    at = 0.0
    for generation in GENERATIONS:
        for vendor in VENDORS:
            if ((rows["generation"] == generation) & (rows["vendor"] == vendor)).any():
                places[generation, vendor] = at
                at += 1.0
        at += _HEADER
    return places


def _draw_claims(ax: Axes, claims: pd.DataFrame, places: dict[tuple[str, str], float]) -> None:
    keys = list(zip(claims["generation"], claims["vendor"], strict=True))
    claims = claims[[key in places for key in keys]]
    line = np.array([places[key] for key in keys if key in places])
    start, end = claims["start"].to_numpy(float), claims["end"].to_numpy(float)
    layer = claims["layer"].to_numpy(str)
    announced = layer == "guidance"
    ax.hlines(
        line[announced] + 0.36, start[announced], end[announced], color=style.INK, linewidth=1.1, alpha=0.28, zorder=3.2
    )
    late = layer == "not_yet"
    ax.scatter(end[late], line[late] - 0.36, marker=9, s=9, color=style.INK, linewidths=0, zorder=3.6)
    done = (layer == "event") | (layer == "claimed")
    ax.hlines(line[done] - 0.36, start[done], end[done], color=style.INK, linewidth=0.5, zorder=3.4)
    for (part, origin), rows in claims[done].assign(line=line[done]).groupby(["layer", "origin"]):
        face = style.INK if part == "event" else "white"
        middle = (rows["start"].astype(float) + rows["end"].astype(float)) / 2
        ax.scatter(
            middle, rows["line"] - 0.36, s=5, marker=marks.MARKERS[str(origin)], facecolors=face, edgecolors=style.INK,
            linewidths=0.4, zorder=3.8,
        )  # fmt: skip


def _key(ax: Axes, table: pd.DataFrame) -> None:
    announced = Line2D([], [], color=style.INK, linewidth=1.1, alpha=0.4, label=say("timeline.announced"))
    late = Line2D([], [], color=style.INK, linestyle="", marker=9, markersize=3, label=say("timeline.not_yet"))
    done = table[table["layer"].isin(["event", "claimed"])]
    disputed = say("timeline.disputed") if (table["layer"] == "claimed").any() else ""
    reports = marks.claim_key(done, "", disputed)
    for entry in reports:
        if entry.get_label() != disputed:
            entry.set_label(say("timeline.by", origin=entry.get_label()))
    marks.key(
        ax,
        [*marks.bar_key(style.COLOURS["world"]), announced, late, *reports],
        2,
        loc="upper left",
        bbox_to_anchor=(-0.12, -0.055),
    )


def calendar_words(table: pd.DataFrame) -> str:
    """Alt text: every maker's volume date by generation.

    Parameters
    ----------
    table
        From :func:`calendar_table`.
    """
    rows = table[table["layer"] == "forecast"]
    parts = []
    for generation in GENERATIONS:
        own = rows[(rows["generation"] == generation) & rows["q05"].notna()]
        intervals = [
            f"{maker(row['vendor'])} {interval_words(row, lambda v: f'{v:.1f}')}"
            + (
                say("fan.alt_missing_generation", share=style.percent(row["prob_never"]))
                if row["prob_never"] >= _SEEN
                else ""
            )
            for row in records(own)
        ]
        if intervals:
            parts.append(f"{generation}: {'; '.join(intervals)}")
    counts = table[table["layer"] != "forecast"]["layer"].value_counts()
    claims = ", ".join(f"{say(f'timeline.parts.{part}')} {counts.get(part, 0)}" for part in PARTS)
    return say("timeline.alt", parts=". ".join(parts), claims=claims)
