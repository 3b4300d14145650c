"""Two forms of learning, and how they are compared: claim groups left out one at a time."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import arviz as az
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from hbm_model.core.errors import InputError
from hbm_model.core.industry import GENERATIONS, VENDORS
from hbm_model.core.priors import Priors
from hbm_model.evaluation.compare import compare, loo
from hbm_model.evidence import Evidence
from hbm_model.evidence.selection import usage_table
from hbm_model.forecasting.forecast import forecast
from hbm_model.inference.fit import Fit, load_fit
from hbm_model.inference.pointwise import by_group, log_likelihood, terms
from hbm_model.inference.psis import efficiency
from hbm_model.model import equations, ramp
from hbm_model.model.context import Context
from hbm_model.model.in_pymc import build_model
from hbm_model.model.joint import structure
from hbm_model.model.layout import Layout
from hbm_model.model.likelihood import likelihood
from hbm_model.model.observations import Observations, observe
from hbm_model.policy.policy import policy_of

CHAINS, DRAWS = 2, 20
POSITIVE = st.floats(1e-3, 1e5)


@pytest.fixture(scope="module")
def volume_layout(layout: Layout) -> Layout:
    return replace(layout, learning="volume")


@pytest.fixture(scope="module")
def volume_model(volume_layout: Layout, observations: Observations, priors: Priors) -> Any:
    return build_model(volume_layout, observations, priors)


@pytest.fixture(scope="module")
def volume_fit(made_up_fit: Fit, volume_model: Any, volume_layout: Layout, plain_python: Any) -> Fit:
    """A fit by volume whose posterior is the prior."""
    import pymc as pm

    model = volume_model
    drawn = pm.draw(model.free_RVs, draws=CHAINS * DRAWS, random_seed=5, mode=plain_python)
    posterior = xr.Dataset(
        {
            rv.name: (
                ("chain", "draw", *model.named_vars_to_dims.get(rv.name, ())),
                values.reshape(CHAINS, DRAWS, *values.shape[1:]),
            )
            for rv, values in zip(model.free_RVs, drawn, strict=True)
        },
        coords={"chain": np.arange(CHAINS), "draw": np.arange(DRAWS)},
    )
    tree = made_up_fit.data.copy()
    tree["posterior"] = xr.DataTree(posterior)
    tree["sample_stats"] = xr.DataTree(tree["sample_stats"].to_dataset().isel(draw=slice(DRAWS)))
    return replace(made_up_fit, data=tree, layout=volume_layout)


def context_of(fit: Fit, observations: Observations, **forces: np.ndarray) -> Context:
    return Context(fit.theta(), fit.layout, fit.priors, np, observations.drivers, forces)


@pytest.fixture(scope="module")
def world(volume_fit: Fit, observations: Observations) -> dict[str, Any]:
    return structure(context_of(volume_fit, observations))


# --- the curve --------------------------------------------------------------------------------------------------


@given(made=POSITIVE, brought=POSITIVE, exponent=st.floats(0.01, 2))
def test_every_doubling_of_experience_takes_off_the_same_part(made: float, brought: float, exponent: float) -> None:
    here = equations.unlearned_by_volume(made, brought, exponent, np)
    doubled = equations.unlearned_by_volume(2 * made + brought, brought, exponent, np)
    assert_allclose(doubled / here, 2**-exponent, rtol=1e-9)
    assert 0 < here <= 1


def test_irwin_and_klenow_s_exponent_is_a_fifth_a_doubling() -> None:
    assert_allclose(equations.unlearned_by_volume(20.0, 20.0, 0.322, np), 0.8, atol=1e-3)
    assert equations.unlearned_by_volume(0.0, 20.0, 0.322, np) == 1.0


@given(rate=st.lists(st.floats(0, 100), min_size=4, max_size=4), time=st.floats(2018, 2032))
def test_what_comes_in_cells_adds_up(rate: list[float], time: float) -> None:
    starts, width = np.arange(2020, 2024, 1.0), 1.0
    flow = np.array(rate)
    by_hand = sum(r * min(max(time - s, 0), width) for r, s in zip(rate, starts, strict=True))
    assert_allclose(equations.accumulated(np.array(time), starts, width, flow, np), by_hand, atol=1e-9)
    assert_allclose(equations.accumulated_at(np.array([time]), starts, width, flow), [by_hand], atol=1e-9)


# --- the volume form in the model -------------------------------------------------------------------------------


def test_each_form_has_its_own_pace_and_nothing_else_differs(model: Any, volume_model: Any) -> None:
    by_time, by_volume = ({rv.name for rv in m.free_RVs} for m in (model, volume_model))
    assert by_time - by_volume == {"learning_time", "learning_time_vendor"}
    assert by_volume - by_time == {"learning_exponent", "learning_exponent_vendor", "learning_wafers"}


def test_more_wafers_never_leave_more_to_learn(
    world: dict[str, Any], volume_fit: Fit, observations: Observations
) -> None:
    parameters, context = world["ramp"], context_of(volume_fit, observations)
    learned = ramp.learned_on_grid(context, parameters, world["dates"]["volume"], context.layout.quarters)
    assert (np.diff(learned, axis=-1) >= 0).all()
    layers = [8] * len(GENERATIONS)
    usual = ramp.yields(parameters, learned, layers, np)["final"]
    more = ramp.yields(parameters, 2.0 * learned, layers, np)["final"]
    assert (np.diff(usual, axis=-1) >= -1e-12).all()
    assert (more >= usual).all()
    assert (more > usual).any()


def test_wafers_counted_are_those_of_capacity_and_mix(world: dict[str, Any], volume_layout: Layout) -> None:
    made, layout = world["ramp"]["made"], volume_layout
    assert made.shape[1:] == (len(VENDORS), len(GENERATIONS), len(layout.learning_cells))
    assert (made[:, layout.ships == 0] == 0).all()
    place = [int(np.argmin(np.abs(layout.learning_cells + 0.125 - t))) for t in layout.quarters]
    assert_allclose(layout.learning_cells[place] + 0.125, layout.quarters)
    share = made[..., place] / np.maximum(made[..., place].sum(axis=2, keepdims=True), 1e-300)
    mix = world["output"]["mix"]
    expected = mix / np.maximum(mix.sum(axis=2, keepdims=True), 1e-300)
    ships = mix.sum(axis=2) > 1e-6
    assert_allclose(np.moveaxis(share, 2, -1)[ships], np.moveaxis(expected, 2, -1)[ships], rtol=1e-9)


def test_a_control_that_slows_learning_makes_wafers_teach_less(volume_fit: Fit, observations: Observations) -> None:
    layout = volume_fit.layout
    slower = {"learning_speed": np.full((1, len(VENDORS), len(layout.cells)), -0.5)}
    usual, slowed = (
        structure(context_of(volume_fit, observations, **forces))["ramp"]["made"] for forces in ({}, slower)
    )
    since = layout.learning_cells >= layout.cells[0]
    assert_allclose(slowed[..., since], np.exp(-0.5) * usual[..., since], rtol=1e-9)
    assert_array_equal(slowed[..., ~since], usual[..., ~since])


def test_the_density_by_volume_is_the_one_that_arrays_give(
    volume_model: Any, volume_fit: Fit, observations: Observations, plain_python: Any
) -> None:
    import pytensor

    model = volume_model
    point = {name: values[3] for name, values in volume_fit.theta().items()}
    context = replace(context_of(volume_fit, observations), theta=point)
    said = likelihood(context, structure(context), observations.design)
    evaluate = pytensor.function(model.free_RVs, list(model.potentials), mode=plain_python, on_unused_input="ignore")
    found = evaluate(*(point[rv.name] for rv in model.free_RVs))
    for term, value in zip(model.potentials, found, strict=True):
        assert_allclose(value, np.sum(said[term.name]), rtol=1e-9, err_msg=term.name)


def test_a_saved_fit_keeps_its_form_and_its_forecast(volume_fit: Fit, made_up_fit: Fit, tmp_path: Path) -> None:
    back = load_fit(volume_fit.save(tmp_path / "volume.nc"))
    assert back.layout.learning == "volume"
    assert load_fit(made_up_fit.save(tmp_path / "time.nc")).layout.learning == "time"
    before, after = (forecast(fit, horizon="2030Q4").frame for fit in (volume_fit, back))
    assert before.equals(after)
    assert set(before["quantity"]) == set(forecast(made_up_fit, horizon="2030Q4").frame["quantity"])


def test_the_form_is_one_argument(vintage: Evidence, priors: Priors, layout: Layout) -> None:
    assert layout.learning == "time", "the default"
    assert observe(vintage, priors, policy_of(vintage), "volume")[0] == replace(layout, learning="volume")


# --- the comparison ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def about(vintage: Evidence, observations: Observations) -> Any:
    return terms(vintage, observations)


def test_the_log_likelihood_adds_up_to_the_models_potentials(
    made_up_fit: Fit, observations: Observations, model: Any, prior_draws: Mapping[str, np.ndarray], plain_python: Any
) -> None:
    import pytensor

    pointwise = log_likelihood(made_up_fit, observations)
    evaluate = pytensor.function(model.free_RVs, sum(model.potentials), mode=plain_python, on_unused_input="ignore")
    flat = pointwise.to_numpy().reshape(-1, pointwise.sizes["term"])
    for draw in (0, 7, 119):
        expected = evaluate(*(prior_draws[rv.name][draw] for rv in model.free_RVs))
        assert_allclose(flat[draw].sum(), expected, rtol=1e-9)


def test_every_used_claim_is_a_term_of_its_group(about: Any, vintage: Evidence, observations: Observations) -> None:
    usage = usage_table(vintage)
    used = usage[usage["used"] & (usage["part"] != "raise")]
    assert set(used["id"]) == set(about.loc[about["kind"] != "silence", "id"]), "money raised drives, and is no claim"
    assert len(about[about["kind"] == "silence"]) == len(observations.silence["vendor"])
    named = used.drop_duplicates("id").set_index("id")["claim_group"]
    told = about[about["kind"] != "silence"]
    assert_array_equal(told["group"], named[told["id"]])


def test_groups_add_up(made_up_fit: Fit, observations: Observations, about: Any) -> None:
    pointwise = log_likelihood(made_up_fit, observations)
    tree = by_group(made_up_fit, pointwise, about)
    claims = tree["log_likelihood"]["claims"]
    assert claims.dims == ("chain", "draw", "group")
    assert claims.sizes["group"] == about["group"].nunique()
    assert_allclose(claims.sum("group"), pointwise.sum("term"), rtol=1e-9)
    largest = about.groupby("group").size().idxmax()
    here = (about["group"] == largest).to_numpy()
    assert_allclose(claims.sel(group=largest), pointwise.to_numpy()[..., here].sum(axis=-1), rtol=1e-12)
    yields = by_group(made_up_fit, pointwise, about, (about["part"] == "yields").to_numpy())
    assert yields["log_likelihood"]["claims"].sizes["group"] == about.loc[about["part"] == "yields", "group"].nunique()


@pytest.mark.filterwarnings("ignore")
def test_a_form_that_tells_less_loses(
    made_up_fit: Fit, vintage: Evidence, observations: Observations, about: Any
) -> None:
    """Against a twin whose yield claims are biased by three logits, in the yields alone and hence in all."""
    posterior = made_up_fit.data["posterior"].to_dataset().copy()
    posterior["yield_bias"] = posterior["yield_bias"] + 3.0
    tree = made_up_fit.data.copy()
    tree["posterior"] = xr.DataTree(posterior)
    worse = replace(made_up_fit, data=tree)
    found = compare({"as it is": made_up_fit, "biased": worse}, vintage)
    scores = found.scores.set_index(["part", "form"])
    assert scores.loc[("yields", "biased"), "elpd_diff"] < -2 * scores.loc[("yields", "biased"), "dse"]
    assert scores.loc[("yields", "as it is"), "weight"] > 0.5
    kinds = scores.loc[[("hbm_yield", "biased"), ("node_yield", "biased")], "elpd"].sum()
    assert_allclose(kinds, scores.loc[("yields", "biased"), "elpd"])
    assert_allclose(scores.loc[("capacity", "biased"), "elpd"], scores.loc[("capacity", "as it is"), "elpd"])
    chosen = (about["part"] == "yields").to_numpy()
    tree = by_group(made_up_fit, log_likelihood(made_up_fit, observations), about, chosen)
    alone = az.loo(tree, var_name="claims", reff=efficiency(made_up_fit))
    assert_allclose(scores.loc[("yields", "as it is"), "elpd"], alone.elpd)
    marked = found.unreliable[found.unreliable["part"] == "all"]
    assert set(marked["form"]) <= {"as it is", "biased"}
    assert scores.loc[("all", "as it is"), "unreliable"] == (marked["form"] == "as it is").sum()
    assert marked["ids"].str.len().gt(0).all()


@pytest.mark.filterwarnings("ignore")
def test_a_group_that_no_draw_doubts_costs_what_it_costs(made_up_fit: Fit) -> None:
    rng = np.random.default_rng(2)
    values = np.stack([np.full((2, 60), -0.5), rng.normal(size=(2, 60))], axis=-1)
    claims = xr.DataArray(values, dims=("chain", "draw", "group"), coords={"group": ["sure", "open"]})
    tree = xr.DataTree.from_dict(
        {"posterior": made_up_fit.data["posterior"].to_dataset(), "log_likelihood": xr.Dataset({"claims": claims})}
    )
    found = loo(tree)
    assert_allclose(found.elpd_i.sel(group="sure"), -0.5)
    assert found.pareto_k.sel(group="sure") == -np.inf
    assert np.isfinite(found.pareto_k.sel(group="open"))


def test_forms_are_compared_on_the_same_evidence_only(made_up_fit: Fit, vintage: Evidence) -> None:
    other = replace(made_up_fit, meta={**made_up_fit.meta, "evidence": "another"})
    with pytest.raises(InputError, match="'b' is not of this evidence"):
        compare({"a": made_up_fit, "b": other}, vintage)
