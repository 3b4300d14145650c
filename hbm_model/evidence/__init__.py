"""The evidence: who said what, when, read from a data folder, checked, corrected and cut to a vintage."""

from hbm_model.core.data import bundled_data
from hbm_model.core.errors import Problem, describe
from hbm_model.evidence.check import check_data
from hbm_model.evidence.load import Evidence, divided, load_evidence, unseen

__all__ = ["Evidence", "Problem", "bundled_data", "check_data", "describe", "divided", "load_evidence", "unseen"]
