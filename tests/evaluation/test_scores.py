"""The scorer: on published examples of other packages, on cases computed by hand, and what makes scores proper."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import scoringrules
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import ndtr, ndtri

from hbm_model.evaluation.events import brier
from hbm_model.evaluation.scores import (
    INTERVALS,
    LEVELS,
    MEASURES,
    Predictive,
    averages,
    crps,
    score,
    skill,
    weighted_interval_score,
    weights,
)

FINITE = st.floats(-1e3, 1e3)
some = settings(max_examples=40)


def targets(value: Any, cutoff: float = np.nan, **columns: Any) -> pd.DataFrame:
    """Targets of one origin and quantity, each a claim group of its own."""
    values = np.atleast_1d(np.asarray(value, dtype=float))
    n = len(values)
    usual = {
        **{"target": [f"t{i}" for i in range(n)], "group": [f"g{i}" for i in range(n)], "quantity": "hbm_yield"},
        **{"vendor": "samsung", "bloc": "korea", "generation": "HBM3E", "series": "s", "source": "TrendForce"},
        **{"origin": 2024.0, "horizon": 1.0, "value": values, "cutoff": cutoff},
    }
    return pd.DataFrame({**usual, **columns})


def said(samples: Any, log_prob: float = -1.0) -> Predictive:
    rows = np.atleast_2d(np.asarray(samples, dtype=float))
    return Predictive(rows, np.where(np.isnan(rows).any(axis=1), np.nan, log_prob))


def normal(centre: Any, scale: float, m: int = 400) -> Predictive:
    """Quantiles of a normal distribution, evenly spaced in probability."""
    z = ndtri((np.arange(m) + 0.5) / m)
    return said(np.atleast_1d(np.asarray(centre, dtype=float))[:, None] + scale * z)


# --- published examples -----------------------------------------------------------------------------------------

OBSERVED = np.array([1.0, -15.0, 22.0])
PREDICTED = np.array([[-1.0, 0, 1, 2, 3], [-2, 1, 2, 2, 4], [-2, 0, 3, 3, 4]])
"""The 3 x 5 example in the tests of the R packages scoringutils and covidHubUtils, at levels 0.1, 0.25, 0.5, 0.75, 0.9
(epiforecasts/scoringutils, tests/testthat/test-metrics-quantile.R)."""


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ([2], [0.0, 17.0, 19.0]),
        # 0.5 |error| + 0.1 width + what lies outside + 0.25 width + what lies outside, over 2.5: as that test has it
        ([0, 1, 2, 3, 4], [0.36, (8.5 + 0.6 + 13 + 0.25 + 16) / 2.5, (9.5 + 0.6 + 18 + 0.75 + 19) / 2.5]),
    ],
)
def test_the_example_of_scoringutils(columns: list[int], expected: list[float]) -> None:
    levels = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
    assert_allclose(weighted_interval_score(PREDICTED[:, columns], levels[columns], OBSERVED), expected)


def test_the_example_of_interval_scoring() -> None:
    """The test data in the README of adrian-lison/interval-scoring, at alpha 0.2, 0.4 and the median (1.0)."""
    observed = np.array([4.0, 7, 4, 6, 2, 1, 3, 8])
    quantiles = np.array(
        [
            [2, 3, 5, 9, 1, -3, 0.2, 8.7],
            [2, 4.6, 5, 9.4, 1.4, -2, 0.4, 8.8],
            [2, 4.7, 5.2, 9.6, 1.8, -2, 0.4, 8.8],
            [4, 4.8, 5.7, 12, 4.3, -1.5, 2, 8.9],
            [5, 5, 7, 13, 5, -1, 3, 9],
        ]
    ).T
    # Published there without the median, divided by the sum of the weights alpha / 2 of both intervals.
    published = np.array([2.33333333, 14.8, 7.8, 24.4, 3.26666667, 16.0, 5.33333333, 5.16666667])
    ours = weighted_interval_score(quantiles, np.array([0.1, 0.2, 0.5, 0.8, 0.9]), observed)
    assert_allclose(2.5 * ours, 0.3 * published + np.abs(observed - quantiles[:, 2]) / 2, rtol=1e-6)


FLUSIGHT = {
    "observed": [79, 221, 446, 578, 694, 769, 733, 466],
    "Flusight-baseline": [
        [22, 31, 45, 51, 57, 71, 80],
        [5, 21, 38, 51, 64, 81, 97],
        [0, 12, 33, 51, 69, 90, 105],
        [0, 5, 29, 51, 73, 97, 112],
        [531, 557, 575, 582, 589, 607, 633],
        [496, 536, 566, 582, 598, 629, 668],
        [454, 518, 558, 582, 606, 646, 709],
        [439, 498, 551, 582, 613, 666, 724],
    ],
    "PSI-DICE": [
        [30, 38, 51, 66, 83, 101, 114],
        [44, 54, 72, 90, 111, 133, 147],
        [65, 78, 100, 121, 146, 174, 190],
        [88, 106, 132, 159, 187, 212, 230],
        [260, 327, 495, 648, 734, 793, 822],
        [290, 378, 496, 613, 712, 788, 843],
        [116, 194, 321, 512, 704, 847, 936],
        [0, 0, 0, 410, 832, 1037, 1138],
    ],
}
"""Weekly flu admissions in Massachusetts, 0 to 3 weeks ahead of 2022-11-19 and 2022-12-17, from the FluSight hub as
adapted in hubverse-org/example-complex-forecast-hub, at our seven levels."""
PUBLISHED = {"Flusight-baseline": (179.944642857143, 0.25, 0.0), "PSI-DICE": (139.369642857143, 0.625, 0.625)}
"""Mean WIS, 90 % and 80 % coverage of those forecasts (hubverse-org/hubEvals, testdata/exp_pairwise_scores.csv)."""


@pytest.mark.parametrize("team", PUBLISHED)
def test_flusight_forecasts_get_their_published_scores(team: str) -> None:
    observed, quantiles = np.array(FLUSIGHT["observed"], dtype=float), np.array(FLUSIGHT[team], dtype=float)
    wis, in90, in80 = PUBLISHED[team]
    assert weighted_interval_score(quantiles, LEVELS, observed).mean() == pytest.approx(wis, rel=1e-12)
    for share, low, high in ((in90, 0, 6), (in80, 1, 5)):
        assert ((observed >= quantiles[:, low]) & (observed <= quantiles[:, high])).mean() == share


def test_skill_is_one_less_the_published_relative_skill() -> None:
    """The hub's ``wis_scaled_relative_skill`` of PSI-DICE is 0.774513987436612, mean over mean of the baseline."""
    observed = np.array(FLUSIGHT["observed"], dtype=float)
    about = targets(observed, origin=[2022.88] * 4 + [2022.96] * 4, target=["w0", "w1", "w2", "w3"] * 2)
    ours, theirs = (
        about.assign(wis=weighted_interval_score(np.array(FLUSIGHT[team], dtype=float), LEVELS, observed))
        for team in ("PSI-DICE", "Flusight-baseline")
    )
    found = skill(ours, theirs, "wis").iloc[0]
    assert 1 - found["skill"] == pytest.approx(0.774513987436612, rel=1e-12)
    assert (found["ours"], found["theirs"]) == pytest.approx(
        [PUBLISHED[t][0] for t in ("PSI-DICE", "Flusight-baseline")]
    )


