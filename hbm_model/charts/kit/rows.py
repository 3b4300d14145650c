"""Tidy rows behind the charts: forecast quantiles and the claims that the model uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from hbm_model.core import quantities
from hbm_model.core.dates import decimal_years
from hbm_model.evidence.selection import used_rows
from hbm_model.model.claim_dates import capacity_time, claim_time, is_ahead
from hbm_model.policy.scenarios import BASELINE

if TYPE_CHECKING:
    from hbm_model.evidence import Evidence

KEYS = ["layer", "quantity", "vendor", "generation", "period"]
QUANTILES = list(quantities.QUANTILES)
CLAIM = ["id", "origin", "status", "published", "low", "high", "bound", "start", "end", "when", "hollow"]


class Framed(Protocol):
    """A forecast, or a stored run: what has the frame of quantiles."""

    @property
    def frame(self) -> pd.DataFrame:
        """One row per scenario, quantity, maker, generation, height and quarter."""


class StoredForecast(Framed, Protocol):
    """A forecast with the run that it belongs to: what charts ask of a :class:`hbm_model.StoredRun`."""

    @property
    def run_id(self) -> str:
        """Start time and inputs."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What the run was made from: its ``as_of`` date, and whether it was ``quick``."""


def quantile_rows(forecast: Framed, quantity: str, layer: str = "forecast") -> pd.DataFrame:
    """Quantiles of one quantity of the baseline; no rows if it is defined nowhere.

    Parameters
    ----------
    forecast
        Forecast or stored run.
    quantity
        Name of the quantity.
    layer
        Put into the column ``layer``: what the rows are in the chart.
    """
    rows = scenario_rows(forecast, quantity, layer)
    rows = rows[rows["scenario"] == BASELINE].drop(columns="scenario")
    return rows.reset_index(drop=True)


def scenario_rows(forecast: Framed, quantity: str, layer: str = "forecast") -> pd.DataFrame:
    """Quantiles of one quantity of every scenario, in the forecast's order, with a first column ``scenario``.

    Parameters
    ----------
    forecast
        Forecast or stored run.
    quantity
        Name of the quantity.
    layer
        Put into the column ``layer``: what the rows are in the chart.
    """
    table = forecast.frame[forecast.frame["quantity"] == quantity]
    columns = ["scenario", *KEYS, "layers", "unit", *QUANTILES, "prob_never"]
    return pd.DataFrame(table.assign(layer=layer), columns=columns).reset_index(drop=True)


def level_claims(evidence: Evidence, table: str, part: str) -> pd.DataFrame:
    """Used claims of a level (yield, capacity, share), in the table's own unit, dated by the model's own rules.

    Parameters
    ----------
    evidence
        From :func:`hbm_model.load_evidence`.
    table
        Table of the evidence: ``yields``, ``capacity`` or ``market``.
    part
        Part of the model that uses the claims, like ``hbm_wafers``.
    """
    rows = used_rows(evidence, table, part)
    start, end = decimal_years(rows["period_start"]), decimal_years(rows["period_end"])
    when = capacity_time(rows, part) if table == "capacity" else claim_time(rows)
    claims = rows.assign(layer="claim", quantity=rows["metric"], vendor=rows["maker"], period="")
    claims = claims.assign(start=start, end=end, when=when, hollow=is_ahead(rows))
    if "generation" not in claims:
        claims["generation"] = ""
    return claims[[*KEYS, *CLAIM]]


def year_ends(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of fourth quarters, or all rows where there are none.

    Parameters
    ----------
    table
        Rows with ``period``, like ``2028Q4``.
    """
    ends = table[table["period"].astype(str).str.endswith("Q4")]
    return ends if len(ends) else table


def stacked(parts: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    """Layers of a chart end to end, with the chart's columns, empty where a layer has none.

    Parameters
    ----------
    parts
        Tables of the layers; empty ones are left out.
    columns
        Columns of the chart, in order.
    """
    filled = [part.astype(object) for part in parts if len(part)]
    whole = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()
    return whole.reindex(columns=list(columns)).infer_objects()
