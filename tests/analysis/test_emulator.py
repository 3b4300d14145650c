"""The emulator: exact where nothing is moved, and as far off as it says elsewhere."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from hbm_model.analysis import emulator
from hbm_model.analysis.emulator import LEVELS, Emulator, below, features, half_years, quantiles, read_off
from hbm_model.report.facts import Facts
from hbm_model.report.render import step


def test_nothing_moved_is_the_run_itself(emulated: Emulator, facts: Facts) -> None:
    still = features(np.array([[each.now for each in emulated.sliders]]), emulated.sliders)
    for gap in emulated.gaps:
        rows = [facts.row(gap.quantity, period) for period in gap.periods]
        own = [[row["q05"], row["q25"], row["q50"], row["q75"], row["q95"]] for row in rows if row]
        np.testing.assert_array_equal(gap.quantiles(still)[0], own)


def test_quantiles_never_cross(emulated: Emulator) -> None:
    rng = np.random.default_rng(1)
    low, high = (np.array([getattr(each, end) for each in emulated.sliders]) for end in ("low", "high"))
    moved = features(low + (high - low) * rng.random((50, len(low))), emulated.sliders)
    lag = emulated.gaps[0]
    assert lag.quantity == "frontier_lag"
    assert (np.diff(lag.quantiles(moved), axis=-1) >= 0).all()


def test_the_error_is_that_against_the_engine(emulated: Emulator) -> None:
    """On the draws and settings of the tests, which are few: the sizes of the real ones are told in the page."""
    errors = {(each.quantity, each.part): each for each in emulated.errors}
    assert set(errors) == {(gap.quantity, part) for gap in emulated.gaps for part in emulator.PARTS}
    assert all(np.isfinite(each.typical) and each.typical > 0 for each in errors.values() if each.part == "ends")
    assert errors["frontier_lag", "middle"].typical < 0.3
    assert errors["capacity_ratio", "middle"].typical < 0.15


def test_a_world_that_is_quadratic_is_emulated_without_error(
    emulated: Emulator, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A made-up engine whose ratios are exactly of the emulator's form, and whose lag does not move."""

    def engine(fit, sliders, levels, periods, draws):  # type: ignore[no-untyped-def]
        every = np.vstack([levels, [each.now for each in sliders]])
        log = features(every, sliders) @ np.linspace(-0.5, 0.5, 27)
        base = np.exp(np.random.default_rng(3).normal(size=(draws, len(periods))))
        ratio = np.exp(log)[:, None, None] * base
        dims = ("setting", "draw", "period")
        lag = np.broadcast_to(base, ratio.shape)
        values = {"frontier_lag": lag, "capacity_ratio": ratio, "output_ratio": ratio}
        return xr.Dataset({name: (dims, each) for name, each in values.items()}, coords={"period": periods})

    monkeypatch.setattr(emulator, "_answers", engine)
    made = emulator.emulate(facts.stored.fit, facts.baseline, facts.draws, facts.horizon)
    assert max(each.most for each in made.errors) < 1e-9


@given(st.lists(st.floats(-20, 20), min_size=1, max_size=40))
def test_quantiles_are_read_off_to_a_step_of_the_grid(values: list[float]) -> None:
    grid = np.arange(-21.0, 21.25, 0.25)
    draws = np.array(values)[None, :, None]
    read = read_off(below(draws, grid), grid)[0, 0]
    assert (np.abs(read - quantiles(draws)[0, 0]) <= 0.25 + 1e-9).all()


def test_undefined_draws_do_not_count() -> None:
    draws = np.array([1.0, np.nan, 3.0, np.nan])[None, :, None]
    np.testing.assert_array_equal(below(draws, np.array([0.0, 1.0, 2.0, 3.0]))[0, 0], [0.0, 0.5, 0.5, 1.0])
    assert quantiles(draws)[0, 0, LEVELS.index(0.5)] == 1.0


def test_quarters_of_the_explorer() -> None:
    assert half_years(2031.6, "2032Q4") == ["2031Q4", "2032Q2", "2032Q4"]
    assert half_years(2031.6, "2032Q3") == ["2031Q4", "2032Q2", "2032Q3"]


@pytest.mark.parametrize(("span", "size"), [(1.0, 0.025), (2.0, 0.05), (25.0, 0.5), (30.0, 0.5), (40.0, 1.0)])
def test_sliders_have_round_steps(span: float, size: float) -> None:
    assert step(span) == pytest.approx(size)
