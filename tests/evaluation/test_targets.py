"""Targets: only what nobody had claimed by the origin, each with the fit's word on it."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from hbm_model.core.arrays import evenly
from hbm_model.core.dates import decimal_year
from hbm_model.core.industry import GENERATIONS, VENDORS
from hbm_model.evaluation.history import date_rows
from hbm_model.evaluation.targets import REPORTED_LATE, TARGET_COLUMNS, Forecasts, candidates, targets
from hbm_model.evidence import Evidence, load_evidence
from hbm_model.forecasting import gaps
from hbm_model.inference.fit import Fit
from hbm_model.model import clock

DRAWS = 80


@pytest.fixture(scope="module")
def seen() -> Evidence:
    return load_evidence("2025-06-30")


@pytest.fixture(scope="module")
def asked(made_up_fit: Fit, seen: Evidence, vintage: Evidence) -> tuple[pd.DataFrame, Forecasts]:
    return targets(made_up_fit, seen, vintage, DRAWS, seed=1)


def test_every_target_is_new_and_about_a_later_time(
    asked: tuple[pd.DataFrame, Forecasts], seen: Evidence, vintage: Evidence
) -> None:
    rows, _ = asked
    origin = decimal_year(seen.as_of)
    known = {group for table in seen.tables.values() for group in table["claim_group"]}
    assert list(rows) == TARGET_COLUMNS
    assert not set(rows["group"]) & known
    assert (rows["published"] > origin).all()
    levels = rows[rows["cutoff"].isna()]
    assert (levels["time"] > origin).all()
    assert not rows["target"].duplicated().any()


def test_dates_are_censored_where_the_evidence_ends(
    asked: tuple[pd.DataFrame, Forecasts], vintage: Evidence, seen: Evidence
) -> None:
    rows, _ = asked
    dates = rows[rows["quantity"].isin(["volume_date", "sample_date"])].set_index("target")
    cutoff = decimal_year(vintage.observed_through) - REPORTED_LATE
    assert (dates["cutoff"] == cutoff).all()
    assert (dates["value"] <= cutoff).all()
    open_ended = dates.loc["volume_date:cxmt:HBM3"]
    assert open_ended["value"] == cutoff
    assert np.isinf(open_ended["high"])
    assert dates.loc["volume_date:micron:HBM4", "value"] < cutoff


def test_the_next_generations_are_asked_for_by_what_was_known(seen: Evidence, made_up_fit: Fit) -> None:
    known = set(map(tuple, date_rows(seen)[["quantity", "vendor", "generation"]].itertuples(index=False)))
    asked = candidates(seen, made_up_fit.layout)
    assert not known & set(asked)
    for maker in VENDORS:
        new = [GENERATIONS.index(g) for q, v, g in asked if (q, v) == ("volume_date", maker)]
        old = [GENERATIONS.index(g) for q, v, g in known if (q, v) == ("volume_date", maker)]
        assert 1 <= len(new) <= 2
        assert min(new) > max(old, default=-1)


def test_samples_of_what_was_on_sale_are_not_asked_for(made_up_fit: Fit, vintage: Evidence) -> None:
    """Nobody dated the first samples of SK hynix's and Samsung's HBM3; that they were on sale by 2023 settles it."""
    early = load_evidence("2022-12-31")
    assert ("sample_date", "sk_hynix", "HBM3") not in candidates(early, made_up_fit.layout)
    assert ("sample_date", "samsung", "HBM3") in candidates(early, made_up_fit.layout)
    rows, _ = targets(made_up_fit, early, vintage, DRAWS, seed=1)
    assert "sample_date:samsung:HBM3" not in set(rows["target"])
    assert "sample_date:sk_hynix:HBM3E" in set(rows["target"])


def test_every_target_has_draws_and_a_probability(asked: tuple[pd.DataFrame, Forecasts]) -> None:
    rows, made = asked
    assert made.claimed.shape == made.latent.shape == (len(rows), DRAWS)
    assert np.isfinite(made.claimed).all()
    assert (made.log_prob_claimed <= 1e-9).all()
    assert (made.log_prob_latent <= 0).all()
    assert {"hbm_yield", "dram_wafers", "revenue_share", "volume_date", "lag"} <= set(rows["quantity"])


def test_what_is_said_scatters_about_what_is_so(asked: tuple[pd.DataFrame, Forecasts]) -> None:
    rows, made = asked
    dates = (rows["quantity"] == "volume_date").to_numpy()
    noise = made.claimed[dates] - made.latent[dates]
    assert 0.0 < np.abs(noise).mean() < 0.5
    points = rows["quantity"].eq("revenue_share").to_numpy()
    assert ((made.claimed[points] >= 0) & (made.claimed[points] <= 100)).all()


def test_a_lag_is_that_of_the_generation_named_and_plans_shorten_what_is_said(
    made_up_fit: Fit, vintage: Evidence
) -> None:
    rows, made = targets(made_up_fit, load_evidence("2022-12-31"), vintage, DRAWS, seed=1)
    volume = clock.evaluate(made_up_fit.context())["volume"]
    volume = volume[evenly(len(volume), DRAWS)]
    lag = gaps.first_of(volume, gaps.CHINA) - gaps.first_of(volume, gaps.KOREA)
    lags = rows[rows["quantity"] == "lag"]
    for generation in ("HBM2", "HBM3"):
        at = lags.index[lags["generation"] == generation]
        assert_allclose(made.latent[at], np.tile(lag[:, GENERATIONS.index(generation)], (len(at), 1)))
    before = lags.index[(lags["time"] < 2026) & (lags["generation"] == "HBM3")]
    assert len(before) > 1
    assert (made.claimed[before] - made.latent[before]).mean() < -0.05


def test_the_probability_is_the_share_of_draws_in_the_claimed_interval(asked: tuple[pd.DataFrame, Forecasts]) -> None:
    rows, made = asked
    for log_probability, drawn in ((made.log_prob_claimed, made.claimed), (made.log_prob_latent, made.latent)):
        low, high = (rows[end].to_numpy(float)[:, None] - 1e-6 * sign for end, sign in (("low", 1), ("high", -1)))
        share = ((low <= drawn) & (drawn <= high)).mean(axis=1)
        error = np.sqrt(0.25 / DRAWS)
        assert np.abs(np.exp(log_probability) - share).max() < 5 * error
        assert np.abs(np.exp(log_probability) - share).mean() < error
