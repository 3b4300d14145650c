"""The joint model: its density against SciPy, its gradients out in the tails, and what its priors allow."""

import operator
from collections.abc import Mapping
from functools import reduce
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from hbm_model.core.industry import BASE_LAYERS, BLOC_OF, GENERATIONS, VENDORS, order
from hbm_model.core.priors import Priors
from hbm_model.evidence import load_evidence
from hbm_model.model import likelihood, ramp
from hbm_model.model.capacity import hbm_log_wafers
from hbm_model.model.context import Context
from hbm_model.model.in_pymc import build_model
from hbm_model.model.joint import SHOCKS, structure
from hbm_model.model.layout import Layout
from hbm_model.model.observations import Observations, observe
from hbm_model.policy.policy import policy_of

Draws = Mapping[str, np.ndarray]
CHECKED = 200
STANDARD_NORMAL = {
    *SHOCKS,
    *("cadence_generation", "investment_return_vendor", "slip_roadmap", "plan_roadmap"),
    *("die_start_vendor", "die_floor_vendor", "learning_time_vendor", "stack_start_vendor", "stack_floor_vendor"),
    *("die_start_pair", "stack_start_pair", "die_start_node"),
}


@pytest.fixture(scope="module")
def density(model: Any, plain_python: Any, unconstrained: Any) -> Any:
    """Log prior and log likelihood of each kind at constrained values, and the gradient at unconstrained ones."""
    import pytensor
    import pytensor.tensor as pt

    # One sum over all terms would have more operands than Python evaluates at once.
    by_term = model.logp(sum=False)
    names = [rv.name for rv in model.free_RVs] + [term.name for term in model.potentials]
    total = reduce(operator.add, [term.sum() for term in by_term])
    gradient = pytensor.function(model.value_vars, [total, *pt.grad(total, model.value_vars)], mode=plain_python)
    flat = model.logp(jacobian=False, sum=False)
    terms = pytensor.function(model.value_vars, [term.sum() for term in flat], mode=plain_python)
    return {
        "unconstrained": unconstrained,
        "gradient": lambda point: gradient(**point),
        "terms": lambda point: dict(zip(names, (float(x) for x in terms(**unconstrained(point))), strict=True)),
    }


def one(draws: Draws, i: int) -> dict[str, np.ndarray]:
    return {name: values[i] for name, values in draws.items()}


def by_hand(point: Draws, layout: Layout, priors: Priors, labels: Mapping[str, list[str]]) -> dict[str, float]:
    """Log prior density of each variable, from the priors file and SciPy."""

    def named(name: str) -> Any:
        prior = priors[name]
        given = None if prior.index is None else labels[prior.index]
        if prior.dist == "normal":
            return stats.norm(prior.values("mean", given), prior.values("sd", given))
        return stats.lognorm(prior.values("sd", given), scale=prior.values("median", given))

    def bloc_of(pair: str) -> int:
        return labels["bloc"].index(BLOC_OF[pair.partition(":")[0]])

    def step(transition: str) -> float:
        vendor, generation = transition.split(":")
        return (
            np.log(point["cadence_mean"])
            + priors.constant("cadence_generation_sd") * point["cadence_generation"][order(generation) - 1]
            + point["cadence_vendor"][VENDORS.index(vendor)]
        )

    log_lead, log_step = np.log(point["sample_lead"]), np.log(point["taller_stack_step"])
    spending = point["log_spending"]
    first, node, early = (priors[n] for n in ("spending_start", "node_start_offset", "early_generation_offset"))
    random_walk = [
        stats.norm(np.log(first.values("median", VENDORS)), first.values("sd", VENDORS)).logpdf(spending[:, 0]),
        stats.norm(point["spending_drift"], priors.constant("spending_sd")).logpdf(np.diff(spending)),
    ]
    hierarchical = {
        "log_cadence": stats.norm([step(t) for t in layout.transitions], point["cadence_sd"]),
        "log_sample_lead": stats.norm([log_lead[bloc_of(p)] for p in layout.pairs], priors.constant("sample_lead_sd")),
        "log_taller_step": stats.norm(log_step, priors.constant("taller_stack_step_sd")),
        "qualified_after_volume": stats.norm(point["qualified_offset"], priors.constant("qualified_offset_sd")),
        "node_start": stats.norm(np.array(layout.node_first_report) + node.values("mean"), node.values("sd")),
        "early_generation_offset": stats.norm(early.values("mean"), early.values("sd")),
    }
    expected = {"log_spending": sum(part.sum() for part in random_walk)}
    for name, value in point.items():
        if name in hierarchical:
            expected[name] = hierarchical[name].logpdf(value).sum()
        elif name in STANDARD_NORMAL:
            expected[name] = stats.norm.logpdf(value).sum()
        elif name not in expected:
            expected[name] = named(name).logpdf(value).sum()
    return expected


