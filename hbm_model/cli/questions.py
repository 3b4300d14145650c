"""The verbs of the dated questions."""

from typing import Annotated

import typer

from hbm_model.cli.options import Data, Debug, Json, Store, show, where

app = typer.Typer(help="Dated questions: their probabilities, and how they came out.", no_args_is_help=True)


@app.command("list")
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
    from hbm_model.cli.views import questions as view
    from hbm_model.store import question_scores
    from hbm_model.store.disk import list_runs
    from hbm_model.store.stored import load_run

    root = where(store)
    stored = load_run(run, root) if run is not None or list_runs(root) else None
    rows = question_scores.listed(stored, data)
    show(view.as_json(rows) if as_json else view.list_text(rows, stored))


@app.command("score")
def questions_score(store: Store = None, data: Data = None, as_json: Json = False, debug: Debug = False) -> None:
    """Score the stored runs, and other forecasters, on the questions that have an outcome."""
    from hbm_model.cli.views import questions as view
    from hbm_model.store import question_scores

    found = question_scores.scores(where(store), data)
    show(view.as_json(found) if as_json else view.score_text(found))
