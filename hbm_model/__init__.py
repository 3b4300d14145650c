"""How far Chinese makers of high-bandwidth memory are behind the Korean ones, in what sense, and when that ends.

>>> import hbm_model as hbm
>>> evidence = hbm.load_evidence(as_of="2026-06-30")
>>> fit = hbm.fit(evidence)
>>> forecast = hbm.forecast(fit, horizon="2032Q4")
>>> forecast.table("frontier_lag")

Public names are loaded on first use: PyMC takes seconds to import, and `hbm-model --help` must not wait for it.
"""

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hbm_model import charts
    from hbm_model.assess import assess
    from hbm_model.errors import GateError, HbmError, InputError, StoreError, StoreLockedError
    from hbm_model.evidence import Evidence, check_data, load_evidence
    from hbm_model.fit import Fit, FitSettings, fit, load_fit
    from hbm_model.forecast import Forecast, forecast
    from hbm_model.stored import StoredRun, load_run, runs

__version__ = "0.1.0"

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
    **dict.fromkeys(("GateError", "HbmError", "InputError", "StoreError", "StoreLockedError"), "hbm_model.errors"),
    **dict.fromkeys(("Evidence", "check_data", "load_evidence"), "hbm_model.evidence"),
    **dict.fromkeys(("Fit", "FitSettings", "fit", "load_fit"), "hbm_model.fit"),
    **dict.fromkeys(("Forecast", "forecast"), "hbm_model.forecast"),
    "assess": "hbm_model.assess",
    **dict.fromkeys(("StoredRun", "load_run", "runs"), "hbm_model.stored"),
}


class _Package(ModuleType):
    """Keep `hbm_model.fit` and `hbm_model.forecast` the functions, also once the modules of those names are loaded.

    Importing a submodule binds it to its package under its own name, which would hide the function behind the module
    for whoever imports in the other order.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, ModuleType) and _HOME.get(name) == value.__name__:
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


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
