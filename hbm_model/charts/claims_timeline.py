"""What was said of one date, by when it was said, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MultipleLocator

from hbm_model.charts.gap import interval_words
from hbm_model.charts.kit import marks, style
from hbm_model.charts.kit.rows import QUANTILES, quantile_rows
from hbm_model.charts.kit.words import maker, say
from hbm_model.core.dates import decimal_year, decimal_years
from hbm_model.core.errors import InputError
from hbm_model.core.industry import BASE_LAYERS, GENERATIONS, MAKER, VENDORS
from hbm_model.core.tables import records
from hbm_model.evidence.selection import MILESTONE_PARTS, STAGES, usage_table

if TYPE_CHECKING:
    from hbm_model.evidence import Evidence
    from hbm_model.forecasting.forecast import Forecast

COLUMNS = [
    "layer", "id", "origin", "status", "part", "used", "reason", "published", "said", "start", "end",
    *QUANTILES, "prob_never", "url",
]  # fmt: skip
_DATE_OF = {"volume": "volume_date", "sample": "sample_date", "qualified": ""}
_SIZE = 13.0
_GREY = "#a8a8a8"
_SETTLED = 0.5
"""Years of the 90 % interval within which a date counts as settled."""


def claims_timeline_table(
    evidence: Evidence, forecast: Forecast, vendor: str = "cxmt", generation: str = "HBM3", stage: str = "volume"
) -> pd.DataFrame:
    """What :func:`claims_timeline` draws, tidy.

    Parameters
    ----------
    evidence
        From :func:`hbm_model.load_evidence`.
    forecast
        From :func:`hbm_model.forecast`.
    vendor, generation
        Product that the claims are about, at base height.
    stage
        ``sample``, ``qualified`` or ``volume``; of ``qualified`` the forecast has no date.

    Returns
    -------
    pd.DataFrame
        With ``COLUMNS``: every claim about that date, also those that the model does not use (``reason`` says why), and
        a row ``forecast`` with the model's date. ``said``, ``start`` and ``end`` are decimal years, ``part`` is
        ``event``, ``claimed`` (disputed), ``guidance`` or ``not_yet``.

    Raises
    ------
    InputError
        For an unknown maker, generation or stage, or where nothing was said.
    """
    for given, options, what in ((vendor, VENDORS, "maker"), (generation, GENERATIONS, "generation")):
        if given not in options:
            raise InputError(f"unknown {what} {given!r}; there are: {', '.join(options)}")
    if stage not in _DATE_OF:
        raise InputError(f"unknown stage {stage!r}; there are: {', '.join(_DATE_OF)}")
    usage = usage_table(evidence)
    usage = usage[usage["table"] == "milestones"].set_index("id")
    own = _about(evidence, vendor, generation, stage)
    if own.empty:
        raise InputError(f"nothing is said of the {stage} of {vendor}'s {generation} by {evidence.as_of}")
    start, end = decimal_years(own["date_start"]), decimal_years(own["date_end"])
    claims = own.assign(
        layer="claim", part=own["status"].map(MILESTONE_PARTS).fillna("guidance"), said=decimal_years(own["published"]),
        used=usage.loc[own["id"], "used"].to_numpy(), reason=usage.loc[own["id"], "reason"].to_numpy(),
        published=own["published"].dt.date.astype(str), start=np.where(np.isnan(start), end, start),
        end=np.where(np.isnan(end), start, end),
    )  # fmt: skip
    claims = claims[claims["start"].notna()].sort_values(["said", "id"])
    date = _DATE_OF[stage]
    came = quantile_rows(forecast, date) if date else quantile_rows(forecast, "volume_date").iloc[:0]
    base = came["layers"].astype(str) == str(BASE_LAYERS[generation])
    came = came[(came["vendor"] == vendor) & (came["generation"] == generation) & base]
    parts = [claims.reindex(columns=COLUMNS), came.assign(part="", used=True).reindex(columns=COLUMNS)]
    return pd.concat([part.astype(object) for part in parts if len(part)], ignore_index=True).infer_objects()


def anything(evidence: Evidence, vendor: str, generation: str, stage: str = "volume") -> bool:
    """Whether there is a dated claim to draw.

    Parameters
    ----------
    evidence
        From :func:`hbm_model.load_evidence`.
    vendor, generation
        Product that the claims are about, at base height.
    stage
        ``sample``, ``qualified`` or ``volume``.
    """
    own = _about(evidence, vendor, generation, stage)
    return bool(own["date_start"].notna().any() or own["date_end"].notna().any())


def _about(evidence: Evidence, vendor: str, generation: str, stage: str) -> pd.DataFrame:
    """Claims about a date at base height or of no stated height."""
    rows = evidence.tables["milestones"]
    mine = (rows["vendor"].map(MAKER) == vendor) & (rows["generation"] == generation)
    low = rows["layers"].isna() | (rows["layers"] <= BASE_LAYERS[generation])
    return rows[mine & low & (rows["stage"].map(STAGES) == stage)]


@style.lettered
def claims_timeline(
    evidence: Evidence,
    forecast: Forecast,
    vendor: str = "cxmt",
    generation: str = "HBM3",
    stage: str = "volume",
    ax: Axes | None = None,
) -> Axes:
    """Draw every claim about one date against the day on which it was made, and what came of it.

    Above the diagonal a claim speaks of what was still ahead, on it of what happened as it was said. A mark that moves
    up with the diagonal is a date that keeps slipping.

    Parameters
    ----------
    evidence
        From :func:`hbm_model.load_evidence`.
    forecast
        From :func:`hbm_model.forecast`.
    vendor, generation
        Product that the claims are about, at base height.
    stage
        ``sample``, ``qualified`` or ``volume``; of ``qualified`` the forecast has no date.
    ax
        Axes to draw on (default: a new figure, reached by ``ax.figure``).

    Returns
    -------
    Axes
        The Axes.
    """
    table = claims_timeline_table(evidence, forecast, vendor, generation, stage)
    claims, came = table[table["layer"] == "claim"], table[table["layer"] == "forecast"]
    ax = style.single(ax, height=9.6)
    style.dress(ax)
    words = say(f"claims.stage_{stage}")
    style.titled(ax, say("claims.title", maker=maker(vendor), generation=generation), say("claims.when", stage=words))
    ax.set_xlabel(say("claims.said"), fontsize=style.TEXT, color=style.INK)
    first = float(np.floor(claims["said"].min() * 2) / 2)
    last = max(decimal_year(evidence.observed_through), float(claims["said"].max())) + 0.1
    style.years(ax, first - 0.1, last, every=1 if last - first < 7 else 2)
    low = float(min(claims["start"].min(), first))
    high = float(np.nanmax([claims["end"].max(), last, came["q95"].astype(float).max() if len(came) else np.nan]))
    ax.set_ylim(low - 0.2, high + 0.3)
    ax.yaxis.set_major_locator(MultipleLocator(1 if high - low < 9 else 2))
    ax.yaxis.set_major_formatter(lambda value, _place: f"{value:.0f}")
    ax.plot([low, high], [low, high], color=style.MUTED, linewidth=0.6, linestyle=(0, (4, 2)), zorder=1.8)
    _draw_came(ax, came)
    _draw_claims(ax, claims)
    ax.annotate(
        say("claims.diagonal"), (first, first), xytext=(2, -2), textcoords="offset points", ha="left", va="top",
        fontsize=style.SMALL, color=style.MUTED,
    )  # fmt: skip
    used = claims[claims["used"].astype(bool)]
    entries = [
        *marks.claim_key(used if len(used) else claims, "", ""),
        _entry("o", style.INK, say("claims.done")),
        _entry("o", "white", say("claims.guidance")),
        _entry("x", style.INK, say("claims.not_yet")),
        _entry("o", _GREY, say("claims.unused"), _GREY),
    ]
    marks.key(ax, entries, 2, loc="upper left", bbox_to_anchor=(-0.12, -0.13))
    style.mark_quick(ax, forecast.quick)
    return ax


def _entry(marker: str, face: str, label: str, edge: str = style.INK) -> Line2D:
    return Line2D([], [], linestyle="", marker=marker, markersize=3, color=edge, markerfacecolor=face, label=label)


def _draw_came(ax: Axes, came: pd.DataFrame) -> None:
    """The model's date as bands across; up to the edge where it is open."""
    for row in records(came):
        edge, colour = ax.get_ylim()[1], style.COLOURS["china"]
        for bottom, top, strength in (("q05", "q95", 0.14), ("q25", "q75", 0.22)):
            if not np.isnan(row[bottom]):
                high = edge if np.isnan(row[top]) else row[top]
                ax.axhspan(row[bottom], high, color=colour, alpha=strength, linewidth=0, zorder=1.2)
        settled = row["q95"] - row["q05"] < _SETTLED
        middle = row["q50"] if not np.isnan(row["q50"]) else edge
        ax.annotate(
            say("claims.came" if settled else "claims.later"), (0.0, middle), xycoords=ax.get_yaxis_transform(),
            xytext=(2, 0), textcoords="offset points", va="center", fontsize=style.SMALL, color=style.INK, zorder=6,
            path_effects=style.halo(),
        )  # fmt: skip


