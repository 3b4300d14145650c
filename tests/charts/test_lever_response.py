"""A gap against the level of one lever."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.figure import Figure

from hbm_model import charts
from hbm_model.analysis.sweep import Sweep
from hbm_model.charts.lever_response import QUANTILES, lever_response_words
from hbm_model.core.errors import InputError

QUARTERS = ["2028Q4", "2032Q4"]


@pytest.fixture(scope="module")
def swept() -> Sweep:
    level = np.linspace(0.0, 1.0, 5)
    rows = [
        {
            "lever": "immersion_access", "level": at, "quantity": quantity, "period": period, "mean": 5 + at,
            **{q: 5 + at + shift for q, shift in zip(QUANTILES, (-2, -1, 0, 1, 2), strict=True)},
            "change_q05": 0.0, "change_q50": at, "change_q95": 2 * at, "prob_larger": at, "prob_never": 0.0,
        }
        for quantity in ("frontier_lag", "output_ratio")
        for period in QUARTERS
        for at in level
    ]  # fmt: skip
    usual = xr.Dataset(
        {name: (("draw", "period"), [[5.0, 5.2], [5.4, 5.6]]) for name in ("frontier_lag", "output_ratio")},
        coords={"period": QUARTERS},
    )
    return Sweep("immersion_access", 0.3, 2026.5, pd.DataFrame(rows), usual, usual)


def test_it_draws_the_sweep_and_the_level_in_force(swept: Sweep) -> None:
    ax = Figure().add_subplot()
    assert charts.lever_response(swept, "frontier_lag", "2028Q4", ax=ax) is ax
    ax.figure.canvas.draw()
    assert ax.get_title(loc="left") == "Frontier lag in 2028Q4"
    lines = {tuple(np.ravel(line.get_ydata())) for line in ax.lines}
    assert (5.0, 5.25, 5.5, 5.75, 6.0) in lines
    assert (5.2, 5.2) in lines, "the baseline's median"
    assert any(list(line.get_xdata()) == [0.3, 0.3] for line in ax.lines)
    (strip,) = ax.child_axes
    assert list(strip.lines[0].get_ydata()) == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert strip.get_xlabel().startswith("Access to immersion scanners\nshare of Chinese memory makers'")


def test_the_last_quarter_is_the_default(swept: Sweep) -> None:
    assert set(charts.lever_response_table(swept)["period"]) == {"2032Q4"}


def test_what_was_not_swept_is_refused(swept: Sweep) -> None:
    with pytest.raises(InputError, match="'yield_gap' was not swept; there are: frontier_lag, output_ratio"):
        charts.lever_response(swept, "yield_gap")
    with pytest.raises(InputError, match="'2030Q4' was not swept; there are: 2028Q4, 2032Q4"):
        charts.lever_response(swept, "frontier_lag", "2030Q4")


def test_a_lever_of_one_s_own_is_drawn_by_its_name(swept: Sweep) -> None:
    ax = charts.lever_response(swept, levers={})
    assert ax.child_axes[0].get_xlabel() == "Immersion access\nlevel of the lever"


def test_it_is_said_in_words(swept: Sweep) -> None:
    words = lever_response_words(charts.lever_response_table(swept, "frontier_lag", "2028Q4"))
    assert "at 1 6.0 (4.0 to 8.0), larger in 100 % of draws. In force is 0.3, with a median of 5.2." in words
