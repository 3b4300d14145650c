"""Output by hand: wafers started half a year before, times what of them is of a generation, dense and good."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from hbm_model.core.industry import GENERATIONS, VENDORS
from hbm_model.core.priors import Priors
from hbm_model.model import output
from hbm_model.model.context import Context
from hbm_model.model.equations import NEVER
from hbm_model.model.layout import Layout

LAYOUT = Layout(last_year=2030, last_output_year=2026)
PLACES, PAIRS = len(VENDORS), (len(VENDORS), len(GENERATIONS))
HBM3, HBM4 = GENERATIONS.index("HBM3"), GENERATIONS.index("HBM4")
HYNIX, MICRON, CXMT = (VENDORS.index(maker) for maker in ("sk_hynix", "micron", "cxmt"))
OLD = np.where(np.arange(len(GENERATIONS)) == HBM3, 2010.0, NEVER + 2020.0) * np.ones(PAIRS)
"""Volume dates in a world that builds HBM3 for a long time and nothing else."""


@pytest.fixture
def theta() -> dict[str, Any]:
    """A thousand gigabits on a wafer, a fifth less in China, and half of what could be made is."""
    return {
        "gross_bits_per_wafer": np.full(len(GENERATIONS), 1000.0),
        "china_density": np.array(np.log(0.8)),
        "mix_half_time": np.array(0.5),
        "mix_width": np.array(0.05),
        "realisation": np.zeros(PLACES),
        "realisation_shock": np.zeros((PLACES, len(LAYOUT.share_years))),
    }


@pytest.fixture
def parts() -> dict[str, Any]:
    """Half of 200 thousand wafers a month are HBM; half of the dies are good, and half of the 8-high stacks."""
    ramp = {name: np.zeros(PAIRS) for name in ("die_start", "stack_start")}
    ramp |= {name: np.full(PLACES, np.log(2.0)) for name in ("die_floor", "stack_floor")}
    ramp |= {"learning_time": np.ones(PLACES), "layer_exponent": np.array(1.0)}
    log_wafers = np.full((PLACES, len(LAYOUT.knots)), np.log(200.0))
    return {
        "ramp": ramp,
        "capacity": {"log_wafers": log_wafers, "hbm_logit": np.zeros((PLACES, len(LAYOUT.hbm_knots)))},
    }


def made(theta: Any, parts: Any, priors: Priors, volume: Any = OLD, **forces: Any) -> dict[str, np.ndarray]:
    context = Context(theta, LAYOUT, priors, np, forces=forces)
    return output.evaluate(context, volume, **parts, quarters=LAYOUT.quarters)


def test_bits_are_wafers_times_mix_times_bits_of_a_wafer_times_yield(
    theta: dict[str, Any], parts: dict[str, Any], priors: Priors
) -> None:
    found = made(theta, parts, priors)
    assert_allclose(found["wafers"], 100.0)
    quarter = 3 * 100e3 * 0.5 * 1000 * 0.5 * 0.5 / 1e9
    assert_allclose(found["bits"][HYNIX, HBM3], quarter)
    assert_allclose(found["bits"][CXMT, HBM3], 0.8 * quarter, err_msg="of a Chinese wafer fewer")
    assert not found["bits"][MICRON].any(), "it builds no HBM3"
    assert not np.delete(found["bits"], HBM3, axis=1).any()


def test_taller_first_products_lose_more_stacks(theta: dict[str, Any], parts: dict[str, Any], priors: Priors) -> None:
    bits = [made(theta, parts, priors, np.roll(OLD, shift, axis=1))["bits"].sum(axis=1) for shift in (0, HBM4 - HBM3)]
    assert_allclose(bits[1][HYNIX] / bits[0][HYNIX], 0.5 ** (12 / 8 - 1))


def test_next_to_nothing_is_shipped_before_volume_starts_and_half_of_the_mix_after_the_half_time(
    theta: dict[str, Any], parts: dict[str, Any], priors: Priors
) -> None:
    volume = OLD + np.where(np.arange(len(GENERATIONS)) == HBM3, 14.125, 0.0)
    found = made(theta, parts, priors, volume)
    before, half, after = (np.isclose(LAYOUT.quarters, 2024.125 + since) for since in (-0.25, 0.5, 1.5))
    assert found["bits"][HYNIX, :, before].sum() < 1e-6
    assert_allclose(found["mix"][HYNIX, HBM3, half], 0.5)
    assert_allclose(found["bits"][HYNIX, HBM3, after], 0.0375)
    assert_allclose(found["wafers"], 100.0, err_msg="wafers are installed whether they ship or not")


def test_what_ships_was_started_half_a_year_before(
    theta: dict[str, Any], parts: dict[str, Any], priors: Priors
) -> None:
    parts["capacity"]["log_wafers"] = np.log(200.0) + np.log(4.0) * (LAYOUT.knots - 2022.0) * np.ones((PLACES, 1))
    found = made(theta, parts, priors)
    assert_allclose(found["wafers"], 100 * 4.0 ** (LAYOUT.quarters - 2022.0) * np.ones((PLACES, 1)))
    same = np.array([0.0375, 0.0375, *0.0375 * 4.0 ** (LAYOUT.quarters[2:] - 2022.5)])
    assert_allclose(found["bits"][HYNIX, HBM3], same, err_msg="before 2022 as at its beginning")


def test_a_year_s_shock_moves_its_maker_in_that_year_alone(
    theta: dict[str, Any], parts: dict[str, Any], priors: Priors
) -> None:
    theta["realisation_shock"][HYNIX, LAYOUT.share_years.index(2024)] = np.log(3.0) / 0.5
    ratio = made(theta, parts, priors.override({"realisation_sd": {"value": 0.5}}))["bits"][:, HBM3] / 0.0375
    assert_allclose(ratio[HYNIX], np.where(np.floor(LAYOUT.quarters) == 2024, 1.5, 1.0))
    assert_allclose(ratio[CXMT], 0.8)


def test_policy_pulls_what_is_made_and_not_what_is_installed(
    theta: dict[str, Any], parts: dict[str, Any], priors: Priors
) -> None:
    pull = np.zeros((PLACES, len(LAYOUT.quarters)))
    pull[CXMT, -1] = np.log(1 / 3)
    usual, pulled = made(theta, parts, priors), made(theta, parts, priors, realised=pull)
    assert_allclose(pulled["bits"][CXMT, HBM3, -1], 0.5 * usual["bits"][CXMT, HBM3, -1])
    assert_array_equal(pulled["bits"][:, :, :-1], usual["bits"][:, :, :-1])
    assert_array_equal(pulled["wafers"], usual["wafers"])
