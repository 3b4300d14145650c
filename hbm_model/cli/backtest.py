"""`backtest`: what the model would have said on earlier days, scored against what was claimed later."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from hbm_model.cli.options import Data, Debug, Json, day, reporting, show
from hbm_model.core.errors import HbmError, InputError

_EVERY = re.compile(r"([1-9][0-9]?)M")


def _months(text: str) -> int:
    found = _EVERY.fullmatch(text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is no number of months; write it like 6M, or 3M for quarters")
    return int(found[1])


def backtest_command(
    context: typer.Context,
    first: Annotated[
        date | None, typer.Option("--from", parser=day, metavar="DATE", help="First origin. (default: 2022-12-31)")
    ] = None,
    last: Annotated[
        date | None, typer.Option("--to", parser=day, metavar="DATE", help="Last origin. (default: 2025-12-31)")
    ] = None,
    every: Annotated[
        int, typer.Option(parser=_months, metavar="MONTHS", help="Step between origins, such as 6M or 3M.")
    ] = "6M",  # type: ignore[assignment]  # as the user writes it; typer parses the default too
    variant: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="published (default), early_priors (those of 2022), or a negative control: shuffled, reversed, "
            "biased; may be repeated.",
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, metavar="N", help="Processes. (default: as many as cores)")
    ] = None,
    dask: Annotated[str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler, instead of processes.")] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the study; goes on where it stopped.")] = Path(
        "backtest"
    ),
    data: Data = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Refit the model on earlier vintages, score its forecasts against later claims, and compare it with baselines."""
    from hbm_model.cli.views.backtest import as_json as study_json
    from hbm_model.cli.views.backtest import as_text
    from hbm_model.evaluation import backtest
    from hbm_model.evaluation.study import load_study

    asked = variant or [backtest.VARIANTS[0]]
    if unknown := [name for name in asked if name not in backtest.VARIANTS]:
        raise InputError(f"--variant {unknown[0]}: there is no such one; there are: {', '.join(backtest.VARIANTS)}")
    days = backtest.origins(first or date(2022, 12, 31), last or date(2025, 12, 31), every)
    jobs = [backtest.Origin(day, out, name, data) for name in asked for day in days]
    try:
        with reporting(context) as report:
            backtest.backtest(jobs, workers, dask, report)
    except KeyboardInterrupt as signal:
        raise HbmError(
            f"interrupted ({signal or 'SIGINT'}); origins that are done stand in {out}, and the same command goes on"
        ) from None
    study = load_study(out)
    show(study_json(study) if as_json else as_text(study))
