"""The evidence: who said what, when, read from a data folder, checked, corrected and cut to a vintage.

What needs pandas is loaded on first use: a data folder is checked without it.
"""

import importlib
from typing import TYPE_CHECKING, Any

from hbm_model.core.data import bundled_data
from hbm_model.core.errors import Problem, describe
from hbm_model.evidence.check import check_data

if TYPE_CHECKING:
    from hbm_model.evidence.load import Evidence, divided, load_evidence, unseen

__all__ = ["Evidence", "Problem", "bundled_data", "check_data", "describe", "divided", "load_evidence", "unseen"]

_FRAMES = ("Evidence", "divided", "load_evidence", "unseen")


def __getattr__(name: str) -> Any:
    if name not in _FRAMES:
        raise AttributeError(f"module 'hbm_model.evidence' has no attribute '{name}'")
    value = getattr(importlib.import_module("hbm_model.evidence.load"), name)
    globals()[name] = value
    return value
