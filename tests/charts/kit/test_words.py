"""The charts' words: the same in every language, and no glyph that the packaged font does not have."""

from collections.abc import Callable
from pathlib import Path
from string import Formatter
from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont

from hbm_model import charts
from hbm_model.charts.catalogue import CHARTS, Material
from hbm_model.charts.kit import style
from hbm_model.charts.kit.words import CATALOGUE, lever_words, maker, say, scenario_name, wrapped
from hbm_model.core.errors import InputError
from hbm_model.forecasting.forecast import Forecast
from hbm_model.policy.levers import load_levers
from hbm_model.policy.scenarios import load_scenarios

OF_DATA = ("names.", "levers.")
"""Sections that translate what English takes from the data."""


def fields(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name is not None}


@pytest.mark.parametrize("lang", CATALOGUE.languages[1:])
def test_every_language_has_the_same_words_with_the_same_values(lang: str) -> None:
    english = CATALOGUE.table("en")
    other = {key: words for key, words in CATALOGUE.table(lang).items() if not key.startswith(OF_DATA)}
    assert set(other) == set(english)
    assert {key: fields(words) for key, words in other.items()} == {
        key: fields(words) for key, words in english.items()
    }
    same = {key for key in other if other[key] == english[key]}
    assert all(not any(letter.isalpha() for letter in other[key].replace("n =", "")) or "{" in other[key]
               or key in ("makers.cxmt", "makers.ymtc") for key in same), same  # fmt: skip


def test_every_shipped_scenario_and_lever_has_a_korean_name() -> None:
    korean = CATALOGUE.table("ko")
    levers = load_levers()
    missing = [name for name in (*load_scenarios(), *levers) if f"names.{name}" not in korean]
    missing += [
        f"{name}.{part}" for name in levers for part in ("title", "unit") if f"levers.{name}.{part}" not in korean
    ]
    assert not missing


@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_the_packaged_font_has_every_glyph(weight: str) -> None:
    known = set(TTFont(style.LETTERING / f"HBMSansKR-{weight}.otf").getBestCmap())
    texts = [words for lang in CATALOGUE.languages for words in CATALOGUE.table(lang).values()]
    texts.append("\u2212\u2191 %+<>0123456789")
    assert not {letter for words in texts for letter in words if letter != "\n" and ord(letter) not in known}


def test_the_fonts_stand_with_their_licence() -> None:
    assert "SIL OPEN FONT LICENSE Version 1.1" in (style.LETTERING / "OFL.txt").read_text(encoding="utf-8")
    style.letter(Figure().add_subplot())
    for weight in ("normal", "bold"):
        found = Path(findfont(FontProperties(family=style.FONT[0], weight=weight), fallback_to_default=False))
        assert found.parent == style.LETTERING


def test_korean_is_said_in_its_block_alone() -> None:
    with charts.language("ko"):
        assert (say("marks.median"), scenario_name("match_act"), maker("korea")) == ("중앙값", "MATCH 법", "한국")
        assert lever_words("my_own", "Mine", "units") == ("Mine", "units")
        assert scenario_name("my_own_one") == "My own one"
    assert (say("marks.median"), scenario_name("match_act")) == ("median", "MATCH Act")
    languages = ", ".join(CATALOGUE.languages)
    with pytest.raises(InputError, match=f"not lettered in 'xx'; there are: {languages}"), charts.language("xx"):
        pass


def test_lines_are_as_wide_in_hangul() -> None:
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("중국 한국 세계", 9) == ["중국 한국", "세계"]
    assert wrapped("", 5) == [""]


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_a_chart_is_lettered_in_korean_without_boxes(
    material: Material, quick_figure: Callable[[str, str], Figure], chart: Any
) -> None:
    figure = quick_figure(chart.name, "ko")
    with charts.language("ko"):
        words = chart.words(chart.table(material))
    texts = [text for text in figure.findobj(mpl.text.Text) if text.get_text().strip()]
    assert {text.get_fontfamily()[0] for text in texts} == {style.FONT[0]}
    assert any("\uac00" <= letter <= "\ud7a3" for text in texts for letter in text.get_text())
    assert any("\uac00" <= letter <= "\ud7a3" for letter in words)
    english = set(CATALOGUE.table("en").values()) - set(CATALOGUE.table("ko").values())
    assert not {text.get_text() for text in texts} & english


def test_a_given_axes_is_lettered_too(forecast: Forecast) -> None:
    ax = Figure().add_subplot()
    ax.set_title("mine", loc="left", fontfamily="DejaVu Sans")
    with charts.language("ko"):
        charts.gap(forecast, "capacity_ratio", ax=ax)
    assert ax.get_title(loc="left") == "생산능력 비율"
    assert {text.get_fontfamily()[0] for text in ax.findobj(mpl.text.Text) if text.get_text()} == {style.FONT[0]}


def test_data_may_bring_letters_that_the_font_lacks(scores: pd.DataFrame) -> None:
    axes = charts.skill(scores.assign(forecaster="Ω\u0416 d\u00e9j\u00e0"))
    axes[0].figure.canvas.draw()


def test_a_name_of_the_data_becomes_words() -> None:
    assert scenario_name("match_act") == "MATCH Act"
    assert scenario_name("hbm_sales_allowed") == "HBM sales allowed"
    assert scenario_name("my_own_one") == "My own one"
