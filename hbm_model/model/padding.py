"""Observations made up to round numbers, so that what is compiled for one vintage serves the next one too.

A compiled function knows the lengths of its arrays. Rows are added that repeat the first of their kind and count for
nothing, and a handful of new claims changes no length.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from hbm_model.core.arrays import Floats
from hbm_model.model.coding import CodedClaims, Ints
from hbm_model.model.kinds import KINDS
from hbm_model.model.observations import Observations, Stacked

_STEP, _FINENESS = 16, 4
"""Lengths are rounded up to a multiple of this step, or of a quarter of the power of two below if that is larger."""


def padded(observations: Observations) -> tuple[Observations, dict[str, Floats]]:
    """Observations with rows that count for nothing.

    Parameters
    ----------
    observations
        Of a vintage; left as they are.

    Returns
    -------
    observations : Observations
        Longer ones.
    counted : dict[str, Floats]
        By term of the likelihood, one for each row that counts, and zero.
    """
    rows = {kind: made_up(len(claims.ids)) for kind, claims in observations.claims.items()}
    claims = {kind: of_rows(each, rows[kind]) for kind, each in observations.claims.items()}
    first = np.cumsum([0, *(len(observations.claims[kind].ids) for kind in KINDS)])
    stacked = np.concatenate([start + rows[kind] for start, kind in zip(first, KINDS, strict=False)])
    silence, heard = (made_up(len(group["vendor"])) for group in (observations.silence, observations.first_report))
    counts = {kind: _counts(place) for kind, place in rows.items()}
    longer = replace(
        observations,
        claims=claims,
        stacked=_of_stacked(observations.stacked, stacked),
        silence=_of_arrays(observations.silence, silence),
        first_report=_of_arrays(observations.first_report, heard),
    )
    return longer, {
        "claims": np.concatenate([counts[kind] for kind in KINDS]),
        "not_yet": counts["not_yet"],
        "silence": _counts(silence),
        "first_report": _counts(heard),
    }


def rounded(length: int) -> int:
    """The length that rows are made up to: the same, or at most a quarter or sixteen rows more.

    Parameters
    ----------
    length
        Number of rows that count; none stay none.
    """
    if length == 0:
        return 0
    step = max(_STEP, (1 << (length.bit_length() - 1)) // _FINENESS)
    return -(-length // step) * step


def made_up(length: int) -> Ints:
    """Row numbers up to the rounded length, the first row for each that is added.

    Parameters
    ----------
    length
        Number of rows that count.
    """
    return np.append(np.arange(length), np.zeros(rounded(length) - length, dtype=np.intp)).astype(np.intp)


def of_rows(claims: CodedClaims, rows: Ints) -> CodedClaims:
    """Coded claims of some rows.

    Parameters
    ----------
    claims
        Of one kind.
    rows
        Row numbers; they may repeat.
    """
    more = {name: array[..., rows] for name, array in claims.more.items()}
    names = [claims.ids[row] for row in rows]
    return CodedClaims(names, claims.low[rows], claims.high[rows], claims.vendor[rows], claims.origin[rows], more)


def _counts(rows: Ints) -> Floats:
    """One where a row is its own, zero where it repeats the first."""
    return np.asarray(rows == np.arange(len(rows)), dtype=float)


def _of_arrays(arrays: dict[str, Any], rows: Ints) -> dict[str, Any]:
    return {name: array[rows] for name, array in arrays.items()}


def _of_stacked(stacked: Stacked, rows: Ints) -> Stacked:
    ids, kinds = ([names[row] for row in rows] for names in (stacked.ids, stacked.kinds))
    numbers = (array[rows] for array in (stacked.low, stacked.high, stacked.truth, stacked.wrong))
    return Stacked(ids, kinds, *numbers)
