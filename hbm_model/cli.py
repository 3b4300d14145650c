"""The command line: thin wrappers that parse, call and print. Nothing heavy is imported before a command needs it."""

import json
import sys
import traceback
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from hbm_model.errors import HbmError

app = typer.Typer(
    name="hbm-model",
    help="How far Chinese makers of high-bandwidth memory are behind the Korean ones: claims in, forecast out.",
    epilog="Exit codes: 0 done; 2 bad input or usage; 3 the fit failed its gate; 4 the store is locked; 1 other.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
data_app = typer.Typer(help="Check and count the evidence.", no_args_is_help=True)
scenarios_app = typer.Typer(help="What policy may do: the scenarios.", no_args_is_help=True)
questions_app = typer.Typer(help="Dated questions: their probabilities, and how they came out.", no_args_is_help=True)
runs_app = typer.Typer(help="The stored runs.", no_args_is_help=True)
app.add_typer(data_app, name="data")
app.add_typer(scenarios_app, name="scenarios")
app.add_typer(questions_app, name="questions")
app.add_typer(runs_app, name="runs")


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write it like 2026-06-30") from None


AsOf = Annotated[
    date | None,
    typer.Option(parser=_day, metavar="DATE", help="Use only claims published by this date. (default: today)"),
]
Data = Annotated[Path | None, typer.Option(metavar="DIR", help="A data folder. (default: the bundled evidence)")]
Store = Annotated[
    Path | None,
    typer.Option(metavar="DIR", envvar="HBM_MODEL_STORE", help="Where runs are kept. (default: ./runs)"),
]
Json = Annotated[bool, typer.Option("--json", help="Print a machine-readable result on stdout.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


@app.callback()
def root(debug: Debug = False) -> None:
    """Hold the options that may also stand before a verb."""


@app.command("forecast")
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
    where = _store(store)
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
            store=where,
            force=force,
        )
        with reporter() as report:
            result = pipeline.run_forecast(options, report)
    except KeyboardInterrupt as signal:
        raise HbmError(f"interrupted ({signal or 'SIGINT'}); no half-written run is left in {where}") from None
    _print(summary.as_json(result.run) | {"reused": result.reused} if as_json else summary.as_text(result.run))


@data_app.command("check")
def data_check(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="A data folder.")] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Check every table of a data folder and list all problems, each with its mend."""
    from hbm_model.evidence import bundled_data, check_data

    where = folder or bundled_data()
    problems = check_data(where)
    if problems:
        from hbm_model.evidence.problem import refuse

        raise refuse(problems, where)
    _print({"folder": str(where), "problems": []} if as_json else f"{where}: no problems")


@data_app.command("summary")
def data_summary(as_of: AsOf = None, data: Data = None, as_json: Json = False, debug: Debug = False) -> None:
    """Count which claims the model uses, by table, vendor and reason."""
    from hbm_model.evidence import load_evidence
    from hbm_model.evidence.usage import usage_table
    from hbm_model.usage_report import usage_json, usage_text

    evidence = load_evidence(as_of=as_of, data=data)
    usage = usage_table(evidence)
    _print(usage_json(evidence, usage) if as_json else usage_text(evidence, usage))


@scenarios_app.command("list")
def scenarios_list(data: Data = None, as_json: Json = False, debug: Debug = False) -> None:
    """List the scenarios."""
    from hbm_model import scenario_report
    from hbm_model.policy.scenario import load_scenarios

    scenarios = load_scenarios(data)
    if as_json:
        _print(scenario_report.list_json(scenarios))
    else:
        scenario_report.print_list(scenarios)


@scenarios_app.command("show")
def scenarios_show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of a scenario.")],
    data: Data = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show what a scenario assumes, which measures it stands for, and what it sets when."""
    from hbm_model import scenario_report
    from hbm_model.policy.scenario import find_scenario, load_scenarios, scenario_levers

    scenarios, levers = load_scenarios(data), scenario_levers(data)
    found = find_scenario(scenarios, name)
    if as_json:
        _print(scenario_report.show_json(found, levers))
    else:
        scenario_report.print_scenario(found, scenarios, levers)


@scenarios_app.command("check")
def scenarios_check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A scenario file of yours, or one of the folder.")],
    data: Data = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Check a scenario file beside those of the data folder and list all problems, each with its mend."""
    from hbm_model.policy.scenario import check_scenario_file

    problems = check_scenario_file(file, data)
    if problems:
        from hbm_model.policy.check import refuse

        raise refuse(str(file), problems)
    _print({"file": str(file), "problems": []} if as_json else f"{file}: no problems")


@questions_app.command("list")
def questions_list(
    run: Annotated[
        str | None, typer.Option(metavar="RUN", help="A run id or how it begins. (default: the latest)")
    ] = None,
    store: Store = None,
    data: Data = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """List the questions, the next to close first, with the probabilities of a run."""
    from hbm_model import question_report
    from hbm_model.store import find_run, list_runs

    where = _store(store)
    found = find_run(where, run) if run is not None or list_runs(where) else None
    rows = question_report.listed(found, data)
    _print(question_report.as_json(rows) if as_json else question_report.list_text(rows, found))


@questions_app.command("score")
def questions_score(store: Store = None, data: Data = None, as_json: Json = False, debug: Debug = False) -> None:
    """Score the stored runs, and other forecasters, on the questions that have an outcome."""
    from hbm_model import question_report

    found = question_report.scores(_store(store), data)
    _print(question_report.as_json(found) if as_json else question_report.score_text(found))


@runs_app.command("list")
def runs_list(store: Store = None, as_json: Json = False, debug: Debug = False) -> None:
    """List the stored runs, oldest first; rejected fits as well."""
    from hbm_model.store import list_runs

    runs = list_runs(_store(store), rejected=True)
    if as_json:
        _print([{"path": str(run.path), "manifest": dict(run.manifest)} for run in runs])
        return
    rows = [
        f"{run.run_id}  {run.status:9}  as of {run.manifest['as_of']}  seed {run.manifest['seed']}"
        f"{'  quick' if run.manifest.get('quick') else ''}"
        for run in runs
    ]
    _print("\n".join(rows) or f"{_store(store)} holds no run yet; make one with: hbm-model forecast")


@runs_app.command("show")
def runs_show(
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="A run id or how it begins.  [default: latest]")
    ] = None,
    store: Store = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show one run: the gap that it found, how good its fit was, what it took."""
    from hbm_model import summary
    from hbm_model.store import find_run

    found = find_run(_store(store), run)
    _print(summary.as_json(found) if as_json else summary.as_text(found))


def main() -> None:
    """Run the command line; every error becomes one readable message and the contract's exit code."""
    try:
        app()
    except Exception as error:
        # The options are looked up in the raw words: the parsed ones are gone by now.
        if "--debug" in sys.argv:
            traceback.print_exc()
        message, code = _describe(error)
        print(f"hbm-model: {message}", file=sys.stderr)
        if "--json" in sys.argv:
            problems = [vars(problem) for problem in getattr(error, "problems", ())]
            _print({"error": message, "exit_code": code, "problems": problems})
        sys.exit(code)


def _names(given: list[str] | None, files: list[Path] | None) -> tuple[str, ...] | None:
    """Scenarios asked for by name; with files alone, none beside them."""
    return tuple(given or ()) if given or files else None


def _describe(error: Exception) -> tuple[str, int]:
    if isinstance(error, HbmError):
        return str(error), error.exit_code
    first_line = (str(error).splitlines() or [""])[0]
    return f"unexpected {type(error).__name__}: {first_line}; run with --debug for the traceback", HbmError.exit_code


def _store(given: Path | None) -> Path:
    from hbm_model.store import default_store

    return given or default_store()


def _print(result: Any) -> None:
    print(result if isinstance(result, str) else json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False))
