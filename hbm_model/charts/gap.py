"""One gap over time, or by generation: median, 50 % and 90 % intervals, and how often it is not defined."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from hbm_model.charts.kit import marks, style
from hbm_model.charts.kit.labels import GAPS, Gap
from hbm_model.charts.kit.rows import KEYS, QUANTILES, quantile_rows, stacked, year_ends
from hbm_model.charts.kit.words import say
from hbm_model.core.errors import InputError
from hbm_model.core.industry import BASE_LAYERS, GENERATIONS
from hbm_model.core.tables import records
from hbm_model.policy.scenarios import BASELINE

if TYPE_CHECKING:
    from hbm_model.forecasting.forecast import Forecast

COLUMNS = [*KEYS, "unit", *QUANTILES, "prob_never", "level", "low", "high"]
_BIN = 0.125
"""Width of the bins, in years, in which the draws of a clustered quantity are counted."""
_LEVELS = (0.5, 0.9)
_SEEN = 0.005
"""A share of draws below this is not worth a word."""
_ABOVE_KEY = 13.0
"""Points between the Axes and the title, with a line of the key between them."""
_ROOM = 0.9
"""Years between the starts of two guides that leave room for a label between them."""


def gap_table(forecast: Forecast, quantity: str) -> pd.DataFrame:
    """What :func:`gap` draws, tidy.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`.
    quantity
        Name of a gap, like ``frontier_lag``.

    Returns
    -------
    pd.DataFrame
        ``layer`` is ``forecast``, ``planned`` (guidance at its word), ``region`` (part of the smallest set
        of values that holds the share ``level`` of the draws) or ``guide`` (the lag while a generation is China's best,
        counted from Korea's median date).

    Raises
    ------
    InputError
        If the quantity is no gap over time or by generation.
    """
    if quantity not in GAPS:
        raise InputError(f"{quantity!r} is no gap that can be drawn; there are: {', '.join(GAPS)}")
    rows = quantile_rows(forecast, quantity)
    parts = [rows[rows["vendor"] == "china"]]
    if quantity in ("frontier_lag", "generation_lag"):
        planned = quantile_rows(forecast, "planned_lag", "planned")
        parts.append(planned[(planned["period"] == "") == (quantity == "generation_lag")])
    if quantity == "frontier_lag":
        parts += [regions(forecast, parts[0]), _guides(forecast, parts[0])] if len(parts[0]) else []
    return stacked(parts, COLUMNS)


def regions(forecast: Forecast, fan: pd.DataFrame, scenario: str = BASELINE) -> pd.DataFrame:
    """Densest regions of the frontier lag's draws by quarter: they lie in clusters, one per generation.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`.
    fan, scenario
        Rows of the frontier lag of one scenario, one per quarter, and its name.
    """
    draws = forecast.draws("frontier_lag").sel(scenario=scenario)
    parts = []
    for row in records(fan):
        values = draws.sel(period=row["period"]).to_numpy()
        values = values[np.isfinite(values)]
        parts += [
            {"period": row["period"], "level": level, "low": low, "high": high, "prob_never": row["prob_never"]}
            for level in _LEVELS
            for low, high in densest(values, level)
        ]
    whole = pd.DataFrame(parts)
    return whole.assign(layer="region", quantity="frontier_lag", vendor="china", generation="", unit="years")


def densest(values: NDArray[np.floating[Any]], level: float) -> list[tuple[float, float]]:
    """Shortest set of intervals, out of bins of equal width, that holds the share `level` of the values.

    Parameters
    ----------
    values, level
        (draw,) finite years, and the share of them to hold, between 0 and 1.
    """
    bins, counts = np.unique(np.floor(values / _BIN).astype(int), return_counts=True)
    ranked = np.argsort(-counts, kind="stable")
    enough = int(np.searchsorted(np.cumsum(counts[ranked]), level * len(values))) + 1
    chosen = np.sort(bins[ranked[:enough]])
    runs = np.split(chosen, np.flatnonzero(np.diff(chosen) > 1) + 1)
    return [(float(run[0] * _BIN), float((run[-1] + 1) * _BIN)) for run in runs]


def _guides(forecast: Forecast, fan: pd.DataFrame) -> pd.DataFrame:
    """For each generation, the lag while it is China's best, over the quarters in which it may well be that."""
    dates = quantile_rows(forecast, "volume_date")
    dates = dates[dates["layers"].astype(str) == dates["generation"].map(BASE_LAYERS).astype(str)]
    korea, china = (dates[dates["vendor"] == bloc].set_index("generation") for bloc in ("korea", "china"))
    periods = list(fan["period"])
    times = style.midpoints(periods)
    parts: list[pd.DataFrame] = []
    latest = np.inf
    for generation in reversed(GENERATIONS):
        first, late = (float(china["q05"].get(generation, np.nan)), float(china["q95"].get(generation, np.nan)))
        if np.isnan(first):
            continue
        at = (times >= first) & (times <= latest)
        chosen = [period for period, inside in zip(periods, at, strict=True) if inside]
        lag = times[at] - float(korea["q50"][generation])
        parts.insert(0, pd.DataFrame({"generation": generation, "period": chosen, "q50": lag}))
        latest = min(latest, np.inf if np.isnan(late) else late)
    guides = pd.concat(parts, ignore_index=True) if parts else fan.iloc[:0]
    return guides.assign(layer="guide", quantity="lag_while_best", vendor="china", unit="years")


