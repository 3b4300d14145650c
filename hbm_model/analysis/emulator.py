"""Emulator of the gaps: what the page needs to redraw a fan for any setting of some levers, and its error.

The model is evaluated at a few dozen settings spread over the levers' ranges. A quadratic in the levers, with all
products of two, is fitted to the answers. What is emulated is the difference from the run, which is exactly zero where
all levers stand as in force. Ratios are emulated by the logarithms of their quantiles. The draws of the frontier lag
lie in clusters, one per generation, so that its quantiles jump from one cluster to the next. The share of draws below a
value moves smoothly: the lag's distribution function is emulated on a grid of values, and the page reads the quantiles
off it.

The error shown is that against the model at settings that the quadratic has not seen, on more draws than it has seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import qmc

from hbm_model.analysis.sweep import evaluate_settings, in_force
from hbm_model.core.arrays import Floats
from hbm_model.core.dates import parse_quarter, quarter_end, quarter_label
from hbm_model.core.quantities import SWEPT_HEADLINES
from hbm_model.inference.fit import Fit

LEVERS = ("immersion_access", "etch_deposition_access", "tool_servicing", "hbm_sales", "china_capital", "talent_flow")
"""Those that the page has a slider for."""
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
LAG = "frontier_lag"
_SETTINGS, _UNSEEN = 64, 16
_DRAWS, _UNSEEN_DRAWS = 200, 800
_SEED = 20260701
_GRID = 0.125
"""Years between the values at which the lag's distribution function is emulated."""
_FLOOR = 1e-6
"""A ratio below it is none; its logarithm must be finite."""
_KNOWN = 0.5
"""A lag is drawn in quarters in which it is defined in so many draws."""
PARTS = {"middle": [2], "half": [1, 3], "ends": [0, 4]}
"""Which of ``LEVELS`` are the median, the ends of the 50 % and of the 90 % band."""


@dataclass(frozen=True)
class Error:
    """Error of the emulator at unseen settings, all quarters together.

    In years for the lag and as a share of the value for ratios; `typical` is the mean, `most` what 95 % stay below.
    """

    quantity: str
    part: str
    typical: float
    most: float


@dataclass(frozen=True)
class Slider:
    """A lever: its range and its level in force, in its unit."""

    name: str
    low: float
    high: float
    now: float


@dataclass(frozen=True)
class Emulated:
    """One gap: quantiles of the run and coefficients of their change.

    Attributes
    ----------
    base
        (period, level) the run's own quantiles.
    curve
        (period, point) what is emulated, in the run.
    coefficients
        (feature, period, point).
    grid
        The values to which the points of a lag belong; empty for a ratio, whose points are the logarithms of its
        quantiles.
    """

    quantity: str
    periods: tuple[str, ...]
    base: Floats
    curve: Floats
    coefficients: Floats
    grid: Floats

    def quantiles(self, features: Floats) -> Floats:
        """Quantiles at settings: (setting, period, level).

        Parameters
        ----------
        features
            (setting, feature) from :func:`features`.
        """
        change = np.tensordot(features, self.coefficients, axes=1)
        if not len(self.grid):
            return np.asarray(self.base * np.exp(change))
        moved = read_off(self.curve + change, self.grid) - read_off(self.curve, self.grid)
        return np.sort(self.base + moved, axis=-1)


@dataclass(frozen=True)
class Emulator:
    """All that the page's explorer needs.

    `settings`, `draws`, `unseen` and `unseen_draws` say on how much it was made and checked.
    """

    sliders: tuple[Slider, ...]
    gaps: tuple[Emulated, ...]
    errors: tuple[Error, ...]
    settings: int
    draws: int
    unseen: int
    unseen_draws: int


