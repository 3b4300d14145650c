"""Posterior draws on longer and wider grids than the fitted ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from hbm_model.core.arrays import Floats
from hbm_model.core.industry import VENDORS
from hbm_model.inference.fit import Fit
from hbm_model.model.equations import NEVER
from hbm_model.model.joint import SHOCKS
from hbm_model.model.layout import Layout

NO_DATE = 2500.0
"""Dates after this year are none: not built, or passed over."""


def extended(fit: Fit, theta: dict[str, Any], layout: Layout) -> dict[str, Any]:
    """Parameters on a longer and wider layout than the fitted one: what is new is drawn from its prior.

    Parameters
    ----------
    fit
        Gives the fitted layout, the priors and the seed.
    theta
        (draw, ...) draws of the fit's parameters, by name; left as they are.
    layout
        The fit's, with later years or further nodes appended.
    """
    theta = dict(theta)
    draws = len(theta["log_spending"])
    if (years := layout.last_year - fit.layout.last_year) > 0:

        def fresh(stream: int) -> Floats:
            """(draw, vendor, year) standard normals; time is drawn first, so that a longer horizon only appends."""
            rng = np.random.default_rng([fit.meta["settings"]["seed"], stream])
            return np.moveaxis(rng.standard_normal((years, draws, len(VENDORS))), 0, -1)

        for stream, name in enumerate(sorted(SHOCKS), start=1):
            theta[name] = np.concatenate([theta[name], fresh(stream)], axis=-1)
        steps = theta["spending_drift"][:, None, None] + fit.priors.constant("spending_sd") * fresh(0)
        path = theta["log_spending"][..., -1:] + np.cumsum(steps, axis=-1)
        theta["log_spending"] = np.concatenate([theta["log_spending"], path], axis=-1)
    if nodes := layout.node_first_report[len(fit.layout.nodes) :]:
        rng = np.random.default_rng([fit.meta["settings"]["seed"], _NODE_STREAM])
        level, start = rng.standard_normal((2, draws, len(nodes)))
        offset = fit.priors["node_start_offset"]
        start = np.array(nodes) + offset.values("mean") + offset.values("sd") * start
        theta["die_start_node"] = np.concatenate([theta["die_start_node"], level], axis=-1)
        theta["node_start"] = np.concatenate([theta["node_start"], start], axis=-1)
    return theta


def with_skips(theta: dict[str, Any], fit: Fit) -> dict[str, Any]:
    """Parameters in which entrants skip HBM2 in volume in part of the draws.

    Parameters
    ----------
    theta
        (draw, ...) draws of the fit's parameters, by name; left as they are.
    fit
        Gives the priors and the seed.
    """
    offset = theta["early_generation_offset"]
    rng = np.random.default_rng([fit.meta["settings"]["seed"], _SKIP_STREAM])
    skipped = rng.uniform(size=offset.shape) < fit.priors.constant("early_generation_skipped")
    return {**theta, "early_generation_offset": offset + NEVER * skipped}


_SKIP_STREAM, _NODE_STREAM = 99, 98
