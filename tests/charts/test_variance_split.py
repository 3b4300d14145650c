"""A gap's variance by source."""

import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hbm_model import charts
from hbm_model.charts.variance_split import COLUMNS, variance_split_words
from hbm_model.core.errors import InputError

from .conftest import texts

QUARTERS = ["2028Q4", "2032Q4"]


def numbers(axes: list[Axes]) -> list[float]:
    return [round(float(bar.get_width()), 6) for ax in axes for bar in ax.patches]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    sources = {
        "match_act": ["shocks", "policy: tool_servicing", "industry", "policy: immersion_access"],
        "china_push": ["industry", "policy", "shocks"],
    }
    rows = [
        (scenario, quantity, period, source, 0.1 * (i + 1), 0.02, 0.1 * (i + 1) + 0.05, 0.03)
        for scenario, own in sources.items()
        for quantity in ("output_ratio", "frontier_lag_at_least")
        for period in QUARTERS
        for i, source in enumerate(own)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def test_every_index_is_drawn(frame: pd.DataFrame) -> None:
    axes = charts.variance_split(frame)
    assert axes.shape == (2, 2)
    drawn = numbers(list(axes.flat))
    wanted = [round(value, 6) for value in [*frame["first"], *frame["total"]]]
    assert sorted(drawn) == pytest.approx(sorted(wanted))


def test_sources_have_an_order_and_names(frame: pd.DataFrame) -> None:
    table = charts.variance_split_table(frame)
    first = table[(table["scenario"] == "match_act") & (table["period"] == "2028Q4")]["source"].iloc[:4]
    assert list(first) == ["industry", "policy: immersion_access", "policy: tool_servicing", "shocks"]
    assert list(dict.fromkeys(table["scenario"])) == ["match_act", "china_push"]
    said = texts(charts.variance_split(frame)[0, 0])
    assert {"Industry", "Immersion access", "Policy, all levers", "Shocks", "MATCH Act"} <= set(said)


def test_one_gap_of_one_scenario_on_given_axes(frame: pd.DataFrame) -> None:
    given = list(Figure().subplots(1, 2))
    drawn = charts.variance_split(frame[frame["scenario"] == "match_act"], ["output_ratio"], ax=given)
    assert list(drawn.flat) == given
    assert "MATCH Act" not in texts(given[0])
    assert given[0].get_title(loc="left") == "Output ratio, 2028Q4"


def test_what_is_missing_is_said(frame: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="lacks the columns total_conf"):
        charts.variance_split(frame.drop(columns="total_conf"))
    with pytest.raises(InputError, match="'yield_gap' is not in the split; there are: output_ratio"):
        charts.variance_split(frame, ["yield_gap"])


def test_it_is_said_in_words(frame: pd.DataFrame) -> None:
    words = variance_split_words(charts.variance_split_table(frame))
    assert "Output ratio in 2028Q4 under MATCH Act: Industry 30 % (35 % in total)" in words
