"""Rows of evidence as arrays in the likelihood's own scales, table by table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hbm_model.core.arrays import Floats, interpolation
from hbm_model.core.dates import decimal_years
from hbm_model.core.industry import BASE_LAYERS, BLOC_OF, BLOCS, GENERATIONS, ORIGINS, VENDORS
from hbm_model.evidence.selection import NODE_OF_CXMT, STAGES
from hbm_model.model.claim_dates import capacity_time, claim_time, is_ahead
from hbm_model.model.layout import Layout
from hbm_model.model.measurement import FREE_WINDOW_YEARS, LEAD_FLOOR, OPEN

Ints = NDArray[np.intp]
CAPACITY = ["dram_wafers", "hbm_wafers", "hbm_share"]
STAGE_ORDER = ["sample", "qualified", "volume"]
DEFINITIONS = ["dram", "memory", "chip_division", "total", "samsung_total", "cxmt_total", "hbm", "ymtc_total"]
"""What capital-spending figures cover (see the prior ``spending_definition``)."""
DOLLARS = {"USD": 1.0, "KRW": 1 / 1364.0, "CNY": 1 / 7.02, "JPY": 1 / 156.0}
"""Constant exchange rates, from claims that give both currencies: 45 tn won as 33 bn dollars (inv177), 29.5 bn yuan as
4.2 bn dollars (the CXMT offering), 1.5 tn yen as 9.6 bn dollars (inv091)."""
USE_YEARS = 3
"""Years over which money raised is spent (CXMT's offering: 2026 to 2028)."""
ROUNDING = {"yield": 0.025, "log": 0.03, "share": 0.01}
"""Half of the step to which figures of a kind are rounded: 5 points of yield, 6 % of a capacity, 2 points of share."""
IMPLIED_AHEAD = 0.5
"""What a target implies about the present is as soft as a report of delay half a year ahead."""
DATES = ("generation", "pair", "sampled", "qualified", "step")
"""Arrays of a claim about a date by which its true date is found."""
_HALF_DAY = 0.5 / 365.25


@dataclass(frozen=True)
class CodedClaims:
    """Claims of one kind as parallel arrays.

    Attributes
    ----------
    ids
        Row ids.
    low, high
        (claim,) interval in the likelihood's own scale, ends ``+-OPEN`` where open.
    vendor, origin
        (claim,) index numbers.
    more
        Further (..., claim) arrays by name; which ones depends on the kind.
    """

    ids: list[str]
    low: Floats
    high: Floats
    vendor: Ints
    origin: Ints
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def bloc(self) -> Ints:
        """Bloc number of each claim's vendor."""
        return np.array([BLOCS.index(BLOC_OF[VENDORS[v]]) for v in self.vendor], dtype=np.intp)

    def __len__(self) -> int:
        return len(self.ids)


# --- clock ------------------------------------------------------------------------------------------------------


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
    start = decimal_years(rows["date_start"]) - _HALF_DAY
    end = decimal_years(rows["date_end"]) + 2 * _HALF_DAY
    published = decimal_years(rows["published"])
    stage = by_stage(rows)["stage"]
    layers = pd.to_numeric(rows["layers"], errors="coerce")
    base = rows["generation"].map(BASE_LAYERS).astype(float)
    at: dict[str, Any] = {
        "stage": np.array([STAGE_ORDER.index(s) for s in stage], dtype=np.intp),
        "sampled": (stage == "sample").to_numpy(float),
        "qualified": (stage == "qualified").to_numpy(float),
        "generation": _codes(rows["generation"], GENERATIONS),
        "pair": _codes(rows["maker"] + ":" + rows["generation"], layout.pairs),
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
    return _claims(rows, low, high, at)


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


# --- ramp -------------------------------------------------------------------------------------------------------


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
        "generation": _codes(rows["generation"], GENERATIONS),
        "layers": layers.to_numpy(float),
        "time": claim_time(rows),
        "die": rows["metric"].isin(["die_yield", "final_yield", "test_yield"]).to_numpy(float),
        "stack": rows["metric"].isin(["stack_yield", "tsv_yield", "final_yield"]).to_numpy(float),
        "test": (rows["metric"] == "test_yield").to_numpy(float),
        "tsv": (rows["metric"] == "tsv_yield").to_numpy(float),
    }
    return _claims(rows, low, high, at)


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
        "node": _codes(nodes(rows), layout.nodes),
        "time": claim_time(rows),
        "test": (rows["metric"] == "test_yield").to_numpy(float),
    }
    return _claims(rows, low, high, at)


# --- capacity and investment ------------------------------------------------------------------------------------


def _log_interval(rows: pd.DataFrame, factor: Floats | float = 1.0) -> tuple[Floats, Floats]:
    low, high = rows["low"].to_numpy(float) * factor, rows["high"].to_numpy(float) * factor
    edge = ROUNDING["log"]
    bound = rows["bound"].to_numpy(str)
    with np.errstate(divide="ignore", invalid="ignore"):
        lower = np.where((bound == "upper") | ~(low > 0), -OPEN, np.log(low) - edge)
        upper = np.where((bound == "lower") | ~(high > 0), OPEN, np.log(high) + edge)
    return lower, upper


