"""The sections of the page from a run made by hand: numbers in words, what lacks said to lack, data never as markup."""

from datetime import date
from math import nan
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from markupsafe import Markup

from hbm_model.core.quantities import LEADING
from hbm_model.policy.scenario import Measure, Scenario
from hbm_model.report import sections
from hbm_model.report.figures import Figure
from hbm_model.report.render import environment
from hbm_model.report.words import load_words
from hbm_model.store.summary import Change

WORDS = load_words("en")
EVIL = "<script>alert(1)</script>"
ROWS = {
    ("frontier_lag", "2026Q4", ""): {"q05": 2.0, "q50": 4.04, "q95": 6.0, "prob_never": 0.25},
    ("generation_lag", "", "HBM4"): {"q05": 3.0, "q50": nan, "q95": nan, "prob_never": 0.6},
    ("capacity_ratio", "2028Q3", ""): {"q05": 0.01, "q50": 0.05, "q95": 0.2, "prob_never": 0.0},
    ("catch_up", "", ""): {"q05": nan, "q50": nan, "q95": nan, "prob_never": 0.9},
}
MINE = Scenario(
    name="mine",
    title=f"Mine {EVIL}",
    assumes="A & B.",
    stands_for=(
        Measure("An act", "bill", date(2026, 4, 2), "https://example.org/a"),
        Measure("A trap", "bill", date(2026, 4, 3), "javascript:alert(1)"),
    ),
    signs=("<b>Sites</b> are put off.",),
    include=(),
    settings=(),
)


@pytest.fixture
def run() -> Any:
    """What the sections read of a run."""
    return SimpleNamespace(
        periods=("2026Q4", "2028Q3"),
        horizon="2032Q4",
        row=lambda quantity, period="", generation="": ROWS.get((quantity, period, generation)),
        scenarios={"mine": MINE},
        run=SimpleNamespace(path=Path("store/run")),
        stored=SimpleNamespace(data=None),
    )


def change(scenario: str, quantity: str, mean: float | None, unit: str = "years", driver: str = "clock") -> Change:
    low, high = (None, None) if mean is None else (mean - 0.5, mean + 0.5)
    return Change(scenario, quantity, "2032Q4", unit, mean, low, high, *((0.9, 0.1) if mean else (0.0, 0.0)), driver)


def test_each_gap_has_its_numbers_under_the_quarters_that_are_told(run: Any) -> None:
    found = {gap.name: gap for gap in sections.gaps(run, WORDS, {})}
    assert list(found) == ["frontier_lag", "generation_lag", *list(sections.OVER_TIME)[1:], "catch_up"]
    lag = found["frontier_lag"]
    assert (lag.title, lag.heads) == ("Frontier lag", ("end of 2026", "Q3 2028"))
    assert lag.cells == ("4.0 years (2.0 to 6.0)", "not defined")
    assert lag.undefined == ("undefined in 25 % of the draws", "")
    assert found["capacity_ratio"].cells == ("not defined", "5.0 % (1.0 to 20.0)")
    assert found["capacity_ratio"].undefined == ("", ""), "what is always defined needs no word"


def test_the_lag_by_generation_is_said_to_lie_beyond_the_horizon(run: Any) -> None:
    (lag,) = (gap for gap in sections.gaps(run, WORDS, {}) if gap.name == "generation_lag")
    assert lag.heads == ("HBM3", "HBM3E", "HBM4", "HBM4E", "HBM5")
    assert lag.cells[2] == "beyond the horizon (3.0 years or more)"
    assert lag.undefined == ("", "", "beyond the horizon in 60 % of the draws", "", "")


@pytest.mark.parametrize(("row", "chance"), [({"prob_never": 0.9}, "10 %"), (None, "0 %")])
def test_catching_up_is_a_chance_by_the_horizon(run: Any, row: dict[str, float] | None, chance: str) -> None:
    run.row = lambda quantity, *_about: row if quantity == "catch_up" else None
    *_, last = sections.gaps(run, WORDS, {})
    assert (last.heads, last.cells, last.undefined) == (("by the end of 2032",), (chance,), ("",))


