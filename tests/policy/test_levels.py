"""Levels of levers over time: what is in force, what a scenario makes of it, and what never depends on an order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbm_model.core.dates import decimal_year
from hbm_model.policy.levels import Step, Steps, closure, in_force, level_at, levels_of
from hbm_model.policy.levers import Lever
from hbm_model.policy.scenarios import BASELINE, Scenario, Setting, load_scenarios, scenario_levers

AS_OF = 2026.5
DAY = date(2026, 7, 2)
BASE: Steps = (Step(2022.5, 0.2, 2022.5), Step(2025.0, 0.4, 2024.5))
LATE = st.dates(date(2024, 1, 1), date(2034, 12, 31))
LEVEL = st.floats(0, 1)


def lever(name: str = "access", low: float = 0.0, high: float = 1.0, reference: float = 0.0) -> Lever:
    return Lever(name, "", "", low, high, reference, "", "onset", None, None, ())


LEVERS = {"access": lever(), "money": lever("money", high=10.0)}


def setting(level: float, start: str, end: str | None = None, name: str = "access", **more: str) -> Setting:
    days = {key: date.fromisoformat(value) for key, value in more.items()}
    last = None if end is None else date.fromisoformat(end)
    return Setting(name, level, date.fromisoformat(start), end=last, **days)  # type: ignore[arg-type]


def scenario(name: str, *settings: Setting, include: Sequence[str] = ()) -> Scenario:
    return Scenario(name, "", "", (), (), tuple(include), settings)


def levels(name: str, *scenarios: Scenario, base: Steps = BASE) -> dict[str, Steps]:
    return levels_of(name, {each.name: each for each in scenarios}, {"access": base}, LEVERS, AS_OF)


@st.composite
def spans(draw: st.DrawFn) -> Setting:
    start = draw(LATE)
    end = draw(st.none() | st.integers(1, 2000).map(lambda days: start + timedelta(days)))
    announced = draw(st.none() | st.integers(0, 900).map(lambda days: start - timedelta(days)))
    name = draw(st.sampled_from(sorted(LEVERS)))
    return Setting(name, draw(LEVEL), start, announced=announced, end=end)


# --- what is in force -------------------------------------------------------------------------------------------


def test_what_is_published_is_in_force_and_what_is_only_proposed_is_not() -> None:
    base = scenario(
        BASELINE,
        setting(0.4, "2025-01-01", announced="2024-12-02"),
        setting(0.2, "2022-10-07"),
        setting(0.9, "2027-01-01", announced="2026-08-01"),
    )
    assert in_force(base, date(2022, 10, 6)) == {}
    assert [step.level for step in in_force(base, date(2022, 10, 7))["access"]] == [0.2]
    # Published before it takes force: known, and still to come.
    coming = in_force(base, date(2024, 12, 2))["access"]
    assert [(step.level, step.start > decimal_year(date(2024, 12, 2))) for step in coming] == [
        (0.2, False),
        (0.4, True),
    ]
    assert [step.level for step in in_force(base, date(2026, 7, 31))["access"]] == [0.2, 0.4]
    assert [step.level for step in in_force(base, date(2026, 8, 1))["access"]] == [0.2, 0.4, 0.9]


@pytest.mark.parametrize("day", [date(2021, 6, 30), date(2023, 1, 1), date(2024, 12, 1), date(2025, 10, 1)])
def test_an_earlier_as_of_gives_the_earlier_baseline(day: date) -> None:
    baseline = load_scenarios()[BASELINE]
    early, late = in_force(baseline, day), in_force(baseline, date(2026, 6, 30))
    assert early != late
    for name, steps in early.items():
        assert set(steps) <= set(late[name])
    known = [each for each in baseline.settings if (each.announced or each.start) <= day]
    assert sum(len(steps) for steps in early.values()) == len(known)


def test_a_step_is_awaited_from_its_announcement_or_from_when_people_expected_it() -> None:
    plain, announced, expected = (
        in_force(scenario(BASELINE, each), date(2026, 1, 1))["access"][0]
        for each in (
            setting(0.3, "2025-01-01"),
            setting(0.3, "2025-01-01", announced="2024-12-02"),
            setting(0.3, "2025-01-01", announced="2024-12-02", expected="2024-03-08"),
        )
    )
    assert plain.expected == plain.start
    assert announced.expected == decimal_year(date(2024, 12, 2))
    assert expected.expected == decimal_year(date(2024, 3, 8))


def test_the_level_at_a_time() -> None:
    assert [level_at(BASE, time, 0.1) for time in (2020.0, 2022.5, 2024.999, 2025.0, 2040.0)] == [
        0.1,
        0.2,
        0.2,
        0.4,
        0.4,
    ]
    assert level_at((), 2030.0, 0.7) == 0.7


# --- under a scenario -------------------------------------------------------------------------------------------


def test_nothing_set_is_what_is_in_force() -> None:
    assert levels("idle", scenario("idle")) == {"access": BASE}


def test_the_level_that_is_in_force_anyway_is_no_step() -> None:
    assert levels("same", scenario("same", setting(0.4, "2027-01-01"))) == {"access": BASE}
    assert levels("same", scenario("same", setting(0.4, "2027-01-01", "2029-01-01"))) == {"access": BASE}


def test_a_setting_acts_from_its_start_to_its_end_and_then_what_is_in_force_is_back() -> None:
    steps = levels("ban", scenario("ban", setting(0.9, "2027-01-01", "2029-01-01")))["access"]
    assert steps == (*BASE, Step(2027.0, 0.9, 2027.0), Step(2029.0, 0.4, 2029.0))


def test_what_is_in_force_goes_on_beneath_a_setting() -> None:
    base = (*BASE, Step(2028.0, 0.6, 2028.0))
    steps = levels("ban", scenario("ban", setting(0.9, "2027-01-01", "2029-01-01")), base=base)["access"]
    assert [(step.start, step.level) for step in steps[2:]] == [(2027.0, 0.9), (2029.0, 0.6)]


def test_the_past_is_what_it_was() -> None:
    early = scenario("early", setting(0.9, "2024-01-01", announced="2023-01-01"))
    steps = levels("early", early)["access"]
    assert steps == (*BASE, Step(AS_OF, 0.9, AS_OF)), "nobody prepared in the past for what did not come then"
    ahead = scenario("ahead", setting(0.9, "2027-01-01", announced="2023-01-01"))
    assert levels("ahead", ahead)["access"] == (*BASE, Step(2027.0, 0.9, AS_OF))
    over = scenario("over", setting(0.9, "2024-01-01", "2026-01-01"))
    assert levels("over", over)["access"] == BASE


def test_settings_of_two_scenarios_add_up_over_what_is_in_force_within_the_range() -> None:
    one = scenario("one", setting(0.6, "2027-01-01"))
    two = scenario("two", setting(0.5, "2028-01-01"))
    both = scenario("both", include=["one", "two"])
    steps = levels("both", one, two, both)["access"]
    assert [(step.start, step.level) for step in steps[2:]] == [(2027.0, 0.6), (2028.0, pytest.approx(0.7))]
    three = scenario("three", setting(1.0, "2029-01-01"))
    all_of_them = scenario("all", include=["one", "two", "three"])
    assert levels("all", one, two, three, all_of_them)["access"][-1].level == 1.0
    down = [scenario(name, setting(0.0, "2027-01-01")) for name in ("lift", "more")]
    assert levels("low", *down, scenario("low", include=["lift", "more"]))["access"][-1].level == 0.0


def test_a_scenario_is_included_once_however_often_it_is_named() -> None:
    one = scenario("one", setting(0.6, "2027-01-01"))
    by, way = scenario("by", include=["one"]), scenario("way", include=["one"])
    twice = scenario("twice", include=["by", "way", "one"])
    assert closure("twice", {each.name: each for each in (one, by, way, twice)}) == {"twice", "by", "way", "one"}
    assert levels("twice", one, by, way, twice) == levels("one", one)


@given(own=st.lists(spans(), max_size=3), more=st.lists(spans(), max_size=3))
def test_neither_order_nor_nesting_of_what_is_included_matters(own: list[Setting], more: list[Setting]) -> None:
    own, more = one_at_a_time(own), one_at_a_time(more)
    a, b = scenario("a", *own), scenario("b", *more)
    ab, ba = scenario("ab", include=["a", "b"]), scenario("ba", include=["b", "a"])
    nested = scenario("nested", *more, include=["a"])
    idle = scenario("idle")
    expected = levels("ab", a, b, ab)
    assert levels("ba", a, b, ba) == expected
    assert levels("nested", a, nested) == expected
    # Under other names, and so in another order of summing.
    z, y = replace(a, name="z"), replace(b, name="y")
    assert levels("yz", z, y, scenario("yz", include=["y", "z"])) == expected
    alone = levels("a", a)
    assert levels("a_idle", a, idle, scenario("a_idle", include=["idle", "a"])) == alone
    assert levels("a_base", a, scenario(BASELINE), scenario("a_base", include=[BASELINE, "a"])) == alone


@given(settings=st.lists(spans(), max_size=4))
def test_levels_stay_in_their_range_in_order_of_time_and_the_past_stays(settings: list[Setting]) -> None:
    settings = one_at_a_time(settings)
    found = levels("a", scenario("a", *settings))
    for name, steps in found.items():
        starts = [step.start for step in steps]
        assert starts == sorted(set(starts))
        assert all(LEVERS[name].low <= step.level <= LEVERS[name].high for step in steps)
        assert all(step.expected <= step.start for step in steps)
        before = BASE if name == "access" else ()
        for time in (2021.0, 2023.0, 2025.5, AS_OF - 0.01):
            assert level_at(steps, time, 0.0) == level_at(before, time, 0.0)
        assert all(step in before or step.expected >= AS_OF for step in steps)
        ends = [decimal_year(each.end) for each in settings if each.lever == name and each.end]
        if len(ends) == sum(each.lever == name for each in settings) and ends:
            assert level_at(steps, max(*ends, AS_OF), 0.0) == level_at(before, 2040.0, 0.0)


def one_at_a_time(settings: list[Setting]) -> list[Setting]:
    """Settings of one scenario, as a file may hold them: those of one lever follow each other without overlap."""
    kept: list[Setting] = []
    for each in sorted(settings, key=lambda found: found.start):
        others = [other for other in kept if other.lever == each.lever]
        if all(other.end is not None and other.end <= each.start for other in others):
            kept.append(each)
    return kept


def test_the_shipped_scenarios_are_what_their_files_say() -> None:
    scenarios, levers = load_scenarios(), scenario_levers()
    base = in_force(scenarios[BASELINE], DAY)
    for name, each in scenarios.items():
        found = levels_of(name, scenarios, base, levers, AS_OF)
        if name == BASELINE:
            assert found == base
            continue
        moved = {lever for lever in found if found[lever] != base.get(lever, ())}
        assert moved == {
            one.lever for part in closure(name, scenarios) - {BASELINE} for one in scenarios[part].settings
        }
        if not each.include:
            for one in each.settings:
                time = max(decimal_year(one.start), AS_OF)
                assert level_at(found[one.lever], time, levers[one.lever].reference) == one.level, (name, one)
