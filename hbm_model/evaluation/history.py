"""History: what had been claimed of levels, dates and lags by a day, as tidy rows in the scale of scores.

Baselines go by it, and a backtest's targets are taken from it. Yields and shares are in points, wafers (thousand a
month) and output (billion gigabits) in logs, dates and lags in years.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from hbm_model.core.dates import decimal_years
from hbm_model.core.industry import BASE_LAYERS, BLOC_OF, GENERATIONS
from hbm_model.evidence import Evidence
from hbm_model.evidence.selection import used_rows
from hbm_model.model import coding
from hbm_model.model.claim_dates import claim_time
from hbm_model.model.kinds import BY_GENERATION, KINDS, LEVELS

HISTORY_COLUMNS = [
    "quantity", "series", "vendor", "bloc", "generation", "time", "value", "published", "status"
]  # fmt: skip
QUANTITIES = {name: kind for name, kind in KINDS.items() if kind.scale in LEVELS}
"""Kinds of claims about a quantity that has a value at a time."""
PERCENT = tuple(name for name, kind in QUANTITIES.items() if kind.scale == "percent")
"""Quantities that are scored in points."""
_HALF_MONTH = 0.04
"""Half of the narrowest window, in years, that a date is scored in: forecasts are not held to a day."""


def history(seen: Evidence) -> pd.DataFrame:
    """What baselines go by: everything of a vintage that targets may continue, with ``HISTORY_COLUMNS``.

    Parameters
    ----------
    seen
        The vintage of the origin.
    """
    dates = date_rows(seen).assign(status="actual")
    parts = [level_rows(seen), *(_dated(rows) for rows in (dates, guidance_rows(seen))), lag_rows(seen)]
    frame = pd.concat([rows for rows in parts if len(rows)], ignore_index=True)
    frame["bloc"] = frame["vendor"].map(BLOC_OF).fillna("world")
    return frame[HISTORY_COLUMNS].sort_values(["quantity", "series", "published"], ignore_index=True)


def _dated(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(series=rows["quantity"] + ":" + rows["vendor"] + ":" + rows["generation"], time=np.nan)


def level_rows(evidence: Evidence) -> pd.DataFrame:
    """Used claims of levels as rows with ``id`` and the columns that targets and history share.

    Parameters
    ----------
    evidence
        A vintage, or the claims of it that are new (:func:`hbm_model.evidence.unseen`).
    """
    return pd.concat([_level(evidence, quantity) for quantity in QUANTITIES], ignore_index=True)


def _level(evidence: Evidence, quantity: str) -> pd.DataFrame:
    kind = QUANTITIES[quantity]
    rows = pd.concat([used_rows(evidence, table, quantity) for table in kind.tables], ignore_index=True)
    rows = rows[(rows["bound"] == "none") & rows["low"].notna() & rows["high"].notna()]
    if quantity == "node_yield":
        rows["series"] = coding.nodes(rows)
    elif quantity in BY_GENERATION:
        rows["series"] = rows["maker"] + ":" + rows["generation"] + ":" + rows["metric"]
    else:
        rows["series"] = rows["maker"] + ":" + rows["metric"]
    middle = rows[["low", "high"]].mean(axis=1)
    value = middle if quantity in PERCENT else np.log(middle * (1e-3 if kind.scale == "wafers" else 1.0))
    generation = rows["generation"].where(rows["generation"].isin(GENERATIONS), "")
    return pd.DataFrame(
        {
            "id": rows["id"],
            "group": rows["claim_group"],
            "quantity": quantity,
            "vendor": rows["maker"],
            "generation": generation if quantity in BY_GENERATION else "",
            "series": quantity + ":" + rows["series"],
            "time": claim_time(rows),
            "published": decimal_years(rows["published"]),
            "value": value,
            "status": rows["status"].where(rows["status"] == "actual", "guidance").astype(str),
            "source": rows["publisher"],
        }
    )


def date_rows(evidence: Evidence) -> pd.DataFrame:
    """One row per sampled or shipped product at its base height: the claim with the narrowest window, if any.

    Parameters
    ----------
    evidence
        A vintage.
    """
    rows = coding.by_stage(used_rows(evidence, "milestones", "event"))
    base = rows["generation"].map(BASE_LAYERS)
    rows = rows[(rows["stage"] != "qualified") & ~(pd.to_numeric(rows["layers"], errors="coerce") > base)]
    rows = rows.assign(low=decimal_years(rows["date_start"]), high=decimal_years(rows["date_end"]))
    rows = rows.assign(width=rows["high"] - rows["low"]).sort_values(["width", "published", "id"])
    rows = rows.drop_duplicates(["maker", "generation", "stage"])
    middle = (rows["low"] + rows["high"]) / 2
    return pd.DataFrame(
        {
            "id": rows["id"],
            "group": rows["claim_group"],
            "quantity": rows["stage"] + "_date",
            "vendor": rows["maker"],
            "generation": rows["generation"],
            "published": decimal_years(rows["published"]),
            "value": middle,
            "low": np.minimum(rows["low"], middle - _HALF_MONTH),
            "high": np.maximum(rows["high"], middle + _HALF_MONTH),
            "origin_kind": rows["origin"],
            "declared": (rows["stage"] == "volume") & (rows["origin"] == "company"),
            "source": rows["publisher"],
        }
    ).reset_index(drop=True)


def guidance_rows(evidence: Evidence) -> pd.DataFrame:
    """Announced dates of sampling and volume at base height, as rows of history.

    Parameters
    ----------
    evidence
        A vintage.
    """
    rows = coding.by_stage(used_rows(evidence, "milestones", "guidance"))
    base = rows["generation"].map(BASE_LAYERS)
    rows = rows[(rows["stage"] != "qualified") & ~(pd.to_numeric(rows["layers"], errors="coerce") > base)]
    rows = rows[rows["date_end"].notna()]
    middle = (decimal_years(rows["date_start"]) + decimal_years(rows["date_end"])) / 2
    published = decimal_years(rows["published"])
    return pd.DataFrame(
        {
            "quantity": rows["stage"] + "_date",
            "vendor": rows["maker"],
            "generation": rows["generation"],
            "value": np.maximum(middle, published),
            "published": published,
            "status": "guidance",
        }
    )


def lag_rows(evidence: Evidence) -> pd.DataFrame:
    """Statements of how many years China's makers of HBM are behind, without a condition ("if CXMT ships ...").

    The generation is the first that the statement names; none if it speaks of HBM at large.

    Parameters
    ----------
    evidence
        A vintage, or the claims of it that are new (:func:`hbm_model.evidence.unseen`).
    """
    rows = evidence.tables["policy_effects"]
    rows = rows[(rows["quantity"] == "lag_years_hbm") & rows["affected"].str.contains("cxmt|xmc")]
    rows = rows[~rows["note"].str.contains(r"\bIf\b|\bif\b|targets|planned") & rows["high"].notna()]
    rows = rows.sort_values(["published", "id"]).drop_duplicates("claim_group")
    published = decimal_years(rows["published"])
    return pd.DataFrame(
        {
            "id": rows["id"],
            "group": rows["claim_group"],
            "quantity": "lag",
            "vendor": "cxmt",
            "generation": rows["note"].str.extract(r"(HBM\d\w?)", expand=False).fillna(""),
            "series": "lag:cxmt",
            "time": published,
            "published": published,
            "value": rows[["low", "high"]].mean(axis=1),
            "low": rows["low"] - 0.5,
            "high": rows["high"] + 0.5,
            "status": "actual",
            "source": rows["publisher"],
        }
    ).reset_index(drop=True)
