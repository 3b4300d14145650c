"""The verb that judges new claims."""

from pathlib import Path
from typing import Annotated

import typer

from hbm_model.cli.options import Data, Debug, Json, Store, reporting, show, where


def assess_command(
    context: typer.Context,
    claims: Annotated[Path, typer.Argument(metavar="CLAIMS.csv", help="New claims, in the columns of one table.")],
    table: Annotated[
        str | None,
        typer.Option(metavar="TABLE", help="yields, milestones, capacity or market. (default: told by the columns)"),
    ] = None,
    run: Annotated[
        str | None, typer.Option(metavar="RUN", help="A run id or how it begins. (default: the latest)")
    ] = None,
    store: Store = None,
    data: Data = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write the verdicts as CSV.")] = None,
    refit: Annotated[
        bool, typer.Option("--refit", help="Fit again with the new claims, for the gaps; as slow as a forecast.")
    ] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Say what to make of new claims: how surprising each is, and how it would move the gap."""
    from hbm_model.analysis.assess import assess
    from hbm_model.cli.views import assess as view
    from hbm_model.core.progress import stage
    from hbm_model.evidence import load_evidence
    from hbm_model.store.stored import load_run

    stored = load_run(run, where(store))
    with reporting(context) as report:
        with stage(report, "run", "reading the run"):
            fit, evidence = stored.fit, stored.evidence if data is None else load_evidence(stored.manifest.as_of, data)
        with stage(report, "assess", "judging the claims"):
            found = assess(claims, fit, table, evidence, refit, progress=report)
    if out is not None:
        from hbm_model.charts.write import harmless

        harmless(found.claims).to_csv(out, index=False, lineterminator="\n")
    if as_json:
        show({"run": stored.run_id, **view.as_json(found)})
    else:
        view.print_assessment(found)