@style.lettered
def gap(forecast: Forecast, quantity: str, ax: Axes | None = None, observed_through: date | None = None) -> Axes:
    """Draw one gap.

    Where the gap is not defined in a draw (China ships nothing in volume yet) a strip below shows the share of such
    draws, and the fan pales with it. A date beyond the horizon is an open interval.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`.
    quantity
        Name of a gap, like ``frontier_lag``.
    ax
        Axes to draw on (default: a new figure, reached by ``ax.figure``).
    observed_through
        Day on which the evidence ends, marked by a thin line (default: no mark).
    """
    table = gap_table(forecast, quantity)
    look = GAPS[quantity]
    ax = style.single(ax, height=7.0)
    style.dress(ax)
    if quantity == "generation_lag":
        _by_generation(ax, table, look, forecast.horizon)
    else:
        _over_time(ax, table, look, observed_through)
    style.mark_quick(ax, forecast.quick, _ABOVE_KEY)
    return ax


def _over_time(ax: Axes, table: pd.DataFrame, look: Gap, observed_through: date | None) -> None:
    rows = table[table["layer"] == "forecast"]
    colour = style.COLOURS["china"]
    style.titled(ax, look.title, look.label)
    if rows.empty:
        ax.text(
            0.5, 0.5, say("fan.undefined"), transform=ax.transAxes, ha="center", fontsize=style.TEXT, color=style.MUTED
        )
        return
    x = style.midpoints(list(rows["period"]))
    style.years(ax, x[0] - 0.125, x[-1] + 0.125, every=1 if len(x) < 34 else 2)
    undefined = bool((rows["prob_never"] > 0).any())
    dense = table[table["layer"] == "region"]
    if undefined:
        marks.stepped_fan(ax, rows, colour, bands=dense.empty)
        marks.regions(ax, dense, colour)
    else:
        marks.fan(ax, rows, colour)
    low = min(0.0, float(rows["q05"].min()))
    ax.set_ylim(1.05 * low, float(rows["q95"].max()) * 1.08)
    if low < 0:
        ax.axhline(0, color=style.MUTED, linewidth=0.6, zorder=1.6)
    if look.percent:
        ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    ax.yaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
    style.mark_observed(ax, observed_through, label="below" if undefined else "top")
    _draw_guides(ax, table[table["layer"] == "guide"])
    planned = table[table["layer"] == "planned"]
    entries = marks.band_key(colour)
    if len(dense):
        thin = Line2D([], [], color=colour, linewidth=0.5, alpha=0.7, label=say("marks.interval90"))
        entries = [*marks.band_key(colour, of_draws=True), thin]
    if len(planned):
        _draw_planned(ax, planned[planned["period"].isin(set(rows["period"]))])
    if undefined:
        _never_strip(ax, rows)
    marks.key(ax, entries, 4, loc="lower left", bbox_to_anchor=(0.0, 1.01))
    ax.set_title(ax.get_title(loc="left"), loc="left", fontsize=style.TITLE, fontweight="bold", pad=_ABOVE_KEY)


