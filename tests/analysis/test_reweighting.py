"""Weights of draws: against a posterior that is known, and against the likelihood of all evidence."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from hbm_model.analysis.reweighting import gains, left_out
from hbm_model.evidence import Evidence
from hbm_model.evidence.submitted import read_claims
from hbm_model.inference.fit import Fit
from hbm_model.inference.pointwise import by_group, log_likelihood, terms
from hbm_model.inference.predictive import expect
from hbm_model.inference.psis import even, weights
from hbm_model.model.observations import Observations, observe

DRAWS = 120


def test_weights_take_a_claim_in() -> None:
    """A standard normal prior and one observation of 1 with unit noise: the posterior is N(0.5, 0.5)."""
    draws = np.random.default_rng(3).normal(size=20_000)
    found = weights(-0.5 * (1.0 - draws) ** 2)
    assert found.reliable
    mean = float(np.exp(found.log) @ draws)
    assert_allclose(mean, 0.5, atol=0.03)
    assert_allclose(np.exp(found.log) @ (draws - mean) ** 2, 0.5, atol=0.03)
    assert DRAWS < found.effective < len(draws)


def test_a_claim_that_says_the_same_to_all_draws_moves_nothing() -> None:
    found = weights(np.full(DRAWS, -3.0))
    assert_allclose(found.log, even(DRAWS).log)
    assert_allclose(found.effective, DRAWS)
    assert found.reliable


def test_one_draw_that_outweighs_all_is_not_relied_on() -> None:
    assert not weights(40 * np.random.default_rng(1).standard_cauchy(DRAWS)).reliable


@pytest.fixture(scope="module")
def news(vintage: Evidence) -> Evidence:
    """Reports on stages of which nobody has said anything."""
    about = {"vendor": "sk_hynix", "generation": "HBM5", "date_start": "2026-05-01", "date_end": "2026-06-15"}
    rows = [
        about | {"stage": "sample", "status": "occurred", "origin": "company", "published": "2026-06-20"},
        about | {"vendor": "ymtc", "stage": "volume_shipment", "status": "delayed", "origin": "insider"}
        | {"published": "2026-06-25"},
    ]  # fmt: skip
    return read_claims(pd.DataFrame(rows), vintage)[1]


def test_gains_are_what_the_whole_likelihood_gains(
    made_up_fit: Fit, vintage: Evidence, observations: Observations, news: Evidence
) -> None:
    """The silence that a report ends, and the delay of the report, are part of it."""
    both = {name: pd.concat([rows, news.tables[name]], ignore_index=True) for name, rows in vintage.tables.items()}
    layout, after = observe(dataclasses.replace(vintage, tables=both), made_up_fit.priors, made_up_fit.policy)
    assert layout == made_up_fit.layout
    assert len(after.silence["vendor"]) < len(observations.silence["vendor"])
    whole = [log_likelihood(made_up_fit, each).sum("term").to_numpy().reshape(-1) for each in (observations, after)]
    every = np.arange(DRAWS)
    alone, together = gains(made_up_fit, vintage, news, expect(made_up_fit, news, DRAWS), every)
    assert_allclose(together, whole[1] - whole[0], rtol=1e-6, atol=1e-6)
    assert set(alone) == {"new1", "new2"}
    assert_allclose(alone["new1"] + alone["new2"], together, rtol=1e-9)


def test_a_group_that_is_left_out_weighs_the_draws_against_it(
    made_up_fit: Fit, vintage: Evidence, observations: Observations
) -> None:
    about = terms(vintage, observations)
    group = about.loc[about["kind"] == "revenue_share", "group"].iloc[0]
    inside = (about["group"] == group).to_numpy()
    tree = by_group(made_up_fit, log_likelihood(made_up_fit, observations), about, inside)
    said = tree["log_likelihood"].to_dataset()["claims"].to_numpy().reshape(-1)
    found = left_out(made_up_fit, vintage, [group, "nobody-g1"], np.arange(DRAWS))
    assert set(found) == {group}
    assert_allclose(np.exp(found[group].log).sum(), 1.0)
    light = said > np.median(said)  # the draws that speak for the group lose weight, in their order
    assert (np.diff(found[group].log[light][np.argsort(said[light])]) <= 1e-9).all()
