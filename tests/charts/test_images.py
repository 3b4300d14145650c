"""Key charts against the pictures that somebody has looked at.

The pictures in ``expected/`` are of the tests' own made-up world, so that new evidence changes none of them. To draw
them anew after a change of style: ``HBM_DRAW_EXPECTED=1 pytest tests/charts/test_images.py``, then look at each.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from hbm_model import charts
from hbm_model.charts.catalogue import Material
from hbm_model.forecasting.forecast import Forecast

from .conftest import make_ages

EXPECTED = Path(__file__).with_name("expected")
DPI = 100
ALLOWED = 3.0
"""Mean difference of a colour value, of 255: another FreeType stays below it, a missing band or label does not."""
WORST = 0.02
"""Share of the picture that may differ by more than an eighth of the range."""


def drawings(material: Material) -> dict[str, Any]:
    forecast: Forecast = material.forecast
    return {
        "gap_frontier_lag": lambda: charts.gap(forecast, "frontier_lag"),
        "gap_capacity_ratio_ko": lambda: charts.gap(forecast, "capacity_ratio"),
        "contrast_forest": lambda: charts.contrast_forest(forecast, "capacity_ratio"),
        "same_age": lambda: charts.same_age(make_ages()),
        "skill": lambda: charts.skill(material.scores),
    }


NAMES = ("gap_frontier_lag", "gap_capacity_ratio_ko", "contrast_forest", "same_age", "skill")


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"), dtype=float)


@pytest.mark.parametrize("name", NAMES)
def test_it_looks_as_it_did(material: Material, tmp_path: Path, name: str) -> None:
    with charts.language("ko" if name.endswith("_ko") else "en"):
        figure = np.ravel(np.asarray(drawings(material)[name](), dtype=object))[0].figure
        drawn = (EXPECTED if os.environ.get("HBM_DRAW_EXPECTED") else tmp_path) / f"{name}.png"
        figure.savefig(drawn, dpi=DPI, metadata={"Software": None})
    new, old = pixels(drawn), pixels(EXPECTED / f"{name}.png")
    assert new.shape == old.shape, f"{drawn} has another size than the expected picture"
    difference = np.abs(new - old)
    assert difference.mean() < ALLOWED, f"compare {drawn} with {EXPECTED / name}.png"
    assert (difference.max(axis=2) > 255 / 8).mean() < WORST, f"compare {drawn} with {EXPECTED / name}.png"


def test_a_missing_band_would_be_seen(material: Material, tmp_path: Path) -> None:
    with charts.language("ko"):
        ax = charts.gap(material.forecast, "capacity_ratio")
    ax.collections[0].remove()
    ax.figure.savefig(tmp_path / "less.png", dpi=DPI)
    difference = np.abs(pixels(tmp_path / "less.png") - pixels(EXPECTED / "gap_capacity_ratio_ko.png"))
    assert difference.mean() >= ALLOWED or (difference.max(axis=2) > 255 / 8).mean() >= WORST