def test_the_density_is_the_one_that_scipy_gives(
    density: Any, model: Any, prior_draws: Draws, layout: Layout, observations: Observations, priors: Priors
) -> None:
    labels = {
        **{dim: list(model.coords[dim]) for dim in ("vendor", "bloc", "origin", "generation", "definition")},
        "capacity_kind": list(model.coords["capacity_kind"]),
    }
    for i in range(3):
        point = one(prior_draws, i)
        found = density["terms"](point)
        for name, expected in by_hand(point, layout, priors, labels).items():
            assert_allclose(found.pop(name), expected, rtol=1e-9, atol=1e-6, err_msg=name)
        context = Context(point, layout, priors, np, observations.drivers)
        said = likelihood.likelihood(context, structure(context), observations.design)
        assert found.keys() == said.keys()
        for name, logp in said.items():
            assert_allclose(found[name], np.sum(logp), rtol=1e-9, err_msg=name)


def test_the_start_has_a_finite_density(density: Any, model: Any) -> None:
    value, *gradient = density["gradient"](model.initial_point())
    assert np.isfinite(value)
    assert all(np.isfinite(part).all() for part in gradient)


@pytest.mark.parametrize("stretch", [pytest.param(1.0, id="prior"), pytest.param(3.0, id="tails")])
def test_gradients_are_finite_all_over_the_prior_and_far_out_in_its_tails(
    density: Any, prior_draws: Draws, stretch: float
) -> None:
    points = [density["unconstrained"](one(prior_draws, i % 120)) for i in range(CHECKED // 2)]
    centre = {name: np.mean([point[name] for point in points], axis=0) for name in points[0]}
    for point in points:
        far = {name: centre[name] + stretch * (value - centre[name]) for name, value in point.items()}
        value, *gradient = density["gradient"](far)
        assert np.isfinite(value)
        for name, part in zip(far, gradient, strict=True):
            assert np.isfinite(part).all(), name


def test_the_gradient_is_the_slope(density: Any, model: Any, prior_draws: Draws) -> None:
    point = density["unconstrained"](one(prior_draws, 5))
    _, *gradient = density["gradient"](point)
    rng = np.random.default_rng(4)
    aside = {name: rng.normal(size=np.shape(x)) for name, x in point.items()}
    step = 1e-6
    ends = [density["gradient"]({n: x + sign * step * aside[n] for n, x in point.items()})[0] for sign in (1, -1)]
    slope = sum(np.sum(part * aside[v.name]) for part, v in zip(gradient, model.value_vars, strict=True))
    assert_allclose((ends[0] - ends[1]) / (2 * step), slope, rtol=1e-4, atol=1e-3)


def test_the_likelihood_of_many_draws_is_that_of_each(
    prior_draws: Draws, layout: Layout, observations: Observations, priors: Priors
) -> None:
    few = {name: values[:3] for name, values in prior_draws.items()}

    def said(theta: Draws) -> dict[str, np.ndarray]:
        context = Context(theta, layout, priors, np, observations.drivers)
        return likelihood.likelihood(context, structure(context), observations.design)

    together = said(few)
    for i in range(3):
        for name, alone in said(one(few, i)).items():
            assert together[name].shape == (3, *np.shape(alone))
            assert_allclose(together[name][i], alone, rtol=1e-10, atol=1e-12, err_msg=name)
    assert together["claims"].shape[-1] == len(observations.stacked.ids)
    assert all((logp <= 1e-9).all() for name, logp in together.items() if name != "first_report")


# --- what the priors allow and exclude --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def worlds(prior_draws: Draws, layout: Layout, observations: Observations, priors: Priors) -> dict[str, Any]:
    return structure(Context(prior_draws, layout, priors, np, observations.drivers))


def test_generations_follow_one_another_and_never_within_weeks(worlds: dict[str, Any]) -> None:
    volume = worlds["dates"]["volume"]
    for maker in ("sk_hynix", "samsung"):
        steps = np.diff(volume[:, VENDORS.index(maker)], axis=-1)
        assert (steps > 0).all()
        assert (steps > 0.25).mean() > 0.99
        assert (steps < 8).mean() > 0.98  # 0.993 in the long run; here are some hundred steps


def test_samples_come_before_volume(worlds: dict[str, Any], layout: Layout) -> None:
    lead = worlds["dates"]["sample_lead"]
    assert (lead[:, layout.ships.astype(bool)] > 0).all()


@pytest.mark.parametrize(
    ("maker", "generation", "happened"),
    [
        ("sk_hynix", "HBM3", 2022.45),
        ("sk_hynix", "HBM3E", 2024.2),
        ("samsung", "HBM2E", 2020.2),
        ("micron", "HBM3E", 2024.15),
    ],
)
def test_what_happened_lies_within_what_the_priors_allow(
    worlds: dict[str, Any], maker: str, generation: str, happened: float
) -> None:
    dates = worlds["dates"]["volume"][:, VENDORS.index(maker), GENERATIONS.index(generation)]
    low, high = np.quantile(dates, [0.025, 0.975])
    assert low < happened < high
    assert high - low > 1.5, "a prior, not an answer"


def test_yields_are_fractions_that_age_improves_and_height_lowers(worlds: dict[str, Any]) -> None:
    ages = np.broadcast_to(np.array([0.0, 1.0, 2.0, 4.0]), (len(VENDORS), len(GENERATIONS), 4))
    eight = ramp.yields(worlds["ramp"], ages, [8] * len(GENERATIONS), np)
    sixteen = ramp.yields(worlds["ramp"], ages, [16] * len(GENERATIONS), np)
    for found in (eight, sixteen):
        for values in found.values():
            assert ((values > 0) & (values < 1)).all()
            assert (np.diff(values, axis=-1) >= 0).all()
        assert_allclose(found["final"], found["die"] * found["stack"], rtol=1e-12)
    assert (sixteen["stack"] <= eight["stack"]).all()
    assert_allclose(sixteen["die"], eight["die"])


def test_capacity_is_positive_and_hbm_is_part_of_it(worlds: dict[str, Any], layout: Layout) -> None:
    wafers = np.exp(worlds["capacity"]["log_wafers"])
    assert np.isfinite(wafers).all()
    assert (wafers > 0).all()
    hbm = np.exp(hbm_log_wafers(worlds["capacity"]["log_wafers"], worlds["capacity"]["hbm_logit"], np))
    assert (hbm < wafers[..., -hbm.shape[-1] :]).all()
    assert worlds["output"]["wafers"].shape[-1] == len(layout.quarters)


def test_nothing_is_shipped_that_is_not_built(worlds: dict[str, Any], layout: Layout) -> None:
    bits = worlds["output"]["bits"]
    assert (bits >= 0).all()
    assert (bits[:, ~layout.ships.astype(bool)] == 0).all()
    long_before = layout.quarters < worlds["dates"]["volume"][..., None] - 8
    assert bits[long_before].max(initial=0.0) < 1e-4 * bits.max()
    assert [BASE_LAYERS[g] for g in GENERATIONS] == sorted(BASE_LAYERS.values())


@pytest.mark.parametrize("day", ["2021-12-31", "2024-06-30"])
def test_an_earlier_vintage_has_a_model_too(day: str, priors: Priors, plain_python: Any) -> None:
    import pymc as pm

    layout, observations = observe(past := load_evidence(day), priors, policy_of(past))
    early = build_model(layout, observations, priors)
    drawn = pm.draw(early.free_RVs, draws=5, random_seed=2, mode=plain_python)
    theta = {rv.name: values for rv, values in zip(early.free_RVs, drawn, strict=True)}
    context = Context(theta, layout, priors, np, observations.drivers)
    for name, logp in likelihood.likelihood(context, structure(context), observations.design).items():
        assert np.isfinite(logp).all(), name
