"""The chart of calibration: what is on it is what was given, and its words say it."""

import numpy as np
import pytest

from hbm_model import charts
from hbm_model.charts.kit.words import language
from hbm_model.charts.reliability import reliability, reliability_table, reliability_words
from hbm_model.core.errors import InputError
from hbm_model.evaluation.events import reliability as reliability_of

RNG = np.random.default_rng(3)
SAID = RNG.uniform(size=60)
ANSWERS = reliability_of(SAID, RNG.uniform(size=60) < SAID, bins=5)
PLACES = RNG.uniform(size=200)


def test_points_and_bars_are_the_data() -> None:
    left, right = charts.reliability(ANSWERS, PLACES, np.ones(200))
    points = left.lines[1]
    np.testing.assert_allclose(points.get_xdata(), ANSWERS["forecast"])
    np.testing.assert_allclose(points.get_ydata(), ANSWERS["rate"])
    heights = np.array([bar.get_height() for bar in right.patches])
    assert heights.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(heights[0], (PLACES < 0.1).mean())


def test_a_weight_counts() -> None:
    _, right = reliability(ANSWERS, [0.05, 0.95], [3.0, 1.0])
    assert next(bar.get_height() for bar in right.patches) == pytest.approx(0.75)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_words_name_every_bin(lang: str) -> None:
    with language(lang):
        words = reliability_words(reliability_table(ANSWERS))
    for n in ANSWERS["n"]:
        assert str(n) in words


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(InputError, match="lack the columns rate"):
        reliability_table(ANSWERS.drop(columns="rate"))
    with pytest.raises(InputError, match="no settled answers"):
        reliability_table(ANSWERS.iloc[:0])
