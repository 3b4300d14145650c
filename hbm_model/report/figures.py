"""The charts of a stored run as SVG that can stand in the page: what is drawn, and nothing that acts or reaches out.

Matplotlib writes one attribute of CSS per element, an id on nearly every group and six decimals. A page under a strict
content policy may have none of that CSS, and two charts in one page must not share ids. So only known elements and
attributes are taken over, CSS as attributes of its own, ids renamed, numbers rounded; which also makes a file of two
megabytes one of a few hundred kilobytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from markupsafe import Markup, escape

from hbm_model.core.errors import InputError, OlderModelError
from hbm_model.core.progress import Report, silent

if TYPE_CHECKING:
    import pandas as pd

    from hbm_model.store.stored import StoredRun

_SVG, _LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
_DRAWN = {"svg", "g", "defs", "path", "use", "clipPath", "rect", "circle", "line", "polyline", "polygon"}
_PLACE = {
    *("d", "x", "y", "width", "height", "cx", "cy", "r", "rx", "ry", "x1", "y1", "x2", "y2"),
    *("points", "transform", "viewBox", "clipPathUnits", "clip-path"),
}
_LOOK = {
    *("fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap"),
    *("stroke-linejoin", "stroke-dasharray", "stroke-dashoffset", "stroke-miterlimit", "opacity"),
}
_INHERITED = {"stroke-linejoin": "round", "stroke-linecap": "butt"}
"""What Matplotlib's own style sheet says of every element."""
_FRAGMENT = re.compile(r"url\(#([\w.-]+)\)")
_PLAIN = re.compile(r"[\w\s#.,()%+-]*")
_LONG = re.compile(r"-?\d+\.\d{3,}")
_SPACES = re.compile(r"\s+")
_ALT = re.compile(r"(.*?)(?::|\. )", re.DOTALL)


@dataclass(frozen=True)
class Figure:
    """A chart of the run as it stands in the page.

    Attributes
    ----------
    name
        Stem of its file.
    svg
        The drawing.
    words
        Alt text.
    source
        Source line (empty: none).
    """

    name: str
    svg: Markup
    words: str
    source: str

    @property
    def title(self) -> str:
        """What its description begins with, for charts that the page has no title for."""
        match = _ALT.match(self.words)
        return match[1] if match else self.words


def figures_of(stored: StoredRun, lang: str, report: Report = silent) -> dict[str, Figure]:
    """The charts of a run by name: as they were published in English, and drawn again in another language.

    A quick run publishes none that a page can hold; its charts are drawn again too. How headlines moved since earlier
    vintages is in no run's own charts, and is drawn for the page where the store has several. Of a run of an older
    model nothing can be drawn any more: it keeps the charts that it published.

    Parameters
    ----------
    stored
        From :func:`hbm_model.load_run`.
    lang
        Language of the page, like ``en`` or ``ko``.
    report
        Told which chart's turn it is to be drawn again (default: nobody is).
    """
    from hbm_model.charts.catalogue import REVISIONS, several_vintages
    from hbm_model.store.stored import published

    runs = published(stored, stored.run.path.parent)
    folder = stored.run.path / "charts"
    kept = read_figures(folder) if lang == "en" else {}
    try:
        if not kept:
            return _drawn_again(stored, lang, runs, report)
        return kept | (_drawn_again(stored, lang, runs, report, REVISIONS) if several_vintages(runs) else {})
    except OlderModelError:
        return kept or read_figures(folder)


def _drawn_again(
    stored: StoredRun, lang: str, runs: Sequence[StoredRun], report: Report, names: Sequence[str] = ()
) -> dict[str, Figure]:
    from hbm_model.charts import write_charts

    with TemporaryDirectory() as folder:
        write_charts(
            folder, stored.evidence, stored.fit, stored.forecast, ("svg",), lang,
            run_id=stored.run_id, runs=runs, names=names, report=report,
        )  # fmt: skip
        return read_figures(Path(folder))


def skill_figure(scores: pd.DataFrame, lang: str, source: str) -> Figure:
    """The chart of published scores, which are no run's own.

    Parameters
    ----------
    scores
        From :func:`hbm_model.evaluation.published.compared`, its names replaced by words.
    lang
        Language of the page, like ``en`` or ``ko``.
    source
        Source line: whose scores these are.
    """
    from hbm_model import charts
    from hbm_model.charts.kit.style import sign
    from hbm_model.charts.skill import skill_words
    from hbm_model.charts.write import save

    with charts.language(lang), TemporaryDirectory() as folder:
        drawn: Any = charts.skill(scores)[0].figure
        sign(drawn, source)
        path = Path(folder) / "skill.svg"
        words = skill_words(charts.skill_table(scores))
        save(drawn, path, words)
        path.with_suffix(".txt").write_text(f"{words}\n{source}\n", encoding="utf-8")
        return _read(path)


