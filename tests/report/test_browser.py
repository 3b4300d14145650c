"""The page in a real browser: it loads nothing, reports no error, and its sliders, search and keyboard work."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import playwright.sync_api as api
import pytest

from hbm_model.analysis.emulator import Emulator, features

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed here: .ci/browser installs it")

# A browser that asks for nothing but the page: what it looks up of its own accord finds no host.
FLAGS = [
    "--no-sandbox",  # which root may not use
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-default-browser-check",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with api.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def files(pages: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    for lang, text in pages.items():
        (folder / f"{lang}.html").write_text(text, encoding="utf-8")
    return {lang: folder / f"{lang}.html" for lang in pages}


@pytest.fixture
def open_page(browser: Any, files: dict[str, Path]) -> Iterator[Any]:
    """Open the page at a width; in the end the console must be empty, and nothing have been asked for."""
    said: list[str] = []
    asked: list[str] = []
    opened = []

    def open_at(lang: str = "en", width: int = 1280) -> Any:
        tab = browser.new_page(viewport={"width": width, "height": 900})
        tab.set_default_timeout(120_000)
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(files[lang].as_uri())
        opened.append(tab)
        return tab

    yield open_at
    for tab in opened:
        tab.close()
    assert said == []
    assert set(asked) <= {path.as_uri() for path in files.values()}


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_the_width(open_page: Any, lang: str, width: int) -> None:
    tab = open_page(lang, width)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_heads_of_tables_give_way_to_labels_on_a_phone(open_page: Any) -> None:
    tab = open_page(width=360)
    sizes = "heads => heads.map(head => [head.getBoundingClientRect().width, getComputedStyle(head).overflow])"
    assert all(
        width <= 1 and overflow == "hidden" for width, overflow in tab.eval_on_selector_all(".stack thead", sizes)
    )
    label = "cell => getComputedStyle(cell, '::before').content"
    assert "Claims" in tab.eval_on_selector(".track td", label)


def test_sliders_redraw_the_fan_as_the_emulator_says(open_page: Any, emulated: Emulator) -> None:
    tab = open_page()
    before = tab.get_attribute("#fan .fan-median", "points")
    tab.focus("#lever-talent_flow")
    for _ in range(3):
        tab.keyboard.press("ArrowRight")
    assert "(in force)" not in tab.text_content("#lever-talent_flow + output")
    assert "(in force)" in tab.text_content("#lever-hbm_sales + output")
    assert tab.get_attribute("#fan .fan-median", "points") != before
    moved = [
        float(tab.input_value("#lever-talent_flow")) if s.name == "talent_flow" else s.now for s in emulated.sliders
    ]
    for place, gap in enumerate(emulated.gaps):
        tab.check(f"input[name=gap][value='{place}']")
        rows = tab.eval_on_selector_all("#fan-table tbody tr", "rows => rows.map(row => row.cells[2].textContent)")
        said = gap.quantiles(features(np.array([moved]), emulated.sliders))[0]
        scale = 1 if gap.quantity == "frontier_lag" else 100
        shown = [
            [
                float(part)
                for part in row.replace("%", "")
                .replace("years", "")
                .replace("(", "")
                .replace(")", "")
                .replace("to", "")
                .split()
            ]
            for row in rows
        ]
        np.testing.assert_allclose(shown, scale * said[:, [2, 0, 4]], atol=0.1)
    tab.click("button[type=reset]")
    api.expect(tab.locator("#fan .fan-median")).to_have_attribute("points", before)


def test_claims_are_searched_filtered_and_sorted(open_page: Any) -> None:
    tab = open_page()
    visible = "rows => rows.filter(row => !row.hidden).map(row => row.textContent)"
    every = len(tab.eval_on_selector_all("#claims tbody tr", visible))
    tab.fill("#search", "CXMT hbm3 volume")
    api.expect(tab.locator("#shown")).not_to_have_text(re.compile(f"^{every} "))
    found = tab.eval_on_selector_all("#claims tbody tr", visible)
    assert 0 < len(found) < every
    assert all("cxmt" in text.lower() and "hbm3" in text.lower() for text in found)
    tab.select_option("#show", "1")
    used = tab.eval_on_selector_all("#claims tbody tr", visible)
    assert 0 < len(used) < len(found)
    assert all("used: " in text for text in used)
    tab.focus("#claims thead th:first-child button")
    tab.keyboard.press("Enter")
    assert tab.get_attribute("#claims thead th:first-child", "aria-sort") == "ascending"
    dates = tab.eval_on_selector_all(
        "#claims tbody tr", "rows => rows.filter(row => !row.hidden).map(row => row.cells[0].textContent)"
    )
    assert dates == sorted(dates)


def test_the_keyboard_reaches_the_answer_first(open_page: Any) -> None:
    tab = open_page()
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "answer"


CONTRAST = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const linear = (v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const found = parse(getComputedStyle(node).backgroundColor);
      if (found.length === 3 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const low = new Set();
  for (const node of document.querySelectorAll("body *:not(svg *):not(script):not(#claims tr:nth-child(n+9) *)")) {
    if (![...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim())) continue;
    const [one, two] = [light(parse(getComputedStyle(node).color)), light(ground(node))].sort((x, y) => y - x);
    if ((one + 0.05) / (two + 0.05) < 4.5) low.add(`${node.tagName} ${node.className}:${node.textContent.slice(0, 9)}`);
  }
  return [...low];
}"""
"""Texts whose contrast with what is behind them is less than WCAG asks for."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_stands_out_from_its_ground(open_page: Any, scheme: str) -> None:
    tab = open_page()
    tab.emulate_media(color_scheme=scheme)
    assert tab.evaluate(CONTRAST) == []


def test_print_is_whole_without_the_table_of_claims(open_page: Any) -> None:
    tab = open_page()
    tab.emulate_media(media="print")
    assert not tab.is_visible("#claims")
    assert not tab.is_visible("nav")
    assert tab.is_visible(".print-only")
    assert tab.is_visible("#answer")
