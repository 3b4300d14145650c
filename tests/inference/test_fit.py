"""A fit: its settings, its way to disk and back, and (slow) the real thing, small."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal

from hbm_model.core.errors import InputError
from hbm_model.core.industry import GENERATIONS, VENDORS
from hbm_model.evidence import Evidence
from hbm_model.forecasting.forecast import forecast
from hbm_model.inference.density import Density
from hbm_model.inference.diagnostics import QUICK_GATE, Gate
from hbm_model.inference.fit import Fit, FitSettings, fit, load_fit

QUICKLY = FitSettings(draws=60, tune=120, chains=2, cores=2, seed=7, quick=True)


# --- settings ---------------------------------------------------------------------------------------------------


def test_the_usual_run_has_four_chains_and_the_strict_gate() -> None:
    usual = FitSettings()
    assert usual.chains == 4
    assert not usual.quick
    assert usual.gate == Gate()
    assert usual.draws is not None
    assert usual.draws * usual.chains >= 4 * Gate().ess


def test_a_quick_run_draws_less_behind_its_own_gate() -> None:
    quick, usual = FitSettings(quick=True), FitSettings()
    assert (quick.draws or 0) < (usual.draws or 0)
    assert quick.gate == QUICK_GATE
    assert FitSettings(draws=77, quick=True).draws == 77, "what is asked for stays"


@pytest.mark.parametrize(
    "wrong", [{"draws": 0}, {"tune": -1}, {"chains": 0}, {"cores": 0}, {"target_accept": 1.0}, {"target_accept": 0.1}]
)
def test_impossible_settings_are_told_by_name(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(InputError, match=f"{name} = "):
        FitSettings(**wrong)


# --- to disk and back -------------------------------------------------------------------------------------------


def test_a_fit_comes_back_from_disk_as_it_was(made_up_fit: Fit, tmp_path: Path) -> None:
    path = made_up_fit.save(tmp_path / "posterior.nc")
    back = load_fit(path)
    assert back.diagnostics == made_up_fit.diagnostics
    assert back.layout == made_up_fit.layout
    assert back.priors.digest == made_up_fit.priors.digest
    assert {n: asdict(p) for n, p in back.priors.table.items()} == {
        n: asdict(p) for n, p in made_up_fit.priors.table.items()
    }
    assert back.meta == made_up_fit.meta
    assert back.policy == made_up_fit.policy
    longer = replace(made_up_fit.layout, last_year=made_up_fit.layout.last_year + 4)
    for layout in (made_up_fit.layout, longer):
        before, after = made_up_fit.drivers(layout), back.drivers(layout)
        assert before.keys() == after.keys()
        for name, values in before.items():
            assert_array_equal(after[name], values)
    for group in ("posterior", "sample_stats", "constant_data"):
        saved, found = made_up_fit.data[group].to_dataset(), back.data[group].to_dataset()
        assert set(found.data_vars) == set(saved.data_vars)
        for name in saved.data_vars:
            assert found[name].dims == saved[name].dims
            assert_array_equal(found[name].to_numpy(), saved[name].to_numpy(), strict=True)
            for dim in saved[name].dims:
                labels, before = (data[name][dim].to_numpy().astype(str) for data in (found, saved))
                assert_array_equal(labels, before)


def test_a_loaded_fit_gives_the_same_forecast_to_the_bit(made_up_fit: Fit, tmp_path: Path) -> None:
    back = load_fit(made_up_fit.save(tmp_path / "posterior.nc"))
    pd.testing.assert_frame_equal(
        forecast(back, horizon="2032Q4").frame, forecast(made_up_fit, horizon="2032Q4").frame, check_exact=True
    )


def test_saving_leaves_the_fit_as_it_is(made_up_fit: Fit, tmp_path: Path) -> None:
    made_up_fit.save(tmp_path / "posterior.nc")
    assert "hbm_model" not in made_up_fit.data.attrs


@pytest.mark.parametrize("content", [None, b"", b"no netCDF at all"])
def test_what_is_no_fit_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "posterior.nc"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"posterior\.nc: is no saved fit"):
        load_fit(path)


def test_another_netcdf_file_is_no_fit(tmp_path: Path) -> None:
    path = tmp_path / "other.nc"
    xr.Dataset({"x": ("t", [1.0])}).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(InputError, match="is no saved fit"):
        load_fit(path)


@pytest.fixture(scope="module")
def saved(made_up_fit: Fit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up_fit.save(tmp_path_factory.mktemp("fit") / "posterior.nc")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda file, state: state["layout"].pop("last_output_year"), "last_output_year"),
        (lambda file, state: state["layout"].update(pilot_lines=2), "pilot_lines"),
        (lambda file, state: state["layout"].update(last_year=2035), "spending_year: 2031, 2032, 2033, 2034, 2035"),
        (lambda file, state: state["diagnostics"].pop("divergences"), "divergences"),
        (lambda file, state: state["priors"].clear(), ""),
        (lambda file, state: file.__delitem__("posterior/log_cadence"), "log_cadence"),
    ],
    ids=["layout lacks", "layout has more", "other years", "diagnostics lack", "no priors", "parameter lacks"],
)
def test_a_fit_of_an_older_model_is_told_with_what_differs(
    saved: Path, tmp_path: Path, change: Callable[[Any, dict[str, Any]], object], named: str
) -> None:
    path = shutil.copy(saved, tmp_path)
    with h5py.File(path, "r+") as file:
        state = json.loads(file.attrs["hbm_model"])
        change(file, state)
        file.attrs["hbm_model"] = json.dumps(state)
    with pytest.raises(InputError, match=rf"was made by an older version.*{named}.*hbm-model forecast --force"):
        load_fit(path)


def test_draws_are_handed_out_chains_end_to_end(made_up_fit: Fit, prior_draws: Mapping[str, np.ndarray]) -> None:
    theta = made_up_fit.theta()
    assert theta.keys() == prior_draws.keys()
    for name, values in theta.items():
        assert_array_equal(values, prior_draws[name])


# --- the sampler's vector ---------------------------------------------------------------------------------------


def flattened(point: Mapping[str, np.ndarray]) -> np.ndarray:
    """The sampler's values end to end, in its order."""
    return np.concatenate([np.ravel(part) for part in point.values()])


