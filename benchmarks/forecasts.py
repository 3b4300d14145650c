"""A forecast of all draws at once, beside the same equations evaluated draw by draw."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from benchmarks.problems import AS_OF, packaged, vintage
from benchmarks.size import Size
from benchmarks.timing import compared, in_turn
from hbm_model.forecasting.simulate import Future, evaluate, future
from hbm_model.inference.diagnostics import Gate, diagnose
from hbm_model.inference.fit import Fit, FitSettings
from hbm_model.inference.joint_density import uncompiled
from hbm_model.model.announced import planned_dates

HORIZON = "2032Q4"
_CHAINS = 4


def made_up_fit(draws: int) -> Fit:
    """A fit whose draws are those of the packaged whitening's normal distribution, which nothing was sampled for.

    Parameters
    ----------
    draws
        Of each of four chains.
    """
    known = vintage()
    density = uncompiled(known.layout, known.observations, known.priors)
    whitening = packaged(density)
    y = np.random.default_rng(1).standard_normal((_CHAINS, draws, density.n_dim))
    stats = {"diverging": np.zeros(y.shape[:2], bool), "energy": (y**2).sum(axis=-1)}
    constant = {
        "raised": (("vendor", "spending_year"), known.observations.drivers["raised"]),
        "planned": planned_dates(known.evidence),
    }
    tree = xr.DataTree.from_dict(
        {
            "posterior": density.vector.named(whitening.origin + y @ whitening.axes.T),
            "sample_stats": xr.Dataset({name: (("chain", "draw"), values) for name, values in stats.items()}),
            "constant_data": xr.Dataset(constant),
        }
    )
    meta = {
        "as_of": AS_OF,
        "observed_through": known.evidence.observed_through.isoformat(),
        "evidence": known.evidence.digest,
        "settings": asdict(FitSettings(draws=draws)),
    }
    return Fit(tree, diagnose(tree, Gate()), known.layout, known.priors, known.observations.policy, meta)


def at_once(ahead: Future) -> dict[str, Any]:
    """All draws in one evaluation, as forecasts do it.

    Parameters
    ----------
    ahead
        The draws.
    """
    return {"mean": float(evaluate(ahead)["bits"].mean())}


def one_by_one(ahead: Future) -> dict[str, Any]:
    """The same in a loop over draws.

    Parameters
    ----------
    ahead
        The draws.
    """
    worlds = [evaluate(ahead.some(np.array([draw]))) for draw in range(ahead.draws)]
    return {"mean": float(np.mean([world["bits"].mean() for world in worlds]))}


def measure(size: Size) -> dict[str, Any]:
    """Both, in turn; they must find the same.

    Parameters
    ----------
    size
        How much.

    Raises
    ------
    ValueError
        If they find different worlds.
    """
    ahead = future(made_up_fit(4 if size.tiny else 250), HORIZON)
    cases = {"all draws at once": partial(at_once, ahead), "a loop over draws": partial(one_by_one, ahead)}
    costs = in_turn(cases, size.repetitions, size.said)
    found = [cost.found["mean"] for each in costs.values() for cost in each]
    if not np.allclose(found, found[0]):
        raise ValueError(f"the loop over draws finds another world: {found}")
    cpu = {name: [cost.cpu for cost in each] for name, each in costs.items()}
    return {"draws": ahead.draws, "cpu": compared(cpu)}
