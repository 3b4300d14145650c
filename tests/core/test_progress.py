"""JSON logs: every line of stderr is one, before the verb or after it, in good and in bad."""

import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import fakes
import pytest

from hbm_model import cli
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
    from hbm_model.core.progress import FINISHED, STARTED
    from hbm_model.core.reporters import reporter

    with reporter() as report:
        report("fitting [it]", event=STARTED, stage="fit")
        report("fit took 1 s", event=FINISHED, stage="fit", seconds=1.0)
        report("done")
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(" s  ")[2] for line in lines] == ["fitting [it]", "done"]
