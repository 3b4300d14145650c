"""Which claims the model uses, counted for people and for machines."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from hbm_model.core.industry import GENERATIONS, MAIN_VENDORS
from hbm_model.core.tables import records

if TYPE_CHECKING:
    from hbm_model.evidence import Evidence

CORE_SHARES = ("hbm_bit_share", "hbm_revenue_share", "hbm_share_basis_unknown")


def usage_json(evidence: "Evidence", usage: pd.DataFrame) -> dict[str, Any]:
    """Return the counts as plain values.

    Parameters
    ----------
    evidence
        The claims that are counted.
    usage
        A row for each claim, from :func:`hbm_model.evidence.selection.usage_table` of this evidence.
    """
    return {
        "as_of": str(evidence.as_of),
        "observed_through": str(evidence.observed_through),
        "digest": evidence.digest,
        **{name: records(counts) for name, (_, counts) in _tables(evidence, usage).items()},
    }


def usage_text(evidence: "Evidence", usage: pd.DataFrame) -> str:
    """Return the counts as tables of text.

    Parameters
    ----------
    evidence
        The claims that are counted.
    usage
        A row for each claim, from :func:`hbm_model.evidence.selection.usage_table` of this evidence.
    """
    head = f"Claims published by {evidence.as_of}; gathered through {evidence.observed_through}; {evidence.source}"
    blocks = [f"{title}\n{_lines(counts)}" for title, counts in _tables(evidence, usage).values()]
    return "\n\n".join([head, *blocks])


def _tables(evidence: "Evidence", usage: pd.DataFrame) -> dict[str, tuple[str, pd.DataFrame]]:
    core = usage[_is_core(evidence, usage)]
    unused = usage[~usage["used"]]
    # A repetition names the row that stands for its group; in a count they are one reason.
    unused = unused.assign(reason=unused["reason"].str.replace(r"^repeats \S+$", "repeats another row", regex=True))
    vendors = ", ".join(MAIN_VENDORS)
    return {
        "tables": ("By table: rows, claim groups, and those that the model uses", _shares(usage, ["table"])),
        "core": (
            f"Of these, yields, milestones from HBM2, HBM capacity and shares: {vendors}",
            _shares(core, ["table"]),
        ),
        "vendors": ("By table and vendor", _shares(usage, ["table", "vendor"])),
        "parts": ("Used, by table and part of the model", _counts(usage[usage["used"]], ["table", "part"])),
        "reasons": ("Left out, by table and reason", _counts(unused, ["table", "reason"])),
    }


def _is_core(evidence: "Evidence", usage: pd.DataFrame) -> "pd.Series[bool]":
    """Say which claims the gap hangs on most: what the four makers yield, ship, can make and sell of HBM."""
    tables = evidence.tables
    capacity, market, milestones = tables["capacity"], tables["market"], tables["milestones"]
    wanted = {
        "yields": tables["yields"]["id"],
        "milestones": milestones.loc[milestones["generation"].isin(GENERATIONS), "id"],
        "capacity": capacity.loc[capacity["metric"].str.startswith("hbm_"), "id"],
        "market": market.loc[market["metric"].isin(CORE_SHARES), "id"],
    }
    keys = pd.MultiIndex.from_tuples([(table, row) for table, ids in wanted.items() for row in ids])
    found = pd.MultiIndex.from_frame(usage[["table", "id"]]).isin(keys)
    return usage["vendor"].isin(MAIN_VENDORS) & found


def _shares(usage: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Rows and claim groups, and how many of each are used; a group is used when one of its rows is."""
    rows = usage.groupby(by)["used"].agg(rows="size", rows_used="sum")
    grouped = usage.groupby([*by, "claim_group"])["used"].any().groupby(by).agg(groups="size", groups_used="sum")
    counts: pd.DataFrame = rows.join(grouped).astype(int).reset_index()
    counts["share_used"] = (counts["groups_used"] / counts["groups"]).round(3)
    return counts


def _counts(usage: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    counts = usage.groupby(by).size().rename("rows").reset_index()
    return counts.sort_values([by[0], "rows"], ascending=[True, False])


def _lines(frame: pd.DataFrame) -> str:
    """Words to the left, numbers to the right."""
    if frame.empty:
        return "  none"
    columns = [[str(name), *(f"{x:.3f}" if isinstance(x, float) else str(x) for x in frame[name])] for name in frame]
    widths = [max(map(len, column)) for column in columns]
    numeric = [pd.api.types.is_numeric_dtype(frame[name]) for name in frame]
    lines = [
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, numeric, strict=True)
        )
        for row in zip(*columns, strict=True)
    ]
    return "\n".join(f"  {line.rstrip()}" for line in lines)
