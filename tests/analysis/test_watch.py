"""What to watch: the information in an answer, by hand and on the model's own draws."""

import time
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from hbm_model.analysis.watch import WATCH_COLUMNS, reduction, watch
from hbm_model.core.industry import GENERATIONS, VENDORS
from hbm_model.core.quantities import LAG_AT_LEAST
from hbm_model.evidence.questions import load_questions
from hbm_model.forecasting.answers import Answers
from hbm_model.forecasting.forecast import Forecast, forecast
from hbm_model.inference.fit import Fit

N = 2000
questions = cache(load_questions)


@pytest.fixture(scope="module")
def made(made_up_fit: Fit) -> Forecast:
    return forecast(made_up_fit, questions=questions())


@pytest.fixture(scope="module")
def ranked(made: Forecast) -> pd.DataFrame:
    return watch(made, questions())


def toy(happens: np.ndarray, ratio: np.ndarray, cxmt: Any = 2040.0) -> tuple[Forecast, list[Any]]:
    """A forecast of `N` draws in which one question is answered, and the ratios at the end of 2028 are given."""
    (question,) = (each for each in questions() if each.id == "cxmt-hbm3-volume-2027-12")
    shape = {"scenario": ["baseline"], "draw": np.arange(N)}
    flat = xr.DataArray(ratio[None, :, None], coords={**shape, "period": ["2028Q4"]})
    dates = np.full((N, len(VENDORS) + 2, len(GENERATIONS)), 2040.0)
    dates[:, [0, 5]] = 2018.0 + 2 * np.arange(len(GENERATIONS))
    dates[:, [3, 6], 2] = np.asarray(cxmt)[..., None]
    pair = {"draw": np.arange(N), "vendor": [*VENDORS, "korea", "china"], "generation": GENERATIONS}
    answers = xr.DataArray(happens[None, :, None], coords={**shape, "question": [question.id]})
    toy = Forecast(
        frame=pd.DataFrame(),
        headline=xr.Dataset({"capacity_ratio": flat, "output_ratio": flat**2}),
        contrasts=pd.DataFrame(),
        scenarios=(),
        horizon="2032Q4",
        answers=Answers(answers, {}, date(2026, 11, 22)),
        dates=xr.DataArray(np.where(dates > 2033, np.inf, dates), coords=pair),
    )
    return toy, [question]


# --- the measure -------------------------------------------------------------------------------------------------


def test_the_reduction_is_what_the_law_of_total_variance_says() -> None:
    rng = np.random.default_rng(1)
    answer = (rng.uniform(size=(N, 2)) < [0.2, 0.7]).astype(float)
    values = answer @ [[1.0, 0.0], [0.5, 0.0]] + rng.normal(size=(N, 2))
    found = reduction(answer, values)
    for e in range(2):
        yes = answer[:, e] > 0
        for k in range(2):
            inside = yes.mean() * values[yes, k].var() + (~yes).mean() * values[~yes, k].var()
            assert found[e, k] == pytest.approx(1 - inside / values[:, k].var(), abs=1e-12)
    assert reduction(answer, np.ones((N, 1))).tolist() == [[0.0], [0.0]]


def test_an_answer_that_decides_the_gap_removes_all_of_its_variance() -> None:
    happens = np.random.default_rng(2).uniform(size=N) < 0.3
    table = watch(*toy(happens, np.where(happens, 0.2, 0.1)))
    rows = table[table["quantity"].isin(["capacity_ratio", "output_ratio"])].set_index("quantity")
    assert rows["reduction"].tolist() == pytest.approx([1.0, 1.0])
    assert rows["mc_error"].max() < 1e-6
    row = rows.loc["capacity_ratio"]
    assert (row["mean_yes"], row["mean_no"]) == pytest.approx((0.2, 0.1))
    assert row["probability"] == pytest.approx(happens.mean())
    assert row["closes"] == pd.Timestamp(2027, 12, 31)


def test_the_error_and_the_noise_are_those_of_repeated_draws() -> None:
    """Against worlds drawn again and again: error of the reduction, and how large it is by chance alone."""

    def once(seed: int, effect: float) -> pd.Series:
        rng = np.random.default_rng(seed)
        happens = rng.uniform(size=N) < 0.4
        table = watch(*toy(happens, 0.1 * np.exp(effect * happens + rng.normal(size=N))))
        return table[table["quantity"] == "capacity_ratio"].iloc[0]

    real = pd.DataFrame([once(seed, 0.6) for seed in range(25)])
    assert real["mc_error"].mean() == pytest.approx(real["reduction"].std(), rel=0.3)
    assert (real["reduction"] > real["noise"]).all()
    chance = pd.DataFrame([once(100 + seed, 0.0) for seed in range(25)])
    assert (chance["reduction"] > chance["noise"]).mean() <= 0.08
    assert chance["noise"].mean() == pytest.approx(6.63 / N, rel=0.25)  # chi-squared of one degree, its 99 % quantile


