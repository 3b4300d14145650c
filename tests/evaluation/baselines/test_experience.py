"""The experience curve."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from hbm_model.evaluation.baselines.experience import experience_curve
from tests.evaluation.baselines.worlds import asked, known, level

TIMES = (2018.0, 2018.5, 2019.5, 2021.0, 2023.0)


def yields(times: tuple[float, ...], start: float, series: str, loss: float) -> list[dict[str, object]]:
    """A loss that falls with the square root of the time since a year before the first claim."""
    return [level(t, 100 * np.exp(-loss * (t - start + 1.0) ** -0.5), series=series) for t in times]


def test_a_power_law_of_two_series_is_continued() -> None:
    history = known(*yields(TIMES, 2018.0, "one", 0.6), *yields(TIMES[1:], 2018.5, "two", 0.9))
    target = asked(level(2026.0, 0.0, series="one"), level(2026.0, 0.0, series="two"))
    centre, lead = experience_curve(history, target)
    truth = [100 * np.exp(-0.6 * 9.0**-0.5), 100 * np.exp(-0.9 * 8.5**-0.5)]
    assert_allclose(centre, truth, atol=1.0)
    assert_allclose(lead, 3.0)


def test_wafers_grow_by_the_power_of_time() -> None:
    rows = [level(t, np.log(20.0) + 0.8 * np.log(t - 2018.0 + 0.5), "hbm_wafers") for t in TIMES]
    centre, _ = experience_curve(known(*rows), asked(level(2026.0, 0.0, "hbm_wafers")))
    assert centre[0] == pytest.approx(np.log(20.0) + 0.8 * np.log(8.5), abs=0.1)


@pytest.mark.parametrize(
    "history",
    [
        known(),
        known(level(2020.0, 50.0, "revenue_share"), level(2022.0, 60.0, "revenue_share")),
        known(level(2020.0, 50.0), level(2020.0, 50.0, series="another")),
    ],
    ids=["nothing", "shares", "one claim a series"],
)
def test_without_a_slope_nothing_is_said(history: object) -> None:
    centre, lead = experience_curve(history, asked(level(2025.0, 0.0)))  # type: ignore[arg-type]
    assert np.isnan(centre).all()
    assert np.isnan(lead).all()


def test_a_series_never_heard_of_has_no_start() -> None:
    centre, _ = experience_curve(known(*yields(TIMES, 2018.0, "one", 0.6)), asked(level(2025.0, 0.0, series="new")))
    assert np.isnan(centre).all()
