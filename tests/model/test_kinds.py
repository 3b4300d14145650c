"""Every kind of claim is expected where an independent hand puts it: claim by claim, from the row as it stands.

Nothing of ``coding``, ``design`` or ``predictors`` is called: centres are written again with Python's own numbers, so
that the order of kinds, of claims and of arrays cannot drift together unseen.
"""

import math
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hbm_model.core.priors import Priors
from hbm_model.evidence import Evidence
from hbm_model.evidence.selection import usage_table
from hbm_model.model.context import Context
from hbm_model.model.joint import structure
from hbm_model.model.kinds import BLOCKS, KINDS, natural
from hbm_model.model.layout import Layout
from hbm_model.model.likelihood import predictions
from hbm_model.model.observations import Observations

MAKERS = ["sk_hynix", "samsung", "micron", "cxmt", "ymtc"]
HBM = ["HBM2", "HBM2E", "HBM3", "HBM3E", "HBM4", "HBM4E", "HBM5"]
BLOC = {"sk_hynix": 0, "samsung": 0, "micron": 1, "cxmt": 2, "ymtc": 2}
SPEAKERS = ["company", "insider", "analyst", "government", "other"]
FIRST_HEIGHT = {"HBM2": 4, "HBM2E": 8, "HBM3": 8, "HBM3E": 8, "HBM4": 12, "HBM4E": 12, "HBM5": 16}
COVERS = ["dram", "memory", "chip_division", "total", "samsung_total", "cxmt_total", "hbm", "ymtc_total"]
CXMT_NODE = {"19nm": "G1", "17nm": "G3", "1x": "G3", "1z": "G4", "": "G3"}
DAY = 1 / 365.25
DRAW = 3

Row = dict[str, Any]
Hand = Callable[[Row, "World", str], float]
HANDS: dict[str, Hand] = {}
"""By kind. Names of kinds are an interface, and these are written by hand: one that goes is a breaking change."""


def hand_of(*kinds: str) -> Callable[[Hand], Hand]:
    """The kinds that a function works out; it is handed a claim's row, the world and the claim's kind."""

    def named(hand: Hand) -> Hand:
        HANDS.update(dict.fromkeys(kinds, hand))
        return hand

    return named


class World:
    """One draw of the parameters and what the structural equations make of it."""

    def __init__(self, theta: Any, layout: Layout, priors: Priors, world: Any) -> None:
        self.theta = {name: np.asarray(values) for name, values in theta.items()}
        self.layout, self.constant, self.world = layout, priors.constant, world

    def one(self, name: str, *place: int) -> float:
        return float(self.theta[name][place])


def years(day: Any) -> float:
    start = date(day.year, 1, 1)
    return day.year + (day.date() - start).days / (366 if pd.Timestamp(day).is_leap_year else 365)


def plus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def logit_of(loss: float) -> float:
    return -loss - math.log(-math.expm1(-loss))


def maker(row: Row) -> int:
    return MAKERS.index("ymtc" if row["vendor"] == "xmc" else row["vendor"])


def speaker(row: Row) -> int:
    return SPEAKERS.index(row["origin"])


def height(row: Row) -> float:
    return float(row["layers"]) if not pd.isna(row["layers"]) else float(FIRST_HEIGHT[row["generation"]])


def level_time(row: Row) -> float:
    """A window up to publication: near its end; else its middle."""
    first, last = years(row["period_start"]), years(row["period_end"])
    if abs((row["published"] - row["period_end"]).days) <= 45:
        return last - min(last - first, 0.25) / 2
    return (first + last) / 2


def ahead(row: Row, time: float) -> float:
    return max(time - years(row["published"]), 0.0) if row["status"] in ("plan", "forecast", "target") else 0.0


def true_date(row: Row, at: World) -> float:
    place = (maker(row), HBM.index(row["generation"]))
    dates = {name: float(values[place]) for name, values in at.world["dates"].items()}
    steps = max(height(row) - FIRST_HEIGHT[row["generation"]], 0.0) / 4
    shift = 0.0
    if row["stage"] == "sample":
        shift = -dates["sample_lead"]
    if row["stage"] == "qualified":
        shift = at.one("qualified_after_volume", at.layout.pairs.index(f"{MAKERS[place[0]]}:{row['generation']}"))
    return dates["volume"] + shift + steps * dates["taller_step"]


@hand_of("guidance")
def guidance(row: Row, at: World, _kind: str) -> float:
    lead = true_date(row, at) - years(row["published"])
    pair = at.layout.pairs.index(f"{MAKERS[maker(row)]}:{row['generation']}")
    slip = at.one("slip_mean", BLOC[MAKERS[maker(row)]]) + at.one("slip_roadmap_sd") * at.one("slip_roadmap", pair)
    return math.log(0.1 * plus(lead / 0.1) + 0.15) - slip