def test_charts_stand_under_their_gap_in_order_and_each_has_one_place(run: Any) -> None:
    names = ("revisions_frontier_lag", "stack_heights", "frontier_lag", "mystery")
    figures = {name: Figure(name, Markup("<svg/>"), "Own title: more.", "a source") for name in names}
    drawn = {gap.name: [plate.name for plate in gap.plates] for gap in sections.gaps(run, WORDS, figures)}
    assert {name: plates for name, plates in drawn.items() if plates} == {
        "frontier_lag": ["frontier_lag", "revisions_frontier_lag"],
        "yield_gap": ["stack_heights"],
    }
    everywhere = [name for names in sections._CHARTS.values() for name in names] + list(sections.POLICY_CHARTS)
    assert sorted(everywhere) == sorted(sections.PLACED)
    assert "mystery" not in sections.PLACED


def test_a_chart_s_own_words_are_text_on_the_page() -> None:
    figures = (Figure(name, Markup("<svg/>"), f"{EVIL}: more.", EVIL) for name in ("mystery", "frontier_lag"))
    own, known = (sections.plate(each, WORDS) for each in figures)
    assert (own.title, known.title) == (EVIL, "Frontier lag, years")
    text = environment(WORDS).from_string("{% from 'parts.html.jinja' import figure with context %}{{ figure(it) }}")
    made = text.render(it=own)
    assert "<svg/>" in made
    assert "<script" not in made
    assert made.count("&lt;script&gt;") == 3, "title, words and source"


def test_policies_go_by_how_much_they_move_the_lag(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        change("some", "frontier_lag", 0.8),
        change("other", "capacity_ratio", -0.02, "ratio", "my_own"),
        change("mine", "frontier_lag", -1.0, driver="ramp"),
        change("mine", "output_ratio", None, "ratio", ""),
        change("none_of_these", "yield_gap", 9.0, "pp"),
    ]
    monkeypatch.setattr("hbm_model.store.summary.changes", lambda _run: found)
    mine, some, other = sections.policies(run, WORDS)
    assert (mine.name, mine.title) == ("mine", f"Mine {EVIL}")
    still = dict.fromkeys(LEADING, ("no change", ""))
    by_gap = [dict(zip(LEADING, zip(p.changes, p.drivers, strict=True), strict=True)) for p in (mine, some, other)]
    assert by_gap[0] == still | {"frontier_lag": ("\u22121.0 years (\u22121.5 to \u22120.5)", "yields")}
    assert by_gap[1]["frontier_lag"][0] == "+0.8 years (+0.3 to +1.3)"
    assert by_gap[2] == still | {"capacity_ratio": ("\u22122.0 points (\u221252.0 to +48.0)", "my_own")}
    assert (other.title, other.assumes, other.measures) == ("other", "", ()), "its file is not here any more"


def test_a_measure_s_address_is_followed_only_where_it_may_be(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hbm_model.store.summary.changes", lambda _run: [change("mine", "frontier_lag", 0.2)])
    (mine,) = sections.policies(run, WORDS)
    assert (mine.assumes, mine.signs) == (MINE.assumes, MINE.signs)
    assert [(each.name, each.day, each.link) for each in mine.measures] == [
        ("An act", "2 April 2026", "https://example.org/a"),
        ("A trap", "3 April 2026", ""),
    ]
    assert mine.measures[1].url == "javascript:alert(1)", "it is shown as it is"
    assert not any(isinstance(words, Markup) for words in (mine.title, mine.assumes, *mine.signs))


def test_scores_are_those_of_the_store_to_three_digits(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def score(name: str, ours: float | None) -> Any:
        return SimpleNamespace(name=name, n=3, brier=0.0654, ours=ours)

    def found(store: Path, data: Any) -> Any:
        assert (store, data) == (Path("store"), None)
        return SimpleNamespace(runs=(score("run", None),), others=(score("Firm", 0.04),), faults=("broken",))

    monkeypatch.setattr("hbm_model.store.question_scores.scores", found)
    told = sections.scores(run)
    assert told.runs == (sections.Scored("run", 3, "0.065", ""),)
    assert told.others == (sections.Scored("Firm", 3, "0.065", "0.040"),)
    assert told.faults == ("broken",)
