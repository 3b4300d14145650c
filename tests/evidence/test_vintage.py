"""Nothing that was published after a day reaches the vintage of that day, to the bit."""

import datetime

import pandas as pd
import pytest

from hbm_model.core.errors import InputError
from hbm_model.evidence import Evidence, load_evidence
from hbm_model.evidence.vintage import read_as_of

from .conftest import Folder

DAYS = ["2019-06-30", "2023-12-31", "2025-06-30", "2026-06-30"]
TODAY = datetime.date(2026, 11, 22)


def assert_same_tables(one: Evidence, other: Evidence) -> None:
    assert one.digest == other.digest
    assert one.observed_through == other.observed_through
    assert list(one.tables) == list(other.tables)
    for name, frame in one.tables.items():
        pd.testing.assert_frame_equal(frame, other.tables[name], check_exact=True)
    pd.testing.assert_frame_equal(one.references["generations"], other.references["generations"], check_exact=True)


def later_rows(folder: Folder, table: str, day: str) -> list[int]:
    """Return the indices of the uncorrected rows published after a day."""
    touched = {row["id"] for row in folder.rows("corrections") if row["table"] == table}
    column = folder.package.tables[table].published
    end = "-12-31" if column == "year" else ""
    rows = enumerate(folder.rows(table))
    return [index for index, row in rows if row["id"] not in touched and row[column] + end > day]


def disturb_after(folder: Folder, day: str) -> None:
    """Change every later row of every table, remove one, add one by a newcomer, and correct one."""
    figures = {identity for row in folder.rows("generations") for identity in row["spec_ids"].split()}
    corrections = folder.rows("corrections")
    for table in folder.package.of_role("claims"):
        rows = folder.rows(table.name)
        later = later_rows(folder, table.name, day)
        if not later:
            continue
        for index in later:
            rows[index] |= {"note": "changed", "url": "https://example.com/", "claim_group": f"{table.name}-g9999"}
        newcomer = {"publisher": "A later paper"} | ({"vendor": "newcomer"} if "vendor" in table.fields else {})
        added = {**rows[later[0]], "id": "late1", **newcomer}
        row = {"table": table.name, "id": "late1", "field": "note", "expect": "changed", "value": "corrected"}
        corrections.append({**row, "reason": "read again", "corrected": "2026-07-20"})
        gone = next((index for index in later if rows[index]["id"] not in figures), None)
        folder.write(table.name, [added, *(row for index, row in enumerate(rows) if index != gone)])
    folder.write("corrections", corrections)
    folder.write("publishers", [{"publisher": "A later paper", "kind": "news", "note": ""}, *folder.rows("publishers")])
    newcomer = {"vendor": "newcomer", "label": "Newcomer", "bloc": "japan", "note": ""}
    folder.write("vendors", [*folder.rows("vendors"), newcomer])


@pytest.mark.parametrize("day", DAYS)
def test_no_change_of_later_rows_reaches_a_vintage(day: str, folder: Folder) -> None:
    before, whole = load_evidence(day, folder.path), load_evidence(data=folder.path)
    disturb_after(folder, day)
    assert_same_tables(before, load_evidence(day, folder.path))
    after = load_evidence(data=folder.path)
    assert after.digest != whole.digest
    assert sum("late1" in set(table["id"]) for table in after.tables.values()) >= 3


@pytest.mark.parametrize("day", DAYS)
def test_every_table_is_cut_on_its_publication(day: str) -> None:
    evidence, whole = load_evidence(day), load_evidence()
    for name, table in evidence.tables.items():
        assert list(table.index) == list(range(len(table)))
        assert table.dtypes.equals(whole.tables[name].dtypes)
        if name == "specs":
            assert (table["year"].map("{:.0f}-12-31".format) <= day).all()
        else:
            assert (table["published"] <= day).all()
            assert len(table) == (whole.tables[name]["published"] <= day).sum()


def test_what_was_said_early_of_a_later_time_stays() -> None:
    milestones = load_evidence("2025-06-30").tables["milestones"]
    assert (milestones["date_start"] > "2026-01-01").any()


def test_observed_through_moves_back_with_the_vintage_and_never_forward() -> None:
    assert load_evidence("2026-06-30").observed_through == datetime.date(2026, 6, 30)
    assert load_evidence("2026-08-01").observed_through == datetime.date(2026, 7, 1)


def test_figures_of_a_generation_wait_for_a_spec_that_they_rest_on() -> None:
    early, late = (load_evidence(day).references["generations"].set_index("generation") for day in ("2020-06-30", None))
    assert list(early.index) == list(late.index)
    assert early["bandwidth_gbs"].notna().tolist() != late["bandwidth_gbs"].notna().tolist()
    assert early.loc["HBM2", "bandwidth_gbs"] == late.loc["HBM2", "bandwidth_gbs"]
    assert pd.isna(early.loc["HBM4", "bandwidth_gbs"])
    assert early.loc["HBM4", "layers"] == ""


def test_the_digest_is_of_the_contents_alone(folder: Folder) -> None:
    before = load_evidence("2025-06-30", folder.path).digest
    for table in folder.package.tables.values():
        rows = folder.rows(table.name)
        folder.write(table.name, rows[::-1], list(table.fields)[::-1])
        path = folder.file(table.name)
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    index = folder.find("yields", lambda row: row["published"] < "2025" and row["low"] == row["high"])
    value = folder.rows("yields")[index]["low"]
    spelt = f"{value}0" if "." in value else f"{value}.0"
    folder.set("yields", index, low=spelt, high=spelt)
    assert load_evidence("2025-06-30", folder.path).digest == before


@pytest.mark.parametrize(("table", "column", "value"), [("yields", "note", "x"), ("vendors", "bloc", "other")])
def test_the_digest_sees_an_earlier_change(table: str, column: str, value: str, folder: Folder) -> None:
    before = load_evidence("2025-06-30", folder.path).digest
    folder.set(table, folder.find(table, lambda row: row.get("published", "") < "2025"), **{column: value})
    assert load_evidence("2025-06-30", folder.path).digest != before


def test_an_early_day_has_no_evidence() -> None:
    with pytest.raises(InputError, match="nothing published on or before 2001-01-01; its first claim is of 20"):
        load_evidence("2001-01-01")


@pytest.mark.parametrize(
    "as_of", ["2026-06-30", " 2026-06-30", datetime.date(2026, 6, 30), pd.Timestamp("2026-06-30 12:00")]
)
def test_a_day_is_a_text_or_a_date(as_of: str | datetime.date) -> None:
    assert read_as_of(as_of, TODAY) == datetime.date(2026, 6, 30)


@pytest.mark.parametrize("as_of", ["2026-02-30", "20260630", "yesterday", "", "2026-06", 2026, pd.NaT, True])
def test_a_day_that_is_none_is_refused(as_of: str) -> None:
    with pytest.raises(InputError, match="YYYY-MM-DD"):
        read_as_of(as_of, TODAY)


def test_a_day_to_come_is_refused_but_for_the_time_zones() -> None:
    assert read_as_of(None, TODAY) == TODAY
    assert read_as_of("2026-11-23", TODAY) == datetime.date(2026, 11, 23)
    with pytest.raises(InputError, match="in the future"):
        read_as_of("2026-11-24", TODAY)
