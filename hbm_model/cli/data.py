"""The verbs of the evidence."""

from pathlib import Path
from typing import Annotated

import typer

from hbm_model.cli.options import AsOf, Data, Debug, Json, show

app = typer.Typer(help="Check and count the evidence.", no_args_is_help=True)


@app.command("check")
def data_check(
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="A data folder.")] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Check every table of a data folder and list all problems, each with its mend."""
    from hbm_model.core.data import bundled_data
    from hbm_model.evidence import check_data

    where = folder or bundled_data()
    problems = check_data(where)
    if problems:
        from hbm_model.core.errors import refuse

        raise refuse(problems, where)
    show({"folder": str(where), "problems": []} if as_json else f"{where}: no problems")


@app.command("summary")
def data_summary(as_of: AsOf = None, data: Data = None, as_json: Json = False, debug: Debug = False) -> None:
    """Count which claims the model uses, by table, vendor and reason."""
    from hbm_model.cli.views.evidence import usage_json, usage_text
    from hbm_model.evidence import load_evidence
    from hbm_model.evidence.selection import usage_table

    evidence = load_evidence(as_of=as_of, data=data)
    usage = usage_table(evidence)
    show(usage_json(evidence, usage) if as_json else usage_text(evidence, usage))
