"""The page as a document: one file, its policy, its order, its words."""

import base64
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from hbm_model.core.errors import InputError
from hbm_model.report import write_report
from hbm_model.report.answer import answer
from hbm_model.report.facts import Facts
from hbm_model.report.render import page
from hbm_model.report.words import load_words
from hbm_model.store import disk
from hbm_model.store.manifest import Manifest
from hbm_model.store.stored import StoredRun, load_run

VOID = {"meta", "link", "input", "br", "img", "hr"}


class _Document(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": []}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in self.inside:
            self.inside[self.open[-1]].append(data)

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module", params=["en", "ko"])
def document(request: pytest.FixtureRequest, pages: dict[str, str]) -> _Document:
    found = _Document(pages[request.param])
    assert not found.open
    assert found.attributes("html") == [{"lang": request.param}]
    return found


def test_it_is_one_file_that_loads_nothing(pages: dict[str, str], document: _Document) -> None:
    assert all(len(text.encode()) < 5e6 for text in pages.values())
    assert not [attributes for _, attributes in document.tags if "src" in attributes or "srcset" in attributes]
    assert [each["href"] for each in document.attributes("link")] == ["data:,"]
    outward = {attributes["href"] for tag, attributes in document.tags if tag != "link" and attributes.get("href")}
    assert all(str(href).startswith(("#", "https://", "http://")) for href in outward)
    assert not [tag for tag, _ in document.tags if tag in ("iframe", "object", "embed", "base", "image")]


def test_the_policy_allows_these_very_scripts_and_no_others(document: _Document) -> None:
    policy = next(str(each["content"]) for each in document.attributes("meta") if "http-equiv" in each)
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; ")
    kinds = [each.get("type") for each in document.attributes("script")]
    assert kinds == ["application/json", None, None]
    for text in [*document.inside["script"][1:], *document.inside["style"]]:
        assert base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() in policy
    acts = [key for _, attributes in document.tags for key in attributes if key.startswith("on") or key == "style"]
    assert not acts


def test_it_reads_in_order(document: _Document) -> None:
    names = [tag for tag, _ in document.tags]
    assert [names.count(tag) for tag in ("main", "header", "footer", "nav", "h1", "title")] == [1] * 6
    levels = [int(tag[1]) for tag in names if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = Counter(attributes["id"] for _, attributes in document.tags if attributes.get("id"))
    assert not {name for name, count in ids.items() if count > 1}
    for _, attributes in document.tags:
        for key in ("aria-labelledby", "for"):
            assert all(name in ids for name in str(attributes.get(key) or "").split() if name != "fan-words")
        if str(attributes.get("href", "")).startswith("#"):
            assert str(attributes["href"])[1:] in ids


def test_every_chart_has_its_words(document: _Document) -> None:
    drawings = document.attributes("svg")
    assert len(drawings) == 4  # two charts of the run, the explorer's, and one of scores
    assert all(each["role"] == "img" and each["aria-labelledby"] for each in drawings)


def test_every_field_has_a_label(document: _Document) -> None:
    labelled = {each.get("for") for each in document.attributes("label")}
    sliders = [each for each in document.attributes("input") if each["type"] == "range"]
    assert sliders
    assert all(each["id"] in labelled for each in sliders)


def test_the_answer_is_made_of_the_run_s_numbers(facts: Facts, pages: dict[str, str]) -> None:
    row = facts.row("frontier_lag", "2032Q4")
    assert row is not None
    words = load_words("en")
    said = answer(facts, words)
    assert words.interval(row, "years") in said.lead[-1]
    assert str(facts.as_of.year) in said.lead[0]
    assert f"<b>{words.measure(row['q50'], 'years')}</b>" in pages["en"]
    assert any("Allied ban" in point for point in said.points)
    assert all(text in pages["en"] for text in ("HBM3E", "This is a quick run", facts.run.run_id))
    assert "첫 실행이어서" in pages["ko"]


def test_a_chart_without_a_place_follows_at_the_end(pages: dict[str, str]) -> None:
    assert "Title of mystery" in pages["en"][pages["en"].index('id="more"') :]


def test_a_run_that_failed_its_gate_has_no_report(facts: Facts, tmp_path: Path) -> None:
    manifest = Manifest({**facts.manifest, "status": "rejected"})
    failed = StoredRun(disk.Run(facts.run.run_id, facts.run.path, manifest))
    with pytest.raises(InputError, match="is rejected; only a published run has a report"):
        write_report(failed, tmp_path / "out.html")


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_page_of_an_older_model_s_run_lacks_the_sliders_alone(facts: Facts, older_store: Path, lang: str) -> None:
    words = load_words(lang)
    text = page(Facts(load_run(store=older_store)), words)
    assert words.say("explorer.older") in text
    assert 'id="explorer-data"' not in text
    assert 'id="chart-frontier_lag"' in text or "Title of frontier_lag" in text
    _Document(text)
