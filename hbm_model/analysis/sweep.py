"""Sweeps: how the gaps answer to the levels of levers, draw by draw, at thousands of settings in seconds.

Only what is asked for is evaluated, at the asked quarters alone, with the structural functions of the model: dates for
the frontier lag, wafers for the capacity ratio, and yields and output for the output ratio. Settings stand on an axis
in front of the draws, so that what a lever does not move is computed once for all of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from hbm_model.core.arrays import Floats, evenly
from hbm_model.core.dates import decimal_year, quarter_end
from hbm_model.core.errors import InputError
from hbm_model.core.quantities import BY_NAME, LAG_AT_LEAST, LATER, SWEPT, SWEPT_HEADLINES
from hbm_model.forecasting import gaps
from hbm_model.forecasting.counterfactual import beyond_baseline, policy_draws, policy_values
from hbm_model.forecasting.simulate import Future, future
from hbm_model.forecasting.summaries import QuantityDraws, summarise
from hbm_model.inference.fit import Fit
from hbm_model.model import capacity, clock, controls, output
from hbm_model.model.context import Context, Forces
from hbm_model.model.joint import structure
from hbm_model.model.layout import FIRST_QUARTER
from hbm_model.policy.levels import Step, level_at
from hbm_model.policy.levers import Effect, Lever
from hbm_model.policy.policy import Policy
from hbm_model.policy.response import Acting

UNITS = {name: BY_NAME[name].unit for name in SWEPT}
"""What can be swept. ``frontier_lag_at_least`` is the frontier lag where China ships in volume, and elsewhere the years
since Korea's first HBM2 volume, which the lag then exceeds: defined in every draw."""
_LEVELS = 21
_ROWS = 2_000
"""Settings times draws evaluated at once, which bounds the memory."""


@dataclass(frozen=True)
class Sweep:
    """How gaps answer to one lever, from :func:`sweep`.

    Attributes
    ----------
    lever
        Its name.
    in_force
        Its level without the sweep.
    start
        Decimal year from which it has the swept levels.
    table
        One row per level, quantity and period: quantiles of the gap (``mean, q05 ... q95``), of its change from the
        baseline draw by draw (``change_q05, change_q50, change_q95``), ``prob_larger`` (share of draws in which the gap
        is larger than in the baseline) and ``prob_never`` (share in which it is undefined).
    draws
        One variable per quantity over ``level, draw, period``.
    baseline
        The same without ``level``.
    """

    lever: str
    in_force: float
    start: float
    table: pd.DataFrame
    draws: xr.Dataset
    baseline: xr.Dataset


def sweep(
    fit: Fit,
    lever: str,
    levels: Sequence[float] | None = None,
    quantities: Sequence[str] = SWEPT_HEADLINES,
    periods: Sequence[str] = LATER,
    start: str | date | None = None,
    draws: int = 400,
) -> Sweep:
    """Set one lever to each of some levels and see what the gaps do; the other levers stay as in force.

    Parameters
    ----------
    fit
        From :func:`hbm_model.fit`.
    lever
        Name of a lever.
    levels
        In the lever's unit (default: 21 over its range).
    quantities
        Of :data:`UNITS`.
    periods
        Quarters like ``2032Q4``.
    start
        Day from which the level holds (default: the as-of date). It comes unannounced, so that nobody stocks up.
    draws
        At most so many of the posterior draws, evenly spread; each meets the shocks that it meets in a forecast.

    Raises
    ------
    InputError
        For an unknown lever, quantity or period, a level outside the lever's range, or a start before the as-of date.
    """
    moved = known_lever(fit.policy, lever)
    wanted = np.unique(np.linspace(moved.low, moved.high, _LEVELS) if levels is None else np.asarray(levels, float))
    since = _start(fit.policy, start)
    settings = pd.DataFrame({lever: [*wanted, np.nan]})
    answers = evaluate_settings(fit, settings, quantities, periods, start, draws)
    changed = answers.isel(setting=slice(-1)).rename(setting="level").assign_coords(level=wanted)
    base = answers.isel(setting=-1, drop=True)
    table = pd.concat([_rows(name, changed[name], base[name]) for name in quantities], ignore_index=True)
    return Sweep(lever, in_force(fit, lever), since, table.assign(lever=lever)[_COLUMNS], changed, base)


_VALUE, _CHANGE = ("mean", "q05", "q25", "q50", "q75", "q95"), ("q05", "q50", "q95")
_COLUMNS = [
    *("lever", "level", "quantity", "period", *_VALUE),
    *(f"change_{name}" for name in _CHANGE),
    *("prob_larger", "prob_never"),
]


