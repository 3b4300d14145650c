"""Rules of thumb: their points, and what they would have said in the past."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from hbm_model.evaluation.baselines.rules import CADENCE, Rule, drift, guidance, last, past_errors
from tests.evaluation.baselines.worlds import asked, date, known, level

PLANNED = {"status": "guidance"}


def centre(rule: Rule, history: object, targets: object) -> float:
    return float(rule(history, targets)[0][0])  # type: ignore[arg-type]


def lead(rule: Rule, history: object, targets: object) -> float:
    return float(rule(history, targets)[1][0])  # type: ignore[arg-type]


# --- levels -----------------------------------------------------------------------------------------------------


def test_the_last_value_stays() -> None:
    history = known(level(2022.0, 30.0), level(2023.5, 60.0), level(2023.6, 70.0))
    target = asked(level(2025.0, 0.0))
    assert centre(last, history, target) == 65.0  # claims of the same quarter are averaged
    assert lead(last, history, target) == pytest.approx(2025.0 - 2023.55)


def test_of_a_time_long_past_the_value_of_that_time_is_known() -> None:
    history = known(level(2022.0, 30.0), level(2023.5, 60.0))
    assert centre(last, history, asked(level(2022.5, 0.0))) == 30.0
    assert centre(last, history, asked(level(2021.0, 0.0))) == 30.0


def test_drift_goes_on_in_a_line() -> None:
    """Four years of claims in a line of ten points a year; the ridge takes off a quarter of a year squared of five."""
    history = known(*(level(2019.0 + i, 20.0 + 10 * i) for i in range(5)))
    slope = 10 * 10 / (10 + 0.25)
    assert centre(drift, history, asked(level(2024.0, 0.0))) == pytest.approx(60 + slope)


def test_claims_of_one_week_make_no_drift() -> None:
    history = known(level(2023.00, 40.0), level(2023.02, 60.0))
    assert np.isnan(centre(drift, history, asked(level(2024.5, 0.0))))
    near = known(level(2023.0, 40.0), level(2023.3, 60.0))
    assert centre(drift, near, asked(level(2024.3, 0.0))) < 60 + 20 / 0.3 / 5


@pytest.mark.parametrize("rule", [last, drift, guidance])
def test_of_a_new_series_nothing_is_said(rule: Rule) -> None:
    history = known(level(2022.0, 30.0), level(2023.5, 60.0), level(2024.5, 70.0, **PLANNED))
    found, ahead = rule(history, asked(level(2024.5, 0.0, series="another")))
    assert np.isnan(found).all()
    assert np.isnan(ahead).all()


def test_the_freshest_guidance_for_about_that_time_counts() -> None:
    history = known(
        level(2024.5, 70.0, published=2022.0, **PLANNED),
        level(2024.5, 80.0, published=2023.0, **PLANNED),
        level(2025.5, 99.0, published=2023.5, **PLANNED),
        level(2023.0, 50.0),
    )
    target = asked(level(2024.6, 0.0))
    assert centre(guidance, history, target) == 80.0
    assert lead(guidance, history, target) == pytest.approx(1.6)
    assert np.isnan(centre(guidance, history, asked(level(2027.0, 0.0))))


# --- dates ------------------------------------------------------------------------------------------------------

MADE = (
    date("sk_hynix", "HBM2E", 2020.5),
    date("samsung", "HBM2E", 2020.9),
    date("sk_hynix", "HBM3", 2022.5),
    date("samsung", "HBM3", 2023.0),
)


def test_the_lag_of_the_generation_before_stays() -> None:
    history = known(*MADE, date("sk_hynix", "HBM3E", 2024.2))
    target = asked(date("samsung", "HBM3E", 0.0))
    assert centre(last, history, target) == pytest.approx(2024.2 + 0.5)
    assert lead(last, history, target) == pytest.approx(2024.7 - 2023.0)


def test_who_leads_goes_on_with_the_industrys_cadence() -> None:
    assert centre(last, known(*MADE), asked(date("sk_hynix", "HBM4", 0.0))) == pytest.approx(2022.5 + 2 * 2.0)


def test_drift_of_dates_is_the_makers_own_cadence() -> None:
    assert centre(drift, known(*MADE), asked(date("samsung", "HBM3E", 0.0))) == pytest.approx(2023.0 + 2.1)


def test_a_maker_of_one_generation_borrows_the_cadence() -> None:
    history = known(*MADE, date("micron", "HBM2E", 2021.0))
    assert centre(drift, history, asked(date("micron", "HBM3", 0.0))) == pytest.approx(2023.0)
    alone = known(date("micron", "HBM2E", 2021.0))
    assert centre(drift, alone, asked(date("micron", "HBM3E", 0.0))) == pytest.approx(2021.0 + 2 * CADENCE)


def test_an_announced_date_is_taken_at_its_word() -> None:
    history = known(
        date("cxmt", "HBM3", 2025.5, published=2022.5, **PLANNED),
        date("cxmt", "HBM3", 2026.0, published=2023.5, **PLANNED),
    )
    target = asked(date("cxmt", "HBM3", 0.0))
    assert (centre(guidance, history, target), lead(guidance, history, target)) == pytest.approx((2026.0, 2.5))


def test_a_maker_without_a_product_has_no_lag() -> None:
    assert np.isnan(centre(last, known(*MADE), asked(date("cxmt", "HBM3", 0.0))))


# --- the past ---------------------------------------------------------------------------------------------------


def test_past_errors_are_of_what_was_published_later() -> None:
    errors = past_errors(last, known(level(2021.0, 40.0), level(2022.0, 55.0), level(2023.0, 60.0)), 2024.0)
    assert sorted(errors.error) == [5.0, 15.0, 20.0]
    assert_allclose(sorted(errors.lead), [1.0, 1.0, 2.0])
    assert errors.weight.sum() == pytest.approx(2.0)  # two outcomes, of which one was foretold twice


def test_what_is_late_counts_as_later_than_now() -> None:
    history = known(
        date("samsung", "HBM3", 2022.0, published=2021.0, **PLANNED),
        date("samsung", "HBM3", 2022.5),
        date("cxmt", "HBM3", 2023.0, published=2021.0, **PLANNED),
    )
    errors = past_errors(guidance, history, 2024.0)
    assert_allclose(errors.error[errors.open], 1.0)
    assert_allclose(errors.error[~errors.open], 0.5)
    assert_allclose(errors.lead[errors.open], 2.0)


def test_a_single_claim_has_no_past() -> None:
    assert past_errors(last, known(level(2023.0, 60.0)), 2024.0).error.size == 0
    assert past_errors(last, known(), 2024.0).error.size == 0
