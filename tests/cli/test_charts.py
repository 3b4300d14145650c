"""The verb `charts`: what it draws of a stored run, where that goes, and what is refused."""

import json
from pathlib import Path

import pytest
from program import exit_code

from hbm_model.charts import write
from hbm_model.charts.kit.words import CATALOGUE

ONE = "capacity_ratio"


@pytest.fixture(autouse=True)
def one_kind(monkeypatch: pytest.MonkeyPatch, made_up_store: Path, tmp_path: Path) -> None:
    monkeypatch.setattr(write, "CHARTS", [chart for chart in write.CHARTS if chart.name == ONE])
    monkeypatch.setenv("HBM_MODEL_STORE", str(made_up_store))
    monkeypatch.chdir(tmp_path)


def test_the_charts_of_the_latest_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], made_up_store: Path
) -> None:
    run = (made_up_store / "latest").resolve().name
    assert exit_code(monkeypatch, "charts") == 0
    said = capsys.readouterr()
    assert said.out == f"1 charts in charts-{run}\n"
    assert "drawing the charts" in said.err
    assert {path.suffix for path in Path(f"charts-{run}").iterdir()} == {".csv", ".txt", ".svg", ".png"}
    assert run in (Path(f"charts-{run}") / f"{ONE}.txt").read_text()


def test_formats_and_language_and_folder_are_chosen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], made_up_store: Path
) -> None:
    run = (made_up_store / "latest").resolve().name
    words = (run[:20], "--name", ONE, "--format", "pdf, svg", "--lang", "ko", "--out", "mine", "--json")
    assert exit_code(monkeypatch, "charts", *words) == 0
    files = [f"{ONE}.{kind}" for kind in ("csv", "txt", "pdf", "svg")]
    assert json.loads(capsys.readouterr().out) == {"run": run, "folder": "mine", "files": files}
    assert "생산능력" in (Path("mine") / f"{ONE}.txt").read_text()


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("--format", "bmp"), "unknown chart format 'bmp'; there are: svg, png, pdf"),
        (("--name", "shares"), "this run has no chart 'shares'; there are: capacity_ratio"),
        (("--lang", "xx"), f"not lettered in 'xx'; there are: {', '.join(CATALOGUE.languages)}"),
        (("nosuch",), "has no run 'nosuch'"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], fault: str
) -> None:
    assert exit_code(monkeypatch, "charts", *words) == 2
    assert fault in capsys.readouterr().err.splitlines()[-1]


def test_a_run_of_an_older_model_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], older_store: Path
) -> None:
    assert exit_code(monkeypatch, "charts", "--store", str(older_store)) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert "was made by an older version of hbm_model" in last
    assert "(transition: micron:HBM3)" in last
    assert last.endswith("hbm-model forecast --force")
