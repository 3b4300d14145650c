"""Importance weights of a fit's draws: what taking claims in, or leaving claim groups out, would do to them.

The weight of a draw is the ratio of its posterior density with the changed evidence to that with the present one. All
that remains of the ratio is the likelihood of the claims in question. The weights' tail is Pareto-smoothed, and its
shape k says whether they can be trusted (Vehtari et al. 2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logsumexp

from hbm_model.core.arrays import Floats
from hbm_model.core.dates import decimal_years
from hbm_model.evidence import Evidence
from hbm_model.evidence.selection import used_rows
from hbm_model.inference.draws import extended
from hbm_model.inference.fit import Fit
from hbm_model.inference.pointwise import by_group, log_likelihood, terms
from hbm_model.inference.predictive import Expected, by_draw
from hbm_model.inference.psis import Weights, smoothed
from hbm_model.model.coding import by_stage, still_ahead
from hbm_model.model.joint import structure
from hbm_model.model.likelihood import likelihood
from hbm_model.model.observations import Stage, first_reports, observe, observe_beside, pair_arrays, unreported


def left_out(fit: Fit, seen: Evidence, groups: Sequence[str], chosen: NDArray[np.intp]) -> dict[str, Weights]:
    """Weights that make some of a fit's draws those of a fit without a claim group, group by group.

    Groups of which the likelihood reads nothing are not in the result.

    Parameters
    ----------
    fit
        From :func:`hbm_model.fit`.
    seen
        The evidence of the fit.
    groups
        Names of claim groups, each left out alone.
    chosen
        Numbers of the draws, chains end to end.
    """
    _, observations = observe(seen, fit.priors, fit.policy, fit.layout.learning)
    about = terms(seen, observations)
    inside = about["group"].isin(list(groups)).to_numpy()
    if not inside.any():
        return {}
    claims = by_group(fit, log_likelihood(fit, observations), about, inside)["log_likelihood"].to_dataset()["claims"]
    log_weights, k = smoothed(claims)
    flat = log_weights.to_numpy().reshape(-1, claims.sizes["group"])[chosen]
    flat = flat - logsumexp(flat, axis=0)
    names = [str(name) for name in claims["group"].to_numpy()]
    return {name: Weights(flat[:, i], float(k[i])) for i, name in enumerate(names)}


def gains(
    fit: Fit, seen: Evidence, new: Evidence, expected: Expected, chosen: NDArray[np.intp]
) -> tuple[dict[str, Floats], Floats]:
    """What new claims add to the log likelihood: each alone by its id, and all together, (draw,) each.

    A report that something has happened adds the likelihood of the delay with which it came. It also ends the silence
    about that stage and the stages before it.

    Parameters
    ----------
    fit
        From :func:`hbm_model.fit`.
    seen
        The evidence of the fit.
    new
        Claims that are none of it.
    expected
        What the fit expects of the new claims on the chosen draws, from :func:`hbm_model.inference.predictive.expect`.
    chosen
        Numbers of the draws, chains end to end.
    """
    said = by_draw(expected, expected.low, expected.high)
    alone = {name: np.asarray(said[:, i]) for i, name in enumerate(expected.about["id"])}
    told = set(used_rows(new, "milestones", "not_yet")["id"]) | _still_ahead(seen, new)
    for i, name in enumerate(expected.denials["id"]):
        if name in told:
            alone[name] = alone.get(name, 0.0) + np.log(expected.denial_prob[:, i])
    together = np.sum(list(alone.values()), axis=0) if alone else np.zeros(len(chosen))
    events = used_rows(new, "milestones", "event")
    if len(events):
        heard = _heard(fit, seen, new, chosen)
        for place, name in enumerate(events["id"]):
            alone[name] = alone[name] + heard(events.iloc[[place]])
        together = together + heard(events)
    return alone, together


def _still_ahead(seen: Evidence, new: Evidence) -> set[str]:
    """New guidance that also says that its stage lies ahead: the latest word on what nobody has reported."""
    both = {
        part: pd.concat([used_rows(each, "milestones", part) for each in (seen, new)], ignore_index=True)
        for part in ("guidance", "event")
    }
    return set(still_ahead(both)["id"])


def _heard(fit: Fit, seen: Evidence, new: Evidence, chosen: NDArray[np.intp]) -> Any:
    """A function of new reports of events: the log likelihood of when they came, less that of the silence they end."""
    layout, observations = observe_beside(new, fit.layout, fit.priors, fit.policy)
    theta = {name: values[chosen] for name, values in extended(fit, fit.theta(), layout).items()}
    context = fit.context(theta, layout)
    world = structure(context)
    earlier = used_rows(seen, "milestones", "event")
    quiet = unreported(earlier, layout)

    def added(events: pd.DataFrame) -> Floats:
        every = pd.concat([earlier, events], ignore_index=True)
        ended = [stage for stage in quiet if stage not in set(unreported(every, layout))]
        first = first_reports(every)
        first = by_stage(first[first["id"].isin(events["id"])])
        keys: list[Stage] = [(str(v), str(g), str(s)) for v, g, s in first[["maker", "generation", "stage"]].to_numpy()]
        design = observations.design
        design["silence"] = pair_arrays(ended) | {"through": np.array(observations.observed_through)}
        published = decimal_years(first["published"])
        design["first_report"] = pair_arrays(keys) | {"published": published}
        found = likelihood(context, world, design)
        return np.asarray(found["first_report"].sum(axis=-1) - found["silence"].sum(axis=-1))

    return added
