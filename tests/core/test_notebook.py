"""How results show themselves in a notebook: nothing that comes from data becomes markup."""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import hbm_model as hbm
from hbm_model.core.notebook import view
from hbm_model.evidence import Evidence
from hbm_model.inference.fit import Fit

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">'


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Tags:
    tags = Tags()
    tags.feed(page)
    assert tags.seen <= {"div", "strong", "table", "tr", "th", "td"}
    return tags


def test_markup_in_a_cell_stays_text() -> None:
    page = view(HOSTILE, (HOSTILE,), [(HOSTILE,), (3,)], HOSTILE)
    assert read(page).text.count(HOSTILE) == 4


def test_evidence_counts_its_claims(vintage: Evidence) -> None:
    said = read(vintage._repr_html_()).text
    assert "as of 2026-06-30" in said
    assert f"milestones{len(vintage.tables['milestones'])}" in said
    hostile = replace(vintage, tables={HOSTILE: vintage.tables["yields"].iloc[:0]})
    assert HOSTILE in read(hostile._repr_html_()).text


def test_a_fit_tells_its_gate(made_up_fit: Fit) -> None:
    failed = replace(made_up_fit, diagnostics=replace(made_up_fit.diagnostics, failures=(HOSTILE,)))
    assert f"failed: {HOSTILE}" in read(failed._repr_html_()).text
    assert "2 chains of 60, quick" in read(made_up_fit._repr_html_()).text


def test_a_stored_run_and_its_forecast_tell_what_they_are(made_up_store: Path) -> None:
    run = hbm.load_run(store=made_up_store)
    assert run.run_id in read(run._repr_html_()).text
    said = read(run.forecast._repr_html_()).text
    assert "scenarios: baseline, china_push, match_act" in said
    assert "2032Q4" in said
    other: Any = replace(run.forecast.scenarios[0], name=HOSTILE)
    assert HOSTILE in read(replace(run.forecast, scenarios=(other,))._repr_html_()).text


def test_a_contrast_shows_text_as_text(made_up_store: Path) -> None:
    rows = hbm.load_run(store=made_up_store).forecast.contrast("frontier_lag").head(1).assign(driver=HOSTILE)
    page = rows._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
