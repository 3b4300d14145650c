"""The chart of sensitivities: which rows, in which order, and what is said of them."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from hbm_model.charts import language
from hbm_model.charts.sensitivity import COLUMNS, sensitivity, sensitivity_table, sensitivity_words
from hbm_model.core.errors import InputError


@pytest.fixture
def found() -> pd.DataFrame:
    """Twenty priors of falling strength, one of them pooled, one in the noise; and two tables of claims."""
    kinds = [("prior", f"prior_{i}", 0.4 - 0.02 * i) for i in range(18)]
    kinds += [("pooled", "log_cadence", 0.5), ("prior", "silent", 0.03), ("claims", "yields", 0.02)]
    kinds += [("claims", "milestones", 0.6)]
    gaps = [("frontier_lag_at_least", "", "2028Q4", 1.0), ("generation_lag", "HBM3E", "", 0.5)]
    rows = [(*kind[:2], *gap[:3], kind[2] * gap[3]) for kind in kinds for gap in gaps]
    table = pd.DataFrame(rows, columns=[*COLUMNS[:5], "sensitivity"])
    noise = np.where(table["component"] == "silent", 0.05, 0.015)
    return table.assign(noise=noise, pareto_k=0.2)


def test_the_strongest_priors_come_first_and_all_tables_last(found: pd.DataFrame) -> None:
    table = sensitivity_table(found, most=5)
    order = list(table["component"].unique())
    assert order == ["log_cadence", "prior_0", "prior_1", "prior_2", "prior_3", "milestones", "yields"]
    assert list(table.columns) == COLUMNS
    assert "silent" not in set(sensitivity_table(found, most=30)["component"])


def test_cells_within_the_noise_stay_empty_and_the_strong_are_bold(found: pd.DataFrame) -> None:
    ax = sensitivity(found, most=5)
    numbers = {text.get_position(): text for text in ax.texts if text.get_text()[:1].isdigit()}
    table = sensitivity_table(found, most=5)
    assert len(numbers) == (table["sensitivity"] > table["noise"]).sum() == 13
    bold = [text for text in numbers.values() if text.get_fontweight() == "bold"]
    assert len(bold) == (table["sensitivity"] >= 0.05).sum() == 12
    assert [label.get_text() for label in ax.get_yticklabels()][:2] == ["log cadence *", "prior 0"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["Frontier\nlag\n2028Q4", "Lag\nHBM3E"]


def test_it_draws_where_it_is_told(found: pd.DataFrame) -> None:
    given = Figure().add_subplot()
    assert sensitivity(found, ax=given) is given


def test_the_words_name_the_largest_by_gap(found: pd.DataFrame) -> None:
    words = sensitivity_words(sensitivity_table(found))
    assert "Frontier lag 2028Q4: milestones 0.60, log cadence 0.50, prior 0 0.40, prior 1 0.38;" in words
    assert "Lag HBM3E: milestones 0.30" in words


def test_korean_has_its_own_words_but_for_the_names_of_priors(found: pd.DataFrame) -> None:
    with language("ko"):
        ax = sensitivity(found, most=5)
        words = sensitivity_words(sensitivity_table(found))
        ax.get_figure(root=True).draw_without_rendering()  # a glyph that no font has is a warning, and so an error
    assert ax.get_title(loc="left") == "격차를 좌우하는 요인"
    assert [label.get_text() for label in ax.get_yticklabels()][-2:] == ["개발·양산 일정", "수율"]
    assert ax.get_xticklabels()[0].get_text() == "선두\n세대 시차\n2028Q4"
    assert "개발·양산 일정 0.60, log cadence 0.50" in words


def test_a_table_without_its_columns_is_refused(found: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="lack the columns noise"):
        sensitivity_table(found.drop(columns="noise"))
