"""Shipments as logs, and shares of them as logits."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hbm_model.core.arrays import Floats
from hbm_model.core.dates import decimal_years
from hbm_model.core.industry import VENDORS
from hbm_model.model.coding.coded import (
    HALF_DAY,
    CodedClaims,
    coded,
    lead_of_plans,
    log_interval,
    middle_of,
    own_weights,
    share_interval,
)
from hbm_model.model.layout import Layout


def _quarter_weights(rows: pd.DataFrame, layout: Layout) -> Floats:
    """(quarter, claim) one for every quarter whose midpoint lies in the claim's period (the nearest if none does)."""
    first, last = decimal_years(rows["period_start"]), decimal_years(rows["period_end"]) + 2 * HALF_DAY
    quarters = layout.quarters[:, None]
    inside = (quarters >= first) & (quarters <= last)
    nearest = np.abs(quarters - (first + last) / 2).argmin(axis=0)
    empty = ~inside.any(axis=0)
    inside[nearest[empty], np.flatnonzero(empty)] = True
    return inside.astype(float)


def output(rows: pd.DataFrame, _kind: str, layout: Layout) -> CodedClaims:
    """Log billion gigabits over a period.

    Parameters
    ----------
    rows
        Used claims of output.
    _kind
        Not read.
    layout
        Gives the quarters.
    """
    rows = rows.reset_index(drop=True)
    low, high = log_interval(rows)
    at = {"weights": own_weights(rows, _quarter_weights(rows, layout)), "ahead": lead_of_plans(rows, middle_of(rows))}
    return coded(rows, low, high, at)


def shares(rows: pd.DataFrame, _kind: str, layout: Layout) -> CodedClaims:
    """Logits of shares of HBM bits or revenue over a period.

    Parameters
    ----------
    rows
        Used claims of one kind of share.
    _kind
        Not read.
    layout
        Gives the quarters.
    """
    low, high = share_interval(rows)
    weights = _quarter_weights(rows, layout)
    own = own_weights(rows, weights)
    at = {
        "own": own,
        "rest": np.tile(weights, (len(VENDORS), 1)) - own,
        "ahead": lead_of_plans(rows, middle_of(rows)),
        "unstated": (rows["metric"] == "hbm_share_basis_unknown").to_numpy(float),
    }
    return coded(rows, low, high, at)