def test_the_examples_of_scoringrules() -> None:
    """What its documentation prints, and that samples of ours come to what it has in closed form."""
    assert scoringrules.interval_score(0.1, 0.0, 0.4, 0.5) == pytest.approx(0.4)
    assert scoringrules.crps_normal(0.0, 0.1, 0.4) == pytest.approx(0.10339992515976162)
    assert float(brier(0.2, 1)) == pytest.approx(0.64)
    assert crps(normal(0.1, 0.4, 4000).samples, np.zeros(1))[0] == pytest.approx(0.10339992515976162, rel=1e-3)


# --- by hand ----------------------------------------------------------------------------------------------------


def test_scores_of_five_samples_by_hand() -> None:
    found = score(targets(3.5), said([1.0, 2.0, 3.0, 4.0, 5.0], -0.7)).iloc[0]
    assert found["crps"] == pytest.approx((2.5 + 1.5 + 0.5 + 0.5 + 1.5) / 5 - 0.5 * 1.6)
    assert found["log_score"] == pytest.approx(0.7)
    assert found["pit"] == pytest.approx(0.6)
    assert [found[name] for name in INTERVALS] == [1.0, 1.0, 1.0]
    lower, upper = np.array([1.2, 1.4, 2.0]), np.array([4.8, 4.6, 4.0])
    assert found["wis"] == pytest.approx((0.25 + ([0.05, 0.1, 0.25] * (upper - lower)).sum()) / 3.5)


@some
@given(value=FINITE, point=FINITE)
def test_a_point_forecast_is_scored_by_its_absolute_error(value: float, point: float) -> None:
    found = score(targets(value), said(np.full(10, point))).iloc[0]
    assert_allclose([found["crps"], found["wis"]], abs(value - point), rtol=1e-9, atol=1e-9)