@hand_of("event", "claimed")
def event(row: Row, at: World, _kind: str) -> float:
    early = at.one("mass_production_lead") if (row["stage"], row["origin"]) == ("mass_production", "company") else 0.0
    early += at.one("rumour_lead") if (row["stage"], row["origin"]) == ("qualified", "insider") else 0.0
    return true_date(row, at) - early


def shown(at: World, vendor: int, year: float) -> float:
    """What a maker's clock of learning shows, which controls slow."""
    if "log_speed" not in at.world["ramp"]:
        return year
    speeds = np.exp(at.world["ramp"]["log_speed"][vendor])
    starts = 2022.0 + 0.25 * np.arange(len(speeds))
    return year + sum((s - 1) * min(max(year - start, 0.0), 0.25) for s, start in zip(speeds, starts, strict=True))


def left(at: World, vendor: int, start: float, time: float) -> float:
    age = shown(at, vendor, time) - shown(at, vendor, start)
    followed = 0.1 * plus((age + 0.75) / 0.1) - 0.75
    return math.exp(-followed / float(at.world["ramp"]["learning_time"][vendor]))


@hand_of("hbm_yield")
def hbm_yield(row: Row, at: World, _kind: str) -> float:
    ramp, vendor, generation = at.world["ramp"], maker(row), HBM.index(row["generation"])
    rest = left(at, vendor, float(at.world["dates"]["volume"][vendor, generation]), level_time(row))
    die = float(ramp["die_floor"][vendor] + ramp["die_start"][vendor, generation] * rest)
    low = float(ramp["stack_floor"][vendor] + ramp["stack_start"][vendor, generation] * rest)
    stack = low * (height(row) / 8) ** float(ramp["layer_exponent"])
    counted = {
        "die_yield": die,
        "test_yield": die,
        "stack_yield": stack,
        "tsv_yield": stack,
        "final_yield": die + stack,
    }
    offset = {"test_yield": "test_yield_offset", "tsv_yield": "tsv_yield_offset"}.get(row["metric"])
    more = at.one(offset) if offset else 0.0
    return logit_of(counted[row["metric"]]) + more + at.one("yield_bias", speaker(row))


@hand_of("node_yield")
def node_yield(row: Row, at: World, _kind: str) -> float:
    ramp, vendor = at.world["ramp"], maker(row)
    name = row["dram_node"] or row["generation"]
    if MAKERS[vendor] == "cxmt":
        name = CXMT_NODE.get(row["dram_node"], row["dram_node"])
    node = at.layout.nodes.index(f"{MAKERS[vendor]}:{name}")
    rest = left(at, vendor, at.one("node_start", node), level_time(row))
    loss = float(ramp["node_die_floor"][node] + ramp["node_die_start"][node] * rest)
    more = at.one("test_yield_offset") if row["metric"] == "test_yield" else 0.0
    return logit_of(loss) + more + at.one("yield_bias", speaker(row))


def on_path(path: Any, first: float, time: float) -> float:
    return float(np.interp(time, first + np.arange(len(path)), path))


@hand_of("dram_wafers", "hbm_wafers", "hbm_share")
def capacity(row: Row, at: World, kind: str) -> float:
    paths, vendor = at.world["capacity"], maker(row)
    project = row["metric"] == "fab_project_wpm"
    by_then = project or (kind == "hbm_wafers" and row["status"] in ("plan", "forecast"))
    time = years(row["period_end"]) if by_then else level_time(row)
    share = paths["hbm_logit"][vendor]
    hbm = paths["log_wafers"][vendor][3:] - np.array([plus(-x) for x in share])
    path, first = {
        "dram_wafers": (paths["log_wafers"][vendor], 2019.0),
        "hbm_wafers": (hbm, 2022.0),
        "hbm_share": (share, 2022.0),
    }[kind]
    packaging = project or row["metric"] == "hbm_packaging_wpm"
    sense = 2 if packaging else 1 if "Omdia" in row["publisher"] else 0
    defined = at.one("capacity_definition", sense) if kind != "hbm_share" else 0.0
    roadmap = at.constant("plan_roadmap_sd") * at.one("plan_roadmap", int(kind != "dram_wafers"), vendor)
    return (
        on_path(path, first, time)
        + defined
        + ahead(row, time) * (at.one("plan_optimism", BLOC[MAKERS[vendor]]) + roadmap)
    )


@hand_of("spending", "project")
def spending(row: Row, at: World, kind: str) -> float:
    vendor = maker(row)
    first, last = years(row["period_start"]), years(row["period_end"])
    spent = np.exp(at.world["capacity"]["log_spending"][vendor])
    parts = [max(min(last, 2017.0 + i) - max(first, 2016.0 + i), 1e-3) for i in range(len(spent))]
    covers = row["metric"].removeprefix("capex_")
    if covers == "total" and MAKERS[vendor] in ("samsung", "cxmt"):
        covers = f"{MAKERS[vendor]}_total"
    defined = at.one("spending_definition", COVERS.index("dram" if kind == "project" else covers))
    slip = ahead(row, (first + last) / 2) * at.one("plan_optimism", BLOC[MAKERS[vendor]])
    # A year that a claim does not touch still counts a thousandth, for every maker alike.
    return math.log(float(np.dot(parts, spent)) / sum(parts)) + defined + slip


