"""The structural equations: limits, order and units; and that a graph and an array of draws give one answer."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy import special

from hbm_model.model import equations

Floats = np.ndarray


def numbers(low: float, high: float, *shape: int) -> st.SearchStrategy[Any]:
    values = st.floats(low, high, allow_nan=False)
    return arrays(float, shape, elements=values) if shape else values


# --- helpers of the curves --------------------------------------------------------------------------------------


@given(x=numbers(-1e4, 1e4))
def test_sigmoid_and_softplus_are_what_they_are_called_in_both_tails(x: float) -> None:
    assert_allclose(equations.sigmoid(x, np), special.expit(x), rtol=1e-9, atol=1e-15)
    assert_allclose(equations.softplus(x, np), np.logaddexp(0.0, x), rtol=1e-12, atol=1e-300)


@given(x=numbers(-50, 50), width=numbers(0.01, 1))
def test_the_smooth_maximum_stays_within_its_width_of_the_sharp_one(x: float, width: float) -> None:
    over = equations.positive_part(x, np, width) - max(x, 0.0)
    assert -1e-12 <= over <= width * np.log(2) + 1e-12


# --- ramp -------------------------------------------------------------------------------------------------------


@given(ages=numbers(-5, 20, 2), tau=numbers(0.1, 5))
def test_learning_never_goes_backwards(ages: Floats, tau: float) -> None:
    young, old = np.sort(ages)
    assert equations.unlearned(old, tau, np) <= equations.unlearned(young, tau, np)


def test_learning_starts_from_one_at_volume_start_and_is_followed_back_to_the_pilot_line_only() -> None:
    tau = 0.8
    assert_allclose(equations.unlearned(0.0, tau, np), 1.0, rtol=1e-3)
    assert_allclose(equations.unlearned(tau, tau, np), np.exp(-1), rtol=1e-3)
    assert_allclose(equations.unlearned(-30.0, tau, np), np.exp(equations.PILOT_YEARS / tau), rtol=1e-12)


@given(floor=numbers(0.001, 1), start=numbers(0.0, 5), ages=numbers(-1, 20, 2), tau=numbers(0.1, 5))
def test_the_yield_of_an_older_line_is_never_lower_and_never_beats_its_floor(
    floor: float, start: float, ages: Floats, tau: float
) -> None:
    young, old = (np.exp(-equations.loss(equations.unlearned(age, tau, np), start, floor)) for age in np.sort(ages))
    assert 0 < young <= old <= np.exp(-floor) < 1


@given(base=numbers(0.0, 3), layers=st.permutations([4, 8, 12, 16]), exponent=numbers(0.1, 2.5))
def test_a_taller_stack_is_never_better_at_the_same_age(base: float, layers: list[int], exponent: float) -> None:
    low, high = sorted(layers[:2])
    lost = [equations.stack_loss(base, float(n), exponent, np) for n in (low, high)]
    assert lost[0] <= lost[1]


@given(per_layer=numbers(0.8, 0.9999))
def test_with_exponent_one_layers_fail_independently(per_layer: float) -> None:
    base = -8 * np.log(per_layer)
    for layers in (4.0, 8.0, 12.0, 16.0):
        assert_allclose(np.exp(-equations.stack_loss(base, layers, 1.0, np)), per_layer**layers, rtol=1e-9)


# --- clock ------------------------------------------------------------------------------------------------------


@given(
    since=numbers(-40, 40, 4, 3),
    half=numbers(0.2, 3),
    width=numbers(0.05, 1.5),
    ships=arrays(float, (4, 1), elements=st.sampled_from([0.0, 1.0])),
)
def test_the_mix_shares_out_no_more_than_all_wafers(since: Floats, half: float, width: float, ships: Floats) -> None:
    mix = equations.generation_mix(since, half, width, ships, np)
    assert ((mix >= 0) & (mix <= 1)).all()
    assert (mix.sum(axis=0) <= 1 + 1e-9).all()
    assert (mix[ships[:, 0] == 0] == 0).all()


def test_the_newest_generation_takes_the_whole_mix_and_nothing_is_mixed_before_the_first() -> None:
    starts, ships = np.array([2020.0, 2022.0, 2024.0]), np.ones((3, 1))
    times = np.array([2010.0, 2021.9, 2060.0])
    mix = equations.generation_mix(times - starts[:, None], 0.7, 0.2, ships, np)
    assert_allclose(mix.sum(axis=0), [0, 1, 1], atol=0.01)
    assert_allclose(mix[:, -1], [0, 0, 1], atol=1e-9)


def test_a_generation_holds_half_of_what_newer_ones_leave_after_its_half_time() -> None:
    mix = equations.generation_mix(np.array([[5.0], [0.7]]), 0.7, 0.2, np.ones((2, 1)), np)
    assert_allclose(mix[:, 0], [0.5, 0.5], rtol=1e-6)


# --- clocks of another speed ------------------------------------------------------------------------------------

CELL, CELLS = 0.25, 40
STARTS = 2022.0 + CELL * np.arange(CELLS)
SPEEDS = arrays(float, (3, CELLS), elements=st.floats(-1.5, 1.5))
DATES = arrays(float, (3, 6), elements=st.floats(2015.0, 2040.0))


@given(log_speed=SPEEDS, dates=DATES)
def test_retiming_undoes_progress(log_speed: Floats, dates: Floats) -> None:
    later = equations.retimed(dates, STARTS, CELL, log_speed)
    shown = equations.progressed(later, STARTS, CELL, log_speed[:, None], np)
    assert_allclose(shown, dates, rtol=1e-12, atol=1e-8)
    there = equations.retimed(
        equations.progressed(dates, STARTS, CELL, log_speed[:, None], np), STARTS, CELL, log_speed
    )
    assert_allclose(there, dates, rtol=1e-12, atol=1e-8)


@given(dates=DATES)
def test_a_clock_of_the_usual_speed_shows_the_time_to_the_bit(dates: Floats) -> None:
    usual = np.zeros((3, CELLS))
    assert_array_equal(equations.retimed(dates, STARTS, CELL, usual), dates)
    assert_array_equal(equations.progressed(dates, STARTS, CELL, usual[:, None], np), dates)


@given(log_speed=SPEEDS, dates=DATES)
def test_what_comes_before_a_change_of_speed_keeps_its_date_and_order(log_speed: Floats, dates: Floats) -> None:
    log_speed = np.where(STARTS < 2027.0, 0.0, log_speed)
    later = equations.retimed(dates, STARTS, CELL, log_speed)
    assert_array_equal(later[dates <= 2027.0], dates[dates <= 2027.0])
    assert (later[dates > 2027.0] > 2027.0 - 1e-9).all()
    order = np.argsort(dates, axis=-1)
    assert (np.diff(np.take_along_axis(later, order, axis=-1), axis=-1) >= -1e-9).all()
    slow = equations.retimed(dates, STARTS, CELL, -np.abs(log_speed))
    fast = equations.retimed(dates, STARTS, CELL, np.abs(log_speed))
    assert (fast <= dates + 1e-9).all()
    assert (dates <= slow + 1e-9).all()


@given(log_speed=SPEEDS, times=arrays(float, 5, elements=st.floats(2015.0, 2040.0)))
def test_times_shared_by_all_clocks_are_told_as_each_would(log_speed: Floats, times: Floats) -> None:
    shared = equations.progressed_at(times, STARTS, CELL, log_speed, np)
    each = equations.progressed(np.broadcast_to(times, (3, 5)), STARTS, CELL, log_speed[:, None], np)
    assert_allclose(shared, each, rtol=1e-13)


def test_at_half_speed_two_years_take_four() -> None:
    half = np.full((1, CELLS), np.log(0.5))
    assert_allclose(
        equations.retimed(np.array([[2021.0, 2022.0, 2024.0]]), STARTS, CELL, half), [[2021.0, 2022.0, 2026.0]]
    )
    assert_allclose(equations.progressed(np.array([2026.0]), STARTS, CELL, half[0], np), [2024.0])


# --- capacity ---------------------------------------------------------------------------------------------------


@given(mean=numbers(0.2, 4, 3), n=st.integers(1, 8))
def test_lead_time_weights_sum_to_one(mean: Floats, n: int) -> None:
    weights = equations.lead_time_weights(mean, n, np)
    assert weights.shape == (3, n)
    assert (weights >= 0).all()
    assert_allclose(weights.sum(axis=-1), 1.0, rtol=1e-12)


@given(means=numbers(0.3, 4, 2))
def test_a_longer_lead_time_moves_capacity_later(means: Floats) -> None:
    short, long = (equations.lead_time_weights(np.array(mean), 6, np) @ np.arange(6) for mean in np.sort(means))
    assert short <= long + 1e-12


@given(spending=numbers(0.0, 100, 2, 9), mean=numbers(0.3, 3))
def test_investment_arrives_delayed_but_whole(spending: Floats, mean: float) -> None:
    weights = equations.lead_time_weights(np.array(mean), 4, np)
    arriving = equations.arriving_investment(spending, weights)
    expected = [[sum(weights[k] * row[y - k] for k in range(4)) for y in range(3, 9)] for row in spending]
    assert_allclose(arriving, expected, rtol=1e-12, atol=1e-12)
    assert_allclose(equations.arriving_investment(np.full((1, 9), 7.0), weights), 7.0)


@given(start=numbers(-5, 5, 3), rate=numbers(0.01, 3, 3), push=numbers(-2, 2, 3, 6))
def test_partial_adjustment_is_the_recursion_that_it_states(start: Floats, rate: Floats, push: Floats) -> None:
    path = [start]
    for n in range(push.shape[-1]):
        path.append(np.exp(-rate) * path[-1] + push[:, n])
    assert_allclose(equations.partial_adjustment(start, rate, push, np), np.stack(path, axis=-1), rtol=1e-9, atol=1e-9)


@given(
    log_start=numbers(1, 7, 2),
    log_investment=numbers(-1, 4, 2, 5),
    rate=numbers(0.02, 1, 2),
    break_even=numbers(-6, 0, 2, 5),
    shock=numbers(-0.3, 0.3, 2, 5),
)
def test_wafers_follow_their_stated_equation(
    log_start: Floats, log_investment: Floats, rate: Floats, break_even: Floats, shock: Floats
) -> None:
    path = equations.wafer_path(log_start, log_investment, rate, break_even, shock, np)
    pull = (1 - np.exp(-rate))[:, None] * (log_investment - path[:, :-1] - break_even)
    assert_allclose(path[:, 1:], path[:, :-1] + pull + shock, rtol=1e-9, atol=1e-9)


@given(log_start=numbers(1, 7), rate=numbers(0.02, 1), break_even=numbers(-6, 0), above=numbers(0.01, 2))
def test_capacity_rises_above_break_even_falls_below_and_stays_at_it(
    log_start: float, rate: float, break_even: float, above: float
) -> None:
    def path(excess: float) -> Floats:
        investment = np.full((1, 4), log_start + break_even + excess)
        flat = np.zeros((1, 4))
        return equations.wafer_path(np.array([log_start]), investment, np.array([rate]), flat + break_even, flat, np)[0]

    assert (np.diff(path(above)) > 0).all()
    assert (np.diff(path(-above)) < 0).all()
    assert_allclose(path(0.0), log_start, rtol=1e-12)
    assert (np.diff(np.diff(path(above))) < 0).all(), "the larger the line, the slower it grows"


@given(start=numbers(-5, 1, 2), target=numbers(-5, 1, 2), rate=numbers(0.05, 2, 2))
def test_the_hbm_share_moves_towards_its_target_and_not_past_it(start: Floats, target: Floats, rate: Floats) -> None:
    path = equations.share_path(start, target[:, None], rate, np.zeros((2, 8)), np)
    left = np.abs(path - target[:, None])
    assert_allclose(left, np.exp(-rate[:, None] * np.arange(9)) * left[:, :1], rtol=1e-9, atol=1e-9)
    assert ((path - target[:, None]) * (start - target)[:, None] >= -1e-9).all()
    moved = np.where(np.arange(8) < 4, target[:, None], target[:, None] + 1.0)
    later = equations.share_path(start, moved, rate, np.zeros((2, 8)), np)
    assert_array_equal(later[:, :5], path[:, :5])
    assert (later[:, 5:] > path[:, 5:]).all()


# --- shape ------------------------------------------------------------------------------------------------------


def test_folding_keeps_the_draws_in_front() -> None:
    flat = np.arange(24.0).reshape(2, 12)
    assert_allclose(equations.fold(flat, (3, 4)), flat.reshape(2, 3, 4))


# --- written once -----------------------------------------------------------------------------------------------

RNG = np.random.default_rng(7)
V, G, T, Y = 2, 3, 5, 6
ONCE: dict[str, tuple[Callable[..., Any], dict[str, Floats]]] = {
    "sigmoid": (equations.sigmoid, {"x": RNG.normal(size=V) * 30}),
    "softplus": (equations.softplus, {"x": RNG.normal(size=V) * 30}),
    "positive_part": (equations.positive_part, {"x": RNG.normal(size=V)}),
    "unlearned": (equations.unlearned, {"age": RNG.normal(size=(V, T)), "tau": RNG.uniform(0.3, 2, (V, 1))}),
    "stack_loss": (
        equations.stack_loss,
        {"base": RNG.uniform(0, 1, T), "layers": np.full(T, 12.0), "exponent": RNG.uniform(0.5, 2, T)},
    ),
    "generation_mix": (
        lambda since, half, width, xp: equations.generation_mix(since, half, width, np.ones((G, 1)), xp),
        {"since": RNG.normal(size=(V, G, T)) * 3, "half": np.full((V, 1, 1), 0.8), "width": np.full((V, 1, 1), 0.3)},
    ),
    "lead_time_weights": (lambda mean, xp: equations.lead_time_weights(mean, 4, xp), {"mean": np.array(1.4)}),
    "arriving_investment": (
        lambda spending, weights, xp: equations.arriving_investment(spending, weights),
        {"spending": RNG.uniform(1, 9, (V, Y)), "weights": np.array([0.1, 0.5, 0.3, 0.1])},
    ),
    "partial_adjustment": (
        equations.partial_adjustment,
        {"start": RNG.normal(size=V), "rate": RNG.uniform(0.1, 1, V), "push": RNG.normal(size=(V, Y))},
    ),
    "wafer_path": (
        equations.wafer_path,
        {
            "log_start": RNG.normal(size=V),
            "log_investment": RNG.normal(size=(V, Y)),
            "rate": RNG.uniform(0.1, 1, V),
            "break_even": RNG.normal(size=(V, Y)),
            "shock": RNG.normal(size=(V, Y)),
        },
    ),
    "share_path": (
        equations.share_path,
        {
            "start": RNG.normal(size=V),
            "target": RNG.normal(size=(V, Y)),
            "rate": RNG.uniform(0.1, 1, V),
            "shock": RNG.normal(size=(V, Y)),
        },
    ),
    "fold": (lambda x, xp: equations.fold(x, (V, G)), {"x": RNG.normal(size=V * G)}),
}


@pytest.mark.parametrize("name", ONCE)
def test_a_graph_gives_the_value_that_arrays_give(name: str, plain_python: Any) -> None:
    import pytensor
    import pytensor.tensor as pt

    curve, given_values = ONCE[name]
    symbols = {key: pt.tensor(f"{key}_", shape=x.shape, dtype="float64") for key, x in given_values.items()}
    graph = pytensor.function(list(symbols.values()), curve(**symbols, xp=pt), mode=plain_python)
    assert_allclose(graph(*given_values.values()), curve(**given_values, xp=np), rtol=1e-12)


@pytest.mark.parametrize("name", ONCE)
def test_a_draw_axis_in_front_changes_nothing(name: str) -> None:
    curve, given_values = ONCE[name]
    other = {key: value * 1.1 for key, value in given_values.items()}
    both = {key: np.stack([value, other[key]]) for key, value in given_values.items()}
    together = curve(**both, xp=np)
    for draw, values in enumerate((given_values, other)):
        assert_allclose(together[draw], curve(**values, xp=np), rtol=1e-12)
