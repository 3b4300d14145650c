"""The chart of ranks: a panel per group, the band, and what leaves it stands out."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from hbm_model.charts import language
from hbm_model.charts.rank_ecdf import _OUTSIDE, COLUMNS, GROUPS, rank_ecdf, rank_ecdf_table, rank_ecdf_words
from hbm_model.core.errors import InputError
from hbm_model.evaluation.calibration.uniformity import by_quantity


@pytest.fixture(scope="module")
def ranks() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = [
        (group, f"{group} {i}", place)
        for group in GROUPS[::-1]
        for i in range(4)
        for place in rng.uniform(size=60) ** (3.0 if (group, i) == ("gaps", 2) else 1.0)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def test_every_group_has_its_panel_and_every_quantity_its_line(ranks: pd.DataFrame) -> None:
    axes = rank_ecdf(ranks)
    assert axes.shape == (3, 2)
    assert [len(ax.lines) for ax in axes.flat] == [4] * 6
    titles = [ax.get_title(loc="left") for ax in axes.flat]
    assert titles[0].startswith("Dates")
    assert titles[3] == "Gaps: 1 of 4 outside"


def test_what_leaves_the_band_has_its_own_colour(ranks: pd.DataFrame) -> None:
    outside = by_quantity(ranks).query("outside")["name"].tolist()
    assert "gaps 2" in outside
    colours = [line.get_color() for ax in rank_ecdf(ranks).flat for line in ax.lines]
    assert colours.count(_OUTSIDE) == len(outside)


def test_the_table_is_what_is_drawn(ranks: pd.DataFrame) -> None:
    table = rank_ecdf_table(ranks)
    assert list(dict.fromkeys(table["group"])) == list(GROUPS)
    line = rank_ecdf(ranks)[0, 0].lines[0]
    own = table[table["name"] == "dates 0"]
    assert line.get_ydata() == pytest.approx(own["difference"].to_numpy())
    leaves = (table["difference"] > table["high"]) | (table["difference"] < table["low"])
    assert set(table.loc[leaves, "name"]) == set(table.loc[table["outside"], "name"])


def test_it_draws_on_given_axes_and_fewer_groups(ranks: pd.DataFrame) -> None:
    some = ranks[ranks["group"].isin(["dates", "gaps"])]
    given = Figure().subplots(1, 2)
    assert list(rank_ecdf(some, ax=given).flat) == list(given)
    with pytest.raises(InputError, match="this chart has 2 panels"):
        rank_ecdf(some, ax=[given[0]])


def test_words_count_what_is_outside(ranks: pd.DataFrame) -> None:
    assert "1 of 4 (Gaps)" in rank_ecdf_words(ranks)
    with language("ko"):
        assert "4개 중 1개(격차)" in rank_ecdf_words(ranks)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: r.drop(columns="place"), "lack the columns place"),
        (lambda r: r.iloc[:0], "no ranks of anything"),
        (lambda r: r.assign(group="tastes"), "no ranks of tastes"),
    ],
)
def test_bad_ranks_are_refused(ranks: pd.DataFrame, change: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        rank_ecdf_table(change(ranks))  # type: ignore[operator]
