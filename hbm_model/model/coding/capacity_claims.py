"""Wafers, capital spending and money raised, as logs or plain amounts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from hbm_model.core.arrays import Floats, interpolation
from hbm_model.core.dates import decimal_years
from hbm_model.core.industry import VENDORS
from hbm_model.model.claim_dates import capacity_time
from hbm_model.model.coding.coded import (
    CodedClaims,
    coded,
    lead_of_plans,
    log_interval,
    own_weights,
    share_interval,
)
from hbm_model.model.layout import Layout

CAPACITY = ["dram_wafers", "hbm_wafers", "hbm_share"]
DEFINITIONS = ["dram", "memory", "chip_division", "total", "samsung_total", "cxmt_total", "hbm", "ymtc_total"]
"""What capital-spending figures cover (see the prior ``spending_definition``)."""
DOLLARS = {"USD": 1.0, "KRW": 1 / 1364.0, "CNY": 1 / 7.02, "JPY": 1 / 156.0}
"""Constant exchange rates, from claims that give both currencies: 45 tn won as 33 bn dollars (inv177), 29.5 bn yuan as
4.2 bn dollars (the CXMT offering), 1.5 tn yen as 9.6 bn dollars (inv091)."""
USE_YEARS = 3
"""Years over which money raised is spent (CXMT's offering: 2026 to 2028)."""


def capacity(rows: pd.DataFrame, kind: str, layout: Layout) -> CodedClaims:
    """Log thousand wafers per month, or the logit of the HBM share of them.

    Parameters
    ----------
    rows
        Used claims of one kind.
    kind
        Out of ``CAPACITY``.
    layout
        Gives the knots and the entrants.
    """
    time = capacity_time(rows, kind)
    if kind == "hbm_wafers":  # the lines of one generation are the least that a maker has
        whole = rows["generation"].isin(["all HBM", "HBM"]) | rows["maker"].isin(layout.entrants)
        rows = rows.assign(bound=rows["bound"].where(whole, "lower"))
    low, high = share_interval(rows) if kind == "hbm_share" else log_interval(rows, 1e-3)
    packaging = rows["metric"].isin(["hbm_packaging_wpm", "fab_project_wpm"]).to_numpy()
    wafer_input = rows["publisher"].str.contains("Omdia").to_numpy() & ~packaging
    installed = ~packaging & ~wafer_input
    knots = layout.knots if kind == "dram_wafers" else layout.hbm_knots
    at = {
        "time": time,
        "ahead": lead_of_plans(rows, time),
        "plan": np.full(len(rows), int(kind != "dram_wafers")),
        "kind": np.array([installed, wafer_input, packaging], dtype=float) * (kind != "hbm_share"),
        "weights": own_weights(rows, interpolation(knots, time)),
    }
    return coded(rows, low, high, at)


def definition(row: Any) -> str:
    """What a capital-spending figure covers, out of ``DEFINITIONS``.

    Parameters
    ----------
    row
        One claim, with attributes ``metric`` and ``maker``.
    """
    metric = row.metric.removeprefix("capex_")
    if metric == "total" and row.maker in ("samsung", "cxmt"):
        return f"{row.maker}_total"
    return str(metric)


def _dollars(rows: pd.DataFrame) -> Floats:
    return np.asarray(rows["currency"].map(DOLLARS), dtype=float)


def _years(rows: pd.DataFrame) -> Floats:
    days = (rows["period_end"] - rows["period_start"]).dt.days.to_numpy(float)
    return np.asarray(np.maximum(days / 365.25, 0.1), dtype=float)


def spending(rows: pd.DataFrame, kind: str, layout: Layout) -> CodedClaims:
    """Log billion dollars a year over the years that a figure spans; a project is the least that a maker spends.

    Parameters
    ----------
    rows
        Used claims of one kind.
    kind
        ``spending`` or ``project``.
    layout
        Gives the spending years.
    """
    if kind == "project":
        covers = pd.Series("dram", index=rows.index, dtype="str")
        rows = rows.assign(bound="lower")
    else:
        covers = pd.Series([definition(row) for row in rows.itertuples()], index=rows.index, dtype="str")
    low, high = log_interval(rows, _dollars(rows) / _years(rows))
    first, last = decimal_years(rows["period_start"]), decimal_years(rows["period_end"])
    years = np.array(layout.spending_years, dtype=float)
    overlap = np.clip(np.minimum(last, years[:, None] + 1) - np.maximum(first, years[:, None]), 1e-3, None)
    at = {
        "weights": own_weights(rows, overlap / overlap.sum(axis=0)),
        "ahead": lead_of_plans(rows, (first + last) / 2),
        "definition": np.array([(covers == d).to_numpy(float) for d in DEFINITIONS]),
        "guess": (rows["origin"] != "company").to_numpy(float),
    }
    return coded(rows, low, high, at)


def raised(rows: pd.DataFrame, layout: Layout) -> Floats:
    """(vendor, spending year) billions of dollars raised outside, spread over the years of use.

    Parameters
    ----------
    rows
        Used claims of money raised; the latest of each claim group counts.
    layout
        Gives the spending years.
    """
    money = np.zeros((len(VENDORS), len(layout.spending_years)))
    latest = rows.sort_values("published").drop_duplicates(["claim_group"], keep="last")
    amounts = _dollars(latest) * latest[["low", "high"]].mean(axis=1).to_numpy(float) / USE_YEARS
    for maker, year, amount in zip(latest["maker"], latest["period_start"].dt.year, amounts, strict=True):
        first = int(year) - layout.spending_years[0]
        money[VENDORS.index(maker), max(first, 0) : max(first + USE_YEARS, 0)] += amount
    return money
