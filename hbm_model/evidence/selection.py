"""Which claims the model uses, in which part, and why it leaves the others out.

Each table has an ordered list of rules; the first rule that fits a row decides. What no rule leaves out is used, and
then one row of every claim group is taken: a claim counts once, however many outlets carry it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from weakref import WeakKeyDictionary

import pandas as pd

from hbm_model.core.errors import InputError
from hbm_model.core.industry import GENERATIONS, MAKER, MAKERS_OF
from hbm_model.evidence import Evidence

STAGES = {"sample": "sample", "qualified": "qualified", "volume_shipment": "volume", "mass_production": "volume"}
MILESTONE_PARTS = {
    "occurred": "event",
    "claimed": "claimed",
    "target": "guidance",
    "delayed": "not_yet",
    "failed": "not_yet",
    "denied": "not_yet",
}
NODE_OF_CXMT = {"19nm": "G1", "17nm": "G3", "G3": "G3", "1x": "G3", "G4": "G4", "1z": "G4", "1a": "1a", "": "G3"}
"""CXMT's own generation for each way the press names it; its DDR5 of 2024 is G3 where no node is given."""
LONGEST_WINDOW_YEARS = 10
FIRST_OUTPUT_DAY = pd.Timestamp("2022-01-01")

_SCORING = "kept for scoring other forecasters, not for fitting"
_NO_PLACE = {
    "external_forecasts": _SCORING,
    "policy_events": "dates a measure; enters with the policy levers",
    "policy_effects": "an effect of a measure; enters with the policy levers",
    "specs": "a product's specification; backs the reference table of generations",
    "accelerators": "a product's memory content; no quantity of the model",
}

_TOLD_IN = {"market": "capacity"}
"""Tables some of whose claims another table has too: what is used there is not used again."""

Rule = tuple["pd.Series[bool]", str]


def usage_table(evidence: Evidence) -> pd.DataFrame:
    """One row per claim: where the model uses it, or why not.

    Parameters
    ----------
    evidence
        The claims.

    Returns
    -------
    pd.DataFrame
        With columns ``table, id, vendor, claim_group, used, part, reason``; ``part`` is empty for an unused row and
        ``reason`` for a used one.

    Raises
    ------
    InputError
        When the evidence has a table that the model has no rules for.
    """
    frames = [_assign(evidence, table) for table in evidence.tables]
    return pd.concat(frames, ignore_index=True)


def used_rows(evidence: Evidence, table: str, part: str) -> pd.DataFrame:
    """The rows of `table` that the model uses in `part`, with their maker in the model as ``maker``.

    Parameters
    ----------
    evidence
        The claims.
    table
        Name of a table of claims.
    part
        Part of the model, as in the ``part`` column of :func:`usage_table`.
    """
    rows = evidence.tables[table]
    usage = _assign(evidence, table)
    chosen = rows[((usage["part"] == part) & usage["used"]).to_numpy()].copy()
    chosen["maker"] = chosen["vendor"].map(lambda vendor: MAKER.get(vendor, vendor))
    return chosen.reset_index(drop=True)


_ASSIGNED: WeakKeyDictionary[Evidence, dict[str, pd.DataFrame]] = WeakKeyDictionary()


def _assign(evidence: Evidence, table: str) -> pd.DataFrame:
    """What became of each row of a table, found once for each evidence, since every part and chart asks for it."""
    found = _ASSIGNED.setdefault(evidence, {})
    if table not in found:
        found[table] = _assigned(evidence, table)
    return found[table]


def _assigned(evidence: Evidence, table: str) -> pd.DataFrame:
    rows = evidence.tables[table]
    usage = pd.DataFrame(
        {
            "table": table,
            "id": rows["id"],
            "vendor": rows.get("vendor", ""),
            "claim_group": rows["claim_group"],
            "used": False,
            "part": "",
            "reason": "",
        }
    )
    if table in _NO_PLACE:
        usage["reason"] = _NO_PLACE[table]
        return usage
    if table not in _RULES:
        raise InputError(f"claims of a table {table!r} have no place in the model; leave it out of the evidence")
    rules, parts = _RULES[table]
    for fits, reason in rules(rows):
        usage.loc[fits & (usage["reason"] == ""), "reason"] = reason
    if table in _TOLD_IN:
        usage.loc[usage["reason"] == "", "reason"] = _told(evidence, table)
    candidates = usage["reason"] == ""
    usage.loc[candidates, "part"] = parts(rows)[candidates]
    best = _representatives(rows[candidates])
    relayed = candidates & ~usage["id"].isin(best)
    usage.loc[relayed, "reason"] = [f"repeats {best[group]}" for group in usage.loc[relayed, "claim_group"]]
    usage.loc[relayed, "part"] = ""
    usage["used"] = usage["reason"] == ""
    return usage


