"""The command line's contract: verbs, exit codes, words, JSON."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import fakes
import pytest
from program import exit_code

import hbm_model
from hbm_model.core.errors import Problem
from hbm_model.store import disk

Outcome = tuple[int, str, str]
Command = Callable[..., Outcome]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `hbm-model WORDS...` on top of the fakes; answers exit code, stdout, stderr."""
    monkeypatch.setenv("HBM_MODEL_STORE", str(tmp_path / "runs"))
    for name, module in fakes.modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr("hbm_model.evidence.load.vintage_of", fakes.vintage_of)

    def run(*words: str) -> Outcome:
        return exit_code(monkeypatch, *words), *capsys.readouterr()

    return run


def run_noting_heavy_imports(*words: str) -> str:
    """Run `hbm-model WORDS...` in a process of its own; answer its stdout, then what heavy it loaded."""
    program = (
        f"import sys; sys.argv = ['hbm-model', *{words}]\n"
        "from hbm_model.cli import main\n"
        "try: main()\n"
        "finally:\n"
        " heavy = {'pymc', 'pytensor', 'numba', 'arviz', 'scipy', 'xarray', 'matplotlib', 'pandas', 'numpy'}\n"
        " print('LOADED', sorted(heavy & set(sys.modules)))"
    )
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


def test_help_answers_at_once_without_pymc() -> None:
    start = time.perf_counter()
    out = run_noting_heavy_imports("--help")
    print(f"hbm-model --help: {time.perf_counter() - start:.2f} s")
    assert "LOADED []" in out
    assert all(verb in out for verb in ("forecast", "data", "runs"))


def test_the_version_is_printed_without_a_verb() -> None:
    out = run_noting_heavy_imports("--version")
    assert out == f"hbm-model {hbm_model.__version__}\nLOADED []\n"


def test_a_data_folder_is_checked_without_pandas() -> None:
    assert "no problems\nLOADED []" in run_noting_heavy_imports("data", "check")


def test_the_version_is_printed_where_logs_are_json(command: Command) -> None:
    assert command("--log-format", "json", "--version") == (0, f"hbm-model {hbm_model.__version__}\n", "")


def test_python_m_is_the_same_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hbm_model", "forecast", "--help"], capture_output=True, text=True, check=True
    )
    options = "as-of data scenario scenario-file horizon draws tune chains seed quick store force json debug"
    assert all(f"--{option} " in done.stdout for option in options.split())


def test_a_forecast_prints_the_gap_and_is_stored_once(command: Command, tmp_path: Path) -> None:
    code, out, err = command("forecast", "--as-of", "2026-10-30", "--seed", "7", "--draws", "10")
    assert code == 0, err
    run = disk.find_run(tmp_path / "runs")
    assert run.run_id in out
    assert "fitting the joint model" in err
    for words in ("2026Q4", "2028Q4", "2032Q4", "4.0 (2.2 to 5.8)", "Worst R-hat 1.0040", "812 bulk and 743 tail"):
        assert words in out
    assert "QUICK" not in out
    files = {path.name for path in run.path.iterdir()}
    assert files == {
        *(
            "manifest.json",
            "diagnostics.json",
            "posterior.nc",
            "forecast.parquet",
            "draws.parquet",
            "contrasts.parquet",
            "questions.parquet",
            "watch.parquet",
            "ledger.parquet",
            "SHA256SUMS",
        ),
        "charts",
    }
    assert run.manifest["options"]["settings"] == {"draws": 10, "tune": 1000, "chains": 4, "seed": 7, "quick": False}
    assert run.manifest["as_of"] == "2026-10-30"
    assert set(run.manifest["hashes"]) == {"evidence", "config", "priors", "policy", "code"}
    assert list(run.manifest["seconds"]) == ["evidence", "imports", "fit", "save", "forecast", "charts"]
    assert run.manifest["peak_memory_mb"] > 0

    code, out, err = command("forecast", "--as-of", "2026-10-30", "--seed", "7", "--draws", "10")
    assert (code, len(disk.list_runs(tmp_path / "runs"))) == (0, 1)
    assert f"nothing changed since run {run.run_id}" in err
    assert "4.0 (2.2 to 5.8)" in out
    assert command("forecast", "--as-of", "2026-10-30", "--seed", "7", "--draws", "10", "--force")[0] == 0
    assert len(disk.list_runs(tmp_path / "runs")) == 2
    assert command("forecast", "--as-of", "2026-10-30", "--seed", "8", "--draws", "10")[0] == 0
    assert len(disk.list_runs(tmp_path / "runs")) == 3


def test_a_quick_run_says_so_everywhere(command: Command) -> None:
    assert "QUICK" in command("forecast", "--quick")[1]
    assert "QUICK" in command("runs", "show")[1]
    assert "quick" in command("runs", "list")[1]
    assert json.loads(command("runs", "show", "--json")[1])["manifest"]["quick"] is True


