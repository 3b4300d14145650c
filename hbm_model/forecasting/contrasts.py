"""Contrasts: a scenario less the baseline, draw by draw, and which part of the system drives the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xarray as xr

from hbm_model.core.arrays import evenly
from hbm_model.forecasting.counterfactual import PARTS, through
from hbm_model.forecasting.simulate import Future, evaluate
from hbm_model.forecasting.summaries import COLUMNS, QuantityDraws, headline, headline_quantities, levels, summarise
from hbm_model.inference.fit import Fit
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
        All other quantities, from :func:`hbm_model.forecasting.summaries.levels`.
    """

    headline: xr.Dataset
    levels: tuple[QuantityDraws, ...]

    @classmethod
    def of(cls, world: xr.Dataset, fit: Fit) -> Outcome:
        """Quantities of a simulated world.

        Parameters
        ----------
        world
            From :func:`hbm_model.forecasting.simulate.evaluate`.
        fit
            The fit behind it, whose priors hold the bandwidth densities.
        """
        return cls(headline(world, fit), tuple(levels(world)))

    def held(self, base: Outcome, quarters: int) -> Outcome:
        """Take the first quarters of another outcome.

        A measure changes nothing before it is in force. But makers pass from one generation to the next smoothly in the
        equations, and capacity goes by calendar year: without this, a measure would show a little ahead of its time.

        Parameters
        ----------
        base
            The baseline's outcome, on the same draws and quarters.
        quarters
            Number of quarters to take from it, from the first on (see :func:`quiet`).
        """
        levels = tuple(
            replace(own, draws=_held(own.draws, usual.draws, quarters))
            for own, usual in zip(self.levels, base.levels, strict=True)
        )
        return Outcome(_all_held(self.headline, base.headline, quarters), levels)

    @property
    def quantities(self) -> list[QuantityDraws]:
        """All quantities, headline gaps last."""
        return [*self.levels, *headline_quantities(self.headline)]


def quiet(paths: Sequence[Acting]) -> int:
    """Number of quarters of the output grid, from the first on, in which none of these effects acts yet.

    Parameters
    ----------
    paths
        At least one; (draw, cell) each, on the quarters of the layout. If none ever acts, all cells are counted.
    """
    acts = np.any([path.path.any(axis=0) for path in paths], axis=0)
    return int(acts.argmax()) if acts.any() else acts.size


def contrast(name: str, base: Outcome, other: Outcome, ahead: Future, paths: Sequence[Acting]) -> pd.DataFrame:
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

    Returns
    -------
    pd.DataFrame
        With ``CONTRAST_COLUMNS``.
    """
    alone = _parts(base, ahead, paths)
    rows = [_difference(one, two, alone) for one, two in zip(base.quantities, other.quantities, strict=True)]
    return pd.concat(rows, ignore_index=True).assign(scenario=name)[CONTRAST_COLUMNS]


def no_contrasts() -> pd.DataFrame:
    """The table without rows, its columns typed."""
    text = ("scenario", "quantity", "vendor", "generation", "layers", "period", "unit", "driver")
    types = {name: "str" if name in text else "float64" for name in CONTRAST_COLUMNS}
    return pd.DataFrame(columns=CONTRAST_COLUMNS).astype(types)


def _held(values: xr.DataArray, base: xr.DataArray, quarters: int) -> xr.DataArray:
    if "period" not in values.dims:
        return values
    before = xr.DataArray(np.arange(values.sizes["period"]) < quarters, dims="period")
    return values.where(~before, base).transpose(*values.dims)


def _all_held(values: xr.Dataset, base: xr.Dataset, quarters: int) -> xr.Dataset:
    return values.map(lambda each: _held(each, base[each.name], quarters), keep_attrs=True)


def _difference(base: QuantityDraws, other: QuantityDraws, alone: dict[str, xr.Dataset]) -> pd.DataFrame:
    with np.errstate(invalid="ignore"):  # both beyond the horizon
        change = other.draws - base.draws
    rounding = np.isfinite(change) & (np.abs(change) <= _ROUNDING * np.abs(base.draws))
    change = change.where(~rounding, 0.0)
    more = {"prob_larger": (change > 0).mean("draw"), "prob_smaller": (change < 0).mean("draw")}
    parts = {part: effect[base.name] for part, effect in alone.items() if base.name in effect}
    shape = more["prob_larger"]
    more |= {part: effect.broadcast_like(shape) for part, effect in parts.items()}
    rows = summarise(QuantityDraws(base.name, base.unit, change, base.layers), more)
    return rows.reindex(columns=[*rows.columns, *(part for part in PARTS if part not in parts)]).assign(
        driver=_driver(rows.reindex(columns=PARTS))
    )


def _driver(parts: pd.DataFrame) -> pd.Series[str]:
    """The part with the largest effect by itself; empty where none has any."""
    size = parts.abs().fillna(0.0)
    return size.idxmax(axis=1).where(size.max(axis=1) > 0, "")


def _parts(base: Outcome, ahead: Future, paths: Sequence[Acting]) -> dict[str, xr.Dataset]:
    """Mean differences of the headline gaps, with one part of the system acting at a time."""
    some = evenly(ahead.draws, _DRIVER_DRAWS)
    few, usual = ahead.some(some), base.headline.isel(draw=some).assign_coords(draw=np.arange(len(some)))
    found = {}
    for part in PARTS:
        own = [path.some(some) for path in through(paths, part)]
        changed = _all_held(headline(evaluate(few, own), ahead.fit), usual, quiet(own)) if own else usual
        with np.errstate(invalid="ignore"):
            change = changed - usual
        found[part] = change.where(np.isfinite(change)).mean("draw").fillna(0.0)
    return found
