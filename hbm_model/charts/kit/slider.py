"""Sliders for charts in a notebook, and one chart where there are no sliders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hbm_model.charts.kit.style import AxesArray
from hbm_model.core.errors import InputError


def slider(draw: Callable[..., Axes | AxesArray], **choices: Sequence[Any]) -> Figure | None:
    """Draw a chart with one slider per argument, or without ``ipywidgets`` for the middle of each.

    >>> charts.slider(lambda generation: charts.heights(ages, generation), generation=["HBM3", "HBM3E", "HBM4"])

    Parameters
    ----------
    draw
        Function of the named arguments that draws and returns Axes.
    **choices
        Values of each argument, in the order of its slider.

    Returns
    -------
    Figure | None
        The figure where ``ipywidgets`` is missing; otherwise nothing, for the sliders show themselves.

    Raises
    ------
    InputError
        If an argument has no values.
    """
    for name, values in choices.items():
        if not len(values):
            raise InputError(f"the slider {name} has no values")
    middle = {name: values[len(values) // 2] for name, values in choices.items()}
    try:
        from ipywidgets import SelectionSlider, interact
    except ImportError:
        return _figure(draw(**middle))
    from IPython.display import display

    def show(**chosen: Any) -> None:
        display(_figure(draw(**chosen)))  # type: ignore[no-untyped-call]

    sliders = {
        name: SelectionSlider(options=list(values), value=middle[name], description=name, continuous_update=False)
        for name, values in choices.items()
    }
    interact(show, **sliders)
    return None


def _figure(drawn: Axes | AxesArray) -> Figure:
    figure: Figure = np.ravel(np.asarray(drawn, dtype=object))[0].figure
    return figure
