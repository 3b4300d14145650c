"""The verbs of the scenarios."""

from pathlib import Path
from typing import Annotated

import typer

from hbm_model.cli.options import Data, Debug, Json, show

app = typer.Typer(help="What policy may do: the scenarios.", no_args_is_help=True)


@app.command("list")
def scenarios_list(data: Data = None, as_json: Json = False, debug: Debug = False) -> None:
    """List the scenarios."""
    from hbm_model.cli.views import scenarios as view
    from hbm_model.policy.scenarios import load_scenarios

    scenarios = load_scenarios(data)
    if as_json:
        show(view.list_json(scenarios))
    else:
        view.print_list(scenarios)


@app.command("show")
def scenarios_show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of a scenario.")],
    data: Data = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show what a scenario assumes, which measures it stands for, and what it sets when."""
    from hbm_model.cli.views import scenarios as view
    from hbm_model.policy.scenarios import find_scenario, read_policy_inputs

    policy = read_policy_inputs(data)
    scenario = find_scenario(policy.scenarios, name)
    if as_json:
        show(view.show_json(scenario, policy.levers))
    else:
        view.print_scenario(scenario, policy.scenarios, policy.levers)


@app.command("check")
def scenarios_check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A scenario file of yours, or one of the folder.")],
    data: Data = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Check a scenario file beside those of the data folder and list all problems, each with its mend."""
    from hbm_model.policy.scenarios import check_scenario_file

    problems = check_scenario_file(file, data)
    if problems:
        from hbm_model.policy.entries import refuse

        raise refuse(str(file), problems)
    show({"file": str(file), "problems": []} if as_json else f"{file}: no problems")