def _rows(name: str, changed: xr.DataArray, base: xr.DataArray) -> pd.DataFrame:
    """Rows of a sweep's table for one quantity, under the rules by which a forecast is summed up."""
    key = ["level", "period"]
    values = summarise(QuantityDraws(name, UNITS[name], changed), {"prob_larger": (changed > base).mean("draw")})
    change = summarise(QuantityDraws(name, UNITS[name], changed - base))
    change = change[[*key, *_CHANGE]].rename(columns={each: f"change_{each}" for each in _CHANGE})
    every = pd.MultiIndex.from_product([changed[each].to_numpy() for each in key], names=key).to_frame(index=False)
    return every.merge(values, on=key, how="left").merge(change, on=key, how="left").assign(quantity=name)


def evaluate_settings(
    fit: Fit,
    settings: pd.DataFrame | Sequence[Mapping[str, float]],
    quantities: Sequence[str] = SWEPT_HEADLINES,
    periods: Sequence[str] = LATER,
    start: str | date | None = None,
    draws: int = 400,
) -> xr.Dataset:
    """Gaps under many settings of several levers at once.

    Parameters
    ----------
    fit
        From :func:`hbm_model.fit`.
    settings
        One row per setting and one column per lever, levels in the lever's unit. Where a level is missing, the lever
        stays as in force; a row without any level is the baseline.
    quantities, periods, start, draws
        As for :func:`sweep`.

    Returns
    -------
    xr.Dataset
        With one variable per quantity over ``setting, draw, period``; ``setting`` counts the rows.

    Raises
    ------
    InputError
        As for :func:`sweep`.
    """
    unknown = [name for name in quantities if name not in UNITS]
    if unknown:
        raise InputError(f"no sweep of {', '.join(unknown)}; there are: {', '.join(UNITS)}")
    frame = _checked(fit.policy, pd.DataFrame(settings))
    since = _start(fit.policy, start)
    ahead, values = _ground(fit, periods, draws)
    drivers = fit.drivers(ahead.layout)
    size = max(1, _ROWS // ahead.draws)

    def block(first: int) -> dict[str, Floats]:
        rows = frame.iloc[first : first + size]
        forces = _forces(ahead, values, rows, since)
        return _gaps(ahead, drivers, forces, quantities, len(rows))

    with ThreadPoolExecutor(os.cpu_count()) as pool:  # NumPy works without Python's lock
        blocks = list(pool.map(block, range(0, len(frame), size)))
    found = {name: np.concatenate([each[name] for each in blocks]) for name in quantities}
    still = ahead.times <= since  # smooth equations would show a later date a little ahead of its cause
    if still.any():
        base = _gaps(ahead, drivers, {}, quantities, 1)
        found = {name: np.where(still, base[name], values) for name, values in found.items()}
    dims = ("setting", "draw", "period")
    coords = {"setting": np.arange(len(frame)), "draw": np.arange(ahead.draws), "period": list(periods)}
    return xr.Dataset({name: (dims, values) for name, values in found.items()}, coords=coords)


def in_force(fit: Fit, lever: str) -> float:
    """Level of a lever on the as-of date, in its unit.

    Parameters
    ----------
    fit, lever
        A fit, which holds the policy in force, and the name of one of its levers.

    Raises
    ------
    InputError
        If there is no such lever.
    """
    reference = known_lever(fit.policy, lever).reference
    return level_at(fit.policy.levels.get(lever, ()), fit.policy.as_of, reference)


def known_lever(policy: Policy, name: str) -> Lever:
    """The lever of that name.

    Parameters
    ----------
    policy, name
        A policy, and the name of one of its levers.

    Raises
    ------
    InputError
        If there is none.
    """
    if name not in policy.levers:
        raise InputError(f"unknown lever {name!r}; there are: {', '.join(policy.levers)}")
    return policy.levers[name]


def _checked(policy: Policy, frame: pd.DataFrame) -> pd.DataFrame:
    for name in frame.columns:
        lever = known_lever(policy, name)
        outside = frame[name][(frame[name] < lever.low) | (frame[name] > lever.high)]
        if len(outside):
            raise InputError(
                f"level {outside.iloc[0]:g} of {name} lies outside its range, {lever.low:g} to {lever.high:g}"
            )
    if not len(frame):
        raise InputError("no setting is given; write one row for each")
    return frame


def _start(policy: Policy, start: str | date | None) -> float:
    if start is None:
        return policy.as_of
    try:
        when = decimal_year(date.fromisoformat(start) if isinstance(start, str) else start)
    except ValueError as error:
        raise InputError(f"start {start!r} is no day; write it like 2027-01-31") from error
    if when < policy.as_of:
        raise InputError(f"start {start} lies before the as-of date; a lever can be moved from that date on")
    return when


def asked_times(periods: Sequence[str]) -> Floats:
    """Midpoints of quarters, in decimal years.

    Parameters
    ----------
    periods
        Quarters like ``2032Q4``.

    Raises
    ------
    InputError
        If there is none, or one is no quarter or comes before output starts.
    """
    times = np.array([quarter_end(period) - 0.125 for period in periods])
    if not len(times) or times.min() < FIRST_QUARTER:
        raise InputError(f"periods: name at least one quarter, none before {FIRST_QUARTER:.0f}Q1")
    return times


def _ground(fit: Fit, periods: Sequence[str], draws: int) -> tuple[Future, dict[str, Floats]]:
    """Some draws of the future, at the middle of some quarters, and their sizes of effects."""
    times = asked_times(periods)
    ahead = future(fit, max(periods))
    some = evenly(ahead.draws, max(draws, 1))
    uniform = {name: u[some] for name, u in policy_draws(fit, ahead.draws).items()}
    few = replace(ahead.some(some), times=times)
    return few, policy_values(few, uniform)


def _forces(ahead: Future, values: Mapping[str, Floats], rows: pd.DataFrame, since: float) -> Forces:
    """What settings do beyond what is in force: (setting, draw, vendor, time) by parameter."""
    shape = (len(rows), ahead.draws, len(ahead.layout.cells))
    paths: dict[tuple[str, Effect], Floats] = {}
    for i, row in enumerate(rows.to_dict("records")):
        levels = dict(ahead.fit.policy.levels)
        for name, level in row.items():
            if not np.isnan(level):
                kept = (step for step in levels.get(str(name), ()) if step.start < since)
                levels[str(name)] = (*kept, Step(since, float(level), since))
        for each in beyond_baseline(ahead, levels, values):
            paths.setdefault((each.lever, each.effect), np.zeros(shape))[i] = each.path
    flat = [Acting(lever, effect, path.reshape(-1, shape[-1])) for (lever, effect), path in paths.items()]
    forces = controls.on_grids(flat, ahead.layout)
    return {target: force.reshape(*shape[:2], *force.shape[1:]) for target, force in forces.items()}


def _gaps(
    ahead: Future, drivers: dict[str, Any], forces: Forces, quantities: Sequence[str], settings: int
) -> dict[str, Floats]:
    """(setting, draw, period) by quantity."""
    layout, times = ahead.layout, ahead.times
    context = Context(ahead.theta, layout, ahead.fit.priors, np, drivers, forces)
    acting = controls.added(controls.in_force(context), forces)

    def by_row(values: Floats, inner: int = 2) -> Floats:
        """Settings and draws in one axis, for the definitions of the gaps."""
        full = np.broadcast_to(values, (settings, ahead.draws, *values.shape[-inner:]))
        return full.reshape(-1, *full.shape[2:])

    def lag(name: str) -> Floats:
        dates = clock.evaluate(context)["volume"]
        if "clock_speed" in acting:
            dates = clock.moved(dates, acting["clock_speed"], layout)
        volume = by_row(dates)
        return (at_least if name == LAG_AT_LEAST else gaps.frontier_lag)(volume, times)

    def wafers() -> Floats:
        paths = capacity.evaluate(context.under(acting))
        return gaps.ratio(by_row(output.installed_wafers(paths, layout, times, np)))

    def shipped() -> Floats:
        bits = structure(context, times)["output"]["bits"]
        return gaps.ratio(by_row(bits.sum(axis=-2)))

    lean = {"capacity_ratio": wafers, "output_ratio": shipped}
    lean |= {name: partial(lag, name) for name in ("frontier_lag", LAG_AT_LEAST)}
    return {name: lean[name]().reshape(settings, ahead.draws, len(times)) for name in quantities}


def at_least(volume: Floats, times: Floats) -> Floats:
    """Frontier lag as far as it is certain: (draw, time), defined everywhere.

    Where China ships none in volume it is the years since Korea's first volume of the first generation, which the lag
    then exceeds.

    Parameters
    ----------
    volume
        (draw, vendor, generation) volume dates, decimal years.
    times
        (time,) decimal years.
    """
    lag = gaps.frontier_lag(volume, times)
    return np.where(np.isnan(lag), times - gaps.first_of(volume, gaps.KOREA)[:, :1], lag)
