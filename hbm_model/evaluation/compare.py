"""Compare forms of the model: which would have foreseen the claims better, by PSIS-LOO with claim groups as the unit.

Claims of one group tell of one thing, so that a claim is no test while its siblings stay in. What is left out at a time
is therefore everything that the likelihood reads of one claim group (Vehtari, Gelman and Gabry 2017; stacking: Yao et
al. 2018).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from hbm_model.core.errors import InputError
from hbm_model.evidence import Evidence
from hbm_model.inference.fit import Fit
from hbm_model.inference.pointwise import by_group, log_likelihood, terms
from hbm_model.inference.psis import efficiency, reliable_k, smoothed
from hbm_model.model.observations import observe


@dataclass(frozen=True)
class Comparison:
    """Forms of the model side by side.

    Attributes
    ----------
    scores
        One row per part of the evidence and form: ``part, form, groups, elpd, se, p, elpd_diff, dse, weight,
        unreliable, worst_k``. The difference is that from the best form, with its standard error; the weight is that of
        stacking; ``unreliable`` counts claim groups whose Pareto k is above what the number of draws allows.
    unreliable
        Those groups: ``part, form, group, ids, k, elpd``.
    """

    scores: pd.DataFrame
    unreliable: pd.DataFrame


def loo(tree: xr.DataTree, efficiency: float = 1.0) -> Any:
    """PSIS-LOO as ArviZ's ELPDData, group by group, with the weights of :func:`hbm_model.inference.psis.smoothed`.

    Parameters
    ----------
    tree
        From :func:`hbm_model.inference.pointwise.by_group`.
    efficiency
        Effective draws a draw, from :func:`hbm_model.inference.psis.efficiency`.
    """
    import arviz as az

    log_weights, k = smoothed(tree["log_likelihood"].to_dataset()["claims"], efficiency)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Estimated shape parameter")  # Comparison says which groups
        return az.loo(tree, var_name="claims", pointwise=True, reff=efficiency, log_weights=log_weights, pareto_k=k)


def compare(fits: Mapping[str, Fit], evidence: Evidence) -> Comparison:
    """Compare fits of one vintage by PSIS-LOO over claim groups, for all of the evidence and for each part of it.

    Yields are also scored by kind, of HBM and of commodity nodes. The part ``reliable`` is all of the evidence but the
    groups that any of the forms leaves unreliable.

    Parameters
    ----------
    fits
        By name of the form.
    evidence
        What they were fitted to.

    Raises
    ------
    InputError
        If a fit is not of this evidence.
    """
    for name, fit in fits.items():
        if fit.meta["evidence"] != evidence.digest:
            raise InputError(f"the fit '{name}' is not of this evidence as of {evidence.as_of}: compare like with like")
    first = next(iter(fits.values()))
    _, observations = observe(evidence, first.priors, first.policy)
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
        bad = ~(k <= reliable_k(left_out.n_samples))  # no number is bad too: one draw in thousands outweighs all others
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