@some
@given(value=FINITE, samples=st.lists(FINITE, min_size=2, max_size=30))
def test_no_score_is_negative(value: float, samples: list[float]) -> None:
    found = score(targets(value), said(samples)).iloc[0]
    assert found["wis"] >= 0
    assert found["crps"] >= -1e-9
    assert 0 <= found["pit"] <= 1


def test_who_says_nothing_has_no_score() -> None:
    both = said([[1.0, 2.0], [np.nan, np.nan]])
    found = score(targets([1.0, 1.0]), both)
    assert found.loc[0, [*MEASURES, "pit", *INTERVALS]].notna().all()
    assert found.loc[1, [*MEASURES, "pit", *INTERVALS]].isna().all()


def test_a_forecast_of_other_targets_is_refused() -> None:
    with pytest.raises(ValueError, match="1 targets cannot be scored on 2"):
        score(targets([1.0, 2.0]), said([1.0, 2.0]))


def test_levels_without_a_median_are_refused() -> None:
    with pytest.raises(ValueError, match="not a median"):
        weighted_interval_score(np.zeros((1, 2)), np.array([0.1, 0.9]), np.zeros(1))


# --- what nobody knows yet --------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [2027.5, np.inf])
def test_dates_beyond_the_cutoff_are_all_the_same(outcome: float) -> None:
    found = score(targets(outcome, cutoff=2026.5), said([2026.6, 2028.0, np.inf])).iloc[0]
    assert (found["crps"], found["wis"]) == (0.0, 0.0)


@some
@given(samples=st.lists(st.floats(2020, 2030), min_size=2, max_size=20), value=st.floats(2020, 2030))
def test_the_censored_crps_is_the_threshold_weighted_one(samples: list[float], value: float) -> None:
    found = score(targets(value, cutoff=2026.5), said(samples)).iloc[0]["crps"]
    expected = scoringrules.twcrps_ensemble(value, np.array(samples), b=2026.5, backend="numpy")
    assert found == pytest.approx(float(expected), abs=1e-9)


def test_a_lump_at_the_cutoff_is_covered_in_the_share_that_lies_within() -> None:
    """70 % of the forecast lies beyond the cutoff: of that lump, from 0.3 to 1, the middle half holds 0.3 to 0.75."""
    dates = np.concatenate([np.linspace(2024, 2026, 30), np.full(70, 2028.0)])
    found = score(targets(np.inf, cutoff=2026.5), said(dates)).iloc[0]
    assert found["in50"] == pytest.approx(0.45 / 0.7)
    assert found["in90"] == pytest.approx(0.65 / 0.7)
    assert 0.3 <= found["pit"] <= 1.0


def test_a_calibrated_forecaster_is_found_calibrated_also_when_censored() -> None:
    rng = np.random.default_rng(1)
    centre = rng.uniform(2024, 2028, 4000)
    dates = centre + rng.normal(size=4000)
    found = score(targets(dates, cutoff=2026.5), normal(centre, 1.0))
    assert found["pit"].mean() == pytest.approx(0.5, abs=0.02)
    assert found["pit"].std() == pytest.approx(12**-0.5, abs=0.01)
    for name, share in INTERVALS.items():
        assert found[name].mean() == pytest.approx(share, abs=0.02)


# --- proper -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cutoff", [np.nan, 0.3])
@pytest.mark.parametrize(("shift", "stretch"), [(0.5, 1.0), (-0.5, 1.0), (0.0, 0.5), (0.0, 2.0)])
def test_who_knows_the_truth_beats_who_errs(cutoff: float, shift: float, stretch: float) -> None:
    rng = np.random.default_rng(7)
    centre = rng.normal(size=3000)
    outcome = centre + rng.normal(size=3000)
    about = targets(outcome, cutoff=cutoff)
    about = about.assign(origin=np.arange(3000) % 20)

    def forecaster(at: np.ndarray, scale: float) -> pd.DataFrame:
        censored = np.minimum(outcome, np.inf if np.isnan(cutoff) else cutoff)
        high = np.where(censored == cutoff, np.inf, censored + 0.05)
        low = np.where(censored == cutoff, cutoff, censored - 0.05)
        prob = ndtr((high - at) / scale) - ndtr((low - at) / scale)
        return score(about, Predictive(normal(at, scale).samples, np.log(np.maximum(prob, 1e-300))))

    right, wrong = forecaster(centre, 1.0), forecaster(centre + shift, stretch)
    for measure in MEASURES:
        found = skill(right, wrong, measure).iloc[0]
        assert found["low"] > 0, measure
        assert found["better"] == 1.0


# --- over targets -----------------------------------------------------------------------------------------------