def _told(evidence: Evidence, table: str) -> pd.Series[str]:
    """Why a row repeats what is used from the table that comes first; empty where it does not."""
    first = _assign(evidence, _TOLD_IN[table])
    chosen = first[first["used"]].drop_duplicates("claim_group")
    used = dict(zip(chosen["claim_group"], chosen["id"], strict=True))
    groups = evidence.tables[table]["claim_group"]
    return groups.map(lambda group: f"repeats {used[group]}" if group in used else "").astype("str")


def _representatives(rows: pd.DataFrame) -> pd.Series[str]:
    """The id that stands for each claim group: a primary report before a relay, then the earliest."""
    ranked = rows.assign(_relay=rows["kind"] == "relay").sort_values(["_relay", "published", "id"])
    return ranked.drop_duplicates("claim_group").set_index("claim_group")["id"]


def _common(rows: pd.DataFrame) -> Iterator[Rule]:
    yield rows["kind"] == "derived", "derived from other figures"
    yield rows["kind"] == "illustrative", "an illustration, not an observation"


def _stale(rows: pd.DataFrame, end: str) -> Rule:
    ahead = rows["status"].isin(["target", "plan", "forecast"])
    return ahead & (rows[end] < rows["published"]), "window over before publication: relays an older statement"


def _milestone_rules(rows: pd.DataFrame) -> Iterator[Rule]:
    yield from _common(rows)
    yield rows["vendor"] == "huawei", "who makes Huawei's memory is not stated"
    yield ~rows["vendor"].isin(MAKER), "not about a modelled maker"
    yield rows["generation"] == "HBM1", "before HBM2"
    yield ~rows["generation"].isin(GENERATIONS), "generation not stated"
    yield ~rows["stage"].isin(STAGES), "stage has no place in the clock"
    yield (rows["vendor"] == "micron") & (rows["generation"] == "HBM3"), "Micron skipped HBM3"
    entrant = rows["vendor"].map(MAKER).isin(MAKERS_OF["china"])
    yield entrant & (rows["generation"] == "HBM2E"), "generation not modelled for an entrant"
    target = rows["status"] == "target"
    yield rows["recalled"].astype(bool) & target, "recalled later: when it was set is unknown"
    open_ended = rows["date_end"].isna() & (rows["date_start"] <= rows["published"])
    yield target & open_ended, "names no window"
    yield _stale(rows, "date_end")


def _yield_rules(rows: pd.DataFrame) -> Iterator[Rule]:
    yield from _common(rows)
    yield ~rows["vendor"].isin(MAKER), "not about a modelled maker"
    yield rows["metric"] == "base_die_yield", "logic base die, not DRAM"
    yield rows["status"] != "actual", "a goal or forecast, not an observation"
    hbm = rows["generation"].isin(GENERATIONS)
    yield ~hbm & (rows["metric"] == "tsv_yield"), "generation not stated"


_CAPACITY_PARTS = {
    "dram_wafers_per_month": "dram_wafers",
    "hbm_wafers_per_month": "hbm_wafers",
    "hbm_packaging_wpm": "hbm_wafers",
    "fab_project_wpm": "hbm_wafers",
    "hbm_share_of_dram_wafers": "hbm_share",
    "hbm_output_gb": "output",
}


