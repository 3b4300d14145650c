"""Milestones as dates, log lead times, and reports that something has not happened."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from hbm_model.core.dates import decimal_years
from hbm_model.core.industry import BASE_LAYERS, GENERATIONS
from hbm_model.evidence.selection import STAGES
from hbm_model.model.coding.coded import (
    HALF_DAY,
    CodedClaims,
    coded,
    codes_of,
)
from hbm_model.model.layout import Layout
from hbm_model.model.measurement import FREE_WINDOW_YEARS, LEAD_FLOOR, OPEN

STAGE_ORDER = ["sample", "qualified", "volume"]
IMPLIED_AHEAD = 0.5
"""What a target implies about the present is as soft as a report of delay half a year ahead."""
DATES = ("generation", "pair", "sampled", "qualified", "step")
"""Arrays of a claim about a date by which its true date is found."""


def milestones(rows: pd.DataFrame, kind: str, layout: Layout) -> CodedClaims:
    """Dates in decimal years; of guidance, the log of the lead time announced.

    Parameters
    ----------
    rows
        Used milestones of one kind.
    kind
        ``guidance``, ``not_yet`` (what is said not to have happened), ``event`` or ``claimed``.
    layout
        Gives the pairs.
    """
    start = decimal_years(rows["date_start"]) - HALF_DAY
    end = decimal_years(rows["date_end"]) + 2 * HALF_DAY
    published = decimal_years(rows["published"])
    stage = by_stage(rows)["stage"]
    layers = pd.to_numeric(rows["layers"], errors="coerce")
    base = rows["generation"].map(BASE_LAYERS).astype(float)
    at: dict[str, Any] = {
        "stage": np.array([STAGE_ORDER.index(s) for s in stage], dtype=np.intp),
        "sampled": (stage == "sample").to_numpy(float),
        "qualified": (stage == "qualified").to_numpy(float),
        "generation": codes_of(rows["generation"], GENERATIONS),
        "pair": codes_of(rows["maker"] + ":" + rows["generation"], layout.pairs),
        "step": np.maximum(np.asarray(layers.fillna(base) - base, dtype=float) / 4.0, 0.0),
        "published": published,
        "declared": ((rows["stage"] == "mass_production") & (rows["origin"] == "company")).to_numpy(float),
        "rumour": ((stage == "qualified") & (rows["origin"] == "insider")).to_numpy(float),
    }
    if kind == "guidance":
        low = np.where(start > published, np.log(np.maximum(start - published, 0.0) + LEAD_FLOOR), -OPEN)
        high = np.where(np.isnan(end), OPEN, np.log(np.maximum(end - published, 0.0) + LEAD_FLOOR))
    elif kind == "not_yet":
        at["seen"] = np.where(np.isnan(end), published, end)
        implied = np.asarray(rows["implied"].eq(True), dtype=float) if "implied" in rows else 0.0
        at["ahead"] = np.maximum(at["seen"] - published, 0.0) + IMPLIED_AHEAD * implied
        at["answer"] = np.ones(len(rows))
        low, high = at["seen"], np.full(len(rows), OPEN)
    else:
        low, high = start, end
        at["wrong"] = np.log(np.minimum((end - start) / FREE_WINDOW_YEARS, 1.0))
    return coded(rows, low, high, at)


def still_ahead(milestones: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The latest guidance for each stage that nobody has reported: a target also says that it has not happened yet.

    Parameters
    ----------
    milestones
        Used milestones by kind; ``guidance`` and ``event`` are read.
    """
    key = ["maker", "generation", "stage"]
    guidance = by_stage(milestones["guidance"]).sort_values("published").drop_duplicates(key, keep="last")
    reported = by_stage(milestones["event"])[key].drop_duplicates()
    ahead = guidance.merge(reported, on=key, how="left", indicator=True)
    ahead = ahead[ahead["_merge"] == "left_only"].drop(columns="_merge")
    return ahead.assign(date_end=ahead["published"], implied=True)


def by_stage(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with the clock's stage in place of the table's.

    Parameters
    ----------
    rows
        Milestones; left as they are.
    """
    return rows.assign(stage=rows["stage"].map(lambda stage: STAGES.get(stage, stage)))
