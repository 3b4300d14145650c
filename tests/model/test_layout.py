"""The model's index sets: who may build what, and matrices that put parameters in their place."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from hbm_model.core.arrays import interpolation
from hbm_model.core.industry import (
    BASE_LAYERS,
    BLOC_OF,
    BLOCS,
    ENTRY,
    GENERATIONS,
    MAKER,
    NOT_BUILT,
    ORIGINS,
    TALLER_LAYERS,
    VENDORS,
    bloc_index,
    order,
    vendor_index,
)
from hbm_model.core.priors import Priors
from hbm_model.evidence import Evidence
from hbm_model.model import clock
from hbm_model.model.context import Context
from hbm_model.model.equations import NEVER
from hbm_model.model.layout import FIRST_HBM_KNOT, FIRST_KNOT, FIRST_QUARTER, LEAD_YEARS, Layout
from hbm_model.policy.response import CELL

BARE = Layout(last_year=2028, last_output_year=2026)


def test_the_model_speaks_the_words_of_the_evidence(vintage: Evidence) -> None:
    assert set(MAKER.values()) == set(VENDORS)
    blocs = vintage.references["vendors"].set_index("vendor")["bloc"]
    assert {v: blocs[v] for v in VENDORS} == BLOC_OF
    assert {vendor: blocs[vendor] for vendor in MAKER} == {v: BLOC_OF[maker] for v, maker in MAKER.items()}
    assert set(BLOC_OF.values()) == set(BLOCS)
    assert set(ORIGINS) == set(vintage.references["origins"]["origin"])
    known = vintage.references["generations"].sort_values("order")["generation"]
    assert [g for g in known if g in GENERATIONS] == GENERATIONS


def test_stacks_grow_four_layers_at_a_time() -> None:
    for generation in GENERATIONS:
        heights = [BASE_LAYERS[generation], *TALLER_LAYERS[generation]]
        assert np.diff(heights).tolist() == [4] * (len(heights) - 1), generation


def test_pairs_are_what_is_or_may_be_built() -> None:
    assert len(BARE.pairs) == len(set(BARE.pairs))
    built = {tuple(pair.split(":")) for pair in BARE.pairs}
    assert not built & set(NOT_BUILT)
    for vendor in VENDORS:
        from_entry = {g for g in GENERATIONS if order(g) >= order(ENTRY[vendor])}
        skipped = {g for v, g in NOT_BUILT if v == vendor}
        assert {g for v, g in built if v == vendor} == (from_entry | {"HBM2"}) - skipped
    assert_array_equal(BARE.ships.astype(bool), [[(v, g) in built for g in GENERATIONS] for v in VENDORS], strict=True)


def test_indices_name_their_labels() -> None:
    pairs = ["cxmt:HBM3", "samsung:HBM4"]
    assert [VENDORS[i] for i in vendor_index(pairs)] == ["cxmt", "samsung"]
    assert [BLOCS[i] for i in bloc_index(pairs)] == ["china", "korea"]
    assert [BLOCS[i] for i in clock.bloc_of_vendor()] == [BLOC_OF[v] for v in VENDORS]


@given(
    start=arrays(float, len(VENDORS), elements=st.floats(2015, 2030)),
    steps=arrays(float, len(BARE.transitions), elements=st.floats(0.2, 5)),
    early=arrays(float, len(BARE.entrants), elements=st.floats(-2, 2)),
)
def test_a_makers_dates_are_its_start_and_the_steps_so_far(
    priors: Priors, start: np.ndarray, steps: np.ndarray, early: np.ndarray
) -> None:
    theta = {
        "clock_start": start,
        "log_cadence": np.log(steps),
        "early_generation_offset": early,
        "log_sample_lead": np.zeros(len(BARE.pairs)),
        "log_taller_step": np.zeros(len(BARE.pairs)),
    }
    dates = clock.evaluate(Context(theta, BARE, priors, np))
    step = dict(zip(BARE.transitions, steps, strict=True))
    for i, vendor in enumerate(VENDORS):
        date = start[i]
        for generation in GENERATIONS[order(ENTRY[vendor]) :]:
            date += step.get(f"{vendor}:{generation}", 0.0)
            never = NEVER if (vendor, generation) in NOT_BUILT else 0.0
            assert_allclose(dates["volume"][i, order(generation)], date + never, rtol=1e-12)
        if vendor in BARE.entrants:
            beside = start[i] + early[BARE.entrants.index(vendor)]
            assert_allclose(dates["volume"][i, 0], beside, rtol=1e-12)
    built = BARE.ships.astype(bool)
    assert_allclose(dates["sample_lead"], built.astype(float))
    assert (dates["volume"][~built] > 2500).all(), "what is not built lies beyond any horizon"


def test_grids_meet() -> None:
    assert BARE.knots[0] == FIRST_KNOT
    assert BARE.hbm_knots[0] == FIRST_HBM_KNOT
    assert BARE.knots[-1] == BARE.hbm_knots[-1] == BARE.last_year + 1
    assert len(BARE.growth_years) == len(BARE.knots) - 1
    assert len(BARE.share_years) == len(BARE.hbm_knots) - 1
    assert len(BARE.spending_years) - LEAD_YEARS + 1 == len(BARE.growth_years)
    assert BARE.quarters[0] == FIRST_QUARTER + 0.125
    assert BARE.quarters[-1] == BARE.last_output_year + 0.875
    assert_allclose(np.diff(BARE.quarters), 0.25)
    assert BARE.cells[0] == FIRST_QUARTER
    assert BARE.cells[-1] + CELL == BARE.last_year + 1
    assert_allclose(BARE.quarters, BARE.cells[: len(BARE.quarters)] + CELL / 2)


@given(times=arrays(float, 7, elements=st.floats(2010, 2040)), slope=st.floats(-2, 2))
def test_interpolation_is_exact_for_lines_and_flat_beyond_the_ends(times: np.ndarray, slope: float) -> None:
    knots = np.arange(2019.0, 2030.5)
    weights = interpolation(knots, times)
    assert weights.shape == (len(knots), len(times))
    assert ((weights >= 0) & (weights <= 1)).all()
    assert_allclose(weights.sum(axis=0), 1.0, rtol=1e-12)
    inside = np.clip(times, knots[0], knots[-1])
    assert_allclose((slope * knots) @ weights, slope * inside, rtol=1e-9, atol=1e-9)


def test_interpolation_meets_the_knots() -> None:
    knots = np.array([2019.0, 2020.0, 2021.0])
    assert_array_equal(interpolation(knots, knots), np.eye(3))


@pytest.mark.parametrize("last_year", [2028, 2040])
def test_a_longer_layout_keeps_the_index_sets(last_year: int) -> None:
    longer = Layout(last_year=last_year, last_output_year=2026)
    assert longer.pairs == BARE.pairs
    assert longer.transitions == BARE.transitions
    assert_array_equal(longer.knots[: len(BARE.knots)], BARE.knots)
