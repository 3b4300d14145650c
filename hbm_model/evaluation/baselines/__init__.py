"""What simple forecasters would have said: the baselines that a model has to beat.

Each is as good as its idea allows without hindsight: its point from what was known at the origin, its spread from how
wrong the same rule was before that (``spread``), so that it is not beaten for being sure of itself.

=========================  =========================================================================================
`guidance`                 what was announced last, at its word
`last`                     the last value, or the last lag of a date, stays
`drift`                    the series' slope, or the maker's own cadence, goes on
`ets`                      statsmodels: exponential smoothing (series with six quarters of claims or more)
`arima`                    statsmodels: ARIMA, likewise
`unobserved_components`    statsmodels: structural time series, likewise
`experience_curve`         least squares of log loss or log level on the log of elapsed time
`others`                   what other forecasters published, at their word
=========================  =========================================================================================
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from hbm_model.evaluation.baselines import rules, timeseries
from hbm_model.evaluation.baselines.experience import experience_curve
from hbm_model.evaluation.baselines.published_forecasts import coded, others
from hbm_model.evaluation.baselines.rules import Rule
from hbm_model.evaluation.baselines.spread import Outlook, Spread, learn, predictive
from hbm_model.evaluation.scores import Floats, Predictive

RULES: dict[str, Rule] = {
    "guidance": rules.guidance,
    "last": rules.last,
    "drift": rules.drift,
    "experience_curve": experience_curve,
}
MODELS = {
    "ets": timeseries.ets,
    "arima": timeseries.arima,
    "unobserved_components": timeseries.unobserved_components,
}
BASELINES = (*RULES, *MODELS, "others")
SAMPLES = 1000


def all_of(
    history: pd.DataFrame, targets: pd.DataFrame, archive: pd.DataFrame, m: int = SAMPLES
) -> dict[str, Predictive]:
    """What every baseline says of the targets of one origin, by name.

    Parameters
    ----------
    history
        What was known at the origin (:func:`hbm_model.evaluation.history.history`).
    targets
        With ``quantity, series, vendor, generation, time, origin, low, high``; all of one origin.
    archive
        The vintage's table ``external_forecasts``.
    m
        Samples a target.

    Raises
    ------
    ValueError
        If the targets are of several origins: what is known differs.
    """
    origins = targets["origin"].unique()
    if len(origins) > 1:
        raise ValueError(f"targets of {len(origins)} origins: ask of one origin at a time")
    told = {name: by_rule(rule, history, targets) for name, rule in RULES.items()}
    told |= {name: model(history, targets) for name, model in MODELS.items()}
    told["others"] = by_others(history, targets, archive)
    return {name: predictive(told[name], targets, m) for name in BASELINES}


def by_rule(rule: Rule, history: pd.DataFrame, targets: pd.DataFrame) -> Outlook:
    """A rule's point on each target, with the spread of the rule's past errors on the same quantity.

    Parameters
    ----------
    rule
        One of :data:`RULES`.
    history, targets
        As for :func:`all_of`.
    """
    centre, lead = (np.full(len(targets), np.nan) for _ in range(2))
    for quantity in targets["quantity"].unique():
        here = (targets["quantity"] == quantity).to_numpy()
        centre[here], lead[here] = rule(history[history["quantity"] == quantity], targets[here])
    return _spread_out(rule, history, targets, centre, lead)


def by_others(history: pd.DataFrame, targets: pd.DataFrame, archive: pd.DataFrame) -> Outlook:
    """Other people's points, with the spread of guidance on the same quantity, and a wider one where they gave a range.

    Parameters
    ----------
    history, targets, archive
        As for :func:`all_of`.
    """
    centre, lead, half = others(coded(archive), targets)
    made = _spread_out(rules.guidance, history, targets, centre, lead)
    return Outlook(made.centre, np.hypot(made.scale, half / np.sqrt(3.0)), made.tails)


def _spread_out(rule: Rule, history: pd.DataFrame, targets: pd.DataFrame, centre: Floats, lead: Floats) -> Outlook:
    scale, tails = np.full(len(targets), np.nan), np.full(len(targets), np.nan)
    said = ~np.isnan(centre)
    for quantity in targets["quantity"][said].unique():
        here = said & (targets["quantity"] == quantity).to_numpy()
        spread = spread_of(rule, history, str(quantity), float(targets["origin"].iloc[0]))
        scale[here], tails[here] = spread.scale(lead[here]), spread.tails
    return Outlook(centre, scale, tails)


def spread_of(rule: Rule, history: pd.DataFrame, quantity: str, now: float) -> Spread:
    """How wrong a rule has been on a quantity by now.

    Parameters
    ----------
    rule
        One of :data:`RULES`.
    history
        As for :func:`all_of`.
    quantity
        A quantity of the history.
    now
        The origin, in decimal years.
    """
    rows = history[history["quantity"] == quantity].reset_index(drop=True)
    return learn(rules.past_errors(rule, rows, now), quantity)
