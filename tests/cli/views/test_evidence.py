"""The counts of `data summary`: groups count once, repetitions are one reason, the core has its own line."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from hbm_model.cli.views.evidence import usage_json, usage_text


@pytest.fixture
def usage() -> pd.DataFrame:
    rows = [
        ("yields", "y1", "cxmt", "g1", True, "hbm_yield", ""),
        ("yields", "y2", "cxmt", "g1", False, "", "repeats y1"),
        ("yields", "y3", "industry", "g2", False, "", "not about a modelled maker"),
        ("milestones", "m1", "samsung", "g3", True, "event", ""),
        ("milestones", "m2", "samsung", "g4", False, "", "before HBM2"),
        ("capacity", "c1", "micron", "g5", False, "", "one node only"),
        ("market", "k1", "sk_hynix", "g6", True, "revenue_share", ""),
    ]
    return pd.DataFrame(rows, columns=["table", "id", "vendor", "claim_group", "used", "part", "reason"])


@pytest.fixture
def evidence() -> Any:
    tables = {
        "yields": pd.DataFrame({"id": ["y1", "y2", "y3"]}),
        "milestones": pd.DataFrame({"id": ["m1", "m2"], "generation": ["HBM3", "HBM1"]}),
        "capacity": pd.DataFrame({"id": ["c1"], "metric": ["dram_wafers_per_month"]}),
        "market": pd.DataFrame({"id": ["k1"], "metric": ["hbm_revenue_share"]}),
    }
    day = date(2026, 6, 30)
    return SimpleNamespace(as_of=day, observed_through=day, digest="d", source="data", tables=tables)


def test_groups_count_once(evidence: Any, usage: pd.DataFrame) -> None:
    counted = {row["table"]: row for row in usage_json(evidence, usage)["tables"]}
    assert counted["yields"] == {
        "table": "yields",
        "rows": 3,
        "rows_used": 1,
        "groups": 2,
        "groups_used": 1,
        "share_used": 0.5,
    }


def test_the_core_leaves_out_what_the_gap_does_not_hang_on(evidence: Any, usage: pd.DataFrame) -> None:
    counted = {row["table"]: (row["groups"], row["groups_used"]) for row in usage_json(evidence, usage)["core"]}
    assert counted == {"yields": (1, 1), "milestones": (1, 1), "market": (1, 1)}


def test_repetitions_are_one_reason(evidence: Any, usage: pd.DataFrame) -> None:
    reasons = {(row["table"], row["reason"]) for row in usage_json(evidence, usage)["reasons"]}
    assert ("yields", "repeats another row") in reasons
    assert ("milestones", "before HBM2") in reasons


def test_the_text_holds_every_count(evidence: Any, usage: pd.DataFrame) -> None:
    text = usage_text(evidence, usage)
    assert text.startswith("Claims published by 2026-06-30; gathered through 2026-06-30; data")
    assert "  yields         3          1       2            1       0.500" in text