def _capacity_rules(rows: pd.DataFrame) -> Iterator[Rule]:
    yield from _common(rows)
    industry_output = (rows["vendor"] == "industry") & (rows["metric"] == "hbm_output_gb")
    yield ~rows["vendor"].isin(MAKER) & ~industry_output, "not about a modelled maker"
    yield _stale(rows, "period_end")
    all_dram = (rows["metric"] == "dram_wafers_per_month") & rows["generation"].isin(["all DRAM", "DRAM"])
    entrant = rows["vendor"].map(MAKER).isin(MAKERS_OF["china"])
    hbm_plant = (rows["metric"] == "fab_project_wpm") & entrant & rows["generation"].str.contains("HBM")
    yield (
        rows["metric"] == "utilisation",
        "tool utilisation; the model's realisation also holds qualification and stock",
    )
    yield (
        (rows["kind"] == "relay") & rows["status"].isin(["plan", "forecast"]),
        "recalled later: when it was set is unknown",
    )
    yield (rows["metric"] == "dram_wafers_per_month") & ~all_dram, "one node only"
    yield (rows["metric"] == "hbm_share_of_dram_wafers") & ~rows["vendor"].isin(MAKER), "industry-wide"
    yield (rows["metric"] == "fab_project_wpm") & ~hbm_plant, "one fab; enters through its capital"
    yield ~rows["metric"].isin(_CAPACITY_PARTS), "metric has no place in the model"


_INVESTMENT_PARTS = {
    "capex_total": "spending",
    "capex_dram": "spending",
    "capex_memory": "spending",
    "capex_chip_division": "spending",
    "capex_hbm": "spending",
    "fab_project": "project",
    "equity_raise": "raise",
}


def _investment_rules(rows: pd.DataFrame) -> Iterator[Rule]:
    yield from _common(rows)
    yield ~rows["vendor"].isin(MAKER), "not about a modelled maker"
    yield rows["vendor"].map(MAKER) == "ymtc", "mostly NAND"
    yield rows["note"].str.contains("foundry, not memory|NAND fab"), "not memory for HBM"
    yield rows["low"].isna() & rows["high"].isna(), "no figure"
    yield ~rows["metric"].isin(_INVESTMENT_PARTS), "metric has no place in the model"
    years = (rows["period_end"] - rows["period_start"]).dt.days / 365.25
    yield years > LONGEST_WINDOW_YEARS, "a plan without a schedule (over ten years)"
    yield (rows["metric"] == "fab_project") & rows["low"].isna(), "an upper bound on a project"
    raised = rows["metric"] == "equity_raise"
    yield raised & ((rows["status"] == "forecast") | (rows["bound"] == "upper")), "money not yet decided on"
    yield raised & (years > 2), "a running total of money raised"
    yield (rows["metric"] != "equity_raise") & _stale(rows, "period_end")[0], _stale(rows, "period_end")[1]


_MARKET_PARTS = {
    "hbm_bit_share": "bit_share",
    "hbm_revenue_share": "revenue_share",
    "hbm_share_basis_unknown": "revenue_share",
    "hbm_bit_shipment": "output",
}


def _market_rules(rows: pd.DataFrame) -> Iterator[Rule]:
    yield from _common(rows)
    yield rows["metric"].str.startswith("nvidia"), "share at one customer"
    yield ~rows["metric"].isin(_MARKET_PARTS), "metric has no place in the model"
    yield ~rows["vendor"].isin(MAKER), "not about a modelled maker"
    generation = ~rows["generation"].isin(["", "HBM"]) & (rows["vendor"] != "cxmt")
    yield generation, "share within one generation"
    yield _stale(rows, "period_end")
    yield rows["period_start"] < FIRST_OUTPUT_DAY, "before the output grid starts in 2022"


_RULES: dict[str, tuple[Callable[[pd.DataFrame], Iterator[Rule]], Callable[[pd.DataFrame], pd.Series[str]]]] = {
    "milestones": (_milestone_rules, lambda rows: rows["status"].map(MILESTONE_PARTS).fillna("")),
    "yields": (
        _yield_rules,
        lambda rows: rows["generation"].isin(GENERATIONS).map({True: "hbm_yield", False: "node_yield"}),
    ),
    "capacity": (_capacity_rules, lambda rows: rows["metric"].map(_CAPACITY_PARTS)),
    "investment": (_investment_rules, lambda rows: rows["metric"].map(_INVESTMENT_PARTS)),
    "market": (_market_rules, lambda rows: rows["metric"].map(_MARKET_PARTS)),
}