def test_the_samplers_vector_is_split_into_the_models_variables(
    uncompiled: Density, prior_draws: Mapping[str, np.ndarray], unconstrained: Any
) -> None:
    point = {name: values[3] for name, values in prior_draws.items()}
    flat = flattened(unconstrained(point))
    split = uncompiled.vector.named(np.stack([flat, flat])[None])
    assert split.sizes["chain"] == 1
    assert split.sizes["draw"] == 2
    for name, values in point.items():
        assert_allclose(split[name].to_numpy()[0, 1], values, rtol=1e-9, atol=1e-12, err_msg=name)


# --- the real thing, small --------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_small_fit_of_the_real_evidence_is_checked_and_repeats_to_the_bit(vintage: Evidence, tmp_path: Path) -> None:
    first, second = fit(vintage, QUICKLY), fit(vintage, QUICKLY)
    found = first.diagnostics.to_dict()
    assert found["gate"] == asdict(QUICK_GATE)
    assert found["passed"] == (not found["failures"])
    for name in ("r_hat", "ess_bulk", "ess_tail", "e_bfmi"):
        assert np.isfinite(found[name]), name
    assert found["r_hat"] < 1.5, "even so few draws find one posterior"
    assert first.meta["settings"]["quick"] is True
    assert first.meta["settings"]["seed"] == 7
    assert first.meta["evidence"] == vintage.digest

    for name, values in first.theta().items():
        assert_array_equal(values, second.theta()[name], err_msg=name)
    frames = [forecast(made, horizon="2032Q4").frame for made in (first, second)]
    pd.testing.assert_frame_equal(*frames, check_exact=True)

    # Not absurd to somebody who knows the field.
    dates = forecast(load_fit(first.save(tmp_path / "posterior.nc")), horizon="2032Q4").table("volume_date")
    medians = dates[dates["layers"] == "8"].set_index(["vendor", "generation"])["q50"]
    assert medians["sk_hynix", "HBM3"] == pytest.approx(2022.45, abs=0.35)
    assert medians["sk_hynix", "HBM3E"] == pytest.approx(2024.2, abs=0.35)
    theta = first.theta()
    assert theta["clock_start"].shape == (QUICKLY.chains * (QUICKLY.draws or 0), len(VENDORS))
    from hbm_model.forecasting.simulate import simulate

    cxmt = simulate(first, "2032Q4")["volume"].sel(vendor="cxmt", generation="HBM3")
    assert float((cxmt < 2026.25).mean()) < 0.05, "reports that it had not happened yet count"
    assert GENERATIONS[2] == "HBM3"