def test_draws_that_resemble_their_neighbours_have_a_higher_noise() -> None:
    rng = np.random.default_rng(3)
    slow = np.repeat(rng.normal(size=N // 20), 20)
    happens = np.repeat(rng.uniform(size=N // 20) < 0.5, 20)
    table = watch(*toy(happens, np.exp(0.1 * slow)))
    noise = table[table["quantity"] == "capacity_ratio"]["noise"].iloc[0]
    assert noise > 5 * 6.63 / N


def test_a_lag_of_draws_that_ship_nothing_counts_as_the_largest() -> None:
    happens = np.random.default_rng(4).uniform(size=N) < 0.5
    table = watch(*toy(happens, np.ones(N), np.where(happens, 2027.5, 2040.0)))
    row = table[table["quantity"] == LAG_AT_LEAST].iloc[0]
    assert (row["mean_yes"], row["mean_no"]) == pytest.approx((2028.875 - 2022.0, 2028.875 - 2018.0))
    assert row["reduction"] == pytest.approx(1.0)


def test_rare_answers_and_late_events_are_left_out() -> None:
    few = np.arange(N) < N // 200
    assert watch(*toy(few, np.exp(few))).empty
    often = np.arange(N) % 2 == 0
    forecast, asked = toy(often, np.exp(often))
    assert set(watch(forecast, asked)["event"]) == {asked[0].id}
    late = replace(asked[0], closes=date(2029, 12, 31))
    assert watch(forecast, [late]).empty
    assert list(watch(forecast, [late]).columns) == WATCH_COLUMNS


def test_what_closes_after_a_quarter_begins_says_nothing_of_it() -> None:
    often = np.arange(N) % 2 == 0
    forecast, asked = toy(often, np.exp(often))
    late = replace(asked[0], closes=date(2028, 10, 15))
    assert set(watch(forecast, [late])["quantity"]) == {"generation_lag"}


def test_a_generation_that_korea_never_ships_leaves_every_number_finite() -> None:
    """China alone ships HBM5 in some draws: what Korea ships never counts as shipped when the forecast ends."""
    happens = np.arange(N) % 3 == 0
    made, asked = toy(happens, np.where(happens, 0.2, 0.1), cxmt=2026.5)
    assert made.dates is not None
    alone = made.dates.copy()
    alone[{"generation": -1}] = np.inf
    alone[{"vendor": [3, 6], "generation": -1, "draw": happens}] = 2027.0
    table = watch(replace(made, dates=alone), asked)
    lags = table[table["quantity"] == LAG_AT_LEAST]
    assert not lags.empty
    assert np.isfinite(table.select_dtypes("number")).all(axis=None)
    assert (lags["mean_yes"] < 0).all(), "Korea is behind there, and by no more than the forecast reaches"
    assert (lags["mean_yes"] > 2026 - 2033).all()


# --- on the model's draws ----------------------------------------------------------------------------------------


def test_columns_are_an_interface(ranked: pd.DataFrame) -> None:
    """A failure here is a breaking change: it needs a line in CHANGELOG.md and a new version."""
    assert list(ranked.columns) == [
        *("event", "text", "about", "closes", "probability", "information", "quantity", "generation", "period"),
        *("unit", "reduction", "mc_error", "noise", "mean_yes", "q05_yes", "q95_yes", "mean_no", "q05_no", "q95_no"),
    ]


def test_events_come_by_their_information(ranked: pd.DataFrame, made: Forecast) -> None:
    events = ranked.drop_duplicates("event")
    assert len(events) > 10
    assert events["information"].is_monotonic_decreasing
    assert events["information"].iloc[0] > 0
    assert (events["closes"] <= pd.Timestamp(2028, 6, 30)).all()
    assert set(ranked["quantity"]) == {LAG_AT_LEAST, "capacity_ratio", "output_ratio", "generation_lag"}
    assert ranked["reduction"].between(0, 1).all()
    assert ranked.notna().all(axis=None)
    assert np.isfinite(ranked.select_dtypes("number")).all(axis=None)
    for _, rows in ranked.groupby("event"):
        told = rows["reduction"].where(rows["reduction"] > rows["noise"], 0.0)
        assert rows["information"].iloc[0] == pytest.approx(told.sum() / 7)


def test_a_report_within_a_year_is_an_event(ranked: pd.DataFrame, made: Forecast) -> None:
    row = ranked[ranked["event"] == "volume:cxmt:HBM3:2027-06-30"].iloc[0]
    dates = made.dates.sel(vendor="cxmt", generation="HBM3")
    assert row["probability"] == pytest.approx(float((dates < 2027 + 180 / 365).mean()))
    assert row["about"] == "volume_date cxmt:HBM3:8"
    assert row["about"] in set(ranked[ranked["event"] == "cxmt-hbm3-volume-2026-12"]["about"])


def test_it_is_quick(made: Forecast) -> None:
    start = time.process_time()
    watch(made, questions())
    assert time.process_time() - start < 1.0
