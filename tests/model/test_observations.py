"""From rows to arrays: nothing lost, nothing twice, nothing at a midpoint, nothing from later."""

import csv
import dataclasses
import io
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import special

from hbm_model.core.dates import decimal_years
from hbm_model.core.industry import GENERATIONS, VENDORS
from hbm_model.core.priors import Priors
from hbm_model.evidence import Evidence, bundled_data, load_evidence
from hbm_model.evidence.schema import Package, read_package
from hbm_model.evidence.selection import usage_table, used_rows
from hbm_model.model.coding import DOLLARS, USE_YEARS
from hbm_model.model.kinds import KINDS
from hbm_model.model.layout import FIRST_QUARTER, Layout
from hbm_model.model.measurement import LEAD_FLOOR, OPEN
from hbm_model.model.observations import Observations, first_reports, observe
from hbm_model.policy.policy import policy_of

SHARES = ("bit_share", "revenue_share", "hbm_share")


def arrays(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every array and scalar within dataclasses, dicts and lists, by where it stands."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from arrays(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from arrays(item, f"{path}[{key}]")
    elif isinstance(value, list | tuple) and any(dataclasses.is_dataclass(item) for item in value):
        for place, item in enumerate(value):
            yield from arrays(item, f"{path}[{place}]")
    elif isinstance(value, list | tuple):
        yield path, np.array(value)
    else:
        yield path, np.asarray("nothing" if value is None else value)


def rows_of(vintage: Evidence, table: str, part: str, ids: list[str]) -> Any:
    rows = used_rows(vintage, table, part).set_index("id")
    return rows.loc[[i for i in ids if i in rows.index]]


# --- every claim, once ------------------------------------------------------------------------------------------


def test_each_used_row_becomes_one_claim(vintage: Evidence, observations: Observations) -> None:
    usage = usage_table(vintage)
    used = usage[usage["used"] & (usage["part"] != "raise")]
    said = Counter((kind, i) for kind, claims in observations.claims.items() for i in claims.ids)
    expected = Counter(zip(used["part"], used["id"], strict=True))
    implied = said - expected
    assert not expected - said, "rows lost"
    assert set(implied.values()) <= {1}
    guidance = set(observations.claims["guidance"].ids)
    assert {kind for kind, _ in implied} == {"not_yet"}
    assert {i for _, i in implied} <= guidance, "a target also says that it has not happened yet"


def test_stacked_claims_are_the_kinds_end_to_end(observations: Observations, priors: Priors) -> None:
    stacked, claims = observations.stacked, observations.claims
    assert stacked.ids == [i for kind in KINDS for i in claims[kind].ids]
    assert stacked.kinds == [kind for kind in KINDS for _ in claims[kind].ids]
    for end in ("low", "high"):
        together = np.concatenate([getattr(claims[kind], end) for kind in KINDS])
        assert_array_equal(getattr(stacked, end), together)
    doubted = np.array(stacked.kinds) == "claimed"
    assert_array_equal(stacked.truth, np.where(doubted, priors.constant("claimed_truth"), 1.0))
    assert (stacked.wrong[doubted] < 0).all()
    assert (stacked.wrong[~doubted] == 0).all()


def test_everything_is_finite_and_every_interval_is_open_to_its_right(observations: Observations) -> None:
    for path, values in arrays(observations):
        if values.dtype.kind in "fiu":
            assert np.isfinite(values).all(), path
    for kind, claims in observations.claims.items():
        assert (claims.low < claims.high).all(), kind
        assert (np.maximum(np.abs(claims.low), np.abs(claims.high)) <= OPEN).all(), kind
        assert not ((claims.low == -OPEN) & (claims.high == OPEN)).any(), f"{kind}: a claim of nothing"


def test_claims_are_coded_by_their_maker(vintage: Evidence, observations: Observations) -> None:
    tables = {"event": "milestones", "guidance": "milestones", "hbm_yield": "yields", "hbm_wafers": "capacity"}
    for kind, table in tables.items():
        claims = observations.claims[kind]
        rows = rows_of(vintage, table, kind, claims.ids)
        assert [VENDORS[v] for v in claims.vendor] == list(rows["maker"])
        if "generation" in claims.more:
            assert [GENERATIONS[g] for g in claims.more["generation"]] == list(rows["generation"])


# --- intervals hold what was said -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SHARES)
def test_share_intervals_hold_the_stated_shares(vintage: Evidence, observations: Observations, kind: str) -> None:
    claims = observations.claims[kind]
    rows = rows_of(vintage, "capacity" if kind == "hbm_share" else "market", kind, claims.ids)
    low, high = special.expit(claims.low), special.expit(claims.high)
    bound = rows["bound"].to_numpy(str)
    for i, (stated_low, stated_high) in enumerate(zip(rows["low"] / 100, rows["high"] / 100, strict=True)):
        if bound[i] != "upper" and stated_low > 0.01:
            assert low[i] == pytest.approx(stated_low - 0.01, abs=1e-9)
        else:
            assert claims.low[i] == -OPEN, "at most, or next to nothing"
        if bound[i] == "lower":
            assert claims.high[i] == OPEN
        elif stated_high < 0.99:
            assert high[i] == pytest.approx(stated_high + 0.01, abs=1e-9)


@pytest.mark.parametrize("kind", ["hbm_yield", "node_yield"])
def test_yield_intervals_hold_the_stated_yields(vintage: Evidence, observations: Observations, kind: str) -> None:
    claims = observations.claims[kind]
    rows = rows_of(vintage, "yields", kind, claims.ids)
    bound = rows["bound"].to_numpy(str)
    low, high = special.expit(claims.low), special.expit(claims.high)
    stated_low, stated_high = rows["low"].to_numpy(float) / 100, rows["high"].to_numpy(float) / 100
    assert (claims.low[bound == "upper"] == -OPEN).all()
    assert (claims.high[bound == "lower"] == OPEN).all()
    assert (low <= stated_low + 1e-9)[bound != "upper"].all()
    assert (high >= np.minimum(stated_high, 0.995) - 1e-9)[bound != "lower"].all()
    assert (high - low)[bound == "none"].min() > 0.02, "a rounded figure is no point"


def test_wafer_intervals_hold_the_stated_wafers(vintage: Evidence, observations: Observations) -> None:
    for kind in ("dram_wafers", "hbm_wafers"):
        claims = observations.claims[kind]
        rows = rows_of(vintage, "capacity", kind, claims.ids)
        below, above = np.exp(claims.low), np.exp(np.minimum(claims.high, 20.0))
        stated = rows["bound"].to_numpy(str)
        assert (below <= rows["low"] / 1e3)[stated != "upper"].all()
        assert (above >= rows["high"] / 1e3)[stated != "lower"].all()


def test_dates_hold_their_window_to_the_day(vintage: Evidence, observations: Observations) -> None:
    claims = observations.claims["event"]
    rows = rows_of(vintage, "milestones", "event", claims.ids)
    assert (claims.low < decimal_years(rows["date_start"])).all()
    assert (claims.high > decimal_years(rows["date_end"])).all()
    width = (rows["date_end"] - rows["date_start"]).dt.days.to_numpy() / 365.25
    assert_allclose(claims.high - claims.low, width + 1.5 / 365.25, atol=2 / 365.25)


def test_guidance_is_a_lead_from_the_day_it_was_given(vintage: Evidence, observations: Observations) -> None:
    claims = observations.claims["guidance"]
    rows = rows_of(vintage, "milestones", "guidance", claims.ids)
    given = decimal_years(rows["published"])
    assert_allclose(claims.more["published"], given)
    bounded = claims.high < OPEN
    end = given + np.exp(np.where(bounded, claims.high, 0.0)) - LEAD_FLOOR
    assert (end >= decimal_years(rows["date_end"]))[bounded].all()
    assert rows["date_end"].isna().to_numpy()[~bounded].all(), "open only where no end is given"


def test_what_has_not_happened_was_seen_not_to_have(vintage: Evidence, observations: Observations) -> None:
    claims = observations.claims["not_yet"]
    assert (claims.high == OPEN).all()
    assert_array_equal(claims.low, claims.more["seen"])
    assert (claims.more["ahead"] >= 0).all()
    cxmt = [i for i, v in enumerate(claims.vendor) if VENDORS[v] == "cxmt" and claims.more["generation"][i] == 2]
    assert len(cxmt) >= 2, "the reports that CXMT's HBM3 has not reached volume"


# --- weights ----------------------------------------------------------------------------------------------------


def test_a_level_is_met_once_by_its_own_maker(observations: Observations, layout: Layout) -> None:
    for kind, knots in (("dram_wafers", layout.knots), ("hbm_wafers", layout.hbm_knots)):
        claims = observations.claims[kind]
        weights = claims.more["weights"].reshape(len(VENDORS), len(knots), len(claims))
        assert_allclose(weights.sum(axis=(0, 1)), 1.0, rtol=1e-12)
        assert_array_equal(weights.sum(axis=1).argmax(axis=0), claims.vendor)
        times = np.clip(claims.more["time"], knots[0], knots[-1])
        assert_allclose(np.einsum("vkc,k->c", weights, knots), times, rtol=1e-12)


def test_spending_is_met_over_the_years_it_speaks_of(observations: Observations, layout: Layout) -> None:
    for kind in ("spending", "project"):
        claims = observations.claims[kind]
        weights = claims.more["weights"].reshape(len(VENDORS), len(layout.spending_years), len(claims))
        assert (weights >= 0).all()
        assert_allclose(weights.sum(axis=(0, 1)), 1.0, rtol=1e-12)
        assert_array_equal(claims.more["definition"].sum(axis=0) <= 1, True)


def test_a_share_is_a_makers_part_of_all(observations: Observations, layout: Layout) -> None:
    for kind in ("bit_share", "revenue_share"):
        claims = observations.claims[kind]
        own, rest = (claims.more[k].reshape(len(VENDORS), len(layout.quarters), -1) for k in ("own", "rest"))
        assert set(np.unique(own)) <= {0.0, 1.0}
        assert set(np.unique(rest)) <= {0.0, 1.0}
        everybody = own + rest
        assert_array_equal(everybody, np.broadcast_to(everybody[0], everybody.shape))
        assert (everybody[0].sum(axis=0) >= 1).all(), "at least one quarter"
        assert_array_equal(own.sum(axis=1).argmax(axis=0), claims.vendor)
        assert_array_equal((own.sum(axis=1) > 0).sum(axis=0), 1)


def test_a_flow_is_summed_over_its_period(vintage: Evidence, observations: Observations, layout: Layout) -> None:
    claims = observations.claims["revenue_share"]
    rows = rows_of(vintage, "market", "revenue_share", claims.ids)
    quarters = claims.more["own"].sum(axis=0)
    whole_years = (rows["period_start"].dt.strftime("%m-%d") == "01-01") & (
        rows["period_end"].dt.strftime("%m-%d") == "12-31"
    )
    years = rows["period_end"].dt.year - rows["period_start"].dt.year + 1
    assert whole_years.sum() > 5
    assert_array_equal(quarters[whole_years.to_numpy()], 4 * years[whole_years].to_numpy())
    assert layout.quarters[0] == FIRST_QUARTER + 0.125


def test_money_raised_is_spread_over_its_use(vintage: Evidence, observations: Observations, layout: Layout) -> None:
    rows = used_rows(vintage, "investment", "raise")
    raised = observations.drivers["raised"]
    dollars = (rows[["low", "high"]].mean(axis=1) * rows["currency"].map(DOLLARS)).sum()
    inside = rows["period_start"].dt.year.between(layout.spending_years[0], layout.last_year - USE_YEARS + 1)
    assert inside.all(), "else some of it is spent beyond the grid"
    assert_allclose(raised.sum(), dollars, rtol=1e-12)
    assert raised[VENDORS.index("cxmt")].sum() > 0, "CXMT's offering among it"
    assert (raised >= 0).all()


# --- silence ----------------------------------------------------------------------------------------------------


def test_a_stage_is_silent_or_reported(observations: Observations, layout: Layout) -> None:
    silent, first = (
        set(zip(group["vendor"], group["generation"], group["sampled"], strict=True))
        for group in (observations.silence, observations.first_report)
    )
    assert not silent & first
    quiet = {f"{VENDORS[v]}:{GENERATIONS[g]}" for v, g, _ in silent}
    assert quiet <= set(layout.pairs)
    volume = 0.0
    assert (VENDORS.index("cxmt"), GENERATIONS.index("HBM3"), volume) in silent
    assert (VENDORS.index("sk_hynix"), GENERATIONS.index("HBM3E"), volume) in first
    assert observations.observed_through == pytest.approx(2026.4932, abs=1e-3)


def test_word_that_something_has_long_been_on_sale_is_no_first_report(vintage: Evidence) -> None:
    events = used_rows(vintage, "milestones", "event")
    assert "m0446" in set(events["id"]), "supplied at some time since 2020, says a call of 2023"
    first = first_reports(events)
    assert "m0446" not in set(first["id"])
    assert ((first["published"] - first["date_start"]).dt.days <= 365).all()
    assert ((first["maker"] == "sk_hynix") & (first["generation"] == "HBM3E")).any()


# --- vintages ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2021-06-30", "2022-12-31", "2024-06-30", "2025-03-31"])
def test_every_vintage_can_be_coded(day: str, priors: Priors) -> None:
    evidence = load_evidence(day)
    layout, observations = observe(evidence, priors, policy_of(evidence))
    test_everything_is_finite_and_every_interval_is_open_to_its_right(observations)
    test_each_used_row_becomes_one_claim_at(evidence, observations)
    assert layout.last_year >= evidence.as_of.year + 2
    for claims in observations.claims.values():
        if "published" in claims.more:
            assert (claims.more["published"] <= observations.observed_through + 1e-9).all()


def test_each_used_row_becomes_one_claim_at(vintage: Evidence, observations: Observations) -> None:
    usage = usage_table(vintage)
    used = usage[usage["used"] & (usage["part"] != "raise")]
    said = Counter((kind, i) for kind, claims in observations.claims.items() for i in claims.ids)
    assert not Counter(zip(used["part"], used["id"], strict=True)) - said


def later_changed(folder: Path, day: str) -> int:
    """Change every later row of every table of claims (figures, words, dates), and say how many there were.

    Rows that a correction mends keep the cell that it expects, so that the folder stays sound.
    """
    package = read_package(folder)
    assert isinstance(package, Package)
    with (folder / package.tables["corrections"].path).open(encoding="utf-8-sig", newline="") as file:
        mended = {(row["table"], row["id"], row["field"]): row["value"] for row in csv.DictReader(file)}
    changed = 0
    for table in package.of_role("claims"):
        file = folder / table.path
        rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline="")))
        column = table.published
        for row in rows:
            if mended.get((table.name, row["id"], column), row[column]) <= day:
                continue
            changed += 1
            for name in ("low", "high"):
                if row.get(name) and (table.name, row["id"], name) not in mended:
                    row[name] = repr(float(row[name]) * 0.5)
            if "note" in row and (table.name, row["id"], "note") not in mended:
                row["note"] = "changed afterwards"
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(table.fields), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return changed


@pytest.mark.parametrize("day", ["2023-12-31", "2025-06-30"])
def test_nothing_later_reaches_an_earlier_fit(day: str, tmp_path: Path, priors: Priors) -> None:
    shutil.copytree(bundled_data(), tmp_path / "data")
    assert later_changed(tmp_path / "data", day) > 400
    before, after = (
        observe(vintage := load_evidence(day, data), priors, policy_of(vintage))
        for data in (bundled_data(), tmp_path / "data")
    )
    assert before[0] == after[0]
    told, retold = dict(arrays(before[1])), dict(arrays(after[1]))
    assert told.keys() == retold.keys()
    assert len(told) > 60
    for path, values in told.items():
        assert values.dtype == retold[path].dtype, path
        assert values.tobytes() == retold[path].tobytes(), path


def test_the_change_would_show(tmp_path: Path, priors: Priors) -> None:
    shutil.copytree(bundled_data(), tmp_path / "data")
    later_changed(tmp_path / "data", "2025-06-30")
    before, after = (
        observe(vintage := load_evidence("2026-06-30", data), priors, policy_of(vintage))[1]
        for data in (bundled_data(), tmp_path / "data")
    )
    assert not np.array_equal(before.stacked.low, after.stacked.low)