def scored(**columns: Any) -> pd.DataFrame:
    """Rows as `score` gives them, without forecasts: what counts is what they are averaged over."""
    n = len(next(iter(columns.values())))
    return targets(np.zeros(n)).assign(**columns)


def test_a_claim_group_counts_once_an_origin() -> None:
    rows = scored(crps=[1.0, 1.0, 4.0, 4.0], group=["g", "g", "h", "g"], origin=[2023.0, 2023.0, 2023.0, 2024.0])
    assert_array_equal(weights(rows), [0.5, 0.5, 1.0, 1.0])
    found = averages(rows, ["crps"]).iloc[0]
    assert (found["mean"], found["n"], found["weight"], found["blocks"]) == (3.0, 4, 3.0, 2)
    assert averages(rows, ["crps"], blocks="group").iloc[0]["blocks"] == 2


def test_what_one_of_both_has_not_forecast_does_not_count() -> None:
    ours = scored(crps=[1.0, 1.0, np.nan], group=["g", "g", "h"])
    theirs = scored(crps=[2.0, np.nan, 5.0], group=["g", "g", "h"])
    found = skill(ours, theirs, "crps").iloc[0]
    assert (found["n"], found["weight"], found["skill"]) == (1, 1.0, 0.5)


def test_several_quantities_are_pooled_by_their_ratios() -> None:
    quantity = ["hbm_yield", "hbm_yield", "volume_date"]
    ours, theirs = scored(crps=[5.0, 5.0, 0.1], quantity=quantity), scored(crps=[10.0, 10.0, 0.8], quantity=quantity)
    by_quantity = skill(ours, theirs, "crps", ["quantity"])
    assert by_quantity["quantity"].tolist() == ["hbm_yield", "volume_date"]
    assert_allclose(by_quantity[["ours", "theirs", "skill"]], [[5.0, 10.0, 0.5], [0.1, 0.8, 0.875]])
    found = skill(ours, theirs, "crps").iloc[0]
    assert found["skill"] == pytest.approx(1 - (0.5**2 * 0.125) ** (1 / 3))
    assert np.isnan(found["ours"])


def test_the_skill_of_the_log_score_is_a_difference() -> None:
    found = skill(scored(log_score=[-1.0, 1.0]), scored(log_score=[1.0, 1.5]), "log_score").iloc[0]
    assert found["skill"] == pytest.approx(1.25)


def test_the_bootstrap_is_that_of_whole_blocks() -> None:
    """Two origins, of which all of one is better: the resamples have none, half or all of it."""
    origin = [2023.0, 2023.0, 2024.0, 2024.0]
    ours, theirs = scored(crps=[1.0, 1.0, 3.0, 3.0], origin=origin), scored(crps=[2.0, 2.0, 2.0, 2.0], origin=origin)
    found = skill(ours, theirs, "crps").iloc[0]
    assert (found["skill"], found["low"], found["high"]) == pytest.approx((0.0, -0.5, 0.5))
    assert found["better"] == pytest.approx(0.25, abs=0.03)
    again = skill(ours, theirs, "crps", seed=0).iloc[0]
    assert found.equals(again)


def test_the_bootstrap_has_the_width_of_the_standard_error() -> None:
    values = np.random.default_rng(3).normal(size=100)
    found = averages(scored(crps=values, origin=np.arange(100.0)), ["crps"], resamples=4000).iloc[0]
    assert found["high"] - found["low"] == pytest.approx(2 * 1.645 * values.std() / 10, rel=0.06)


def test_one_block_says_nothing_of_its_own_uncertainty() -> None:
    found = averages(scored(crps=[1.0, 2.0]), ["crps"]).iloc[0]
    assert found["mean"] == 1.5
    assert found[["low", "high"]].isna().all()


def test_coverage_is_the_average_of_what_lies_within() -> None:
    rows = scored(in50=[1.0, 0.0], in80=[1.0, 0.5], in90=[1.0, 1.0], vendor=["cxmt", "samsung"])
    assert averages(rows, INTERVALS)["mean"].tolist() == [0.5, 0.75, 1.0]
    assert averages(rows, INTERVALS, ["vendor"]).query("measure == 'in50'")["mean"].tolist() == [1.0, 0.0]


@pytest.mark.parametrize("by", [[], ["quantity"]])
def test_of_no_common_targets_there_is_no_skill(by: list[str]) -> None:
    assert skill(scored(crps=[np.nan]), scored(crps=[1.0]), "crps", by).empty
    assert averages(scored(crps=[np.nan]), ["crps"], by).empty


# --- events -----------------------------------------------------------------------------------------------------
