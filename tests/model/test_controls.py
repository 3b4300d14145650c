"""What policy does to the structural parameters: quarters become years, blocs become makers, effects add up."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal, assert_equal

from hbm_model.core.industry import BLOC_OF, VENDORS
from hbm_model.core.priors import Priors
from hbm_model.evidence import load_evidence
from hbm_model.model import controls
from hbm_model.model.context import Context
from hbm_model.model.joint import structure
from hbm_model.model.layout import Layout
from hbm_model.model.observations import Observations, observe
from hbm_model.policy.levels import level_at
from hbm_model.policy.levers import TARGETS, Effect
from hbm_model.policy.policy import policy_of
from hbm_model.policy.response import CELL, Acting

LAYOUT = Layout(last_year=2030, last_output_year=2026)
CELLS = len(LAYOUT.cells)
CHINA = np.array([BLOC_OF[v] == "china" for v in VENDORS])
YEARLY = {"investment", "capital", "tool_cost", "hbm_share"}


def path(target: str, bloc: str = "china", seed: int = 0, draws: int = 2) -> Acting:
    values = np.random.default_rng(seed).normal(size=(draws, CELLS))
    return Acting("access", Effect("size", target, bloc, 1), values)


def test_a_year_is_the_mean_of_its_quarters_and_nothing_acts_before_the_first() -> None:
    cells = np.arange(2 * CELLS, dtype=float).reshape(2, CELLS)
    same = controls.by_year(cells, LAYOUT.share_years)
    assert_allclose(same[:, 0], [1.5, CELLS + 1.5])
    assert same.shape == (2, len(LAYOUT.share_years))
    longer = controls.by_year(cells, LAYOUT.spending_years)
    assert_array_equal(longer[:, -same.shape[1] :], same)
    assert (longer[:, : -same.shape[1]] == 0).all()
    shorter = controls.by_year(cells, LAYOUT.share_years[2:])
    assert_array_equal(shorter, same[:, 2:])


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_an_effect_reaches_the_makers_of_its_bloc_on_the_time_grid_of_its_parameter(target: str) -> None:
    (found,) = controls.on_grids([path(target)], LAYOUT).values()
    times = {"investment": "spending_years", "capital": "spending_years", "tool_cost": "growth_years"}
    grid = getattr(LAYOUT, times.get(target, "share_years" if target == "hbm_share" else "cells"))
    assert found.shape == (2, len(VENDORS), len(grid))
    assert (found[:, ~CHINA] == 0).all()
    assert_array_equal(found[:, CHINA][:, 0], found[:, CHINA][:, 1])
    assert (found[:, CHINA].mean(axis=(0, 2)) != 0).all()
    (everybody,) = controls.on_grids([path(target, "all")], LAYOUT).values()
    assert_array_equal(everybody, np.broadcast_to(found[:, [-1]], everybody.shape))


def test_effects_on_one_parameter_add_up_in_whatever_order() -> None:
    paths = [path("tool_cost", seed=1), path("tool_cost", "all", seed=2), path("clock_speed", seed=3)]
    both = controls.on_grids(paths, LAYOUT)
    assert set(both) == {"tool_cost", "clock_speed"}
    one, two = (controls.on_grids([each], LAYOUT)["tool_cost"] for each in paths[:2])
    assert_allclose(both["tool_cost"], one + two)
    assert_allclose(controls.on_grids(paths[::-1], LAYOUT)["tool_cost"], both["tool_cost"])
    assert controls.on_grids([], LAYOUT) == {}


def test_forces_add_up_and_neither_is_changed() -> None:
    one, two = {"a": np.ones(2), "b": np.ones(2)}, {"b": np.ones(2), "c": np.ones(2)}
    found = controls.added(one, two)
    assert {name: values[0] for name, values in found.items()} == {"a": 1, "b": 2, "c": 1}
    assert one["b"][0] == 1
    assert controls.added(one, {}) == one


# --- what is in force -------------------------------------------------------------------------------------------


def test_the_fit_knows_of_each_informed_effect_when_it_acted(observations: Observations, layout: Layout) -> None:
    policy = observations.policy
    informed = {effect.prior: (lever, effect) for lever, effect in policy.informed}
    assert set(observations.drivers) == {"raised", *informed}
    assert {name: target for target, name in layout.informed} == {n: e.target for n, (_, e) in informed.items()}
    for name, (lever, effect) in informed.items():
        unit = observations.drivers[name]
        assert (unit[~CHINA] == 0).all(), "controls bind Chinese makers"
        assert (unit[CHINA] != 0).any()
        if effect.anticipation:
            assert (unit > 0).any(), "bought ahead"
            assert (unit < 0).any(), "and paid back"
            continue
        assert (effect.sign * unit[CHINA] >= 0).all()
        highest = max(step.level for step in policy.levels[lever.name])
        assert np.abs(unit).max() <= highest - lever.reference
        first = policy.levels[lever.name][0].start
        grid = layout.growth_years if effect.target in YEARLY else list(layout.cells)
        before = np.array([time + (1 if effect.target in YEARLY else CELL) <= first for time in grid])
        assert before.any()
        assert (unit[:, before] == 0).all(), "nothing acts before its start"


def test_a_vintage_from_before_any_measure_has_none_in_force(priors: Priors) -> None:
    layout, observations = observe(past := load_evidence("2021-12-31"), priors, policy_of(past))
    assert not observations.policy.levels
    for _, name in layout.informed:
        assert (observations.drivers[name] == 0).all()


def test_later_measures_are_unknown_to_an_earlier_vintage(priors: Priors, observations: Observations) -> None:
    _, early = observe(past := load_evidence("2024-06-30"), priors, policy_of(past))
    name = "etch_deposition_access"
    before, now = early.policy.levels[name], observations.policy.levels[name]
    assert before == now[: len(before)]
    assert level_at(now, 2025.5, 0.0) > level_at(before, 2025.5, 0.0)


def test_what_is_in_force_is_size_times_history(
    prior_draws: Any, observations: Observations, layout: Layout, priors: Priors
) -> None:
    theta = dict(prior_draws)
    forces = controls.in_force(Context(theta, layout, priors, np, observations.drivers))
    assert set(forces) == {target for target, _ in layout.informed}
    for target, name in layout.informed:
        assert_allclose(forces[target], theta[name][:, None, None] * observations.drivers[name])
    again = controls.history(observations.policy, priors, layout)
    for name, values in again.items():
        assert_array_equal(values, observations.drivers[name])


def test_a_size_of_nothing_leaves_the_world_as_it_is_without_measures(
    prior_draws: Any, observations: Observations, layout: Layout, priors: Priors
) -> None:
    names = [name for _, name in layout.informed]
    harmless = {name: values[:5] * (0.0 if name in names else 1.0) for name, values in prior_draws.items()}
    free = observations.drivers | {name: 0.0 * observations.drivers[name] for name in names}
    same, none = (
        structure(Context(theta, layout, priors, np, drivers))
        for theta, drivers in ((harmless, observations.drivers), ({n: v[:5] for n, v in prior_draws.items()}, free))
    )
    for part, values in same.items():
        for name, value in values.items():
            assert_equal(value, none[part][name], err_msg=f"{part}.{name}")
