"""What `scenarios list` and `scenarios show` print of scenarios by hand: nothing left out, nothing read as markup."""

import json
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from hbm_model.cli.views.scenarios import print_list, print_scenario, show_json
from hbm_model.policy.levers import Lever, load_levers
from hbm_model.policy.scenario import Measure, Scenario, Setting

BARE = Scenario("bare", "Nothing [bold]at all[/bold]", "Nothing [red]changes.", (), (), (), ())
FULL = Scenario(
    name="full",
    title="Everything",
    assumes="Tools [/] come late.",
    stands_for=(
        Measure("An act [draft]", "bill", date(2026, 4, 2), "https://example.org/a", ("p0001", "p0002")),
        Measure("A programme", "programme", date(2026, 5, 3), "https://example.org/b"),
    ),
    signs=("Sites are put off. " * 9, "[link=x]Nobody hires."),
    include=("bare",),
    settings=(
        Setting("ai_demand", -1.25, date(2027, 1, 1), date(2026, 2, 3), date(2028, 1, 1), "Slow [permits].", ("p3",)),
        Setting("tool_servicing", 0.5, date(2027, 7, 1), expected=date(2026, 6, 1)),
    ),
    effects={"ai_demand_hbm_share": {"median": 0.5, "sd": 0.25}},
    source="full.yaml",
)
EVERY = {each.name: each for each in (BARE, FULL)}


@pytest.fixture(scope="module")
def levers() -> dict[str, Lever]:
    return load_levers()


@pytest.fixture
def shown(levers: dict[str, Lever], capsys: pytest.CaptureFixture[str]) -> list[str]:
    print_scenario(FULL, EVERY, levers)
    return capsys.readouterr().out.splitlines()


def test_the_list_has_counts_and_includes_and_takes_titles_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    print_list(EVERY)
    head, bare, full = capsys.readouterr().out.splitlines()
    assert head.split() == ["name", "title", "settings", "includes"]
    assert [word.strip() for word in bare.split("  ") if word] == ["bare", BARE.title, "0"]
    assert full.split() == ["full", "Everything", "2", "bare"]
    assert bare.index(" 0") == full.index(" 2") == head.index("settings") + len("settings") - 2


def test_a_scenario_that_sets_nothing_has_no_empty_blocks(
    levers: dict[str, Lever], capsys: pytest.CaptureFixture[str]
) -> None:
    print_scenario(BARE, EVERY, levers)
    assert capsys.readouterr().out == "bare: Nothing [bold]at all[/bold]\n\nNothing [red]changes.\n"


def test_blocks_stand_in_their_order_each_under_its_title(shown: list[str]) -> None:
    heads = [line for before, line in pairwise(shown) if not before and not line.startswith(" ")]
    blocks = ["Stands for", "It is happening if", "Includes", "Settings", "Effects changed"]
    assert heads == ["Tools [/] come late.", *blocks]
    assert "  bare: Nothing [bold]at all[/bold]" in shown
    assert shown[-1] == "  ai_demand_hbm_share: median = 0.5, sd = 0.25"


def test_a_measure_names_its_events_where_it_has_some(shown: list[str]) -> None:
    assert "  2026-04-02  bill: An act [draft] (p0001, p0002)" in shown
    assert "  2026-05-03  programme: A programme" in shown


def test_further_lines_of_a_sign_stand_under_its_first_word(shown: list[str]) -> None:
    first = shown.index("It is happening if") + 1
    assert shown[first].startswith("  - Sites are put off.")
    assert shown[first + 1].startswith("    ")
    assert shown[first + 2] == "  - [link=x]Nobody hires."


def test_a_setting_is_in_its_lever_s_unit_and_what_is_open_stays_empty(
    shown: list[str], levers: dict[str, Lever]
) -> None:
    one, two = (next(line for line in shown if line.split()[:1] == [each.lever]) for each in FULL.settings)
    assert [word for word in one.split() if word[-1].isdigit()] == ["-1.25", "2026-02-03", "2027-01-01", "2028-01-01"]
    assert "Slow [permits]." in one
    assert levers["ai_demand"].unit.split()[0] in one
    assert [word for word in two.split() if word[:4].isdigit()] == ["2027-07-01", "2026-06-01"]


def test_for_machines_everything_is_plain_and_the_scenario_stays_as_it_was(levers: dict[str, Lever]) -> None:
    found: dict[str, Any] = json.loads(json.dumps(show_json(FULL, levers), allow_nan=False))
    assert set(found) == set(vars(FULL))
    assert found["stands_for"][0]["events"] == ["p0001", "p0002"]
    assert [setting["expected"] for setting in found["settings"]] == [None, "2026-06-01"]
    for setting, own in zip(found["settings"], FULL.settings, strict=True):
        assert set(setting) - set(vars(own)) == {"unit", "range", "reference"}
        assert setting["unit"] == levers[own.lever].unit


def test_a_setting_that_was_seen_coming_says_since_when(shown: list[str]) -> None:
    assert "(expected from 2026-06-01 on)" in " ".join(" ".join(shown).split())
