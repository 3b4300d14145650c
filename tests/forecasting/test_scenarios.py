"""Scenarios on a small fit: what holds between them, whatever the numbers are.

The fit is the suite's `made_up_fit`: the real evidence, levers and scenarios, with 120 draws of the prior as posterior.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal

from hbm_model.core.errors import InputError
from hbm_model.core.industry import BLOC_OF, VENDORS
from hbm_model.core.quantities import HEADLINES
from hbm_model.forecasting import gaps
from hbm_model.forecasting.contrasts import CONTRAST_COLUMNS, Outcome, gap_draws, quiet
from hbm_model.forecasting.counterfactual import PARTS, beyond_baseline, paths_of, policy_draws, policy_values, through
from hbm_model.forecasting.forecast import Forecast, forecast
from hbm_model.forecasting.simulate import Future, evaluate, future
from hbm_model.forecasting.summaries import COLUMNS
from hbm_model.inference.fit import Fit
from hbm_model.policy.levels import Levels, Step, level_at
from hbm_model.policy.levers import TARGETS, Effect, Lever
from hbm_model.policy.response import CELL, Acting
from hbm_model.policy.scenarios import BASELINE, load_scenarios, scenario_levers

HORIZON = "2030Q4"
SOON = "2028Q4"
START = 2027.0
FEW = np.arange(0, 120, 3)
LEVERS = scenario_levers()
SIGNED = [
    (lever, place)
    for lever in LEVERS.values()
    for place, effect in enumerate(lever.effects)
    if not effect.anticipation and effect.prior not in {"control_research_response"}
]
"""Every effect of every lever; those of an open sign are taken out where a sign matters."""


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a scenario file: its name, (lever, level, start, end) settings, and what it includes."""

    def written(name: str, *settings: tuple[str, float, str, str | None], include: Sequence[str] = ()) -> Path:
        lines = [f"name: {name}", "title: A test", "assumes: Nothing real.", f"include: [{', '.join(include)}]"]
        lines += ["settings:" if settings else "settings: []"]
        for lever, level, start, end in settings:
            till = f", end: {end}" if end else ""
            lines.append(f"  - {{lever: {lever}, level: {level!r}, start: {start}{till}, reason: For a test.}}")
        file = tmp_path / f"{name}.yaml"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return file

    return written


@pytest.fixture(scope="module")
def ahead(made_up_fit: Fit) -> Future:
    return future(made_up_fit, HORIZON).some(FEW)


@pytest.fixture(scope="module")
def uniform(made_up_fit: Fit) -> Mapping[str, np.ndarray]:
    return {name: u[FEW] for name, u in policy_draws(made_up_fit, 120).items()}


