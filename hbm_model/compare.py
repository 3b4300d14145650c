"""Which of several forms of the model would have foreseen the claims better: PSIS-LOO with claim groups as the unit.

Claims of one group tell of one thing, so that a claim is no test while its siblings stay in. What is left out at a time
is therefore everything that the likelihood has of one claim group (Vehtari, Gelman and Gabry 2017; stacking: Yao et al.
2018).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import logsumexp

from hbm_model.errors import InputError
from hbm_model.evidence import Evidence
from hbm_model.evidence.usage import usage_table, used_rows
from hbm_model.fit import Fit
from hbm_model.model.joint import structure
from hbm_model.model.layout import GENERATIONS, VENDORS
from hbm_model.model.likelihood import likelihood
from hbm_model.model.observations import Observations, first_reports, observe
from hbm_model.predictive import TABLE_OF

_BLOCK = 500
"""Draws evaluated at once, which bounds the memory."""
_FLAT = 0.01
"""Log likelihoods that differ by less than this over all draws weigh the draws alike: there is no tail to smooth."""
_TAIL = 5
"""Fewest draws that make a tail."""
_TERMS = ("claims", "not_yet", "silence", "first_report")
"""The likelihood's terms, in the order in which they stand end to end."""


@dataclass(frozen=True)
class Comparison:
    """Forms of the model side by side.

    Attributes
    ----------
    scores : one row per part of the evidence and form: ``part, form, groups, elpd, se, p, elpd_diff, dse, weight,
        unreliable, worst_k``. The difference is that from the best form, with its standard error; the weight is that of
        stacking; ``unreliable`` counts claim groups whose Pareto k is above what the number of draws allows.
    unreliable : those groups: ``part, form, group, ids, k, elpd``.
    """

    scores: pd.DataFrame
    unreliable: pd.DataFrame


def terms(evidence: Evidence, observations: Observations) -> pd.DataFrame:
    """What each term of the likelihood speaks of, in the order of :func:`log_likelihood`.

    Returns
    -------
    DataFrame with columns ``kind, part, id, group``: what it is, the part of the evidence, the row that says it, and
    its claim group. A silence is nobody's row and a group of its own.
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
        *((kind, TABLE_OF[kind], i, group[i]) for i, kind in zip(stacked.ids, stacked.kinds, strict=True)),
        *(("not_yet", "milestones", i, group[i]) for i in observations.claims["not_yet"].ids),
        *(("silence", "milestones", i, i) for i in unheard),
        *(("first_report", "milestones", i, group[i]) for i in first),
    ]
    return pd.DataFrame(said, columns=["kind", "part", "id", "group"])


def log_likelihood(fit: Fit, observations: Observations) -> xr.DataArray:
    """Log likelihood of every term on every posterior draw: (chain, draw, term), terms as in :func:`terms`."""
    theta = fit.theta()
    sizes = fit.data["posterior"].sizes

    def block(start: int) -> np.ndarray:
        some = {name: values[start : start + _BLOCK] for name, values in theta.items()}
        world = structure(some, fit.layout, fit.priors, observations.drivers, fit.layout.quarters, np)
        found = likelihood(some, world, observations.design, fit.layout, fit.priors, np)
        return np.concatenate([found[name] for name in _TERMS], axis=-1)

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
    pointwise : from :func:`log_likelihood`. about : from :func:`terms`. chosen : (term,) which count; default all.

    Returns
    -------
    DataTree with ``posterior``, and ``log_likelihood`` with ``claims`` (chain, draw, group).
    """
    kept = np.arange(len(about)) if chosen is None else np.flatnonzero(chosen)
    groups, place = np.unique(about["group"].to_numpy(str)[kept], return_inverse=True)
    sums = pointwise.to_numpy()[..., kept] @ (place[:, None] == np.arange(len(groups))).astype(float)
    claims = xr.DataArray(sums, dims=("chain", "draw", "group"), coords={**pointwise.coords, "group": groups})
    posterior = fit.data["posterior"].to_dataset()
    return xr.DataTree.from_dict({"posterior": posterior, "log_likelihood": xr.Dataset({"claims": claims})})


def efficiency(fit: Fit) -> float:
    """Effective draws a draw, on average over all parameters."""
    import arviz as az

    posterior = fit.data["posterior"].to_dataset()
    size = az.ess(posterior, method="mean")
    every = np.concatenate([size[name].to_numpy().ravel() for name in size.data_vars])
    return float(np.nanmean(every)) / (posterior.sizes["chain"] * posterior.sizes["draw"])


def loo(tree: xr.DataTree, efficiency: float = 1.0) -> Any:
    """PSIS-LOO of what :func:`by_group` gives: ArviZ's ELPDData, group by group, with weights of :func:`smoothed`."""
    import arviz as az

    log_weights, k = smoothed(tree["log_likelihood"].to_dataset()["claims"], efficiency)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Estimated shape parameter")  # Comparison says which groups
        return az.loo(tree, var_name="claims", pointwise=True, reff=efficiency, log_weights=log_weights, pareto_k=k)


