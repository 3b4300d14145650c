"""The claims layer against SciPy, in the body and far out in the tails."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import integrate, special, stats

from hbm_model.model import measurement as layer
from hbm_model.model.design import SURE

OPEN = layer.OPEN
SOMEWHERE = st.floats(-5, 5)


# --- intervals --------------------------------------------------------------------------------------------------


@given(low=SOMEWHERE, width=st.floats(0.01, 5), centre=SOMEWHERE, scale=st.floats(0.2, 3))
def test_an_interval_has_the_logistic_probability_between_its_ends(
    low: float, width: float, centre: float, scale: float
) -> None:
    body = stats.logistic(centre, scale)
    expected = np.log(body.cdf(low + width) - body.cdf(low))
    assert_allclose(layer.interval_logp(low, low + width, centre, scale, np), expected, rtol=1e-6, atol=1e-9)


@given(end=SOMEWHERE, centre=SOMEWHERE, scale=st.floats(0.05, 3))
def test_a_bound_is_a_whole_tail(end: float, centre: float, scale: float) -> None:
    body = stats.logistic(centre, scale)
    assert_allclose(layer.interval_logp(-OPEN, end, centre, scale, np), body.logcdf(end), rtol=1e-9, atol=1e-12)
    assert_allclose(layer.interval_logp(end, OPEN, centre, scale, np), body.logsf(end), rtol=1e-9, atol=1e-12)
    assert_allclose(layer.interval_logp(-OPEN, OPEN, centre, scale, np), 0.0, atol=1e-12)


@given(cuts=st.lists(SOMEWHERE, min_size=1, max_size=6, unique=True), centre=SOMEWHERE, scale=st.floats(0.05, 3))
def test_the_cells_of_a_partition_share_out_all_probability(cuts: list[float], centre: float, scale: float) -> None:
    ends = np.array([-OPEN, *sorted(cuts), OPEN])
    ends = ends[np.concatenate([[True], np.diff(ends) > 1e-6])]
    logp = layer.interval_logp(ends[:-1], ends[1:], centre, scale, np)
    assert_allclose(np.exp(logp).sum(), 1.0, rtol=1e-9)


@pytest.mark.parametrize("kind", ["interval", "lower bound", "upper bound"])
@pytest.mark.parametrize("away", [-1e30, -1000.0, -30.0, 0.0, 30.0, 1000.0, 1e30])
def test_tails_are_finite_with_finite_gradients_a_thousand_scales_out(
    kind: str, away: float, plain_python: Any
) -> None:
    import pytensor
    import pytensor.tensor as pt

    low, high = {"interval": (2026.0, 2026.25), "lower bound": (2026.0, OPEN), "upper bound": (-OPEN, 2026.25)}[kind]
    centre, scale = pt.dscalar("centre"), pt.dscalar("scale")
    logp = layer.interval_logp(low, high, centre, scale, pt)
    graph = pytensor.function([centre, scale], [logp, *pt.grad(logp, [centre, scale])], mode=plain_python)
    for width in (0.02, 0.1, 1.0):
        value, by_centre, by_scale = graph(2026.125 + away * width, width)
        assert np.isfinite([value, by_centre, by_scale]).all()
        assert value <= 1e-12
        assert_allclose(value, layer.interval_logp(low, high, 2026.125 + away * width, width, np), rtol=1e-12)
        pushed_back = {"interval": away != 0, "lower bound": away < 0, "upper bound": away > 0}[kind]
        if abs(away) >= 1000.0 and pushed_back:
            assert_allclose(by_centre, -np.sign(away) / width, rtol=1e-3, err_msg="a steady pull back, never a flat")


@given(low=st.floats(-3, 3), width=st.floats(1e-3, 1e-2), scale=st.floats(0.5, 2))
def test_a_narrow_interval_is_a_density_times_its_width(low: float, width: float, scale: float) -> None:
    expected = stats.logistic(0.0, scale).logpdf(low + width / 2) + np.log(width)
    assert_allclose(layer.interval_logp(low, low + width, 0.0, scale, np), expected, atol=1e-4)


# --- what has not happened, and what nobody has said ------------------------------------------------------------


@given(seen=st.floats(2020, 2026), late=st.floats(0.0, 5), scale=st.floats(0.05, 0.5))
def test_not_yet_is_the_chance_that_the_event_came_later(seen: float, late: float, scale: float) -> None:
    for date in (seen - late, seen, seen + late):
        expected = special.log_expit((date - seen) / scale)
        assert_allclose(layer.not_yet_logp(date, seen, scale, 1.0, np), expected, rtol=1e-6, atol=1e-9)


@given(late=st.floats(-5, 5), scale=st.floats(0.05, 0.5))
def test_not_yet_and_already_are_all_there_is_to_say(late: float, scale: float) -> None:
    no, yes = (np.exp(layer.not_yet_logp(2026.0 + late, 2026.0, scale, answer, np)) for answer in (1.0, -1.0))
    assert_allclose(no + yes, 1.0, rtol=1e-12)


def test_silence_says_nothing_of_what_lies_ahead_and_counts_against_what_lies_back() -> None:
    through, delay = 2026.5, 0.25
    ahead, today, back, long_back = (
        layer.silence_logp(date, through, layer.EVER, delay, np) for date in (2030.0, 2026.5, 2026.0, 2024.5)
    )
    assert_allclose(ahead, 0.0, atol=1e-12)
    assert_allclose(today, np.log(delay / (delay + layer.AHEAD_YEARS)), rtol=1e-9)
    assert_allclose([back - today, long_back - today], [-0.5 / delay, -2.0 / delay], rtol=1e-6)


@given(since=st.floats(-2, 6), delay=st.floats(0.05, 1))
def test_silence_is_the_chance_that_the_first_report_is_still_to_come(since: float, delay: float) -> None:
    """Exponential on both sides of the event is an asymmetric Laplace distribution."""
    ratio = np.sqrt(layer.AHEAD_YEARS / delay)
    date = layer.GATHERED_FROM + 4.0
    reports = stats.laplace_asymmetric(ratio, loc=date, scale=np.sqrt(delay * layer.AHEAD_YEARS))
    silent = layer.silence_logp(date, date + since, layer.GATHERED_FROM, delay, np)
    unheard = reports.sf(date + since) + reports.cdf(layer.GATHERED_FROM)
    assert_allclose(silent, np.log(unheard), rtol=1e-6, atol=1e-9)


@given(date=st.floats(2000, 2026), delay=st.floats(0.05, 1))
def test_a_report_from_before_the_gathering_is_not_missed(date: float, delay: float) -> None:
    """The report lies in the evidence, before it or after it: three cases, one probability."""
    ratio = np.sqrt(layer.AHEAD_YEARS / delay)
    reports = stats.laplace_asymmetric(ratio, loc=date, scale=np.sqrt(delay * layer.AHEAD_YEARS))
    heard = reports.cdf(2026.5) - reports.cdf(layer.GATHERED_FROM)
    assert_allclose(
        np.exp(layer.silence_logp(date, 2026.5, layer.GATHERED_FROM, delay, np)), 1.0 - heard, rtol=1e-6, atol=1e-9
    )


def test_silence_says_nothing_of_products_older_than_the_gathering_nor_before_it() -> None:
    old, since = np.array([2012.0, 2016.0, 2020.0]), layer.GATHERED_FROM
    assert_allclose(layer.silence_logp(old, 2026.5, since, 0.2, np), 0.0, atol=1e-6)
    assert_allclose(layer.silence_logp(np.linspace(2010, 2030, 50), since - 0.5, since, 0.2, np), 0.0, atol=1e-12)


def test_what_nobody_could_have_shipped_unnoticed_is_silent_for_one_reason_only() -> None:
    """However long ago, silence speaks against it: no second explanation, no second mode."""
    dates = np.linspace(2010, 2026, 200)
    silent = layer.silence_logp(dates, 2026.5, layer.EVER, 0.2, np)
    assert (np.diff(silent) > 0).all()
    assert silent[0] < -80


@given(date=st.floats(layer.GATHERED_FROM + 3.0, 2035), delay=st.floats(0.05, 0.5), back=st.floats(0, 2))
def test_silence_never_speaks_for_an_earlier_date(date: float, delay: float, back: float) -> None:
    """Of two dates since the gathering; before it silence is no witness."""
    silent = (layer.silence_logp(each, 2026.5, layer.GATHERED_FROM, delay, np) for each in (date - back, date))
    earlier, later = silent
    assert earlier <= later + 1e-3 * np.exp(-2 / delay) + 1e-12
    assert later <= 1e-12


@pytest.mark.parametrize("delay", [0.1, 0.25, 1.0])
def test_the_first_report_has_a_density_that_falls_off_on_both_sides_of_the_event(delay: float) -> None:
    date = 2024.0
    days = np.linspace(date - 3, date + 12 * delay, 60_001)
    density = np.exp(layer.first_report_logp(date, days, delay, np))
    # Rounding the corner at the event, to have a gradient there, takes away a few hundredths.
    assert 0.85 < integrate.trapezoid(density, days) < 1.0
    assert days[density.argmax()] == pytest.approx(date, abs=0.1)
    assert density[0] < 1e-9, "a report three years ahead of the event is no report of it"


@pytest.mark.parametrize("delay", [0.1, 0.25, 1.0])
def test_the_first_report_and_silence_share_one_delay(delay: float) -> None:
    date, later = 2030.0, np.linspace(2030.2, 2033.0, 15)
    reported = layer.first_report_logp(date, later, delay, np)
    silent = layer.silence_logp(date, later, layer.GATHERED_FROM, delay, np)
    assert_allclose(np.diff(reported), np.diff(silent), rtol=1e-3)


# --- disputes and guidance --------------------------------------------------------------------------------------


@given(right=st.floats(-50, 0), wrong=st.floats(-20, 0), truth=st.floats(0.01, 0.99))
def test_a_disputed_report_is_a_mixture(right: float, wrong: float, truth: float) -> None:
    expected = np.logaddexp(np.log(truth) + right, np.log1p(-truth) + wrong)
    if_wrong = np.log1p(-truth) + wrong
    assert_allclose(layer.disputed_logp(right, np.array(truth), if_wrong, np), expected, rtol=1e-9, atol=1e-12)


def test_an_undisputed_report_is_taken_at_its_word_and_a_disputed_one_never_weighs_more_than_its_doubt() -> None:
    right = np.array([-0.1, -500.0, -5e5, -1e30])
    assert_allclose(layer.disputed_logp(right, np.ones(4), np.full(4, SURE), np), right)
    doubted = layer.disputed_logp(right, np.full(4, 0.25), np.full(4, np.log(0.75) - 2.0), np)
    assert_allclose(doubted[1:], np.log(0.75) - 2.0)


@given(lead=st.floats(0.7, 10), slip=st.floats(-0.5, 1.5))
def test_guidance_names_a_lead_shorter_by_the_slip(lead: float, slip: float) -> None:
    said = layer.announced_lead(2026.0 + lead, 2026.0, slip, np)
    assert_allclose(np.exp(said), (lead + layer.LEAD_FLOOR) * np.exp(-slip), rtol=1e-3)


@given(dates=st.tuples(st.floats(2010, 2040), st.floats(2010, 2040)))
def test_guidance_never_names_an_earlier_date_for_a_later_truth(dates: tuple[float, float]) -> None:
    early, late = sorted(dates)
    assert layer.announced_lead(early, 2026.0, 0.3, np) <= layer.announced_lead(late, 2026.0, 0.3, np)
    assert np.isfinite(layer.announced_lead(early, 2026.0, 0.3, np))


@given(loss=st.floats(1e-9, 20))
def test_the_logit_of_a_yield_is_exact_for_small_losses(loss: float) -> None:
    assert_allclose(layer.logit_of_loss(loss, np), -np.log(np.expm1(loss)), rtol=1e-12)
    if 1e-4 < loss < 10:
        assert_allclose(layer.logit_of_loss(loss, np), special.logit(np.exp(-loss)), rtol=1e-6, atol=1e-9)
