"""What a known world and the fit to its evidence are compared on: labelled draws, in groups."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import xarray as xr

from hbm_model.core.arrays import Floats
from hbm_model.core.industry import ENTRY, GENERATIONS, NEAR_GENERATIONS, NOT_BUILT
from hbm_model.forecasting.counterfactual import paths_of, policy_draws, policy_values
from hbm_model.forecasting.gaps import CHINA, KOREA, best_yield, frontier_lag, generation_lag, ratio
from hbm_model.forecasting.simulate import evaluate, future
from hbm_model.inference.fit import Fit
from hbm_model.policy.scenarios import load_scenarios

HORIZON = "2030Q4"
COMPARED_PERIODS = ["2024Q4", "2026Q4", "2028Q4"]
SCENARIOS = ("match_act", "china_push", "controls_relaxed")
"""Scenarios whose effects are compared: one through tools, one through money, one that lifts what is in force."""
_NO_LIMIT = 3000.0
_UNDEFINED = 99.0
"""Stands for a lag or gap that is not defined yet, so that draws in which it is not are one group of equal draws."""

Row = tuple[str, str, Floats]
"""Group, name and (draw,) values."""


def compared(fit: Fit) -> pd.DataFrame:
    """Everything that is compared, in long form: columns ``group``, ``name`` and ``draws``, an array of (draw,).

    A scenario's effects are differences from the baseline on the same draws. Sizes of effects that the evidence does
    not inform are drawn from their priors, by the fit's seed.

    Parameters
    ----------
    fit
        A fit, or a known world as a fit of one draw (:func:`hbm_model.evaluation.calibration.synthetic.draw_truths`).
    """
    ahead = future(fit, HORIZON)
    base = evaluate(ahead)
    uniform = policy_draws(fit, ahead.draws)
    rows = [*of_world(base), *_parameters(fit)]
    sizes = policy_values(ahead, uniform)
    priors = {effect.prior for _, effect in fit.policy.effects if fit.priors[effect.prior].dist != "constant"}
    rows += [("levers", f"size of {name}", sizes[name]) for name in sorted(priors)]
    known = load_scenarios()
    for name in SCENARIOS:
        other = evaluate(ahead, paths_of(name, known, ahead, uniform))
        rows += _effects(name, base, other)
    return pd.DataFrame(rows, columns=["group", "name", "draws"])


def of_world(world: xr.Dataset) -> Iterator[Row]:
    """Dates, capacities, yields and gaps of a world.

    Parameters
    ----------
    world
        From :func:`hbm_model.forecasting.simulate.evaluate`, to a horizon that holds :data:`COMPARED_PERIODS`.
    """
    for v in world["vendor"].to_numpy():
        for g in world["generation"].to_numpy():
            passed_over = ENTRY[v] != "HBM2" and g == "HBM2"  # a coin of the forecast's, which no fit can know
            if (v, g) not in NOT_BUILT and not passed_over:
                yield "dates", f"volume {v} {g}", world["volume"].sel(vendor=v, generation=g).to_numpy()
        for p in COMPARED_PERIODS:
            for name, path in (("HBM", "wafers"), ("DRAM", "dram_wafers")):
                yield "capacities", f"{name} wafers {v} {p}", world[path].sel(vendor=v, period=p).to_numpy()
        for g in NEAR_GENERATIONS:
            if (v, g) not in NOT_BUILT:
                final = world["final"].sel(vendor=v, generation=g, period="2027Q4").to_numpy()
                yield "yields", f"final yield {v} {g} 2027Q4", final
    yield from _gaps(world)


def _gaps(world: xr.Dataset) -> Iterator[Row]:
    volume, times = world["volume"].to_numpy(), world["time"].to_numpy()
    lag = generation_lag(volume, _NO_LIMIT)
    generations, periods = list(world["generation"].to_numpy()), list(world["period"].to_numpy())
    for g in NEAR_GENERATIONS:
        yield "gaps", f"generation_lag {g}", lag[:, generations.index(g)]
    final = world["final"].to_numpy()
    korea, china = (best_yield(final, volume, makers, times) for makers in (KOREA, CHINA))
    over_time = {
        "capacity_ratio": ratio(world["wafers"].to_numpy()),
        "output_ratio": ratio(world["bits"].sum("generation").to_numpy()),
        "frontier_lag": frontier_lag(volume, times),
        "yield_gap": korea - china,
    }
    for p in COMPARED_PERIODS[1:]:
        for name, values in over_time.items():
            yield "gaps", f"{name} {p}", np.nan_to_num(values[:, periods.index(p)], nan=_UNDEFINED)


def _parameters(fit: Fit) -> Iterator[Row]:
    """Every element of every free parameter, but for sizes of effects, which stand among the levers."""
    sizes = {name for _, name in fit.layout.informed}
    posterior = fit.data["posterior"].to_dataset()
    for name in sorted(set(map(str, posterior.data_vars)) - sizes):  # the prior and a fit hold them in other orders
        values = posterior[name]
        dims = values.dims[2:]
        flat = np.asarray(values).reshape(posterior.sizes["chain"] * posterior.sizes["draw"], -1)
        labels = pd.MultiIndex.from_product([values[dim].to_numpy() for dim in dims]) if dims else [()]
        for label, draws in zip(labels, flat.T, strict=True):
            yield "parameters", f"{name}[{', '.join(map(str, label))}]" if dims else name, draws


def _effects(scenario: str, base: xr.Dataset, other: xr.Dataset) -> Iterator[Row]:
    """What a scenario changes by the end of the horizon."""
    capacity, output = (
        [ratio(np.asarray(flow))[:, -1] for flow in flows]
        for flows in ([w["wafers"] for w in (base, other)], [w["bits"].sum("generation") for w in (base, other)])
    )
    lag = [generation_lag(world["volume"].to_numpy(), _NO_LIMIT)[:, -1] for world in (base, other)]
    for name, (before, after) in {
        f"capacity_ratio {HORIZON}": capacity,
        f"output_ratio {HORIZON}": output,
        f"generation_lag {GENERATIONS[-1]}": lag,
    }.items():
        yield "levers", f"{scenario}: {name}", after - before
