"""Variance: how much of a gap's spread comes from what is unknown of the industry and of policy, and from chance.

The split is by Sobol indices over groups of inputs, with the sampling design of Saltelli and the estimators of SALib
(Saltelli et al., Computer Physics Communications 181, 2010, doi:10.1016/j.cpc.2009.09.018). ``first`` is the part of
the variance that would go if a source were known exactly, ``total`` the part that would be left if all other sources
were known; what lies between the two is interaction.

The source ``industry`` is which posterior draw holds: makers, dates, ramps and capacity as the evidence leaves them
open, with the dates of generations still to come. Sizes of effects that the fit estimates vary together with the
industry in the posterior and are counted here; a scenario that overrides their prior moves them to its lever.

The source ``shocks`` holds the yearly shocks of the years that begin after the as-of date, and whether entrants pass
over HBM2 in volume. No yearly shock acts on dates: of the shocks, only passing over HBM2 moves the frontier lag.

A source ``policy: <lever>`` holds the effect sizes and time paths of one lever that the scenario moves; ``policy`` is
all of them as one source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hbm_model.analysis.sweep import asked_times, at_least
from hbm_model.core.arrays import Floats
from hbm_model.core.errors import InputError
from hbm_model.core.quantities import LAG_AT_LEAST, LATER, SPLIT, SWEPT_HEADLINES
from hbm_model.forecasting.counterfactual import paths_of, policy_draws
from hbm_model.forecasting.simulate import Future, World, by_draw, future, paired
from hbm_model.forecasting.summaries import gap_values, headline
from hbm_model.inference.fit import Fit
from hbm_model.policy.levels import closure
from hbm_model.policy.policy import policy_home
from hbm_model.policy.scenarios import BASELINE, Scenario, find_scenario, load_scenarios

INDUSTRY, SHOCKS, POLICY = "industry", "shocks", "policy"
COLUMNS = ["scenario", "quantity", "period", "source", "first", "first_conf", "total", "total_conf", "sd"]
_EDGE = 1e-9
"""Probabilities are kept this far from 0 and 1, where a normal has no quantile."""
_INDICES = {"S1": "first", "S1_conf": "first_conf", "ST": "total", "ST_conf": "total_conf"}


def split_variance(
    fit: Fit,
    scenarios: Sequence[str] = (BASELINE,),
    quantities: Sequence[str] = SWEPT_HEADLINES,
    periods: Sequence[str] = LATER,
    n: int = 2048,
    files: Sequence[str | Path] = (),
    data: str | Path | None = None,
    seed: int | None = None,
) -> pd.DataFrame:
    """Split the variance of gaps under scenarios into the sources of this module.

    The frontier lag is undefined while China ships none in volume. It is split as ``frontier_lag_at_least`` (see
    :data:`hbm_model.analysis.sweep.UNITS`), and so named in the result.

    Parameters
    ----------
    fit
        From :func:`hbm_model.fit`.
    scenarios
        As for :func:`hbm_model.forecast`.
    quantities
        Of :data:`hbm_model.core.quantities.SPLIT`, of shares China's.
    periods
        Quarters like ``2032Q4``.
    n
        Base points of the design, a power of two; the model is evaluated about ``n * (sources + 3)`` times a scenario.
    files, data
        As for :func:`hbm_model.forecast`.
    seed
        Of the design and the bootstrap (default: the fit's own).

    Returns
    -------
    pd.DataFrame
        With one row per scenario, quantity, period and source: first-order and total index, each with the half width of
        its 95 % bootstrap interval, and ``sd`` of the gap in its own unit. Estimates of small indices may fall below
        zero by about that width.

    Raises
    ------
    InputError
        For an unknown scenario, quantity or period, or an `n` that is no power of two.
    """
    unknown = [name for name in quantities if name not in SPLIT]
    if unknown:
        raise InputError(f"no split of {', '.join(unknown)}; there are: {', '.join(SPLIT)}")
    wanted = list(dict.fromkeys(LAG_AT_LEAST if name == "frontier_lag" else name for name in quantities))
    known = load_scenarios(policy_home(data), files)
    times = asked_times(periods)
    ahead = replace(future(fit, max(periods)), times=times)
    outputs = [(name, period) for name in wanted for period in periods]
    rows = []
    for name in (find_scenario(known, each).name for each in scenarios):
        variables = _variables(name, known, ahead)

        def gaps(design: Floats, name: str = name, variables: Mapping[str, str] = variables) -> Floats:
            return _gaps(design, name, known, variables, ahead, wanted)

        sources = [INDUSTRY, SHOCKS, *variables.values()]
        found = split(gaps, sources, n, fit.meta["settings"]["seed"] if seed is None else seed)
        labels = pd.DataFrame(outputs, columns=["quantity", "period"])
        rows.append(found.merge(labels, left_on="output", right_index=True).assign(scenario=name))
    return pd.concat(rows, ignore_index=True)[COLUMNS]


def split(model: Callable[[Floats], Floats], sources: Sequence[str], n: int, seed: int) -> pd.DataFrame:
    """First-order and total Sobol indices of a function of independent uniform variables, by source.

    Sources whose names begin with ``policy:`` are also taken as one, ``policy``; without any its indices are zero.

    Parameters
    ----------
    model
        From (row, variable) probabilities to (row, output).
    sources
        The source of each variable.
    n
        Base points, a power of two.
    seed
        Of design and bootstrap.

    Returns
    -------
    pd.DataFrame
        ``output`` (number of the column), ``source, first, first_conf, total, total_conf, sd``; indices are missing
        where the output does not vary.

    Raises
    ------
    InputError
        If `n` is no power of two.
    """
    from SALib.sample import sobol

    if n < 2 or n & (n - 1):
        raise InputError(f"n = {n} is no power of two")
    joint = [POLICY if source.startswith(f"{POLICY}:") else source for source in sources]
    problems = [_problem(list(sources)), *([_problem(joint)] if POLICY in joint else [])]
    designs = [sobol.sample(problem, n, calc_second_order=False, seed=seed) for problem in problems]
    points, place = np.unique(np.concatenate(designs), axis=0, return_inverse=True)  # the designs share most points
    values = np.asarray(model(np.clip(points, _EDGE, 1 - _EDGE)), dtype=float)[place.ravel()]
    parts = np.split(values, [len(designs[0])])
    rows = []
    for output in range(values.shape[1]):
        fine = _indices(problems[0], parts[0][:, output], seed)
        if len(problems) > 1:
            fine = pd.concat([fine, _indices(problems[1], parts[1][:, output], seed).loc[[POLICY]]])
        else:
            fine.loc[POLICY] = 0.0 if fine.notna().all(axis=None) else np.nan
        rows.append(fine.rename_axis("source").reset_index().assign(output=output, sd=parts[0][:, output].std()))
    return pd.concat(rows, ignore_index=True)


def _problem(sources: list[str]) -> dict[str, Any]:
    """The problem as SALib describes one."""
    names = [f"x{i}" for i in range(len(sources))]
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names), "groups": sources}


def _indices(problem: dict[str, Any], values: Floats, seed: int) -> pd.DataFrame:
    from SALib.analyze import sobol

    groups = list(dict.fromkeys(problem["groups"]))
    if np.ptp(values) == 0:
        return pd.DataFrame(np.nan, index=groups, columns=list(_INDICES.values()))
    found = sobol.analyze(problem, values, calc_second_order=False, conf_level=0.95, seed=seed)
    return pd.DataFrame({name: found[key] for key, name in _INDICES.items()}, index=groups)


def _variables(name: str, scenarios: Mapping[str, Scenario], ahead: Future) -> dict[str, str]:
    """Priors that a scenario rests on, each with its source: those of the levers whose effects it changes."""
    fit = ahead.fit
    few = ahead.some(np.arange(2))
    paths = paths_of(name, scenarios, few, policy_draws(fit, few.draws))
    moved = {path.lever for path in paths}
    overridden = {prior for each in closure(name, scenarios) for prior in scenarios[each].effects}
    estimated = {effect.prior for _, effect in fit.policy.informed} - overridden
    found: dict[str, str] = {}
    for lever in fit.policy.levers.values():
        own = lever.priors if lever.name in moved else frozenset[str]()
        if lever.shield_onset and moved & set(lever.shields):
            own |= {lever.shield_onset}
        drawn = (prior for prior in sorted(own - estimated) if fit.priors[prior].dist != "constant")
        found |= dict.fromkeys(drawn, f"{POLICY}: {lever.name}")
    return found


def _gaps(
    design: Floats,
    name: str,
    scenarios: Mapping[str, Scenario],
    variables: Mapping[str, str],
    ahead: Future,
    quantities: Sequence[str],
) -> Floats:
    """(row, quantity x period) gaps of a scenario at the rows of a design: industry, shocks, then the priors."""
    draws, chances = (np.floor(design[:, i] * ahead.draws).astype(int) for i in range(2))
    met = paired(ahead, draws, chances)
    uniform = policy_draws(ahead.fit, met.draws)  # for the priors that nothing here rests on
    uniform |= {prior: design[:, 2 + i] for i, prior in enumerate(variables)}  # by column, after industry and shocks

    def read(world: World) -> World:
        return {"volume": world["volume"], **gap_values(world, met)}

    values_of = by_draw(met, paths_of(name, scenarios, met, uniform), read)
    draws_of = headline(values_of, ahead.times)
    lag = at_least(values_of["volume"], ahead.times)
    columns = []
    for quantity in quantities:
        values = draws_of[quantity] if quantity != LAG_AT_LEAST else None
        if values is not None and "vendor" in values.dims:
            values = values.sel(vendor="china")
        columns.append(lag if values is None else values.transpose("draw", "period").to_numpy())
    return np.concatenate(columns, axis=1)