def smoothed(claims: xr.DataArray, efficiency: float = 1.0) -> tuple[xr.DataArray, xr.DataArray]:
    """Pareto-smoothed log weights of draws that leave claim groups out, and the Pareto k of each group.

    Where all draws give a group the same likelihood (a silence about what is far off), or those do that speak most
    against it (a report that may be false), there is no tail to smooth, and nothing wrong: the plain weights stand,
    with k = -inf.

    Parameters
    ----------
    claims : (chain, draw, group) log likelihood; of its negative, the weights take the groups in.
    """
    import arviz_stats  # noqa: F401 (arrays have their azstats from it)

    ranked = np.sort(claims.to_numpy().reshape(-1, claims.sizes["group"]), axis=0)
    flat = (ranked[-1] - ranked[0] < _FLAT) | (ranked[_TAIL - 1] == ranked[0])
    log_weights, k = -claims - logsumexp(-claims, axis=(0, 1)), xr.full_like(claims[0, 0], -np.inf)
    if not flat.all():
        found, shape = claims.isel(group=~flat).azstats.psislw(r_eff=efficiency, dim=["chain", "draw"])
        log_weights[:, :, ~flat], k[~flat] = found.transpose(*claims.dims).to_numpy(), shape.to_numpy()
    return log_weights, k


def compare(fits: Mapping[str, Fit], evidence: Evidence) -> Comparison:
    """Compare fits of one vintage by PSIS-LOO over claim groups, for all of the evidence and for each part of it.

    Yields are also scored by kind, of HBM and of commodity nodes. The part ``reliable`` is all of the evidence but the
    groups that any of the forms leaves unreliable.

    Raises
    ------
    InputError
        If a fit is not of this evidence.
    """
    for name, fit in fits.items():
        if fit.meta["evidence"] != evidence.digest:
            raise InputError(f"the fit '{name}' is not of this evidence as of {evidence.as_of}: compare like with like")
    first = next(iter(fits.values()))
    _, observations = observe(evidence, first.priors)
    about = terms(evidence, observations)
    pointwise = {name: log_likelihood(fit, observations) for name, fit in fits.items()}
    parts: dict[str, Any] = {"all": np.ones(len(about), dtype=bool)}
    parts |= {part: (about["part"] == part).to_numpy() for part in about["part"].unique()}
    parts |= {kind: (about["kind"] == kind).to_numpy() for kind in ("hbm_yield", "node_yield")}
    effective = {name: efficiency(fit) for name, fit in fits.items()}

    def scored_on(part: str, chosen: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
        trees = {name: by_group(fit, pointwise[name], about, chosen) for name, fit in fits.items()}
        ids = about[chosen].groupby("group")["id"].agg(lambda rows: " ".join(dict.fromkeys(rows)))
        return _tables(part, {name: loo(tree, effective[name]) for name, tree in trees.items()}, ids)

    scored = {part: scored_on(part, chosen) for part, chosen in parts.items()}
    doubtful = scored["all"][1]["group"]
    reliable = ~about["group"].isin(doubtful).to_numpy()
    if not reliable.all():
        scored["reliable"] = scored_on("reliable", reliable)
    scores, unreliable = (pd.concat([each[i] for each in scored.values()], ignore_index=True) for i in (0, 1))
    return Comparison(scores, unreliable)


def _tables(part: str, found: Mapping[str, Any], ids: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of both tables for one part of the evidence."""
    import arviz as az

    ranked = az.compare(found, method="stacking", round_to="none")
    scores, unreliable = [], []
    for form, left_out in found.items():
        row, k, names = ranked.loc[form], left_out.pareto_k.to_numpy(), left_out.pareto_k["group"].to_numpy()
        bad = ~(k <= left_out.good_k)  # no number is bad too: one draw in thousands outweighs all others
        scores.append(
            {
                **{"part": part, "form": form, "groups": left_out.n_data_points},
                **{name: float(getattr(left_out, name)) for name in ("elpd", "se", "p")},
                **{name: float(row[name]) for name in ("elpd_diff", "dse", "weight")},
                **{"unreliable": int(bad.sum()), "worst_k": float(np.nanmax(k))},
            }
        )
        unreliable += [
            {"part": part, "form": form, "group": str(g), "ids": ids[str(g)], "k": float(x), "elpd": float(e)}
            for g, x, e in zip(names[bad], k[bad], left_out.elpd_i.to_numpy()[bad], strict=True)
        ]
    columns = ["part", "form", "group", "ids", "k", "elpd"]
    return pd.DataFrame(scores), pd.DataFrame(unreliable, columns=columns)