def _share_interval(rows: pd.DataFrame) -> tuple[Floats, Floats]:
    """Logit interval of a share in percent; a claim of nothing is an upper bound of the rounding step."""
    low, high = rows["low"].to_numpy(float) / 100, rows["high"].to_numpy(float) / 100
    edge = ROUNDING["share"]
    bound = rows["bound"].to_numpy(str)
    below, above = np.clip(low - edge, 1e-4, 1 - 1e-4), np.clip(high + edge, 1e-4, 1 - 1e-4)
    lower = np.where((bound == "upper") | ~(low - edge > 0), -OPEN, np.log(below / (1 - below)))
    upper = np.where(bound == "lower", OPEN, np.log(above / (1 - above)))
    return lower, upper


def _ahead(rows: pd.DataFrame, time: Floats) -> Floats:
    """Lead of a plan or forecast in years, zero for what is claimed as so."""
    return np.where(is_ahead(rows), np.maximum(time - decimal_years(rows["published"]), 0.0), 0.0)


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
    low, high = _share_interval(rows) if kind == "hbm_share" else _log_interval(rows, 1e-3)
    packaging = rows["metric"].isin(["hbm_packaging_wpm", "fab_project_wpm"]).to_numpy()
    wafer_input = rows["publisher"].str.contains("Omdia").to_numpy() & ~packaging
    installed = ~packaging & ~wafer_input
    knots = layout.knots if kind == "dram_wafers" else layout.hbm_knots
    at = {
        "time": time,
        "ahead": _ahead(rows, time),
        "plan": np.full(len(rows), int(kind != "dram_wafers")),
        "kind": np.array([installed, wafer_input, packaging], dtype=float) * (kind != "hbm_share"),
        "weights": _own(rows, interpolation(knots, time)),
    }
    return _claims(rows, low, high, at)


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
    low, high = _log_interval(rows, _dollars(rows) / _years(rows))
    first, last = decimal_years(rows["period_start"]), decimal_years(rows["period_end"])
    years = np.array(layout.spending_years, dtype=float)
    overlap = np.clip(np.minimum(last, years[:, None] + 1) - np.maximum(first, years[:, None]), 1e-3, None)
    at = {
        "weights": _own(rows, overlap / overlap.sum(axis=0)),
        "ahead": _ahead(rows, (first + last) / 2),
        "definition": np.array([(covers == d).to_numpy(float) for d in DEFINITIONS]),
        "guess": (rows["origin"] != "company").to_numpy(float),
    }
    return _claims(rows, low, high, at)


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


# --- output -----------------------------------------------------------------------------------------------------


def _quarter_weights(rows: pd.DataFrame, layout: Layout) -> Floats:
    """(quarter, claim) one for every quarter whose midpoint lies in the claim's period (the nearest if none does)."""
    first, last = decimal_years(rows["period_start"]), decimal_years(rows["period_end"]) + 2 * _HALF_DAY
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
    low, high = _log_interval(rows)
    at = {"weights": _own(rows, _quarter_weights(rows, layout)), "ahead": _ahead(rows, _middle(rows))}
    return _claims(rows, low, high, at)


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
    low, high = _share_interval(rows)
    weights = _quarter_weights(rows, layout)
    own = _own(rows, weights)
    at = {
        "own": own,
        "rest": np.tile(weights, (len(VENDORS), 1)) - own,
        "ahead": _ahead(rows, _middle(rows)),
        "unstated": (rows["metric"] == "hbm_share_basis_unknown").to_numpy(float),
    }
    return _claims(rows, low, high, at)


def _middle(rows: pd.DataFrame) -> Floats:
    return (decimal_years(rows["period_start"]) + decimal_years(rows["period_end"])) / 2


# --- common ----------------------------------------------------------------------------------------------------


def _own(rows: pd.DataFrame, weights: Floats) -> Floats:
    """(vendor * time, claim) weights on the path of a claim's own maker (of every maker for industry claims)."""
    whose = np.array([rows["maker"].isin([v, "industry"]).to_numpy(float) for v in VENDORS])
    return (whose[:, None, :] * weights[None, :, :]).reshape(len(VENDORS) * len(weights), len(rows))


def _codes(values: pd.Series[str], labels: Sequence[str]) -> Ints:
    place = {label: i for i, label in enumerate(labels)}
    return np.array([place[value] for value in values], dtype=np.intp)


def _claims(rows: pd.DataFrame, low: Floats, high: Floats, at: dict[str, Any]) -> CodedClaims:
    vendor = np.array([VENDORS.index(m) if m in VENDORS else 0 for m in rows["maker"]], dtype=np.intp)
    return CodedClaims(list(rows["id"]), low, high, vendor, _codes(rows["origin"], ORIGINS), at)