def test_json_is_the_only_thing_on_stdout(command: Command) -> None:
    code, out, _ = command("forecast", "--json")
    result = json.loads(out)
    assert (code, result["reused"], result["manifest"]["status"]) == (0, False, "published")
    assert {figure["quantity"] for figure in result["figures"]} >= {"frontier_lag", "capacity_ratio", "output_ratio"}
    assert result["figures"][0] == {
        **{"quantity": "frontier_lag", "generation": "", "period": "2026Q4", "unit": "years"},
        **{"median": 4.0, "q05": pytest.approx(2.2), "q95": pytest.approx(5.8), "prob_never": 0.25},
    }
    assert result["diagnostics"]["passed"] is True
    assert [event["event"] for event in result["watch"]] == ["HBM3 next year"]
    assert json.loads(command("runs", "list", "--json")[1])[0]["manifest"] == result["manifest"]


def test_a_failed_gate_publishes_nothing_and_says_by_how_much(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_GATE", "failed")
    code, out, err = command("forecast")
    assert (code, out) == (3, "")
    assert "R-hat 1.034 of cadence exceeds 1.01" in err
    assert disk.list_runs(tmp_path / "runs") == []
    (rejected,) = disk.list_runs(tmp_path / "runs", rejected=True)
    assert str(rejected.path) in err
    assert {path.name for path in rejected.path.iterdir()} == {
        *("manifest.json", "diagnostics.json", "posterior.nc", "SHA256SUMS")
    }
    assert "FAILED its gate" in command("runs", "show", rejected.run_id)[1]
    assert "rejected" in command("runs", "list")[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["forecast", "--horizon", "2032"], "write it like 2032Q4"),
        (["forecast", "--horizon", "2032Q5"], "write it like 2032Q4"),
        (["forecast", "--horizon", "2026Q4"], "must lie after 2026Q4"),
        (["forecast", "--horizon", "2100Q1"], "by 2056Q4"),
        (
            ["forecast", "--scenario", "baseline", "--scenario", "match_ac"],
            "there is no scenario 'match_ac'; did you mean 'match_act'",
        ),
        (["forecast", "--scenario-file", "mine.yaml"], "mine.yaml: the file is missing"),
        (["forecast", "--as-of", "2026-02-30"], "is no date"),
        (["forecast", "--as-of", "20260630"], "is no date"),
        (["forecast", "--draws", "0"], "greater than or equal to 1"),
        (["forecast", "--tune", "-5"], "greater than or equal to 1"),
        (["forecast", "--chains", "0"], "greater than or equal to 1"),
        (["forecast", "--seed", "x"], "valid integer"),
        (["forecast", "--bogus"], "No such option"),
        (["forcast"], "No such command"),
        (["runs", "show"], "holds no published run yet"),
        (["runs", "show", "2026"], "no run '2026'"),
    ],
)
def test_wrong_usage_is_exit_2_with_words(command: Command, tmp_path: Path, words: list[str], message: str) -> None:
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert message in " ".join(err.replace("│", " ").split())
    assert "Traceback" not in err
    assert not (tmp_path / "runs").exists()


def test_a_locked_store_is_exit_4(command: Command, tmp_path: Path) -> None:
    with disk.locked(tmp_path / "runs"):
        code, _, err = command("forecast")
    assert code == 4
    assert "locked by another run" in err


def test_a_store_that_is_a_file_is_exit_1(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = command("forecast", "--store", str(tmp_path / "file"))
    assert code == 1
    assert "there is a file of that name" in err


def test_the_unexpected_is_one_line_until_debug(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **_options: object) -> None:
        raise ZeroDivisionError("first line\nsecond line")

    monkeypatch.setattr(sys.modules["hbm_model.inference.fit"], "fit", broken)
    code, out, err = command("forecast")
    assert (code, out) == (1, "")
    assert err.splitlines()[-1] == (
        "hbm-model: unexpected ZeroDivisionError: first line; run with --debug for the traceback"
    )
    assert "Traceback" not in err
    code, _, err = command("forecast", "--debug")
    assert code == 1
    assert "Traceback" in err


def test_data_check_lists_all_problems(command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = [Problem("claims/yields.csv", row, "value", "180", "is more than 100", "mend it") for row in (2, 9)]
    monkeypatch.setattr("hbm_model.evidence.check_data", lambda _: found, raising=False)
    code, out, err = command("data", "check", str(tmp_path))
    assert (code, out) == (2, "")
    assert "claims/yields.csv, row 9, column value" in err
    code, out, _ = command("data", "check", str(tmp_path), "--json")
    assert code == 2
    assert [problem["row"] for problem in json.loads(out)["problems"]] == [2, 9]
    monkeypatch.setattr("hbm_model.evidence.check_data", lambda _: [])
    assert command("data", "check", str(tmp_path))[:2] == (0, f"{tmp_path}: no problems\n")
