"""Capacity by hand: money becomes wafers with its lag, wafers become HBM wafers by their share."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from hbm_model.core.industry import BLOCS, VENDORS
from hbm_model.core.priors import Priors
from hbm_model.model import capacity
from hbm_model.model.context import Context
from hbm_model.model.layout import LEAD_YEARS, Layout

LAYOUT = Layout(last_year=2030, last_output_year=2026)
SPENDING, GROWTH, SHARES = (len(getattr(LAYOUT, f"{name}_years")) for name in ("spending", "growth", "share"))
NOTHING = np.zeros((len(VENDORS), SPENDING))
CXMT, YMTC = VENDORS.index("cxmt"), VENDORS.index("ymtc")
YEAR = 2024


@pytest.fixture
def theta() -> dict[str, Any]:
    """Everybody spends a billion a year, which keeps two thousand wafers, and each year goes half of the way there."""
    makers = np.ones(len(VENDORS))
    return {
        "log_spending": np.zeros((len(VENDORS), SPENDING)),
        "additionality": np.full(len(BLOCS), 0.5),
        "lead_time": np.array(1.5),
        "investment_return": np.log(2.0),
        "investment_return_vendor": 0.0 * makers,
        "break_even": np.array(-np.log(2.0)),
        "break_even_drift": np.array(0.0),
        "wafers_start": 8.0 * makers,
        "hbm_share_start": 0.0 * makers,
        "hbm_share_target": 2.0 * makers,
        "hbm_share_speed": np.array(np.log(2.0)),
        "wafers_shock": np.zeros((len(VENDORS), GROWTH)),
        "hbm_share_shock": np.zeros((len(VENDORS), SHARES)),
    }


def paths(theta: dict[str, Any], priors: Priors, raised: Any = NOTHING, **forces: Any) -> dict[str, np.ndarray]:
    return capacity.evaluate(Context(theta, LAYOUT, priors, np, {"raised": raised}, forces))


def money(maker: int, amount: float) -> np.ndarray:
    """An amount raised outside by one maker for one year."""
    raised = NOTHING.copy()
    raised[maker, LAYOUT.spending_years.index(YEAR)] = amount
    return raised


def test_wafers_go_to_what_the_spending_keeps(theta: dict[str, Any], priors: Priors) -> None:
    wafers = np.exp(paths(theta, priors)["log_wafers"])
    assert wafers.shape == (len(VENDORS), len(LAYOUT.knots))
    assert_allclose(wafers[:, :4], [[8.0, 4.0, 8**0.5, 2**1.25]] * len(VENDORS))


def test_money_from_outside_counts_in_part_and_becomes_wafers_over_four_years(
    theta: dict[str, Any], priors: Priors
) -> None:
    usual, more = (paths(theta, priors, raised) for raised in (NOTHING, money(CXMT, 6.0)))
    assert_allclose(np.exp(more["log_spending"]), 1.0 + 0.5 * money(CXMT, 6.0))
    extra = (more["log_wafers"] - usual["log_wafers"])[CXMT]
    assert (extra[LAYOUT.knots <= YEAR] == 0).all(), "no wafer comes before its money"
    arriving = np.exp(2 * (extra[1:] - 0.5 * extra[:-1])) - 1.0
    lags = (np.arange(LEAD_YEARS) + 0.5) / 1.5
    weights = lags**2 * np.exp(-3 * lags)
    came = np.isin(LAYOUT.growth_years, YEAR + np.arange(LEAD_YEARS))
    assert_allclose(arriving[came], 3.0 * weights / weights.sum())
    assert_allclose(arriving[~came], 0.0, atol=1e-12)
    others = [place for place in range(len(VENDORS)) if place != CXMT]
    assert_array_equal(more["log_wafers"][others], usual["log_wafers"][others], "who raises nothing gets nothing")


def test_a_bloc_s_capital_is_shared_out_by_what_its_makers_spend(theta: dict[str, Any], priors: Priors) -> None:
    theta["log_spending"] = np.log(np.array([1.0, 1.0, 1.0, 3.0, 1.0]))[:, None] + NOTHING
    found = np.exp(paths(theta, priors, capital=money(CXMT, 4.0) + money(YMTC, 4.0))["log_spending"])
    at = LAYOUT.spending_years.index(YEAR)
    assert_allclose(found[:, at], [1.0, 1.0, 1.0, 3.0 + 0.5 * 3.0, 1.0 + 0.5 * 1.0])
    assert_allclose(np.delete(found, at, axis=1), np.delete(np.exp(theta["log_spending"]), at, axis=1))


def test_dearer_tools_are_like_less_money(theta: dict[str, Any], priors: Priors) -> None:
    dearer = paths(theta, priors, tool_cost=np.full((len(VENDORS), GROWTH), np.log(2.0)))["log_wafers"]
    poorer = paths(theta, priors, investment=NOTHING - np.log(2.0))["log_wafers"]
    assert_allclose(dearer, poorer)
    assert_allclose(np.exp(dearer[:, 1]), 8**0.5)


def test_what_a_wafer_costs_to_keep_drifts_about_its_stated_year(theta: dict[str, Any], priors: Priors) -> None:
    theta["break_even_drift"] = np.array(0.1)
    log_wafers = paths(theta, priors)["log_wafers"]
    hurdle = -np.log(2.0) + 0.1 * (np.array(LAYOUT.growth_years) - capacity.BREAK_EVEN_YEAR)
    assert_allclose(2 * log_wafers[:, 1:] - log_wafers[:, :-1], np.broadcast_to(-hurdle, (len(VENDORS), GROWTH)))


def test_an_entrant_s_first_years_are_less_certain(theta: dict[str, Any], priors: Priors) -> None:
    priors = priors.override({"greenfield_sd": {"value": 0.7}})
    usual = paths(theta, priors)["log_wafers"]
    for maker, year, sd in (("cxmt", 2021, 0.7), ("cxmt", 2022, 0.2), ("samsung", 2021, 0.1)):
        shock = np.zeros((len(VENDORS), GROWTH))
        shock[VENDORS.index(maker), LAYOUT.growth_years.index(year)] = 1.0
        moved = paths(theta | {"wafers_shock": shock}, priors)["log_wafers"] - usual
        assert moved[VENDORS.index(maker), LAYOUT.growth_years.index(year) + 1] == pytest.approx(sd)
        assert np.count_nonzero(moved.any(axis=1)) == 1


def test_the_hbm_share_goes_half_of_the_way_to_its_target_each_year(theta: dict[str, Any], priors: Priors) -> None:
    logit = paths(theta, priors)["hbm_logit"]
    assert logit.shape == (len(VENDORS), len(LAYOUT.hbm_knots))
    assert_allclose(logit[:, :4], [[0.0, 1.0, 1.5, 1.75]] * len(VENDORS))
    pulled = paths(theta, priors, hbm_share=np.full((len(VENDORS), SHARES), -2.0))["hbm_logit"]
    assert_allclose(pulled, 0.0, atol=1e-12)


def test_a_logit_of_nothing_is_half_of_the_wafers() -> None:
    log_wafers = np.log(100.0 + np.arange(float(len(LAYOUT.knots))))
    shares = np.zeros(len(LAYOUT.hbm_knots))
    shares[-1] = np.log(3.0)
    found = np.exp(capacity.hbm_log_wafers(log_wafers, shares, np))
    assert_allclose(found[0], 103 / 2, err_msg="the first HBM knot is three years after the first of all wafers")
    assert_allclose(found[-1], 0.75 * np.exp(log_wafers[-1]))
