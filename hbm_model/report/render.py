"""The page: values and words in one template, with its styles and scripts under a policy that allows no others."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from itertools import groupby
from math import floor, log10
from typing import Any

import numpy as np
from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from hbm_model.analysis.emulator import Emulator, Error, as_data, emulate
from hbm_model.core.errors import OlderModelError
from hbm_model.core.progress import Report, silent, stage
from hbm_model.core.quantities import LEADING
from hbm_model.report import sections
from hbm_model.report.ahead import asked, watched
from hbm_model.report.answer import answer
from hbm_model.report.changes import changes
from hbm_model.report.evidence_table import Claim, claims
from hbm_model.report.facts import Facts
from hbm_model.report.figures import Figure, figures_of, skill_figure
from hbm_model.report.track import track
from hbm_model.report.words import PageWords

_PAGE = "page.html.jinja"
_TEMPLATES = (_PAGE, "change.html.jinja", "parts.html.jinja")
_SCRIPTS = ("explorer.js", "table.js")
_ROOM = 3_000_000
"""Bytes of drawings; with the evidence the page then stays below five million."""
_SECTIONS = ("answer", "gap", "explorer", "policy", "change", "watch", "scores", "method", "evidence")


def page(facts: Facts, words: PageWords, report: Report = silent) -> str:
    """The whole page of a run in one language, as HTML.

    Parameters
    ----------
    facts
        Tables and dates of the run.
    words
        From :func:`hbm_model.report.words.load_words`.
    report
        Told of the stages, and how far they are (default: nobody is).
    """
    with stage(report, "evidence", "reading the run and its evidence"):
        evidence = facts.stored.evidence
        rows = claims(evidence, words)
    with stage(report, "charts", "drawing the charts"):
        figures, left_out = _fitting(figures_of(facts.stored, words.lang, report))
        record = track(words)
    with stage(report, "changes", "comparing with the run before"):
        moved = changes(facts, words)
    with stage(report, "emulator", "holding an emulator for the sliders against the model"):
        emulator = _emulator(facts)
    style, scripts = _text("page.css"), [_text(name) for name in _SCRIPTS]
    return (
        environment(words)
        .get_template(_PAGE)
        .render(
            words=words,
            facts=facts,
            policy=content_policy(style, scripts),
            style=Markup(style),  # noqa: S704 (the package's own file)
            scripts=[Markup(script) for script in scripts],  # noqa: S704 (the package's own files)
            sections=_SECTIONS,
            answer=answer(facts, words),
            gaps=list(sections.gaps(facts, words, figures)),
            emulator=emulator and _with_steps(emulator),
            explorer_errors=emulator and _errors(emulator, words),
            explorer_data=emulator and _explorer_data(emulator, words),
            policies=sections.policies(facts, words),
            leading=LEADING,
            policy_plates=[sections.plate(figures[name], words) for name in sections.POLICY_CHARTS if name in figures],
            changes=moved,
            track=record,
            skill_plate=record and sections.plate(skill_figure(record.drawn, words.lang, record.source), words),
            watched=watched(facts, words),
            asked=asked(facts, words),
            scores=sections.scores(facts),
            used=sum(claim.used for claim in rows),
            fit_line=_fit_line(facts, words),
            provenance=_provenance(facts, words),
            further=[sections.plate(figure, words) for name, figure in figures.items() if name not in sections.PLACED],
            left_out=left_out,
            tables=_tables(rows),
            claims=rows,
            other_evidence=evidence.digest != facts.manifest.hashes["evidence"],
        )
    )


def environment(words: PageWords) -> Environment:
    """The templates in one language; they escape whatever is put into them.

    Parameters
    ----------
    words
        From :func:`hbm_model.report.words.load_words`.
    """
    templates = DictLoader({name: _text(name) for name in _TEMPLATES})
    jinja = Environment(loader=templates, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    jinja.globals.update(t=words.say, day=words.day)
    return jinja


def _fitting(figures: dict[str, Figure]) -> tuple[dict[str, Figure], list[str]]:
    """The charts for which the page has room, those with a place in it first, and the names of the others."""
    ranked = sorted(figures, key=lambda name: name not in sections.PLACED)
    sizes = np.cumsum([len(figures[name].svg) for name in ranked])
    kept = {name for name, size in zip(ranked, sizes, strict=True) if size <= _ROOM}
    return {name: figures[name] for name in figures if name in kept}, [name for name in ranked if name not in kept]


def content_policy(style: str, scripts: Sequence[str]) -> str:
    """Content security policy of the page: these very scripts and styles, and nothing from anywhere.

    Parameters
    ----------
    style
        Text of the style sheet.
    scripts
        Texts of the scripts.
    """
    runs = " ".join(_hash(script) for script in scripts)
    return (
        f"default-src 'none'; script-src {runs}; style-src {_hash(style)}; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _text(name: str) -> str:
    return (files("hbm_model.report") / name).read_text(encoding="utf-8")


def _emulator(facts: Facts) -> Emulator | None:
    """What the sliders ask; None for a run of an older model, whose fit the engine cannot read."""
    try:
        fit = facts.stored.fit
    except OlderModelError:
        return None
    return emulate(fit, facts.baseline, facts.draws, facts.horizon)


def _with_steps(emulator: Emulator) -> dict[str, Any]:
    sliders = [{**vars(slider), "step": step(slider.high - slider.low)} for slider in emulator.sliders]
    return {**vars(emulator), "sliders": sliders}


def step(span: float) -> float:
    """Round step that divides a slider's range into forty or somewhat more.

    Parameters
    ----------
    span
        Range of the slider, positive, in the lever's unit.
    """
    power = 10.0 ** floor(log10(span / 40))
    return max(part * power for part in (1.0, 2.5, 5.0) if part * power <= span / 40)


def _errors(emulator: Emulator, words: PageWords) -> list[tuple[str, list[dict[str, str]]]]:
    def written(error: Error, value: float) -> str:
        if error.quantity == "frontier_lag":
            return words.say("unit.years", number=f"{value:.2f}")
        return words.say("unit.percent", number=f"{100 * value:.0f}")

    return [
        (gap, [{"part": e.part, "typical": written(e, e.typical), "most": written(e, e.most)} for e in errors])
        for gap, errors in groupby(emulator.errors, key=lambda error: error.quantity)
    ]


def _explorer_data(emulator: Emulator, words: PageWords) -> dict[str, Any]:
    data = as_data(emulator)
    for gap in data["gaps"]:
        gap["labels"] = [words.year_end(period) for period in gap.pop("periods")]
        gap["title"] = words.say(f"gap.{gap['name']}.heading")
    for lever in data["levers"]:
        lever["words"] = words.pattern(f"level.{lever['name']}")
        lever["scale"] = float(words.say(f"scale.{lever['name']}"))
    patterns = {key: words.pattern(f"unit.{key}_interval") for key in ("years", "percent")}
    data["words"] = {**patterns, **{key: words.say(f"explorer.{key}") for key in ("base", "moved", "now")}}
    return json.loads(json.dumps(data))  # type: ignore[no-any-return]


def _fit_line(facts: Facts, words: PageWords) -> str:
    diagnostics = facts.stored.diagnostics
    settings = facts.manifest.settings
    return words.say(
        "method.fit_passed" if diagnostics["passed"] else "method.fit_failed",
        r_hat=f"{diagnostics['r_hat']:.4f}",
        ess_bulk=f"{diagnostics['ess_bulk']:.0f}",
        ess_tail=f"{diagnostics['ess_tail']:.0f}",
        divergences=diagnostics["divergences"],
        e_bfmi=f"{diagnostics['e_bfmi']:.2f}",
        draws=settings["draws"] * settings["chains"],
    )


def _provenance(facts: Facts, words: PageWords) -> list[tuple[str, str]]:
    manifest = facts.manifest
    return [
        (words.say("method.run"), facts.run.run_id),
        (words.say("method.made"), str(manifest["finished"])),
        (words.say("method.version"), f"hbm-model {manifest.versions.get('hbm-model', '')}".strip()),
        (words.say("method.evidence"), manifest.hashes["evidence"]),
        (words.say("method.code"), manifest.hashes["code"]),
        (words.say("method.seed"), str(manifest.seed)),
    ]


def _tables(rows: Sequence[Claim]) -> list[tuple[str, int, int]]:
    total, used = Counter(claim.table for claim in rows), Counter(claim.table for claim in rows if claim.used)
    return [(table, count, used[table]) for table, count in total.most_common()]
