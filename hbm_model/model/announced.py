"""What the makers' guidance says if it is taken at its word."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from hbm_model.core.dates import decimal_years
from hbm_model.core.industry import BASE_LAYERS, GENERATIONS, VENDORS
from hbm_model.evidence import Evidence
from hbm_model.evidence.selection import STAGES, used_rows


def planned_dates(evidence: Evidence) -> xr.DataArray:
    """Volume date of each maker's generations as reported, else as last announced.

    The middle of the earliest report of what has happened. Where nothing has, the middle of the latest announced window
    (its start if it is open). NaN where nobody has said anything.

    Parameters
    ----------
    evidence
        The vintage.

    Returns
    -------
    xr.DataArray
        (vendor, generation) of decimal years.
    """
    told = pd.concat(
        [used_rows(evidence, "milestones", part).assign(part=part) for part in ("event", "guidance")], ignore_index=True
    )
    told = told[(told["stage"].map(STAGES) == "volume")]
    base = told["generation"].map(BASE_LAYERS).astype(float)
    told = told[told["layers"].isna() | (told["layers"] <= base)]
    start, end = decimal_years(told["date_start"]), decimal_years(told["date_end"])
    told = told.assign(middle=np.where(np.isnan(end), start, (start + end) / 2))
    grid = np.full((len(VENDORS), len(GENERATIONS)), np.nan)
    for (maker, generation), rows in told.groupby(["maker", "generation"]):
        events = rows[rows["part"] == "event"]
        latest = rows.sort_values("published").iloc[-1]["middle"]
        grid[VENDORS.index(str(maker)), GENERATIONS.index(str(generation))] = (
            events["middle"].min() if len(events) else latest
        )
    return xr.DataArray(grid, dims=("vendor", "generation"), coords={"vendor": VENDORS, "generation": GENERATIONS})
