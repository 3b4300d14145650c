"""How gaps are titled: every one in words of both languages, on one line or on two, in percent or not."""

import pytest

from hbm_model import charts
from hbm_model.charts.kit.labels import GAPS, SWEPT, Gap, over_time
from hbm_model.core.errors import InputError
from hbm_model.report.sections import OVER_TIME


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", SWEPT)
def test_a_gap_has_a_title_and_a_definition_that_fits_on_one_line(name: str, language: str) -> None:
    with charts.language(language):
        title, label, inline = SWEPT[name].title, SWEPT[name].label, SWEPT[name].inline
    assert title
    assert "\n" not in title + inline
    assert inline.split() == label.split()


def test_a_title_is_said_when_it_is_asked_for() -> None:
    gap = GAPS["frontier_lag"]
    assert (gap.title, gap.inline) == (
        "Frontier lag",
        "years since Korea first shipped in volume the best generation China ships",
    )
    with charts.language("ko"):
        assert gap.title != "Frontier lag"
    assert gap.title == "Frontier lag"


def test_a_gap_is_found_by_its_own_name_and_in_percent_where_it_is_a_share_of_one() -> None:
    assert all(gap.name == name for name, gap in SWEPT.items())
    assert {name for name, gap in GAPS.items() if gap.percent} == {
        name for name, unit in OVER_TIME.items() if unit in ("ratio", "share")
    }


def test_only_a_sweep_has_the_least_lag() -> None:
    assert set(SWEPT) - set(GAPS) == {"frontier_lag_at_least"}
    assert SWEPT["frontier_lag_at_least"].title == "Frontier lag (at least)"


def test_gaps_over_time_are_all_but_that_by_generation() -> None:
    assert over_time("bit_share") is GAPS["bit_share"]
    assert {name for name in GAPS if name != "generation_lag"} == set(OVER_TIME)
    for name in ("generation_lag", "frontier_lag_at_least", "catch_up", ""):
        with pytest.raises(InputError, match=rf"{name!r} is no gap over time; there are: ") as told:
            over_time(name)
        assert str(told.value).endswith(", ".join(OVER_TIME))


def test_a_gap_without_words_is_no_gap() -> None:
    with pytest.raises(KeyError, match=r"gap\.my_own\.title"):
        _ = Gap("my_own").title
