"""A data folder that the model cannot use ends every verb that reads it in words, with the file at fault."""

import json
import shutil
from pathlib import Path

import pytest
from program import exit_code

from hbm_model.core.data import bundled_data

EXTRA = "claims/lifetimes.csv"


@pytest.fixture
def folder_with_one_more_table(tmp_path: Path) -> Path:
    """A copy of the bundled data folder with one more table of claims, which is valid in itself."""
    folder = shutil.copytree(bundled_data(), tmp_path / "data")
    shutil.copy(folder / "claims" / "yields.csv", folder / EXTRA)
    descriptor = folder / "datapackage.json"
    content = json.loads(descriptor.read_text(encoding="utf-8"))
    yields = next(resource for resource in content["resources"] if resource["name"] == "yields")
    content["resources"].append({**yields, "name": "lifetimes", "path": EXTRA})
    descriptor.write_text(json.dumps(content), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "words",
    [
        "data check {folder}",
        "data summary --data {folder}",
        "forecast --quick --data {folder}",
        "backtest --from 2024-06-30 --to 2024-06-30 --workers 1 --out {out} --data {folder}",
        "calibrate --simulations 2 --workers 1 --out {out} --data {folder}",
        "questions score --data {folder}",
    ],
    ids=lambda words: words.split(" -")[0],
)
def test_a_claims_table_too_many_is_named(
    words: str,
    folder_with_one_more_table: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("HBM_MODEL_STORE", str(tmp_path / "runs"))
    places = {"folder": str(folder_with_one_more_table), "out": str(tmp_path / "out")}
    code = exit_code(monkeypatch, *(word.format(**places) for word in words.split()))
    assert code == 2
    assert f"{EXTRA}: is a table of claims that has no place in the model" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()
