"""Charts in the page: what is drawn stays, what acts or reaches out does not."""

import re
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure as Drawing

from hbm_model.charts.write import save
from hbm_model.core.errors import InputError
from hbm_model.report.facts import Facts
from hbm_model.report.figures import figures_of, inline, read_figures

OPEN = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10">'


def test_what_is_drawn_stays(tmp_path: Path) -> None:
    figure = Drawing(figsize=(3, 2))
    axes = figure.add_subplot(title="title")
    axes.fill_between([0, 1, 2], [1, 2, 3], [2, 3, 5], color="#D55E00", alpha=0.4)
    axes.plot([0, 1], [1, 2], color="#004B87", linestyle="--")
    save(figure, tmp_path / "a.svg", "words")
    source = (tmp_path / "a.svg").read_text(encoding="utf-8")
    made = ElementTree.fromstring(inline(source, "a", "words"))
    before = ElementTree.fromstring(source)
    for tag in ("path", "use"):
        count = [
            len(list(root.iter(name))) for root, name in ((before, f"{{http://www.w3.org/2000/svg}}{tag}"), (made, tag))
        ]
        assert count[0] == count[1] > 0
    assert {"#d55e00", "#004b87"} <= {each.get(key) for each in made.iter() for key in ("fill", "stroke")}
    assert "0.4" in {each.get("fill-opacity") for each in made.iter()} | {each.get("opacity") for each in made.iter()}
    assert not [each for each in made.iter() if "style" in each.attrib]
    ids = {each.get("id") for each in made.iter()}
    assert {each.get("href", "#")[1:] for each in made.iter("use")} <= ids
    assert len(inline(source, "a", "words")) < 0.7 * len(source)


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'>x</p></foreignObject>",
        "<path d='M 0 0' onclick='alert(1)'/>",
        "<path d='M 0 0' style='fill: url(https://evil.example/a.svg#b)'/>",
        "<path d='M 0 0' fill='url(https://evil.example)'/>",
        "<use xlink:href='https://evil.example/a.svg#b' x='1'/>",
        "<use href='javascript:alert(1)' x='1'/>",
        "<image href='https://evil.example/a.png' width='1' height='1'/>",
        "<a href='javascript:alert(1)'><path d='M 0 0'/></a>",
        "<style>@import url(https://evil.example)</style>",
        "<set attributeName='href' to='javascript:alert(1)'/>",
        "<path d='M 0 0' id='answer'/>",
        "<g><desc>&lt;script&gt;alert(1)&lt;/script&gt;</desc></g>",
    ],
)
def test_what_acts_or_reaches_out_is_left_out(hostile: str) -> None:
    made = inline(f"{OPEN}{hostile}<path d='M 1 1'/></svg>", "name", "words")
    assert "M 1 1" in made
    for trace in ("script", "evil", "alert", "onclick", "foreign", "import", 'id="answer"'):
        assert trace not in made


@given(text=st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=60))
def test_no_value_breaks_out_of_its_attribute(text: str) -> None:
    root = ElementTree.fromstring(f"{OPEN}<path d='M 0 0'/></svg>")
    path = root[0]
    for key in ("d", "fill", "transform", "style", "clip-path", "id"):
        path.set(key, f"fill: {text}" if key == "style" else text)
    made = ElementTree.fromstring(inline(ElementTree.tostring(root, encoding="unicode"), "name", text))
    assert [each.tag for each in made] == ["desc", "path"]
    assert made[0].text == (text or None)
    assert set(made[1].attrib) <= {"d", "fill", "transform", "clip-path"}


def test_charts_of_one_page_do_not_share_ids(facts: Facts) -> None:
    figures = read_figures(facts.run.path / "charts")
    assert set(figures) == {"frontier_lag", "mystery"}
    ids = [set(re.findall(r'id="([^"]+)"', figure.svg)) for figure in figures.values()]
    assert ids[0]
    assert not ids[0] & ids[1]
    assert figures["mystery"].title == "Title of mystery"
    assert figures["mystery"].source == "source of mystery"
    assert "&lt;b&gt;a line&lt;/b&gt; &amp; more." in figures["mystery"].svg


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("<svg", "unclosed token"),
        ("<html/>", "no svg with a viewBox"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + OPEN + "&a;</svg>", "declares entities"),
    ],
)
def test_what_is_no_drawing_is_refused_in_words(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "bad.svg").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=rf"bad\.svg: is no drawing that can be shown .*{fault}"):
        read_figures(tmp_path)


@pytest.mark.parametrize(("days", "drawn"), [([], set()), (["2025-12-31"], {"revisions_frontier_lag"})])
def test_how_headlines_moved_is_drawn_where_the_store_has_earlier_vintages(
    facts: Facts, days: list[str], drawn: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = [SimpleNamespace(run_id="earlier", manifest={"as_of": day}) for day in days]
    monkeypatch.setattr("hbm_model.store.stored.published", lambda run, _store: [*earlier, run])

    def write(folder: str, *_args: object, runs: list[object], names: tuple[str, ...], **_more: object) -> None:
        assert len(runs) == 1 + len(days)
        for name in names:
            (Path(folder) / f"{name}.svg").write_text(f"{OPEN}</svg>", encoding="utf-8")

    monkeypatch.setattr("hbm_model.charts.write_charts", write)
    found = set(figures_of(facts.stored, "en"))
    assert "frontier_lag" in found
    assert {name for name in found if name.startswith("revisions_")} >= drawn
    assert bool(drawn) == any(name.startswith("revisions_") for name in found)
