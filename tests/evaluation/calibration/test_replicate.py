"""Evidence drawn from the likelihood: it keeps the form of the real one, and the likelihood is the one that it fits."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from hbm_model.evaluation.calibration.replicate import replicate
from hbm_model.inference.fit import Fit
from hbm_model.model import measurement as layer
from hbm_model.model.context import Context
from hbm_model.model.joint import structure
from hbm_model.model.likelihood import likelihood, predictions
from hbm_model.model.measurement import OPEN
from hbm_model.model.observations import Observations

WORLDS = 40


@pytest.fixture(scope="module")
def truths(made_up_fit: Fit) -> list[Fit]:
    """Single draws of the prior."""
    posterior = made_up_fit.data["posterior"].to_dataset()

    def one(k: int) -> Fit:
        draw = posterior.isel(chain=[k % 2], draw=[k // 2])
        return replace(made_up_fit, data=xr.DataTree.from_dict({"posterior": draw}))

    return [one(k) for k in range(WORLDS)]


@pytest.fixture(scope="module")
def told(truths: list[Fit], observations: Observations) -> list[Observations]:
    return [replicate(truth, observations, k) for k, truth in enumerate(truths)]


def test_the_form_stays_and_what_is_said_changes(told: list[Observations], observations: Observations) -> None:
    real = observations.stacked
    two_sided = (real.low > -OPEN) & (real.high < OPEN)
    for each in told[:5]:
        new = each.stacked
        assert new.ids == real.ids
        assert (new.low < new.high).all()
        assert (new.high - new.low)[two_sided] == pytest.approx((real.high - real.low)[two_sided], rel=1e-6, abs=1e-9)
        assert not np.allclose(new.low[two_sided], real.low[two_sided])
        bound = np.where(real.low > -OPEN, real.low, real.high)[~two_sided]
        assert np.where(new.low > -OPEN, new.low, new.high)[~two_sided] == pytest.approx(bound)
        assert each.drivers is observations.drivers
        assert set(each.claims["not_yet"].more["answer"]) <= {-1.0, 1.0}
    assert set(observations.claims["not_yet"].more["answer"]) == {1.0}


def test_every_stage_is_reported_or_silent(told: list[Observations], observations: Observations) -> None:
    def stages(each: Observations) -> set[tuple[int, int, float]]:
        groups = (each.silence, each.first_report)
        keys = [tuple(row) for g in groups for row in zip(g["vendor"], g["generation"], g["sampled"], strict=True)]
        assert len(keys) == len(set(keys))
        return set(keys)

    for each in told:
        assert stages(each) == stages(observations)
        assert (each.first_report["published"] <= observations.observed_through).all()
    assert len({len(each.silence["vendor"]) for each in told}) > 1


def test_the_same_seed_says_the_same(truths: list[Fit], observations: Observations) -> None:
    one, two, other = (replicate(truths[0], observations, seed).stacked.low for seed in (1, 1, 2))
    assert (one == two).all()
    assert (one != other).any()


def test_intervals_lie_where_their_distribution_says(
    truths: list[Fit], told: list[Observations], observations: Observations
) -> None:
    """The likelihood's own logistic puts the cells at uniform places, for kinds of claims one by one."""
    kinds = np.array(observations.stacked.kinds)
    found: dict[str, list[np.ndarray]] = {kind: [] for kind in set(kinds) - {"claimed"}}
    rng = np.random.default_rng(0)
    for truth, each in zip(truths, told, strict=True):
        context = Context(truth.theta(), truth.layout, truth.priors, np, each.drivers)
        centre, scale = predictions(context, structure(context), each.design)
        new = each.stacked
        below, above = (stats.logistic.cdf((end - centre[0]) / scale[0]) for end in (new.low, new.high))
        place = below + rng.uniform(size=len(below)) * (above - below)
        for kind, own in found.items():
            own.append(place[kinds == kind])
    for kind, own in found.items():
        assert stats.kstest(np.concatenate(own), "uniform").pvalue > 1e-4, kind


DIRECTIONS = (
    "event_scale",
    "guidance_scale",
    "yield_scale",
    "capacity_scale",
    "share_scale",
    "reporting_delay",
    "clock_start",
    "log_cadence",
    "rumour_lead",
    "slip_mean",
    "yield_bias",
    "learning_time",
    "wafers_start",
    "plan_optimism",
)


@pytest.mark.parametrize("name", DIRECTIONS)
def test_the_likelihood_is_steepest_nowhere_at_the_truth(
    name: str, truths: list[Fit], told: list[Observations], observations: Observations
) -> None:
    """Over evidence drawn from a likelihood its slope at the truth is zero on average: no telling is left out."""
    slopes = [_slope(name, truth, each) for truth, each in zip(truths, told, strict=True)]
    standardised = np.mean(slopes) / (np.std(slopes, ddof=1) / np.sqrt(len(slopes)))
    assert abs(standardised) < 4.0


def _slope(name: str, truth: Fit, told: Observations) -> float:
    """Difference of the log likelihood along a parameter (its log, if it is positive) at the truth."""
    theta, step = truth.theta(), 1e-4
    value = theta[name]
    positive = truth.priors[name].dist == "lognormal" if name in truth.priors.table else False

    def at(sign: int) -> float:
        moved: Mapping[str, Any] = theta | {name: value * np.exp(sign * step) if positive else value + sign * step}
        context = Context(moved, truth.layout, truth.priors, np, told.drivers)
        terms = likelihood(context, structure(context), told.design)
        return float(sum(np.sum(term) for term in terms.values()))

    return (at(1) - at(-1)) / (2 * step)


def test_a_wrong_report_lies_in_the_decade_around_the_real_one(truths: list[Fit], observations: Observations) -> None:
    """With the model's quarter of disputed reports right, three in four are put anywhere."""
    disputed = observations.stacked.truth < 1
    middle = (observations.stacked.low + observations.stacked.high)[disputed] / 2
    away = np.concatenate(
        [(replicate(truths[k % WORLDS], observations, 500 + k).stacked.low[disputed] - middle) for k in range(200)]
    )
    near = np.abs(away) <= layer.FREE_WINDOW_YEARS / 2 + 0.5
    assert near.mean() > 0.75
    assert np.abs(np.mean(away[near])) < 0.6
