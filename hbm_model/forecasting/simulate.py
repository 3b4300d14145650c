"""The world on posterior draws: the structural equations evaluated to the horizon, as labelled arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from hbm_model.core.arrays import Floats, interpolation
from hbm_model.core.dates import quarter_end, quarter_label
from hbm_model.core.errors import InputError
from hbm_model.core.industry import GENERATIONS, VENDORS
from hbm_model.core.parallel import in_threads
from hbm_model.forecasting.same_age import at_same_age
from hbm_model.inference.draws import NO_DATE, extended, with_skips
from hbm_model.inference.fit import Fit
from hbm_model.model.context import Context, Forces
from hbm_model.model.controls import on_grids
from hbm_model.model.equations import NEVER
from hbm_model.model.joint import SHOCKS, structure
from hbm_model.model.layout import FIRST_QUARTER, Layout
from hbm_model.policy.response import Acting

_YEARS_BEYOND = 3
"""Years of policy beyond the horizon that are evaluated too: lots of a pilot line learn before its volume starts."""
_BLOCK = 50
"""Draws evaluated at once."""

World = dict[str, Floats]
"""Arrays by name, (draw, ...) each, of what :func:`evaluate` describes."""
_PAIR, _PRODUCT = ("vendor", "generation"), ("vendor", "generation", "period")
_DIMS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("volume", "sample", "taller_step"), _PAIR),
    **dict.fromkeys(("die", "stack", "final", "bits"), _PRODUCT),
    **dict.fromkeys(("wafers", "dram_wafers"), ("vendor", "period")),
    "price": ("generation",),
    **dict.fromkeys(("korea_at_same_age", "china_at_same_age"), ("period",)),
}
"""Dims of the world after the draw."""


@dataclass(frozen=True)
class Future:
    """Posterior draws with everything that chance brings up to a horizon: what every scenario has in common.

    Attributes
    ----------
    fit
        The fit whose draws these are.
    horizon
        Last quarter, like ``2032Q4``.
    theta
        Parameters with the yearly shocks continued, (draw, ...).
    layout
        Reaching a little beyond the horizon.
    times
        (period,) quarter midpoints, decimal years.
    end
        Decimal year at which the horizon ends.
    """

    fit: Fit
    horizon: str
    theta: dict[str, Any]
    layout: Layout
    times: Floats
    end: float

    @property
    def draws(self) -> int:
        """Number of draws."""
        return len(next(iter(self.theta.values())))

    def some(self, draws: np.ndarray) -> Future:
        """The same future on chosen draws.

        Parameters
        ----------
        draws
            (row,) numbers of the draws.
        """
        return replace(self, theta={name: values[draws] for name, values in self.theta.items()})


def future(fit: Fit, horizon: str) -> Future:
    """Continue the posterior draws of a fit to the horizon.

    Shocks of years after the fitted ones are drawn from their prior with the fit's own seed: the same draw meets the
    same future whatever is asked of it.

    Parameters
    ----------
    fit
        From :func:`hbm_model.fit`.
    horizon
        Last quarter, like ``2032Q4``.

    Raises
    ------
    InputError
        If the horizon is no quarter, or lies before the output grid starts.
    """
    end = quarter_end(horizon)
    if end <= FIRST_QUARTER:
        raise InputError(f"the horizon {horizon} lies before {quarter_label(FIRST_QUARTER)}, where output starts")
    last_year = max(int(np.ceil(end)) - 1 + _YEARS_BEYOND, fit.layout.last_year)
    layout = replace(fit.layout, last_year=last_year)
    theta = extended(fit, fit.theta(), layout)
    return Future(fit, horizon, with_skips(theta, fit), layout, np.arange(FIRST_QUARTER + 0.125, end, 0.25), end)


def simulate(fit: Fit, horizon: str) -> xr.Dataset:
    """Evaluate the model on every posterior draw under what is in force: :func:`evaluate` of :func:`future`.

    Parameters
    ----------
    fit
        From :func:`hbm_model.fit`.
    horizon
        Last quarter, like ``2032Q4``.
    """
    return evaluate(future(fit, horizon))


def evaluate(ahead: Future, paths: Sequence[Acting] = ()) -> xr.Dataset:
    """Evaluate the model on every draw, quarter by quarter to the horizon.

    Parameters
    ----------
    ahead
        From :func:`future`.
    paths
        What a scenario does beyond what is in force, (draw, cell) each over the layout's cells; none for the baseline.

    Returns
    -------
    xr.Dataset
        Over ``draw, vendor, generation, period``: ``volume`` and ``sample`` (decimal years), ``taller_step`` (years),
        ``die``, ``stack``, ``final`` (yields at base height, fractions, before volume start too), ``wafers`` and
        ``dram_wafers`` (thousand a month), ``bits`` (billion Gb a quarter), ``price`` (per bit, HBM3E = 1), and
        ``korea_at_same_age``, ``china_at_same_age`` (final yield of China's best generation, and Korea's at its age).
    """
    times = ahead.times
    found = by_draw(ahead, paths, lambda world: world)
    coords = {
        "draw": np.arange(ahead.draws),
        "vendor": VENDORS,
        "generation": GENERATIONS,
        "period": [quarter_label(t) for t in times],
        "time": ("period", times),
    }
    variables = {name: (("draw", *_DIMS[name]), values) for name, values in found.items()}
    return xr.Dataset(variables, coords=coords, attrs={"horizon": ahead.horizon, "end": ahead.end})


def by_draw(ahead: Future, paths: Sequence[Acting], read: Callable[[World], World]) -> World:
    """What is read off the simulated world, of every draw: (draw, ...) by name, the draws side by side in memory.

    Few draws are evaluated at once, so that what comes in between stays in the processor's cache.

    Parameters
    ----------
    ahead
        From :func:`future`.
    paths
        As for :func:`evaluate`.
    read
        Makes of the world of some draws what is wanted of it, (draw, ...) by name.
    """
    drivers = ahead.fit.drivers(ahead.layout)

    def block(start: int) -> World:
        part = slice(start, start + _BLOCK)
        theta = {name: values[part] for name, values in ahead.theta.items()}
        forces = on_grids([path.some(part) for path in paths], ahead.layout)
        return read(_evaluate(theta, ahead, drivers, forces))

    first = block(0)
    whole = {name: np.empty((*values.shape[1:], ahead.draws), values.dtype) for name, values in first.items()}

    def keep(start: int, found: World) -> None:
        for name, values in found.items():
            whole[name][..., start : start + len(values)] = np.moveaxis(values, 0, -1)

    keep(0, first)
    in_threads(lambda start: keep(start, block(start)), range(_BLOCK, ahead.draws, _BLOCK))
    return {name: np.moveaxis(values, -1, 0) for name, values in whole.items()}


def paired(ahead: Future, draws: np.ndarray, chances: np.ndarray) -> Future:
    """The industry of some draws under the chance of others, row by row.

    Chance is the yearly shocks of the years that begin after the as-of date, and whether entrants pass over HBM2. The
    evidence says next to nothing of either, so that they may be exchanged between draws.

    Parameters
    ----------
    ahead
        From :func:`future`; left as it is.
    draws
        (row,) numbers of the draws that give the industry.
    chances
        (row,) numbers of the draws that give the chance. Where they equal `draws`, those draws come back, but for
        rounding.
    """
    theta, layout, today = ahead.theta, ahead.layout, ahead.fit.policy.as_of
    met = {name: values[draws] for name, values in theta.items()}
    for name, dim in SHOCKS.items():
        later = np.array(getattr(layout, f"{dim}s")) >= today
        met[name] = np.where(later, theta[name][chances], met[name])
    steps = np.diff(theta["log_spending"]) - theta["spending_drift"][:, None, None]
    known = sum(year < today for year in layout.spending_years)
    path = np.cumsum(steps[chances][..., known - 1 :] + met["spending_drift"][:, None, None], axis=-1)
    past = met["log_spending"][..., :known]
    met["log_spending"] = np.concatenate([past, past[..., -1:] + path], axis=-1)
    skipped = theta["early_generation_offset"] > NEVER / 2
    met["early_generation_offset"] = met["early_generation_offset"] + NEVER * (
        skipped[chances].astype(float) - skipped[draws]
    )
    return replace(ahead, theta=met)


def _evaluate(theta: dict[str, Any], ahead: Future, drivers: dict[str, Floats], forces: Forces) -> World:
    layout, times = ahead.layout, ahead.times
    context = Context(theta, layout, ahead.fit.priors, np, drivers, forces)
    world = structure(context, times)
    volume, shipped = world["dates"]["volume"], world["output"]
    skipped = (volume > NO_DATE) & (layout.ships > 0)  # samples of a generation may exist without any volume
    korea, china = at_same_age(context, world["ramp"], volume, times)
    return {
        "volume": volume,
        "sample": np.where(skipped, volume - NEVER, volume) - world["dates"]["sample_lead"],
        "taller_step": world["dates"]["taller_step"],
        **{name: shipped["yields"][name].astype("float32") for name in ("die", "stack", "final")},
        "wafers": shipped["wafers"],
        "dram_wafers": np.exp(world["capacity"]["log_wafers"] @ interpolation(layout.knots, times)),
        "bits": shipped["bits"],
        "price": np.exp(theta["price_premium"]),
        "korea_at_same_age": korea,
        "china_at_same_age": china,
    }
