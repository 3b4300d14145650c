"""JSON logs: every line of stderr is one, before the verb or after it, in good and in bad."""

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import fakes
import pytest
from rich.console import Console
from rich.text import Text

from hbm_model import cli
from hbm_model.core import reporters
from hbm_model.core.progress import ADVANCED, FINISHED, STARTED, each_of, stage
from hbm_model.store import disk

Logs = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Logs:
    """Exit code and parsed stderr of `hbm-model WORDS...` on the fakes."""
    monkeypatch.setenv("HBM_MODEL_STORE", str(tmp_path / "runs"))
    for name, module in fakes.modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr("hbm_model.evidence.load.vintage_of", fakes.vintage_of)

    def run(*words: str) -> tuple[int, list[dict[str, Any]]]:
        monkeypatch.setattr(sys, "argv", ["hbm-model", *words])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return int(end.value.code or 0), [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    return run


def test_a_run_says_what_begins_what_ends_and_what_came_of_it(logs: Logs, tmp_path: Path) -> None:
    code, lines = logs("forecast", "--as-of", "2026-10-30", "--log-format", "json")
    run = disk.find_run(tmp_path / "runs")
    stages = ["evidence", "imports", "fit", "save", "forecast", "charts"]
    assert code == 0
    assert [line["stage"] for line in lines if line["event"] == "stage_started"] == stages
    ended = {line["stage"]: line["seconds"] for line in lines if line["event"] == "stage_finished"}
    assert ended == run.manifest["seconds"]
    assert (lines[-1]["event"], lines[-1]["run_id"]) == ("run_published", run.run_id)
    assert all(datetime.fromisoformat(line["time"]).tzinfo and line["level"] == "info" for line in lines)
    code, lines = logs("--log-format=json", "forecast", "--as-of", "2026-10-30")
    assert (code, [(line["event"], line["run_id"]) for line in lines]) == (0, [("run_unchanged", run.run_id)])


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("forecast", "--horizon", "2032", "--log-format", "json"), 2, "write it like 2032Q4"),
        (("--log-format", "json", "runs", "show"), 2, "holds no published run yet"),
        (("--log-format", "json", "forecast", "--bogus"), 2, "No such option"),
        (("--log-format", "json", "forecast", "--as-of", "yesterday"), 2, "is no date"),
    ],
)
def test_errors_are_lines_too(logs: Logs, words: tuple[str, ...], code: int, message: str) -> None:
    found, lines = logs(*words)
    assert (found, len(lines)) == (code, 1)
    assert (lines[0]["level"], lines[0]["event"], lines[0]["exit_code"]) == ("error", "failed", code)
    assert message in lines[0]["message"]


def test_a_failed_gate_and_an_alert_are_lines_too(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_GATE", "failed")
    code, lines = logs("forecast", "--log-format", "json")
    assert (code, lines[-1]["event"], lines[-1]["exit_code"]) == (3, "failed", 3)


def test_plain_lines_say_what_begins_and_not_what_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with reporters.reporter() as report:
        report("fitting [it]", event=STARTED, stage="fit")
        report("fit took 1 s", event=FINISHED, stage="fit", seconds=1.0)
        report("done")
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(" s  ")[2] for line in lines] == ["fitting [it]", "done"]


STAGES = ("sample", "charts")


def advanced(report: Any, *counts: int, total: int = 100) -> None:
    for done in counts:
        report(f"{done} of {total}", event=ADVANCED, stage="sample", done=done, total=total)


def test_plain_lines_say_now_and_then_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 1.0, 5.0, 10.9, 11.1, 15.0, 21.2])
    with reporters.reporter() as report:
        report("sampling", event=STARTED, stage="sample")
    capsys.readouterr()
    monkeypatch.setattr(reporters.time, "monotonic", lambda: next(clock))
    with reporters.reporter() as report:
        report("sampling", event=STARTED, stage="sample")
        advanced(report, 10, 20, 30, 40, 50)
    lines = [line.partition(" s  ")[2] for line in capsys.readouterr().err.splitlines()]
    assert lines == ["sampling", "30 of 100", "50 of 100"]


