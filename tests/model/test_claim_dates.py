"""When a claim holds, worked out by hand."""

import pandas as pd
import pytest

from hbm_model.model.claim_dates import capacity_time, claim_time, is_ahead


def claims(*rows: tuple[str, str, str, str, str]) -> pd.DataFrame:
    """Claims as (published, start and end of the period, status, metric)."""
    frame = pd.DataFrame(rows, columns=["published", "period_start", "period_end", "status", "metric"])
    days = ["published", "period_start", "period_end"]
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in days})


def test_a_fresh_report_is_about_the_end_of_its_window_and_another_about_the_middle() -> None:
    year = ("2025-01-01", "2025-12-31", "actual", "hbm_wpm")
    fresh, still_fresh, late, early = claim_time(
        claims(("2025-12-31", *year), ("2026-02-14", *year), ("2026-02-15", *year), ("2025-06-30", *year))
    )
    end = 2025 + 364 / 365
    assert fresh == still_fresh == pytest.approx(end - 0.125)  # the middle of the last quarter
    assert late == early == pytest.approx((2025 + end) / 2)


def test_a_fresh_report_on_less_than_a_quarter_is_about_its_middle() -> None:
    (when,) = claim_time(claims(("2025-02-10", "2025-01-01", "2025-01-31", "actual", "hbm_wpm")))
    assert when == pytest.approx(2025 + 15 / 365)


def test_a_plan_of_hbm_wafers_and_a_project_hold_by_the_end() -> None:
    about = ("2024-01-01", "2025-01-01", "2025-12-31")
    rows = claims((*about, "plan", "hbm_wpm"), (*about, "actual", "fab_project_wpm"), (*about, "actual", "hbm_wpm"))
    end, middle = 2025 + 364 / 365, 2025 + 182 / 365
    assert list(capacity_time(rows, "hbm_wafers")) == pytest.approx([end, end, middle])
    assert list(capacity_time(rows, "dram_wafers")) == pytest.approx([middle, end, middle])


def test_plans_forecasts_and_targets_are_ahead() -> None:
    about = ("2024-01-01", "2025-01-01", "2025-12-31")
    statuses = ("plan", "forecast", "target", "actual")
    assert list(is_ahead(claims(*((*about, status, "hbm_wpm") for status in statuses)))) == [True, True, True, False]