def _draw_planned(ax: Axes, rows: pd.DataFrame) -> None:
    x, y = style.midpoints(list(rows["period"])), rows["q50"].to_numpy(float)
    ax.step(x, y, where="mid", color=style.INK, linewidth=0.8, linestyle=(0, (3, 1.5)), zorder=3.5)
    ax.annotate(
        say("fan.planned_line"), (x[-1], y[-1]), xytext=(0, 4),
        textcoords="offset points", ha="right", va="bottom", fontsize=style.SMALL, color=style.INK, zorder=5,
        path_effects=style.halo(),
    )  # fmt: skip


def _draw_guides(ax: Axes, guides: pd.DataFrame) -> None:
    start = np.inf
    for index, (generation, rows) in enumerate(guides.groupby("generation", sort=False)):
        x, y = style.midpoints(list(rows["period"])), rows["q50"].to_numpy(float)
        ax.plot(x, y, color=style.MUTED, linewidth=0.5, linestyle=(0, (1, 1.5)), zorder=2.5)
        before, start = start, x[0]
        name = str(generation) if index else say("fan.best", generation=generation)
        ax.annotate(
            name, (x[0], y[0]), xytext=(-1, -6),
            textcoords="offset points", ha="right" if x[0] - before > _ROOM else "left", va="top",
            fontsize=style.SMALL, color=style.MUTED, zorder=3.2,
            path_effects=style.halo(),
        )  # fmt: skip


def _never_strip(ax: Axes, rows: pd.DataFrame) -> None:
    """A strip under the fan: the share of draws in which there is nothing to draw."""
    strip = ax.inset_axes((0.0, -0.22, 1.0, 0.12), sharex=ax)
    style.dress(strip)
    x = style.midpoints(list(rows["period"]))
    strip.bar(x, rows["prob_never"], 0.25, color=style.MUTED, linewidth=0)
    strip.set_ylim(0, 1)
    strip.set_yticks([0, 1], ["0", "100 %"], fontsize=style.SMALL)
    strip.text(
        1.0, 0.5, say("fan.none_yet"), transform=strip.transAxes, ha="right", va="center",
        fontsize=style.SMALL, color=style.INK, path_effects=style.halo(),
    )  # fmt: skip
    ax.tick_params(axis="x", labelbottom=False)
    strip.tick_params(axis="x", labelbottom=True)


def _by_generation(ax: Axes, table: pd.DataFrame, look: Gap, horizon: str) -> None:
    rows = table[table["layer"] == "forecast"].set_index("generation")
    planned = table[table["layer"] == "planned"].set_index("generation")["q50"].astype(float)
    colour = style.COLOURS["china"]
    ax.set_title(look.title, loc="left", fontsize=style.TITLE, fontweight="bold", color=style.INK, pad=_ABOVE_KEY)
    ax.set_xlabel(look.label, fontsize=style.TEXT, color=style.INK)
    ax.yaxis.grid(visible=False)
    ax.xaxis.grid(visible=True, color=style.FAINT, linewidth=0.4)
    reach = np.nanmax([rows[q].astype(float).max() for q in QUANTILES])
    ax.set_xlim(min(0.0, float(rows["q05"].min())), 1.08 * float(reach))
    ax.set_ylim(len(rows) - 0.3, -0.5)  # the last row may have words below its bar
    ax.set_yticks(range(len(rows)), list(rows.index))
    for line, row in enumerate(records(rows)):
        open_bar(ax, line, row, colour, 0.34)
        never = float(row["prob_never"])
        if never >= _SEEN:
            whole = never > 1 - _SEEN
            share = style.percent(never)
            words = say("fan.not_by" if whole else "fan.after", share=share, horizon=horizon)
            at = (0.02, line) if whole else (1.0, line)
            ax.annotate(
                words, at, xycoords=ax.get_yaxis_transform(), xytext=(0, 0 if whole else -7),
                textcoords="offset points", ha="left" if whole else "right", va="center", fontsize=style.SMALL,
                color=style.MUTED,
            )  # fmt: skip
    dated = planned.dropna()
    places = [list(rows.index).index(g) for g in dated.index]
    ax.scatter(
        dated,
        places,
        marker="o",
        s=14,
        facecolors="white",
        edgecolors=style.INK,
        linewidths=0.8,
        zorder=5,
        label=say("fan.planned"),
    )
    entries = [*marks.bar_key(colour), ax.collections[-1]]
    marks.key(ax, entries, 4, loc="lower left", bbox_to_anchor=(0.0, 1.01))


