"""The verb that makes a run."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hbm_model.cli.options import DRAWING, AsOf, Data, Debug, Json, LogFormat, Store, output_of, reporting, show, where
from hbm_model.core.errors import HbmError, InputError


def forecast_command(
    context: typer.Context,
    as_of: AsOf = None,
    data: Data = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A scenario beside the baseline; may be repeated. (default: all shipped; none if quick)",
        ),
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
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer draws, a looser gate, no scenarios but those named; marked as quick.")
    ] = False,
    store: Store = None,
    force: Annotated[bool, typer.Option("--force", help="Fit again even if nothing changed since a run.")] = False,
    alert_if: Annotated[
        list[str] | None,
        typer.Option(
            metavar="EXPR",
            help="Tell when a number moved further since the last run than this, as in 'frontier_lag@2028Q4>0.5', "
            "'generation_lag:HBM3>0.5' or 'question:ID>0.1'; may be repeated.",
        ),
    ] = None,
    alert_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write, as JSON, that an alert was raised.")
    ] = None,
    alert_exit: Annotated[bool, typer.Option("--alert-exit", help="End with exit code 1 after an alert.")] = False,
    log_format: LogFormat = "text",
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Fit the joint model to the evidence, check the fit, store the forecast and print the gap."""
    root, output = where(store), output_of(context)
    if alert_file is not None and not alert_file.parent.is_dir():
        raise InputError(f"--alert-file {alert_file}: there is no folder {alert_file.parent}; make it first")
    try:
        from hbm_model.cli.views import runs as view
        from hbm_model.store import pipeline
        from hbm_model.store.stored import StoredRun

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
            alert_if=tuple(alert_if or ()),
            workers=DRAWING,
        )
        with reporting(context) as report:
            result = pipeline.run_forecast(options, report)
    except KeyboardInterrupt as signal:
        raise HbmError(f"interrupted ({signal or 'SIGINT'}); no half-written run is left in {root}") from None
    stored = StoredRun(result.run)
    outcome = {"reused": result.reused, "alerts": [asdict(alert) for alert in result.alerts]}
    show(view.as_json(stored) | outcome if as_json else view.as_text(stored))
    fired = [alert.words for alert in result.alerts if alert.fired]
    if not fired:
        return
    if alert_file is not None:
        alert_file.write_bytes(stored.alerts_file.read_bytes())
    output.complain("alert", f"moved since the run before: {'; '.join(fired)}")
    if alert_exit:
        raise typer.Exit(HbmError.exit_code)


def _names(given: list[str] | None, files: list[Path] | None) -> tuple[str, ...] | None:
    """Scenarios asked for by name; with files alone, none beside them."""
    return tuple(given or ()) if given or files else None
