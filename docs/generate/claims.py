"""Claims by their id, and what the tables of the model compare them with."""

from __future__ import annotations

from typing import Any

import xarray as xr

from hbm_model.core.dates import decimal_years
from hbm_model.core.industry import BASE_LAYERS
from hbm_model.evidence import Evidence
from hbm_model.evidence.selection import STAGES, used_rows

VOLUME_QUESTION = 2026 + 90 / 365
"""1 April 2026: CXMT's HBM3 had not reached volume by then, as several reports say."""


def bit_share(world: xr.Dataset, vendor: str, year: int) -> xr.DataArray:
    """A maker's share of the HBM bits that all makers ship in a year."""
    bits = world["bits"].sel(period=[f"{year}Q{i}" for i in range(1, 5)]).sum(["generation", "period"])
    return bits.sel(vendor=vendor) / bits.sum("vendor")


def find(evidence: Evidence, row: str) -> dict[str, Any]:
    """A claim by its id, with the table that it stands in."""
    for name in ("milestones", "yields", "capacity", "market"):
        rows = evidence.tables[name]
        found = rows[rows["id"] == row]
        if len(found):
            return {str(key): value for key, value in found.iloc[0].items()} | {"table": name}
    raise KeyError(row)


def documented(evidence: Evidence) -> dict[tuple[str, str], tuple[float, float, list[str]]]:
    """Earliest and latest end of the reported volume dates at base height, with their ids, by maker and generation.

    Reports that leave more than a year open tell of a start and no date.
    """
    rows = used_rows(evidence, "milestones", "event")
    base = rows["generation"].map(BASE_LAYERS).astype(float)
    rows = rows[(rows["stage"].map(STAGES) == "volume") & (rows["layers"].isna() | (rows["layers"] <= base))]
    rows = rows[(rows["date_end"] - rows["date_start"]).dt.days <= 366]
    ends = rows.assign(end=decimal_years(rows["date_end"])).groupby(["maker", "generation"])
    return {(str(m), str(g)): (d["end"].min(), d["end"].max(), list(d["id"])) for (m, g), d in ends}
