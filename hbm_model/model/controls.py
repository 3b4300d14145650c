"""Controls: what policy does to the structural parameters, in force and under a scenario, on the parts' time grids."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from hbm_model.core.arrays import Floats
from hbm_model.core.industry import BLOC_OF, VENDORS
from hbm_model.core.priors import Priors
from hbm_model.model.context import Context, Forces
from hbm_model.model.layout import Layout
from hbm_model.model.parameters import Parameters, Theta
from hbm_model.policy.policy import Policy
from hbm_model.policy.response import CELL, Acting, acting, medians

_YEARS = {
    "investment": "spending_years",
    "capital": "spending_years",
    "tool_cost": "growth_years",
    "hbm_share": "share_years",
}
"""Parameters that go by calendar year; the others go by quarter."""

_OF_OUTPUT = ("floor_loss", "realised")
"""Parameters that are read at the quarters of output, and at no other time."""


def declare(parameters: Parameters) -> Theta:
    """Random variables of the effect sizes that the evidence informs.

    Parameters
    ----------
    parameters
        What they are declared to.
    """
    layout = parameters.layout
    return {name: parameters.prior(name) for _, name in layout.informed}


def history(policy: Policy, priors: Priors, layout: Layout) -> dict[str, Floats]:
    """Effect of one unit of each informed size, by prior name: (vendor, time) on the grid of its parameter.

    Time paths stand at their medians here: the little that the past says about sizes says nothing about paths.

    Parameters
    ----------
    policy
        Levers, and the levels in force.
    priors
        Give the medians of the time paths.
    layout
        Gives the time grids.
    """
    unit = medians(policy.time_paths, priors) | {effect.prior: np.ones(1) for _, effect in policy.informed}
    paths = acting(policy.levers, policy.levels, unit, layout.cells + CELL / 2, policy.informed)
    return {path.effect.prior: on_grids([path], layout)[path.effect.target][0] for path in paths}


def in_force(context: Context) -> Forces:
    """What the measures in force do, by the sizes that the fit knows.

    Parameters
    ----------
    context
        Its ``theta`` holds the sizes, its ``drivers`` the exposures from :func:`history`; its forces are not read.
    """
    forces: Forces = {}
    for target, name in context.layout.informed:
        forces = added(forces, {target: context.theta[name][..., None, None] * context.drivers[name]})
    return forces


def on_grids(paths: Iterable[Acting], layout: Layout) -> Forces:
    """Effects by quarter cell and bloc, as sums by parameter, maker and the parameter's own time.

    Parameters
    ----------
    paths
        Effects of measures, (draw, cell) each.
    layout
        Gives the years of the parameters that go by calendar year.

    Returns
    -------
    Forces
        (draw, vendor, time) each.
    """
    forces: Forces = {}
    for each in paths:
        target, path = each.effect.target, each.path
        makers = np.array([float(each.effect.bloc in (BLOC_OF[v], "all")) for v in VENDORS])
        if target in _YEARS:
            path = by_year(path, getattr(layout, _YEARS[target]))
        forces = added(forces, {target: makers[:, None] * path[:, None, :]})
    return forces


def by_year(cells: Floats, years: list[int]) -> Floats:
    """(draw, year) means over the quarters of each year, zero before the first.

    Parameters
    ----------
    cells
        (draw, cell) values by quarter, whole years.
    years
        Calendar years, in order; the last is that of the last cells.
    """
    yearly = cells.reshape(*cells.shape[:-1], -1, round(1 / CELL)).mean(axis=-1)
    missing = len(years) - yearly.shape[-1]
    return np.pad(yearly, ((0, 0), (missing, 0))) if missing >= 0 else yearly[..., -missing:]


def at_quarters(forces: Forces, layout: Layout, quarters: Floats) -> Forces:
    """Forces of which those on output stand at given quarters, whichever these are, instead of at every cell.

    Parameters
    ----------
    forces
        (..., vendor, time) by structural parameter; left as they are.
    layout
        Gives the cells.
    quarters
        (time,) quarter midpoints in decimal years, within the layout's cells.
    """
    place = np.floor((quarters - layout.cells[0]) / CELL).astype(int)
    return {target: force[..., place] if target in _OF_OUTPUT else force for target, force in forces.items()}


def added(forces: Forces, more: Forces) -> Forces:
    """Sum of two sets of forces.

    Parameters
    ----------
    forces, more
        (..., vendor, time) by structural parameter, on the same grids; left as they are.
    """
    both = dict(forces)
    for target, force in more.items():
        both[target] = both[target] + force if target in both else force
    return both
