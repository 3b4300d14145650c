"""How far Chinese makers of high-bandwidth memory are behind the Korean ones, in what sense, and when that ends.

>>> import hbm_model as hbm
>>> evidence = hbm.load_evidence(as_of="2026-06-30")
>>> fit = hbm.fit(evidence)
>>> forecast = hbm.forecast(fit, horizon="2032Q4")
>>> forecast.table("frontier_lag")

Public names are loaded on first use: PyMC takes seconds to import, and `hbm-model --help` must not wait for it.
"""

import importlib
from typing import TYPE_CHECKING, Any

from hbm_model.core.version import __version__

if TYPE_CHECKING:
    from hbm_model import charts
    from hbm_model.analysis.assess import assess
    from hbm_model.core.errors import GateError, HbmError, InputError, StoreError, StoreLockedError
    from hbm_model.evidence import Evidence, check_data, load_evidence
    from hbm_model.forecasting.forecast import Forecast, forecast
    from hbm_model.inference.fit import Fit, FitSettings, fit, load_fit
    from hbm_model.store.stored import StoredRun, load_run, runs

__all__ = [
    "Evidence",
    "Fit",
    "FitSettings",
    "Forecast",
    "GateError",
    "HbmError",
    "InputError",
    "StoreError",
    "StoreLockedError",
    "StoredRun",
    "__version__",
    "assess",
    "charts",
    "check_data",
    "fit",
    "forecast",
    "load_evidence",
    "load_fit",
    "load_run",
    "runs",
]

_HOME = {
    **dict.fromkeys(("GateError", "HbmError", "InputError", "StoreError", "StoreLockedError"), "hbm_model.core.errors"),
    **dict.fromkeys(("Evidence", "check_data", "load_evidence"), "hbm_model.evidence"),
    **dict.fromkeys(("Fit", "FitSettings", "fit", "load_fit"), "hbm_model.inference.fit"),
    **dict.fromkeys(("Forecast", "forecast"), "hbm_model.forecasting.forecast"),
    "assess": "hbm_model.analysis.assess",
    **dict.fromkeys(("StoredRun", "load_run", "runs"), "hbm_model.store.stored"),
}


def __getattr__(name: str) -> Any:
    if name == "charts":
        return importlib.import_module("hbm_model.charts")
    if name not in _HOME:
        raise AttributeError(f"module 'hbm_model' has no attribute '{name}'")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
