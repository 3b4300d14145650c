"""Statistical time series models for series long enough: exponential smoothing, ARIMA, unobserved components.

The claims of a series are averaged by quarter, and quarters without one are interpolated. Each family has a few forms,
of which the one with the smallest AICc is taken. Centre and spread are those of statsmodels' own prediction. A single
claim is noisier than the mean of a quarter: the spread of claims about their quarter's mean is added.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from hbm_model.evaluation.baselines.spread import Outlook, usual
from hbm_model.evaluation.scores import Floats

SHORTEST = 6
"""Fewest distinct quarters with claims."""
_QUARTERS = 4
_MOST_TAILS = 30.0


Fitted = tuple[float, int, Callable[[int], tuple[Floats, Floats]]]
"""AICc, number of parameters, and the means and standard errors of so many steps ahead."""


def ets(history: pd.DataFrame, targets: pd.DataFrame) -> Outlook:
    """Exponential smoothing with additive errors: without trend, with a trend, with a damped one.

    Parameters
    ----------
    history, targets
        As for :func:`hbm_model.evaluation.baselines.all_of`.
    """
    return _outlook(history, targets, _ets)


def arima(history: pd.DataFrame, targets: pd.DataFrame) -> Outlook:
    """ARIMA (0,1,0), (1,1,0), (0,1,1), each with and without drift.

    Parameters
    ----------
    history, targets
        As for :func:`hbm_model.evaluation.baselines.all_of`.
    """
    return _outlook(history, targets, _arima)


def unobserved_components(history: pd.DataFrame, targets: pd.DataFrame) -> Outlook:
    """Structural models: local level, random walk with drift, local level with a fixed or a moving slope.

    Parameters
    ----------
    history, targets
        As for :func:`hbm_model.evaluation.baselines.all_of`.
    """
    return _outlook(history, targets, _components)


def _ets(y: Floats) -> Iterator[Fitted]:
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    for trend, damped in ((None, False), ("add", False), ("add", True)):
        # A Series: of an array, its predictions look for labels that are not there.
        model = ETSModel(pd.Series(y), error="add", trend=trend, damped_trend=damped, initialization_method="estimated")
        yield from _fitted(partial(model.fit, disp=False), _ets_ahead, len(y))


def _ets_ahead(result: Any, steps: int) -> tuple[Floats, Floats]:
    n = result.nobs
    found = result.get_prediction(start=n, end=n + steps - 1)
    return np.asarray(found.predicted_mean, dtype=float), np.sqrt(np.asarray(found.forecast_variance, dtype=float))


def _arima(y: Floats) -> Iterator[Fitted]:
    from statsmodels.tsa.arima.model import ARIMA

    for order in ((0, 1, 0), (1, 1, 0), (0, 1, 1)):
        for trend in ("n", "t"):
            yield from _fitted(ARIMA(y, order=order, trend=trend).fit, _state_space_ahead, len(y))


def _components(y: Floats) -> Iterator[Fitted]:
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    for level in ("llevel", "rwdrift", "lldtrend", "lltrend"):
        model = UnobservedComponents(y, level=level)
        yield from _fitted(partial(model.fit, disp=False), _state_space_ahead, len(y))


def _state_space_ahead(result: Any, steps: int) -> tuple[Floats, Floats]:
    found = result.get_forecast(steps)
    return np.asarray(found.predicted_mean, dtype=float), np.asarray(found.se_mean, dtype=float)


def _fitted(fit: Callable[[], Any], ahead: Callable[[Any, int], tuple[Floats, Floats]], n: int) -> Iterator[Fitted]:
    """The fitted form, unless its optimiser failed or it has too many parameters for the series."""
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    with warnings.catch_warnings(), np.errstate(divide="raise"):  # a perfect fit: the log of no error at all
        warnings.simplefilter("error", ConvergenceWarning)
        # Only where the optimiser starts, which it says itself.
        warnings.filterwarnings("ignore", message="Non-(stationary|invertible) starting", category=UserWarning)
        warnings.filterwarnings("ignore", message="Too few observations to estimate starting", category=UserWarning)
        try:
            result = fit()
        except (ConvergenceWarning, FloatingPointError, np.linalg.LinAlgError):
            return
    k = len(result.params)
    if n - k - 1 > 0 and np.isfinite(result.llf):
        yield -2 * result.llf + 2 * k * n / (n - k - 1), k, lambda steps: ahead(result, steps)


def _outlook(history: pd.DataFrame, targets: pd.DataFrame, family: Callable[[Floats], Iterator[Fitted]]) -> Outlook:
    """A Student-t at each target whose series is long enough."""
    centre, scale, tails = (np.full(len(targets), np.nan) for _ in range(3))
    came = history[(history["status"] == "actual") & history["time"].notna()]
    came = came.assign(quarter=np.floor(came["time"] * _QUARTERS).astype(int))
    noise = {quantity: _noise(rows, str(quantity)) for quantity, rows in came.groupby("quantity")}
    asked = targets.reset_index(drop=True)
    for name, wanted in asked[asked["time"].notna()].groupby("series"):
        y = came[came["series"] == name].groupby("quarter")["value"].mean()
        if len(y) < SHORTEST:
            continue
        grid = y.reindex(range(y.index[0], y.index[-1] + 1)).interpolate()
        with threadpool_limits(1):  # matrices this small are only slowed down by threads that wait for each other
            forms = list(family(grid.to_numpy(float)))
        if not forms:
            continue
        _, k, ahead = min(forms, key=lambda form: form[0])
        steps = np.maximum(np.floor(wanted["time"] * _QUARTERS).astype(int) - y.index[-1], 1).to_numpy()
        mean, error = ahead(int(steps.max()))
        at = wanted.index.to_numpy()
        centre[at] = mean[steps - 1]
        scale[at] = np.hypot(error[steps - 1], noise[wanted["quantity"].iloc[0]])
        tails[at] = min(max(len(y) - k, 3.0), _MOST_TAILS)
    return Outlook(centre, scale, tails)


def _noise(rows: pd.DataFrame, quantity: str) -> float:
    """Spread of the claims of a quantity about the mean of their series and quarter, at least a rounding step."""
    groups = rows.groupby(["series", "quarter"])["value"]
    away = rows["value"] - groups.transform("mean")
    free = len(rows) - groups.ngroups
    return max(usual(quantity)[0], float(np.sqrt((away**2).sum() / free)) if free else 0.0)
