"""statsmodels on series of claims: on lines and noise, whose forecasts are known."""

import warnings
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest

from hbm_model.evaluation.baselines import timeseries
from hbm_model.evaluation.baselines.spread import USUAL, Outlook
from hbm_model.evaluation.baselines.timeseries import SHORTEST, arima, ets, unobserved_components
from tests.evaluation.baselines.worlds import asked, known, level

Family = Callable[[pd.DataFrame, pd.DataFrame], Outlook]
FAMILIES = [ets, arima, unobserved_components]


def quarterly(values: np.ndarray) -> pd.DataFrame:
    return known(*(level(2019.1 + i / 4, v, "dram_wafers") for i, v in enumerate(values)))


def wanted(quarters: int, n: int) -> pd.DataFrame:
    return asked(level(2019.1 + (n - 1 + quarters) / 4, 0.0, "dram_wafers"))


@pytest.fixture(scope="module")
def line() -> np.ndarray:
    return 4.0 + 0.05 * np.arange(20) + np.random.default_rng(2).normal(0, 0.02, 20)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_line_goes_on(family: Family, line: np.ndarray) -> None:
    found = family(quarterly(line), wanted(4, 20))
    assert found.centre[0] == pytest.approx(4.0 + 0.05 * 23, abs=0.12)
    assert USUAL["dram_wafers"][0] <= found.scale[0] < 0.3
    assert 3.0 <= found.tails[0] <= 30.0


@pytest.mark.parametrize("family", FAMILIES)
def test_the_farther_the_less_sure(family: Family) -> None:
    walk = np.random.default_rng(5).normal(0, 0.1, 24).cumsum()
    near, far = (family(quarterly(walk), wanted(steps, 24)) for steps in (1, 12))
    assert far.scale[0] > 1.5 * near.scale[0]


@pytest.mark.parametrize("family", FAMILIES)
def test_short_series_and_dates_get_no_model(family: Family) -> None:
    short = quarterly(np.linspace(0, 1, SHORTEST - 1))
    assert np.isnan(family(short, wanted(2, SHORTEST - 1)).centre).all()
    assert np.isnan(family(short, asked({"quantity": "volume_date"})).centre).all()


def test_quarters_without_a_claim_are_interpolated_and_full_ones_averaged() -> None:
    times, values = [2019.1, 2019.6, 2020.1, 2020.6, 2021.1, 2021.6, 2021.65], [1.0, 2.3, 2.9, 4.2, 5.1, 5.0, 7.0]
    target = asked(level(2022.1, 0.0, "dram_wafers"))
    gaps = known(*(level(t, v, "dram_wafers") for t, v in zip(times, values, strict=True)))
    grid = np.interp(2019.1 + np.arange(11) / 4, times[:6], [*values[:5], 6.0])
    found, full = arima(gaps, target), arima(quarterly(grid), target)
    assert found.centre[0] == pytest.approx(full.centre[0], abs=1e-6)
    assert found.scale[0] > np.sqrt(2.0) > full.scale[0]  # claims of one quarter are two apart: a variance of 2


def test_a_form_that_does_not_converge_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    def stuck() -> None:
        warnings.warn("failed", ConvergenceWarning, stacklevel=1)

    def family(y: np.ndarray) -> Iterator[timeseries.Fitted]:
        yield from timeseries._fitted(stuck, timeseries._state_space_ahead, len(y))

    monkeypatch.setattr(timeseries, "_arima", family)
    assert np.isnan(arima(quarterly(np.arange(8.0)), wanted(2, 8)).centre).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_series_that_never_moves_is_forecast_to_stay(family: Family) -> None:
    found = family(quarterly(np.full(8, 5.0)), wanted(4, 8))
    assert np.isnan(found.centre[0]) or found.centre[0] == pytest.approx(5.0, abs=0.05)