def inside(row: Row, at: World) -> list[int]:
    """Quarters whose midpoint lies in the period; else the nearest."""
    first, last = years(row["period_start"]), years(row["period_end"]) + DAY
    middles = at.layout.quarters
    found = [i for i, t in enumerate(middles) if first <= t <= last]
    return found or [int(np.argmin([abs(t - (first + last) / 2) for t in middles]))]


@hand_of("output")
def output(row: Row, at: World, _kind: str) -> float:
    bits = at.world["output"]["bits"].sum(axis=-2)
    own = bits.sum(axis=0) if row["vendor"] == "industry" else bits[maker(row)]
    return math.log(sum(float(own[q]) for q in inside(row, at)) + 1e-6)


@hand_of("bit_share", "revenue_share")
def share(row: Row, at: World, kind: str) -> float:
    price = np.exp(at.theta["price_premium"])[None, :, None] if kind == "revenue_share" else 1.0
    flow = (at.world["output"]["bits"] * price).sum(axis=-2)
    of = inside(row, at)
    own = sum(float(flow[maker(row), q]) for q in of)
    rest = sum(float(flow[v, q]) for v in range(len(MAKERS)) for q in of if v != maker(row))
    return math.log(own + 1e-6) - math.log(rest)


NO_INTERVALS = {"not_yet": "milestones", "raise": "investment"}
"""The other parts of the model, with their table: reports of what has not happened, and money that drives capacity."""


@pytest.fixture(scope="module")
def at(prior_draws: Any, layout: Layout, observations: Observations, priors: Priors) -> World:
    theta = {name: values[DRAW] for name, values in prior_draws.items()}
    return World(theta, layout, priors, structure(Context(theta, layout, priors, np, observations.drivers)))


@pytest.fixture(scope="module")
def centres(at: World, observations: Observations, priors: Priors) -> Any:
    context = Context(at.theta, at.layout, priors, np, observations.drivers)
    return np.asarray(predictions(context, at.world, observations.design)[0])


@pytest.fixture(scope="module")
def rows(vintage: Evidence) -> dict[str, Row]:
    return {str(row["id"]): row for table in vintage.tables.values() for row in table.to_dict("records")}  # type: ignore[misc]


def test_every_kind_has_a_hand_and_a_claim(observations: Observations) -> None:
    assert set(HANDS) == set(KINDS) == set(observations.stacked.kinds)
    assert set(observations.claims) == {*HANDS, "not_yet"}


def test_rows_are_used_as_the_kinds_of_their_table(vintage: Evidence) -> None:
    """Else a row would be counted as used, and read by nobody."""
    usage = usage_table(vintage)
    used = set(usage.loc[usage["used"], ["table", "part"]].itertuples(index=False, name=None))
    registered = {(table, kind.name) for kind in KINDS.values() for table in kind.tables}
    assert used <= registered | {(table, part) for part, table in NO_INTERVALS.items()}
    assert {part for _, part in used} == {*HANDS, *NO_INTERVALS}


@pytest.mark.parametrize("kind", HANDS)
def test_a_claim_is_expected_where_an_independent_hand_puts_it(
    kind: str, at: World, centres: Any, observations: Observations, rows: dict[str, Row]
) -> None:
    stacked = observations.stacked
    own = [place for place, name in enumerate(stacked.kinds) if name == kind]
    by_hand = [HANDS[kind](rows[stacked.ids[place]], at, kind) for place in own]
    np.testing.assert_allclose(centres[own], by_hand, rtol=1e-9, atol=1e-9)


def test_blocks_hold_every_kind_once() -> None:
    names = [kind.name for block in BLOCKS for kind in block.kinds]
    assert names == list(KINDS)
    assert len(set(names)) == len(names)
    groups = [*(block.name for block in BLOCKS), *(k.name for b in BLOCKS if b.apart for k in b.kinds)]
    assert len(set(groups)) == len(groups), "two blocks would write into one group of arrays"


def test_values_are_said_in_the_units_of_their_scale() -> None:
    kinds = pd.Series(["guidance", "event", "bit_share", "dram_wafers", "spending", "output"])
    x = np.array([math.log(1.15), 2026.5, 0.0, math.log(200.0), math.log(12.0), math.log(3.0)])
    said = natural(kinds, x, np.full(6, 2026.0))
    np.testing.assert_allclose(said, [2027.0, 2026.5, 50.0, 200_000.0, 12.0, 3.0])
