"""Thresholds: the least strength that is enough in each draw, and the level at which a conclusion turns over."""

from dataclasses import asdict

import numpy as np
import pytest

from hbm_model.analysis.sweep import in_force, sweep
from hbm_model.analysis.thresholds import _crossing, _least, flip, flips, strength_needed, strengths
from hbm_model.core.errors import InputError
from hbm_model.core.quantities import LAG_AT_LEAST
from hbm_model.inference.fit import Fit


def test_the_least_level_is_the_first_that_is_enough() -> None:
    levels = np.array([0.2, 0.4, 0.6, 0.8])
    values = np.array([[1.0, 1.0, 5.0], [1.5, 1.2, 4.0], [2.0, 1.9, 4.5], [1.0, 1.0, 3.9]])
    np.testing.assert_array_equal(_least(levels, values, 1.0), [0.6, np.nan, np.nan])
    np.testing.assert_array_equal(_least(levels, values, -1.0), [np.nan, np.nan, 0.4])


def test_a_crossing_lies_between_its_neighbours() -> None:
    levels = np.array([0.0, 1.0, 2.0])
    assert _crossing(levels, np.array([0.8, 0.6, 0.4])) == pytest.approx(1.5)
    assert _crossing(levels, np.array([0.2, 0.5, 0.9])) == pytest.approx(1.0)
    assert np.isnan(_crossing(levels, np.array([0.5, 0.6, 0.7])))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_at_the_median_strength_half_of_those_draws_have_moved(made_up_fit: Fit, sign: float) -> None:
    got = strength_needed(made_up_fit, "immersion_access", 0.25 * sign, draws=120)
    assert got.direction == ("up" if sign > 0 else "down")
    assert got.low <= min(got.q05, got.q50, got.q95) <= max(got.q05, got.q50, got.q95) <= got.high
    assert got.q05 <= got.q50 <= got.q95
    end = got.high if sign > 0 else got.low
    answer = sweep(made_up_fit, "immersion_access", [got.q50, end], [LAG_AT_LEAST], ["2032Q4"], draws=120)
    change = sign * (answer.draws[LAG_AT_LEAST] - answer.baseline[LAG_AT_LEAST]).squeeze("period")
    reached = float((change.sel(level=end) >= 0.25).mean())
    assert reached == pytest.approx(1 - got.prob_out_of_reach, abs=0.05)
    assert float((change.sel(level=got.q50) >= 0.25).mean()) == pytest.approx(reached / 2, abs=0.05)


def test_a_lever_that_cannot_says_so(made_up_fit: Fit) -> None:
    got = strength_needed(made_up_fit, "korea_capital", draws=20)
    assert (got.direction, got.prob_out_of_reach) == ("", 1.0)
    assert np.isnan([got.q05, got.q50, got.q95]).all()


def test_all_levers_stand_in_one_table(made_up_fit: Fit) -> None:
    table = strengths(made_up_fit, (1.0, -1.0), draws=10)
    assert len(table) == 2 * len(made_up_fit.policy.levers)
    one = strength_needed(made_up_fit, "talent_flow", -1.0, draws=10)
    row = table[(table["lever"] == "talent_flow") & (table["years"] == -1.0)].squeeze()
    assert row["direction"] == one.direction
    assert list(table.columns) == list(asdict(one))


def test_a_conclusion_turns_over_where_its_probability_crosses_one_half(made_up_fit: Fit) -> None:
    base = sweep(made_up_fit, "immersion_access", [0.0, 1.0], ["capacity_ratio"], ["2032Q4"], draws=100)
    ends = base.draws["capacity_ratio"].squeeze("period").median("draw")
    bound = float(ends.mean())
    got = flip(made_up_fit, "immersion_access", ("capacity_ratio", "2032Q4", ">=", bound), draws=100)
    assert got.at_low >= 0.5 > got.at_high
    assert 0.0 < got.level < 1.0
    assert got.in_force == in_force(made_up_fit, "immersion_access")
    near = sweep(
        made_up_fit, "immersion_access", np.clip([got.level - 0.02, got.level + 0.02], 0, 1), ["capacity_ratio"],
        ["2032Q4"], draws=100,
    )  # fmt: skip
    before, after = (near.draws["capacity_ratio"].squeeze("period") >= bound).mean("draw").to_numpy()
    assert before >= 0.5 >= after


def test_a_conclusion_that_no_level_turns_over(made_up_fit: Fit) -> None:
    table = flips(made_up_fit, ("frontier_lag", "2032Q4", "<", 100.0), draws=5)
    assert (table["probability"] == 1.0).all()
    assert table["level"].isna().all()
    assert set(table["conclusion"]) == {"frontier_lag < 100 at 2032Q4"}


def test_wrong_questions_are_refused(made_up_fit: Fit) -> None:
    with pytest.raises(InputError, match="unknown comparison '=='; there are: >=, >"):
        flip(made_up_fit, "ai_fabs", ("frontier_lag", "2032Q4", "==", 1.0))
    with pytest.raises(InputError, match="a move of 0 needs no lever"):
        strength_needed(made_up_fit, "ai_fabs", 0.0, draws=2)
    with pytest.raises(InputError, match="unknown lever 'magic'"):
        strength_needed(made_up_fit, "magic")