def emulate(fit: Fit, forecast: pd.DataFrame, draws: pd.DataFrame, horizon: str) -> Emulator:
    """Make the emulator of a run and hold it against the model.

    Parameters
    ----------
    fit
        The run's posterior.
    forecast
        The run's quantiles in the baseline: ``quantity, vendor, period, prob_never`` and ``q05 ... q95``.
    draws
        The draws that the run keeps: ``scenario, quantity, period, draw, value``.
    horizon
        Last quarter, like ``2032Q4``.
    """
    sliders = tuple(
        Slider(name, fit.policy.levers[name].low, fit.policy.levers[name].high, in_force(fit, name))
        for name in LEVERS
        if name in fit.policy.levers
    )
    periods = half_years(fit.policy.as_of, horizon)
    low, high = (np.array([getattr(each, end) for each in sliders]) for end in ("low", "high"))
    seen = qmc.scale(qmc.Sobol(len(sliders), rng=_SEED).random(_SETTINGS), low, high)
    unseen = qmc.scale(qmc.LatinHypercube(len(sliders), rng=_SEED).random(_UNSEEN), low, high)
    made = _answers(fit, sliders, seen, periods, _DRAWS)
    truth = _answers(fit, sliders, unseen, periods, _UNSEEN_DRAWS)
    emulated, errors = [], []
    for quantity in SWEPT_HEADLINES:
        one = _emulated(quantity, made[quantity], features(seen, sliders), periods, forecast, draws)
        emulated.append(one)
        errors += _errors(one, truth[quantity].sel(period=list(one.periods)), features(unseen, sliders))
    sizes = (_SETTINGS, made.sizes["draw"], _UNSEEN, truth.sizes["draw"])
    return Emulator(sliders, tuple(emulated), tuple(errors), *sizes)


def half_years(as_of: float, horizon: str) -> list[str]:
    """Second and fourth quarters from after the as-of date's own to the horizon, and the horizon whichever it is.

    Parameters
    ----------
    as_of
        Decimal year.
    horizon
        Last quarter, like ``2032Q4``.
    """
    last = quarter_end(horizon) - 0.125
    found = [quarter_label(time) for time in np.arange(np.floor(as_of) + 0.125, last + 0.25, 0.25)]
    today = quarter_label(as_of)
    return [each for each in found if today < each <= horizon and (parse_quarter(each)[1] in (2, 4) or each == horizon)]


def features(levels: Floats, sliders: Sequence[Slider]) -> Floats:
    """Features of settings, (setting, feature): distances from the levels in force, squares and products of two.

    A distance is a share of the lever's range.

    Parameters
    ----------
    levels
        (setting, lever) levels, each in its lever's unit.
    sliders
        (lever,) the levers, in the order of the columns.
    """
    way = (levels - [each.now for each in sliders]) / [each.high - each.low for each in sliders]
    products = [way[:, i] * way[:, j] for i, j in combinations(range(way.shape[1]), 2)]
    return np.column_stack([way, way**2, *products])


def read_off(curve: Floats, grid: Floats) -> Floats:
    """Quantiles of distribution functions that stand on a grid: (..., level).

    The functions are first clipped to [0, 1] and made to rise, since a polynomial may have bent them a little.

    Parameters
    ----------
    curve
        (..., point) share of draws up to each value of the grid.
    grid
        (point,) values in ascending order.
    """
    rising = np.maximum.accumulate(np.clip(curve, 0.0, 1.0), axis=-1)
    places = np.arange(len(grid))
    out = np.empty((*rising.shape[:-1], len(LEVELS)))
    for place, level in enumerate(LEVELS):
        after = np.minimum((rising < level).sum(axis=-1), len(grid) - 1)  # the first point that reaches the level
        before = np.maximum(after - 1, 0)
        top, bottom = (np.take_along_axis(rising, at[..., None], axis=-1)[..., 0] for at in (after, before))
        step = np.where(top > bottom, (level - bottom) / np.where(top > bottom, top - bottom, 1.0), 1.0)
        out[..., place] = np.interp(before + np.clip(step, 0.0, 1.0) * (after - before), places, grid)
    return out


def _answers(fit: Fit, sliders: Sequence[Slider], levels: Floats, periods: Sequence[str], draws: int) -> xr.Dataset:
    """The model's draws at settings; the last row is what is in force."""
    settings = pd.DataFrame(levels, columns=[each.name for each in sliders])
    settings.loc[len(settings)] = np.nan
    return evaluate_settings(fit, settings, periods=periods, draws=draws)


