"""What the priors allow before any claim is read: what happened to real makers, and no nonsense."""

from collections.abc import Mapping

import numpy as np
import pytest
import xarray as xr

from hbm_model.core.industry import GENERATIONS, VENDORS
from hbm_model.forecasting.simulate import simulate
from hbm_model.inference.fit import Fit
from hbm_model.inference.predictive import places, predict, within
from hbm_model.model import clock, ramp
from hbm_model.model.observations import Observations


@pytest.fixture(scope="module")
def world(made_up_fit: Fit) -> xr.Dataset:
    """The prior's worlds: `made_up_fit` is the prior, drawn with a fixed seed."""
    return simulate(made_up_fit, "2030Q4")


@pytest.mark.parametrize(
    ("vendor", "generation", "date"),
    [
        ("samsung", "HBM2", 2016.08),  # m0069
        ("sk_hynix", "HBM2E", 2020.50),  # m0080
        ("sk_hynix", "HBM3", 2022.44),  # m0097
        ("samsung", "HBM3", 2023.80),  # m0093
        ("sk_hynix", "HBM3E", 2024.21),  # m0111
        ("micron", "HBM3E", 2024.16),  # m0105
        ("samsung", "HBM4", 2026.12),  # m0125
    ],
)
def test_documented_dates_are_allowed(world: xr.Dataset, vendor: str, generation: str, date: float) -> None:
    draws = np.asarray(world["volume"].sel(vendor=vendor, generation=generation))
    assert 0.02 < (draws < date).mean() < 0.98


@pytest.mark.parametrize(
    ("vendor", "name", "thousand"),
    [
        ("sk_hynix", "dram_wafers", 498),  # CAP032
        ("samsung", "dram_wafers", 632),  # CAP107
        ("micron", "dram_wafers", 300),  # CAP149
        ("cxmt", "dram_wafers", 240),  # CAP189
        ("sk_hynix", "wafers", 155),  # CAP019
        ("samsung", "wafers", 155),  # CAP089
        ("micron", "wafers", 58),  # CAP143
    ],
)
def test_reported_capacities_are_allowed(world: xr.Dataset, vendor: str, name: str, thousand: float) -> None:
    draws = np.asarray(world[name].sel(vendor=vendor, period="2025Q4"))
    assert 0.02 < (draws < thousand).mean() < 0.98


def test_hardly_any_claim_is_a_surprise(made_up_fit: Fit, observations: Observations) -> None:
    """Many claims in the tails of what the prior expects such sources to say would be a prior too narrow."""
    centre, scale = predict(made_up_fit.theta(), made_up_fit, observations)
    stacked = observations.stacked
    ends = places(stacked.low, stacked.high, centre, scale)
    assert within(*ends, 0.99).mean() > 0.99
    assert within(*ends, 0.9).mean() > 0.90


def test_a_taller_stack_never_yields_more_at_the_same_age(made_up_fit: Fit) -> None:
    context = made_up_fit.context()
    parameters = ramp.evaluate(context, clock.evaluate(context)["volume"])
    for age in (0.0, 1.0, 5.0):
        ages = np.full((1, len(VENDORS), len(GENERATIONS), 1), age)
        low, tall = (ramp.yields(parameters, ages, [n] * len(GENERATIONS), np)["final"] for n in (8, 16))
        assert (tall < low).all()
        assert (tall > 0).all()
        assert (low < 1).all()


def test_capacity_and_output_are_never_negative_nor_endless(world: xr.Dataset) -> None:
    assert float(world["dram_wafers"].min()) > 0
    assert bool((world["wafers"] < world["dram_wafers"]).all())
    assert float(world["bits"].min()) >= 0
    assert float((world["dram_wafers"].sel(period="2025Q4") > 5000).mean()) < 0.02


def test_generations_take_neither_weeks_nor_decades(prior_draws: Mapping[str, np.ndarray]) -> None:
    steps = np.exp(prior_draws["log_cadence"])
    assert steps.min() > 2 / 52
    assert (steps < 0.5).mean() < 0.03
    assert (steps > 8).mean() < 0.01


def test_entrants_ship_nothing_to_speak_of_before_their_first_volume(world: xr.Dataset) -> None:
    started = world["volume"].min("generation") <= world["time"]
    china = world.sel(vendor=["cxmt", "ymtc"])
    bits = china["bits"].sum("generation").where(~started.sel(vendor=["cxmt", "ymtc"]))
    korea = world["bits"].sum("generation").sel(vendor=["sk_hynix", "samsung"]).sum("vendor")
    assert float((bits.max("vendor") / korea).quantile(0.99)) < 0.05
