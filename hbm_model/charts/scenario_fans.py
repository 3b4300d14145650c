"""One gap under every scenario: small multiples on one scale, each against the baseline's median."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from hbm_model.charts.gap import COLUMNS as GAP_COLUMNS
from hbm_model.charts.gap import interval_words, regions
from hbm_model.charts.kit import marks, style
from hbm_model.charts.kit.labels import GAPS, Gap, over_time
from hbm_model.charts.kit.rows import scenario_rows, stacked, year_ends
from hbm_model.charts.kit.words import say, scenario_name
from hbm_model.core.dates import decimal_year
from hbm_model.core.errors import InputError
from hbm_model.core.tables import records
from hbm_model.policy.scenarios import BASELINE

if TYPE_CHECKING:
    from hbm_model.forecasting.forecast import Forecast

COLUMNS = ["scenario", *GAP_COLUMNS]
_COLUMNS = 2
_DASHES = (0, (2.4, 0.9))
"""Of the baseline's median, so that it is told from the scenario's on a grey printer."""
_BEFORE = 1.4
"""Years shown before the evidence ends: until then all scenarios are the same."""


def scenario_fans_table(
    forecast: Forecast, quantity: str = "frontier_lag", scenarios: Sequence[str] | None = None
) -> pd.DataFrame:
    """What :func:`scenario_fans` draws, tidy: the layers ``forecast`` and ``region`` of every scenario.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`, with scenarios beside the baseline.
    quantity
        Name of a gap over time.
    scenarios
        Names of scenarios beside the baseline (default: all).

    Raises
    ------
    InputError
        If the quantity is no gap over time, or a scenario was not forecast.
    """
    over_time(quantity)
    rows = scenario_rows(forecast, quantity)
    rows = rows[(rows["vendor"] == "china") & rows["scenario"].isin(_chosen(forecast, scenarios))]
    parts = [rows]
    if quantity == "frontier_lag":
        for name, own in rows.groupby("scenario", sort=False):
            parts.append(regions(forecast, own, str(name)).assign(scenario=name))
    return stacked(parts, COLUMNS)


def _chosen(forecast: Forecast, scenarios: Sequence[str] | None) -> list[str]:
    """The baseline and the wanted scenarios (None: all), in the forecast's order."""
    names = [scenario.name for scenario in forecast.scenarios]
    for name in scenarios or ():
        if name not in names:
            raise InputError(f"scenario {name!r} was not forecast; there are: {', '.join(names)}")
    return [name for name in names if scenarios is None or name == BASELINE or name in scenarios]


@style.lettered
def scenario_fans(
    forecast: Forecast,
    quantity: str = "frontier_lag",
    scenarios: Sequence[str] | None = None,
    ax: Sequence[Axes] | None = None,
    observed_through: date | None = None,
) -> style.AxesArray:
    """Draw one gap under every scenario, one panel each, all on one scale.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`, with scenarios beside the baseline.
    quantity
        Name of a gap over time.
    scenarios
        Names of scenarios beside the baseline (default: all).
    ax
        One Axes per panel to draw on (default: a new figure, reached by ``axes[0].figure``).
    observed_through
        Day on which the evidence ends, marked by a thin line (default: no mark). The panels then begin shortly before
        it.

    Returns
    -------
    style.AxesArray
        The Axes, in the order of the forecast's scenarios.
    """
    table, look = scenario_fans_table(forecast, quantity, scenarios), over_time(quantity)
    names = _chosen(forecast, scenarios)
    rows = -(-len(names) // _COLUMNS)
    axes, key = style.panels(
        ax, rows, _COLUMNS, height=2.4 + 2.5 * rows, title=say("scenarios.title", gap=look.title), count=len(names)
    )
    fans = table[table["layer"] == "forecast"]
    if observed_through is not None and len(fans):
        fans = fans[style.midpoints(list(fans["period"])) >= decimal_year(observed_through) - _BEFORE]
    usual, clustered = fans[fans["scenario"] == BASELINE], bool((table["layer"] == "region").any())
    for index, (panel, name) in enumerate(zip(axes, names, strict=True)):
        style.dress(panel)
        style.titled(panel, scenario_name(name), "", size=style.TEXT + 0.5)
        own = fans[fans["scenario"] == name]
        _scale(panel, fans, look, observed_through)
        _draw(panel, own, table[(table["layer"] == "region") & (table["scenario"] == name)])
        if name != BASELINE and len(usual):
            x = style.midpoints(list(usual["period"]))
            panel.plot(
                x, usual["q50"], color=style.INK, linewidth=0.8, linestyle=_DASHES, zorder=4,
                drawstyle="steps-mid" if clustered else None,
            )  # fmt: skip
        style.mark_observed(panel, observed_through, label="" if index else "bottom")
        panel.tick_params(axis="y", labelleft=index % _COLUMNS == 0 or key is None)
    if key is None:
        axes[0].set_ylabel(look.label, fontsize=style.TEXT, color=style.INK)
    else:
        style.letter(key.figure.supylabel(look.label, fontsize=style.TEXT, color=style.INK))
    style.mark_quick(axes[min(1, len(axes) - 1)], forecast.quick)
    marks.key_below(key, axes, _key(clustered), inset=True)
    return style.arrayed(axes, 1)[:, 0]


def _scale(panel: Axes, fans: pd.DataFrame, look: Gap, observed_through: date | None) -> None:
    if fans.empty:
        panel.text(0.5, 0.5, say("fan.undefined"), transform=panel.transAxes, ha="center", fontsize=style.SMALL)
        return
    x = style.midpoints(list(fans["period"]))
    first = x.min() - 0.125 if observed_through is None else decimal_year(observed_through) - _BEFORE
    style.years(panel, first, x.max() + 0.125, every=2 if x.max() - first < 9 else 4)
    low, high = min(0.0, float(fans["q05"].min())), float(fans["q95"].max())
    panel.set_ylim(1.05 * low, 1.05 * high)
    if look.percent:
        panel.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    panel.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))


def _draw(panel: Axes, own: pd.DataFrame, dense: pd.DataFrame) -> None:
    if own.empty:
        return
    colour = style.COLOURS["china"]
    if dense.empty and not (own["prob_never"] > 0).any():
        marks.fan(panel, own, colour)
    else:
        marks.stepped_fan(panel, own, colour, bands=dense.empty)
        marks.regions(panel, dense[dense["period"].isin(set(own["period"]))], colour)


def _key(clustered: bool) -> list[Line2D]:
    colour = style.COLOURS["china"]
    usual = Line2D([], [], color=style.INK, linewidth=0.8, linestyle=_DASHES, label=say("marks.baseline"))
    if not clustered:
        return [*marks.band_key(colour), usual]  # type: ignore[list-item]
    thin = Line2D([], [], color=colour, linewidth=0.5, alpha=0.7, label=say("marks.interval90"))
    return [*marks.band_key(colour, of_draws=True), thin, usual]  # type: ignore[list-item]


def scenario_fans_words(table: pd.DataFrame, quantity: str = "frontier_lag") -> str:
    """Alt text: the gap under every scenario half-way and at the end.

    Parameters
    ----------
    table
        From :func:`scenario_fans_table`.
    quantity
        As in the call that made the table.
    """
    look = GAPS[quantity]
    scale, unit = (100.0, " %") if look.percent else (1.0, "")
    rows = year_ends(table[table["layer"] == "forecast"])
    parts = []
    for name, own in rows.groupby("scenario", sort=False):
        chosen = records(own.iloc[sorted({len(own) // 2, len(own) - 1})])
        intervals = ", ".join(
            f"{row['period']} {interval_words(row, lambda v: f'{scale * v:.1f}{unit}')}" for row in chosen
        )
        parts.append(f"{scenario_name(str(name))} {intervals}")
    lines = "; ".join(parts) or say("fan.undefined")
    return say("fan.alt", title=say("scenarios.title", gap=look.title), label=look.inline, lines=lines)
