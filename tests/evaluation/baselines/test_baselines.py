"""All baselines together: what they promise to whoever scores them."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from hbm_model.evaluation.baselines import BASELINES, RULES, all_of, by_others, by_rule, spread_of
from hbm_model.evaluation.scores import MEASURES, averages, score
from tests.evaluation.baselines.test_published_forecasts import SHARE, archive
from tests.evaluation.baselines.test_rules import MADE
from tests.evaluation.baselines.worlds import ORIGIN, asked, date, known, level

NOBODY = archive({}).iloc[:0]


@pytest.fixture(scope="module")
def world() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two years and a half of quarterly claims of two series, and some dates; targets of each."""
    rng = np.random.default_rng(8)
    history = known(
        *(level(2021.1 + i / 4, 50 + 2 * i + rng.normal(0, 3), series=s) for i in range(11) for s in ("one", "two")),
        *MADE,
        date("samsung", "HBM3E", 2024.6, published=2023.5, status="guidance"),
    )
    targets = asked(
        level(2024.6, 75.0, series="one", low=70.0, high=80.0),
        level(2024.6, 70.0, series="two", low=65.0, high=75.0),
        date("samsung", "HBM3E", 2024.75, low=2024.6, high=2024.9, cutoff=2026.25),
        date("cxmt", "HBM3", 2026.25, low=2026.25, high=np.inf, cutoff=2026.25),
    )
    return history, targets.assign(target=["one", "two", "date", "late"])


def test_every_baseline_forecasts_or_is_silent(world: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """And whatever the index of the rows is."""
    history, targets = world
    found = all_of(history.set_axis(range(500, 500 + len(history))), targets.set_axis([7, 7, 3, 1]), NOBODY, m=200)
    assert list(found) == list(BASELINES)
    heard = {name: ~np.isnan(made.samples).any(axis=1) for name, made in found.items()}
    assert {name: tuple(at.tolist()) for name, at in heard.items()} == {
        "guidance": (False, False, True, False),
        **dict.fromkeys(("last", "drift"), (True, True, True, False)),
        **dict.fromkeys(("experience_curve", "ets", "arima", "unobserved_components"), (True, True, False, False)),
        "others": (False,) * 4,
    }
    for name, made in found.items():
        assert made.samples.shape == (4, 200)
        assert_array_equal(np.isnan(made.log_prob), ~heard[name])
        scored = score(targets, made)
        assert scored[list(MEASURES)].notna().all(axis=1).tolist() == heard[name].tolist()
        assert np.isfinite(averages(scored, MEASURES)["mean"]).all()


def test_targets_of_several_origins_are_refused(world: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    history, targets = world
    with pytest.raises(ValueError, match="2 origins"):
        all_of(history, targets.assign(origin=[2024.0, 2024.0, 2024.0, 2024.5]), NOBODY)


def test_others_are_as_unsure_as_guidance_has_been_and_more_with_a_range() -> None:
    target, history = asked(SHARE), known(level(2022.5, 50.0, "revenue_share"))
    point = by_others(history, target, archive({"published": "2023-08-20"}))
    wide = by_others(history, target, archive({"published": "2023-08-20", "low": 46.0, "high": 66.0}))
    spread = spread_of(RULES["guidance"], history, "revenue_share", ORIGIN)
    lead = 2025.5 - (2023 + 231 / 365)
    assert point.scale[0] == pytest.approx(float(spread.scale(np.array([lead]))[0]))
    assert wide.scale[0] == pytest.approx(np.hypot(point.scale[0], 10 / np.sqrt(3)))


def test_intervals_of_random_walks_hold_what_they_should() -> None:
    """The spread is learned from the walks' own past: later steps then fall within as often as they should."""
    walks = np.random.default_rng(4).normal(0, 4, (30, 14)).cumsum(axis=1)
    times = 2021.0 + np.arange(14) / 4
    rows = [level(t, v, "lag", series=f"s{s}") for s in range(30) for t, v in zip(times, walks[s], strict=True)]
    target = asked(*(row for row in rows if row["time"] >= ORIGIN)).drop(columns="status", errors="ignore")
    made = by_rule(RULES["last"], known(*(row for row in rows if row["published"] <= ORIGIN)), target)
    inside = np.abs(target["value"].to_numpy() - made.centre) <= 1.7 * made.scale
    assert len(target) == 60
    assert 0.8 <= inside.mean() <= 0.98
