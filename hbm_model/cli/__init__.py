"""The command line: thin wrappers that parse, call and print. Nothing heavy is imported before a command needs it."""

import sys
import traceback
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from hbm_model.cli import data, questions, runs, scenarios
from hbm_model.cli.assess import assess_command
from hbm_model.cli.backtest import backtest_command
from hbm_model.cli.calibrate import calibrate_command
from hbm_model.cli.charts import charts_command
from hbm_model.cli.forecast import forecast_command
from hbm_model.cli.options import Debug, LogFormat, Output, Version, show
from hbm_model.cli.report import report_command
from hbm_model.core.background import leave
from hbm_model.core.errors import HbmError, InputError
from hbm_model.core.signals import stoppable


class _Verbs(TyperGroup):
    """Verbs that Ctrl-C and SIGTERM end in order and with a message, whatever they are at."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run the verb that was asked for."""
        try:
            with stoppable() as check_stopped:
                try:
                    return super().invoke(ctx)
                finally:  # libraries make other errors of an interrupt, or swallow it
                    check_stopped()
        except KeyboardInterrupt as signal:
            raise HbmError(f"interrupted ({signal or 'SIGINT'})") from None


app = typer.Typer(
    name="hbm-model",
    cls=_Verbs,
    help="How far Chinese makers of high-bandwidth memory are behind the Korean ones: claims in, forecast out.",
    epilog="Exit codes: 0 done; 2 bad input or usage; 3 the fit failed its gate; 4 the store is locked; 1 other.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("forecast")(forecast_command)
app.command("assess")(assess_command)
app.command("backtest")(backtest_command)
app.command("calibrate")(calibrate_command)
app.command("charts")(charts_command)
app.command("report")(report_command)
app.add_typer(data.app, name="data")
app.add_typer(scenarios.app, name="scenarios")
app.add_typer(questions.app, name="questions")
app.add_typer(runs.app, name="runs")


@app.callback()
def root(debug: Debug = False, log_format: LogFormat = "text", version: Version = False) -> None:
    """Hold the options that may also stand before a verb."""


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line; every error becomes one readable message and the contract's exit code.

    Parameters
    ----------
    words
        Of the call, without the program's name (default: the words that the process was called with).
    """
    words = sys.argv[1:] if words is None else list(words)
    output = Output.of(words)
    try:
        # Of JSON lines the parser's own box around an error is none.
        sys.exit(app(words, obj=output, standalone_mode=not output.json_logs) or 0)
    except Exception as error:
        if output.debug:
            traceback.print_exc()
        message, code = _describe(error)
        output.complain("failed", message, exit_code=code)
        if output.as_json:
            problems = [vars(problem) for problem in getattr(error, "problems", ())]
            show({"error": message, "exit_code": code, "problems": problems})
        leave(code)


def _describe(error: Exception) -> tuple[str, int]:
    if isinstance(error, HbmError):
        return str(error), error.exit_code
    if hasattr(error, "format_message"):  # the parser's
        return error.format_message(), getattr(error, "exit_code", InputError.exit_code)
    first_line = (str(error).splitlines() or [""])[0]
    return f"unexpected {type(error).__name__}: {first_line}; run with --debug for the traceback", HbmError.exit_code
