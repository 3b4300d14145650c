"""The verb that makes a run."""

from pathlib import Path
from typing import Annotated

import typer

from hbm_model.cli.options import AsOf, Data, Debug, Json, Store, show, where
from hbm_model.errors import HbmError


def forecast_command(
    as_of: AsOf = None,
    data: Data = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A scenario beside the baseline; may be repeated. (default: all shipped)"),
    ] = None,
    scenario_file: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A scenario of your own, as YAML; may be repeated."),
    ] = None,
    horizon: Annotated[str, typer.Option(metavar="QUARTER", help="The last quarter of the forecast.")] = "2032Q4",
    draws: Annotated[
        int | None, typer.Option(min=1, max=100_000, metavar="N", help="Draws to keep of each chain.")
    ] = None,
    tune: Annotated[int | None, typer.Option(min=1, max=100_000, metavar="N", help="Draws to warm up with.")] = None,
    chains: Annotated[int | None, typer.Option(min=1, max=64, metavar="N", help="Chains (default: 4).")] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=2**31 - 1, metavar="N", help="Same seed, same draws.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer draws, a looser gate, marked as quick.")] = False,
    store: Store = None,
    force: Annotated[bool, typer.Option("--force", help="Fit again even if nothing changed since a run.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Fit the joint model to the evidence, check the fit, store the forecast and print the gap."""
    root = where(store)
    try:
        from hbm_model import pipeline, summary
        from hbm_model.progress import reporter

        options = pipeline.ForecastOptions(
            as_of=as_of,
            data=data,
            scenarios=_names(scenario, scenario_file),
            scenario_files=tuple(scenario_file or ()),
            horizon=horizon,
            draws=draws,
            tune=tune,
            chains=chains,
            seed=seed,
            quick=quick,
            store=root,
            force=force,
        )
        with reporter() as report:
            result = pipeline.run_forecast(options, report)
    except KeyboardInterrupt as signal:
        raise HbmError(f"interrupted ({signal or 'SIGINT'}); no half-written run is left in {root}") from None
    show(summary.as_json(result.run) | {"reused": result.reused} if as_json else summary.as_text(result.run))


def _names(given: list[str] | None, files: list[Path] | None) -> tuple[str, ...] | None:
    """Scenarios asked for by name; with files alone, none beside them."""
    return tuple(given or ()) if given or files else None
