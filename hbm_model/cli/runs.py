"""The verbs of the stored runs."""

from typing import Annotated

import typer

from hbm_model.cli.options import Debug, Json, Store, reporting, show, where
from hbm_model.core.errors import InputError

app = typer.Typer(help="The stored runs.", no_args_is_help=True)


@app.command("list")
def runs_list(store: Store = None, as_json: Json = False, debug: Debug = False) -> None:
    """List the stored runs, oldest first; rejected fits as well."""
    from hbm_model.store.disk import list_runs

    runs = list_runs(where(store), rejected=True)
    if as_json:
        show([{"path": str(run.path), "manifest": dict(run.manifest)} for run in runs])
        return
    rows = [
        f"{run.run_id}  {run.status:9}  as of {run.manifest.as_of}  seed {run.manifest.seed}"
        f"{'  quick' if run.manifest.quick else ''}"
        for run in runs
    ]
    show("\n".join(rows) or f"{where(store)} holds no run yet; make one with: hbm-model forecast")


@app.command("show")
def runs_show(
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="A run id or how it begins.  [default: latest]")
    ] = None,
    store: Store = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show one run: the gap that it found, how good its fit was, what it took."""
    from hbm_model.cli.views import runs as view
    from hbm_model.store.stored import load_run

    found = load_run(run, where(store))
    show(view.as_json(found) if as_json else view.as_text(found))


@app.command("verify")
def runs_verify(
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="A run id or how it begins.  [default: all runs]")
    ] = None,
    store: Store = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Check that every byte of the runs is as it was published; exit code 1 and a list where one is not."""
    from hbm_model.store import verify

    verdict = verify.verify(where(store), run)
    show(verify.as_json(verdict) if as_json else verify.as_text(verdict))
    if not verdict.clean:
        raise typer.Exit(1)


@app.command("diff")
def runs_diff(
    context: typer.Context,
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN_A] [RUN_B]",
            help="Run ids or how they begin: the earlier and the later, or the later alone.  "
            "[default: the newest, and the one before it]",
        ),
    ] = None,
    store: Store = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Say what moved between two runs, and split it into time, claims, the rest and Monte-Carlo error."""
    from hbm_model.cli.views import diff as view
    from hbm_model.core.progress import stage
    from hbm_model.store import diff

    names = [None, None, *(runs or [])]
    if len(names) > 4:
        raise InputError(f"{' '.join(runs or [])} are more than two runs; name the earlier and the later one")
    with reporting(context) as report, stage(report, "diff", "splitting what moved"):
        found = diff.difference(where(store), *names[-2:])
    show(view.as_json(found) if as_json else view.as_text(found))


@app.command("sql")
def runs_sql(
    statement: Annotated[
        str,
        typer.Argument(
            metavar="SELECT", help="One SELECT over runs, diagnostics, forecasts, contrasts, questions, draws and more."
        ),
    ],
    store: Store = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Ask the published runs a question in SQL; every table has run_id and vintage."""
    from hbm_model.store import sql

    rows = sql.query(statement, where(store))
    show(sql.as_json(rows) if as_json else sql.as_text(rows))
