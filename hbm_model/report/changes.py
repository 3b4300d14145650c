"""What changed since the last run, and why: the split of `runs diff` in the words of a language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import floor, log10

from hbm_model.core.errors import InputError
from hbm_model.core.quantities import LEADING
from hbm_model.report.ahead import question_text
from hbm_model.report.evidence_table import makers, safe_link, slug
from hbm_model.report.facts import Facts
from hbm_model.report.words import PageWords
from hbm_model.store import disk
from hbm_model.store.decomposition import PARTS, ClaimEffect
from hbm_model.store.diff import MOST, Difference, difference
from hbm_model.store.moves import NOW, QUESTION, Revision, name_of

_SCALES = {
    "years": (1.0, 2, "years"),
    "decimal year": (1.0, 2, "years"),
    "ratio": (100.0, 2, "points"),
    "share": (100.0, 2, "points"),
    "pp": (1.0, 1, "points"),
    "probability": (100.0, 1, "points"),
}
"""Scale, digits and unit of a change; finer than the number itself, so that the parts are seen to add up."""
_FIRST = (*LEADING, "generation_lag")
"""The gaps that are told first."""
_STILL = 0.0005
"""A question that moved by less did not move."""


@dataclass(frozen=True)
class Moved:
    """One number before and now, as text.

    Attributes
    ----------
    label
        What moved: a gap with quarter or generation, or a question.
    lang
        Language of `label`.
    before, now
        The number in the earlier run and in this one.
    change
        Its change, with unit (empty: not defined in both runs).
    widths
        The change in percent of the earlier interval's width (empty: no interval).
    parts
        Parts of the change, in the order of ``heads`` (empty: no split).
    error
        Monte-Carlo standard error of the change (empty: not known).
    """

    label: str
    lang: str
    before: str
    now: str
    change: str
    widths: str
    parts: tuple[str, ...]
    error: str


@dataclass(frozen=True)
class Weighed:
    """A new or changed claim and what it did, as text.

    Attributes
    ----------
    text
        What is claimed.
    cause
        Whether it is new or changed.
    effect
        The gap that it moved most, or how surprising it is.
    published
        Day of publication.
    publisher
        Who published it.
    url
        Its address.
    link
        The same where it may be followed, else empty.
    """

    text: str
    cause: str
    effect: str
    published: str
    publisher: str
    url: str
    link: str


@dataclass(frozen=True)
class Changes:
    """Against the run before: what was compared, what moved and why.

    Attributes
    ----------
    notes
        Sentences on what was compared, for the reader.
    reason
        Why there is no split, or no full one, in English (empty: there is one).
    gaps, further, questions
        What moved: the headline gaps, the others, and probabilities.
    still
        How many questions did not move, in a sentence.
    heads
        Names of the parts, none where there is no split.
    parts
        Sentence on what the parts are.
    claims
        Claims behind the moves, the weightiest first.
    ranked
        Sentence on their order.
    """

    notes: tuple[str, ...]
    reason: str = ""
    gaps: tuple[Moved, ...] = ()
    further: tuple[Moved, ...] = ()
    questions: tuple[Moved, ...] = ()
    still: str = ""
    heads: tuple[str, ...] = ()
    parts: str = ""
    claims: tuple[Weighed, ...] = ()
    ranked: str = ""


def changes(facts: Facts, words: PageWords) -> Changes | None:
    """Compare with the published run before this one; None where this is the first of its store.

    Parameters
    ----------
    facts
        Tables and dates of the run.
    words
        From :func:`hbm_model.report.words.load_words`.
    """
    root, run = facts.run.path.parent, facts.run
    earlier = [older for older in disk.list_runs(root) if older.run_id < run.run_id]
    if not earlier:
        gone = facts.manifest.follows
        return Changes((words.say("change.missing", run=gone.run_id),)) if gone else None
    before = earlier[-1]
    try:
        comparison = difference(root, before.run_id, run.run_id)
    except (InputError, KeyError, ValueError, TypeError, OSError):  # of another version, or not whole
        return Changes((words.say("change.cannot", run=before.run_id),))
    quick = before.manifest.quick
    return _explained(comparison, facts, words, (words.say("change.quick"),) if quick else ())


def _explained(comparison: Difference, facts: Facts, words: PageWords, more: Sequence[str]) -> Changes:
    names = makers(facts.stored.evidence, words)
    labels = {name_of(move): _label(move, words) for move in comparison.moves if move.quantity != QUESTION}
    split = any(move.parts for move in comparison.moves)
    gaps = [
        (move.quantity in _FIRST, _moved(move, labels[name_of(move)], words.lang, words))
        for move in comparison.moves
        if move.quantity != QUESTION and not (move.before is None and move.now is None)
    ]
    asked = [move for move in comparison.moves if move.quantity == QUESTION and move.place in facts.question_of]
    moved = [move for move in asked if abs(move.change or 0.0) >= _STILL]
    question_moves = [
        _moved(move, *question_text(facts.question_of[move.place], words, names), words) for move in moved
    ]
    why = "" if not comparison.why_not else words.say("change.too_far" if split else "change.no_split")
    return Changes(
        notes=(*_notes(comparison, words), *more, *filter(None, [why])),
        reason=comparison.why_not,
        gaps=tuple(move for first, move in gaps if first),
        further=tuple(move for first, move in gaps if not first),
        questions=tuple(question_moves),
        still=words.say("change.still", still=len(asked) - len(moved), asked=len(asked)) if asked else "",
        heads=tuple(words.say(f"change.part_{part}") for part in PARTS) if split else (),
        parts=_parts(comparison, words) if split else "",
        claims=tuple(_weighed(claim, labels, comparison.moves, words) for claim in comparison.claims[:MOST]),
        ranked=_ranked(comparison.claims, words),
    )


def _notes(comparison: Difference, words: PageWords) -> list[str]:
    day = words.day(date.fromisoformat(comparison.as_of[0]))
    notes = [words.say("change.intro", run=comparison.before, day=day)]
    causes = ", ".join(_causes(comparison, words))
    notes.append(words.say("change.beside", causes=causes) if causes else words.say("change.beside_nothing"))
    if comparison.counts:
        notes.append(words.say("change.counts", new=comparison.counts["new"], changed=comparison.counts["changed"]))
    return notes


def _causes(comparison: Difference, words: PageWords) -> list[str]:
    return [words.say(f"cause.{slug(cause)}") for cause in comparison.causes]


def _parts(comparison: Difference, words: PageWords) -> str:
    """What each part is, and what is left for the rest."""
    rest = [*_causes(comparison, words), words.say("change.error_of_draws")]
    if comparison.why_not:
        rest.insert(0, words.say("change.all_claims"))
    quality = "" if comparison.k is None else words.say("change.quality", k=words.number(comparison.k, 2))
    return words.say("change.parts", quality=quality, rest=", ".join(rest))


def _label(move: Revision, words: PageWords) -> str:
    title = words.say(f"gap.{move.quantity}.heading")
    if move.period:
        when = words.say("change.today") if move.period == NOW else words.year_end(move.period)
        return f"{title}, {when}"
    return f"{title} {move.place}".strip()


def _moved(move: Revision, label: str, lang: str, words: PageWords) -> Moved:
    return Moved(
        label=label,
        lang=lang,
        before=_value(move.before, move.unit, words),
        now=_value(move.now, move.unit, words),
        change="" if move.change is None else _change(move.change, move.unit, words),
        widths=""
        if move.in_widths is None
        else words.say("unit.percent", number=words.number(100 * move.in_widths, 0, sign=True)),
        parts=tuple(_part(move, part, words) for part in PARTS),
        error="" if move.error is None else _number(move.error, move.unit, words, sign=False),
    )


def _value(value: float | None, unit: str, words: PageWords) -> str:
    if unit == "probability":
        return words.chance(value or 0.0)
    return words.when(value) if unit == "decimal year" else words.measure(value, unit)


def _change(value: float, unit: str, words: PageWords, small: bool = False) -> str:
    """A change with its unit; a `small` one to as many digits as it takes to see it."""
    scale, digits, key = _SCALES[unit]
    if small and value:
        digits = max(digits, -floor(log10(abs(scale * value))))
    return words.say(f"unit.{key}", number=words.number(scale * value, digits, sign=True))


def _part(move: Revision, part: str, words: PageWords) -> str:
    value = (move.parts or {}).get(part)
    return "" if value is None else _number(value, move.unit, words)


def _number(value: float, unit: str, words: PageWords, sign: bool = True) -> str:
    scale, digits, _ = _SCALES[unit]
    return words.number(scale * value, digits, sign)


def _ranked(claims: Sequence[ClaimEffect], words: PageWords) -> str:
    if not claims:
        return ""
    key = "by_weight" if claims[0].weight is not None else "by_surprise"
    return words.say(f"change.{key}", shown=min(MOST, len(claims)), claims=len(claims))


def _weighed(claim: ClaimEffect, labels: Mapping[str, str], moves: Sequence[Revision], words: PageWords) -> Weighed:
    if claim.weight is None or claim.shift is None:
        effect = words.say("change.surprise", surprise=f"{claim.surprise:.1f}")
    else:
        unit = next(move.unit for move in moves if name_of(move) == claim.most)
        shift, share = _change(claim.shift, unit, words, small=True), f"{100 * claim.weight:.1f}"
        effect = words.say("change.effect", shift=shift, gap=labels[claim.most], share=share)
    cause = words.say(f"change.kind_{claim.cause}")
    return Weighed(claim.text, cause, effect, claim.published, claim.publisher, claim.url, safe_link(claim.url))
