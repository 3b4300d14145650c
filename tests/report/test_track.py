"""The published scores in the page: wins and losses alike, of which study, in words and as a chart."""

import pytest

from hbm_model.report.figures import skill_figure
from hbm_model.report.track import track, track_of
from hbm_model.report.words import load_words

STUDY = {
    "made": "2026-11-25",
    "version": "0.1.0",
    "origins": ["2024-12-31", "2025-06-30"],
    "passed": 1,
    "targets": 80,
    "skill": [
        {"quantity": "volume_date", "forecaster": "guidance", "n": 21, "skill": 0.6352, "low": 0.5241, "high": 0.728},
        {"quantity": "dram_wafers", "forecaster": "guidance", "n": 7, "skill": 0.5, "low": None, "high": None},
        {"quantity": "dram_wafers", "forecaster": "drift", "n": 55, "skill": -0.39, "low": -0.91, "high": 0.06},
        {"quantity": "all", "forecaster": "drift", "n": 55, "skill": -0.39, "low": -0.91, "high": 0.06},
    ],
    "coverage": [
        {"quantity": "volume_date", "n": 30, "in50": 0.48, "in80": 0.85, "in90": 0.93},
        {"quantity": "dram_wafers", "n": 50, "in50": 0.73, "in80": 0.86, "in90": 0.92},
        {"quantity": "all", "n": 80, "in50": 0.6, "in80": 0.85, "in90": 0.92},
    ],
    "questions": {"n": 78, "brier": 0.261, "base": 0.246},
}


def test_wins_and_losses_are_told_alike() -> None:
    found = track_of(STUDY, load_words("en"))
    assert found.forecasters[1:] == ("drift",)
    assert [row.quantity for row in found.rows] == ["volume dates", "DRAM wafers", "all"]
    dates, wafers, _ = found.rows
    assert (dates.count, dates.inside) == ("30", ("48 %", "85 %", "93 %"))
    guidance, drift = dates.skills[0], wafers.skills[1]
    assert guidance is not None
    assert drift is not None
    assert (guidance.skill, guidance.rest, guidance.worse) == ("+0.64", "+0.52 to +0.73, n 21", False)
    assert (drift.skill, drift.worse) == ("\u22120.39", True)
    assert wafers.skills[0] is not None
    assert wafers.skills[0].rest == "n 7"
    assert dates.skills[1] is None


def test_the_study_is_named_with_its_day_and_its_fits() -> None:
    said = " ".join(track_of(STUDY, load_words("en")).notes)
    assert "31 December 2024 to 30 June 2025" in said
    assert "better in 2 of 3 comparisons and worse in 1" in said
    assert "78 answers with a Brier score of 0.261" in said
    assert "1 of its 2 fits passed" in said
    assert "on 25 November 2026" in said
    assert "version 0.1.0" in said
    assert "version" not in track_of({**STUDY, "version": ""}, load_words("en")).notes[-1]


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_chart_speaks_the_page_s_language(lang: str) -> None:
    words = load_words(lang)
    found = track_of(STUDY, words)
    figure = skill_figure(found.drawn, lang, found.source)
    assert figure.name == "skill"
    assert words.say("scored.dram_wafers").removeprefix("D") in figure.words
    assert words.say("forecaster.guidance") in figure.words
    assert "2026-11-25" in figure.source


def test_the_package_publishes_its_own() -> None:
    found = track(load_words("en"))
    assert found is not None
    assert len(found.rows) > 5
    assert any(skill and skill.worse for row in found.rows for skill in row.skills), "losses are told"
