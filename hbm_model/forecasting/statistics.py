"""How draws are summed up: mean, spread, order statistics, and the draws that never come to a value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hbm_model.core.arrays import Floats
from hbm_model.core.parallel import in_threads
from hbm_model.core.quantities import TABLE_QUANTILES

STATISTICS = ("mean", "sd", *TABLE_QUANTILES, "prob_never", "prob_larger", "prob_smaller", "defined")
"""What is counted of each column; the last three are larger and smaller than nought, and not NaN, as shares."""
RARE = 0.02
"""A column defined in a smaller share of the draws is left out rather than summed up from a handful."""
_BLOCK = 64
"""Columns summed up at once, few enough for the processor's cache."""

Columns = NDArray[np.floating]
"""(column, draw) values, the draws side by side in memory; a block of a table's rows."""


@dataclass(frozen=True)
class Numbers:
    """Statistics of columns of draws.

    Attributes
    ----------
    table
        (column, statistic), in the order of ``STATISTICS``.
    """

    table: Floats

    def __getitem__(self, name: str) -> Floats:
        return self.table[:, STATISTICS.index(name)]

    @property
    def kept(self) -> NDArray[np.bool_]:
        """(column,) whether it is defined in enough draws for a row of a table."""
        return self["defined"] >= RARE

    @property
    def unmoved(self) -> Numbers:
        """What the differences of these columns from themselves come to: nought wherever there is a number."""
        still = np.zeros_like(self.table)
        still[:, STATISTICS.index("prob_never")] = self["prob_never"]
        still[:, STATISTICS.index("defined")] = 1.0 - self["prob_never"]
        return Numbers(still)


def summed_up(
    columns: Sequence[Columns], known: Numbers | None = None, which: Sequence[NDArray[np.intp]] = ()
) -> Numbers:
    """Statistics of columns, of all of them or of those that are not known yet.

    A share ``prob_never`` of the draws is ``inf`` (a date beyond the horizon) or NaN (undefined). NaN is left out of
    the order statistics, which are NaN where they fall among the ``inf``; mean and sd are NaN where there is any.

    Parameters
    ----------
    columns
        (column, draw) each; the statistics follow one another in this order.
    known
        Statistics of as many columns, which stand where a column is none of `which`; None to sum up all.
    which
        For each of `columns`, the numbers of the columns to sum up.
    """
    return _in_blocks(columns, lambda place, some: columns[place][some], known, which)


def differences(
    base: Sequence[Columns],
    other: Sequence[Columns],
    usual: Numbers,
    which: Sequence[NDArray[np.intp]],
    rounding: float,
) -> Numbers:
    """Statistics of the differences of columns, draw by draw.

    Parameters
    ----------
    base, other
        (column, draw) each, in the same order.
    usual
        The statistics of `base`.
    which
        For each of `base`, the numbers of the columns that differ; all others are known to be the same.
    rounding
        Part of a value below which a difference is none.
    """

    def change(place: int, some: NDArray[np.intp]) -> Columns:
        one, two = base[place][some], other[place][some]
        with np.errstate(invalid="ignore"):  # both beyond the horizon
            found = two - one
            found[np.isfinite(found) & (np.abs(found) <= rounding * np.abs(one))] = 0.0
        return found

    return _in_blocks(base, change, usual.unmoved, which)


def moved(base: Sequence[Columns], other: Sequence[Columns]) -> list[NDArray[np.intp]]:
    """Numbers of the columns that are not the same to the bit: (moved,) for each of the arrays.

    Parameters
    ----------
    base, other
        (column, draw) each, in the same order.
    """
    found = []
    for one, two in zip(base, other, strict=True):
        bits = np.dtype(f"i{one.itemsize}")  # NaN equals itself as bits
        differ = np.zeros(len(one), dtype=bool)
        for start in range(0, len(one), _BLOCK):
            some = slice(start, start + _BLOCK)
            differ[some] = (one[some].view(bits) != two[some].view(bits)).any(axis=1)
        found.append(np.flatnonzero(differ))
    return found


def _in_blocks(
    columns: Sequence[Columns],
    values: Callable[[int, NDArray[np.intp]], Columns],
    known: Numbers | None,
    which: Sequence[NDArray[np.intp]],
) -> Numbers:
    ends = np.cumsum([0, *(len(each) for each in columns)])
    table = np.empty((ends[-1], len(STATISTICS))) if known is None else known.table.copy()
    wanted = [np.arange(len(each)) for each in columns] if known is None else which

    def block(job: tuple[int, NDArray[np.intp]]) -> None:
        place, some = job
        table[ends[place] + some] = _statistics(values(place, some))

    jobs = [
        (place, numbers[start : start + _BLOCK])
        for place, numbers in enumerate(wanted)
        for start in range(0, len(numbers), _BLOCK)
    ]
    in_threads(block, jobs)
    return Numbers(table)


def _statistics(values: Columns) -> Floats:
    """(column, statistic) of values (column, draw)."""
    draws = values.shape[1]
    finite = np.isfinite(values)
    whole = bool(finite.all())
    numbers = finite.sum(axis=1)
    defined = numbers if whole else draws - np.isnan(values).sum(axis=1)
    found = np.empty((len(values), len(STATISTICS)))
    found[:, 0], found[:, 1] = _moments(values if whole else np.where(finite, values, 0.0), finite, numbers, whole)
    found[defined > numbers, :2] = np.nan
    ordered = np.sort(values, axis=1)  # NaN comes last, after all that counts
    for place, share in enumerate(TABLE_QUANTILES.values(), start=2):
        at = np.clip(np.ceil(share * defined).astype(np.intp) - 1, 0, None)
        found[:, place] = np.take_along_axis(ordered, at[:, None], axis=1)[:, 0]
    quantiles = found[:, 2:-4]
    quantiles[np.isinf(quantiles)] = np.nan
    found[:, -4] = (draws - numbers) / draws
    found[:, -3] = (values > 0).sum(axis=1) / draws
    found[:, -2] = (values < 0).sum(axis=1) / draws
    found[:, -1] = 1.0 - (draws - defined) / draws
    return found


def _moments(some: Columns, finite: NDArray[np.bool_], numbers: NDArray[np.intp], whole: bool) -> tuple[Floats, Floats]:
    """Mean and spread of the finite values; all others are zero in `some`."""
    with np.errstate(invalid="ignore"):
        mean = some.sum(axis=1, dtype=np.float64) / numbers
        apart = some - mean[:, None]
        if not whole:
            apart = np.where(finite, apart, 0.0)
        return mean, np.sqrt(np.einsum("cd,cd->c", apart, apart) / numbers)