def test_json_lines_say_at_each_tenth_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with reporters.reporter(as_json=True) as report:
        for _ in range(2):  # a stage that comes again begins anew
            report("sampling", event=STARTED, stage="sample")
            report("drawing", event=STARTED, stage="charts")
            advanced(report, *range(1, 101))
            list(each_of(["a", "b"], "chart", "charts", report))
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    of = {name: [line for line in lines if (line["event"], line["stage"]) == (ADVANCED, name)] for name in STAGES}
    assert [line["done"] for line in of["sample"]] == [1, *range(10, 101, 10)] * 2
    said = [(line["message"], line["done"], line["total"]) for line in of["charts"]]
    assert said == [("chart 1 of 2: a", 0, 2), ("chart 2 of 2: b", 1, 2), ("chart 2 of 2", 2, 2)] * 2


def test_stages_say_how_long_they_took_unless_they_fail() -> None:
    told: list[tuple[str, dict[str, Any]]] = []

    def tell(_words: str, /, *, event: str = "", **facts: Any) -> None:
        told.append((event, facts))

    with stage(tell, "outer", "one within another"), pytest.raises(ValueError, match="no"), stage(tell, "inner", "it"):
        raise ValueError("no")
    assert [(event, facts["stage"]) for event, facts in told] == [
        (STARTED, "outer"), (STARTED, "inner"), (FINISHED, "outer"),
    ]  # fmt: skip
    assert told[-1][1]["seconds"] >= 0


def bars_after(work: Any) -> str:
    """What a terminal shows in the end."""
    file = Terminal()
    with reporters.on_terminal(Console(file=file, force_terminal=True, width=100)) as report:
        work(report)
    return Text.from_ansi(file.getvalue().rpartition("\x1b[2K")[2]).plain


class Terminal(StringIO):
    """A file in which a line can move."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_has_a_bar_where_it_is_known_how_far_it_is_and_a_tick_at_the_end() -> None:
    def work(report: Any) -> None:
        report("3 of 9 stand already")
        with stage(report, "fit", "fitting"):
            with stage(report, "compile", "compiling [it]"):
                pass
            report("sampling", event=STARTED, stage="sample")
            advanced(report, 25)

    shown = [line.split() for line in bars_after(work).splitlines() if line.strip()]
    assert [line[0] for line in shown[:3]] == ["✓"] * 3
    assert shown[2][1:3] == ["compiling", "[it]"]
    moving = " ".join(shown[3])
    assert "sampling: 25 of 100 ━━━━━" in moving
    assert "✓" not in moving


def test_a_notebook_has_one_display_that_is_updated(monkeypatch: pytest.MonkeyPatch) -> None:
    import IPython

    seen: list[str] = []

    class Display:
        def update(self, shown: Any) -> None:
            seen.append(shown._repr_mimebundle_([], [])["text/plain"])

    made: list[Any] = []
    monkeypatch.setattr(IPython.display, "display", lambda shown, **options: made.append(options) or Display())
    monkeypatch.setattr(reporters, "_BETWEEN_DRAWINGS", 0.01)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with reporters.in_notebook() as report, stage(report, "sample", "sampling"):
        advanced(report, 25)
        while not any("25 of 100" in text for text in seen):
            time.sleep(0.01)
    assert made == [{"display_id": True}]
    assert "✓" in seen[-1]


def test_python_shows_bars_where_they_can_move_and_nothing_elsewhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(progress: Any) -> str:
        with reporters.shown(progress) as report:
            report("sampling", event=STARTED, stage="sample")
        return capsys.readouterr().err

    monkeypatch.setenv("FORCE_COLOR", "1")
    assert (said(True), said(False)) == ("", ""), "colours may be wanted of a file, and nothing moves in it"
    told: list[str] = []
    said(lambda words, **_facts: told.append(words))
    assert told == ["sampling"]
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with reporters.shown(True) as report:
        report("sampling", event=STARTED, stage="sample")
    assert "sampling" in terminal.getvalue()