def _draw_claims(ax: Axes, claims: pd.DataFrame) -> None:
    for row in records(claims):
        used, part = bool(row["used"]), row["part"]
        colour = style.INK if used else _GREY
        middle, order = (row["start"] + row["end"]) / 2, 4 if used else 3
        ax.vlines(row["said"], row["start"], row["end"], color=colour, linewidth=0.5, alpha=0.6, zorder=order)
        if part == "not_yet":
            ax.scatter([row["said"]], [row["end"]], s=_SIZE, marker="x", color=colour, linewidths=0.9, zorder=order + 1)
            continue
        ax.scatter(
            [row["said"]], [middle], s=_SIZE if used else 0.6 * _SIZE, marker=marks.MARKERS[row["origin"]],
            facecolors=colour if part == "event" else "white", edgecolors=colour, linewidths=0.6, zorder=order + 1,
        )  # fmt: skip


def claims_timeline_words(table: pd.DataFrame, vendor: str, generation: str, stage: str = "volume") -> str:
    """Alt text: number and years of the claims of each kind, and the model's date.

    Parameters
    ----------
    table
        From :func:`claims_timeline_table`.
    vendor, generation, stage
        As in the call that made the table.
    """
    claims = table[table["layer"] == "claim"]
    counts = []
    for part, rows in claims.groupby("part"):
        years = f"{float(rows['said'].min()):.1f} - {float(rows['said'].max()):.1f}"
        counts.append(f"{say(f'timeline.parts.{part}')} {len(rows)} ({years})")
    about = {"maker": maker(vendor), "generation": generation, "stage": say(f"claims.stage_{stage}")}
    came = records(table[table["layer"] == "forecast"])
    if not came:
        return say("claims.alt_none", counts="; ".join(counts), **about)
    interval = interval_words(came[0], lambda value: f"{value:.1f}")
    return say("claims.alt", counts="; ".join(counts), interval=interval, **about)
