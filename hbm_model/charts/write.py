"""All charts of a run, each beside the table that it draws and its description in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hbm_model import __version__
from hbm_model.charts import dates, fan, forest, market, ramps, scenarios, style, timeline, wafers
from hbm_model.errors import InputError

if TYPE_CHECKING:
    from hbm_model.evidence import Evidence
    from hbm_model.fit import Fit
    from hbm_model.forecast import Forecast

FORMATS = ("svg", "png", "pdf")
DPI = 300
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for a formula at the start of a cell (OWASP, CSV injection)."""


@dataclass(frozen=True)
class Chart:
    """One chart of a run: its file name, how it is drawn, what it draws, and its words.

    One that compares `several` scenarios is left out where only the baseline was forecast.
    """

    name: str
    draw: Callable[[Forecast, Evidence], Axes | style.AxesArray]
    table: Callable[[Forecast, Evidence], pd.DataFrame]
    words: Callable[[pd.DataFrame], str]
    several: bool = False


def _gap(quantity: str) -> Chart:
    return Chart(
        quantity,
        lambda forecast, evidence: fan.gap(forecast, quantity, observed_through=evidence.observed_through),
        lambda forecast, _evidence: fan.gap_table(forecast, quantity),
        lambda table: fan.gap_words(table, quantity),
    )


def _by_scenario(quantity: str) -> Chart:
    return Chart(
        f"scenarios_{quantity}",
        lambda forecast, evidence: scenarios.scenario_fans(
            forecast, quantity, observed_through=evidence.observed_through
        ),
        lambda forecast, _evidence: scenarios.scenario_fans_table(forecast, quantity),
        lambda table: scenarios.scenario_fans_words(table, quantity),
        several=True,
    )


def _contrasts(quantity: str) -> Chart:
    return Chart(
        f"contrasts_{quantity}",
        lambda forecast, _evidence: forest.contrast_forest(forecast, quantity),
        lambda forecast, _evidence: forest.contrast_forest_table(forecast, quantity),
        forest.contrast_forest_words,
        several=True,
    )


def _catch_up(threshold: float, name: str) -> Chart:
    return Chart(
        name,
        lambda forecast, _evidence: dates.catch_up(forecast, threshold),
        lambda forecast, _evidence: dates.catch_up_table(forecast, threshold),
        dates.catch_up_words,
        several=True,
    )


CHARTS = (
    *(_gap(quantity) for quantity in ("frontier_lag", "generation_lag", "yield_gap", "capacity_ratio", "output_ratio")),
    Chart("calendar", timeline.calendar, timeline.calendar_table, timeline.calendar_words),
    Chart("yield_ramps", ramps.yield_ramps, ramps.yield_ramps_table, ramps.yield_ramps_words),
    Chart("capacity", wafers.capacity, wafers.capacity_table, wafers.capacity_words),
    Chart("shares", market.shares, market.shares_table, market.shares_words),
    *(_by_scenario(quantity) for quantity in ("frontier_lag", "output_ratio")),
    *(_contrasts(quantity) for quantity in ("frontier_lag", "capacity_ratio", "output_ratio")),
    _catch_up(dates.DEFAULT, "catch_up"),
    _catch_up(3.0, "catch_up_within_3_years"),
)
"""The charts of a run, in the order in which a report shows them."""


def write_charts(
    folder: str | Path, evidence: Evidence, fit: Fit, forecast: Forecast, formats: Sequence[str] = ("svg", "png")
) -> list[Path]:
    """Write every chart in every format, with ``<name>.csv`` (what is drawn) and ``<name>.txt`` (what it says).

    Parameters
    ----------
    folder : made if it is not there. evidence : whose claims are drawn.
    fit, forecast : what is drawn. formats : out of ``svg``, ``png``, ``pdf``.

    Returns
    -------
    The paths of the written files.

    Raises
    ------
    InputError
        For an unknown format.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise InputError(f"unknown chart format {unknown[0]!r}; there are: {', '.join(FORMATS)}")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    source = source_line(evidence, fit)
    written = []
    for chart in [chart for chart in CHARTS if len(forecast.scenarios) > 1 or not chart.several]:
        table = chart.table(forecast, evidence)
        words = chart.words(table)
        figure: Figure = np.ravel(np.asarray(chart.draw(forecast, evidence), dtype=object))[0].figure
        style.sign(figure, source)
        figure.draw_without_rendering()  # lays it out; once is enough for all formats
        figure.set_layout_engine("none")
        paths = [folder / f"{chart.name}.{kind}" for kind in ("csv", "txt", *formats)]
        harmless(table).to_csv(paths[0], index=False, lineterminator="\n")
        paths[1].write_text(f"{words}\n{source}\n", encoding="utf-8")
        for path in paths[2:]:
            save(figure, path, words)
        written += paths
    return written


def source_line(evidence: Evidence, fit: Fit) -> str:
    """Whose numbers these are, from what evidence, seen up to when; and that a fit was quick, if it was."""
    meta = fit.meta
    digest = str(meta["evidence"])
    words = f"hbm-model {__version__}, evidence {digest[:8]} as of {meta['as_of']},"
    words += f" observed through {meta['observed_through']}."
    more = f" The claims are drawn from other evidence, {evidence.digest[:8]}." if evidence.digest != digest else ""
    return words + more + (" QUICK fit." if meta["settings"]["quick"] else "")


def harmless(table: pd.DataFrame) -> pd.DataFrame:
    """The table with an apostrophe before any text that a spreadsheet would run."""

    def still(value: Any) -> Any:
        return f"'{value}" if isinstance(value, str) and value.startswith(_RUNS) else value

    texts = [name for name in table if not pd.api.types.is_numeric_dtype(table[name])]
    return table.assign(**{str(name): table[name].map(still) for name in texts})


def save(figure: Figure, path: Path, words: str) -> None:
    """Write a figure, the same bytes every time, with its words as the file's description."""
    kind = path.suffix.removeprefix(".")
    about: dict[str, dict[str, Any]] = {
        "png": {"Description": words},
        "svg": {"Description": words, "Date": None},
        "pdf": {"Subject": words, "CreationDate": None},
    }
    with mpl.rc_context({"svg.hashsalt": "hbm_model", "svg.fonttype": "path"}):
        figure.savefig(path, dpi=DPI, metadata=about[kind])
