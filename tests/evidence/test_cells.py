import contextlib
import datetime
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbm_model.evidence.cells import CellError, parse_date, parse_number, read_cell
from hbm_model.evidence.schema import Field

URL = Field("url", "string", "uri", "", {})


def field(kind: str = "string", **constraints: object) -> Field:
    return Field("column", kind, "", "", constraints)


@given(st.dates())
def test_every_day_is_read_from_its_iso_spelling(day: datetime.date) -> None:
    assert parse_date(day.isoformat()) == day


@given(st.text() | st.from_regex(r"\d{1,4}-\d{1,2}-\d{1,2}", fullmatch=True))
def test_a_date_has_one_spelling(text: str) -> None:
    with contextlib.suppress(CellError):
        assert parse_date(text).isoformat() == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_is_read_from_its_spelling(number: float) -> None:
    assert parse_number(repr(number)) == number


@given(st.text() | st.from_regex(r"[-+ ]?\d+[.,e_%]?\d*", fullmatch=True))
def test_text_is_a_finite_number_or_refused(text: str) -> None:
    try:
        number = parse_number(text)
    except CellError:
        return
    assert math.isfinite(number)
    assert number == float(text)
    assert text.isascii()
    assert not set(text) & set("_ \n")


@pytest.mark.parametrize(
    "text",
    [
        "80%",
        "1,000",
        "~80",
        "nan",
        "inf",
        "-inf",
        "1e999",
        " 80",
        "80 ",
        "1_000",
        "\uff18\uff10",
        ".",
        "0x10",
        "eighty",
    ],
)
def test_text_in_a_number_is_refused(text: str) -> None:
    with pytest.raises(CellError, match="no number"):
        read_cell(text, field("number"))


@pytest.mark.parametrize("text", ["2025-02-30", "2025-13-01", "0000-01-01", "2023-02-29"])
def test_a_day_that_no_calendar_has_is_refused(text: str) -> None:
    with pytest.raises(CellError, match="calendar"):
        read_cell(text, field("date"))


@pytest.mark.parametrize(
    "text", ["20250131", "2025-W05-5", "31.01.2025", "2025-1-31", "2025-01-31 ", "2025-01-31T00:00", "soon"]
)
def test_another_spelling_of_a_date_is_refused(text: str) -> None:
    with pytest.raises(CellError, match="no date"):
        read_cell(text, field("date"))


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "JavaScript://example.com/%0aalert(1)",
        "data:text/html,x",
        "ftp://example.com/a",
        "www.example.com",
        "http://",
        "https:///path",
        "http://localhost",
        "https://exa mple.com",
        "https://example.com/\nX",
        'https://example.com/"><script>',
        "https://example.com:99999/",
        "https://[::1",
        "n/a",
    ],
)
def test_a_url_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(CellError, match="web address"):
        read_cell(text, URL)


@pytest.mark.parametrize(
    "text",
    [
        "http://192.0.2.1/?Slot=2",
        "https://example.com./a",
        "https://example.com/sk하이닉스-hbm",
        "https://example.com:8080/a?b=c#d",
    ],
)
def test_odd_but_real_urls_pass(text: str) -> None:
    assert read_cell(text, URL) == text


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|x", "-2+3", "@SUM(A1)", "<script>alert(1)</script>", "[bold]x[/]", "  ", "NA", "null"]
)
def test_any_text_is_data(text: str) -> None:
    assert read_cell(text, field()) == text


def test_constraints_are_held() -> None:
    assert read_cell("", field()) is None
    assert read_cell("100", field("number", minimum=0, maximum=100)) == 100
    assert read_cell("8", field("integer", enum=[4, 8])) == 8
    assert read_cell("2026", field("year")) == 2026
    assert read_cell("true", field("boolean")) is True
    for text, kind, constraints, says in [
        ("", "string", {"required": True}, "empty cell"),
        ("101", "number", {"maximum": 100}, "above the greatest possible value 100"),
        ("-1", "number", {"minimum": 0}, "below the least possible value 0"),
        ("0", "number", {"exclusiveMinimum": 0}, "must lie above 0"),
        ("1999-12-31", "date", {"minimum": "2000-01-01"}, "below the least possible value 2000-01-01"),
        ("9", "integer", {"enum": [4, 8]}, "no known column"),
        ("8.0", "integer", {}, "no whole number"),
        ("26", "year", {}, "no year"),
        ("True", "boolean", {}, "neither true nor false"),
        ("=1+1", "string", {"pattern": "[a-z]+"}, "not of the form"),
    ]:
        with pytest.raises(CellError, match=says):
            read_cell(text, field(kind, **constraints))


def test_a_slip_in_a_word_gets_the_near_word() -> None:
    with pytest.raises(CellError) as caught:
        read_cell("volume_shipmnt", field(enum=["sample", "qualified", "volume_shipment"]))
    assert "did you mean 'volume_shipment'" in caught.value.mend
    with pytest.raises(CellError) as caught:
        read_cell("xxxxxxxxxxx", field(enum=["sample", "qualified"]))
    assert caught.value.mend == "use one of sample, qualified"
