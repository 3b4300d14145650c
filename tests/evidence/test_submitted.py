"""Claims that somebody brings along: what may be left out, what may not, and what stays data."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from hbm_model.core.errors import InputError
from hbm_model.evidence import Evidence
from hbm_model.evidence.submitted import TABLES, read_claims

YIELD = {
    **{"vendor": "cxmt", "generation": "HBM3", "layers": "8", "metric": "final_yield"},
    **{"period_start": "2026-06-01", "period_end": "2026-07-31", "low": "50", "high": "60"},
    **{"status": "actual", "origin": "insider", "published": "2026-08-05"},
}

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(*rows: dict[str, str]) -> Path:
        path = tmp_path / "claims.csv"
        pd.DataFrame(rows).to_csv(path, index=False)
        return path

    return written


def test_what_upkeep_needs_may_be_left_out(write: Write, vintage: Evidence) -> None:
    table, new = read_claims(write(YIELD, YIELD | {"low": "40"}), vintage)
    rows = new.tables["yields"]
    assert table == "yields"
    assert list(rows["id"]) == ["new1", "new2"]
    assert rows["claim_group"].is_unique
    assert set(rows["kind"]) == {"primary"}
    assert set(rows["bound"]) == {"none"}
    assert set(rows["url"]) == set(rows["publisher"]) == {""}
    assert list(rows.columns) == list(vintage.tables["yields"].columns)
    assert (rows.dtypes == vintage.tables["yields"].dtypes).all()
    assert new.observed_through == vintage.observed_through
    assert all(len(frame) == 0 for name, frame in new.tables.items() if name != "yields")
    assert new.digest != vintage.digest


@pytest.mark.parametrize("table", TABLES)
def test_the_table_is_told_by_columns_and_metrics(table: str, vintage: Evidence) -> None:
    rows = vintage.tables[table].head(20)
    found, new = read_claims(rows, vintage)
    assert found == table
    pd.testing.assert_frame_equal(new.tables[table], rows)


def test_a_table_that_cannot_be_told_is_asked_for(write: Write, vintage: Evidence) -> None:
    path = write(YIELD | {"metric": "speed"})
    with pytest.raises(InputError, match="name it with --table"):
        read_claims(path, vintage)
    with pytest.raises(InputError, match="row 2, column metric: 'speed' is no known metric"):
        read_claims(path, vintage, "yields")
    with pytest.raises(InputError, match="did you mean yields"):
        read_claims(path, vintage, "yeilds")


def test_every_fault_is_told_with_its_place_and_mend(write: Write, vintage: Evidence) -> None:
    faulty = [
        YIELD | {"vendor": "cxmtt"},
        YIELD | {"published": "2126-08-05"},
        YIELD | {"low": "70"},
        YIELD | {"low": "", "high": ""},
        YIELD | {"period_end": "31.07.2026"},
        YIELD | {"origin": ""},
    ]
    with pytest.raises(InputError) as caught:
        read_claims(write(*faulty), vintage)
    places = [(each.row, each.column) for each in caught.value.problems]
    assert places == [(2, "vendor"), (3, "published"), (4, "high"), (5, "low"), (6, "period_end"), (7, "origin")]
    assert "did you mean 'cxmt'" in str(caught.value)
    assert all(each.mend for each in caught.value.problems)


def test_a_column_that_says_who_and_when_may_not_be_left_out(write: Write, vintage: Evidence) -> None:
    with pytest.raises(InputError, match="column published: the column is missing"):
        read_claims(write({name: cell for name, cell in YIELD.items() if name != "published"}), vintage)
    with pytest.raises(InputError, match="'metrics' is no column of yields, and 'metric' is missing"):
        read_claims(write({"metrics" if name == "metric" else name: c for name, c in YIELD.items()}), vintage, "yields")


def test_a_claim_may_be_later_than_the_end_of_gathering(write: Write, vintage: Evidence) -> None:
    _, new = read_claims(write(YIELD | {"published": "2026-11-20"}), vintage)
    assert new.tables["yields"]["published"].iloc[0].date() > vintage.observed_through


@pytest.mark.parametrize(
    "hostile", ["=HYPERLINK(1)", "'; DROP TABLE claims; --", "<script>", "{0.__class__}", "a,b\nc"]
)
def test_hostile_words_stay_words(hostile: str, write: Write, vintage: Evidence) -> None:
    _, new = read_claims(write(YIELD | {"note": hostile, "publisher": hostile}), vintage)
    assert new.tables["yields"]["note"].iloc[0] == hostile
    assert new.tables["yields"]["publisher"].iloc[0] == hostile


def test_a_frame_is_read_as_its_file_is(write: Write, vintage: Evidence) -> None:
    frame = pd.DataFrame([YIELD]).assign(low=50.0, high=60, layers=8.0, note=None)
    frame["published"] = pd.to_datetime(frame["published"])
    _, by_frame = read_claims(frame, vintage)
    _, by_file = read_claims(write(YIELD), vintage)
    pd.testing.assert_frame_equal(by_frame.tables["yields"], by_file.tables["yields"])
    assert by_frame.digest == by_file.digest


def test_no_claims_and_no_file_are_told(tmp_path: Path, vintage: Evidence) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text(",".join(YIELD) + "\n")
    with pytest.raises(InputError, match="holds no claims"):
        read_claims(empty, vintage, "yields")
    with pytest.raises(InputError, match="there is no such file"):
        read_claims(tmp_path / "nothing.csv", vintage)
    (tmp_path / "binary.csv").write_bytes(b"PK\x03\x04\x00\xff")
    with pytest.raises(InputError, match="no CSV but binary"):
        read_claims(tmp_path / "binary.csv", vintage)
