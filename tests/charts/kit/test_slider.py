"""Sliders: one for each argument, at the middle of its values, and the chart drawn again when one moves."""

import sys
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hbm_model import charts
from hbm_model.charts.kit.slider import slider
from hbm_model.core.errors import InputError
from hbm_model.forecasting.forecast import Forecast


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is displayed."""
    found: list[Any] = []
    pytest.importorskip("IPython")
    monkeypatch.setattr("IPython.display.display", found.append)
    return found


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The sliders, and the function that they call, in place of those that need a notebook."""
    ipywidgets = pytest.importorskip("ipywidgets")
    found: dict[str, Any] = {}

    def interact(show: Any, **sliders: Any) -> None:
        found.update(sliders, show=show)

    monkeypatch.setattr(ipywidgets, "interact", interact)
    return found


def draw(**chosen: Any) -> Axes:
    return Figure().add_subplot(title=repr(chosen))


def test_there_is_a_slider_for_each_argument_at_the_middle_of_its_values(made: dict[str, Any]) -> None:
    assert slider(draw, generation=["HBM3", "HBM3E", "HBM4"], age=np.arange(4)) is None
    assert [name for name in made if name != "show"] == ["generation", "age"]
    assert (made["generation"].options, made["generation"].value) == (("HBM3", "HBM3E", "HBM4"), "HBM3E")
    assert (made["age"].options, made["age"].value) == ((0, 1, 2, 3), 2)
    assert made["age"].description == "age"
    assert not made["age"].continuous_update, "a chart takes too long to follow the hand"


def test_moving_one_shows_the_figure_of_what_is_chosen(made: dict[str, Any], shown: list[Any]) -> None:
    slider(draw, generation=["HBM3", "HBM4"])
    made["show"](generation="HBM3")
    (figure,) = shown
    assert isinstance(figure, Figure)
    assert figure.axes[0].get_title() == "{'generation': 'HBM3'}"


@pytest.mark.parametrize("shape", [(2,), (2, 2)])
def test_a_chart_of_panels_is_shown_whole(made: dict[str, Any], shown: list[Any], shape: tuple[int, ...]) -> None:
    panels = Figure().subplots(2, 2)
    slider(lambda at: panels[:at].reshape(shape), at=[len(shape)])
    made["show"](at=len(shape))
    assert shown == [panels[0, 0].figure]


def test_without_ipywidgets_the_middle_of_every_argument_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    figure = slider(draw, one=[1], two=(1, 2), three="abc")
    assert figure is not None
    assert figure.axes[0].get_title() == "{'one': 1, 'two': 2, 'three': 'b'}"


def test_without_ipywidgets_it_is_one_chart(forecast: Forecast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ipywidgets", None)
    names = ["yield_gap", "capacity_ratio", "output_ratio"]
    figure = charts.slider(lambda quantity: charts.gap(forecast, quantity), quantity=names)
    assert isinstance(figure, Figure)
    assert figure.axes[0].get_title(loc="left") == "Capacity ratio"
    with pytest.raises(InputError, match="the slider quantity has no values"):
        charts.slider(lambda quantity: charts.gap(forecast, quantity), quantity=[])
