"""A move split into its parts, on draws that stand for two fits."""

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr

from hbm_model.analysis import news
from hbm_model.cli.views import diff
from hbm_model.inference import psis
from hbm_model.store.decomposition import PARTS, Decomposition
from hbm_model.store.diff import Difference
from hbm_model.store.moves import NOW, QUESTION, Revision

TRUTH = np.random.default_rng(1).standard_normal(4000)
PERIODS = ["2026Q2", "2026Q3", "2028Q4"]
ITEMS = (
    news.Item("new", "y1", "yields: cxmt [b]", "2026-07-01", "P", "https://example.org/new"),
    news.Item("time", "silence:cxmt:HBM3:volume", "cxmt HBM3 volume is not reported"),
    news.Item("changed", "m1", "milestones: cxmt", "2026-01-01", "Q", "https://example.org/changed"),
    news.Item("new", "silence:cxmt:HBM3:sample", "cxmt HBM3 sample is reported"),
)
LOGS = np.stack([-0.125 * (TRUTH - 1) ** 2, -0.05 * (TRUTH + 0.2) ** 2, 0.1 * TRUTH, 0.05 * TRUTH], axis=1)
MOVES = (
    Revision("frontier_lag", "", NOW, "years", 4.0, 4.6, 0.6, 3.3),
    Revision("frontier_lag", "", "2028Q4", "years", 5.0, 5.3, 0.3, 3.3),
    Revision("generation_lag", "HBM3", "", "years", 4.0, 4.2, 0.2, 3.3),
    Revision("generation_lag", "HBM4", "", "years", 4.0, None, None, None),
    Revision(QUESTION, "q", "", "probability", 0.3, 0.42, 0.12, None),
)


def made(shift: float) -> Any:
    """What a forecast has of it, with the lag growing by a quarter of a year in a quarter."""
    lag = 4 + TRUTH + shift
    over_time = xr.DataArray(
        np.stack([lag, lag + 0.25, lag + 1], axis=1)[None],
        dims=("scenario", "draw", "period"),
        coords={"scenario": ["baseline"], "period": PERIODS},
    )
    lags = np.where(lag > 6.5, np.inf, lag)[None, :, None]
    by_generation = xr.DataArray(lags, dims=("scenario", "draw", "generation"), coords={"generation": ["HBM3"]})
    answers = (lag > 4.5)[None, :, None]
    draws = xr.DataArray(answers, dims=("scenario", "draw", "question"), coords={"question": ["q"]})
    headline = {"frontier_lag": over_time, "generation_lag": by_generation}
    return SimpleNamespace(headline=headline, answers=SimpleNamespace(draws=draws))


def split(logs: np.ndarray, *, same_fit: bool = False) -> Decomposition:
    weights = psis.weights(logs.sum(axis=1))
    return Decomposition(
        quarters=("2026Q2", "2026Q3"),
        earlier=made(0.0),
        later=made(0.3),
        chains=(4, 4),
        items=ITEMS,
        logs=logs,
        weights=weights,
        why_not="" if weights.reliable else "too far",
        same_fit=same_fit,
    )


def test_the_parts_add_up_and_each_is_what_it_says() -> None:
    parted = [split(LOGS).decompose(each) for each in MOVES]
    assert [each.parts is None for each in parted] == [False, False, False, True, False]
    for each in parted:
        if each.parts is not None:
            assert tuple(each.parts) == PARTS
            assert sum(each.parts.values()) == pytest.approx(each.change, abs=1e-9)
            assert each.error is not None
            assert each.error > 0
    now, later = (dict(each.parts or {}) for each in parted[:2])
    assert now["time"] - later["time"] == pytest.approx(0.25), "now is a quarter later"
    assert now["new"] > now["changed"] > 0 > later["time"]


def test_claims_are_told_by_what_they_moved() -> None:
    whole = split(LOGS)
    parted = tuple(whole.decompose(each) for each in MOVES)
    claims = tuple(whole.claim_effects(parted))
    assert [each.id for each in claims] == ["y1", "m1", "silence:cxmt:HBM3:sample"]
    assert whole.counts == {"new": 1, "changed": 1}
    found = Difference("a", "b", ("2026-06-23", "2026-07-01"), ("code",), parted, claims, whole.counts, whole.k)
    text = diff.as_text(found)
    assert "y1  new  yields: cxmt [b]; " in text
    assert "https://example.org/changed" in text
    assert "rest: code and Monte-Carlo error" in text
    assert json.loads(json.dumps(diff.as_json(found), allow_nan=False))["claims"][0]["url"] == ITEMS[0].url


def test_draws_too_far_off_give_one_total_and_rank_by_surprise() -> None:
    whole = split(LOGS * 4000)
    assert whole.why_not
    parted = tuple(whole.decompose(each) for each in MOVES)
    assert all(set(each.parts) == {"code", "time", "rest"} for each in parted if each.parts)
    assert all(sum(each.parts.values()) == pytest.approx(each.change, abs=1e-9) for each in parted if each.parts)
    claims = whole.claim_effects(parted)
    assert claims == sorted(claims, key=lambda each: -each.surprise)
    assert {each.weight for each in claims} == {None}
    found = Difference("a", "b", ("", ""), (), parted, tuple(claims), whole.counts, whole.k, whole.why_not)
    assert "rest: new and changed claims and Monte-Carlo error" in diff.as_text(found)


def test_one_fit_has_no_monte_carlo_error_against_itself() -> None:
    move = split(np.zeros((len(TRUTH), len(ITEMS))), same_fit=True).decompose(MOVES[0])
    assert move.error == 0.0
    assert (move.parts or {})["new"] == pytest.approx(0.0, abs=1e-9)
