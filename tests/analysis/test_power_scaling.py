"""Power-scaling: the densities are the model's, and the diagnostic is right where the answer is known."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from hbm_model.analysis.power_scaling import COLUMNS, POWERS, log_claims, log_prior, power_scaled, sensitivity
from hbm_model.core.errors import InputError
from hbm_model.core.priors import Priors
from hbm_model.evidence import Evidence, load_evidence
from hbm_model.inference.fit import Fit

CHAINS, DRAWS = 4, 2000


# --- densities ---------------------------------------------------------------------------------------------------


def test_log_priors_are_those_of_the_model(
    made_up_fit: Fit,
    model: Any,
    priors: Priors,
    prior_draws: Mapping[str, np.ndarray],
    plain_python: Any,
    unconstrained: Any,
) -> None:
    """Variable by variable; a lognormal's is that of its logarithm, which is larger by the log of the value."""
    import pytensor

    terms = [term.sum() for term in model.logp(model.free_RVs, jacobian=False, sum=False)]
    density = pytensor.function(model.value_vars, terms, mode=plain_python)
    found = log_prior(made_up_fit)
    found["log_spending"] = found["log_spending"] + found.pop("spending_start")
    found["node_start"] = found.pop("node_start_offset")
    assert found.keys() == {rv.name for rv in model.free_RVs}
    for i in (0, 7, 63):
        point = unconstrained({name: values[i] for name, values in prior_draws.items()})
        for rv, expected in zip(model.free_RVs, density(**point), strict=True):
            lognormal = rv.name in priors.table and priors[rv.name].dist == "lognormal"
            jacobian = np.log(prior_draws[rv.name][i]).sum() if lognormal else 0.0
            assert_allclose(found[rv.name][i], expected + jacobian, rtol=1e-9, atol=1e-6, err_msg=rv.name)


def test_log_likelihoods_are_those_of_the_model_by_part(
    made_up_fit: Fit, vintage: Evidence, model: Any, prior_draws: Mapping[str, np.ndarray], plain_python: Any
) -> None:
    import pytensor

    found = log_claims(made_up_fit, vintage)
    assert set(found) == {"milestones", "yields", "capacity", "investment", "output", "shares"}
    total = pytensor.function(model.free_RVs, sum(model.potentials), mode=plain_python, on_unused_input="ignore")
    for i in (0, 63):
        expected = total(*(prior_draws[rv.name][i] for rv in model.free_RVs))
        assert_allclose(sum(values[i] for values in found.values()), expected, rtol=1e-9)


# --- the diagnostic ----------------------------------------------------------------------------------------------

N, MEAN = 4, 1.5


def conjugate(prior_power: float) -> Any:
    """Posterior of a mean whose prior is a standard normal, after four observations of unit variance."""
    precision = prior_power + N
    return stats.norm(N * MEAN / precision, precision**-0.5)


@pytest.fixture(scope="module")
def toy() -> pd.DataFrame:
    """The mean itself, and a number that has nothing to do with it, under powers of the mean's prior."""
    rng = np.random.default_rng(5)
    mean = conjugate(1.0).rvs(CHAINS * DRAWS, random_state=rng)
    values = np.stack([mean, rng.normal(size=len(mean))], axis=1)
    return power_scaled(stats.norm.logpdf(mean), values, values, CHAINS)


def distance(power: float, at: np.ndarray) -> float:
    """Cumulative Jensen-Shannon distance between the posterior and the scaled one, by quadrature."""

    def one(sign: float) -> float:
        p, q = (
            body.cdf(at) if sign > 0 else body.sf(at)[::-1] for body in (conjugate(1.0), conjugate(power))
        )  # the distance is not the same for a number and its negative
        middle = (p + q) / 2
        of = [np.trapezoid(x * np.log2(x / middle), at) for x in (p, q)]
        return float(np.sqrt(sum(of) / np.trapezoid(p + q, at)))

    return max(one(1.0), one(-1.0))


def test_the_sensitivity_of_a_conjugate_mean_is_the_exact_one(toy: pd.DataFrame) -> None:
    first, last = conjugate(1.0).ppf([0.5 / (CHAINS * DRAWS), 1 - 0.5 / (CHAINS * DRAWS)])
    at = np.linspace(first, last, 20_001)
    lower, upper = (distance(power, at) / abs(np.log2(power)) for power in (0.99, 1.01))
    assert toy["sensitivity"].iloc[0] == pytest.approx((lower + upper) / 2, rel=0.1)


def test_medians_and_widths_under_other_powers_are_the_exact_ones(toy: pd.DataFrame) -> None:
    row = toy.iloc[0]
    for suffix, power in {"": 1.0, **{f"_{name}": power for name, power in POWERS.items()}}.items():
        body = conjugate(power)
        assert row[f"median{suffix}"] == pytest.approx(body.median(), abs=0.02)
        assert row[f"width{suffix}"] == pytest.approx(np.diff(body.ppf([0.05, 0.95]))[0], rel=0.05)
    assert row["pareto_k"] < 0.5


def test_what_a_prior_has_nothing_to_do_with_stays_in_the_noise(toy: pd.DataFrame) -> None:
    own, other = toy.iloc[0], toy.iloc[1]
    assert own["sensitivity"] > 5 * own["noise"]
    assert other["sensitivity"] < 2 * other["noise"]


# --- on the model's draws ----------------------------------------------------------------------------------------


def test_every_component_meets_every_gap(made_up_fit: Fit, vintage: Evidence) -> None:
    table = sensitivity(made_up_fit, vintage)
    assert list(table.columns) == COLUMNS
    assert set(table["kind"]) == {"prior", "pooled", "claims"}
    assert {"cadence_mean", "clock_start", "node_start_offset"} <= set(table.loc[table["kind"] == "prior", "component"])
    assert {"log_cadence", "wafers_shock"} <= set(table.loc[table["kind"] == "pooled", "component"])
    assert (table.groupby(["kind", "component"]).size() == 7).all()
    assert table["sensitivity"].is_monotonic_decreasing
    numbers = table[COLUMNS[COLUMNS.index("median") :]]
    assert np.isfinite(numbers).all(axis=None)
    assert (table[[name for name in COLUMNS if name.startswith("width")]] >= 0).all(axis=None)


def test_other_evidence_is_refused(made_up_fit: Fit) -> None:
    with pytest.raises(InputError, match="is not of this evidence"):
        sensitivity(made_up_fit, load_evidence("2025-06-30"))
    other = replace(made_up_fit, meta={**made_up_fit.meta, "evidence": "0" * 64})
    with pytest.raises(InputError, match="is not of this evidence"):
        sensitivity(other, load_evidence("2026-06-30"))
