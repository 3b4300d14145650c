"""Notebooks are kept without outputs, and run from top to bottom on a stored run."""

from pathlib import Path

import pytest

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
@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore")  # of Jupyter's own parts; what the notebook warns of stays in its kernel
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, tmp_path: Path, made_up_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    monkeypatch.setenv("HBM_MODEL_STORE", str(made_up_store))
    notebook = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(
        notebook, timeout=500, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    assert any("<table" in output.get("data", {}).get("text/html", "") for output in outputs), "nothing showed itself"
    assert path.stem.startswith("06") or any("image/png" in output.get("data", {}) for output in outputs), "no chart"
