"""What `runs diff` prints: what moved, in its own uncertainty, and why."""

from collections.abc import Sequence
from dataclasses import asdict
from math import floor, log10
from typing import Any

from hbm_model.store.decomposition import PARTS, ClaimEffect
from hbm_model.store.diff import MOST, Difference
from hbm_model.store.moves import QUESTION, Revision, name_of

_WORDS = {"code": "equations", "time": "time", "new": "new", "changed": "changed", "rest": "rest"}
_SMALL = 0.0005


def as_json(found: Difference) -> dict[str, Any]:
    """Return the difference as plain values, for machines.

    Parameters
    ----------
    found
        From :func:`hbm_model.store.diff.difference`.
    """
    moves = [asdict(each) | {"in_widths": each.in_widths} for each in found.moves]
    return asdict(found) | {"moves": moves, "rest_is": rest_is(found)}


def rest_is(found: Difference) -> str:
    """Say what the remaining part of a revision comes from.

    Parameters
    ----------
    found
        Its causes are named; where it has no full decomposition, claims are in the rest as well.
    """
    error = "Monte-Carlo error"
    if found.why_not:
        error = f"new and changed claims and {error}"
    return f"{', '.join(found.causes)} and {error}" if found.causes else error


def as_text(found: Difference) -> str:
    """Return the difference for people: gaps, then questions that moved, then the claims behind it.

    Parameters
    ----------
    found
        From :func:`hbm_model.store.diff.difference`.
    """
    gaps = [each for each in found.moves if each.quantity != QUESTION]
    asked = [each for each in found.moves if each.quantity == QUESTION]
    lines = [
        f"From {found.before} (as of {found.as_of[0]}) to {found.after} (as of {found.as_of[1]})",
        f"Changed beside claims and time: {', '.join(found.causes) or 'nothing'}.",
    ]
    if found.counts:
        new, changed = found.counts["new"], found.counts["changed"]
        lines.append(f"Claims that the likelihood reads differently: {new} new, {changed} changed.")
    lines += [f"Note: {found.why_not}."] if found.why_not else []
    lines += ["", *_table("Baseline, medians; the change also in widths of the earlier 90 % interval", gaps)]
    moved = [each for each in asked if each.change and abs(each.change) >= _SMALL]
    still = len(asked) - len(moved)
    if asked:
        lines += ["", *_table(f"Questions, probabilities ({still} of {len(asked)} did not move)", moved)]
    if any(each.parts for each in found.moves):
        lines += [
            "",
            "The parts add up to the change. equations: the same draws by the equations as they are now; time: the "
            "later day; new, changed:",
            f"claims, by reweighting the earlier draws{_quality(found)}; rest: {rest_is(found)}. "
            "error: Monte-Carlo standard error.",
        ]
    return "\n".join([*lines, *_claims(found)])


def _table(title: str, moves: Sequence[Revision]) -> list[str]:
    split = any(each.parts for each in moves)
    heads = ["before", "now", "change", "widths", *((_WORDS[part] for part in PARTS) if split else ()), "error"]
    width = max([34, *(len(_name(each)) + 2 for each in moves)])
    lines = [title, "".ljust(width) + "".join(head.rjust(10) for head in heads)] if moves else [title]
    for each in moves:
        digits = _digits(each.before, each.now)
        cells = [_number(each.before, digits), _number(each.now, digits), _signed(each.change, digits)]
        cells.append(_signed(each.in_widths, 2))
        parts = each.parts or {}
        cells += [_signed(parts.get(part), digits) for part in PARTS] if split else []
        cells.append(_number(each.error, digits))
        lines.append(_name(each).ljust(width) + "".join(cell.rjust(10) for cell in cells))
    return lines


def _claims(found: Difference) -> list[str]:
    if not found.claims:
        return []
    weighed = found.claims[0].weight is not None
    how = "by how far they moved the gaps" if weighed else "the most surprising first; what they moved is not known"
    lines = ["", f"New and changed claims, {how} ({min(MOST, len(found.claims))} of {len(found.claims)}):"]
    for each in found.claims[:MOST]:
        lines.append(f"  {_clean(each.id)}  {each.cause}  {_clean(each.text)}; {_effect(each)}")
        if each.url:
            lines.append(f"      {_clean(each.publisher)}, {each.published}: {_clean(each.url)}")
    return lines


def _effect(claim: ClaimEffect) -> str:
    if claim.weight is None or claim.shift is None:
        return f"surprise {claim.surprise:.1f}"
    shift = _signed(claim.shift, _digits(claim.shift))
    return f"{shift} on {claim.most}, {100 * claim.weight:.1f} % of a width over all gaps"


def _name(move: Revision) -> str:
    return move.place if move.quantity == QUESTION else name_of(move)


def _clean(text: str) -> str:
    """Text from a table as one line that a terminal takes for nothing but text."""
    return "".join(char if char.isprintable() else " " for char in text)


def _digits(*values: float | None) -> int:
    """Decimals that leave the largest of some numbers two figures: shares of a market are small and still move."""
    largest = max((abs(value) for value in values if value), default=1.0)
    return min(max(1 - floor(log10(largest)), 3), 6)


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _signed(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:+z.{digits}f}"


def _quality(found: Difference) -> str:
    return "" if found.k is None else f" (Pareto k {found.k:.2f})"