def _emulated(
    quantity: str,
    answers: xr.DataArray,
    moved: Floats,
    periods: Sequence[str],
    forecast: pd.DataFrame,
    draws: pd.DataFrame,
) -> Emulated:
    rows = forecast[(forecast["quantity"] == quantity) & (forecast["vendor"] == "china")].set_index("period")
    known = [each for each in periods if each in rows.index and rows["prob_never"][each] < 1 - _KNOWN]
    base = rows.loc[known, [f"q{round(100 * level):02d}" for level in LEVELS]].to_numpy(float)
    values = answers.sel(period=known).to_numpy()
    if quantity == LAG:
        own = _stored(draws, quantity, known)
        low, high = np.nanmin([np.nanmin(values), np.nanmin(own)]), np.nanmax([np.nanmax(values), np.nanmax(own)])
        grid = np.arange(np.floor(low / _GRID), np.ceil(high / _GRID) + 1) * _GRID
        points, curve = below(values, grid), below(own[None], grid)[0]
    else:
        grid, curve = np.empty(0), np.empty((len(known), 0))
        points = np.log(np.maximum(quantiles(values), _FLOOR))
    change = points[:-1] - points[-1]
    found, *_ = np.linalg.lstsq(moved, change.reshape(len(change), -1), rcond=None)
    return Emulated(quantity, tuple(known), base, curve, found.reshape(-1, *change.shape[1:]), grid)


def _stored(draws: pd.DataFrame, quantity: str, periods: Sequence[str]) -> Floats:
    """(draw, period) of the baseline, as the run keeps them."""
    rows = draws[(draws["scenario"] == "baseline") & (draws["quantity"] == quantity)]
    wide = rows.astype({"period": "str"}).pivot(index="draw", columns="period", values="value")  # noqa: PD010
    return wide[list(periods)].to_numpy(float)


def quantiles(values: Floats) -> Floats:
    """Order statistics of the defined draws: (setting, period, level).

    Parameters
    ----------
    values
        (setting, draw, period) the gap; NaN where it is undefined.
    """
    found = np.nanquantile(values, LEVELS, axis=1, method="inverted_cdf")
    return np.asarray(np.moveaxis(found, 0, -1))


def below(values: Floats, grid: Floats) -> Floats:
    """Share of the defined draws up to each value of a grid: (setting, period, point).

    Parameters
    ----------
    values
        (setting, draw, period) the gap; NaN where it is undefined.
    grid
        (point,) values in ascending order.
    """
    defined = np.isfinite(values)
    ordered = np.sort(np.where(defined, values, np.inf), axis=1)
    count = np.apply_along_axis(np.searchsorted, 1, ordered, grid, side="right")
    return np.asarray(np.moveaxis(count / defined.sum(axis=1)[:, None], 1, -1))


def _errors(gap: Emulated, truth: xr.DataArray, moved: Floats) -> list[Error]:
    """Errors against the model, each from its own draws of what is in force: it is the change that is emulated."""
    values = quantiles(truth.to_numpy())
    said = gap.quantiles(moved)
    if len(gap.grid):
        off = np.abs((said - gap.base) - (values[:-1] - values[-1]))
    else:
        off = np.abs(said / gap.base / (values[:-1] / values[-1]) - 1.0)
    return [
        Error(gap.quantity, part, float(off[..., at].mean()), float(np.quantile(off[..., at], 0.95)))
        for part, at in PARTS.items()
    ]


def as_data(emulator: Emulator) -> dict[str, Any]:
    """Plain values for the page.

    Coefficients and curves are in ten-thousandths, which is finer than the emulator is exact.

    Parameters
    ----------
    emulator
        From :func:`emulate`.
    """

    def whole(values: Floats) -> list[Any]:
        return np.round(1e4 * values).astype(int).tolist()  # type: ignore[no-any-return]

    return {
        "levels": list(LEVELS),
        "levers": [vars(each) for each in emulator.sliders],
        "gaps": [_gap_data(each, whole) for each in emulator.gaps],
    }


def _gap_data(gap: Emulated, whole: Any) -> Mapping[str, Any]:
    return {
        "name": gap.quantity,
        "periods": list(gap.periods),
        "times": [quarter_end(each) - 0.125 for each in gap.periods],
        "base": np.round(gap.base, 5).tolist(),
        "grid": gap.grid.tolist(),
        "curve": whole(gap.curve),
        "coefficients": whole(gap.coefficients),
    }
