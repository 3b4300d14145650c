"""Yields of HBM and of commodity DRAM as logits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from hbm_model.core.arrays import Floats
from hbm_model.core.industry import BASE_LAYERS, GENERATIONS
from hbm_model.evidence.selection import NODE_OF_CXMT
from hbm_model.model.claim_dates import claim_time
from hbm_model.model.coding.coded import (
    ROUNDING,
    CodedClaims,
    coded,
    codes_of,
)
from hbm_model.model.layout import Layout
from hbm_model.model.measurement import OPEN


def node(row: Any) -> str:
    """``vendor:node`` series of a commodity DRAM yield claim.

    Parameters
    ----------
    row
        One row of :func:`nodes`, with attributes ``maker``, ``dram_node`` and ``generation``.
    """
    if row.maker == "cxmt":
        return f"cxmt:{NODE_OF_CXMT.get(row.dram_node, row.dram_node)}"
    return f"{row.maker}:{row.dram_node or row.generation}"


def nodes(rows: pd.DataFrame) -> pd.Series[str]:
    """``vendor:node`` series of commodity DRAM yield claims.

    Parameters
    ----------
    rows
        Used yields of kind ``node_yield``.
    """
    return pd.Series([node(row) for row in rows.itertuples()], index=rows.index, dtype="str")


def _yield_interval(rows: pd.DataFrame) -> tuple[Floats, Floats]:
    """Logit interval of a yield claim, widened by rounding; a bound is open on its other side."""
    low, high = rows["low"].to_numpy(float) / 100, rows["high"].to_numpy(float) / 100
    edge = ROUNDING["yield"]

    def logit(x: Floats) -> Floats:
        inside = np.clip(x, 0.005, 0.995)
        return np.asarray(np.log(inside) - np.log1p(-inside))

    bound = rows["bound"].to_numpy(str)
    lower = np.where((bound == "upper") | ~(low - edge > 0), -OPEN, logit(np.nan_to_num(low) - edge))
    upper = np.where((bound == "lower") | ~(high + edge < 1), OPEN, logit(np.nan_to_num(high, nan=1.0) + edge))
    return lower, upper


def hbm_yields(rows: pd.DataFrame, _kind: str, _layout: Layout) -> CodedClaims:
    """Logits of HBM yields, with which losses each one counts.

    Parameters
    ----------
    rows
        Used yields of kind ``hbm_yield``.
    _kind, _layout
        Not read.
    """
    low, high = _yield_interval(rows)
    base = rows["generation"].map(BASE_LAYERS).astype(float)
    layers = pd.to_numeric(rows["layers"], errors="coerce").fillna(base)
    at = {
        "generation": codes_of(rows["generation"], GENERATIONS),
        "layers": layers.to_numpy(float),
        "time": claim_time(rows),
        "die": rows["metric"].isin(["die_yield", "final_yield", "test_yield"]).to_numpy(float),
        "stack": rows["metric"].isin(["stack_yield", "tsv_yield", "final_yield"]).to_numpy(float),
        "test": (rows["metric"] == "test_yield").to_numpy(float),
        "tsv": (rows["metric"] == "tsv_yield").to_numpy(float),
    }
    return coded(rows, low, high, at)


def node_yields(rows: pd.DataFrame, _kind: str, layout: Layout) -> CodedClaims:
    """Logits of commodity DRAM die yields by node.

    Parameters
    ----------
    rows
        Used yields of kind ``node_yield``.
    _kind
        Not read.
    layout
        Gives the nodes.
    """
    low, high = _yield_interval(rows)
    at = {
        "node": codes_of(nodes(rows), layout.nodes),
        "time": claim_time(rows),
        "test": (rows["metric"] == "test_yield").to_numpy(float),
    }
    return coded(rows, low, high, at)
