"""Catalogues that say the same in both languages, and numbers as people read them."""

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hbm_model.report
from hbm_model.analysis.emulator import LEVERS
from hbm_model.core.errors import InputError
from hbm_model.core.words import PLACEHOLDER
from hbm_model.evaluation.baselines import BASELINES
from hbm_model.evaluation.published import ALL, QUANTITIES
from hbm_model.evidence import Evidence
from hbm_model.evidence.questions import load_questions
from hbm_model.evidence.selection import usage_table
from hbm_model.policy.levers import load_levers
from hbm_model.policy.scenarios import BASELINE, load_scenarios
from hbm_model.report.evidence_table import slug
from hbm_model.report.words import CATALOGUE, PageWords, load_words

PACKAGE = Path(hbm_model.report.__file__).parent
NAN = float("nan")
BESIDE = {"vendor", "reason", "question", "side"}
"""What the evidence and the questions say in English themselves."""


@pytest.fixture(scope="module")
def en() -> PageWords:
    return load_words("en")


@pytest.fixture(scope="module")
def ko() -> PageWords:
    return load_words("ko")


@pytest.mark.parametrize("lang", CATALOGUE.languages[1:])
def test_every_language_has_the_same_keys_and_placeholders(en: PageWords, lang: str) -> None:
    other = load_words(lang)
    assert not set(en.table) - set(other.table)
    assert {key.split(".")[0] for key in set(other.table) - set(en.table)} <= BESIDE
    holes = {key: [set(PLACEHOLDER.findall(words.table[key])) for words in (en, other)] for key in en.table}
    assert not {key: pair for key, pair in holes.items() if pair[0] != pair[1]}


def test_korean_has_words_for_all_that_the_evidence_says_in_english(en: PageWords, ko: PageWords) -> None:
    assert {key.split(".")[0] for key in set(ko.table) - set(en.table)} == BESIDE


def test_korean_is_korean(en: PageWords, ko: PageWords) -> None:
    same = {key for key, text in en.table.items() if text == ko.table[key]}
    assert not {key for key in same if not key.startswith("scale.")}
    plain = {key for key, text in ko.table.items() if not re.search("[가-힣]", text)}
    assert not {key for key in plain if not key.startswith(("scale.", "unit.", "chance.", "vendor."))}


def test_every_word_is_used_and_every_key_is_there(en: PageWords, ko: PageWords) -> None:
    """Keys in the template and the code stand in quotes, whole or as the beginning of one that is put together."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in [*PACKAGE.glob("*.py"), *PACKAGE.glob("*.jinja")])
    whole = set(re.findall(r"""['"]([a-z]+(?:\.[a-z_\d]+)+)['"]""", sources))
    begun = {
        "status.",
        "origin.",
        "part.",
        "reason.",
        "question.",
        "vendor.",
    }  # put together of what stands in the data
    begun |= set(re.findall(r"""['"]([a-z]+\.(?:[a-z_]*_)?)(?:['"]|\{)""", sources))
    groups = {key.split(".")[0] for key in en.table}
    unknown = {key for key in whole if key.split(".")[0] in groups and key not in en.table}
    assert not {key for key in unknown if not key.endswith((".html", ".js", ".css", ".jinja", "_"))}
    assert not {key for key in ko.table if key not in whole and not key.startswith(tuple(begun))}


def test_the_package_s_own_names_are_translated(vintage: Evidence, ko: PageWords) -> None:
    assert {f"scenario.{name}" for name in load_scenarios() if name != BASELINE} <= set(ko.table)
    assert set(LEVERS) <= set(load_levers())
    assert {f"{group}.{name}" for name in LEVERS for group in ("lever", "level", "scale")} <= set(ko.table)
    assert {f"table.{name}" for name in vintage.tables} <= set(ko.table)
    usage = usage_table(vintage)
    reasons = {reason for reason in usage["reason"] if reason and not reason.startswith("repeats ")}
    assert {f"reason.{slug(reason)}" for reason in reasons} <= set(ko.table)
    assert {f"question.{each.quantity}" for each in load_questions()} <= set(ko.table)
    assert {f"forecaster.{name}" for name in BASELINES} <= set(ko.table)
    for group, names in {"part": set(usage["part"]) - {""}, "scored": {*QUANTITIES, ALL}}.items():
        assert {f"{group}.{name}" for name in names} == {key for key in ko.table if key.startswith(f"{group}.")}
    for column in ("status", "origin"):
        said = {value for frame in vintage.tables.values() if column in frame for value in frame[column]}
        assert {f"{column}.{name}" for name in said - {""}} <= set(ko.table)


def test_numbers_in_words(en: PageWords, ko: PageWords) -> None:
    row = {"q05": 0.041, "q50": 0.1084, "q95": 0.27}
    assert en.interval(row, "ratio") == "10.8 % (4.1 to 27.0)"
    assert ko.interval(row, "ratio") == "10.8%(4.1~27.0%)"
    assert (
        en.interval({"q05": -0.3, "q95": 1.0, "mean": 0.6}, "years", "mean", sign=True)
        == "+0.6 years (\u22120.3 to +1.0)"
    )
    assert en.interval({"q05": 4.06, "q95": 4.06, "q50": 4.06}, "years") == "4.1 years"
    assert en.measure(-0.001, "years", sign=True) == "0 years"


def test_what_lies_beyond_the_horizon_is_no_number(en: PageWords, ko: PageWords) -> None:
    assert en.interval({"q05": 2.6, "q50": 4.4, "q95": NAN}, "years") == "4.4 years (2.6 or more)"
    assert ko.interval({"q05": 2.6, "q50": 4.4, "q95": NAN}, "years") == "4.4년(2.6년 이상)"
    assert en.interval({"q05": 2.0, "q50": NAN, "q95": NAN}, "years") == "beyond the horizon (2.0 years or more)"
    assert en.measure(None, "years") == en.when(NAN) == "beyond the horizon"


@pytest.mark.parametrize(
    ("share", "said"), [(0.0, "0 %"), (0.004, "under 1 %"), (0.666, "67 %"), (0.996, "over 99 %"), (1.0, "100 %")]
)
def test_a_chance_is_never_rounded_to_certainty(en: PageWords, share: float, said: str) -> None:
    assert en.chance(share) == said


def test_dates(en: PageWords, ko: PageWords) -> None:
    assert (en.day(date(2026, 7, 1)), ko.day(date(2026, 7, 1))) == ("1 July 2026", "2026년 7월 1일")
    assert (en.year_end("2028Q4"), ko.year_end("2028Q2")) == ("end of 2028", "2028년 2분기")
    assert en.when(2027.3) == "Q2 2027"


@given(value=st.text())
def test_a_value_is_never_read_as_a_pattern(value: str) -> None:
    words = PageWords("en", {"key": "before {value} after {value}"})
    assert words.say("key", value=value) == f"before {value} after {value}"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(InputError, match=f"no report in 'xx'; there are: {', '.join(CATALOGUE.languages)}"):
        load_words("xx")
