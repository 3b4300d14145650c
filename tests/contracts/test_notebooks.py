"""Notebooks are kept without outputs, and run from top to bottom on a stored run."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

RUNNER = Path(__file__).with_name("notebook_runner.py")
NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
MOST_CELLS, MOST_LINES = 13, 14


def test_the_notebooks_are_six_articles() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        *("01_the_answer", "02_reading_the_evidence", "03_yields_and_stacking"),
        *("04_capacity_and_output", "05_policies", "06_how_good_is_it"),
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_thin_and_holds_no_outputs(path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(notebook.cells) <= MOST_CELLS
    assert max(len(cell.source.splitlines()) for cell in code) <= MOST_LINES
    assert not [cell for cell in code if cell.outputs or cell.execution_count], f"strip the outputs of {path.name}"


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, tmp_path: Path, made_up_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HBM_MODEL_STORE", str(made_up_store))
    cells = run(path, tmp_path)
    assert not errors(cells)
    outputs = [output for cell in cells for output in cell.outputs]
    assert any("<table" in output.get("data", {}).get("text/html", "") for output in outputs), "nothing showed itself"
    assert path.stem.startswith("06") or any("image/png" in output.get("data", {}) for output in outputs), "no chart"
    drawn = [cell.id for cell in cells if any("image/png" in output.get("data", {}) for output in cell.outputs)]
    assert drawn == [cell.id for cell in cells if "hbm.charts." in cell.source]


@pytest.mark.slow
def test_a_notebook_that_hangs_is_ended_and_its_cell_named(tmp_path: Path) -> None:
    path = made_up(tmp_path, "1 + 1", "import time\ntime.sleep(10_000)", "2 + 2")
    with pytest.raises(AssertionError, match=r"(?s)made_up\.ipynb: .* timed out after 5 seconds.*cell made-up-1$"):
        run(path, tmp_path, seconds=5)


def test_a_notebook_whose_process_dies_fails(tmp_path: Path) -> None:
    path = made_up(tmp_path, "import os\nos._exit(3)")
    with pytest.raises(AssertionError, match=r"(?s)made_up\.ipynb: .* exit status 3.*cell made-up-0$"):
        run(path, tmp_path)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("1 +", "SyntaxError"),
        ("%no_such_magic", "UsageError"),
        ("input()", "EOFError"),
        ("import sys\nsys.exit()", "SystemExit"),
        ("import ipywidgets\n_ = ipywidgets.interact(lambda n: 1 / n, n=[0])", "ZeroDivisionError"),
    ],
)
def test_an_error_is_among_the_outputs(source: str, told: str, tmp_path: Path) -> None:
    (error,) = errors(run(made_up(tmp_path, "1 + 1", source), tmp_path))
    assert error.startswith("made-up-1\n")
    assert told in error


def test_values_displays_and_figures_are_among_the_outputs(tmp_path: Path) -> None:
    shown = "from IPython.display import HTML, display\ndisplay(HTML('<p>'))\n_"
    figure = "%matplotlib inline\nimport matplotlib.pyplot as plt\n_ = plt.plot([1, 2])"
    value, silent, both, chart = run(made_up(tmp_path, "1 + 1", "2 + 2;", shown, figure), tmp_path)
    assert [output.data for output in value.outputs] == [{"text/plain": "2"}]
    assert silent.outputs == []
    assert [(output.output_type, output.data["text/plain"][:1]) for output in both.outputs] == [
        *(("display_data", "<"), ("execute_result", "2")),
    ]
    assert [set(output.data) for output in chart.outputs] == [{"text/plain", "image/png"}]


def made_up(folder: Path, *sources: str) -> Path:
    """A notebook with these cells."""
    nbformat = pytest.importorskip("nbformat")
    cells = [nbformat.v4.new_code_cell(source, id=f"made-up-{number}") for number, source in enumerate(sources)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "made_up.ipynb")
    return folder / "made_up.ipynb"


def run(path: Path, folder: Path, seconds: float = 120) -> list[Any]:
    """The code cells of a notebook with their outputs: a process of its own runs them in that folder, up to an error.

    It waits for that process so many seconds and no longer; then the one test fails, and says at which cell.
    """
    nbformat, _ = pytest.importorskip("nbformat"), pytest.importorskip("IPython")
    executed = folder / "executed.ipynb"
    program = [sys.executable, str(RUNNER), str(path), str(executed)]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    try:
        subprocess.run(program, cwd=folder, **pipes, timeout=seconds, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        words = (error.output or b"").decode(errors="replace")
        raise AssertionError(f"{path.name}: {error}; its last words:\n{words[-2000:].rstrip()}") from None
    return [cell for cell in nbformat.read(executed, as_version=4).cells if cell.cell_type == "code"]


def errors(cells: list[Any]) -> list[str]:
    """What went wrong, each beginning with the name of its cell."""
    return [
        "\n".join((cell.id, *output.traceback))
        for cell in cells
        for output in cell.outputs
        if output.output_type == "error"
    ]
