"""Other people's forecasts, as ``external_forecasts.csv`` keeps them, held against the same targets.

Points, ranges and date windows are taken at their word. A bare bound ("more than half") gives no point. What stands
under another definition or condition (the HBM4 market alone, one customer, a revenue, a ratio) has no target.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from hbm_model.core.dates import decimal_years
from hbm_model.core.industry import GENERATIONS
from hbm_model.evaluation.baselines.spread import DATES
from hbm_model.evaluation.scores import Floats

QUANTITIES = {
    "mass_production_started": "volume_date",
    "first_volume_shipment": "volume_date",
    "first_sample": "sample_date",
    "market_share": "revenue_share",
    "tsv_wafer_capacity": "hbm_wafers",
    "hbm_wafer_capacity": "hbm_wafers",
    "wafer_capacity": "dram_wafers",
    "wafer_output": "dram_wafers",
    "bit_shipments": "output",
    "yield": "node_yield",
}
"""Our quantity for theirs. Shares whose basis is not said are held against claims whose basis is not said, which count
as shares of revenue here."""
_WHOLE = ("all", "HBM")
"""What ``generation`` says of all of a maker's HBM."""
_DRAM = "DRAM"
"""How ``generation`` starts for commodity DRAM."""
_UNITS = {
    ("date window", "date"): None,
    ("%", "level"): 1.0,
    ("k wafers/month", "log"): 1.0,
    ("mn wafers", "log"): 1000.0 / 12.0,
    ("bn Gb", "log"): 1.0,
}
"""By unit and scale, what one of it is in our unit: points, thousand wafers a month, billion gigabits."""
_EDGE = 0.01
"""Years by which a target may miss the window."""


def coded(archive: pd.DataFrame) -> pd.DataFrame:
    """The forecasts that some target may match.

    Parameters
    ----------
    archive
        The vintage's table ``external_forecasts``.

    Returns
    -------
    pd.DataFrame
        With columns ``forecaster, quantity, vendor, generation`` and ``node`` ("" for all of it), ``published, start,
        end`` (decimal years), ``value``, and ``half`` (half of the range) in the score scale.
    """
    rows = archive[archive["quantity"].isin(QUANTITIES)]
    quantity = rows["quantity"].map(QUANTITIES)
    date = quantity.isin(DATES)
    scale = np.where(date, "date", np.where(quantity.isin(["hbm_wafers", "dram_wafers", "output"]), "log", "level"))
    known = np.array([pair in _UNITS for pair in zip(rows["unit"], scale, strict=True)], dtype=bool)
    dram = rows["generation"].str.startswith(_DRAM)
    ours = np.where(
        date,
        rows["generation"].isin(GENERATIONS),
        np.where(quantity.isin(["dram_wafers", "node_yield"]), dram, rows["generation"].isin(_WHOLE)),
    ).astype(bool)
    told = (date | (rows["low"].notna() & rows["high"].notna())).to_numpy()
    kept = known & ours & told
    rows, quantity, scale = rows[kept], quantity[kept], scale[kept]
    start, end = decimal_years(rows["target_start"]), decimal_years(rows["target_end"])
    factor = np.array([_UNITS[pair] or 1.0 for pair in zip(rows["unit"], scale, strict=True)])
    low, high = (rows[name].to_numpy(float) * factor for name in ("low", "high"))
    low, high = (np.where(scale == "log", np.log(np.where(scale == "log", x, 1.0)), x) for x in (low, high))
    low, high = np.where(scale == "date", start, low), np.where(scale == "date", end, high)
    return pd.DataFrame(
        {
            "forecaster": rows["forecaster"].to_numpy(str),
            "quantity": quantity.to_numpy(str),
            "vendor": rows["vendor"].str.lower().str.replace(" ", "_").to_numpy(str),
            "generation": np.where(scale == "date", rows["generation"], ""),
            "node": np.where(quantity == "node_yield", rows["generation"].str.removeprefix(_DRAM).str.strip(), ""),
            "published": decimal_years(rows["published"]),
            "start": start,
            "end": end,
            "value": (low + high) / 2,
            "half": (high - low) / 2,
        }
    )


def others(forecasts: pd.DataFrame, targets: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """What others said last of each target: centre, lead in years, and half of their range.

    Where several did, the mean of each forecaster's latest word; NaN where nobody did.

    Parameters
    ----------
    forecasts
        Of :func:`coded`, published by the origin.
    targets
        With the columns ``quantity, vendor, generation, series, time``.
    """
    found = np.full((len(targets), 3), np.nan)
    for i, (_, target) in enumerate(targets.iterrows()):
        rows = forecasts[(forecasts["quantity"] == target["quantity"]) & (forecasts["vendor"] == target["vendor"])]
        if target["quantity"] in DATES:
            rows = rows[rows["generation"] == target["generation"]]
            ahead = rows["value"]
        else:
            rows = rows[(rows["start"] - _EDGE <= target["time"]) & (target["time"] <= rows["end"] + _EDGE)]
            rows = rows[(rows["node"] == "") | (rows["node"] == target["series"].rsplit(":", 1)[-1])]
            ahead = target["time"]
        rows = rows.assign(lead=ahead - rows["published"]).sort_values("published")
        rows = rows.drop_duplicates("forecaster", keep="last")
        if len(rows):
            found[i] = rows[["value", "lead", "half"]].mean().to_numpy(float)
    return found[:, 0], found[:, 1], found[:, 2]