def open_bar(ax: Axes, line: float, row: Mapping[str, Any], colour: str, height: float) -> None:
    """Draw an interval of dates or durations on one line, as an open arrow where it goes on beyond the horizon.

    Parameters
    ----------
    ax
        Axes to draw on, whose right limit the arrow reaches.
    line, row, colour, height
        Vertical place of the bar, its quantiles (NaN beyond the horizon), colour, and thickness in lines.
    """
    edge = ax.get_xlim()[1]
    ends = {name: float(row[name]) for name in QUANTILES}
    last = float(np.nanmax(list(ends.values()))) if not np.isnan(ends["q05"]) else np.nan
    for low, high, strength in (("q05", "q95", 0.3), ("q25", "q75", 0.8)):
        if not np.isnan(ends[low]):
            right = last if np.isnan(ends[high]) else ends[high]
            ax.barh(line, right - ends[low], height, ends[low], color=colour, alpha=strength, linewidth=0, zorder=2.5)
    if np.isnan(ends["q95"]) and not np.isnan(last):
        ax.plot([last, edge], [line] * 2, color=colour, linewidth=0.8, linestyle=(0, (2, 1.2)), zorder=2.4)
        ax.plot([edge], [line], marker=">", markersize=2.5, color=colour, clip_on=False, zorder=3, linestyle="")
    if not np.isnan(ends["q50"]):
        half = height * 0.75
        ax.plot([ends["q50"]] * 2, [line - half, line + half], color=style.INK, linewidth=1.0, zorder=4)


def gap_words(table: pd.DataFrame, quantity: str) -> str:
    """Alt text: what the chart shows and its main numbers.

    Parameters
    ----------
    table, quantity
        From :func:`gap_table`, and the gap that it was made for.
    """
    look = GAPS[quantity]
    show: Callable[[float], str] = (lambda v: f"{100 * v:.1f} %") if look.percent else (lambda v: f"{v:.1f}")
    rows = table[table["layer"] == "forecast"]
    planned = table[table["layer"] == "planned"]
    by = "generation" if quantity == "generation_lag" else "period"
    lines = []
    for row in records(rows if by == "generation" else year_ends(rows)):
        never, plan = float(row["prob_never"]), planned[planned[by] == row[by]]["q50"].dropna()
        words = f"{row[by]} {interval_words(row, show)}"
        words += say(f"fan.alt_missing_{by}", share=style.percent(never)) if never >= _SEEN else ""
        lines.append(words + (say("fan.alt_planned", value=show(float(plan.iloc[0]))) if len(plan) else ""))
    if not lines:
        return say("fan.alt_undefined", title=look.title, label=look.inline)
    return say("fan.alt", title=look.title, label=look.inline, lines="; ".join(lines))


def interval_words(row: Mapping[str, Any], show: Callable[[float], str]) -> str:
    """Median and 90 % interval like ``4.6 (2.8 to 6.3)``, with words for quantiles beyond the horizon.

    Parameters
    ----------
    row, show
        ``q05``, ``q50`` and ``q95``, NaN beyond the horizon, and what writes one of them.
    """
    low, middle, high = (float(row[name]) for name in ("q05", "q50", "q95"))
    if np.isnan(low):
        return say("fan.not_before")
    centre = say("fan.median_beyond") if np.isnan(middle) else show(middle)
    return say("fan.interval", centre=centre, low=show(low), high=say("fan.beyond") if np.isnan(high) else show(high))
