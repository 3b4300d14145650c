"""Contrasts: a scenario less the baseline, draw by draw, and which part of the system drives the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from hbm_model.core.arrays import Floats, evenly
from hbm_model.forecasting import statistics
from hbm_model.forecasting.counterfactual import PARTS, through
from hbm_model.forecasting.levels import level_values, levels
from hbm_model.forecasting.simulate import Future, World, by_draw
from hbm_model.forecasting.statistics import Columns, Numbers
from hbm_model.forecasting.summaries import (
    COLUMNS,
    SUMMED,
    QuantityDraws,
    gap_values,
    headline,
    headline_quantities,
    labels,
    numbered,
)
from hbm_model.policy.response import Acting

CONTRAST_COLUMNS = [*COLUMNS, "prob_larger", "prob_smaller", *PARTS, "driver"]
_ROUNDING = 1e-9
"""Part of a value below which a difference is one of its last bits: dates are added up in another order."""
_DRIVER_DRAWS = 400
"""Draws on which the parts are told from one another; their means need fewer than quantiles do."""


@dataclass(frozen=True)
class Outcome:
    """What one scenario comes to.

    Attributes
    ----------
    headline
        Draws of the headline gaps, from :func:`hbm_model.forecasting.summaries.headline`.
    levels
        All other quantities, from :func:`hbm_model.forecasting.levels.levels`.
    """

    headline: xr.Dataset
    levels: tuple[QuantityDraws, ...]

    @classmethod
    def of(cls, ahead: Future, paths: Sequence[Acting] = (), base: Outcome | None = None) -> Outcome:
        """Evaluate a scenario.

        A measure changes nothing before it is in force. But makers pass from one generation to the next smoothly in the
        equations, and capacity goes by calendar year: without the baseline's first quarters (see :func:`quiet`), a
        measure would show a little ahead of its time.

        Parameters
        ----------
        ahead
            The future, on whose draws and quarters it is evaluated.
        paths
            The scenario's effects, from :func:`hbm_model.forecasting.counterfactual.paths_of`; none for the baseline.
        base
            The baseline's outcome, whose quarters stand until an effect acts; None to leave the scenario's own.
        """

        def read(world: World) -> World:
            return level_values(world, ahead.times) | gap_values(world, ahead)

        values = by_draw(ahead, paths, read)
        found = cls(headline(values, ahead.times), tuple(levels(values, ahead)))
        if base is not None:
            before = quiet(paths)
            for own, usual in zip(found._draws, base._draws, strict=True):
                _hold(own, usual, before)
        return found

    @property
    def _draws(self) -> list[xr.DataArray]:
        return [*self.headline.data_vars.values(), *(each.draws for each in self.levels)]

    @property
    def quantities(self) -> list[QuantityDraws]:
        """All quantities, headline gaps last."""
        return [*self.levels, *headline_quantities(self.headline)]

    @cached_property
    def columns(self) -> list[Columns]:
        """(column, draw) of every quantity, in order."""
        return [each.columns for each in self.quantities]

    @cached_property
    def labels(self) -> pd.DataFrame:
        """What each of the columns is of."""
        return pd.concat([labels(each) for each in self.quantities], ignore_index=True)

    @cached_property
    def numbers(self) -> Numbers:
        """Statistics of the columns."""
        return statistics.summed_up(self.columns)

    def rows(self, name: str, base: Outcome | None = None, which: Sequence[NDArray[np.intp]] = ()) -> pd.DataFrame:
        """Rows of ``forecast.parquet``, with ``COLUMNS``.

        Parameters
        ----------
        name
            Name of the scenario.
        base
            The baseline's outcome, whose statistics stand for all columns but those of `which`; None if this is it.
        which
            From :func:`hbm_model.forecasting.statistics.moved`.
        """
        numbers = self.numbers if base is None else statistics.summed_up(self.columns, base.numbers, which)
        return numbered((base or self).labels, numbers).assign(scenario=name)[COLUMNS]


def quiet(paths: Sequence[Acting]) -> int:
    """Number of quarters of the output grid, from the first on, in which none of these effects acts yet.

    Parameters
    ----------
    paths
        (draw, cell) each, on the quarters of the layout. If none ever acts, all cells are counted.
    """
    acts = np.any([path.path.any(axis=0) for path in paths], axis=0)
    return int(acts.argmax()) if acts.any() else acts.size


def contrast(
    name: str,
    base: Outcome,
    other: Outcome,
    ahead: Future,
    paths: Sequence[Acting],
    which: Sequence[NDArray[np.intp]] | None = None,
) -> pd.DataFrame:
    """Difference of every quantity from the baseline.

    A difference is defined in the draws in which both values are; ``prob_never`` is the share of the others. Where one
    date lies beyond the horizon and the other does not, the draw still counts in ``prob_larger`` and ``prob_smaller``.
    ``clock, ramp, capacity, demand`` are the mean differences of a headline gap when the scenario works through that
    part alone, and ``driver`` is the part with the largest. Parts may work against one another, so that they need not
    sum to the mean.

    Parameters
    ----------
    name
        Name of the scenario, for the column ``scenario``.
    base
        The baseline's outcome.
    other
        The scenario's outcome, on the same draws.
    ahead
        The future that both share; some of its draws are simulated again, part by part.
    paths
        The scenario's effects, from :func:`hbm_model.forecasting.counterfactual.paths_of`.
    which
        The columns that differ, where they are known (:func:`hbm_model.forecasting.statistics.moved`).

    Returns
    -------
    pd.DataFrame
        With ``CONTRAST_COLUMNS``.
    """
    if which is None:
        which = statistics.moved(base.columns, other.columns)
    numbers = statistics.differences(base.columns, other.columns, base.numbers, which, _ROUNDING)
    parts = pd.DataFrame(_parts(base, other, ahead, paths))
    first = len(base.labels) - len(parts)
    alone = parts.set_index(np.arange(first, len(base.labels))).reindex(base.labels.index)
    frame = base.labels.assign(**alone, driver=_driver(alone))
    rows = numbered(frame, numbers, (*SUMMED, "prob_larger", "prob_smaller"))
    return rows.assign(scenario=name)[CONTRAST_COLUMNS]


def gap_draws(ahead: Future, paths: Sequence[Acting]) -> xr.Dataset:
    """Draws of the headline gaps alone, under some effects, from the first quarter on.

    Parameters
    ----------
    ahead
        The future whose draws and quarters are meant.
    paths
        (draw, cell) effects beyond what is in force.
    """
    return headline(by_draw(ahead, paths, partial(gap_values, ahead=ahead)), ahead.times)


def no_contrasts() -> pd.DataFrame:
    """The table without rows, its columns typed."""
    text = ("scenario", "quantity", "vendor", "generation", "layers", "period", "unit", "driver")
    types = {name: "str" if name in text else "float64" for name in CONTRAST_COLUMNS}
    return pd.DataFrame(columns=CONTRAST_COLUMNS).astype(types)


def _hold(own: xr.DataArray, base: xr.DataArray, quarters: int) -> None:
    """Put the first quarters of the baseline in the place of a scenario's own."""
    if "period" in own.dims:
        own.to_numpy()[..., :quarters] = base.to_numpy()[..., :quarters]


