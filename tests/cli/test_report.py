"""The verb `report`: where the page goes, and what is refused."""

import json
from pathlib import Path

import pytest
from program import exit_code

from hbm_model.report.words import CATALOGUE


@pytest.fixture(autouse=True)
def plain_page(monkeypatch: pytest.MonkeyPatch, made_up_store: Path, tmp_path: Path) -> None:
    monkeypatch.setattr("hbm_model.report.render.page", lambda _facts, words, _report: f"<html lang={words.lang}>")
    monkeypatch.setenv("HBM_MODEL_STORE", str(made_up_store))
    monkeypatch.chdir(tmp_path)


def test_the_page_of_the_latest_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], made_up_store: Path
) -> None:
    run = (made_up_store / "latest").resolve().name
    assert exit_code(monkeypatch, "report") == 0
    assert capsys.readouterr().out == f"report-{run}.html\n"
    assert Path(f"report-{run}.html").read_text() == "<html lang=en>"
    assert exit_code(monkeypatch, "report", run[:20], "--lang", "ko", "--out", "gap.html", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"run": run, "path": "gap.html", "bytes": 14}


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("--lang", "xx"), f"there is no report in 'xx'; there are: {', '.join(CATALOGUE.languages)}"),
        (("nosuch",), "has no run 'nosuch'"),
        (("--out", "no/such/folder/x.html"), "no/such/folder/x.html: cannot be written"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], fault: str
) -> None:
    assert exit_code(monkeypatch, "report", *words) == 2
    assert fault in capsys.readouterr().err
