"""The registry of quantities: what follows from it, held against what is written down elsewhere."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hbm_model.charts import catalogue
from hbm_model.charts.kit.words import CATALOGUE
from hbm_model.core import quantities
from hbm_model.core.data import bundled_data
from hbm_model.core.errors import InputError
from hbm_model.core.industry import GENERATIONS, RIVALS, VENDORS
from hbm_model.core.quantities import ASKED, BY_NAME, GAPS, HEADLINES, LEADING, QUANTITIES, Quantity, text, texts
from hbm_model.evidence.questions import BEFORE, Question, _faults, load_questions
from hbm_model.report import sections
from hbm_model.store import alerts

HEADLINE = st.sampled_from([BY_NAME[name] for name in HEADLINES])
PERIOD = st.builds("{}Q{}".format, st.integers(2025, 2032), st.integers(1, 4))
OWNERS = {"china": ("china",), "makers": VENDORS, "blocs": (*VENDORS, *RIVALS), "world": (*VENDORS, *RIVALS, "world")}


# --- the registry and what stands beside it ------------------------------------------------------------------------


def test_a_name_is_registered_once() -> None:
    assert len(BY_NAME) == len(QUANTITIES)


def test_the_data_package_lets_questions_be_about_what_the_registry_does() -> None:
    package: dict[str, Any] = json.loads(Path(bundled_data(), "datapackage.json").read_text(encoding="utf-8"))
    (table,) = (each for each in package["resources"] if each["name"] == "questions")
    (column,) = (each for each in table["schema"]["fields"] if each["name"] == "quantity")
    assert sorted(column["constraints"]["enum"]) == sorted(ASKED)


@pytest.mark.parametrize("lang", CATALOGUE.languages)
def test_every_gap_has_its_texts_in_every_language(lang: str) -> None:
    charts, page = texts("charts", lang), texts("report", lang)
    wanted = [(charts, name, what) for name in (*GAPS, quantities.LAG_AT_LEAST) for what in ("title", "label")]
    wanted += [(page, name, what) for name in HEADLINES for what in ("heading", "definition")]
    wanted += [(page, name, what) for name in LEADING for what in ("card", "head")]
    assert not [f"{name}.{what}" for table, name, what in wanted if not table.get(f"gap.{name}.{what}")]


def test_the_terminal_has_words_for_what_it_prints() -> None:
    assert all(text(name, what) for name in LEADING for what in ("short", "row", "column"))
    assert all(text(name, "row") for name in quantities.LEADING_BY_GENERATION)
    assert all(text(name, "short") for name in (*quantities.SWEPT, "generation_lag"))


def test_texts_are_of_registered_quantities_and_of_known_uses() -> None:
    assert {key.split(".")[1] for room in quantities.TEXTS for key in texts(room)} <= set(BY_NAME)
    assert texts("charts", "xx") == texts("kitchen") == {}


def test_what_leads_is_a_headline_that_the_page_and_the_terminal_show() -> None:
    assert set(LEADING) <= set(quantities.OVER_TIME) <= set(GAPS) < set(HEADLINES)
    assert set(quantities.SWEPT_HEADLINES) <= set(quantities.SPLIT), "what is swept must be defined in every draw"


def test_every_gap_has_its_chart_and_its_place_on_the_page() -> None:
    assert [chart.name for chart in catalogue.CHARTS][: len(GAPS)] == list(GAPS)
    assert all(sections._CHARTS[name][0] == name for name in HEADLINES)


# --- the kinds of a quantity ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quantity", QUANTITIES, ids=lambda quantity: str(quantity.name))
def test_a_unit_says_how_a_quantity_is_read(quantity: Quantity) -> None:
    name = quantity.name
    assert quantity.percent == name.endswith(("_ratio", "_share"))
    assert quantity.date == (name.endswith("_date") or name == "catch_up")
    assert quantity.lag == ("_lag" in name)
    assert set(quantity.dims) <= {"generation", "period"}


# --- alerts and questions, for any quantity ----------------------------------------------------------------------


@st.composite
def numbers(draw: st.DrawFn) -> tuple[Quantity, str, str]:
    """A headline gap with what names one of its numbers: a generation or maker, and a quarter."""
    gap = draw(HEADLINE)
    owners = [*VENDORS, *RIVALS] if gap.whose == "blocs" else [""]
    place = draw(st.sampled_from(GENERATIONS if gap.by_generation else owners))
    return gap, place, draw(PERIOD) if gap.over_time else ""


@given(numbers())
def test_an_alert_may_be_set_on_any_number_of_any_headline(number: tuple[Quantity, str, str]) -> None:
    gap, place, period = number
    rule = alerts.parse(f"{gap.name}{place and ':' + place}{period and '@' + period}>0.5", "2032Q4")
    assert (rule.quantity, rule.place, rule.period, rule.threshold) == (gap.name, place, period, 0.5)


@given(numbers())
def test_an_alert_that_names_no_number_is_refused(number: tuple[Quantity, str, str]) -> None:
    gap, place, period = number
    wrong = (place and f"{gap.name}{period and '@' + period}>0.5", f"{gap.name}:venus{period and '@' + period}>0.5")
    for expression in filter(None, (*wrong, period and f"{gap.name}{place and ':' + place}>0.5")):
        with pytest.raises(InputError):
            alerts.parse(expression, "2032Q4")


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """A question that fits together, about any quantity that may be asked for."""
    quantity = BY_NAME[draw(st.sampled_from(ASKED))]
    return replace(
        load_questions()[0],
        quantity=quantity.name,
        vendor=draw(st.sampled_from(OWNERS[quantity.whose])),
        generation=draw(st.sampled_from(GENERATIONS)) if quantity.by_generation else "",
        layers=None,
        period=draw(PERIOD) if quantity.over_time else "",
        comparison=BEFORE if quantity.date else draw(st.sampled_from(["<", "<=", ">", ">="])),
        threshold=None if quantity.date else 1.0,
        closes=date(2030, 1, 1),
    )


@given(questions())
def test_a_question_may_be_about_any_quantity_with_its_own_labels(question: Question) -> None:
    assert not list(_faults(question))


@given(questions())
def test_a_question_with_the_labels_of_another_quantity_is_faulty(question: Question) -> None:
    quantity = BY_NAME[question.quantity]
    others = {
        "generation": "" if quantity.by_generation else "HBM3",
        "period": "" if quantity.over_time else "2028Q4",
        "comparison": ">" if quantity.date else BEFORE,
        "quantity": "planned_lag",
    }
    if quantity.whose == "china":
        others["vendor"] = "korea"
    for column, value in others.items():
        changed = replace(question, **{column: value})  # type: ignore[arg-type]
        assert column in [each for each, *_ in _faults(changed)], column
