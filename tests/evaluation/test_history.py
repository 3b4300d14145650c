"""The record of claims: right scales, one row per claim, only what was published."""

import numpy as np
import pandas as pd
import pytest

from hbm_model.core.dates import decimal_year
from hbm_model.evaluation import history
from hbm_model.evidence import Evidence, load_evidence


@pytest.fixture(scope="module")
def known(vintage: Evidence) -> pd.DataFrame:
    return history.history(vintage)


def test_history_has_its_columns_and_every_quantity(known: pd.DataFrame) -> None:
    assert list(known) == history.HISTORY_COLUMNS
    assert set(known["quantity"]) == {*history.QUANTITIES, "volume_date", "sample_date", "lag"}
    assert set(known["status"]) == {"actual", "guidance"}
    assert known["value"].notna().all()


def test_values_are_in_the_scale_of_scores(vintage: Evidence, known: pd.DataFrame) -> None:
    rows = history.level_rows(vintage).set_index("id")
    capacity = vintage.tables["capacity"].set_index("id")
    wafers = rows[rows["quantity"] == "dram_wafers"]
    claimed = capacity.loc[wafers.index, ["low", "high"]].mean(axis=1) / 1000
    np.testing.assert_allclose(np.exp(wafers["value"]), claimed)
    points = known[known["quantity"].isin(history.PERCENT)]["value"]
    assert points.between(0, 100).all()
    assert points.max() > 1.5  # points, not fractions
    assert known[known["quantity"].str.endswith("_date")]["value"].between(2013, 2040).all()


def test_nothing_is_known_before_it_was_published() -> None:
    day = "2024-06-30"
    early = history.history(load_evidence(day))
    assert (early["published"] <= decimal_year(pd.Timestamp(day))).all()
    assert len(early) < len(history.history(load_evidence("2025-06-30")))


def test_a_date_is_the_narrowest_window_that_was_claimed(vintage: Evidence) -> None:
    rows = history.date_rows(vintage)
    assert not rows.duplicated(["quantity", "vendor", "generation"]).any()
    hbm3 = rows[(rows["vendor"] == "sk_hynix") & (rows["generation"] == "HBM3") & (rows["quantity"] == "volume_date")]
    assert 2022.2 < hbm3["value"].item() < 2022.6
    assert (rows["low"] < rows["value"]).all()
    assert (rows["high"] > rows["value"]).all()
    cxmt = rows[(rows["vendor"] == "cxmt") & (rows["quantity"] == "volume_date")]
    assert "HBM3" not in set(cxmt["generation"])


def test_lags_are_said_without_a_condition(vintage: Evidence) -> None:
    rows = history.lag_rows(vintage)
    notes = vintage.tables["policy_effects"].set_index("id").loc[rows["id"], "note"]
    assert 5 <= len(rows) <= 17
    assert not notes.str.startswith("If").any()
    assert not rows["group"].duplicated().any()
    named = rows["generation"].to_numpy(str) != ""
    assert 0 < named.sum() < len(rows)
    assert all(generation in note for generation, note in zip(rows["generation"], notes, strict=True))
    assert not notes[~named].str.contains(r"HBM\d").any()
