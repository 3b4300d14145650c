"""The verb that writes the report."""

from pathlib import Path
from typing import Annotated

import typer

from hbm_model.cli.options import Debug, Json, Store, reporting, show, where


def report_command(
    context: typer.Context,
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="A run id or how it begins.  [default: latest]")
    ] = None,
    store: Store = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Where the page goes. (default: report-<run>.html)")
    ] = None,
    lang: Annotated[str, typer.Option(metavar="en|ko", help="English or Korean.")] = "en",
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Write one self-contained page about a run: the answer, the gaps, policies, what to watch, the evidence."""
    from hbm_model.report import write_report
    from hbm_model.report.words import load_words
    from hbm_model.store.stored import load_run

    load_words(lang)  # a wrong language is told before anything is read
    found = load_run(run, where(store))
    with reporting(context) as report:
        path = write_report(found, out or Path(f"report-{found.run_id}.html"), lang, report)
    show({"run": found.run_id, "path": str(path), "bytes": path.stat().st_size} if as_json else str(path))