@pytest.fixture(scope="module")
def values(ahead: Future, uniform: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return policy_values(ahead, uniform)


@pytest.fixture(scope="module")
def base(ahead: Future) -> xr.Dataset:
    return evaluate(ahead)


@pytest.fixture(scope="module")
def several(made_up_fit: Fit) -> Forecast:
    return forecast(made_up_fit, ("match_act", "korea_partner", "hbm_sales_allowed"), SOON)


def at(policy_levels: Levels, lever: str, level: float, start: float = START) -> dict[str, tuple[Step, ...]]:
    """What is in force, with one lever at another level from a time on."""
    past = tuple(step for step in policy_levels.get(lever, ()) if step.start < start)
    return {**policy_levels, lever: (*past, Step(start, level, start))}


def same(one: xr.Dataset, other: xr.Dataset) -> None:
    for name, before in one.data_vars.items():
        assert_array_equal(other[name].to_numpy(), before.to_numpy(), err_msg=str(name))


def rows(made: Forecast, name: str) -> pd.DataFrame:
    """The rows of a scenario without its name; guidance at its word is no matter of scenarios."""
    own = made.frame[(made.frame["scenario"] == name) & (made.frame["quantity"] != "planned_lag")]
    return own.drop(columns="scenario").reset_index(drop=True)


def identical(made: Forecast, name: str, other: str = BASELINE) -> None:
    pd.testing.assert_frame_equal(rows(made, name), rows(made, other), check_exact=True)
    for quantity in HEADLINES:
        draws = made.draws(quantity)
        assert_array_equal(draws.sel(scenario=name), draws.sel(scenario=other), err_msg=quantity)


# --- what changes nothing ---------------------------------------------------------------------------------------


def test_levels_as_in_the_baseline_give_the_baseline_to_the_bit(made_up_fit: Fit, write: Write) -> None:
    policy = made_up_fit.policy
    now = {name: level_at(policy.levels.get(name, ()), START, lever.reference) for name, lever in LEVERS.items()}
    file = write("as_it_is", *((name, level, "2027-01-01", None) for name, level in now.items()))
    made = forecast(made_up_fit, horizon=SOON, files=[file])
    identical(made, "as_it_is")
    contrasts = made.contrasts
    assert set(contrasts["scenario"]) == {"as_it_is"}
    assert (contrasts[["mean", "sd", "q05", "q50", "q95"]].fillna(0.0) == 0).all().all()
    assert (contrasts[["prob_larger", "prob_smaller"]] == 0).all().all()
    assert (contrasts[list(PARTS)].fillna(0.0) == 0).all().all()
    assert (contrasts["driver"] == "").all()


def test_effects_of_size_nothing_give_the_baseline_to_the_bit(ahead: Future, base: xr.Dataset) -> None:
    nothing = np.zeros((ahead.draws, len(ahead.layout.cells)))
    world = evaluate(ahead, [Acting("none", Effect("p", target, "all", 1), nothing) for target in TARGETS])
    of_volume = ("sample", "taller_step")  # taken as differences of dates that may have moved
    same(base.drop_vars(of_volume), world)
    for name in of_volume:
        assert_allclose(world[name], base[name], rtol=0, atol=1e-9)


def test_what_starts_after_the_horizon_changes_nothing(made_up_fit: Fit, write: Write) -> None:
    made = forecast(
        made_up_fit, horizon=SOON, files=[write("late", *((n, x.high, "2029-01-01", None) for n, x in LEVERS.items()))]
    )
    identical(made, "late")


def test_what_is_over_before_the_as_of_date_changes_nothing(made_up_fit: Fit, write: Write) -> None:
    file = write("over", ("immersion_access", 1.0, "2024-01-01", "2025-12-31"))
    identical(forecast(made_up_fit, horizon=SOON, files=[file]), "over")


# --- combining --------------------------------------------------------------------------------------------------


def test_combining_is_in_no_order_counts_once_and_with_nothing_changes_nothing(made_up_fit: Fit, write: Write) -> None:
    files = [
        write("a", ("immersion_access", 0.9, "2027-04-01", None), ("ai_demand", 3.0, "2027-01-01", "2028-01-01")),
        write("b", ("immersion_access", 0.6, "2027-10-01", None), ("korea_capital", 30.0, "2027-01-01", None)),
        write("nothing"),
        write("a_and_nothing", include=["a", "nothing"]),
        write("ab", include=["a", "b"]),
        write("ba", include=["b", "a"]),
        write("a_twice", include=["ab", "a", "ba"]),
    ]
    made = forecast(made_up_fit, horizon=SOON, files=files)
    identical(made, "nothing")
    identical(made, "a_and_nothing", "a")
    identical(made, "ba", "ab")
    identical(made, "a_twice", "ab")
    for one in ("a", "b"):
        lag = made.draws("capacity_ratio")
        assert (lag.sel(scenario="ab") != lag.sel(scenario=one)).any()
    backwards = forecast(made_up_fit, horizon=SOON, files=[files[5], *files[1::-1]])
    assert [each.name for each in backwards.scenarios] == [BASELINE, "ba", "b", "a"]
    for name in ("ba", "b", "a"):
        pd.testing.assert_frame_equal(rows(made, name), rows(backwards, name), check_exact=True)


def test_the_order_and_company_of_scenarios_changes_no_number(made_up_fit: Fit, several: Forecast) -> None:
    names = ("hbm_sales_allowed", BASELINE, "match_act", "korea_partner", "match_act")
    again = forecast(made_up_fit, names, SOON)
    assert [each.name for each in again.scenarios] == [each.name for each in several.scenarios]
    assert again.scenarios[0].name == BASELINE
    pd.testing.assert_frame_equal(again.frame, several.frame, check_exact=True)
    pd.testing.assert_frame_equal(again.contrasts, several.contrasts, check_exact=True)
    xr.testing.assert_identical(again.headline, several.headline)
    alone = forecast(made_up_fit, ("match_act",), SOON)
    pd.testing.assert_frame_equal(rows(alone, "match_act"), rows(several, "match_act"), check_exact=True)


# --- time -------------------------------------------------------------------------------------------------------


def first_acts(paths: Sequence[Acting], ahead: Future) -> float:
    return min(ahead.layout.cells[np.flatnonzero(path.path.any(axis=0))[0]] for path in paths)


@pytest.mark.parametrize("name", [name for name in load_scenarios() if name != BASELINE])
def test_nothing_acts_before_its_start_but_what_is_declared_as_anticipation(
    ahead: Future, uniform: Mapping[str, np.ndarray], name: str
) -> None:
    scenarios = load_scenarios()
    paths = paths_of(name, scenarios, ahead, uniform)
    assert paths
    settings = [one for each in (name, *scenarios[name].include) for one in scenarios[each].settings]
    for path in paths:
        own = [one for one in settings if one.lever == path.lever]
        shielded = not own
        begins = min(one.start for one in (own or settings))
        acts = first_acts([path], ahead)
        day = begins.year + (begins.timetuple().tm_yday - 1) / 365.25
        if path.effect.anticipation:
            announced = min((one.expected or one.announced or one.start) for one in own)
            assert acts >= announced.year + (announced.timetuple().tm_yday - 1) / 365.25 - CELL
            assert (path.path[:, ahead.layout.cells >= day] <= 0).all(), "paid back once the measure is there"
        else:
            assert acts >= day - CELL, (path.lever, path.effect, shielded)


@pytest.mark.parametrize("lever", LEVERS.values(), ids=lambda lever: lever.name)
def test_the_world_before_a_start_is_that_of_the_baseline(
    ahead: Future, base: xr.Dataset, values: Mapping[str, np.ndarray], lever: Lever
) -> None:
    """The past needs no holding here: a start on the first day of a year, and what is read where it is read."""
    levels = at(ahead.fit.policy.levels, lever.name, lever.high, START)
    levels = at(levels, lever.name, lever.low, 2028.5)
    world = evaluate(ahead, beyond_baseline(ahead, levels, values))
    before = base["time"].to_numpy() < START
    for name in ("wafers", "dram_wafers"):
        assert_array_equal(world[name].to_numpy()[..., before], base[name].to_numpy()[..., before], err_msg=name)
    for name in ("volume", "sample"):
        past = base[name].to_numpy() <= START
        assert_allclose(world[name].to_numpy()[past], base[name].to_numpy()[past], rtol=0, atol=1e-9, err_msg=name)
        assert (world[name].to_numpy()[~past] >= START - 1e-6).all()
    shipping = (base["volume"] <= base["time"]).to_numpy()[..., before]
    for name in ("die", "stack", "final"):
        now, then = world[name].to_numpy()[..., before], base[name].to_numpy()[..., before]
        assert_array_equal(now[shipping], then[shipping], err_msg=name)


def test_no_quantity_differs_before_the_first_effect_acts(several: Forecast) -> None:
    for name, first in {"match_act": "2027Q1", "korea_partner": "2027Q1", "hbm_sales_allowed": "2027Q1"}.items():
        contrasts = several.contrasts[several.contrasts["scenario"] == name]
        early = contrasts[(contrasts["period"] != "") & (contrasts["period"] < first)]
        assert len(early) > 1000
        assert (early[["mean", "sd", "q05", "q95"]].fillna(0.0) == 0).all().all()
        assert (early[["prob_larger", "prob_smaller"]] == 0).all().all()
        assert (early[list(PARTS)].fillna(0.0) == 0).all().all()
        assert (early["driver"] == "").all()
        late = contrasts[(contrasts["quantity"] == "output_ratio") & (contrasts["period"] == SOON)]
        assert (late["prob_larger"] + late["prob_smaller"] > 0.9).all()


def test_a_world_is_held_until_the_first_of_its_effects_acts(
    ahead: Future, base: xr.Dataset, values: Mapping[str, np.ndarray]
) -> None:
    """The middle of a year: the capacity of that year moves as a whole, and is held until the day."""
    levels = at(ahead.fit.policy.levels, "ai_demand", 10.0, 2027.5)
    paths = beyond_baseline(ahead, levels, values)
    assert quiet(paths) == 22
    usual, bare = Outcome.of(ahead), Outcome.of(ahead, paths)
    found = Outcome.of(ahead, paths, usual)
    assert found.headline.data_vars.keys() == bare.headline.data_vars.keys()
    before = base["time"].to_numpy() < 2027.5
    assert before.sum() == 22
    early = 0
    for own, free, was in zip(found.quantities, bare.quantities, usual.quantities, strict=True):
        assert (own.name, own.unit, own.draws.dims, own.draws.dtype) == (
            *(free.name, free.unit),
            *(free.draws.dims, free.draws.dtype),
        )
        if "period" not in own.draws.dims:
            assert_array_equal(own.draws, free.draws)
            continue
        assert_array_equal(own.draws.isel(period=before), was.draws.isel(period=before))
        assert_array_equal(own.draws.isel(period=~before), free.draws.isel(period=~before))
        early += not free.draws.isel(period=before).equals(was.draws.isel(period=before))
    assert early > 0, "else there is nothing to hold"


def test_what_ends_leaves_levels_in_force_and_effects_that_fade(
    made_up_fit: Fit, write: Write, ahead: Future, uniform: Mapping[str, np.ndarray]
) -> None:
    file = write("for_a_year", ("immersion_access", 1.0, "2027-01-01", "2028-01-01"))
    scenarios = load_scenarios(extra=[file])
    by_lever = [path for path in paths_of("for_a_year", scenarios, ahead, uniform) if not path.effect.anticipation]
    assert by_lever
    for path in by_lever:
        size = np.abs(path.path)
        during, after = size[:, (ahead.layout.cells >= START) & (ahead.layout.cells < 2028.0)], size[:, -1]
        assert (during.max(axis=1) > 0).all()
        assert (after < size.max(axis=1)).all(), "it leaves as it came"
        assert np.median(after / size.max(axis=1)) < 0.2


# --- direction --------------------------------------------------------------------------------------------------


def signed(lever: Lever, effect: Effect, fit: Fit) -> bool:
    return fit.priors[effect.prior].dist == "lognormal" and not effect.anticipation


@cache
def _grid(low: float, high: float) -> tuple[float, ...]:
    return tuple(np.linspace(low, high, 5))


@pytest.mark.parametrize("lever", LEVERS.values(), ids=lambda lever: lever.name)
def test_every_effect_with_a_sign_is_monotone_in_its_levers_level_draw_by_draw(
    ahead: Future, values: Mapping[str, np.ndarray], lever: Lever
) -> None:
    before: dict[int, np.ndarray] = {}
    found = 0
    for level in _grid(lever.low, lever.high):
        paths = beyond_baseline(ahead, at(ahead.fit.policy.levels, lever.name, level), values)
        own = {path.effect: path for path in paths if path.lever == lever.name}
        for place, effect in enumerate(lever.effects):
            if not signed(lever, effect, ahead.fit):
                continue
            path = own[effect].path if effect in own else np.zeros((ahead.draws, len(ahead.layout.cells)))
            if place in before:
                assert (effect.sign * (path - before[place]) >= -1e-12).all(), effect
                found += bool((path != before[place]).any())
            before[place] = path
    assert found >= len(before)


OUTCOMES = {
    "clock_speed": ("volume", -1),
    "learning_speed": ("final", 1),
    "start_loss": ("final", -1),
    "floor_loss": ("final", -1),
    "investment": ("dram_wafers", 1),
    "capital": ("dram_wafers", 1),
    "tool_cost": ("dram_wafers", -1),
    "hbm_share": ("wafers", 1),
    "realised": ("bits", 1),
}
"""What more of a structural parameter does to what it moves first."""


@pytest.mark.parametrize(
    ("lever", "place"),
    [pytest.param(lever, place, id=f"{lever.name}-{lever.effects[place].prior}") for lever, place in SIGNED],
)
def test_more_of_a_lever_moves_the_world_the_stated_way_in_every_draw(
    ahead: Future, base: xr.Dataset, values: Mapping[str, np.ndarray], lever: Lever, place: int
) -> None:
    effect = lever.effects[place]
    levels = at(ahead.fit.policy.levels, lever.name, lever.high)
    paths = [path for path in beyond_baseline(ahead, levels, values) if path.lever == lever.name]
    path = next(path for path in paths if path.effect == effect)
    usual = level_at(ahead.fit.policy.levels.get(lever.name, ()), START, lever.reference)
    up = np.sign(lever.high - usual) * np.sign(values[effect.prior]) * effect.sign  # an open sign is the draw's
    name, way = OUTCOMES[effect.target]
    world = evaluate(ahead, [path])
    change = (world[name] - base[name]).to_numpy()
    if name == "final":  # a line that has not started yet has no yield, and one that starts later is younger
        change = np.where((base["volume"] <= base["time"]).to_numpy(), change, 0.0)
    direction = (way * up).reshape(-1, *[1] * (change.ndim - 1))
    assert (direction * change >= -1e-9 * np.abs(base[name].to_numpy())).all()
    assert (change != 0).any()
    others = [v for v in range(len(VENDORS)) if effect.bloc not in (BLOC_OF[VENDORS[v]], "all")]
    assert (change[:, others] == 0).all(), "makers of other blocs go on as they were"


@pytest.mark.parametrize(
    ("lever", "way"),
    [("immersion_access", 1), ("tool_servicing", 1), ("talent_flow", -1), ("ai_fabs", 1)],
)
def test_the_frontier_lag_answers_in_the_stated_direction(
    ahead: Future, values: Mapping[str, np.ndarray], lever: str, way: int
) -> None:
    own = LEVERS[lever]
    lags = []
    for level in (own.low, (own.low + own.high) / 2, own.high):
        world = evaluate(ahead, beyond_baseline(ahead, at(ahead.fit.policy.levels, lever, level), values))
        volume = world["volume"].to_numpy()
        # An undefined lag is one without any Chinese volume: as far behind as can be.
        lags.append(np.nan_to_num(gaps.frontier_lag(volume, world["time"].to_numpy()), nan=99.0))
    for less, more in pairwise(lags):
        assert (way * (more - less) >= -1e-6).all()
    assert (lags[0] != lags[-1]).any()


@pytest.mark.parametrize(
    ("lever", "bloc", "way"),
    [
        ("immersion_access", "china", -1),
        ("etch_deposition_access", "china", -1),
        ("china_capital", "china", 1),
        ("korea_capital", "korea", 1),
        ("ai_demand", "korea", 1),
    ],
)
def test_capacity_answers_in_the_stated_direction(
    ahead: Future, values: Mapping[str, np.ndarray], lever: str, bloc: str, way: int
) -> None:
    own = LEVERS[lever]
    makers = [v for v in VENDORS if BLOC_OF[v] == bloc]
    found = []
    for level in (own.low, (own.low + own.high) / 2, own.high):
        world = evaluate(ahead, beyond_baseline(ahead, at(ahead.fit.policy.levels, lever, level), values))
        found.append(world["dram_wafers"].sel(vendor=makers).to_numpy())
    for less, more in pairwise(found):
        assert (way * (more - less) >= -1e-9 * less).all()
    assert (found[0] != found[-1]).any()


def test_domestic_tools_cost_now_and_shield_from_controls_later(
    ahead: Future, values: Mapping[str, np.ndarray]
) -> None:
    policy, quarters = ahead.fit.policy, ahead.layout.cells
    banned = at(policy.levels, "etch_deposition_access", 1.0)
    bare, shielded = (
        {path.effect: path.path for path in beyond_baseline(ahead, levels, values) if path.lever == name}
        for name in ("etch_deposition_access",)
        for levels in (banned, at(banned, "domestic_tools", 0.7))
    )
    for effect in bare:
        if effect.anticipation or not signed(LEVERS["etch_deposition_access"], effect, ahead.fit):
            continue
        one, other = (effect.sign * paths[effect][:, quarters > START] for paths in (bare, shielded))
        assert (other < one).all(), "what is domestic cannot be withheld"
    own = [
        path
        for path in beyond_baseline(ahead, at(banned, "domestic_tools", 0.7), values)
        if path.lever == "domestic_tools"
    ]
    assert {path.effect.target for path in own} == {"learning_speed", "start_loss", "tool_cost"}


# --- ranges -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ends", ["low", "high", "mixed"])
def test_extreme_levels_of_all_levers_keep_everything_in_its_range(
    ahead: Future, base: xr.Dataset, values: Mapping[str, np.ndarray], ends: str
) -> None:
    levels: Levels = ahead.fit.policy.levels
    for place, lever in enumerate(LEVERS.values()):
        high = ends == "high" or (ends == "mixed" and place % 2 == 0)
        levels = at(levels, lever.name, lever.high if high else lever.low, START)
    paths = beyond_baseline(ahead, levels, values)
    world = evaluate(ahead, paths)
    assert (world["final"].to_numpy() != base["final"].to_numpy()).any()
    for name in ("die", "stack", "final"):
        assert ((world[name] >= 0) & (world[name] <= 1)).all(), name
    assert_allclose(world["final"], world["die"] * world["stack"], rtol=1e-5, atol=1e-12)
    for name in ("wafers", "dram_wafers", "bits", "volume", "sample"):
        assert np.isfinite(world[name]).all(), name
    assert (world["dram_wafers"] > 0).all()
    assert ((world["wafers"] > 0) & (world["wafers"] < world["dram_wafers"])).all()
    assert (world["bits"] >= 0).all()
    built = ahead.layout.ships.astype(bool)
    assert (world["volume"] > world["sample"]).to_numpy()[:, built].all()
    assert (world["taller_step"] >= 0).all()
    for chain in (("sk_hynix", slice(0, 7)), ("cxmt", slice(2, 7))):
        dates = world["volume"].sel(vendor=chain[0]).isel(generation=chain[1])
        assert (dates.diff("generation") > 0).all(), "generations stay in their order"
    drawn = gap_draws(ahead, paths)
    for quantity in ("bit_share", "revenue_share"):
        shares = drawn[quantity]
        assert ((shares >= 0) & (shares <= 1 + 1e-6)).all()
        assert_allclose(shares.sel(vendor=VENDORS).sum("vendor"), 1.0, rtol=1e-5)


def test_bits_add_up_over_vendors_and_shares_sum_to_one_in_every_scenario(several: Forecast) -> None:
    bits = several.table("bits_shipped").set_index(["scenario", "period", "vendor"])["mean"].unstack("vendor")  # noqa: PD010
    assert_allclose(bits["world"], bits[VENDORS].sum(axis=1), rtol=1e-6)
    assert_allclose(bits["korea"], bits[["sk_hynix", "samsung"]].sum(axis=1), rtol=1e-6)
    assert_allclose(bits["china"], bits[["cxmt", "ymtc"]].sum(axis=1), rtol=1e-6)
    for quantity in ("bit_share", "revenue_share"):
        shares = several.draws(quantity)
        assert_allclose(shares.sel(vendor=VENDORS).sum("vendor"), 1.0, rtol=1e-5)
        assert float(shares.min()) >= 0


# --- contrasts --------------------------------------------------------------------------------------------------


def test_columns_of_the_contrasts(several: Forecast) -> None:
    contrasts = several.contrasts
    assert list(contrasts.columns) == CONTRAST_COLUMNS
    assert list(contrasts.columns) == [*COLUMNS, "prob_larger", "prob_smaller", *PARTS, "driver"]
    assert PARTS == ("clock", "ramp", "capacity", "demand")
    key = ["scenario", "quantity", "vendor", "generation", "layers", "period"]
    assert not contrasts.duplicated(key).any()
    assert not contrasts[key].isna().any().any()
    assert BASELINE not in set(contrasts["scenario"])
    for name in ("prob_never", "prob_larger", "prob_smaller"):
        assert contrasts[name].between(0, 1).all()
    assert (contrasts["prob_larger"] + contrasts["prob_smaller"] <= 1 + 1e-12).all()
    assert set(contrasts["driver"]) <= {*PARTS, ""}


def test_a_forecast_of_the_baseline_alone_has_contrasts_without_rows(made_up_fit: Fit) -> None:
    made = forecast(made_up_fit, horizon=SOON)
    assert made.contrasts.empty
    assert list(made.contrasts.columns) == CONTRAST_COLUMNS
    assert list(made.headline["scenario"].to_numpy()) == [BASELINE]
    with pytest.raises(InputError, match="'match_act' was not forecast; there are: none"):
        made.contrast("frontier_lag", "match_act")


def test_a_contrast_sums_up_the_paired_differences(several: Forecast) -> None:
    for name in ("match_act", "korea_partner"):
        for quantity in ("capacity_ratio", "output_ratio"):
            draws = several.draws(quantity).sel(period=SOON).astype(float)
            change = (draws.sel(scenario=name) - draws.sel(scenario=BASELINE)).to_numpy()
            (row,) = several.contrast(quantity, name).query(f"period == '{SOON}'").to_dict("records")
            assert_allclose(row["mean"], change.mean(), rtol=1e-4, atol=1e-9)
            assert row["prob_larger"] == pytest.approx((change > 0).mean())
            assert row["prob_smaller"] == pytest.approx((change < 0).mean())
            assert row["q50"] == pytest.approx(np.sort(change)[len(change) // 2 - 1], rel=1e-4, abs=1e-9)
    both = several.contrast("capacity_ratio")
    assert set(both["scenario"]) == {"match_act", "korea_partner", "hbm_sales_allowed"}


def test_a_date_beyond_the_horizon_in_one_of_two_worlds_counts_as_later(several: Forecast) -> None:
    lags = several.draws("generation_lag").sel(generation="HBM3E")
    one, other = (lags.sel(scenario=name).to_numpy() for name in (BASELINE, "match_act"))
    (row,) = several.contrast("generation_lag", "match_act").query("generation == 'HBM3E'").to_dict("records")
    assert row["prob_larger"] == pytest.approx((other > one).mean())
    assert row["prob_larger"] > 0
    with np.errstate(invalid="ignore"):
        assert row["prob_never"] == pytest.approx((~np.isfinite(other - one)).mean())


def test_the_driver_is_the_part_that_alone_does_most(several: Forecast, made_up_fit: Fit) -> None:
    contrasts = several.contrasts
    told = contrasts[contrasts["quantity"].isin(HEADLINES)]
    size = told[list(PARTS)].abs().fillna(0.0)
    some = size.max(axis=1) > 0
    assert (told.loc[some, "driver"] == size[some].idxmax(axis=1)).all()
    assert (told.loc[~some, "driver"] == "").all()
    assert (contrasts.loc[~contrasts["quantity"].isin(HEADLINES), "driver"] == "").all()
    # Sales move what is demanded and nothing else; the lag of generations is a matter of the clock.
    sales = told[(told["scenario"] == "hbm_sales_allowed") & some]
    assert set(sales["driver"]) == {"demand"}
    act = several.contrast("generation_lag", "match_act")
    assert set(act["driver"]) <= {"clock", ""}
    assert "clock" in set(act["driver"])
    (alone,) = several.contrast("capacity_ratio", "hbm_sales_allowed").query(f"period == '{SOON}'").to_dict("records")
    assert alone["demand"] == pytest.approx(alone["mean"], rel=1e-3), "a single part is the whole"


def test_a_scenario_works_through_its_parts(ahead: Future, uniform: Mapping[str, np.ndarray]) -> None:
    paths = paths_of("match_act", load_scenarios(), ahead, uniform)
    split = {part: through(paths, part) for part in PARTS}
    assert sum(len(own) for own in split.values()) == len(paths)
    for part, own in split.items():
        assert own, part
        assert {TARGETS[path.effect.target] for path in own} == {part}


# --- sizes ------------------------------------------------------------------------------------------------------


def test_sizes_that_the_fit_estimates_are_its_posterior_and_the_others_their_prior(
    ahead: Future, uniform: Mapping[str, np.ndarray]
) -> None:
    informed = {effect.prior for _, effect in ahead.fit.policy.informed}
    found = policy_values(ahead, uniform)
    for name in informed:
        assert_array_equal(found[name], ahead.theta[name])
    changed = policy_values(
        ahead, uniform, {"etch_deposition_tool_cost": {"median": 9.0}, "immersion_tool_cost": {"median": 9.0}}
    )
    assert np.median(changed["etch_deposition_tool_cost"]) > 3, "a scenario's own word on a size replaces the estimate"
    assert_allclose(changed["immersion_tool_cost"] / found["immersion_tool_cost"], 9.0 / 0.4)
    assert_array_equal(changed["etch_deposition_learning_speed"], ahead.theta["etch_deposition_learning_speed"])


def test_the_signs_that_theory_leaves_open_are_left_open(ahead: Future, values: Mapping[str, np.ndarray]) -> None:
    open_ones = {e.prior for _, e in ahead.fit.policy.effects if ahead.fit.priors[e.prior].dist == "normal"}
    assert len(open_ones) >= 3
    for name in open_ones:
        assert (values[name] > 0).any(), name
        assert (values[name] < 0).any(), name


# --- files of one's own -----------------------------------------------------------------------------------------


def test_a_file_of_ones_own_is_forecast_beside_the_shipped_ones(made_up_fit: Fit, write: Write) -> None:
    mine = write("mine", ("hbm_sales", 0.9, "2027-01-01", None), include=["match_act"])
    made = forecast(made_up_fit, ("match_act",), SOON, files=[mine])
    assert [each.name for each in made.scenarios] == [BASELINE, "match_act", "mine"]
    assert made.scenarios[-1].source == str(mine)
    assert set(made.contrasts["scenario"]) == {"match_act", "mine"}
    ratio = made.draws("output_ratio").sel(period=SOON)
    assert (ratio.sel(scenario="mine") != ratio.sel(scenario="match_act")).any()
    assert set(made.draws_frame()["scenario"].unique()) == {BASELINE, "match_act", "mine"}


def test_a_file_with_faults_is_refused_by_file_key_and_mend(made_up_fit: Fit, write: Write) -> None:
    wrong = write("wrong", ("hbm_sale", 0.9, "2027-01-01", None), ("hbm_sales", 3.0, "2027-01-01", None))
    with pytest.raises(InputError) as caught:
        forecast(made_up_fit, horizon=SOON, files=[wrong])
    message = str(caught.value)
    assert f"{wrong}" in message
    assert "settings[0].lever" in message
    assert "hbm_sales" in message
    assert "settings[1].level" in message


def test_an_earlier_as_of_has_its_own_baseline(made_up_fit: Fit) -> None:
    """The measures in force are part of the fit: they are known to whoever forecasts from it."""
    fewer = {name: steps[:1] for name, steps in made_up_fit.policy.levels.items()}
    early = replace(made_up_fit, policy=replace(made_up_fit.policy, levels=fewer))
    later, before = (evaluate(future(each, SOON)) for each in (made_up_fit, early))
    china = before["dram_wafers"].sel(vendor="cxmt", period=SOON) - later["dram_wafers"].sel(vendor="cxmt", period=SOON)
    assert float((china > 0).mean()) > 0.5, "fewer controls, more Chinese wafers"
    assert_array_equal(before["dram_wafers"].sel(vendor="samsung"), later["dram_wafers"].sel(vendor="samsung"))
