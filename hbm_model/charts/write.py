"""All charts of a run, each beside the table that it draws and its description in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from hbm_model.charts.catalogue import CHARTS, Chart, Material
from hbm_model.charts.kit import style
from hbm_model.charts.kit.words import language, say
from hbm_model.core.errors import InputError
from hbm_model.core.parallel import helped
from hbm_model.core.progress import ADVANCED, Report, silent
from hbm_model.core.version import __version__

if TYPE_CHECKING:
    from hbm_model.charts.kit.rows import StoredForecast
    from hbm_model.evidence import Evidence
    from hbm_model.forecasting.forecast import Forecast
    from hbm_model.inference.fit import Fit

FORMATS = ("svg", "png", "pdf")
DPI = 300
_FEW = 6
"""Charts that are drawn before another process has begun to help."""
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for a formula at the start of a cell (OWASP, CSV injection)."""


def write_charts(
    folder: str | Path,
    evidence: Evidence,
    fit: Fit,
    forecast: Forecast,
    formats: Sequence[str] = ("svg", "png"),
    lang: str = "en",
    run_id: str = "",
    runs: Sequence[StoredForecast] = (),
    scores: pd.DataFrame | None = None,
    names: Sequence[str] = (),
    report: Report = silent,
    workers: int = 1,
) -> list[Path]:
    """Write every chart in every format, with ``<name>.csv`` (what is drawn) and ``<name>.txt`` (what it says).

    Parameters
    ----------
    folder
        Where the files go; made if it is not there.
    evidence
        From :func:`hbm_model.load_evidence`.
    fit
        From :func:`hbm_model.fit`.
    forecast
        From :func:`hbm_model.forecast`.
    formats
        Out of ``svg``, ``png``, ``pdf``; none for tables and descriptions alone.
    lang
        Language that has a catalogue, like ``en`` or ``ko``.
    run_id
        Id of the run in the source line (default: none).
    runs
        Stored runs, this one among them, for how its headlines moved (default: not drawn).
    scores
        Scores of past forecasts, for :func:`hbm_model.charts.skill` (default: not drawn).
    names
        Names of the charts to write (default: all that this run has).
    report
        Told which chart's turn it is (default: nobody is).
    workers
        Processes that draw, this one among them. More than one need a main module that may be imported again, as for
        every use of :mod:`multiprocessing`. The files are the same.

    Returns
    -------
    list[Path]
        The paths of the written files.

    Raises
    ------
    InputError
        For an unknown format or language, or a chart that this run has none of.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise InputError(f"unknown chart format {unknown[0]!r}; there are: {', '.join(FORMATS)}")
    material = Material(evidence, fit, forecast, runs, scores)
    drawn = {chart.name: chart for chart in CHARTS if chart.when(material)}
    missing = [name for name in names if name not in drawn]
    if missing:
        raise InputError(f"this run has no chart {missing[0]!r}; there are: {', '.join(drawn)}")
    with language(lang):
        source = source_line(evidence, fit, run_id)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    order = _Order(material, folder, tuple(formats), lang, source)
    chosen = list(names or drawn)
    total = len(chosen)

    def turn(name: str, done: int) -> None:
        report(f"chart {done + 1} of {total}: {name}", event=ADVANCED, stage="charts", done=done, total=total)

    written = helped(_drawn, order, chosen, workers if total > _FEW else 1, turn)
    report(f"chart {total} of {total}", event=ADVANCED, stage="charts", done=total, total=total)
    return [path for paths in written for path in paths]


@dataclass(frozen=True)
class _Order:
    """What all charts of a folder have in common."""

    material: Material
    folder: Path
    formats: tuple[str, ...]
    lang: str
    source: str


def _drawn(order: _Order, name: str) -> list[Path]:
    """Write the chart of that name; returns the paths of its files."""
    chart = next(chart for chart in CHARTS if chart.name == name)
    with language(order.lang):
        return _write(chart, order.material, order.folder, order.formats, order.source)


def _write(chart: Chart, material: Material, folder: Path, formats: Sequence[str], source: str) -> list[Path]:
    table = chart.table(material)
    words = chart.words(table)
    paths = [folder / f"{chart.name}.{kind}" for kind in ("csv", "txt", *formats)]
    harmless(table).to_csv(paths[0], index=False, lineterminator="\n")
    paths[1].write_text(f"{words}\n{source}\n", encoding="utf-8")
    if formats:
        figure = chart.figure(material)
        style.sign(figure, source)
        _lay_out(figure)
        for path in paths[2:]:
            save(figure, path, words)
    return paths


def _lay_out(figure: Figure) -> None:
    """Fix the place of everything; without an engine, a figure is drawn once for each format and no more."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    with mpl.rc_context({"figure.autolayout": False, "figure.constrained_layout.use": False}):
        figure.set_layout_engine(None)


def source_line(evidence: Evidence, fit: Fit, run_id: str = "") -> str:
    """Source line of a chart: version, evidence and its dates, run, and whether the fit was quick.

    Parameters
    ----------
    evidence
        Evidence that is drawn; named where it is not the fit's own.
    fit
        From :func:`hbm_model.fit`.
    run_id
        Id of the run (empty: not named).
    """
    meta = fit.meta
    digest = str(meta["evidence"])
    words = say(
        "write.source", version=__version__, evidence=digest[:8], as_of=meta["as_of"], through=meta["observed_through"]
    )
    run = say("write.run", run=run_id) if run_id else ""
    more = say("write.other", evidence=evidence.digest[:8]) if evidence.digest != digest else ""
    return words + run + more + (say("write.quick") if meta["settings"]["quick"] else "")


def harmless(table: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before any text that a spreadsheet would run.

    Parameters
    ----------
    table
        Any table; a changed copy is returned.
    """

    def quoted(value: Any) -> Any:
        return f"'{value}" if isinstance(value, str) and value.startswith(_RUNS) else value

    texts = [name for name in table if not pd.api.types.is_numeric_dtype(table[name])]
    return table.assign(**{str(name): table[name].map(quoted) for name in texts})


def save(figure: Figure, path: Path, words: str) -> None:
    """Write a figure, the same bytes every time, with its words as the file's description.

    Parameters
    ----------
    figure
        What to write.
    path
        File; its suffix is the format, out of ``FORMATS``.
    words
        Alt text.
    """
    kind = path.suffix.removeprefix(".")
    about: dict[str, dict[str, Any]] = {
        "png": {"Description": words},
        "svg": {"Description": words, "Date": None},
        "pdf": {"Subject": words, "CreationDate": None},
    }
    with mpl.rc_context({"svg.hashsalt": "hbm_model", "svg.fonttype": "path"}):
        figure.savefig(path, dpi=DPI, metadata=about[kind])
