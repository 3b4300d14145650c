"""One fault at a time on a copy of the real data: each is found, placed, and comes with its mend."""

import csv
import datetime
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from hbm_model.evidence import Problem, bundled_data, check_data
from hbm_model.evidence.check import check_folder

from .conftest import Folder, Row


def test_the_bundled_evidence_has_no_problems() -> None:
    assert [str(problem) for problem in check_data(bundled_data())] == []


def only(folder: Folder) -> Problem:
    problems = check_data(folder.path)
    assert len(problems) == 1, "\n".join(map(str, problems))
    return problems[0]


def none_bound(row: Row) -> bool:
    return row["bound"] == "none" and bool(row["low"]) and bool(row["high"])


def actual(row: Row) -> bool:
    return row["status"] == "actual" and row["date_precision"] == "day"


FAULTS: list[tuple[str, Callable[[Row], bool], str, str, str, str]] = [
    # table, which row, column, value, part of the message, part of the mend
    ("yields", none_bound, "vendor", "sk_hinix", "is no known vendor", "did you mean 'sk_hynix'"),
    ("yields", none_bound, "vendor", "Samsunk", "is no known vendor", "did you mean 'Samsung'"),
    ("market", none_bound, "vendor", "zzzzzz", "is no known vendor", "add it to vendors.csv"),
    ("yields", none_bound, "generation", "HBM3F", "is no known generation", "did you mean 'HBM3'"),
    ("milestones", lambda row: True, "generation", "HMB4", "is no known generation", "did you mean 'HBM4'"),
    ("milestones", lambda row: True, "stage", "volum_shipment", "is no known stage", "did you mean 'volume_shipment'"),
    ("milestones", lambda row: True, "layers", "9", "is no known layers", "use one of 4, 8, 12, 16"),
    ("yields", none_bound, "metric", "dye_yield", "is no known metric", "did you mean 'die_yield'"),
    ("capacity", none_bound, "unit", "wmp", "is no known unit", "did you mean 'wpm'"),
    ("yields", none_bound, "bound", "at most", "is no known bound", "use one of none, lower, upper"),
    ("yields", none_bound, "status", "acutal", "is no known status", "did you mean 'actual'"),
    ("yields", none_bound, "origin", "analysts", "is no known origin", "did you mean 'analyst'"),
    ("investment", none_bound, "currency", "RMB", "is no known currency", "use one of KRW, CNY, USD, JPY"),
    ("market", none_bound, "publisher", "", "an empty cell", "fill it in"),
    ("market", none_bound, "publisher", "TrendFroce", "is no known publisher", "did you mean 'TrendForce'"),
    ("market", none_bound, "claim_group", "", "an empty cell", "fill it in"),
    ("market", none_bound, "kind", "repeat", "is no known kind", "use one of"),
    ("yields", none_bound, "high", "180", "above the greatest possible value 100", "look the value"),
    ("yields", none_bound, "low", "-3", "below the least possible value 0", "look the value"),
    ("yields", none_bound, "low", "about 60", "is no number", "write digits"),
    ("capacity", lambda row: none_bound(row) and row["unit"] == "wpm", "low", "-5000", "below the least", "look"),
    ("capacity", lambda row: none_bound(row) and row["unit"] == "pct", "high", "140", "above 100", "look"),
    ("market", lambda row: none_bound(row) and row["metric"] == "hbm_bit_share", "high", "104", "above 100", "look"),
    ("market", lambda row: none_bound(row) and row["metric"] == "hbm_tam", "low", "-4", "below 0", "look"),
    ("investment", lambda row: none_bound(row) and row["metric"] == "capex_total", "low", "-1", "below 0", "look"),
    ("external_forecasts", lambda row: True, "probability", "90", "above the greatest possible value 1", "look"),
    ("yields", none_bound, "period_end", "2025-02-30", "the calendar does not have", "look the date up"),
    ("yields", none_bound, "published", "July 2025", "is no date", "YYYY-MM-DD"),
    ("yields", none_bound, "published", "9999-12-31", "lies in the future", "look the date up"),
    ("policy_events", lambda row: True, "published", "2026-07-02", "lies after observed_through", "move observed"),
    ("yields", actual, "period_end", "2026-12-31", "is claimed as actual but was published on", "mend the date"),
    ("policy_events", lambda row: True, "announced", "2026-12-31", "is claimed but was published on", "mend"),
    ("accelerators", lambda row: row["status"] == "actual", "launch_start", "2026-12-01", "is claimed as act", "mend"),
    ("market", none_bound, "url", "javascript:alert(1)", "is no web address", "https://"),
    ("market", none_bound, "url", "see note", "is no web address", "https://"),
    ("yields", none_bound, "high", "", "is empty, where bound says none", "set bound to lower"),
    ("yields", lambda row: row["bound"] == "lower", "high", "100", "is filled, where bound says lower", "empty high"),
    ("yields", lambda row: row["bound"] == "lower", "low", "", "is empty, where bound says lower", "into low"),
    ("yields", lambda row: row["bound"] == "upper", "high", "", "is empty, where bound says upper", "into high"),
    ("milestones", lambda row: True, "recalled", "yes", "neither true nor false", "write true or false"),
    (
        "generations",
        lambda row: bool(row["spec_ids"]),
        "spec_ids",
        "spec001 spec9999",
        "names 'spec9999'",
        "rows that ex",
    ),
    ("vendors", lambda row: row["vendor"] == "cxmt", "bloc", "chian", "is no known bloc", "did you mean 'china'"),
]