def read_figures(folder: Path) -> dict[str, Figure]:
    """Charts of a run by name; none where it has no charts.

    Parameters
    ----------
    folder
        Folder of the charts, which need not exist.

    Raises
    ------
    InputError
        If a file is no drawing that can be read.
    """
    return {path.stem: _read(path) for path in sorted(folder.glob("*.svg"))}


def _read(path: Path) -> Figure:
    beside = path.with_suffix(".txt")
    lines = beside.read_text(encoding="utf-8").strip().splitlines() if beside.is_file() else []
    words, source = (" ".join(lines[:-1]), lines[-1]) if len(lines) > 1 else (" ".join(lines), "")
    words = words or path.stem.replace("_", " ")
    try:
        return Figure(path.stem, inline(path.read_text(encoding="utf-8"), path.stem, words), words, source)
    except (ValueError, ElementTree.ParseError) as fault:
        raise InputError(f"{path}: is no drawing that can be shown ({fault})") from fault


def inline(source: str, name: str, words: str) -> Markup:
    """Make a drawing safe for the page, with its words as alt text.

    Parameters
    ----------
    source
        SVG as Matplotlib writes it.
    name
        Beginning of its ids, unique in the page.
    words
        Alt text.

    Raises
    ------
    ValueError
        If it declares entities, or has no ``viewBox``.
    xml.etree.ElementTree.ParseError
        If it is no XML.
    """
    if "<!ENTITY" in source.upper():
        raise ValueError("it declares entities")
    root = ElementTree.fromstring(source)  # noqa: S314 (what is dangerous in XML are entities, refused above)
    if root.tag != f"{_SVG}svg" or "viewBox" not in root.attrib:
        raise ValueError("it is no svg with a viewBox")
    used = {
        match[1] for element in root.iter() for value in element.attrib.values() for match in _FRAGMENT.finditer(value)
    }
    used |= {value[1:] for element in root.iter() if (value := _href(element)).startswith("#")}
    ids = {old: f"{name}-{number}" for number, old in enumerate(sorted(used))}
    label = f"{name}-words"
    head = f'<svg viewBox="{escape(root.attrib["viewBox"])}" role="img" aria-labelledby="{escape(label)}"'
    head += "".join(f' {key}="{value}"' for key, value in _INHERITED.items())
    body = "".join(_drawn(child, ids) for child in root)
    # A title would show up as a tooltip over the whole drawing; a description that labels it is read out as well.
    return Markup(f'{head}><desc id="{escape(label)}">{escape(words)}</desc>{body}</svg>')  # noqa: S704 (escaped above)


def _drawn(element: ElementTree.Element, ids: Mapping[str, str]) -> str:
    tag = element.tag.removeprefix(_SVG) if isinstance(element.tag, str) else ""
    if tag not in _DRAWN:
        return ""
    attributes = _attributes(element, ids)
    inside = "".join(_drawn(child, ids) for child in element)
    if tag in ("g", "defs", "clipPath") and not inside:
        return ""
    if tag == "g" and not attributes:
        return inside
    words = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return f"<{tag}{words}>{inside}</{tag}>" if inside else f"<{tag}{words}/>"


def _attributes(element: ElementTree.Element, ids: Mapping[str, str]) -> dict[str, str]:
    """What is known of an element's attributes, its CSS among them."""
    given = {key: value for key, value in element.attrib.items() if key in _PLACE | _LOOK}
    for rule in element.attrib.get("style", "").split(";"):
        key, _, value = rule.partition(":")
        if key.strip() in _LOOK:
            given[key.strip()] = value.strip()
    kept = {}
    for key, value in given.items():
        inner = _FRAGMENT.fullmatch(value)
        if inner:
            kept[key] = f"url(#{ids[inner[1]]})"
        elif _PLAIN.fullmatch(value):
            text = _SPACES.sub(" ", value).strip()
            kept[key] = text if key == "transform" and "scale" in text else _LONG.sub(_rounded, text)
    kept = {key: value for key, value in kept.items() if _INHERITED.get(key) != value}
    if element.get("id") in ids:
        kept["id"] = ids[str(element.get("id"))]
    if _href(element)[1:] in ids:
        kept["href"] = f"#{ids[_href(element)[1:]]}"
    return kept


def _href(element: ElementTree.Element) -> str:
    return element.attrib.get(_LINK) or element.attrib.get("href", "")


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
