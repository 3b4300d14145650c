"""The verb that checks the inference itself."""

from pathlib import Path
from typing import Annotated

import typer

from hbm_model.cli.options import AsOf, Data, Debug, Json, reporting, show
from hbm_model.core.errors import HbmError


def calibrate_command(
    context: typer.Context,
    as_of: AsOf = None,
    data: Data = None,
    simulations: Annotated[
        int, typer.Option(min=2, max=10_000, metavar="N", help="Worlds to simulate and to fit.")
    ] = 200,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=1024, metavar="N", help="Fits side by side. (default: as many as there are cores)"),
    ] = None,
    dask: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler that runs them instead: tcp://host:8786.")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the study; goes on where it stopped.")] = Path(
        "calibration"
    ),
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, metavar="N", help="Same seed, same worlds.")] = 20260701,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Simulate evidence of known worlds, fit it, and test whether the truth ranks evenly among the draws."""
    try:
        from hbm_model.cli.views.calibrate import study_json, study_text
        from hbm_model.evaluation.calibration.sbc import Study, run_study
        from hbm_model.evidence import load_evidence

        day = load_evidence(as_of=as_of, data=data).as_of
        study = Study(day.isoformat(), data, seed)
        with reporting(context) as report:
            ranks = run_study(study, simulations, out, workers, dask, report)
    except KeyboardInterrupt as signal:
        raise HbmError(
            f"interrupted ({signal or 'SIGINT'}); what was simulated stands in {out}, and the same command goes on"
        ) from None
    show(study_json(ranks) if as_json else study_text(ranks))
