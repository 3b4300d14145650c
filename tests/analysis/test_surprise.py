"""Verdicts on claims, against distributions that are known."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from scipy.special import expit

from hbm_model.analysis.surprise import grades, judge_intervals, judge_reports
from hbm_model.core.quantities import QUANTILES
from hbm_model.inference.predictive import Expected
from hbm_model.model.measurement import LEAD_FLOOR, OPEN


def expected(kind: str, low: float, high: float, centre: Any, scale: float = 1.0, right: float = 1.0) -> Expected:
    centres = np.atleast_2d(np.asarray(centre, dtype=float)).T
    return Expected(
        about=pd.DataFrame({"id": ["a"], "kind": [kind], "vendor": ["cxmt"], "origin": ["analyst"]}),
        low=np.array([low]),
        high=np.array([high]),
        right=np.array([right]),
        wrong=np.array([np.log(0.1)]),
        centre=centres,
        scale=np.full_like(centres, scale),
        truth=centres,
        denials=pd.DataFrame({"id": ["r"], "vendor": ["cxmt"], "origin": ["analyst"]}),
        denial_prob=np.linspace(0.2, 0.6, len(centres))[:, None],
    )


def alike(draws: int) -> np.ndarray:
    return np.full((draws, 1), -np.log(draws))


def test_one_draw_gives_the_quantiles_of_a_logistic() -> None:
    row = judge_intervals(expected("event", 2026.0, 2026.5, [2027.0], 0.4), alike(1), np.array([2026.0])).loc["a"]
    law = stats.logistic(2027.0, 0.4)
    assert_allclose([row[name] for name in QUANTILES], law.ppf(list(QUANTILES.values())), atol=1e-6)
    assert_allclose(row["percentile"], 50 * (law.cdf(2026.0) + law.cdf(2026.5)))
    assert_allclose(row["log_score"], np.log(law.cdf(2026.5) - law.cdf(2026.0)))


def test_draws_are_mixed_by_their_weights() -> None:
    two, log_weights = expected("event", 0.0, 0.1, [0.0, 10.0]), np.log([[0.25], [0.75]])
    row = judge_intervals(two, log_weights, np.array([0.0])).loc["a"]
    mixed = 0.25 * stats.logistic.cdf(row["q50"]) + 0.75 * stats.logistic.cdf(row["q50"] - 10.0)
    assert_allclose(mixed, 0.5, atol=1e-6)
    alone = judge_intervals(two, np.log([[1.0], [1e-300]]), np.array([0.0])).loc["a"]
    assert_allclose(alone["q50"], 0.0, atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "natural"),
    [
        ("hbm_yield", 100 * expit(0.7)),
        ("revenue_share", 100 * expit(0.7)),
        ("dram_wafers", 1000 * np.exp(0.7)),
        ("output", np.exp(0.7)),
        ("guidance", 2026.5 + np.exp(0.7) - LEAD_FLOOR),
        ("event", 0.7),
    ],
)
def test_quantiles_are_in_the_units_of_the_claim(kind: str, natural: float) -> None:
    row = judge_intervals(expected(kind, 0.6, 0.8, [0.7]), alike(1), np.array([2026.5])).loc["a"]
    assert_allclose(row["q50"], natural, rtol=1e-6)


def test_nobody_announces_a_date_that_is_past() -> None:
    row = judge_intervals(expected("guidance", -3.0, -2.0, [-4.0]), alike(1), np.array([2026.5])).loc["a"]
    assert row["q50"] == row["q05"] == 2026.5


def test_a_claim_is_as_surprising_as_the_tail_behind_its_nearer_end() -> None:
    def grade(low: float, high: float) -> str:
        return str(judge_intervals(expected("event", low, high, [0.0]), alike(1), np.zeros(1)).loc["a", "surprise"])

    at = {level: float(stats.logistic.ppf(level)) for level in (0.85, 0.95, 0.98, 0.999)}
    assert grade(at[0.85], at[0.95]) == "none"
    assert grade(at[0.95], at[0.98]) == "mild"
    assert grade(at[0.98], at[0.999]) == "strong"
    assert grade(at[0.999], 20.0) == "extreme"
    assert grade(-at[0.98], -at[0.95]) == "mild", "on either side"
    assert grade(-5.0, 5.0) == "none", "a wide claim that holds the middle"
    assert grade(-1.0, OPEN) == "none", "a bound that most of the distribution keeps"
    assert grade(at[0.999], OPEN) == "extreme"


def test_grades_come_as_often_as_they_say() -> None:
    found = pd.Series(grades(np.linspace(0.0005, 0.9995, 1000))).value_counts(normalize=True)
    assert_allclose(found[["none", "mild", "strong", "extreme"]], [0.80, 0.15, 0.04, 0.01])


def test_a_report_that_may_be_false_is_never_impossible() -> None:
    far = judge_intervals(expected("claimed", 50.0, 50.1, [0.0], right=0.6), alike(1), np.zeros(1)).loc["a"]
    assert_allclose(far["log_score"], np.log(0.4 * 0.1))


def test_a_report_of_nothing_yet_is_judged_by_its_chance() -> None:
    dates = np.array([[2026.0], [2027.0], [2028.0]])
    row = judge_reports(expected("event", 0, 1, [0.0, 0.0, 0.0]), alike(3), dates).loc["r"]
    assert_allclose(row["percentile"], 40.0)
    assert_allclose(row["log_score"], np.log(0.4))
    assert row["surprise"] == "none"
    assert_array_equal(row[["q05", "q50", "q95"]].to_numpy(float), [2026.0, 2027.0, 2028.0])
