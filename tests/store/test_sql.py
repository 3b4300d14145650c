"""SQL over the runs: views by vintage, one SELECT, nothing written, cells that stay data."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import fakes
import pandas as pd
import pytest

from hbm_model import cli
from hbm_model.core.errors import InputError
from hbm_model.store import disk, sql

START = datetime(2026, 11, 22, 5, 45, tzinfo=UTC)
MARKUP = "=1+1 [red]<script>\n\x1b[31m"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two published runs and a rejected one, in a folder with a quote in its name."""
    root = tmp_path_factory.mktemp("it's") / "runs"
    for number, finish in enumerate((disk.publish, disk.publish, disk.reject)):
        with disk.locked(root), disk.draft(root, f"{number}" * 64, START + timedelta(days=number)) as staged:
            made = fakes.forecast(fakes.Fit(fakes.FitSettings()), ("baseline", "match_act"))
            frame = made.frame.assign(q50=made.frame["q50"] + number)
            frame.loc[frame["quantity"] == "output_ratio", "unit"] = MARKUP
            frame.to_parquet(staged.path / "forecast.parquet")
            made.contrasts.to_parquet(staged.path / "contrasts.parquet")
            if number:  # a table that older runs do not have
                pd.DataFrame({"event": ["HBM3"], "information": [0.2]}).to_parquet(staged.path / "watch.parquet")
            figures = fakes.Diagnostics(passed=True).to_dict()
            (staged.path / "diagnostics.json").write_text(json.dumps(figures))
            facts = {"as_of": str(date(2026, 11, 22 + number)), "seed": 7, "hashes": {"evidence": "e" * 64}}
            finish(staged, {**facts, "seconds": {"fit": 90.0, "charts": 8.0}})
    return root


def test_a_number_by_vintage(root: Path) -> None:
    rows = sql.query(
        "SELECT vintage, q50 FROM forecasts WHERE scenario = 'baseline' AND quantity = 'frontier_lag' "
        "AND period = '2028Q4' ORDER BY vintage",
        root,
    )
    assert rows["q50"].tolist() == [4.0, 5.0], "published runs alone, each once"
    assert [str(day.date()) for day in rows["vintage"]] == ["2026-11-22", "2026-11-23"]


def test_every_run_is_a_row_with_its_fit(root: Path) -> None:
    rows = sql.query(
        "SELECT r.run_id, r.hash_evidence, r.seconds, d.r_hat, d.passed FROM runs r JOIN diagnostics d USING (run_id)",
        root,
    )
    assert rows["run_id"].tolist() == [run.run_id for run in disk.list_runs(root)]
    assert (rows["r_hat"].tolist(), rows["passed"].all()) == ([1.004, 1.004], True)
    assert rows["seconds"].tolist() == [98.0, 98.0]


def test_a_table_that_some_runs_lack_and_one_that_all_lack(root: Path) -> None:
    assert len(sql.query("SELECT * FROM watch", root)) == 1
    with pytest.raises(InputError, match=r"(?s)the SQL is wrong: .*ledger.*; views: runs, diagnostics, forecasts"):
        sql.query("SELECT * FROM ledger", root)


@pytest.mark.parametrize(
    "statement",
    [
        "DROP VIEW forecasts",
        "CREATE TABLE x AS SELECT 1",
        "SELECT 1; SELECT 2",
        "COPY runs TO '{root}/stolen.csv'",
        "DELETE FROM runs",
        "ATTACH '{root}/new.duckdb'",
        "SET enable_external_access = true",
        "",
    ],
)
def test_nothing_but_one_select(root: Path, statement: str) -> None:
    before = sorted(root.rglob("*"))
    with pytest.raises(InputError, match="one SELECT at a time"):
        sql.query(statement.format(root=str(root).replace("'", "''")), root)
    assert sorted(root.rglob("*")) == before


def test_no_other_file_is_read(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with pytest.raises(InputError, match="the SQL is wrong"):
        sql.query(f"SELECT * FROM read_csv('{tmp_path / 'secret.csv'}')", root)


def test_markup_formulas_and_control_characters_stay_data(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["SELECT unit, q50 FROM forecasts WHERE quantity = 'output_ratio' LIMIT 1", "--store", str(root)]
    for more in ([], ["--json"]):
        monkeypatch.setattr("sys.argv", ["hbm-model", "runs", "sql", *words, *more])
        with pytest.raises(SystemExit) as end:
            cli.main()
        assert end.value.code in {None, 0}
        out = capsys.readouterr().out
        if more:
            assert json.loads(out)[0]["unit"] == MARKUP
        else:
            assert [line.split("  ")[0].strip() for line in out.splitlines()][1:] == ["=1+1 [red]<script>"]
            assert "\x1b" not in out


def test_text_of_what_is_missing_or_nothing() -> None:
    rows = pd.DataFrame({"name": ["a", None], "value": [0.123456789, float("nan")]})
    assert sql.as_text(rows).splitlines() == ["name     value", "a     0.123457", "-            -"]
    assert sql.as_text(rows.iloc[:0]) == "name  value"
    days = pd.DataFrame({"vintage": pd.to_datetime(["2026-11-24 00:00", "2026-11-25 12:30"])})
    assert sql.as_text(days.iloc[:1]) == "vintage\n2026-11-24"
    assert sql.as_text(days).splitlines()[2] == "2026-11-25 12:30:00"
    assert sql.as_json(rows)[1] == {"name": None, "value": None}


def test_an_empty_store_and_a_missing_library_are_said(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="holds no published run yet"):
        sql.query("SELECT 1", tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    with pytest.raises(InputError, match="needs DuckDB"):
        sql.query("SELECT 1", root)
