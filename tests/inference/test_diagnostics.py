"""The gate on chains made up to pass it and to fail each of its checks."""

import json
from typing import Any

import numpy as np
import pytest
import xarray as xr

from hbm_model.inference.diagnostics import QUICK_GATE, Gate, diagnose

CHAINS, DRAWS = 4, 1000


def chains(**changed: Any) -> xr.DataTree:
    """Independent normal draws of a scalar and a vector, with what the caller changes."""
    rng = np.random.default_rng(3)
    made = {
        "tau": rng.normal(size=(CHAINS, DRAWS)),
        "cadence": rng.normal(size=(CHAINS, DRAWS, 2)),
        "diverging": np.zeros((CHAINS, DRAWS), bool),
        "energy": rng.normal(size=(CHAINS, DRAWS)),
    } | changed
    posterior = xr.Dataset(
        {"tau": (("chain", "draw"), made["tau"]), "cadence": (("chain", "draw", "vendor"), made["cadence"])},
        coords={"vendor": ["samsung", "cxmt"]},
    )
    stats = xr.Dataset({name: (("chain", "draw"), made[name]) for name in ("diverging", "energy")})
    return xr.DataTree.from_dict({"posterior": posterior, "sample_stats": stats})


def sluggish(rng: np.random.Generator, memory: float, shape: tuple[int, int]) -> np.ndarray:
    """Stationary draws that remember the one before."""
    steps = rng.normal(size=shape) * np.sqrt(1 - memory**2)
    path = np.empty(shape)
    path[:, 0] = rng.normal(size=shape[0])
    for i in range(1, shape[1]):
        path[:, i] = memory * path[:, i - 1] + steps[:, i]
    return path


def test_independent_draws_pass() -> None:
    found = diagnose(chains(), Gate())
    assert found.passed
    assert found.failures == ()
    assert found.r_hat < 1.01
    assert min(found.ess_bulk, found.ess_tail) > 3000
    assert found.divergences == 0
    assert found.e_bfmi == pytest.approx(2.0, abs=0.2), "independent energies: twice the variance"
    assert set(found.worst) == {"r_hat", "ess_bulk", "ess_tail"}


def test_a_chain_elsewhere_fails_by_name_and_label() -> None:
    cadence = np.random.default_rng(5).normal(size=(CHAINS, DRAWS, 2))
    cadence[2, :, 1] += 3.0
    found = diagnose(chains(cadence=cadence), Gate())
    assert not found.passed
    assert any(
        sentence.startswith("R-hat of cadence[cxmt] is 1.") and sentence.endswith(", above 1.01")
        for sentence in found.failures
    )
    assert found.worst["r_hat"] == "cadence[cxmt]"


def test_slow_chains_fail_on_both_kinds_of_effective_draws_only() -> None:
    tau = sluggish(np.random.default_rng(11), 0.9, (CHAINS, 900))
    stats = {"diverging": np.zeros((CHAINS, 900), bool), "energy": np.random.default_rng(2).normal(size=(CHAINS, 900))}
    cadence = np.random.default_rng(6).normal(size=(CHAINS, 900, 2))
    found = diagnose(chains(tau=tau, cadence=cadence, **stats), Gate(r_hat=1.5))
    assert [sentence.split(" is ")[0] for sentence in found.failures] == ["bulk ESS of tau", "tail ESS of tau"]
    assert all(sentence.endswith(", below 400") for sentence in found.failures)


def test_one_divergence_fails() -> None:
    diverging = np.zeros((CHAINS, DRAWS), bool)
    diverging[1, 17] = True
    found = diagnose(chains(diverging=diverging), Gate())
    assert found.failures == ("1 divergences after warm-up, above 0",)
    assert found.divergences == 1


def test_an_energy_that_hardly_moves_fails() -> None:
    energy = sluggish(np.random.default_rng(12), 0.95, (CHAINS, DRAWS))
    (sentence,) = diagnose(chains(energy=energy), Gate()).failures
    assert sentence.startswith("E-BFMI is 0.")
    assert sentence.endswith(", below 0.3")


def test_the_worst_chain_sets_the_e_bfmi() -> None:
    energy = np.random.default_rng(8).normal(size=(CHAINS, DRAWS))
    energy[3] = sluggish(np.random.default_rng(12), 0.97, (1, DRAWS))[0]
    assert not diagnose(chains(energy=energy), Gate()).passed


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_a_draw_that_is_no_number_fails(broken: float) -> None:
    tau = np.random.default_rng(9).normal(size=(CHAINS, DRAWS))
    tau[0, 0] = broken
    found = diagnose(chains(tau=tau), Gate())
    assert not found.passed
    assert any("tau" in sentence for sentence in found.failures)


def test_a_chain_that_never_moved_fails() -> None:
    assert not diagnose(chains(tau=np.ones((CHAINS, DRAWS))), Gate()).passed


def test_the_quick_gate_is_looser_and_lets_no_divergence_through_either() -> None:
    usual = Gate()
    assert (usual.r_hat, usual.ess, usual.divergences, usual.e_bfmi) == (1.01, 400.0, 0, 0.3)
    assert QUICK_GATE.r_hat > usual.r_hat
    assert QUICK_GATE.ess < usual.ess
    assert QUICK_GATE.e_bfmi < usual.e_bfmi
    assert QUICK_GATE.divergences == 0


def test_the_verdict_is_written_as_plain_values() -> None:
    written = json.loads(json.dumps(diagnose(chains(), Gate()).to_dict(), allow_nan=False))
    assert written["passed"] is True
    assert written["failures"] == []
    assert set(written) == {
        *("passed", "r_hat", "ess_bulk", "ess_tail", "divergences", "e_bfmi"),
        *("worst", "gate", "failures"),
    }
    assert written["gate"] == {"r_hat": 1.01, "ess": 400.0, "divergences": 0, "e_bfmi": 0.3}
