"""The look of all charts: panels on the caller's Axes, settings left alone, shares in words."""

from typing import Any

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from hbm_model import charts
from hbm_model.charts.kit import style
from hbm_model.core.errors import InputError
from hbm_model.evidence import Evidence
from hbm_model.forecasting.forecast import Forecast

PANELS = {"yield_ramps": 3, "capacity": 6, "shares": 8}


@pytest.mark.parametrize("name", PANELS)
def test_panels_are_drawn_on_the_given_axes(forecast: Forecast, evidence: Evidence, name: str) -> None:
    axes = Figure(figsize=(8, 8)).subplots(2, 4).ravel()[: PANELS[name]]
    drawn = getattr(charts, name)(forecast, evidence, ax=axes)
    assert list(drawn.flat) == list(axes)
    axes[0].figure.canvas.draw()
    assert all(ax.has_data() for ax in axes)


def test_panels_want_as_many_axes_as_they_have(forecast: Forecast, evidence: Evidence) -> None:
    with pytest.raises(InputError, match="this chart has 6 panels; 2 Axes were given"):
        charts.capacity(forecast, evidence, ax=list(Figure().subplots(1, 2)))


def test_the_caller_s_settings_are_left_alone(forecast: Forecast, evidence: Evidence, fit: Any) -> None:
    before = dict(mpl.rcParams)
    charts.shares(forecast, evidence)
    assert dict(mpl.rcParams) == before


def test_shares_are_rounded_to_certainty_only_where_they_are_certain() -> None:
    assert [style.percent(share) for share in (0.0, 0.0004, 0.006, 0.41, 0.993, 0.9999, 1.0)] == [
        *("0 %", "<0.1 %", "0.6 %", "41 %", "99.3 %", ">99.9 %", "100 %"),
    ]
