"""The verb `report`: where the page goes, and what is refused."""

import json
import sys
from pathlib import Path

import pytest

from hbm_model import cli


@pytest.fixture(autouse=True)
def plain_page(monkeypatch: pytest.MonkeyPatch, made_up_store: Path, tmp_path: Path) -> None:
    monkeypatch.setattr("hbm_model.report.render.page", lambda _facts, words, _report: f"<html lang={words.lang}>")
    monkeypatch.setenv("HBM_MODEL_STORE", str(made_up_store))
    monkeypatch.chdir(tmp_path)


def hbm_model(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["hbm-model", *words])
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_the_page_of_the_latest_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], made_up_store: Path
) -> None:
    run = (made_up_store / "latest").resolve().name
    assert hbm_model(monkeypatch, "report") == 0
    assert capsys.readouterr().out == f"report-{run}.html\n"
    assert Path(f"report-{run}.html").read_text() == "<html lang=en>"
    assert hbm_model(monkeypatch, "report", run[:20], "--lang", "ko", "--out", "gap.html", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"run": run, "path": "gap.html", "bytes": 14}


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("--lang", "de"), "there is no report in 'de'; there are: en, ko"),
        (("nosuch",), "has no run 'nosuch'"),
        (("--out", "no/such/folder/x.html"), "no/such/folder/x.html: cannot be written"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], fault: str
) -> None:
    assert hbm_model(monkeypatch, "report", *words) == 2
    assert fault in capsys.readouterr().err
