"""The sections of the page as plain values: each gap by its definition, policies, dated questions, scores, the fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from hbm_model.core import quantities
from hbm_model.core.industry import GENERATIONS_OF_CHINA
from hbm_model.core.quantities import LEADING
from hbm_model.report.answer import title_of
from hbm_model.report.evidence_table import safe_link
from hbm_model.report.facts import Facts
from hbm_model.report.figures import Figure
from hbm_model.report.words import PageWords
from hbm_model.store import question_scores, summary

OVER_TIME = {name: quantities.BY_NAME[name].unit for name in quantities.OVER_TIME}
"""The gaps over time and their units, in the order in which they are shown."""
_MORE_CHARTS = {
    "frontier_lag": ("frontier_lag", "revisions_frontier_lag"),
    "generation_lag": ("generation_lag", "calendar", "plans", "claims_cxmt_HBM3", "claims_sk_hynix_HBM4"),
    "yield_gap": ("yield_gap", "yield_ramps", "stack_heights"),
    "yield_gap_same_age": ("yield_gap_same_age", "same_age"),
    "capacity_ratio": ("capacity_ratio", "policy_gap", "capacity", "investment"),
    "output_ratio": ("output_ratio", "output", "revisions_output_ratio"),
    "bit_share": ("bit_share", "shares"),
    "catch_up": ("catch_up", "catch_up_within_3_years"),
}
_CHARTS = {gap.name: _MORE_CHARTS.get(gap.name, (gap.name,)) for gap in quantities.QUANTITIES if gap.headline}
"""The charts under each gap: its own, and those that say more of it."""
POLICY_CHARTS = (
    *("contrasts_frontier_lag", "scenarios_frontier_lag", "contrasts_capacity_ratio"),
    *("contrasts_output_ratio", "scenarios_output_ratio"),
)
"""Charts of the policies, in the order in which they are told."""
PLACED = {name for names in (*_CHARTS.values(), POLICY_CHARTS) for name in names}
"""Charts that have their place; others of a run follow at the end."""


@dataclass(frozen=True)
class Plate:
    """A chart in the page.

    Attributes
    ----------
    name
        Stem of its file.
    title
        Title above it.
    svg
        The drawing.
    words
        Alt text.
    source
        Source line.
    """

    name: str
    title: str
    svg: Markup
    words: str
    source: str


@dataclass(frozen=True)
class Gap:
    """One gap, as text.

    Attributes
    ----------
    name
        Its exact name.
    title
        Heading.
    definition
        Definition in sentences.
    heads
        Heads of the columns: quarters or generations.
    cells
        Median and interval by column.
    undefined
        Share of draws without the gap by column (empty: none).
    plates
        Its charts.
    """

    name: str
    title: str
    definition: str
    heads: tuple[str, ...]
    cells: tuple[str, ...]
    undefined: tuple[str, ...]
    plates: tuple[Plate, ...]


@dataclass(frozen=True)
class Measure:
    """A real measure behind a scenario.

    Attributes
    ----------
    name, kind
        As recorded.
    day
        Its date.
    url
        Its address.
    link
        The same where it may be followed, else empty.
    """

    name: str
    kind: str
    day: str
    url: str
    link: str


@dataclass(frozen=True)
class Policy:
    """One scenario, as text.

    Attributes
    ----------
    name
        Its exact name.
    title
        Heading.
    changes
        Mean change of each of the gaps ``LEADING`` with its interval.
    drivers
        What brings about each change (empty: no change).
    assumes
        What it assumes.
    measures
        Real measures that it stands for.
    signs
        Signs that it is coming true.
    """

    name: str
    title: str
    changes: tuple[str, ...]
    drivers: tuple[str, ...]
    assumes: str = ""
    measures: tuple[Measure, ...] = ()
    signs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scored:
    """Mean scores of a forecaster on settled questions, as text.

    Attributes
    ----------
    name
        Run or forecaster.
    count
        Settled questions that it answered.
    brier
        Mean Brier score.
    ours
        The model's mean on the same questions (empty: none).
    """

    name: str
    count: int
    brier: str
    ours: str


@dataclass(frozen=True)
class Scores:
    """Scores of this store's runs, and of other forecasters, on questions that have an outcome.

    Attributes
    ----------
    runs
        One row per run.
    others
        One row per other forecaster.
    faults
        What is wrong with the ledger of the runs.
    """

    runs: tuple[Scored, ...] = ()
    others: tuple[Scored, ...] = ()
    faults: tuple[str, ...] = field(default=())


def plate(figure: Figure, words: PageWords) -> Plate:
    """A chart under the catalogue's title, or its own.

    Parameters
    ----------
    figure
        A chart of the run.
    words
        From :func:`hbm_model.report.words.load_words`.
    """
    title = words.named(f"chart.{figure.name}", figure.title)
    return Plate(figure.name, title, figure.svg, figure.words, figure.source)


def gaps(facts: Facts, words: PageWords, figures: dict[str, Figure]) -> Iterator[Gap]:
    """Every gap with its definition, numbers and charts.

    Parameters
    ----------
    facts
        Tables and dates of the run.
    words
        From :func:`hbm_model.report.words.load_words`.
    figures
        Charts by name; those that are missing are left out.
    """
    for name, charts in _CHARTS.items():
        heads, cells, undefined = _numbers(name, facts, words)
        plates = tuple(plate(figures[chart], words) for chart in charts if chart in figures)
        title, definition = (words.say(f"gap.{name}.{what}") for what in ("heading", "definition"))
        yield Gap(name, title, definition, heads, cells, undefined, plates)


def _numbers(name: str, facts: Facts, words: PageWords) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    if name == "catch_up":
        row = facts.row(name)
        never = 1.0 if row is None else float(row["prob_never"])
        head = words.say("gap.by", when=words.year_end(facts.horizon))
        return (head,), (words.chance(1.0 - never),), ("",)
    if name == "generation_lag":
        keys = [(g, "", g) for g in GENERATIONS_OF_CHINA]
        unit, missing = "years", "gap.beyond"
    else:
        keys = [(words.year_end(period), period, "") for period in facts.periods]
        unit, missing = OVER_TIME[name], "gap.undefined"
    rows = [facts.row(name, period, generation) for _, period, generation in keys]
    cells = [words.say("gap.none") if row is None else words.interval(row, unit) for row in rows]
    nevers = [0.0 if row is None else float(row["prob_never"]) for row in rows]
    undefined = tuple(words.say(missing, chance=words.chance(share)) if share else "" for share in nevers)
    return tuple(head for head, *_ in keys), tuple(cells), undefined


def policies(facts: Facts, words: PageWords) -> list[Policy]:
    """What each scenario changes by the last of the told quarters, the largest change of the lag first.

    Parameters
    ----------
    facts
        Tables and dates of the run.
    words
        From :func:`hbm_model.report.words.load_words`.
    """
    changes = [change for change in summary.changes(facts.stored) if change.quantity in LEADING]
    change_of = {(change.scenario, change.quantity): change for change in changes}
    names = dict.fromkeys(change.scenario for change in changes)
    ranked = sorted(names, key=lambda name: -abs(_mean(change_of.get((name, "frontier_lag")))))
    return [_policy(facts, words, name, [change_of.get((name, gap)) for gap in LEADING]) for name in ranked]


def _mean(change: summary.Change | None) -> float:
    return 0.0 if change is None or change.mean is None else change.mean


def _policy(facts: Facts, words: PageWords, name: str, changes: Sequence[summary.Change | None]) -> Policy:
    scenario = facts.scenarios.get(name)
    title = title_of(facts, words, name)
    cells = tuple(_changed(words, change) for change in changes)
    drivers = tuple(
        "" if change is None else words.named(f"driver.{change.driver}", change.driver) for change in changes
    )
    if scenario is None:
        return Policy(name, title, cells, drivers)
    measures = tuple(
        Measure(measure.measure, measure.kind, words.day(measure.date), measure.url, safe_link(measure.url))
        for measure in scenario.stands_for
    )
    return Policy(name, title, cells, drivers, scenario.assumes, measures, scenario.signs)


def _changed(words: PageWords, change: summary.Change | None) -> str:
    if change is None or change.mean is None or not (change.prob_larger or change.prob_smaller):
        return words.say("policy.nothing")
    row = {"mean": change.mean, "q05": change.q05, "q95": change.q95}
    unit = "change_points" if change.unit == "ratio" else change.unit
    return words.interval(row, unit, "mean", sign=True)


def scores(facts: Facts) -> Scores:
    """Scores of the runs of this store that were made before an outcome was known, and of others in the archive.

    Parameters
    ----------
    facts
        Tables and dates of the run.
    """
    settled = question_scores.scores(facts.run.path.parent, facts.stored.data)
    rows = [
        tuple(
            Scored(score.name, score.n, f"{score.brier:.3f}", "" if score.ours is None else f"{score.ours:.3f}")
            for score in group
        )
        for group in (settled.runs, settled.others)
    ]
    return Scores(rows[0], rows[1], settled.faults)
