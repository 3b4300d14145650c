"""What the makers' guidance says at its word."""

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hbm_model.core.industry import GENERATIONS, VENDORS
from hbm_model.evidence import Evidence
from hbm_model.model.announced import planned_dates


def told(*rows: dict[str, object]) -> Evidence:
    """Evidence of milestones only."""
    usual = {
        **{"vendor": "cxmt", "generation": "HBM3", "stage": "mass_production", "status": "target", "layers": np.nan},
        **{"origin": "insider", "kind": "primary", "recalled": False, "date_end": pd.NaT},
    }
    table = pd.DataFrame([{**usual, "id": f"m{i}", "claim_group": f"g{i}", **row} for i, row in enumerate(rows)])
    for column in ("date_start", "date_end", "published"):
        table[column] = pd.to_datetime(table[column])
    day = datetime.date(2026, 6, 30)
    return Evidence({"milestones": table}, {}, day, day, "", Path())


def window(start: str, end: str | None, published: str, **more: object) -> dict[str, object]:
    return {"date_start": start, "date_end": end, "published": published, **more}


def planned(evidence: Evidence, vendor: str = "cxmt", generation: str = "HBM3") -> float:
    return float(planned_dates(evidence).sel(vendor=vendor, generation=generation))


def test_the_latest_announcement_counts() -> None:
    evidence = told(
        window("2025-01-01", "2025-12-31", "2024-01-01"),
        window("2026-01-01", "2026-12-31", "2025-06-01"),
    )
    assert planned(evidence) == pytest.approx(2026.5, abs=0.01)


def test_an_open_window_counts_from_its_start() -> None:
    assert planned(told(window("2027-01-01", None, "2026-01-01"))) == pytest.approx(2027.0)


def test_what_has_been_reported_beats_any_announcement() -> None:
    evidence = told(
        window("2025-03-01", "2025-03-31", "2025-04-10", status="occurred", stage="volume_shipment"),
        window("2027-01-01", "2027-12-31", "2026-01-01"),
    )
    assert planned(evidence) == pytest.approx(2025.2, abs=0.02)


def test_samples_and_taller_stacks_are_no_volume_of_the_generation() -> None:
    evidence = told(
        window("2026-01-01", "2026-06-30", "2025-01-01", stage="sample"),
        window("2027-01-01", "2027-06-30", "2025-02-01", generation="HBM3E", layers=12),
        window("2026-07-01", "2026-12-31", "2025-03-01", generation="HBM3E", layers=8),
    )
    assert np.isnan(planned(evidence))
    assert planned(evidence, generation="HBM3E") == pytest.approx(2026.75, abs=0.01)


def test_where_nobody_has_said_anything_there_is_no_plan(vintage: Evidence) -> None:
    dates = planned_dates(vintage)
    assert list(dates["vendor"].to_numpy()) == VENDORS
    assert list(dates["generation"].to_numpy()) == GENERATIONS
    assert np.isnan(dates.sel(vendor="cxmt", generation="HBM5"))
    assert np.isnan(dates.sel(vendor="micron", generation="HBM3"))


def test_the_makers_own_dates_come_out_as_published(vintage: Evidence) -> None:
    dates = planned_dates(vintage)
    assert float(dates.sel(vendor="sk_hynix", generation="HBM3")) == pytest.approx(2022.45, abs=0.15)
    assert float(dates.sel(vendor="sk_hynix", generation="HBM3E")) == pytest.approx(2024.2, abs=0.1)
    assert 2026.0 < float(dates.sel(vendor="cxmt", generation="HBM3")) < 2028.0, "not before it was last announced"