def _driver(parts: pd.DataFrame) -> pd.Series[str]:
    """The part with the largest effect by itself; empty where none has any."""
    size = parts.abs().fillna(0.0)
    return size.idxmax(axis=1).where(size.max(axis=1) > 0, "")


def _parts(base: Outcome, other: Outcome, ahead: Future, paths: Sequence[Acting]) -> dict[str, Floats]:
    """Mean differences of the headline gaps, with one part of the system acting at a time: (column,) by part."""
    some = evenly(ahead.draws, _DRIVER_DRAWS)
    few, usual = ahead.some(some), base.headline.isel(draw=some)
    found = {}
    for part in PARTS:
        own = [path.some(some) for path in through(paths, part)]
        changed = usual
        if own and len(own) == len(paths):
            changed = other.headline.isel(draw=some)
        elif own:
            changed = gap_draws(few, own)
            for gap, values in changed.data_vars.items():
                _hold(values, usual[gap], quiet(own))
        pairs = zip(headline_quantities(usual), headline_quantities(changed), strict=True)
        found[part] = np.concatenate([_mean_change(one.columns, two.columns) for one, two in pairs])
    return found


def _mean_change(base: Columns, other: Columns) -> Floats:
    """(column,) means over the draws in which both have a number; nought where none has."""
    with np.errstate(invalid="ignore"):  # both beyond the horizon
        change = other - base
    finite = np.isfinite(change)
    total = np.where(finite, change, 0.0).sum(axis=1, dtype=np.float64)
    return np.asarray(total / np.maximum(finite.sum(axis=1), 1))
