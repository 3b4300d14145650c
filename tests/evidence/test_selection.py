"""Which claims the model uses: each once, each with a reason where not, and most of what the gap hangs on."""

from dataclasses import replace

import pandas as pd
import pytest

from hbm_model.core.errors import InputError
from hbm_model.core.industry import GENERATIONS, MAKER
from hbm_model.evidence import Evidence
from hbm_model.evidence.selection import usage_table, used_rows

MAKERS = ["sk_hynix", "samsung", "micron", "cxmt"]
HBM_SHARES = ["hbm_bit_share", "hbm_revenue_share", "hbm_share_basis_unknown"]
LEAST_USED = 0.80


@pytest.fixture(scope="module")
def usage(vintage: Evidence) -> pd.DataFrame:
    return usage_table(vintage)


def test_every_claim_is_decided_on_once(usage: pd.DataFrame, vintage: Evidence) -> None:
    assert list(usage.columns) == ["table", "id", "vendor", "claim_group", "used", "part", "reason"]
    decided = sorted(zip(usage["table"], usage["id"], strict=True))
    assert decided == sorted((name, row) for name, table in vintage.tables.items() for row in table["id"])


def test_a_claim_has_a_part_or_a_reason_and_never_both(usage: pd.DataFrame) -> None:
    assert ((usage["part"] != "") == usage["used"]).all()
    assert ((usage["reason"] != "") == ~usage["used"]).all()


def test_a_claim_counts_once_however_many_carry_it(usage: pd.DataFrame) -> None:
    used = usage[usage["used"]]
    repeated = used[used.duplicated(["table", "claim_group"], keep=False)]
    assert repeated.empty, repeated
    told = usage[usage["reason"].str.startswith("repeats ")]
    stands_for = told["reason"].str.removeprefix("repeats ")
    groups = used.set_index("id")["claim_group"]
    assert (groups[stands_for].to_numpy() == told["claim_group"].to_numpy()).all()


def test_what_is_used_is_of_a_modelled_maker(usage: pd.DataFrame) -> None:
    used = usage[usage["used"]]
    others = used[~used["vendor"].isin(MAKER)]
    assert set(zip(others["vendor"], others["part"], strict=True)) <= {("industry", "output")}


def test_the_first_of_primary_reports_stands_for_its_group(usage: pd.DataFrame, vintage: Evidence) -> None:
    for table in usage.loc[usage["used"], "table"].unique():
        rows = vintage.tables[table].merge(usage[usage["table"] == table][["id", "used", "reason"]], on="id")
        counted = rows[rows["used"] | rows["reason"].str.startswith("repeats ")]
        elsewhere = ~counted["used"] & ~counted["reason"].str.removeprefix("repeats ").isin(rows["id"])
        for _, group in counted[~elsewhere].groupby("claim_group"):
            chosen = group[group["used"]].iloc[0]
            firsthand = group[group["kind"] != "relay"]
            assert chosen["published"] == (group if firsthand.empty else firsthand)["published"].min()


def test_rows_are_handed_out_as_they_stand(usage: pd.DataFrame, vintage: Evidence) -> None:
    for (table, part), chosen in usage[usage["used"]].groupby(["table", "part"]):
        rows = used_rows(vintage, table, part)
        assert list(rows["id"]) == list(chosen["id"])
        own = vintage.tables[table].set_index("id").loc[rows["id"]].reset_index()
        pd.testing.assert_frame_equal(rows.drop(columns="maker")[own.columns], own)
        assert set(rows["maker"]) <= {*MAKER.values(), "industry"}


def core_groups(table: str, usage: pd.DataFrame, vintage: Evidence) -> pd.Series:
    """Claim groups that the gap hangs on, and whether one of their rows is used.

    Of the rows about SK hynix, Samsung, Micron and CXMT:

    - yields: all of them, whatever node, product or kind;
    - milestones: those of HBM2 and later generations, whatever stage or status;
    - capacity: those with an HBM metric (wafers, packaging, share of DRAM wafers, output, shipments);
    - market: shares of HBM bits or revenue, or of a basis that nobody states; not shares at one customer.
    """
    rows = vintage.tables[table]
    chosen = {
        "yields": rows["id"] != "",
        "milestones": rows["generation"].isin(GENERATIONS) if table == "milestones" else None,
        "capacity": rows["metric"].str.startswith("hbm_") if table == "capacity" else None,
        "market": rows["metric"].isin(HBM_SHARES) if table == "market" else None,
    }[table]
    ids = rows.loc[chosen & rows["vendor"].isin(MAKERS), "id"]
    core = usage[(usage["table"] == table) & usage["id"].isin(ids)]
    return core.groupby("claim_group")["used"].any()


@pytest.mark.parametrize(("table", "fewest"), [("yields", 60), ("milestones", 200), ("capacity", 45), ("market", 70)])
def test_most_of_what_the_gap_hangs_on_is_used(table: str, fewest: int, usage: pd.DataFrame, vintage: Evidence) -> None:
    groups = core_groups(table, usage, vintage)
    assert len(groups) >= fewest, "the count would mean little"
    assert groups.mean() >= LEAST_USED, f"{groups.sum()} of {len(groups)} groups ({groups.mean():.1%})"


def test_the_command_line_counts_the_same_core(usage: pd.DataFrame, vintage: Evidence) -> None:
    from hbm_model.cli.views.evidence import usage_json

    counted = {row["table"]: (row["groups_used"], row["groups"]) for row in usage_json(vintage, usage)["core"]}
    for table in ("yields", "milestones", "capacity", "market"):
        groups = core_groups(table, usage, vintage)
        assert counted[table] == (groups.sum(), len(groups))


def test_a_claim_of_an_entrant_that_ymtc_and_xmc_share_goes_to_one_maker() -> None:
    assert MAKER["xmc"] == MAKER["ymtc"] == "ymtc"


def test_a_claim_in_two_tables_counts_once(usage: pd.DataFrame) -> None:
    used = usage[usage["used"]]
    assert not used["claim_group"].duplicated().any()
    assert usage["reason"].str.match("repeats CAP").where(usage["table"] == "market", False).any()


def test_a_table_without_rules_is_refused_in_words(vintage: Evidence) -> None:
    more = replace(vintage, tables={**vintage.tables, "lifetimes": vintage.tables["yields"]})
    with pytest.raises(InputError, match="claims of a table 'lifetimes' have no place in the model"):
        usage_table(more)
