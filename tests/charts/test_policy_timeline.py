"""Levels of levers over time."""

from datetime import date

import pytest
from matplotlib.figure import Figure

from hbm_model import charts
from hbm_model.charts.policy_timeline import policy_timeline_words
from hbm_model.core.errors import InputError
from hbm_model.policy.policy import Policy, policy_in_force


@pytest.fixture(scope="module")
def policy() -> Policy:
    return policy_in_force(None, date(2026, 6, 30))


def test_steps_are_those_in_force(policy: Policy) -> None:
    table = charts.policy_timeline_table(policy)
    assert set(table["scenario"]) == {"baseline"}
    for lever, rows in table.groupby("lever"):
        steps = policy.levels[str(lever)]
        assert list(rows["level"]) == [policy.levers[str(lever)].reference, *(step.level for step in steps)]
        assert list(rows["start"].iloc[1:]) == [step.start for step in steps]


def test_a_scenario_shows_the_levers_that_it_moves(policy: Policy) -> None:
    axes = charts.policy_timeline(policy, "match_act")
    assert [ax.get_title(loc="left") for ax in axes] == [
        *("Access to immersion scanners", "Servicing of tools in Chinese fabs"),
    ]
    axes[0].figure.canvas.draw()
    table = charts.policy_timeline_table(policy, "match_act")
    assert table[(table["scenario"] == "match_act") & (table["lever"] == "immersion_access")]["level"].iloc[-1] == 0.95


def test_the_past_of_a_scenario_is_the_baseline_s(policy: Policy) -> None:
    (ax,) = charts.policy_timeline(policy, "match_act", levers=["tool_servicing"])
    widest = max((line for line in ax.lines if len(line.get_xdata()) > 2), key=lambda line: line.get_linewidth())
    assert min(widest.get_xdata()) == policy.as_of


def test_it_is_drawn_on_given_axes(policy: Policy) -> None:
    given = [Figure().add_subplot()]
    assert list(charts.policy_timeline(policy, levers=["hbm_sales"], ax=given)) == given
    assert given[0].has_data()


def test_what_is_unknown_or_empty_is_refused(policy: Policy) -> None:
    with pytest.raises(InputError, match="unknown lever 'tariffs'"):
        charts.policy_timeline(policy, levers=["tariffs"])
    with pytest.raises(InputError, match="there is no scenario 'matchact'"):
        charts.policy_timeline(policy, "matchact")
    with pytest.raises(InputError, match="nothing to draw"):
        charts.policy_timeline(Policy(policy.levers, {}, policy.as_of))


def test_it_is_said_in_words(policy: Policy) -> None:
    words = policy_timeline_words(charts.policy_timeline_table(policy, "match_act"))
    assert "under MATCH Act: 0 before, " in words
    assert "0.95 from 2027.7" in words