@pytest.mark.parametrize(("table", "wanted", "column", "value", "says", "mend"), FAULTS)
def test_a_broken_cell_is_named_with_its_mend(
    table: str, wanted: Callable[[Row], bool], column: str, value: str, says: str, mend: str, folder: Folder
) -> None:
    line = folder.set(table, folder.find(table, wanted), **{column: value})
    found = [problem for problem in check_data(folder.path) if problem.column == column and problem.row == line]
    assert len(found) == 1
    assert found[0].file == folder.package.tables[table].path
    assert found[0].value == value
    assert says in found[0].message
    assert mend in found[0].mend


def test_low_above_high(folder: Folder) -> None:
    line = folder.set("yields", folder.find("yields", none_bound), low="80", high="60")
    problem = only(folder)
    assert (problem.row, problem.column, problem.value) == (line, "high", "60")
    assert str(problem) == (
        f"claims/yields.csv, row {line}, column high: '60' is less than low, which is 80; "
        "swap the two, or look them up again."
    )


def test_an_end_before_its_start(folder: Folder) -> None:
    index = folder.find("capacity")
    start = folder.rows("capacity")[index]["period_start"]
    line = folder.set("capacity", index, period_end="2001-01-01")
    problem = only(folder)
    assert (problem.row, problem.column) == (line, "period_end")
    assert problem.message == f"lies before period_start, which is {start}"


def test_a_unit_of_another_metric(folder: Folder) -> None:
    wanted = folder.find("market", lambda row: row["metric"] == "hbm_tam")
    line = folder.set("market", wanted, unit="usd_per_gb")
    problem = only(folder)
    assert (problem.row, problem.column, problem.message) == (line, "unit", "is no unit of hbm_tam")


def test_a_month_is_as_exact_as_it_says(folder: Folder) -> None:
    """A page dated by its month may speak of any day of that month as past, and of no later one."""
    happened = {"status": "occurred", "published": "2025-03-15", "date_start": "2025-03-01"}
    index = folder.find("milestones")
    folder.set("milestones", index, **happened, date_precision="month", date_end="2025-03-31")
    assert check_data(folder.path) == []
    folder.set("milestones", index, date_precision="day")
    assert only(folder).column == "date_end"
    folder.set("milestones", index, date_precision="month", date_end="2025-04-01")
    assert only(folder).column == "date_end"


def test_a_duplicate_id(folder: Folder) -> None:
    rows = folder.rows("milestones")
    last = rows[-1]
    folder.write("milestones", [*rows, {**last, "note": "again"}])
    problem = only(folder)
    assert (problem.row, problem.column, problem.value) == (len(rows) + 2, "id", last["id"])
    assert problem.message == f"stands already in row {len(rows) + 1}"


@pytest.mark.parametrize(
    "value", ["=1+1", "+1", "-cmd|' /C calc'!A0", "@SUM(1)", "<img src=x onerror=alert(1)>", "[red]a"]
)
def test_formulas_and_markup_are_data(value: str, folder: Folder) -> None:
    folder.set("yields", folder.find("yields"), note=value)
    assert check_data(folder.path) == []


def test_negative_numbers_stand_where_they_mean_something(folder: Folder) -> None:
    wanted = folder.find("market", lambda row: row["metric"] == "hbm_asp_change_yoy" and none_bound(row))
    folder.set("market", wanted, low="-40", high="-30")
    folder.set(
        "investment",
        folder.find("investment", lambda row: row["metric"] == "profit"),
        low="-9",
        high="-8",
        bound="none",
    )
    assert check_data(folder.path) == []


