"""Other people's forecasts: what is matched to what."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from hbm_model.evaluation.baselines.published_forecasts import QUANTITIES, coded, others
from hbm_model.evidence import load_evidence
from tests.evaluation.baselines.worlds import asked


def archive(*rows: dict[str, Any]) -> pd.DataFrame:
    usual = {
        **{"forecaster": "JPMorgan", "vendor": "SK hynix", "generation": "all", "quantity": "market_share"},
        **{"target_start": "2025-01-01", "target_end": "2025-12-31", "low": 56.0, "high": 56.0, "unit": "%"},
        **{"published": "2024-08-20"},
    }
    table = pd.DataFrame([{**usual, **row} for row in rows])
    for column in ("target_start", "target_end", "published"):
        table[column] = pd.to_datetime(table[column])
    return table


SHARE = {"quantity": "revenue_share", "vendor": "sk_hynix", "time": 2025.5}
DATE = {"quantity": "volume_date", "vendor": "cxmt", "generation": "HBM3"}
WINDOW = {
    **{"quantity": "mass_production_started", "vendor": "CXMT", "generation": "HBM3", "unit": "date window"},
    **{"low": np.nan, "high": np.nan},
}


def test_a_share_is_matched_within_its_window() -> None:
    found = coded(archive({}))
    centre, lead, half = others(found, asked(SHARE, {**SHARE, "time": 2026.5}, {**SHARE, "vendor": "samsung"}))
    assert centre[0] == 56.0
    assert lead[0] == pytest.approx(2025.5 - 2024.63, abs=0.01)
    assert half[0] == 0.0
    assert np.isnan(centre[1:]).all()


def test_a_window_is_the_date_in_its_middle_and_a_range() -> None:
    centre, _, half = others(coded(archive(WINDOW)), asked(DATE, {**DATE, "generation": "HBM3E"}))
    assert centre[0] == pytest.approx(2025.5, abs=0.01)
    assert half[0] == pytest.approx(0.5, abs=0.01)
    assert np.isnan(centre[1])


@pytest.mark.parametrize(
    ("theirs", "quantity", "value"),
    [
        (
            {"quantity": "tsv_wafer_capacity", "unit": "k wafers/month", "low": 120.0, "high": 120.0},
            "hbm_wafers",
            120.0,
        ),
        (
            {"quantity": "wafer_output", "unit": "mn wafers", "generation": "DRAM", "low": 2.4, "high": 2.4},
            "dram_wafers",
            200.0,
        ),
        ({"quantity": "bit_shipments", "unit": "bn Gb", "low": 12.4, "high": 12.4}, "output", 12.4),
    ],
)
def test_units_become_ours(theirs: dict[str, Any], quantity: str, value: float) -> None:
    found = coded(archive(theirs)).iloc[0]
    assert (found["quantity"], np.exp(found["value"])) == (quantity, pytest.approx(value))


@pytest.mark.parametrize(
    "theirs",
    [
        {"high": np.nan},
        {"generation": "HBM4"},
        {"quantity": "nvidia_share"},
        {"unit": "USD bn"},
        {"quantity": "wafer_capacity", "unit": "k wafers/month", "generation": ""},
        {**WINDOW, "unit": "binary"},
        {**WINDOW, "generation": "HBM3E-class"},
    ],
    ids=["bound", "one generation's share", "one customer", "money", "logic wafers", "probability", "loose generation"],
)
def test_what_has_another_meaning_is_left_out(theirs: dict[str, Any]) -> None:
    assert coded(archive(theirs)).empty


def test_each_forecasters_last_word_counts_once() -> None:
    found = coded(
        archive(
            {"low": 40.0, "high": 40.0, "published": "2024-01-01"},
            {"low": 50.0, "high": 50.0, "published": "2024-06-01"},
            {"low": 60.0, "high": 60.0, "published": "2024-02-01", "forecaster": "Kiwoom"},
        )
    )
    assert others(found, asked(SHARE))[0][0] == 55.0


def test_a_yield_is_matched_by_its_node() -> None:
    told = coded(archive({"quantity": "yield", "vendor": "CXMT", "generation": "DRAM 1z", "low": 90.0, "high": 90.0}))
    target = {"quantity": "node_yield", "vendor": "cxmt", "time": 2025.5}
    centre, *_ = others(
        told, asked({**target, "series": "node_yield:cxmt:1z"}, {**target, "series": "node_yield:cxmt:1x"})
    )
    assert centre[0] == 90.0
    assert np.isnan(centre[1])


def test_the_bundled_archive_is_read() -> None:
    table = load_evidence().tables["external_forecasts"]
    found = coded(table)
    assert set(found["quantity"]) <= set(QUANTITIES.values())
    assert len(found) >= 25
    assert found[["published", "start", "end", "value", "half"]].notna().all().all()
    assert (found["half"] >= 0).all()
    assert (
        found["vendor"].isin(["sk_hynix", "samsung", "micron", "cxmt", "ymtc", "xmc", "all", "huawei", "china"]).all()
    )
