"""Ctrl-C in any verb: one line, exit code 1, and no traceback; also while a real model is compiled."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from program import exit_code

from hbm_model.charts import write


def interrupted(*_: object, **_options: object) -> Any:
    signal.raise_signal(signal.SIGINT)


def swallowed(*_: object, **_options: object) -> Any:
    """As a library in C does, which makes an error of its own of it."""
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        raise ValueError("no matrix") from None


@pytest.mark.parametrize("drawing", [interrupted, swallowed])
def test_an_interrupted_verb_says_so(
    drawing: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    made_up_store: Path,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(write, "write_charts", drawing)
    assert exit_code(monkeypatch, "charts", "--store", str(made_up_store)) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "hbm-model: interrupted (SIGINT)"
    assert exit_code(monkeypatch, "--log-format", "json", "charts", "--store", str(made_up_store)) == 1
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line.get("stage") for line in lines] == ["run", "run", "charts", None]
    assert (lines[-1]["event"], lines[-1]["exit_code"]) == ("failed", 1)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_compiling_can_be_interrupted(number: signal.Signals, tmp_path: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "hbm_model", "forecast", "--quick", "--store", str(tmp_path / "runs")],
        env=os.environ | {"XDG_CACHE_HOME": str(tmp_path / "nothing compiled")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stderr is not None
    assert any("compiling" in line for line in program.stderr)
    time.sleep(4)
    sent = time.monotonic()
    program.send_signal(number)
    out, err = program.communicate(timeout=60)
    assert time.monotonic() - sent < 2
    assert (program.returncode, out) == (1, "")
    assert err.splitlines()[-1].startswith(f"hbm-model: interrupted ({number.name})")
    assert "Traceback" not in err
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {".lock"}
