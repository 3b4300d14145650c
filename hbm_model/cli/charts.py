"""The verb that draws the charts of a stored run again."""

from pathlib import Path
from typing import Annotated

import typer

from hbm_model.cli.options import DRAWING, Debug, Json, Store, reporting, show, where


def charts_command(
    context: typer.Context,
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="A run id or how it begins.  [default: latest]")
    ] = None,
    formats: Annotated[
        str, typer.Option("--format", metavar="svg,png,pdf", help="Formats, separated by commas.")
    ] = "svg,png",
    names: Annotated[
        list[str] | None,
        typer.Option("--name", metavar="NAME", help="Only this chart, such as frontier_lag; may be repeated."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the charts go. (default: charts-<run>)")
    ] = None,
    lang: Annotated[str, typer.Option(metavar="en|ko", help="English or Korean.")] = "en",
    store: Store = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Draw the charts of a run, each beside the CSV that it draws and its description in words.

    The numbers are those that the run published. How its headlines moved is drawn where the store has earlier vintages.
    """
    from hbm_model.charts.write import write_charts
    from hbm_model.core.progress import stage
    from hbm_model.store.stored import load_run, published

    found = load_run(run, where(store))
    folder = out or Path(f"charts-{found.run_id}")
    with reporting(context) as report:
        with stage(report, "run", "reading the run"):
            evidence, fit, forecast = found.evidence, found.fit, found.forecast
        with stage(report, "charts", "drawing the charts"):
            paths = write_charts(
                folder, evidence, fit, forecast, [name.strip() for name in formats.split(",") if name.strip()], lang,
                run_id=found.run_id, runs=published(found, where(store)), names=names or (), report=report,
                workers=DRAWING,
            )  # fmt: skip
    if as_json:
        show({"run": found.run_id, "folder": str(folder), "files": [path.name for path in paths]})
    else:
        show(f"{len({path.stem for path in paths})} charts in {folder}")
