"""Costs measured in turn, and their ratios."""

import pytest

from benchmarks.timing import Cost, compared, in_turn, measured, per_call


def test_cases_take_turns() -> None:
    done: list[str] = []
    said: list[str] = []

    def case(name: str) -> dict[str, int]:
        done.append(name)
        return {"number": len(done)}

    costs = in_turn({name: lambda name=name: case(name) for name in "ab"}, 3, said.append)
    assert done == list("ababab")
    assert [cost.found["number"] for cost in costs["b"]] == [2, 4, 6]
    assert len(said) == 6
    assert said[-1].startswith("b (3 of 3)")


def test_a_task_without_figures_has_a_cost() -> None:
    cost = measured(lambda: None)
    assert isinstance(cost, Cost)
    assert cost.found == {}


def test_ratios_are_of_the_same_turn() -> None:
    found = compared({"first": [1.0, 3.0, 2.0], "second": [2.0, 9.0, 8.0]})
    assert found["first"]["ratio"] == {"median": 1.0, "low": 1.0, "high": 1.0}
    assert found["second"]["ratio"] == {"median": 3.0, "low": 2.0, "high": 4.0}
    assert (found["second"]["median"], found["second"]["each"]) == (8.0, [2.0, 9.0, 8.0])
    with pytest.raises(ValueError, match="argument 2 is longer"):
        compared({"first": [1.0, 2.0], "second": [1.0]})


def test_a_call_is_made_at_least_twice() -> None:
    calls: list[int] = []
    assert per_call(lambda: calls.append(1), 0.0) >= 0
    assert len(calls) == 2
