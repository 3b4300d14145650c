"""From levels to effects: nothing before its start, what is awaited is paid back, what is lifted goes as it came."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from hbm_model.core.priors import Prior, Priors
from hbm_model.policy.levels import Step, Steps
from hbm_model.policy.levers import Effect, Lever
from hbm_model.policy.response import (
    CELL,
    PAYBACK_YEARS,
    Acting,
    acting,
    anticipation,
    exposure,
    medians,
    probabilities,
    quantile,
)

times = np.arange(2022.0, 2046.0, CELL) + CELL / 2
VALUES = {
    "onset": np.array([0.5, 1.0, 2.0]),
    "erosion": np.array([2.0, 4.0, 8.0]),
    "lasting": np.array([0.3, 0.3, 0.3]),
    "size": np.array([0.2, 0.4, 0.8]),
}
QUARTER = st.integers(0, 80).map(lambda n: 2022.0 + n * CELL)
LEVEL = st.floats(0.0, 1.0)


def lever(name: str = "access", erodes: bool = False, reference: float = 0.0, **more: object) -> Lever:
    fading = ("erosion", "lasting") if erodes else (None, None)
    effects = (Effect("size", "tool_cost", "china", 1),)
    return Lever(name, "", "", 0.0, 1.0, reference, "", "onset", *fading, effects, **more)  # type: ignore[arg-type]


def steps(*at: tuple[float, float]) -> Steps:
    return tuple(Step(start, level, start) for start, level in at)


def felt(of: Lever, levels: Steps) -> np.ndarray:
    return exposure(of, {of.name: levels}, {of.name: of}, VALUES, times)


def prior(dist: str, **parameters: float) -> Prior:
    return Prior("p", dist, parameters, None, "years", "reason", "source")


# --- onset, erosion, lifting ------------------------------------------------------------------------------------


def test_without_a_measure_nothing_is_felt() -> None:
    assert_array_equal(felt(lever(), ()), np.zeros((3, len(times))))
    assert_array_equal(felt(lever(reference=1.0), steps((2024.0, 1.0))), np.zeros((3, len(times))))


def test_a_rise_arrives_with_its_onset() -> None:
    found = felt(lever(), steps((2024.0, 0.6)))
    since = np.maximum(times - 2024.0, 0.0)
    assert_allclose(found, 0.6 * (1 - np.exp(-since / VALUES["onset"][:, None])))
    assert (found[:, times < 2024.0] == 0).all()


def test_a_rise_is_worn_down_to_what_lasts() -> None:
    found = felt(lever(erodes=True), steps((2024.0, 0.6)))
    since = np.maximum(times - 2024.0, 0.0)
    usual = felt(lever(), steps((2024.0, 0.6)))
    assert_allclose(found, usual * (0.3 + 0.7 * np.exp(-since / VALUES["erosion"][:, None])))
    assert_allclose(found[0, -1], 0.6 * 0.3, rtol=1e-3)


def test_levels_are_measured_from_the_reference_on_either_side() -> None:
    banned = felt(lever(reference=1.0), steps((2024.0, 0.25)))
    assert_allclose(banned, -felt(lever(), steps((2024.0, 0.75))))


def test_a_rise_in_two_steps_is_the_sum_of_both() -> None:
    of = lever(erodes=True)
    both = felt(of, steps((2024.0, 0.2), (2026.0, 0.9)))
    assert_allclose(both, felt(of, steps((2024.0, 0.2))) + felt(of, steps((2026.0, 0.7))))


def test_a_fall_takes_away_only_what_is_left() -> None:
    of = lever(erodes=True)
    before = felt(of, steps((2024.0, 0.8)))
    lifted = felt(of, steps((2024.0, 0.8), (2032.0, 0.0)))
    half = felt(of, steps((2024.0, 0.8), (2032.0, 0.4)))
    since = np.maximum(times - 2032.0, 0.0)
    gone = 1 - np.exp(-since / VALUES["onset"][:, None])
    assert_allclose(lifted, before * (1 - gone), atol=1e-12)
    assert_allclose(half, before * (1 - 0.5 * gone), atol=1e-12)
    assert (lifted >= 0).all(), "a measure that is lifted never helps more than it harmed"
    assert_allclose(lifted[:, -1], 0.0, atol=2e-3)


def test_a_change_of_sides_takes_all_of_the_first_away() -> None:
    of = lever(reference=0.5)
    found = felt(of, steps((2024.0, 1.0), (2030.0, 0.0)))
    assert_allclose(found[:2, -1], -0.5, atol=1e-3)
    assert_allclose(found, felt(of, steps((2024.0, 1.0), (2030.0, 0.5))) + felt(of, steps((2030.0, 0.0))), atol=1e-12)


@given(at=st.lists(st.tuples(QUARTER, LEVEL), max_size=5, unique_by=lambda step: step[0]))
def test_what_is_felt_lies_between_the_levels_there_were(at: list[tuple[float, float]]) -> None:
    levels = steps(*sorted(at))
    highest = max((level for _, level in at), default=0.0)
    for erodes in (False, True):
        found = felt(lever(erodes=erodes), levels)
        assert (found >= -1e-12).all()
        assert (found <= highest + 1e-12).all()
    first = min((start for start, _ in at), default=2100.0)
    assert (found[:, times < first] == 0).all()


@given(
    past=st.lists(st.tuples(QUARTER, LEVEL), max_size=4, unique_by=lambda step: step[0]),
    later=st.tuples(QUARTER, LEVEL),
)
def test_what_comes_later_changes_nothing_before(past: list[tuple[float, float]], later: tuple[float, float]) -> None:
    assume(all(start < later[0] for start, _ in past))
    for erodes in (False, True):
        usual, other = (felt(lever(erodes=erodes), steps(*sorted(at))) for at in (past, [*past, later]))
        assert_array_equal(other[:, times < later[0]], usual[:, times < later[0]])


@given(low=LEVEL, high=LEVEL, start=QUARTER)
def test_more_of_a_measure_is_felt_more(low: float, high: float, start: float) -> None:
    less, more = sorted((low, high))
    before = (2022.0, 0.3)
    assume(start > before[0])
    for erodes in (False, True):
        of = lever(erodes=erodes)
        weak, strong = (felt(of, steps(before, (start, level))) for level in (less, more))
        assert (strong >= weak - 1e-12).all()


# --- anticipation -----------------------------------------------------------------------------------------------


def test_what_is_awaited_is_bought_ahead_and_paid_back_to_the_quarter() -> None:
    for start, expected, rise in ((2027.0, 2026.0, 0.5), (2028.0, 2027.25, 1.0)):
        path = anticipation((Step(start, rise, expected),), 0.0, times)
        ahead, after = times < start, (times > start) & (times < start + PAYBACK_YEARS)
        assert_array_equal(path[ahead & (times > expected)], rise)
        assert (path[times < expected] == 0).all()
        assert (path[after] < 0).all()
        assert (path[times > start + PAYBACK_YEARS] == 0).all()
        assert path.sum() == pytest.approx(0.0, abs=1e-12)


def test_only_what_rises_and_was_announced_is_bought_ahead() -> None:
    assert (anticipation(steps((2027.0, 1.0)), 0.0, times) == 0).all()
    fall = (Step(2024.0, 1.0, 2024.0), Step(2027.0, 0.2, 2026.0))
    assert (anticipation(fall, 0.0, times) == 0).all()
    ban = anticipation((Step(2027.0, 0.0, 2026.0),), 1.0, times)
    assert ban.max() == 1.0, "away from the reference is a rise, whatever its sign"
    further = anticipation((Step(2024.0, 0.3, 2024.0), Step(2027.0, 0.8, 2026.0)), 0.0, times)
    assert further.max() == pytest.approx(0.5)


@given(days=st.integers(1, 1000), start=st.floats(2026.0, 2036.0), rise=st.floats(0.1, 1.0))
def test_purchases_ahead_are_paid_back_within_a_cell_at_each_end(days: int, start: float, rise: float) -> None:
    path = anticipation((Step(start, rise, start - days / 365.25),), 0.0, times)
    assert abs(path.sum() * CELL) <= 2 * CELL * rise * (1 + days / 365.25 / PAYBACK_YEARS)
    assert (path[times >= start] <= 0).all()


# --- shields ----------------------------------------------------------------------------------------------------


def test_a_shield_takes_force_out_of_another_lever_as_it_is_built() -> None:
    access = lever(erodes=True)
    own = lever("own", shields={"access": 0.8}, shield_onset="onset")
    levers = {"access": access, "own": own}
    bare = felt(access, steps((2024.0, 1.0)))
    for level in (0.0, 0.5, 1.0):
        both = {"access": steps((2024.0, 1.0)), "own": steps((2026.0, level))}
        found = exposure(access, both, levers, VALUES, times)
        built = 1 - np.exp(-np.maximum(times - 2026.0, 0.0) / VALUES["onset"][:, None])
        assert_allclose(found, bare * (1 - 0.8 * level * built))
    assert_array_equal(exposure(own, both, levers, VALUES, times), felt(own, steps((2026.0, 1.0))))


# --- effects ----------------------------------------------------------------------------------------------------


def run(effect: Effect, levels: Steps, values: Mapping[str, np.ndarray] = VALUES) -> Acting:
    of = lever()
    (found,) = acting({"access": of}, {"access": levels}, values, times, [(of, effect)])
    return found


def test_an_effect_is_its_sign_times_its_size_times_what_is_felt() -> None:
    levels = steps((2024.0, 0.5))
    for sign in (1, -1):
        found = run(Effect("size", "clock_speed", "china", sign), levels)
        assert_allclose(found.path, sign * VALUES["size"][:, None] * felt(lever(), levels))
        assert (found.lever, found.effect.part) == ("access", "clock")
    assert_array_equal(found.some(slice(1, 3)).path, found.path[1:3])


def test_an_effect_by_anticipation_acts_before_and_not_after() -> None:
    levels = (Step(2027.0, 0.5, 2026.0),)
    found = run(Effect("size", "investment", "china", 1, anticipation=True), levels)
    assert_allclose(found.path, VALUES["size"][:, None] * anticipation(levels, 0.0, times))


@given(low=LEVEL, high=LEVEL, sign=st.sampled_from([1, -1]))
def test_an_effect_with_a_sign_goes_its_way_in_every_draw_and_at_every_time(low: float, high: float, sign: int) -> None:
    less, more = sorted((low, high))
    effect = Effect("size", "tool_cost", "china", sign)
    weak, strong = (run(effect, steps((2024.0, level))).path for level in (less, more))
    assert (sign * (strong - weak) >= -1e-12).all()


def test_a_size_whose_sign_is_open_goes_both_ways() -> None:
    sizes = quantile(prior("normal", mean=0.0, sd=0.1), np.array([0.1, 0.5, 0.9]))
    path = run(Effect("open", "clock_speed", "china", 1), steps((2024.0, 1.0)), VALUES | {"open": sizes}).path
    assert (path[0, -1] < 0) & (path[1, -1] == 0) & (path[2, -1] > 0)


# --- draws of sizes ---------------------------------------------------------------------------------------------


@given(u=st.floats(0.001, 0.999))
def test_a_quantile_is_the_priors(u: float) -> None:
    at = np.array([u])
    assert_allclose(quantile(prior("normal", mean=0.3, sd=0.2), at), stats.norm(0.3, 0.2).ppf(u))
    assert_allclose(quantile(prior("lognormal", median=0.3, sd=0.7), at), stats.lognorm(0.7, scale=0.3).ppf(u))
    assert_array_equal(quantile(prior("constant", value=0.35), at), [0.35])


def test_probabilities_of_a_name_do_not_depend_on_the_others() -> None:
    alone, many = probabilities(["b"], 50, seed=3), probabilities(["c", "b", "a", "b"], 50, seed=3)
    assert list(many) == ["a", "b", "c"]
    assert_array_equal(alone["b"], many["b"])
    assert not np.array_equal(many["a"], many["b"])
    assert not np.array_equal(alone["b"], probabilities(["b"], 50, seed=4)["b"])
    assert stats.kstest(probabilities(["b"], 5000, seed=3)["b"], "uniform").pvalue > 0.001


def test_medians_are_one_draw_of_each() -> None:
    table = {"onset": prior("lognormal", median=0.8, sd=0.5), "share": prior("constant", value=0.3)}
    found = medians(table, Priors(table))
    assert {name: values.tolist() for name, values in found.items()} == {"onset": [0.8], "share": [0.3]}