def test_a_misspelt_column(folder: Folder) -> None:
    path = folder.file("capacity")
    path.write_text(path.read_text(encoding="utf-8").replace("period_start", "period_strat", 1), encoding="utf-8")
    problem = only(folder)
    assert (problem.file, problem.row, problem.column) == ("claims/capacity.csv", 1, "period_strat")
    assert problem.mend == "rename it to 'period_start'"


def test_a_missing_and_an_extra_column(folder: Folder) -> None:
    columns = list(folder.package.tables["yields"].fields)
    rows = [{**{name: row[name] for name in columns if name != "bound"}, "price": "1"} for row in folder.rows("yields")]
    folder.write("yields", rows, [name for name in columns if name != "bound"] + ["price"])
    assert [(problem.column, problem.row) for problem in check_data(folder.path)] == [("price", 1), ("bound", 1)]


def test_a_missing_table_and_a_stray_file(folder: Folder) -> None:
    folder.file("market").rename(folder.path / "claims" / "markte.csv")
    missing, stray = check_data(folder.path)
    assert (missing.file, missing.message) == ("claims/market.csv", "the table is missing")
    assert (stray.file, stray.mend) == ("claims/markte.csv", "rename it to claims/market.csv")


@pytest.mark.parametrize("raw", [b"", b"\x00\x01\x02", "id,é\n".encode("latin-1")])
def test_an_unreadable_table_does_not_hide_the_other_faults(raw: bytes, folder: Folder) -> None:
    folder.file("vendors").write_bytes(raw)
    line = folder.set("yields", folder.find("yields", none_bound), high="200")
    assert [(p.file, p.row) for p in check_data(folder.path) if p.file != "vendors.csv"] == [
        ("claims/yields.csv", line)
    ]
    assert len(check_data(folder.path)) == 2


@pytest.mark.parametrize("path", ["nowhere", "data/claims", "data/vendors.csv"])
def test_no_data_folder(path: str, folder: Folder) -> None:
    problem = check_data(folder.path.parent / path)[0]
    assert problem.file == "datapackage.json"


def test_a_clock_before_the_end_of_gathering(folder: Folder) -> None:
    _, problems = check_folder(folder.path, datetime.date(2026, 6, 1))
    assert "lies in the future (today is 2026-06-01)" in problems[0].message


def test_problems_come_in_the_order_of_files_and_rows(folder: Folder) -> None:
    for table, index in [("vendors", 3), ("market", 30), ("market", 2), ("yields", 5)]:
        folder.set(table, index, **{"label" if table == "vendors" else "url": ""})
    places = [(Path(problem.file).stem, problem.row) for problem in check_data(folder.path)]
    assert places == [("yields", 7), ("market", 4), ("market", 32), ("vendors", 5)]


NASTY = [
    "",
    "0",
    "-1",
    "1e400",
    "nan",
    "2025-02-30",
    "9999-12-31",
    "0001-01-01",
    "x" * 9999,
    "a\nb",
    '"',
    ",",
    "=1",
    "<b>",
]
NASTY += [
    "\u202e",
    "\U0001d7d9",
    "http://[",
    "http://a.b:x",
    "lower",
    "actual",
    "cxmt",
    " ",
    "\ufeff",
    "\r",
    "spec001 spec1",
]


@pytest.mark.parametrize("seed", range(12))
def test_no_folder_breaks_the_check_itself(seed: int, folder: Folder) -> None:
    """Strew nonsense over cells, headers and bytes: all of it is told, in lines that can be printed."""
    dice = random.Random(seed)
    tables = list(folder.package.tables)
    for table in dice.sample(tables, 5):
        records = [list(row.values()) for row in folder.rows(table)]
        cells = [list(folder.package.tables[table].fields), *records]
        for _ in range(20):
            record = dice.choice(cells[dice.randrange(2) :] or cells)
            record[dice.randrange(len(record))] = dice.choice(NASTY)
        with folder.file(table).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(cells)
    path = folder.file(dice.choice(tables))
    raw = bytearray(path.read_bytes())
    raw[dice.randrange(len(raw))] = dice.randrange(256)
    path.write_bytes(raw)
    problems = check_data(folder.path)
    assert problems
    for problem in problems:
        assert str(problem).isprintable()
        assert len(str(problem)) < 1000
        assert all((problem.file, problem.message, problem.mend))
