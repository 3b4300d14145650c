"""Which claims the model uses, counted for people and for machines."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from hbm_model.evidence import Evidence


def usage_json(evidence: "Evidence", usage: "pd.DataFrame") -> dict[str, Any]:
    """Return the counts as plain values."""
    return {
        "as_of": str(evidence.as_of),
        "observed_through": str(evidence.observed_through),
        "digest": evidence.digest,
        "tables": _records(_shares(usage, ["table"])),
        "vendors": _records(_shares(usage, ["table", "vendor"])),
        "parts": _records(_counts(usage[usage["used"]], ["table", "part"])),
        "reasons": _records(_counts(usage[~usage["used"]], ["table", "reason"])),
    }


def usage_text(evidence: "Evidence", usage: "pd.DataFrame") -> str:
    """Return the counts as three tables of text."""
    unused = usage[~usage["used"]]
    blocks = [
        f"Claims published by {evidence.as_of}; gathered through {evidence.observed_through}; {evidence.source}",
        "By table: rows, claim groups, and those that the model uses\n" + _lines(_shares(usage, ["table"])),
        "By table and vendor\n" + _lines(_shares(usage, ["table", "vendor"])),
        "Used, by table and part of the model\n" + _lines(_counts(usage[usage["used"]], ["table", "part"])),
        "Left out, by table and reason\n" + _lines(_counts(unused, ["table", "reason"])),
    ]
    return "\n\n".join(blocks)


def _shares(usage: "pd.DataFrame", by: list[str]) -> "pd.DataFrame":
    """Rows and claim groups, and how many of each are used; a group is used when one of its rows is."""
    rows = usage.groupby(by)["used"].agg(rows="size", rows_used="sum")
    grouped = usage.groupby([*by, "claim_group"])["used"].any().groupby(by).agg(groups="size", groups_used="sum")
    counts: pd.DataFrame = rows.join(grouped).astype(int).reset_index()
    counts["share_used"] = (counts["groups_used"] / counts["groups"]).round(3)
    return counts


def _counts(usage: "pd.DataFrame", by: list[str]) -> "pd.DataFrame":
    counts = usage.groupby(by).size().rename("rows").reset_index()
    return counts.sort_values([by[0], "rows"], ascending=[True, False])


def _lines(frame: "pd.DataFrame") -> str:
    return frame.to_string(index=False, justify="left") if len(frame) else "  none"


def _records(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
