"""Pointwise log likelihood: by term, and by claim group."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from hbm_model.core.industry import GENERATIONS, VENDORS
from hbm_model.evidence import Evidence
from hbm_model.evidence.selection import usage_table, used_rows
from hbm_model.inference.fit import Fit
from hbm_model.model.context import Context
from hbm_model.model.joint import structure
from hbm_model.model.kinds import KINDS
from hbm_model.model.likelihood import likelihood
from hbm_model.model.observations import Observations, first_reports

_BLOCK = 500
"""Draws evaluated at once, which bounds the memory."""


TERMS = ("claims", "not_yet", "silence", "first_report")
"""The likelihood's terms, in the order in which they stand end to end."""


def terms(evidence: Evidence, observations: Observations) -> pd.DataFrame:
    """What each term of the likelihood speaks of, in the order of :func:`log_likelihood`.

    Parameters
    ----------
    evidence
        The claims.
    observations
        From :func:`hbm_model.model.observations.observe`, on the same claims.

    Returns
    -------
    pd.DataFrame
        With columns ``kind, part, id, group``: what it is, the part of the evidence, the row that says it, and its
        claim group. A silence is nobody's row and a group of its own.
    """
    usage = usage_table(evidence)
    group = usage[usage["used"]].set_index("id")["claim_group"]
    stacked, quiet = observations.stacked, observations.silence
    first = first_reports(used_rows(evidence, "milestones", "event"))["id"]
    stages = np.where(quiet["sampled"] > 0, "sample", "volume")
    unheard = [
        f"silence:{VENDORS[v]}:{GENERATIONS[g]}:{s}"
        for v, g, s in zip(quiet["vendor"], quiet["generation"], stages, strict=True)
    ]
    said = [
        *((kind, KINDS[kind].heading, i, group[i]) for i, kind in zip(stacked.ids, stacked.kinds, strict=True)),
        *(("not_yet", "milestones", i, group[i]) for i in observations.claims["not_yet"].ids),
        *(("silence", "milestones", i, i) for i in unheard),
        *(("first_report", "milestones", i, group[i]) for i in first),
    ]
    return pd.DataFrame(said, columns=["kind", "part", "id", "group"])


def log_likelihood(fit: Fit, observations: Observations) -> xr.DataArray:
    """Log likelihood of every term on every posterior draw: (chain, draw, term), terms as in :func:`terms`.

    Parameters
    ----------
    fit
        The posterior.
    observations
        Coded claims, on the fit's layout.
    """
    theta = fit.theta()
    sizes = fit.data["posterior"].sizes

    def block(start: int) -> np.ndarray:
        some = {name: values[start : start + _BLOCK] for name, values in theta.items()}
        context = Context(some, fit.layout, fit.priors, np, observations.drivers)
        found = likelihood(context, structure(context), observations.design)
        return np.concatenate([found[name] for name in TERMS], axis=-1)

    draws = sizes["chain"] * sizes["draw"]
    values = np.concatenate([block(start) for start in range(0, draws, _BLOCK)])
    return xr.DataArray(
        values.reshape(sizes["chain"], sizes["draw"], -1),
        dims=("chain", "draw", "term"),
        coords={name: fit.data["posterior"][name].to_numpy() for name in ("chain", "draw")},
    )


def by_group(fit: Fit, pointwise: xr.DataArray, about: pd.DataFrame, chosen: Any = None) -> xr.DataTree:
    """The log likelihood of claim groups, in the form that ArviZ reads.

    Parameters
    ----------
    fit
        The posterior.
    pointwise
        From :func:`log_likelihood`.
    about
        From :func:`terms`.
    chosen
        (term,) truth values: which terms count; None for all.

    Returns
    -------
    xr.DataTree
        With ``posterior``, and ``log_likelihood`` with ``claims`` (chain, draw, group).
    """
    kept = np.arange(len(about)) if chosen is None else np.flatnonzero(chosen)
    groups, place = np.unique(about["group"].to_numpy(str)[kept], return_inverse=True)
    sums = pointwise.to_numpy()[..., kept] @ (place[:, None] == np.arange(len(groups))).astype(float)
    claims = xr.DataArray(sums, dims=("chain", "draw", "group"), coords={**pointwise.coords, "group": groups})
    posterior = fit.data["posterior"].to_dataset()
    return xr.DataTree.from_dict({"posterior": posterior, "log_likelihood": xr.Dataset({"claims": claims})})
