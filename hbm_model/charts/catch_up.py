"""When China catches up, under every scenario: the probability that it has by each quarter, and of never."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from hbm_model.charts.kit import style
from hbm_model.charts.kit.rows import year_ends
from hbm_model.charts.kit.words import say, scenario_name
from hbm_model.core.errors import InputError
from hbm_model.core.tables import records
from hbm_model.forecasting import gaps
from hbm_model.policy.scenarios import BASELINE

if TYPE_CHECKING:
    from hbm_model.forecasting.forecast import Forecast

COLUMNS = ["scenario", "quantity", "threshold", "period", "probability", "prob_never"]
DEFAULT = 1.0
"""Years of frontier lag below which China has caught up, by the forecast's own definition."""
_LEAST_TOP = 0.02
_APART = 0.058
"""Share of the height that a label takes."""
_AWAY = 12.0
"""Points between the lines' ends and their labels."""


def catch_up_table(forecast: Forecast, threshold: float = DEFAULT) -> pd.DataFrame:
    """What :func:`catch_up` draws, tidy.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`.
    threshold
        Years of frontier lag, positive.

    Returns
    -------
    pd.DataFrame
        With ``COLUMNS``: ``probability`` is the share of draws in which the frontier lag has been below `threshold`
        years in some quarter up to ``period``; ``prob_never`` the share in which it never is to the horizon.

    Raises
    ------
    InputError
        If the threshold is not positive.
    """
    if not threshold > 0:
        raise InputError(f"threshold = {threshold} must be a positive number of years")
    draws = forecast.draws("frontier_lag").transpose("scenario", "draw", "period")
    periods = [str(period) for period in draws["period"].to_numpy()]
    times = style.midpoints(periods)
    parts = []
    for name in [scenario.name for scenario in forecast.scenarios]:
        dates = gaps.catch_up(draws.sel(scenario=name).to_numpy(), times, threshold)
        reached = (dates[:, None] <= times).mean(axis=0)
        never = float(np.isinf(dates).mean())
        parts.append(pd.DataFrame({"scenario": name, "period": periods, "probability": reached, "prob_never": never}))
    return pd.concat(parts, ignore_index=True).assign(quantity="catch_up", threshold=threshold)[COLUMNS]


@style.lettered
def catch_up(forecast: Forecast, threshold: float = DEFAULT, ax: Axes | None = None) -> Axes:
    """Draw the cumulative distribution of the date at which the frontier lag first falls below a threshold.

    Parameters
    ----------
    forecast
        From :func:`hbm_model.forecast`.
    threshold
        Years of frontier lag below which China has caught up, positive.
    ax
        Axes to draw on (default: a new figure, reached by ``ax.figure``).

    Returns
    -------
    Axes
        The Axes. The probability of never before the horizon stands at the right end of each line.
    """
    table = catch_up_table(forecast, threshold)
    ax = style.single(ax, height=7.0)
    style.dress(ax)
    style.titled(
        ax,
        say("dates.title") if threshold == DEFAULT else say("dates.title_within", years=_years(threshold)),
        say("dates.label", years=_years(threshold)),
    )
    drawn = table[table["probability"] > 0]
    periods = list(table["period"].unique())
    times = style.midpoints(periods)
    first = times[periods.index(drawn["period"].min())] if len(drawn) else times[-1] - 6
    start = min(first - 1.0, times[-1] - 4)
    shown = times >= start
    style.years(ax, start, times[-1] + 0.125, every=1 if times[-1] - start < 5.5 else 2)
    top = max(_LEAST_TOP, 1.25 * float(table["probability"].max()))
    ax.set_ylim(0, min(top, 1.0))
    ax.yaxis.set_major_formatter(lambda value, _place: f"{100 * value:g} %")
    ax.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    ends = {}
    looks = iter(style.SCENARIOS * len(table))
    for name, rows in table.groupby("scenario", sort=False):
        usual = name == BASELINE
        colour, dashes = (style.INK, "-") if usual else next(looks)
        y = rows["probability"].to_numpy()
        ax.step(
            times[shown], y[shown], where="post", color=colour, linestyle=dashes, linewidth=1.6 if usual else 1.1,
            zorder=4 if usual else 3,
        )  # fmt: skip
        words = f"{scenario_name(str(name))}: {style.percent(float(rows['prob_never'].iloc[0]))}"
        ends[words] = (float(y[-1]) / ax.get_ylim()[1], colour, dashes)
    _label(ax, ends, say("dates.not_by", horizon=forecast.horizon))
    style.mark_quick(ax, forecast.quick, pad=-9.0)  # inside, where no line reaches: above there may be no room
    return ax


