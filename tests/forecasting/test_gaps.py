"""The gap quantities on worlds small enough to work out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from hbm_model.core.industry import GENERATIONS, VENDORS
from hbm_model.core.quantities import BY_NAME, HEADLINES
from hbm_model.forecasting import gaps
from hbm_model.forecasting.simulate import simulate
from hbm_model.inference.fit import Fit

NOT_BUILT = 3000.0
TIMES = np.arange(2022.125, 2033, 0.25)
HORIZON = 2033.0


def world(**dates: dict[str, float]) -> np.ndarray:
    """One draw of volume dates: maker to generation to date; what is not named is not built."""
    volume = np.full((1, len(VENDORS), len(GENERATIONS)), NOT_BUILT)
    for maker, by_generation in dates.items():
        for generation, date in by_generation.items():
            volume[0, VENDORS.index(maker), GENERATIONS.index(generation)] = date
    return volume


KOREA = {
    "sk_hynix": {"HBM2": 2017.5, "HBM2E": 2020.5, "HBM3": 2022.5, "HBM3E": 2024.25, "HBM4": 2026.0},
    "samsung": {"HBM2": 2016.0, "HBM2E": 2020.25, "HBM3": 2023.5, "HBM3E": 2024.5, "HBM4": 2026.5},
}
MICRON = {"micron": {"HBM2E": 2020.0, "HBM3E": 2024.0, "HBM4": 2025.5}}


def at(values: np.ndarray, when: float) -> float:
    return float(values[0, int(np.abs(TIMES - when).argmin())])


def test_the_blocs_are_korea_and_china_and_micron_is_neither() -> None:
    assert [VENDORS[i] for i in gaps.KOREA] == ["sk_hynix", "samsung"]
    assert [VENDORS[i] for i in gaps.CHINA] == ["cxmt", "ymtc"]


def test_the_generation_lag_runs_from_the_first_korean_to_the_first_chinese_maker() -> None:
    volume = world(**KOREA, **MICRON, cxmt={"HBM3": 2026.75, "HBM3E": 2028.0}, ymtc={"HBM3": 2026.5, "HBM3E": 2034.0})
    lag = dict(zip(GENERATIONS, gaps.generation_lag(volume, HORIZON)[0], strict=True))
    assert lag["HBM3"] == 2026.5 - 2022.5
    assert lag["HBM3E"] == 2028.0 - 2024.25
    assert lag["HBM4"] == np.inf, "China beyond the horizon: never, as far as this goes"
    assert np.isnan(lag["HBM5"]), "no Korean date, no lag"


def test_a_chinese_date_on_the_horizon_still_counts_and_one_after_it_does_not() -> None:
    volume = world(**KOREA, cxmt={"HBM3": HORIZON, "HBM3E": HORIZON + 1e-6})
    lag = gaps.generation_lag(volume, HORIZON)[0]
    assert lag[GENERATIONS.index("HBM3")] == HORIZON - 2022.5
    assert lag[GENERATIONS.index("HBM3E")] == np.inf


def test_the_lag_is_negative_where_china_is_first() -> None:
    volume = world(sk_hynix={"HBM2": 2017.0}, cxmt={"HBM2": 2016.0})
    assert gaps.generation_lag(volume, HORIZON)[0, 0] == -1.0


def test_the_frontier_lag_is_how_long_ago_korea_first_shipped_what_china_ships_best() -> None:
    volume = world(**KOREA, **MICRON, cxmt={"HBM2": 2025.0, "HBM3": 2027.0})
    lag = gaps.frontier_lag(volume, TIMES)
    assert np.isnan(lag[0, TIMES < 2025.0]).all(), "undefined while China ships none"
    assert_allclose(at(lag, 2025.125), 2025.125 - 2016.0)
    assert_allclose(at(lag, 2026.875), 2026.875 - 2016.0)
    assert_allclose(at(lag, 2027.125), 2027.125 - 2022.5)
    assert_allclose(np.diff(lag[0, TIMES > 2027.0]), 0.25), "it grows year by year until the next step"


def test_an_older_generation_shipped_later_is_no_step_back() -> None:
    early = gaps.frontier_lag(world(**KOREA, cxmt={"HBM3": 2026.0}), TIMES)
    late = gaps.frontier_lag(world(**KOREA, cxmt={"HBM3": 2026.0, "HBM2": 2028.0}), TIMES)
    assert_array_equal(early, late)


def test_without_a_chinese_maker_there_is_no_frontier_lag_and_no_catching_up() -> None:
    lag = gaps.frontier_lag(world(**KOREA), TIMES)
    assert np.isnan(lag).all()
    assert gaps.catch_up(lag, TIMES)[0] == np.inf


def test_catching_up_is_the_first_quarter_below_the_threshold() -> None:
    behind = world(**KOREA, cxmt={"HBM3": 2026.0})
    close = world(**KOREA, cxmt={"HBM3": 2026.0, "HBM4": 2026.75})
    lag = gaps.frontier_lag(np.concatenate([behind, close]), TIMES)
    assert_array_equal(gaps.catch_up(lag, TIMES), [np.inf, 2026.875])
    assert_array_equal(gaps.catch_up(lag, TIMES, threshold=100.0), [2026.125, 2026.125])


def test_the_best_generation_is_the_newest_shipped_by_any_maker_of_the_bloc() -> None:
    volume = world(**KOREA, cxmt={"HBM2": 2025.0}, ymtc={"HBM3": 2030.0})
    best = gaps.best_generation(volume, gaps.CHINA, np.array([2024.9, 2025.0, 2029.9, 2030.0]))
    assert_array_equal(best[0], [-1, 0, 0, 2])


def test_the_best_yield_is_taken_on_the_blocs_best_generation_among_makers_that_ship_it() -> None:
    volume = world(**KOREA, cxmt={"HBM3": 2026.0}, ymtc={"HBM2": 2025.0, "HBM3": 2030.0})
    final = np.zeros((1, len(VENDORS), len(GENERATIONS), len(TIMES)))
    cxmt, ymtc = VENDORS.index("cxmt"), VENDORS.index("ymtc")
    final[0, ymtc, GENERATIONS.index("HBM2")] = 0.9
    final[0, cxmt, GENERATIONS.index("HBM3")] = 0.4
    final[0, ymtc, GENERATIONS.index("HBM3")] = 0.6
    best = gaps.best_yield(final, volume, gaps.CHINA, TIMES)
    assert np.isnan(best[0, TIMES < 2025.0]).all()
    assert at(best, 2025.625) == 0.9
    assert at(best, 2026.125) == 0.4, "the newer generation counts, though the older one yields more"
    assert at(best, 2029.875) == 0.4, "a maker that does not ship it yet does not count"
    assert at(best, 2030.125) == 0.6


def test_the_same_age_is_counted_from_the_first_chinese_maker() -> None:
    volume = world(**KOREA, cxmt={"HBM3": 2026.0}, ymtc={"HBM3": 2027.0})
    generation, age = gaps.same_age(volume, TIMES)
    before = TIMES < 2026.0
    assert (generation[0, before] == -1).all()
    assert np.isnan(age[0, before]).all()
    assert (generation[0, ~before] == GENERATIONS.index("HBM3")).all()
    assert_allclose(age[0, ~before], TIMES[~before] - 2026.0)


def test_a_ratio_sums_each_bloc_and_leaves_micron_out() -> None:
    flow = np.array([3.0, 1.0, 100.0, 0.5, 0.5])[None, :, None]
    assert_allclose(gaps.ratio(flow), [[0.25]])


@given(
    volume=arrays(float, (3, len(VENDORS), len(GENERATIONS)), elements=st.floats(2015, 2040)),
    threshold=st.floats(0.1, 5),
)
def test_definitions_agree_with_one_another_on_any_dates(volume: np.ndarray, threshold: float) -> None:
    lag = gaps.frontier_lag(volume, TIMES)
    first = gaps.first_of(volume, gaps.CHINA).min(axis=1)
    assert_array_equal(np.isnan(lag), first[:, None] > TIMES)
    caught = gaps.catch_up(lag, TIMES, threshold)
    for draw in range(len(volume)):
        below = TIMES[np.nan_to_num(lag[draw], nan=np.inf) < threshold]
        assert caught[draw] == (below[0] if below.size else np.inf)
    by_generation = gaps.generation_lag(volume, HORIZON)
    best = gaps.best_generation(volume, gaps.CHINA, TIMES)
    for draw in range(len(volume)):
        newest = best[draw, -1]
        if newest >= 0 and np.isfinite(by_generation[draw, newest]):
            start = gaps.first_of(volume, gaps.CHINA)[draw, newest]
            assert lag[draw, -1] == pytest.approx(by_generation[draw, newest] + TIMES[-1] - start)


def test_every_headline_has_its_definition_over_its_own_dims_and_no_other_quantity_has(made_up_fit: Fit) -> None:
    simulated = simulate(made_up_fit, "2028Q4")
    arrays = {str(name): values.to_numpy() for name, values in simulated.items()}
    density = made_up_fit.priors.constant("bandwidth_density", GENERATIONS)
    found = gaps.of_world(arrays, simulated["time"].to_numpy(), simulated.attrs["end"], density)
    assert set(found) == set(HEADLINES)
    sizes = simulated.sizes
    for name, values in found.items():
        makers = () if BY_NAME[name].whose == "china" else ("vendor",)
        assert values.shape == tuple(sizes[dim] for dim in ("draw", *makers, *BY_NAME[name].dims)), name
