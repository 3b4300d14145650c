"""Rows of evidence as arrays in the likelihood's own scales: a module for each part of the evidence."""

from hbm_model.model.coding.capacity_claims import (
    CAPACITY,
    DEFINITIONS,
    DOLLARS,
    USE_YEARS,
    capacity,
    definition,
    raised,
    spending,
)
from hbm_model.model.coding.coded import CodedClaims, Ints
from hbm_model.model.coding.milestone_claims import DATES, IMPLIED_AHEAD, STAGE_ORDER, by_stage, milestones, still_ahead
from hbm_model.model.coding.output_claims import output, shares
from hbm_model.model.coding.yield_claims import hbm_yields, node, node_yields, nodes

__all__ = [
    "CAPACITY",
    "DATES",
    "DEFINITIONS",
    "DOLLARS",
    "IMPLIED_AHEAD",
    "STAGE_ORDER",
    "USE_YEARS",
    "CodedClaims",
    "Ints",
    "by_stage",
    "capacity",
    "definition",
    "hbm_yields",
    "milestones",
    "node",
    "node_yields",
    "nodes",
    "output",
    "raised",
    "shares",
    "spending",
    "still_ahead",
]