def _years(threshold: float) -> str:
    return say("dates.year" if threshold == 1 else "dates.years", n=f"{threshold:g}")


def _label(ax: Axes, ends: dict[str, tuple[float, str, object]], heading: str) -> None:
    """Names at the right, as high as their lines end or as close to that as the others leave room."""
    ordered = sorted(ends, key=lambda words: ends[words][0])
    wanted = [min(ends[words][0], 1 - 2 * _APART) for words in ordered]
    heights = spread(np.array(wanted), _APART)
    for words, height in zip(ordered, heights, strict=True):
        end, colour, dashes = ends[words]
        ax.annotate(
            words, (1.0, end), xycoords="axes fraction", xytext=(_AWAY, height),
            textcoords=("offset points", "axes fraction"), fontsize=style.SMALL, color=style.INK, va="center",
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.8, "linestyle": dashes, "shrinkA": 1,
                        "shrinkB": 0, "relpos": (0.0, 0.5)},
        )  # fmt: skip
    ax.annotate(
        heading, (1.0, heights[-1] + 1.3 * _APART), xycoords="axes fraction", xytext=(_AWAY, 0),
        textcoords="offset points", fontsize=style.SMALL, color=style.MUTED, va="center",
    )  # fmt: skip


def spread(wanted: np.ndarray, apart: float) -> np.ndarray:
    """Move sorted places until they lie at least `apart` from one another, as little as that takes.

    Parameters
    ----------
    wanted
        (label,) places in ascending order, in any unit.
    apart
        Least distance between neighbours, in the same unit.
    """
    groups = [[float(at)] for at in wanted]
    centres = [group[0] for group in groups]
    merged = True
    while merged:
        merged = False
        for i in range(len(groups) - 1):
            reach = apart * (len(groups[i]) + len(groups[i + 1])) / 2
            if centres[i + 1] - centres[i] < reach - 1e-9:
                groups[i : i + 2] = [groups[i] + groups[i + 1]]
                half = apart * (len(groups[i]) - 1) / 2
                centres[i : i + 2] = [max(float(np.mean(groups[i])), half)]
                merged = True
                break
    placed = [c + apart * (k - (len(g) - 1) / 2) for c, g in zip(centres, groups, strict=True) for k in range(len(g))]
    return np.array(placed)


def catch_up_words(table: pd.DataFrame) -> str:
    """Alt text: the probability by the ends of some years and of never, for every scenario.

    Parameters
    ----------
    table
        From :func:`catch_up_table`.
    """
    threshold = float(table["threshold"].iloc[0])
    parts = []
    for name, own in table.groupby("scenario", sort=False):
        rows = records(year_ends(own).iloc[[-5, -3, -1]] if len(year_ends(own)) > 4 else year_ends(own))
        by = (say("dates.alt_by", share=style.percent(row["probability"]), period=row["period"]) for row in rows)
        never = say("dates.alt_never", share=style.percent(rows[-1]["prob_never"]))
        parts.append(f"{scenario_name(str(name))} {', '.join(by)}, {never}")
    return say("dates.alt", years=_years(threshold), scenarios="; ".join(parts))
